"""What a module reads of ``data`` and no module defines.

Nothing else is ever there: files of data are not read, neither beside the embedded engine nor on a server. To both engines
such a value is undefined, so that a rule which reads it never speaks, and what it would forbid passes in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.policy.base import Problem
from bot.policy.outline import Node, Tree, name_of, nodes

_REFERENCES = frozenset({"Var", "RefDot", "RefBrack"})


def reads_of_data(module: Node, imports: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Each place below ``data`` that the rules of a module read (``data.limits.cpu``), as far as its words are constant, and
    its line. Functions that are called are left out: those are looked for elsewhere."""
    inner: set[int] = set()  # nodes that are the beginning of a longer reference, a function, or written by `with`
    for node in nodes([module["rules"]]):
        for replaced in node.get("with_mods") or ():
            inner |= _references(replaced["refr"])[0]
        if "Call" in node:
            inner |= _references(node["Call"]["fcn"])[0]
        if not _REFERENCES & node.keys() or id(node) in inner:
            continue
        shorter, named = _references(node)
        inner |= shorter
        words = name_of(node)[0] if named else ""
        first, dot, rest = words.partition(".")
        full = imports.get(first, first) + dot + rest
        if full.startswith("data."):
            yield full, int(next(iter(node.values()))["span"]["line"])


def _references(node: Node) -> tuple[set[int], bool]:
    """The reference and each shorter one that it begins with, and whether the first of them is a name (and no call)."""
    found = {id(node)}
    while "Var" not in node and _REFERENCES & node.keys():
        node = next(iter(node.values()))["refr"]
        found.add(id(node))
    return found, "Var" in node


def problems(trees: Sequence[Tree]) -> Iterator[Problem]:
    """Every place that is read, that no rule of these modules makes, and that the module itself does not put there."""
    packages = {f"data.{one.outline.package}" for one in trees}
    made = {f"data.{one.outline.package}.{head.name}" for one in trees for head in one.outline.rules}
    for one in trees:
        own = {name for name, _ in one.replaced if name.startswith("data.")}
        seen: set[str] = set()
        for read, line in one.data:
            if read not in seen and read not in packages and not any(_meets(read, place) for place in made | own):
                yield Problem(
                    one.outline.path, line,
                    f"it reads `{read}`, which no policy defines and which is never there: files of data are not read; "
                    "write such values into a policy",
                )  # fmt: skip
            seen.add(read)


def _meets(read: str, place: str) -> bool:
    """Whether reading one place may see the other: it is the same, below, or around it."""
    return read == place or read.startswith(f"{place}.") or place.startswith(f"{read}.")
