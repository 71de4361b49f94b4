"""From what checks say to what they found here: new or known, waived or not, stopping the merge or only worth a look."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot import stopping
from bot.checks.borrowed import Environments
from bot.checks.delta import findings
from bot.checks.levels import Levels
from bot.checks.other_names import OtherNames
from bot.checks.waivers import Waivers
from bot.errors import defect
from bot.model.evidence import Check, Evidence, Statement
from bot.model.result import CheckResult, CheckStatus, Finding, FindingState, Severity, UnitState
from bot.policy.base import EngineError


@dataclass(frozen=True, slots=True)
class Judged:
    """What one check found, each finding with the statement behind it, and whether it stops the merge."""

    name: str
    found: tuple[tuple[Finding, Statement, bool], ...] = ()
    skipped: str = ""
    crashed: str = ""
    notes: tuple[str, ...] = ()

    def result(self, places: Iterable[tuple[str, int]] = ()) -> CheckResult:
        """The result for the report; ``places`` are file and line of each finding, where they were traced."""
        listed = [finding for finding, _, _ in self.found]
        for i, (file, line) in enumerate(places):
            if file:
                listed[i] = replace(listed[i], file=file, line=line)
        if self.crashed:
            return CheckResult(self.name, CheckStatus.ERROR, tuple(listed), self.crashed, self.notes)
        if any(stop for _, _, stop in self.found):  # also where the rest was skipped
            return CheckResult(self.name, CheckStatus.FAILED, tuple(listed), self.skipped, self.notes)
        status = CheckStatus.SKIPPED if self.skipped else CheckStatus.PASSED
        return CheckResult(self.name, status, tuple(listed), self.skipped, self.notes)


def judge(evidence: Evidence, checks: Sequence[Check], levels: Levels, waivers: Waivers) -> list[Judged]:
    """Every check's judgement. A check that crashes is an error of that check alone; the others still speak."""
    judged = []
    same = OtherNames(evidence).pairs
    for check in checks:
        try:
            said = check.run(evidence)
            found = findings(said, _broken(evidence), same)
        except EngineError as error:  # nothing of ours or of the repository: whoever runs this can mend it
            judged.append(Judged(check.name, crashed=str(error)))
            continue
        except Exception as error:  # a defect of ours or hostile input: it must block, and not take the others down
            if stopping.is_interrupt(error) or os.environ.get("GATEHOUSE_DEBUG"):
                raise
            judged.append(Judged(check.name, crashed=f"It failed, please report this: {defect(error)}."))
            continue
        listed = tuple(_weighed(check.name, found, evidence, levels, waivers))
        judged.append(Judged(check.name, listed, skipped=said.skipped, notes=said.notes))
    return judged


def _broken(evidence: Evidence) -> set[str]:
    return {u.key for u in evidence.units if u.base and not u.head and u.state is not UnitState.REMOVED}


def _weighed(
    name: str, found: Iterable[tuple[Finding, Statement]], evidence: Evidence, levels: Levels, waivers: Waivers
) -> Iterator[tuple[Finding, Statement, bool]]:
    environments = Environments(evidence)
    paths = {unit.key: unit.path for unit in evidence.units}
    for raw, statement in found:
        environment = environments.of(statement.unit)
        severity = levels.severity(raw, environment)
        if severity is None:
            continue
        finding = replace(raw, severity=severity, unit=paths.get(statement.unit, statement.unit))
        if finding.state is not FindingState.FIXED and waivers.hold(finding, environment):
            finding = replace(finding, state=FindingState.WAIVED, new=finding.state is FindingState.INTRODUCED)
        stops = levels.stops(finding, name, environment, whole=not statement.unit)
        yield replace(finding, severity=_as_gated(finding, stops=stops)), statement, stops


def _as_gated(finding: Finding, *, stops: bool) -> Severity:
    """An error is what stops the merge: where it does not, it is a warning, and the other way round."""
    if stops:
        return Severity.ERROR
    new = finding.state is FindingState.INTRODUCED
    return Severity.WARNING if new and finding.severity is Severity.ERROR else finding.severity
