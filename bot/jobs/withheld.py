"""What the secrets check found in changed files goes out of everything that a report shows.

Renders are masked by shape and by name, and that is enough for nearly all. But a value may be known as a secret only where
it is written (``dbPassword: …`` in a values file) and come out under another name (``DSN: …``). Also the words of findings
and the names of objects are rid of the keyed hashes that stand for masked values: their key is another one on each machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.checks.secrets import Secrets
from bot.model.evidence import Check
from bot.model.result import CheckResult, Finding, ObjectChange, UnitChange
from bot.model.unit import ObjectId
from bot.redaction import MASKED, credentials, hide, signs_in

if TYPE_CHECKING:
    from bot.jobs.ports import Seen

_SHORTEST = 8  # shorter ones stand in ordinary words
_TELLING = re.compile(r"(?=.*[A-Za-z])(?=.*[0-9]|.*[^\w.\s/:-])")  # of what is a secret only by its place
_MOST = 1000

Hide = Callable[[str], str]


def withheld(
    seen: Seen, checks: tuple[CheckResult, ...], ran: Iterable[Check]
) -> tuple[tuple[UnitChange, ...], tuple[CheckResult, ...]]:
    """The units and results of a report, without what must not be in it. ``ran`` are the checks behind the results. What a
    check found counts, and not what it says in the end: one credential is told once, and a rule may be switched off."""
    secrets = [check for check in ran if isinstance(check, Secrets)]
    values = sorted(set(_values(secrets)), key=len, reverse=True)[:_MOST]
    words = {word for check in secrets if check.files and values for word in check.files.like_their_users()}
    hiding = _hiding(values, words)
    results = tuple(_check(check, hiding) for check in checks)
    return tuple(_unit(unit, hiding) if values else _named(unit) for unit in seen.units), results


def _values(ran: Iterable[Secrets]) -> Iterator[str]:
    for files in (check.files for check in ran if check.files):
        for value in files.values():
            yield from (line for line in value.split("\n") if len(line) >= _SHORTEST)
        for text in (*files.base, *files.head):
            for written in files.written(text):
                yield from filter(_tells, written.texts)
            yield from (each.value for each in files.named(text) if _tells(each.value))


def _tells(value: str) -> bool:
    return len(value) >= _SHORTEST and _TELLING.match(value) is not None


def _hiding(values: list[str], words: set[str]) -> Hide:
    """``words`` are those of the values that stay where they are a part of a name (``shop-web``)."""
    if not values:
        return hide
    known = re.compile("|".join(_apart(each) if each in words else re.escape(each) for each in values))
    return lambda text: known.sub(MASKED, hide(text))


def _said(text: str, hidden: Hide) -> str:
    """The words of a finding: what it quotes may hold a credential that is in no render and no changed file."""
    return credentials.replace(hidden(text), lambda _: MASKED)


def _apart(word: str) -> str:
    return rf"(?<![A-Za-z0-9]-){re.escape(word)}(?!-[A-Za-z0-9])"


def _named(unit: UnitChange) -> UnitChange:
    """The unit with names that may be shown, where what it holds may be shown anyway."""
    if not any(_is_masked(each.id) or (each.was and _is_masked(each.was)) for each in unit.objects):
        return unit
    return replace(unit, objects=tuple(_with_names(each) for each in unit.objects))


def _is_masked(found: ObjectId) -> bool:
    return any(signs_in(text) for text in (found.api_version, found.kind, found.namespace, found.name))


def _with_names(change: ObjectChange) -> ObjectChange:
    return replace(change, id=_shown(change.id), was=change.was and _shown(change.was))


def _shown(found: ObjectId) -> ObjectId:
    return ObjectId(hide(found.api_version), hide(found.kind), hide(found.namespace), hide(found.name))


def _unit(unit: UnitChange, hidden: Hide) -> UnitChange:
    return replace(
        unit,
        objects=tuple(_object(_with_names(each), hidden) for each in unit.objects),
        error=hidden(unit.error),
        notes=tuple(map(hidden, unit.notes)),
    )


def _object(change: ObjectChange, hidden: Hide) -> ObjectChange:
    images = tuple(
        replace(move, from_image=hidden(move.from_image), to_image=hidden(move.to_image)) for move in change.images
    )
    return replace(change, diff=hidden(change.diff), danger=hidden(change.danger), images=images)


def _check(check: CheckResult, hidden: Hide) -> CheckResult:
    findings = tuple(_finding(found, hidden) for found in check.findings)
    return replace(check, findings=findings, reason=hidden(check.reason), notes=tuple(map(hidden, check.notes)))


def _finding(found: Finding, hidden: Hide) -> Finding:
    message, fix = (_said(text, hidden) for text in (found.message, found.fix))
    about = found.object and _shown(found.object)
    if (message, fix, about) == (found.message, found.fix, found.object):
        return found
    return replace(found, message=message, fix=fix, object=about)
