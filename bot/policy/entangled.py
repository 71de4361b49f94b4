"""What OPA refuses of whole rules and regorus takes: rules that need themselves, and declared variables without use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.policy.base import Problem
from bot.policy.outline import Node, Tree, bound_of, name_of, nodes, parts_of

_Needs = dict[str, set[str]]


def needs(module: Node, source: bytes) -> Iterator[tuple[str, int, frozenset[str]]]:
    """Each rule of a module, its line, and the names that it reads, as written: words with dots. Its own variables are
    left out, because they may be named like a rule."""
    for rule in module["rules"]:
        head = rule["Spec"]["head"] if "Spec" in rule else None
        if head is None:
            continue
        own: set[str] = set()
        read: set[str] = set()
        found = next(iter(head.values()))
        for node in nodes([rule["Spec"]["bodies"], {**found, "refr": {}}]):
            own |= bound_of(node, source)
            if {"Var", "RefDot", "RefBrack"} & node.keys() and (parts := parts_of(node)):
                read.add(".".join(parts))
        own |= {name for argument in found.get("args") or () for name in _variables(argument)}
        name = name_of(found["refr"])[0]
        line = int(rule["Spec"]["span"]["line"])
        yield name, line, frozenset(one for one in read if one.partition(".")[0] not in own)


def unused(module: Node, source: bytes) -> Iterator[tuple[str, int]]:
    """Variables that `every` or a plain `some` declares and nothing uses, each with its line."""
    for rule in module["rules"]:
        used = _variables(rule)
        for node in nodes([rule]):
            if "Every" in node:
                every = node["Every"]
                names, line = bound_of(node, source), int(every["span"]["line"])
                yield from ((name, line) for name in sorted(names - _variables(every["query"]) - {"_"}))
            if "SomeVars" in node:
                line = int(node["SomeVars"]["span"]["line"])
                yield from ((name, line) for name in sorted(bound_of(node, source) - used - {"_"}))


def _variables(root: object) -> set[str]:
    return {str(node["Var"]["value"]) for node in nodes([root]) if isinstance(node.get("Var"), dict)}


def problems(trees: Sequence[Tree]) -> Iterator[Problem]:
    """Every rule that needs itself, over whatever others, and every variable that is not used."""
    for one in trees:
        for name, line in one.unused:
            yield Problem(one.outline.path, line, f"`{name}` is declared and not used; use it, or write `_` for it")
    graph = _graph(trees)
    for one in trees:
        for name, line, _ in one.needs:
            if _comes_back(f"{one.outline.package}.{name}", graph):
                yield Problem(one.outline.path, line, f"`{name}` needs itself to be known; Rego has no recursion")


def _graph(trees: Sequence[Tree]) -> _Needs:
    rules = {f"{one.outline.package}.{name}" for one in trees for name, _, _ in one.needs}
    graph: _Needs = {}
    for one in trees:
        for name, _, read in one.needs:
            here = graph.setdefault(f"{one.outline.package}.{name}", set())
            for words in read:
                first, dot, rest = words.partition(".")
                full = one.imports.get(first, first) + dot + rest
                full = full.removeprefix("data.") if full.startswith("data.") else f"{one.outline.package}.{full}"
                here |= {full} & rules
    return graph


def _comes_back(start: str, graph: _Needs) -> bool:
    waiting, seen = list(graph[start]), set()
    while waiting:
        one = waiting.pop()
        if one == start:
            return True
        if one not in seen:
            seen.add(one)
            waiting += graph.get(one, ())
    return False
