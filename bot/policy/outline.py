"""The syntax tree of a Rego module, as regorus writes it, to what Gatehouse needs to know of the module.

Calls are found in the tree, never in the text: a comment or a string that names a function is no call. The walk is a loop
and not a recursion, because the module's author decides how deep the tree is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.policy.base import Outline, RuleHead

Node = dict[str, Any]
_LITERAL = frozenset({"Array", "Set", "Object", "ArrayCompr", "SetCompr", "ObjectCompr"})
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WITHOUT_VALUES = frozenset({"span", "eidx", "sidx", "qidx"})


@dataclass(frozen=True, slots=True)
class Call:
    """A function by name, as written: called with ``arguments``, or (-1) replaced or given away by ``with``."""

    name: str
    line: int
    arguments: int


@dataclass(slots=True)
class Tree:
    """An outline, and what only the refusals need."""

    outline: Outline
    calls: list[Call] = field(default_factory=list)
    imports: dict[str, str] = field(default_factory=dict)  # name in the module: what it stands for
    uses: list[tuple[int, str]] = field(default_factory=list)  # where such names are, in bytes
    bound: frozenset[str] = frozenset()  # names of variables
    plain_calls: list[tuple[int, str]] = field(default_factory=list)  # calls by one word, in bytes
    collections: list[tuple[int, int, str]] = field(
        default_factory=list
    )  # what `some .. in` walks: bytes, and a plain name
    patterns: list[int] = field(default_factory=list)  # lines that take objects apart
    replaced: list[tuple[str, int]] = field(default_factory=list)  # what `with` replaces, and the line
    odd_package: bool = False
    negations: list[Negation] = field(default_factory=list)  # every `not`, see bot/policy/negation.py
    needs: list[tuple[str, int, frozenset[str]]] = field(default_factory=list)  # see bot/policy/entangled.py
    data: list[tuple[str, int]] = field(default_factory=list)  # see bot/policy/absent.py
    unused: list[tuple[str, int]] = field(default_factory=list)  # variables, and their lines
    regexes: list[tuple[int, int]] = field(default_factory=list)  # where regular expressions are given, in bytes


@dataclass(frozen=True, slots=True)
class Negation:
    """One ``not``, in bytes of the source: where it begins and its statement ends, whether it is a body without braces,
    its ``with`` modifiers, what it reads before it negates (places with the name of a plain variable), and the variables
    of which its rule says nothing else."""

    start: int
    end: int
    bare: bool
    modifiers: tuple[int, int]
    reads: tuple[tuple[int, int, str], ...]
    line: int
    unbound: tuple[str, ...]


def tree(path: str, module: Node, source: bytes) -> Tree:
    """Read one module of regorus' ``get_ast_as_json``. Raises KeyError and TypeError for a tree of another shape."""
    package = module["package"]["refr"]
    parts = parts_of(package)
    one = Tree(Outline(path, ""))
    one.imports = dict(_import(found, source) for found in module["imports"] if not _is_switch(found))
    bound: set[str] = set()
    reads = _Reads()
    data: set[int] = set()
    for node in nodes([module["rules"]]):
        bound |= bound_of(node, source)
        _note(node, one)
        reads.note(node)
    for node in nodes([module["rules"], module["imports"]]):
        if _is_variable(node, "data"):
            data.add(_start(node))
    for node in nodes([module["imports"]]):
        reads.note(node)
    one.bound = frozenset(bound)
    one.odd_package = parts is None or not all(map(_PLAIN.fullmatch, parts))
    one.outline = Outline(
        path,
        ".".join(parts or ()),
        tuple(head for rule in module["rules"] for head in _heads(rule)),
        reads.found(),
        tuple(sorted(data)),
        _start(package),
    )
    return one


def _note(node: Node, one: Tree) -> None:
    """Add what a node says to the tree."""
    if "Var" in node and node["Var"]["value"] in one.imports:
        one.uses.append((_start(node), str(node["Var"]["value"])))
    if "Call" in node:
        one.regexes += _regexes(node["Call"])
        call, function = node["Call"], node["Call"]["fcn"]
        one.calls.append(_called(call))
        if "Var" in function:
            one.plain_calls.append((_start(function), str(function["Var"]["value"])))
    if "SomeIn" in node:
        collection = node["SomeIn"]["collection"]
        if not _LITERAL & collection.keys():
            span = next(iter(collection.values()))["span"]
            name = str(collection["Var"]["value"]) if "Var" in collection else ""
            one.collections.append((int(span["start"]), int(span["end"]), name))
    if "AssignExpr" in node and "Object" in node["AssignExpr"]["lhs"]:
        one.patterns.append(_line(node))
    if "Func" in node:
        one.patterns += [_line(argument) for argument in node["Func"]["args"] if "Object" in argument]
    for replaced in node.get("with_mods") or ():
        one.calls += _named(replaced["refr"]) + _named(replaced["as"])
        one.replaced.append((".".join(parts_of(replaced["refr"]) or ["?"]), _line(replaced["refr"])))


def nodes(roots: list[object]) -> Iterator[Node]:
    """Every object of the tree, in no order that matters."""
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += [value for key, value in node.items() if key not in _WITHOUT_VALUES]
        elif isinstance(node, list):
            waiting += node


def _is_variable(node: object, name: str) -> bool:
    return isinstance(node, dict) and isinstance(node.get("Var"), dict) and node["Var"].get("value") == name


def parts_of(node: Node) -> list[str] | None:
    """The words of a reference: ``a.b["c"]`` gives a, b, c; None where a part is no constant."""
    words: list[str] = []
    while True:
        if "Var" in node:
            return [str(node["Var"]["value"]), *reversed(words)]
        if "RefDot" in node:
            words.append(str(node["RefDot"]["field"][1]))
            node = node["RefDot"]["refr"]
        elif "RefBrack" in node and "String" in node["RefBrack"]["index"]:
            words.append(str(node["RefBrack"]["index"]["String"]["value"]))
            node = node["RefBrack"]["refr"]
        else:
            return None


def _start(node: Node) -> int:
    while "Var" not in node:
        node = next(iter(node.values()))["refr"]
    return int(node["Var"]["span"]["start"])


def _line(node: Node) -> int:
    return int(next(iter(node.values()))["span"]["line"])


def _called(call: Node) -> Call:
    parts, arguments = parts_of(call["fcn"]), call["params"]
    return Call(".".join(parts or ["(computed)"]), int(call["span"]["line"]), len(arguments))


_PATTERN_AT = {
    "regex.match": 0, "regex.find_n": 0, "regex.find_all_string_submatch_n": 0, "regex.is_valid": 0, "regex.split": 0,
    "regex.replace": 1,
}  # fmt: skip


def _regexes(call: Node) -> Iterator[tuple[int, int]]:
    """Where a call has its regular expression; the tree leaves the quotes of a text out."""
    at = _PATTERN_AT.get(".".join(parts_of(call["fcn"]) or ()), -1)
    if 0 <= at < len(call["params"]):
        kind, found = next(iter(call["params"][at].items()))
        quotes = 1 if kind in ("String", "RawString") else 0
        yield int(found["span"]["start"]) - quotes, int(found["span"]["end"]) + quotes


def _named(node: Node) -> list[Call]:
    """What ``with`` replaces or puts in its place, if it may be a function."""
    parts = parts_of(node) if {"Var", "RefDot", "RefBrack"} & node.keys() else None
    return [Call(".".join(parts), _line(node), -1)] if parts else []


class _Reads:
    """What is read of ``input``: its first field, of ``unit`` the second too (``unit.path``); "" is all of it (given to a
    function, walked)."""

    def __init__(self) -> None:
        self._lines: dict[str, int] = {}
        self._inner: set[int] = set()  # ids of nodes that are the beginning of a longer reference

    def note(self, node: Node) -> None:
        """Look at a node; those around it have been looked at before."""
        for replaced in node.get("with_mods") or ():
            self._inner.add(id(replaced["refr"]))  # is written, not read
        if not {"Var", "RefDot", "RefBrack"} & node.keys():
            return
        parts = parts_of(node)
        if parts is None or parts[0] != "input":
            return
        if "Var" not in node:
            self._inner.add(id(next(iter(node.values()))["refr"]))
        if id(node) not in self._inner:
            name = ".".join(parts[1 : 3 if parts[1:2] == ["unit"] else 2])
            self._lines[name] = min(_line(node), self._lines.get(name, _line(node)))

    def found(self) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(self._lines.items()))


def _import(found: Node, source: bytes) -> tuple[str, str]:
    """The name that an import gives, and what it stands for."""
    span = next(iter(found["refr"].values()))["span"]
    parts = parts_of(found["refr"]) or [""]
    name = _words(found["as"], source) if found.get("as") else parts[-1]
    return name, _words(span, source)


def _is_switch(found: Node) -> bool:
    """`import rego.v1` and `import future.keywords…` only choose the language."""
    return (parts_of(found["refr"]) or [""])[0] in ("rego", "future")


def _words(span: dict[str, int], source: bytes) -> str:
    return source[span["start"] : span["end"]].decode()


def bound_of(node: Node, source: bytes) -> set[str]:
    """The variables that a node declares."""
    if "SomeVars" in node:
        return {_words(span, source) for span in node["SomeVars"]["vars"]}
    if "Every" in node:
        return {_words(span, source) for span in (node["Every"]["key"], node["Every"]["value"]) if span}
    if "SomeIn" in node:
        return _variables([node["SomeIn"]["key"], node["SomeIn"]["value"]])
    if "AssignExpr" in node and node["AssignExpr"]["op"] == "ColEq":
        return _variables([node["AssignExpr"]["lhs"]])
    if "Func" in node:
        return _variables(node["Func"]["args"])
    return set()


def _variables(roots: list[object]) -> set[str]:
    return {str(node["Var"]["value"]) for node in nodes(roots) if isinstance(node.get("Var"), dict)}


def _heads(rule: Node) -> Iterator[RuleHead]:
    if "Default" in rule:
        found = rule["Default"]
        yield RuleHead(name_of(found["refr"])[0], "default", int(found["span"]["line"]), len(found["args"]))
        return
    (form, head), line = next(iter(rule["Spec"]["head"].items())), int(rule["Spec"]["span"]["line"])
    name, whole = name_of(head["refr"])
    kind = {"Compr": "value", "Set": "set", "Func": "function"}[form]
    yield RuleHead(name, kind if whole else "object", line, len(head.get("args") or ()))


def name_of(node: Node) -> tuple[str, bool]:
    """The constant words of a head (``a.b[x]``: a.b), and whether that is all of it."""
    whole = True
    while (parts := parts_of(node)) is None:
        node, whole = next(iter(node.values()))["refr"], False
    return ".".join(parts), whole
