"""The bench of the closure laws: real builds in full checkouts, and of nothing but closures.

What is believed is the real program on a full checkout; how Gatehouse reads the repository has no part in it.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from repositories import HERE, NAMES, Tree, check_out

from bot.affected.effect import Affected, affected
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.sourceignore import source_ignore
from bot.affected.store import Store
from bot.affected.units import all_units
from bot.affected.view import View
from bot.config.schema import Config
from bot.documents import split
from bot.errors import GatehouseError
from bot.git.repository import Repository
from bot.jobs.material import materials
from bot.model.codec import dump_part
from bot.model.snapshot import Entry
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, Overlay, PlainRender, Render, Unit
from bot.process import Limits, run
from bot.render.all_renderers import RENDERERS
from bot.render.base import Material
from bot.render.layout import lay_out
from bot.render.overlay import apply_overlay
from bot.render.rooms import Room
from bot.render.sandbox import Sandbox
from bot.render.tools import Tools

Built = list[str] | None  # None: it fails


def tools() -> Tools:
    return Tools(Sandbox("none"), Limits())


@dataclass
class Bench:
    """One repository for all examples, and what was built already."""

    repository: Repository
    scratch: Path
    tools: Tools = field(default_factory=tools)
    full: dict[tuple[str, str], Built] = field(default_factory=dict)
    components: set[tuple[str, str]] = field(default_factory=set)  # nobody builds them by themselves
    laid_out: dict[str, Built] = field(default_factory=dict)

    def views(self, base: str, head: str) -> tuple[Index, View, View]:
        index = Index(Store(None), self.repository, Config(), "", Home([HERE]))
        return index, *index.pair(base, head)

    def believe(self, tree: Tree, name: str) -> dict[str, Built]:
        """Every kustomization of a tree, built in a full checkout."""
        folders = sorted({path.rpartition("/")[0] for path in tree if path.rpartition("/")[2] in NAMES})
        missing = [folder for folder in folders if (name, folder) not in self.full]
        if missing:
            place = self.scratch / "checkout" / "repo"
            check_out(tree, place)
            for folder in missing:
                self.full[name, folder] = self.build(place, folder, restrict=True)
                if any(b'Component"' in f.read_bytes() for n in NAMES if (f := place / folder / n).is_file()):
                    self.components.add((name, folder))
            shutil.rmtree(place.parent)
        return {folder: self.full[name, folder] for folder in folders}

    def build(self, place: Path, folder: str, *, restrict: bool) -> Built:
        tool = self.tools.kustomize()
        restrictor = "LoadRestrictionsRootOnly" if restrict else "LoadRestrictionsNone"
        words = [tool.path, *tool.words, str(place / folder), f"--load-restrictor={restrictor}"]
        done = run(words, env={"PATH": os.defpath, "HOME": "/nonexistent", "GIT_ALLOW_PROTOCOL": "none"})
        return split(done.stdout.decode(errors="replace")) if done.ok else None

    def of_closure(self, view: View, unit: Unit) -> list[Built]:
        return [self.render(material) for material in materials(view, unit)]

    def render(self, material: Material) -> Built:
        if material.refusal or isinstance(material.part, CannotRender):
            return None
        key = repr((dump_part(material.part), material.files, material.dependencies))
        if key not in self.laid_out:
            try:
                self.laid_out[key] = self.build_laid_out(material)
            except GatehouseError:
                self.laid_out[key] = None
        return self.laid_out[key]

    def build_laid_out(self, material: Material) -> Built:
        """Without the guard of machines that cannot shut kustomize in: it refuses more than it must."""
        part = material.part
        if not isinstance(part, KustomizeRender):
            return RENDERERS[type(part)](material, self.tools).documents
        with Room() as room:
            lay_out(room, material)
            apply_overlay(room, part)
            return self.build(Path(room.path, "repo"), part.path, restrict=part.restrict)


def listed(found: Affected) -> set[str]:
    """Directories whose plain build is among the affected units."""
    units = [unit for pair in found.pairs for unit in (pair.base, pair.head) if unit is not None]
    return {unit.path for unit in units if any(is_plain_build(part, unit.path) for part in unit.parts)}


def is_plain_build(part: object, path: str) -> bool:
    return isinstance(part, KustomizeRender) and part.path == path and part.overlay == Overlay() and not part.mounts


def check_nothing_is_missed(bench: Bench, base: tuple[str, Tree], head: tuple[str, Tree]) -> None:
    index, before, after = bench.views(base[0], head[0])
    found = listed(affected(before, after, index.rules, everything=True))
    old, new = bench.believe(base[1], base[0]), bench.believe(head[1], head[0])
    differ = {folder for folder in old.keys() | new.keys() if old.get(folder) != new.get(folder)}
    missed = {f for f in differ - found if not bench.components & {(base[0], f), (head[0], f)}}
    # Among a chart's templates, one that says nothing is no kustomization.
    missed = {f for f in missed if "templates" not in f.split("/") or old.get(f) or new.get(f)}
    assert not missed, (missed, [c.path for c in after.changes])


def check_closures(bench: Bench, tree: str, files: Tree) -> None:
    index = Index(Store(None), bench.repository, Config(), "", Home([HERE]))
    view = index.at(tree)
    full = bench.believe(files, tree)
    everything = tuple(view.walk(""))
    for found in all_units(view, index.rules, everything=True):
        unit = found if found.parts else view.unit(found.key) or found
        for part, built in zip(unit.parts, bench.of_closure(view, unit), strict=True):
            if isinstance(part, PlainRender) or (isinstance(part, HelmRender) and shutil.which("helm") is None):
                continue  # a plain render is its closure; a table says what that is
            if isinstance(part, KustomizeRender) and is_plain_build(part, unit.path) and part.restrict:
                if unit.path in full:
                    assert built == full[unit.path], f"the closure of {unit.key} gives another build"
            elif not escapes(view):
                seen, dependencies = seen_by(view, part, everything), materials(view, unit)[0].dependencies
                whole = Material(part, seen, view.read, dependencies=dependencies)
                assert built == bench.render(whole), f"the closure of {unit.key} gives another render: {part}"


def seen_by(view: View, part: Render, files: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """The files without those that Flux leaves out."""
    ignore = getattr(part, "source_ignore", None)
    if ignore is None:
        return files
    excludes = source_ignore(view, ignore).excludes
    return tuple(entry for entry in files if not excludes(entry.path))


def escapes(view: View) -> bool:
    """Whether a symlink of the repository leads out of it or nowhere: then a render of all of it is refused."""
    return any(view.resolve(link)[0] is None for link in view.links())
