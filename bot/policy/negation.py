"""What a ``not`` reads before it negates.

OPA evaluates the operands of a negated call or comparison in front of the negation: ``not startswith(input.a, "t")``
has no solution where ``input.a`` is missing, and neither has ``not input.a > 3``. Only what is asked for as a whole
(``not input.a``) and the two sides of ``==`` may be missing. regorus negates that too, so that the same line denies with
one engine and is silent with the other: here are the places that have to be read first.
(OPA's compiler: rewriteExprTerms and rewriteDynamics in v1/ast/compile.go.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from bot.policy.outline import Negation, Node, nodes

_REFERENCES = frozenset({"RefDot", "RefBrack"})
_COMPREHENSIONS = frozenset({"ArrayCompr", "SetCompr", "ObjectCompr"})
_KNOWN = frozenset({"input", "data"})


def negations(module: Node, source: bytes) -> list[Negation]:
    """Every negation of a module that regorus has parsed."""
    return [found for rule in module["rules"] for found in _of_rule(rule, source)]


def _of_rule(rule: Node, source: bytes) -> Iterator[Negation]:
    everywhere = _names(rule)
    for node in nodes([rule]):
        for statement in node.get("stmts") or ():
            if "NotExpr" in statement["literal"]:
                yield _negation(statement, node, source, everywhere)


def _negation(statement: Node, query: Node, source: bytes, everywhere: Counter[str]) -> Negation:
    negated = statement["literal"]["NotExpr"]
    start, end = int(negated["span"]["start"]), end_of(statement["span"], source)
    modifiers = statement.get("with_mods") or ()
    first = int(modifiers[0]["span"]["start"]) if modifiers else end
    inside = _names(negated)
    unbound = {name for name in _indexes(negated["expr"]) if name == "_" or inside[name] == everywhere[name]}
    reads = tuple(_span(read) for read in _read(negated["expr"]))
    bare = int(query["span"]["start"]) == int(statement["span"]["start"])
    return Negation(start, end, bare, (first, end), reads, int(negated["span"]["line"]), tuple(sorted(unbound)))


def end_of(span: dict[str, int], source: bytes) -> int:
    """The end of a statement; the tree leaves out the quote that closes a text."""
    end = int(span["end"])
    return end + (source[end : end + 1] in (b'"', b"`"))


def _names(node: object) -> Counter[str]:
    return Counter(str(found["Var"]["value"]) for found in nodes([node]) if isinstance(found.get("Var"), dict))


def _span(node: Node) -> tuple[int, int, str]:
    span = next(iter(node.values()))["span"]
    return int(span["start"]), int(span["end"]), str(node["Var"]["value"]) if "Var" in node else ""


def _read(expression: Node) -> Iterator[Node]:
    """What is evaluated in front of ``not expression``."""
    kind, found = next(iter(expression.items()))
    if kind in _REFERENCES:
        yield from _indices(expression)
    elif (kind, found.get("op")) in (("BoolExpr", "Eq"), ("AssignExpr", "Eq")):
        for side in (found["lhs"], found["rhs"]):
            yield from _indices(side) if _is_reference(side) else _first(side)
    elif kind != "Var":
        for operand in _operands(expression):
            yield from _first(operand)


def _is_reference(node: Node) -> bool:
    return "Var" in node or bool(_REFERENCES & node.keys())


def _indices(node: Node) -> Iterator[Node]:
    """Of ``a[x].b``, what has to be there before: x, and a call that it begins with."""
    while _REFERENCES & node.keys():
        found = next(iter(node.values()))
        if "index" in found:
            yield from _first(found["index"])
        node = found["refr"]
    if "Call" in node:
        yield node


def _first(node: Node) -> Iterator[Node]:
    """What of an operand has to be there: references and calls, wherever they are outside of comprehensions."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if "Call" in node or _is_reference(node):
            yield node
        elif not _COMPREHENSIONS & node.keys():
            waiting += _operands(node)


def _operands(node: Node) -> list[Node]:
    """The expressions right below one."""
    kind, found = next(iter(node.items()))
    if kind == "Call":
        return list(found["params"])
    if kind == "Object":
        return [part for field in found["fields"] for part in field[1:]]
    if kind in ("Array", "Set"):
        return list(found["items"])
    return [found[name] for name in ("lhs", "rhs", "expr", "key", "value", "collection") if _is_expression(found, name)]


def _is_expression(found: dict[str, Any], name: str) -> bool:
    return isinstance(found.get(name), dict)


def _indexes(node: Node) -> Iterator[str]:
    """The variables in brackets, outside of comprehensions: ``i`` of ``a[i]``."""
    waiting: list[object] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting += one
        elif isinstance(one, dict) and not _COMPREHENSIONS & one.keys():
            index = one["RefBrack"]["index"] if "RefBrack" in one else {}
            if "Var" in index and index["Var"]["value"] not in _KNOWN:
                yield str(index["Var"]["value"])
            waiting += [value for key, value in one.items() if key not in ("span", "eidx", "sidx", "qidx")]
