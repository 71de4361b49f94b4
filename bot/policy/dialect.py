"""Rego as OPA understands it, written so that regorus understands the same. Lines stay where they are.

- What is imported is spelled out where it is used: regorus gives stale values for it below ``with``.
- A function of the same package is called by its full name: regorus does not replace it by ``with`` otherwise.
- ``some x in y`` has no solution where y is a number, a text or null: regorus fails there.
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.policy.outline import Tree

EACH = "gatehouse_each"
EACH_MODULE = f"""package {EACH}
of(x) := x if type_name(x) in {{"array", "object", "set"}}
"""


def for_regorus(source: bytes, tree: Tree, kinds: Mapping[str, str]) -> str:
    """The text of a module; ``kinds`` are those of the rules of its package, in whatever file."""
    edits = [(at, len(name.encode()), tree.imports[name]) for at, name in set(tree.uses)]
    own = f"data.{tree.outline.package}."
    edits += [(at, 0, own) for at, name in set(tree.plain_calls) if kinds.get(name) == "function"]
    for start, end, name in set(tree.collections):
        if kinds.get(name) not in ("set", "object"):  # those are collections whatever happens
            edits += [(start, 0, f"data.{EACH}.of("), (end, 0, ")")]
    # from the end, and at one place what replaces before what is put in front of it
    for at, length, text in sorted(
        edits, key=lambda edit: (edit[0], edit[1] > 0, not edit[2].endswith("(")), reverse=True
    ):
        source = source[:at] + text.encode() + source[at + length :]
    return source.decode()
