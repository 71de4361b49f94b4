"""Which files of a directory are taken for its manifests, and which are left out: as kubectl, Argo CD and Flux do it."""

from __future__ import annotations

from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from bot.affected.edges import SOURCE_IGNORE, Kind, ancestors
from bot.affected.facts import Role, role_of
from bot.affected.globs import matches_argocd_directory_glob
from bot.affected.links import is_at_or_below
from bot.model.unit import CannotRender, KustomizeRender, PlainRender, Render

if TYPE_CHECKING:
    from bot.affected.edges import Edge
    from bot.affected.view import View

_LISTED = (".yaml", ".yml")  # what Flux takes for manifests

Asked = dict[str, tuple[Render, ...]]  # the parts of units by their keys


def takes(part: PlainRender, path: str, place: str) -> bool:
    """Whether the render reads the file as a manifest, by its name. ``place`` is where its directory really lies."""
    if not is_at_or_below(path, place) or role_of(path) is Role.NONE or path in part.apart:
        return False
    name = path.rpartition("/")[2] if path == place else path.removeprefix(f"{place}/" if place else "")
    if "/" in name and not part.recurse:
        return False
    if part.include and not matches_argocd_directory_glob(part.include, name):
        return False
    return not (part.exclude and matches_argocd_directory_glob(part.exclude, name))


def leaves_out(view: View, edge: Edge, path: str, asked: Asked) -> bool:
    """Whether the edge comes from a unit of nothing but manifests that leaves out this one, under each of its names; from
    one for which Flux lists directories, in a directory below another kustomization than its own: only that one says what is
    taken then; or from an ApplicationSet none of whose paths can lead there, whatever its parameters are. ``asked`` keeps
    what units take, from one question to the next."""
    if edge.source[0] not in "ut" or edge.kind not in (Kind.TREE, Kind.DIR):
        return False
    names = [path, *sorted(view.links().carriers(path))]
    names = [name for name in names if is_at_or_below(name, edge.target)]
    key = edge.source[2:]
    if key not in asked:
        unit = view.unit(key)
        asked[key] = unit.parts if unit is not None else ()
    if names == [path] and _is_of_no_path(view, asked[key], edge.target, path):
        return True
    return bool(names and asked[key]) and all(_leaves_out(view, part, path, names) for part in asked[key])


def _leaves_out(view: View, part: Render, path: str, names: list[str]) -> bool:
    if isinstance(part, PlainRender):
        if role_of(path) is Role.NONE:
            return path != part.path and _is_no_way(view, path)
        return role_of(path) is Role.MANIFEST and not any(_may_take(view, part, name) for name in names)
    if not isinstance(part, KustomizeRender) or not part.generate or part.mounts:
        return False
    return names == [path] and (_is_below_another(view, part, path) or _is_not_listed(view, part, path))


def _is_of_no_path(view: View, parts: tuple[Render, ...], tree: str, path: str) -> bool:
    """Whether none of a set's paths that begin with the directory ``tree`` can lead to this one, or to what lies above."""
    written = [each for part in parts if isinstance(part, CannotRender) for _, each, _ in part.paths_like]
    if not written:
        return False
    from bot.affected.filled_paths import fixed_part, may_hold

    entry = view.entry(path)
    is_way = entry is not None and (entry.is_symlink or entry.is_submodule)
    mine = [each for each in written if fixed_part(each) == tree]
    return bool(mine) and not is_way and not any(may_hold(each, path) for each in mine)


def _is_no_way(view: View, path: str) -> bool:
    """Whether a path leads to nothing else: a README, not a symlink or a submodule."""
    entry = view.entry(path)
    is_other = entry is not None and (entry.is_symlink or entry.is_submodule)
    return not is_other and not view.is_dir(path) and not view.links().carriers(path)


def _is_below_another(view: View, part: KustomizeRender, path: str) -> bool:
    """Whether a file lies below a directory that Flux lists for its kustomization, and is not what makes it one
    (https://github.com/fluxcd/pkg/blob/main/kustomize/kustomize_generator.go, ``scanManifests``)."""
    entry = view.entry(path)
    folder, _, name = path.rpartition("/")
    if name == SOURCE_IGNORE or (entry is not None and (entry.is_symlink or entry.is_submodule)):
        return False
    between = takewhile(lambda above: above != part.path and is_at_or_below(above, part.path), ancestors(path))
    return any(
        sees_kustomization(view, replace(part, path=above))
        for above in between
        if above != folder or role_of(path) is not Role.KUSTOMIZATION
    )


def _is_not_listed(view: View, part: KustomizeRender, path: str) -> bool:
    """Whether a file lies below a directory of which Flux lists the manifests, and is none for it: that goes by the endings
    of YAML alone, and JSON is no such ending (``scanManifests``)."""
    if part.copied or not is_at_or_below(path, part.path) or view.kustomization_files(part.path):
        return False
    name = path.rpartition("/")[2]
    if name == SOURCE_IGNORE or name.endswith(_LISTED) or role_of(path) is Role.KUSTOMIZATION:
        return False
    return _is_no_way(view, path)


def sees_kustomization(view: View, part: KustomizeRender) -> bool:
    """Whether there is a kustomization that Flux sees: without one it lists the manifests of the directory."""
    files = view.kustomization_files(part.path)
    if not files or part.source_ignore is None:
        return bool(files)
    from bot.affected.sourceignore import source_ignore

    return not all(map(source_ignore(view, part.source_ignore).excludes, (entry.path for entry in files)))


def _may_take(view: View, part: PlainRender, name: str) -> bool:
    """A symlink to a directory is no manifest, yet one that is searched may show some."""
    real = view.resolve(name)[0]
    if real is not None and view.is_dir(real):
        return part.recurse
    return takes(part, name, part.path)
