"""Findings that somebody accepted, until a day. Waivers are read from the base side, so that no change waives itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from bot.checks.levels import rule_holds
from bot.checks.rule_names import RuleNames
from bot.config.globs import Globs
from bot.config.judging import Waiver
from bot.model.result import Finding, FindingState, Severity

IsIn = Callable[[str, tuple[str, ...]], bool]  # whether an environment is one of those that are named
_Live = tuple[Waiver, Globs, list[re.Pattern[str]]]


def _named(environment: str, words: tuple[str, ...]) -> bool:
    return not words or environment in words


class Waivers:
    """The waivers of one repository on one day. ``rules`` are the ids of all rules there are; ``is_in`` says what names of
    environments mean."""

    def __init__(self, waivers: Iterable[Waiver], today: date, rules: Iterable[str] = (), is_in: IsIn = _named) -> None:
        self.today = today
        self.rules = RuleNames(rules)
        self._is_in = is_in
        self._all = tuple(waivers)
        read = [(w, Globs(w.units), [_pattern(o) for o in w.objects]) for w in self._all]
        self._live = [each for each in read if date.fromisoformat(each[0].expires) >= today]
        self._expired = [each for each in read if each not in self._live]
        self._missed: set[Waiver] = set()

    def hold(self, finding: Finding, environment: str = "") -> bool:
        """Whether a live waiver accepts the finding; an expired one that would have is remembered for ``notes``."""
        if any(self._accepts(each, finding, environment) for each in self._live):
            return True
        self._missed |= {each[0] for each in self._expired if self._accepts(each, finding, environment)}
        return False

    def covers(self, rule: str, unit: str, file: str, environment: str) -> bool:
        """Whether a live waiver accepts what a rule says of a unit (its path) as a whole."""
        finding = Finding(rule, Severity.INFO, FindingState.INTRODUCED, unit, None, file, 0, "", "")
        return any(self._accepts(each, finding, environment) for each in self._live)

    def _accepts(self, live: _Live, finding: Finding, environment: str) -> bool:
        waiver, units, objects = live
        return self._is_in(environment, waiver.environments) and _accepts(waiver, units, objects, finding)

    def notes(self) -> Iterator[str]:
        """What a reader must know: waivers that count no more, or never did."""
        for waiver in self._all:
            if waiver in self._missed:
                yield (
                    f"The waiver of {waiver.rule} by {waiver.owner} expired on {waiver.expires} and counts no more; renew "
                    "it in .gatehouse.yaml, or mend what it was for."
                )
            elif wrong := self.rules.wrong(waiver.rule):
                yield f"A waiver names {waiver.rule}, {wrong}."


def _accepts(waiver: Waiver, units: Globs, objects: list[re.Pattern[str]], finding: Finding) -> bool:
    if not rule_holds(waiver.rule, finding.rule):
        return False
    if units and not (units.match(finding.unit) or (finding.file and units.match(finding.file))):
        return False
    named = f"{finding.object.kind}/{finding.object.name}" if finding.object else ""
    return not objects or any(pattern.fullmatch(named) for pattern in objects)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))
