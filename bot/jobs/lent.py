"""What a host's output does not show on one side although it is there: declarations that were deployed by their files alone
or by a smaller build, before a kustomization listed them.

A kustomization.yaml beside declarations that are there already makes nothing new, and deletes nothing when it goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.affected.closure import closure
from bot.affected.delivered import Child
from bot.affected.environment_words import places_of
from bot.affected.facts import Role, role_of
from bot.affected.pairs import Pair
from bot.affected.roots import is_root
from bot.affected.takers import Takers
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.unit import KustomizeRender, PlainRender, Unit


def as_files(view: View, host: Pair, top: str, side: int, others: Mapping[str, Child]) -> dict[str, Child]:
    """The declarations that count by their files on this side, under the keys that a host gives: where a kustomization is
    not there, those that it shows on the other side (``others``); of a host that takes files as they are here, and builds
    a kustomization there, all in its files."""
    unit, other = host[side], host[1 - side]
    if unit is None:
        return {} if host.unit.source is not None else _before_it_was_listed(view, others)
    if other is None or not _is_plain(unit) or _is_plain(other):
        return {}
    keys = {child.written.key: key for key, child in others.items() if child.written is not None}
    found = {}
    for path in sorted(files_of(view, unit)):
        for each in view.units_of(f"f:{path}"):
            child = _alone(view, each.key)
            if each.source is not None and child is not None:
                own = f"{top}>{each.source.kind}/{each.source.namespace}/{each.source.name}"
                found[keys.get(each.key, own)] = child
    return found


def _before_it_was_listed(view: View, others: Mapping[str, Child]) -> dict[str, Child]:
    found = {}
    for key, child in others.items():
        written = _alone(view, child.written.key) if child.written is not None else None
        if written is not None and not _differ(written.unit.environment, child.unit.environment):
            found[key] = written
    return found


def _alone(view: View, key: str) -> Child | None:
    """A declaration that nothing completes, as its file says it."""
    unit = view.unit(key)
    return None if unit is None or unit.template else Child(unit, "", unit)


def _differ(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _is_plain(unit: Unit) -> bool:
    return bool(unit.parts) and all(isinstance(part, PlainRender) for part in unit.parts)


def files_of(view: View, unit: Unit) -> set[str]:
    """The files that the renders of a unit take; none of a closure that is too big."""
    found: set[str] = set()
    for part in unit.parts:
        try:
            found.update(closure(view, part).files)
        except TooBig:
            continue
    return found


def listed_by(views: tuple[View, View], pairs: Iterable[Pair]) -> dict[str, str]:
    """The kustomizations that were deployed by themselves on one side, and are part of another one on the other side: by
    their keys the key of that one, where there is only one."""
    builds = [pair for pair in pairs if pair.unit.source is None and _is_build(pair.unit)]
    found: dict[str, set[str]] = {}
    for side, other in ((0, 1), (1, 0)):
        alone = {
            pair.unit.path: pair.unit.key
            for pair in builds
            if is_root(views[side], pair.unit.path) and not is_root(views[other], pair.unit.path)
        }
        for pair in builds if alone else ():
            unit = pair[other]
            if unit is not None and is_root(views[other], unit.path):
                for folder in _folders(views[other], unit) & alone.keys() - {unit.path}:
                    found.setdefault(alone[folder], set()).add(pair.unit.key)
    return {key: by for key, (by, *more) in ((key, sorted(names)) for key, names in found.items()) if not more}


def _is_build(unit: Unit) -> bool:
    return any(isinstance(part, KustomizeRender) for part in unit.parts)


def _folders(view: View, unit: Unit) -> set[str]:
    return {path.rpartition("/")[0] for path in files_of(view, unit) if role_of(path) is Role.KUSTOMIZATION}


def same_build(path: str, *sides: Mapping[str, Child]) -> set[str]:
    """The keys of what a build declares that is the same build again, on each side that declares anything (a cluster's own
    Kustomization lies in the directory that it deploys): all the rest of the output is that one's."""
    found = [{key for key, child in side.items() if _renders(child.unit, path)} for side in sides if side]
    return found[0].intersection(*found[1:]) if found else set()


def _renders(unit: Unit, path: str) -> bool:
    return any(isinstance(part, KustomizeRender) and part.path == path and not part.mounts for part in unit.parts)


def shown_instead(views: tuple[View, View], alone: Iterable[Pair], shown: Iterable[tuple[str, Pair]]) -> set[str]:
    """The keys of declarations that nothing takes, of which another host of their cluster shows the object: a directory was
    copied for a new cluster, and its path still leads to the old one. ``shown`` are units with what is on top of them."""
    by_object: dict[tuple[object, ...], list[Pair]] = {}
    for top, pair in shown:
        if pair.unit.environment:
            by_object.setdefault((*_identity(pair.unit), places_of(_path(top))), []).append(pair)
    takers: list[Takers] | None = None
    found: set[str] = set()
    for pair in alone if by_object else ():
        if pair.unit.source is None or not pair.unit.declared_in:
            continue
        instead = by_object.get((*_identity(pair.unit), places_of(pair.unit.declared_in)), ())
        if any(all(other[side] for side in (0, 1) if pair[side]) for other in instead):
            takers = takers or [Takers(view) for view in views]
            sides = [(side, unit) for side, unit in zip(takers, pair, strict=True) if unit is not None]
            if not any(side.direct(unit.declared_in) for side, unit in sides):
                found.add(pair.unit.key)
    return found


def _path(key: str) -> str:
    """The path at the beginning of a key: a directory's, or a file's."""
    return key.partition(">")[0].partition("#")[0]


def _identity(unit: Unit) -> tuple[object, ...]:
    source = unit.source
    return (unit.environment, *((source.group, source.kind, source.namespace, source.name) if source else ()))
