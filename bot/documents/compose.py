"""A YAML stream to node trees, with libyaml, in which hostile input costs no more than its size.

Streams without a ``&`` that begins a word cannot hold anchors: libyaml's own composer reads them, fastest. Others are
composed here from libyaml's events, because anchors may be defined again (as in go-yaml) and aliases must be counted
before use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yaml.events import Event
    from yaml.nodes import Node

PLAIN = "plain"  # tag of a scalar whose type its text decides
STRING = "tag:yaml.org,2002:str"
SHARED = "shared"  # tag of a mapping or list that an alias names, instead of its own (which Kubernetes ignores)
# After a letter or digit it belongs to a text; libyaml's anchors are letters, digits, _ and -, so that it takes no others.
# The sign stands first in the expression: so it is found thirty times faster.
_ANCHOR = re.compile(r"&(?<![A-Za-z0-9]&)(?=[^\s,\[\]{}&])")
MAX_DEPTH = 200  # twice what the deepest real CRDs use; far below Python's recursion limit for every later walk
MAX_EXPANDED = 1_000_000  # nodes that aliases may add to one file; go-yaml stops at a similar size


class Refused(Exception):
    """A limit is passed or an alias makes no sense; ``line`` is 1-based."""

    def __init__(self, line: int | None, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def compose_all(text: str) -> Iterator[Node]:
    """The root node of each document. Raises Refused, and yaml.YAMLError for bad syntax."""
    if may_share(text):
        yield from _EventComposer(text).documents()
        return
    parser = _parser_class()(text)
    try:
        while parser.check_node():
            yield parser.get_node()
    finally:
        parser.dispose()


def may_share(text: str) -> bool:
    """Whether a text may hold an anchor."""
    return "&" in text and _ANCHOR.search(text) is not None


def too_deep() -> str:
    return f"nests mappings and lists more than {MAX_DEPTH} levels deep"


@cache
def _parser_class() -> Any:
    from yaml._yaml import CParser

    class DepthLimitedParser(CParser):
        """libyaml's composer; it calls these three for every node, whose stack it keeps in C."""

        depth = 0

        def resolve(self, _kind: object, _value: object, implicit: Any) -> str:
            return PLAIN if implicit is True or (implicit and implicit[0]) else STRING

        def descend_resolver(self, parent: Any, _index: object) -> None:
            self.depth += 1
            if self.depth > MAX_DEPTH + 1:  # the innermost may be a scalar
                raise Refused(parent.start_mark.line + 1, too_deep())

        def ascend_resolver(self) -> None:
            self.depth -= 1

    return DepthLimitedParser


@dataclass(slots=True)
class _Anchor:
    node: Node
    weight: int = 0  # 0 while the node is still open
    height: int = 0


@dataclass(slots=True)
class _Open:
    node: Any
    anchor: _Anchor | None
    weight_before: int
    height: int = 1
    key: Any = field(default=None)


class _EventComposer:
    """Nodes from events, without recursion. ``weight`` counts the nodes so far as if every alias were written out;
    a long scalar counts as several nodes, so that repeating it is bounded too."""

    def __init__(self, text: str) -> None:
        from yaml._yaml import CParser

        self._parser = CParser(text)
        self._anchors: dict[str, _Anchor] = {}
        self._stack: list[_Open] = []
        self._root: Any = None
        self._weight = 0
        self._by_aliases = 0

    def documents(self) -> Iterator[Node]:
        from yaml import events as e

        handlers: dict[type[Any], Any] = {
            e.ScalarEvent: self._scalar,
            e.MappingStartEvent: self._open,
            e.SequenceStartEvent: self._open,
            e.MappingEndEvent: self._close,
            e.SequenceEndEvent: self._close,
            e.AliasEvent: self._alias,
        }
        try:
            while (event := self._parser.get_event()) is not None:
                if handler := handlers.get(type(event)):
                    handler(event)
                elif isinstance(event, e.DocumentEndEvent):
                    yield self._root
                    self._anchors.clear()
        finally:
            self._parser.dispose()

    def _scalar(self, event: Any) -> None:
        from yaml.nodes import ScalarNode

        tag = event.tag if event.tag not in (None, "!") else (PLAIN if event.implicit[0] else STRING)
        node = ScalarNode(tag, event.value, event.start_mark, event.end_mark, event.style)
        weight = 1 + len(event.value) // 64
        self._weight += weight
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchor(node, weight, 0)
        self._place(node, 0)

    def _open(self, event: Any) -> None:
        from yaml.events import MappingStartEvent
        from yaml.nodes import MappingNode, SequenceNode

        if len(self._stack) >= MAX_DEPTH:
            raise Refused(event.start_mark.line + 1, too_deep())
        cls = MappingNode if type(event) is MappingStartEvent else SequenceNode
        node = cls(event.tag or PLAIN, [], event.start_mark, event.end_mark)
        anchor = None
        if event.anchor is not None:
            anchor = self._anchors[event.anchor] = _Anchor(node)
        self._stack.append(_Open(node, anchor, self._weight))
        self._weight += 1

    def _close(self, _event: Event) -> None:
        top = self._stack.pop()
        if top.anchor:
            top.anchor.weight = self._weight - top.weight_before
            top.anchor.height = top.height
        self._place(top.node, top.height)

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        anchor = self._anchors.get(event.anchor)
        if anchor is None:
            raise Refused(line, f"uses the alias *{event.anchor[:40]}, but no anchor of that name stands before it")
        if not anchor.weight:
            raise Refused(line, f"has an anchor &{event.anchor[:40]} that contains itself")
        self._weight += anchor.weight
        self._by_aliases += anchor.weight
        if self._by_aliases > MAX_EXPANDED:
            raise Refused(line, f"would grow by more than {MAX_EXPANDED:,} values when its aliases are expanded")
        if len(self._stack) + anchor.height > MAX_DEPTH:
            raise Refused(line, too_deep())
        if anchor.height:
            anchor.node.tag = SHARED
        self._place(anchor.node, anchor.height)

    def _place(self, node: Any, height: int) -> None:
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        top.height = max(top.height, height + 1)
        if top.node.id == "sequence":
            top.node.value.append(node)
        elif top.key is None:
            top.key = node
        else:
            top.node.value.append((top.key, node))
            top.key = None
