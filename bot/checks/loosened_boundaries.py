"""Where ``checks.boundaries`` of one configuration permits more than those of another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.checks.words import listed
from bot.config.judging import BoundaryRule


def boundaries(old: Sequence[BoundaryRule], new: Sequence[BoundaryRule]) -> Iterator[str]:
    """What is permitted now, as clauses. Entries are known by their paths; the first one that holds a path counts."""
    after = {rule.paths: rule for rule in new}
    for rule in old:
        now = after.get(rule.paths)
        if now is None:
            yield f"nothing bounds what {listed(rule.paths)} may hold as before"
        elif wider := list(_wider(rule, now)):
            yield f"{listed(rule.paths)} may hold more {' and '.join(wider)}"
    known = {rule.paths for rule in old}
    for number, rule in enumerate(new):
        if rule.paths in known:
            continue
        if not (rule.namespaces or rule.kinds or rule.deny_kinds):
            yield f"{listed(rule.paths)} may hold anything"
        elif hidden := [r for r in new[number + 1 :] if r.paths in known and _may_overlap(rule.paths, r.paths)]:
            yield f"{listed(rule.paths)} is judged before {listed(hidden[0].paths)}, and takes its place where both hold"


def _wider(old: BoundaryRule, new: BoundaryRule) -> Iterator[str]:
    if old.namespaces and (not new.namespaces or {*new.namespaces} - {*old.namespaces}):
        yield "namespaces"
    kinds = old.kinds and (not new.kinds or {*new.kinds} - {*old.kinds})
    if kinds or {*old.deny_kinds} - {*new.deny_kinds}:
        yield "kinds"


def _may_overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    """By the plain beginnings of patterns: rather yes than no."""
    starts = [[_start(pattern) for pattern in patterns] for patterns in (one, other)]
    return any(a.startswith(b) or b.startswith(a) for a in starts[0] for b in starts[1])


def _start(pattern: str) -> str:
    return pattern.partition("*")[0].partition("?")[0]
