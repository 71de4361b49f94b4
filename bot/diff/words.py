"""Words from rendered objects, fit to stand in a sentence or a heading."""

from __future__ import annotations


def one_line(text: str, longest: int = 300) -> str:
    """The text without control characters, line breaks and invisible direction marks, and not endless."""
    clean = "".join(c if c.isprintable() else "\ufffd" for c in text[: longest + 1])
    return clean if len(clean) <= longest else clean[:longest] + "…"
