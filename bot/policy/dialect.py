"""Rego as OPA understands it, written so that regorus understands the same. Lines stay where they are.

- What is imported is spelled out where it is used: regorus gives stale values for it below ``with``.
- A function of the same package is called by its full name: regorus does not replace it by ``with`` otherwise.
- ``some x in y`` has no solution where y is a number, a text or null: regorus fails there.
- What a ``not`` reads has to be there: regorus negates its absence (bot/policy/negation.py).
- Regular expressions mean what they mean in Go (bot/policy/regular.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.policy.outline import Negation, Tree

EACH = "gatehouse_each"
EACH_MODULE = f"""package {EACH}
of(x) := x if type_name(x) in {{"array", "object", "set"}}
"""
PATTERN = "gatehouse.pattern"


def for_regorus(source: bytes, tree: Tree, kinds: Mapping[str, str]) -> str:
    """The text of a module; ``kinds`` are those of the rules of its package, in whatever file."""
    edits = _Edits(source)
    edits.replaced += [(at, len(name.encode()), tree.imports[name]) for at, name in set(tree.uses)]
    own = f"data.{tree.outline.package}."
    edits.replaced += [(at, 0, own) for at, name in set(tree.plain_calls) if kinds.get(name) == "function"]
    edits.wrapped += [
        (start, end, f"data.{EACH}.of(")
        for start, end, name in set(tree.collections)
        if kinds.get(name) not in ("set", "object")  # those are collections whatever happens
    ]
    edits.wrapped += [(start, end, f"{PATTERN}(") for start, end in set(tree.regexes)]
    known = {"input", "data", *tree.imports, *kinds}
    for one in tree.negations:
        edits.guards += _guard(one, edits, known)
    return edits.applied(0, len(source))


@dataclass(slots=True)
class _Edits:
    """Changes of a text, in bytes: replacements, calls put around something, and what is put in front of a ``not``."""

    source: bytes
    replaced: list[tuple[int, int, str]] = field(default_factory=list)
    wrapped: list[tuple[int, int, str]] = field(default_factory=list)
    guards: list[tuple[int, int, str]] = field(default_factory=list)

    def applied(self, start: int, end: int, *, guarded: bool = True) -> str:
        """A part of the text with the changes that lie in it."""
        edits = [*self.replaced, *(self.guards if guarded else ())]
        edits = [edit for edit in edits if start <= edit[0] and edit[0] + edit[1] <= end]
        for first, last, opening in self.wrapped:
            if start <= first and last <= end:
                edits += [(first, 0, opening), (last, 0, ")")]
        text = self.source[start:end]
        # from the end, and at one place what replaces before what is put in front of it
        for at, length, new in sorted(
            edits, key=lambda edit: (edit[0], edit[1] > 0, not edit[2].endswith("(")), reverse=True
        ):
            text = text[: at - start] + new.encode() + text[at - start + length :]
        return text.decode()


def _guard(one: Negation, edits: _Edits, known: set[str]) -> list[tuple[int, int, str]]:
    """In front of the negation an array of what it reads: that has a value only where each of them has one."""
    reads = sorted((start, end) for start, end, name in one.reads if not name or name in known)
    if not reads:
        return []
    # a comprehension in there is never missing, so its own negations need no guards here
    texts = [_one_line(edits.applied(start, end, guarded=False)) for start, end in reads]
    modifiers = _one_line(edits.applied(*one.modifiers, guarded=False))
    guard = f"[{', '.join(texts)}] {modifiers}; "
    return [(one.start, 0, "{ " + guard), (one.end, 0, " }")] if one.bare else [(one.start, 0, guard)]


def _one_line(text: str) -> str:
    """Without line ends, so that lines stay where they are, unless they may mean something."""
    return text if "#" in text or "`" in text else " ".join(text.splitlines())
