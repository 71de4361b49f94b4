"""Evidence for the owners check, from two trees given as texts and the units that a change reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from indexed_files import IndexedFiles

from bot.model.approvals import Approvals, Asked
from bot.model.evidence import Evidence, Step, UnitEvidence, UnitSide
from bot.model.result import UnitState
from bot.model.snapshot import FILE, SYMLINK, Change, Entry
from bot.model.unit import KustomizeRender, Render, Renderer, Unit

Texts = Mapping[str, str]
ASKED = Approvals(Asked.FORGE)


class Tree(IndexedFiles):
    """A snapshot held in memory; a text that begins with ``-> `` is a symlink."""

    def __init__(self, texts: Texts) -> None:
        self.texts = dict(texts)

    @property
    def tree(self) -> str:
        return str(hash(frozenset(self.texts.items())))

    def entry(self, path: str) -> Entry | None:
        text = self.texts.get(path)
        return None if text is None else Entry(path, SYMLINK if text.startswith("-> ") else FILE, text)

    def is_dir(self, path: str) -> bool:
        return any(name.startswith(f"{path}/" if path else "") for name in self.texts)

    def children(self, path: str) -> tuple[list[Entry], list[str]]:
        start = f"{path}/" if path else ""
        names = sorted(name for name in self.texts if name.startswith(start))
        folders = {start + name[len(start) :].partition("/")[0] for name in names if "/" in name[len(start) :]}
        return [e for name in names if "/" not in name[len(start) :] and (e := self.entry(name))], sorted(folders)

    def walk(self, path: str) -> Iterator[Entry]:
        for name in sorted(self.texts):
            if not path or name.startswith(f"{path}/"):
                entry = self.entry(name)
                assert entry is not None
                yield entry

    def read(self, entry: Entry) -> bytes:
        return self.texts[entry.path].removeprefix("-> ").encode()


def unit(
    path: str,
    environment: str = "prod",
    *parts: Render,
    state: UnitState = UnitState.CHANGED,
    way: tuple[str, ...] = (),
    key: str = "",
    declared_in: str = "",
) -> UnitEvidence:
    """A unit that is reached over ``way``: from the changed path to the last thing before the unit."""
    there = Unit(
        key or path, path, Renderer.KUSTOMIZE, parts or (KustomizeRender(path),), declared_in=declared_in,
        environment=environment,
    )  # fmt: skip
    side = UnitSide(there, ())
    hops = pairwise((*way, path)) if way else ()
    steps = tuple(Step(before, after, "refers to it") for before, after in hops)
    return UnitEvidence(
        key=key or path, path=path, app="app", environment=environment, production=environment == "prod", state=state,
        base=None if state is UnitState.ADDED else side, head=None if state is UnitState.REMOVED else side, way=steps,
    )  # fmt: skip


def evidence(
    base: Texts,
    changed: Mapping[str, str | None],
    *units: UnitEvidence,
    approvals: Approvals = ASKED,
) -> Evidence:
    """``changed`` holds the new texts of paths, None for those that are deleted. Nobody has agreed, as a forge says."""
    after = {path: text for path, text in {**base, **changed}.items() if text is not None}
    before_tree, after_tree = Tree(base), Tree(after)
    changes = [Change(path, before_tree.entry(path), after_tree.entry(path)) for path in sorted(changed)]
    return Evidence(
        tuple(units), tuple(changes), before_tree, after_tree, ("dev", "staging", "prod"), approvals=approvals
    )
