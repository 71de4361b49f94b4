"""Which of very many patterns hold a path: a tree of segments, walked once for each directory.

Every pattern is a way through the tree. What is reached after a directory is remembered, so that a file costs one step
more; names are looked up, only wildcards are tried, and of those only the ones whose literal part is in the name.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.codeowners.shape import Glob, Shape, Step

EXEMPT = 1 << 40  # a rank from here on takes the path out of its section: it is greater than any other
Ranks = dict[int, int]  # group → the greatest rank that holds the path
_NONE: Ranks = {}
_FEW = 32


class _Node:
    """A place in the tree. ``here`` and ``below`` are the ranks of the patterns that end here."""

    __slots__ = ("any", "below", "globs", "here", "loops", "names")

    def __init__(self, *, loops: bool = False) -> None:
        self.names: dict[str, _Node] = {}
        self.globs: _Globs | None = None
        self.any: _Node | None = None  # the place after any number of directories
        self.loops = loops
        self.here = _NONE
        self.below = _NONE

    def after(self, step: Step) -> _Node:
        """The place after one more step, made where it is missing."""
        if step is None:
            if self.loops:  # **/** is **
                return self
            self.any = self.any or _Node(loops=True)
            return self.any
        if isinstance(step, str):
            node = self.names.get(step)
            if node is None:
                node = self.names[step] = _Node()
            return node
        self.globs = self.globs or _Globs()
        return self.globs.after(step)


class _Globs:
    """The wildcards that may follow a place, found by their literal parts."""

    __slots__ = ("_hints", "_known", "_lengths", "_nodes")

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}
        self._hints: dict[str, list[tuple[Glob, _Node]]] = {}
        self._lengths: set[int] = set()
        self._known: dict[str, list[_Node]] = {}

    def after(self, glob: Glob) -> _Node:
        node = self._nodes.get(glob.regex)
        if node is None:
            node = self._nodes[glob.regex] = _Node()
            self._hints.setdefault(glob.hint, []).append((glob, node))
            self._lengths.add(len(glob.hint))
        return node

    def matching(self, name: str) -> list[_Node]:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = [
                node for hint in self._hints_in(name) for glob, node in self._hints[hint] if glob.holds(name)
            ]
        return known

    def _hints_in(self, name: str) -> Iterable[str]:
        """The literal parts that are in the name: each is looked for where they are few, else each part is looked up."""
        if len(self._hints) <= _FEW:
            return [hint for hint in self._hints if hint in name]
        parts = {name[i : i + n] for n in self._lengths for i in range(len(name) - n + 1)}
        return [part for part in parts if part in self._hints]


class Matcher:
    """Patterns in groups; the answer about a path is the greatest rank in each group."""

    def __init__(self) -> None:
        self._root = _Node()
        self._inside: dict[str, tuple[tuple[_Node, ...], Ranks]] = {}

    def add(self, shape: Shape, group: int, rank: int) -> None:
        """Add a pattern. All patterns come before the first question."""
        node = self._root
        for step in shape.steps:
            node = node.after(step)
        if shape.here:
            node.here = _with(node.here, group, rank)
        if shape.below:
            node.below = _with(node.below, group, rank)

    def ranks(self, path: str) -> Ranks:
        """The greatest rank for each group that has a pattern for the path."""
        folder, _, name = path.rpartition("/")
        active, below = self._directory(folder)
        found = below
        for node in _step(active, name):
            found = _merged(found, node.here)
        return found

    def _directory(self, folder: str) -> tuple[tuple[_Node, ...], Ranks]:
        """The places that are reached after a directory, and the ranks that hold all beneath it."""
        known = self._inside.get(folder)
        if known is not None:
            return known
        todo = []
        above = folder
        while above and above not in self._inside:
            todo.append(above)
            above = above.rpartition("/")[0]
        state = self._inside.get(above) or self._start()
        for path in reversed(todo):
            active = tuple(_step(state[0], path.rpartition("/")[2]))
            state = self._inside[path] = (active, _all_below(active, state[1]))
        return state

    def _start(self) -> tuple[tuple[_Node, ...], Ranks]:
        root = self._root
        active = (root,) if root.any is None else (root, root.any)
        state = self._inside[""] = (active, _all_below(active, _NONE))
        return state


def _step(active: tuple[_Node, ...], name: str) -> dict[_Node, None]:
    """The places after one more name."""
    found: dict[_Node, None] = {}
    for node in active:
        if node.loops:
            found[node] = None
        after = node.names.get(name)
        if after is not None:
            _reach(found, after)
        if node.globs is not None:
            for each in node.globs.matching(name):
                _reach(found, each)
    return found


def _reach(found: dict[_Node, None], node: _Node) -> None:
    found[node] = None
    if node.any is not None:
        found[node.any] = None


def _all_below(active: tuple[_Node, ...], ranks: Ranks) -> Ranks:
    for node in active:
        ranks = _merged(ranks, node.below)
    return ranks


def _merged(ranks: Ranks, more: Ranks) -> Ranks:
    """The greater ones of both; neither is changed."""
    if not more:
        return ranks
    if not ranks:
        return more
    found = dict(ranks)
    for group, rank in more.items():
        if found.get(group, -1) < rank:
            found[group] = rank
    return found


def _with(ranks: Ranks, group: int, rank: int) -> Ranks:
    if not ranks:
        return {group: rank}
    if ranks.get(group, -1) < rank:
        ranks[group] = rank
    return ranks
