"""What is new: statements about base and head become findings that are introduced, existing or fixed.

A statement is known by its rule, unit, object and mark; not by its words, line or severity, which may move. What cannot
be judged at head, because the unit does not render there, is as it was: nobody has mended it. What base and head say of one
thing that has got another name is one statement as well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from bot.model.evidence import Said, Statement
from bot.model.result import Finding, FindingState

Key = tuple[object, ...]
# For positions in the second list the position in the first of what is the same, one to one.
Same = Callable[[Sequence[Statement], Sequence[Statement]], Mapping[int, int]]
# kustomize appends ten characters of its own alphabet to the names of generated objects; each edit gives others.
_SUFFIX = re.compile(r"-[2456789bcdfghkmt]{10}\Z")


# Rules that look at several units at once: where one of them is not judged, the others cannot be acquitted.
_ACROSS = ("boundaries/project-", "images/tag-differs", "images/digest-differs", "images/promotion-order",
           "risk/owned-twice")  # fmt: skip


def findings(said: Said, unjudged: Collection[str] = (), same: Same | None = None) -> list[tuple[Finding, Statement]]:
    """Every finding with the statement behind it: introduced first, then existing, then fixed. ``unjudged`` are the keys of
    units that could be judged at base and not at head; ``same`` finds what is fixed under one name and introduced under
    another one."""
    old, new = list(said.base), list(said.head)
    left = Counter(map(_key, old))
    introduced: list[Statement] = list(said.change)
    existing: list[Statement] = []
    for statement in new:
        key = _key(statement)
        (existing if left[key] > 0 else introduced).append(statement)
        left[key] -= 1
    gone = list(_gone(old, new))
    fixed = [each for each in gone if not _is_open(each, unjudged)]
    renamed = same(fixed, introduced) if same and fixed and introduced else {}
    existing += [each for at, each in enumerate(introduced) if at in renamed]
    taken = set(renamed.values())
    return [
        *_as(FindingState.INTRODUCED, (each for at, each in enumerate(introduced) if at not in renamed)),
        *_as(FindingState.EXISTING, [*existing, *(each for each in gone if _is_open(each, unjudged))]),
        *_as(FindingState.FIXED, (each for at, each in enumerate(fixed) if at not in taken)),
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
