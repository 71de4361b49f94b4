"""Texts of a repository inside the sentences of findings: short, on one line, told apart from our own words."""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = 120


def shown(text: object, longest: int = LONGEST) -> str:
    """A foreign text for a sentence: control characters and backticks replaced, cut in the middle when it is long."""
    printable = "".join(c if c.isprintable() and c != "`" else "�" for c in str(text)[: 20 * longest])
    if len(printable) > longest:
        printable = f"{printable[: longest - 31]}…{printable[-30:]}"
    return f"`{printable}`"


def listed(texts: Iterable[object], most: int = 5) -> str:
    """``a, b and 3 more``, each as ``shown`` gives it."""
    every = list(texts)
    said = ", ".join(shown(text, 60) for text in every[:most])
    return f"{said} and {len(every) - most} more" if len(every) > most else said
