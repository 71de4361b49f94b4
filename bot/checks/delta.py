"""What is new: statements about base and head become findings that are introduced, existing or fixed.

A statement is known by its rule, unit, object and mark; not by its words, line or severity, which may move. What cannot
be judged at head, because the unit does not render there, is as it was: nobody has mended it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from bot.model.evidence import Said, Statement
from bot.model.result import Finding, FindingState

Key = tuple[object, ...]
# kustomize appends ten characters of its own alphabet to the names of generated objects; each edit gives others.
_SUFFIX = re.compile(r"-[2456789bcdfghkmt]{10}\Z")


# Rules that look at several units at once: where one of them is not judged, the others cannot be acquitted.
_ACROSS = ("boundaries/project-", "images/tag-differs", "images/digest-differs", "images/promotion-order",
           "risk/owned-twice")  # fmt: skip


def findings(said: Said, unjudged: Collection[str] = ()) -> list[tuple[Finding, Statement]]:
    """Every finding with the statement behind it: introduced first, then existing, then fixed. ``unjudged`` are the keys of
    units that could be judged at base and not at head."""
    old, new = list(said.base), list(said.head)
    known = Counter(map(_key, old))
    left = Counter(known)
    introduced: list[Statement] = []
    existing: list[Statement] = []
    for statement in new:
        key = _key(statement)
        (existing if left[key] > 0 else introduced).append(statement)
        left[key] -= 1
    gone = list(_gone(old, new))
    return [
        *_as(FindingState.INTRODUCED, [*said.change, *introduced]),
        *_as(FindingState.EXISTING, [*existing, *(s for s in gone if _is_open(s, unjudged))]),
        *_as(FindingState.FIXED, (s for s in gone if not _is_open(s, unjudged))),
    ]


def _is_open(statement: Statement, unjudged: Collection[str]) -> bool:
    """Whether nobody can tell that what a statement of base says is gone."""
    return statement.unit in unjudged or (bool(unjudged) and statement.rule.startswith(_ACROSS))


def _gone(old: Iterable[Statement], new: Iterable[Statement]) -> Iterator[Statement]:
    left = Counter(map(_key, new))
    for statement in old:
        key = _key(statement)
        if left[key] > 0:
            left[key] -= 1
        else:
            yield statement


def unsuffixed(name: str) -> str:
    """A generated name without kustomize's hash: the same object whatever it holds."""
    return _SUFFIX.sub("", name)


def _key(statement: Statement) -> Key:
    found = statement.object
    identity = found and (found.group, found.kind, found.namespace, unsuffixed(found.name))
    return (statement.rule, statement.unit, identity, statement.mark or statement.at)


def _as(state: FindingState, statements: Iterable[Statement]) -> Iterator[tuple[Finding, Statement]]:
    for s in statements:
        finding = Finding(
            rule=s.rule, severity=s.severity, state=state, unit=s.unit, object=s.object,
            file=s.file, line=s.line, message=s.message, fix=s.fix,
        )  # fmt: skip
        yield finding, s
