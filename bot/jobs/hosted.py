"""What the output of rendered units declares, level by level: each unit once, whichever host shows it.

A unit is an object (kind, namespace, name) of a cluster. The cluster is told by the topmost declaration above the object,
or by the directory where there is none. What the object's own file says counts only where no host was asked: the host's
version is the completed one. What discovery finds by a directory alone is not listed beside a unit that stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.affected.delivered import Child, Host, children, stands_for, untouched
from bot.affected.pairs import Pair
from bot.affected.provided import Providers
from bot.affected.roots import is_root, is_shared
from bot.affected.rules import is_own
from bot.affected.stopped import with_sets
from bot.jobs.filled_in import filled_in
from bot.jobs.hosted_node import Node
from bot.jobs.lent import as_files, listed_by, same_build, shown_instead
from bot.jobs.partly import tells_of
from bot.model.resource import Failed, Rendered
from bot.model.unit import HelmRender, KustomizeRender, Render, Renderer, Unit

if TYPE_CHECKING:
    from bot.affected.concerned import Concerned
    from bot.affected.hosts import Asked
    from bot.affected.index import Index
    from bot.jobs.ports import Result

_DEEPEST = 6  # declarations in the output of declarations


class Hosted:
    """The units of a comparison by key, those in the output of others included once ``descend`` is done."""

    def __init__(
        self,
        sides: tuple[Providers, Providers],
        index: Index,
        render: Callable[[tuple[Pair, ...]], list[Result]],
        asked: Asked | None = None,
        concerned: Concerned | None = None,
    ) -> None:
        """``sides`` are base and head, with the builds that make ConfigMaps for others. ``asked`` says what of an output
        must be asked in turn, touched or not. ``concerned`` says what of an output need not be read; None: all of it is."""
        self._sides = sides
        self._views = (sides[0].view, sides[1].view)
        self._index = index
        self._render = render
        self._through = asked.through if asked else frozenset[str]()
        self._builds = asked.builds if asked else frozenset[str]()
        self._concerned = concerned
        self.nodes: dict[str, Node] = {}
        self.read: set[str] = set()  # the files that declarations in outputs are known from, on either side
        self.matched: set[str] = set()  # the directories that generators make something of on one side only
        self.stands: tuple[dict[str, dict[str, bool]], dict[str, dict[str, bool]]] = ({}, {})
        # The file's declaration: whose version of it is listed under its key.
        self._taken: dict[str, tuple[str, str]] = {}
        self._listed: dict[str, list[Node]] = {}  # by the key of a kustomization, those that it lists on one side only

    def descend(self, roots: Iterable[Result], only_asked: Collection[str] = ()) -> None:
        """Add the affected units in the output of these, and in theirs."""
        level = [Node(result, result[0].unit.key) for result in roots]
        for node in level:
            node.only_asked = node.key in only_asked
            node.above = (node.pair,)
            self.nodes[node.key] = node
            if node.pair.unit.source is not None:
                self._note(node.key, node.pair)
        listed = listed_by(self._views, [node.pair for node in level])
        for key, by in sorted(listed.items()):
            self._listed.setdefault(by, []).append(self.nodes[key])
        level = [node for node in level if node.key not in listed]
        for _ in range(_DEEPEST):
            wanted: dict[str, Node] = {}
            for node in sorted(level, key=lambda node: not node.pair.unit.declared_in):
                if self.nodes.get(node.key) is node:  # and no host has shown it otherwise meanwhile
                    self._ask(node, wanted)
            level = self._rendered(wanted)
            if not level:
                return

    def _rendered(self, wanted: dict[str, Node]) -> list[Node]:
        pairs = tuple(node.pair for node in wanted.values())
        for node, result in zip(wanted.values(), self._render(pairs), strict=True):
            node.result = result
        self.nodes.update(wanted)
        return list(wanted.values())

    # -- one host

    def _ask(self, node: Node, wanted: dict[str, Node]) -> None:
        """What a host declares on both sides. One that failed on a side says nothing, and is reported itself. A
        kustomization in between deploys nothing: what it shows, others complete."""
        if node.failed or not any(unit.root for unit in node.pair if unit is not None):
            return
        over = self._concerned.passed_over(node.above, *node.result[1:]) if self._concerned else frozenset[str]()
        old, new = (self._shown(node, side, over) for side in (0, 1))
        old, new = {**self._as_files(node, 0, new), **old}, {**self._as_files(node, 1, old), **new}
        old, new = with_sets(old, new)
        keys = old.keys() | new.keys()
        if node.pair.unit.source is None:
            keys = same_build(node.pair.unit.path, old, new) or keys
        for key in sorted(keys, key=lambda key: (key not in new, key)):
            self._meet(node, key, (old.get(key), new.get(key)), wanted)

    def _shown(self, node: Node, side: int, passed_over: frozenset[str]) -> dict[str, Child]:
        """What a host declares on a side, with what is part of it on the other side only."""
        found: dict[str, Child] = {}
        for part in self._listed.get(node.key, ()):
            if not is_root(self._views[1 - side], part.pair.unit.path):
                found |= self._children(part, node.top, side)
        return found | self._children(node, node.top, side, passed_over)

    def _as_files(self, node: Node, side: int, others: dict[str, Child]) -> dict[str, Child]:
        """What counts by its files on a side; with what it reads, where the host takes the same document on the other."""
        found = as_files(self._views[side], node.pair, node.top, side, others)
        outcome = node.result[1:][side]
        if not found or not isinstance(outcome, Rendered):
            return found
        alike = {other.digest for key, other in others.items() if key in found}
        over = frozenset(document.digest for document in outcome.documents if document.digest not in alike)
        read = self._children(node, node.top, side, over, as_files=True) if len(over) < len(outcome.documents) else {}
        for key in found.keys() & read.keys():
            found[key] = replace(read[key], unit=found[key].unit, written=found[key].written)
        return found

    def _children(
        self, node: Node, top: str, side: int, passed_over: frozenset[str] = frozenset(), *, as_files: bool = False
    ) -> dict[str, Child]:
        unit, outcome = node.pair[side], node.result[1:][side]
        if unit is None:
            return {}
        above = tuple(found for pair in node.above if (found := pair[side]) is not None)
        host = Host(unit, top, node.near or _place(unit), above)
        rules, home = self._index.rules, self._index.home
        shown = children(self._sides[side], host, outcome, rules, home, passed_over=passed_over, as_files=as_files)
        self.read.update(path for child in shown.values() for path in child.read)
        return shown

    def _meet(self, node: Node, own: str, sides: tuple[Child | None, Child | None], wanted: dict[str, Node]) -> None:
        written = self._written(sides)
        key = own
        if written and not _is_above(written.key, node):
            is_mine = self._taken.setdefault(written.key, (node.top, own)) == (node.top, own)
            key = written.key if is_mine else own
        leads_on = self._note(key, (child.unit if child else None for child in sides)) or self._is_through(sides)
        is_touched = not untouched(*self._views, *sides)
        self.matched |= {each.unit.path for each in sides if each is not None and each.matched and None in sides}
        pair = Pair(*(_as_child(child, key) for child in sides))
        known = wanted.get(key) or self.nodes.get(key)
        if known is not None:
            pair = _merged(pair, known.pair, node.pair)
            tells_where = bool(pair.unit.environment) and not known.pair.unit.environment
            if _say_the_same(pair, known.pair) and not tells_where:
                known.completed = True
                known.only_asked &= not is_touched
                return
            if known.completed:  # another object of this name, of which nothing tells the cluster
                pair = _named(pair, f"{node.key}>{own.rpartition('>')[2]}")
                if pair.unit.key in wanted or pair.unit.key in self.nodes:
                    return
            else:
                self._forget({key}, wanted)
        if is_touched or leads_on:
            wanted[pair.unit.key] = self._node(node, pair, only_asked=not is_touched)

    def _is_through(self, sides: Iterable[Child | None]) -> bool:
        """Whether a unit completes a declaration that is asked for, or builds what is."""
        there = [child for child in sides if child is not None]
        if any(child.written and child.written.key in self._through for child in there):
            return True
        return any(_built(part) in self._builds for child in there for part in child.unit.parts)

    def _node(self, host: Node, pair: Pair, *, only_asked: bool) -> Node:
        top = host.top if host.pair.unit.source else pair.unit.key
        near = host.near or _place(host.pair.unit)
        return Node((pair, None, None), top, host.key, near, (*host.above, pair), completed=True, only_asked=only_asked)

    def _written(self, sides: Iterable[Child | None]) -> Unit | None:
        """The unit by which a file declares the same object: one that counts without its host, or that is listed."""
        found = [child.written for child in sides if child is not None and child.written is not None]
        return next((unit for unit in found[::-1] if not unit.template or unit.key in self.nodes), None)

    def _note(self, key: str, sides: Iterable[Unit | None]) -> bool:
        """Keep for what a declared unit stands on each side, and whether it is the same build. Says whether any of that is
        asked: then the unit must be, too."""
        asked = False
        for view, stands, unit in zip(self._views, self.stands, sides, strict=True):
            for bare in (*stands_for(view, unit), *self._described(unit)) if unit else ():
                stands.setdefault(bare, {})[key] = unit is not None and unit.renderer is Renderer.KUSTOMIZE
                asked = asked or bare in self.nodes
        return asked

    def _described(self, unit: Unit) -> Iterator[str]:
        """The key of the configured unit that would only describe this one."""
        rules = self._index.rules
        rule = rules.about(unit.path, unit.renderer, unit.source.group) if unit.source else None
        if rule is not None and is_own(rule):
            yield rules.key(rule)

    # -- units that are no more

    def _forget(self, keys: set[str], wanted: dict[str, Node], keep: Iterable[str] = ()) -> None:
        """Drop units with all that only they showed; what is below ``keep`` stays."""
        for key in self.with_shown(keys, wanted, keep):
            self.nodes.pop(key, None)
            wanted.pop(key, None)

    def with_shown(
        self, keys: Iterable[str], wanted: Mapping[str, Node] = MappingProxyType({}), keep: Iterable[str] = ()
    ) -> set[str]:
        """Some units with all that only they show, without what is below ``keep``. ``wanted`` are looked at as well."""
        found, kept = set(keys), set(keep)
        while found:
            below = {
                key
                for nodes in (self.nodes, wanted)
                for key, node in nodes.items()
                if node.parent in found and key not in found and key not in kept
            }
            if not below:
                break
            found |= below
        return found

    def settle(self, *, everything: bool) -> None:
        """Drop what discovery found by a directory alone, and that stands no longer for itself, with all it shows."""
        for key, node in list(self.nodes.items()):
            by = {name for name in self._standing(node.pair) if self._speaks_for(name, node)}
            if by and key in self.nodes:
                replaced = self.replaces(node.pair, everything=everything)
                self._forget({key}, {}, keep=by)
                if not replaced:
                    self.nodes[key] = node
        shown = [(node.top, node.pair) for node in self.nodes.values() if node.completed]
        alone = [node.pair for node in self.nodes.values() if not node.completed]
        self._forget(shown_instead(self._views, alone, shown) | filled_in(self._views, alone), {})

    def _speaks_for(self, key: str, node: Node) -> bool:
        """Whether a unit was asked, and says as much as the one that it stands for."""
        found = self.nodes.get(key)
        if found is None or node.failed or not found.failed:
            return found is not None
        if tells_of(node.pair, *found.result):
            return True
        return node.pair.head is None and not isinstance(found.result[1], Failed)  # that one failed where this one was

    def hosts(self, side: int) -> dict[str, Unit]:
        """The unit of a side whose output shows each unit that some output shows, by key."""
        above = ((key, self.nodes.get(node.parent)) for key, node in self.nodes.items() if node.completed)
        return {key: unit for key, host in above if host is not None and (unit := host.pair[side]) is not None}

    def replaces(self, pair: Pair, *, everything: bool) -> bool:
        """Whether a unit in some output stands for one that discovery found by a directory alone. ``everything``: then
        kustomizations in between are listed too, unless the unit is the same build."""
        by = self._standing(pair)
        return bool(by) and (not everything or pair.unit.renderer is not Renderer.KUSTOMIZE or any(by.values()))

    def shows(self, key: str) -> bool:
        """Whether some output holds the object that a file declares under this key: then that version counts."""
        return key in self._taken

    def _standing(self, pair: Pair) -> dict[str, bool]:
        """The units that stand for a discovered one as long as it is there, and no longer, and whether each is its build.
        Where it had some at base, and has none of these at head, they tell what becomes of it."""
        key = pair.unit.key
        if pair.unit.source is not None:
            return {}
        sides = [(stands.get(key, {}), unit is not None) for stands, unit in zip(self.stands, pair, strict=True)]
        there, absent = ([names for names, is_there in sides if is_there is wanted] for wanted in (True, False))
        common = set(there[0]).intersection(*there[1:]).difference(*absent)
        if not common and pair.base and pair.head and there[0] and not is_shared(self._views[1], pair.unit.path):
            return dict.fromkeys((*there[0], *there[1]), False)
        return {name: all(side[name] for side in there) for name in common}


def _built(part: Render) -> str | None:
    """The directory of the repository that a part builds; None where it is another thing."""
    if isinstance(part, HelmRender):
        return part.chart if not part.mounts else None
    return part.path if isinstance(part, KustomizeRender) and not part.mounts else None


def _place(unit: Unit) -> str:
    return unit.declared_in or f"{unit.path}/kustomization.yaml"


def _is_above(key: str, node: Node) -> bool:
    return any(pair.unit.key == key for pair in node.above)


def _as_child(child: Child | None, key: str) -> Unit | None:
    """The unit as it is listed: under its key, with the file that holds the object."""
    if child is None:
        return None
    file = child.written.declared_in if child.written else child.unit.declared_in
    return replace(child.unit, key=key, declared_in=file)


def _named(pair: Pair, key: str) -> Pair:
    return Pair(*(replace(unit, key=key) if unit else None for unit in pair))


def _merged(shown: Pair, known: Pair, host: Pair) -> Pair:
    """A unit as its host shows it. Where a directory is no kustomization on one side, its files count there; what an object
    declared goes and comes with that object."""
    if host.unit.source is not None:
        return shown
    return Pair(shown.base or (None if host.base else known.base), shown.head or (None if host.head else known.head))


def _say_the_same(one: Pair, other: Pair) -> bool:
    said, others = ([unit and (unit.parts, unit.generated, unit.decrypts) for unit in pair] for pair in (one, other))
    return said == others
