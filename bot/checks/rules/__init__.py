"""What each rule means, in words: the text of ``gatehouse explain RULE`` and of the pages in ``docs/rules/``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One rule. ``id`` is ``check/name``; ``what`` it finds, ``why`` it matters, how to ``mend`` it, an ``example``."""

    id: str
    title: str
    what: str
    why: str
    mend: str
    example: str = ""
