"""New, existing or fixed: what a change is told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from made_evidence import evidence

from bot.checks.delta import findings
from bot.checks.judgement import judge
from bot.checks.levels import Levels
from bot.checks.waivers import Waivers
from bot.config.judging import ChecksRule, Waiver
from bot.model.evidence import Evidence, Said, Statement
from bot.model.result import FindingState, Severity


@dataclass(frozen=True)
class Saying:
    """A check that always says the same."""

    said: Said
    name: str = "a"

    def run(self, evidence: Evidence) -> Said:
        return self.said


def test_what_looks_at_several_units_is_not_fixed_while_one_of_them_is_broken() -> None:
    said = Said(
        base=tuple(Statement(rule, Severity.ERROR, "", "", unit="b") for rule in ("risk/owned-twice", "risk/x"))
    )
    states = {finding.rule: finding.state for finding, _ in findings(said, {"a"})}
    assert states == {"risk/owned-twice": FindingState.EXISTING, "risk/x": FindingState.FIXED}
    assert {finding.state for finding, _ in findings(said)} == {FindingState.FIXED}


def test_a_waived_finding_knows_whether_it_is_new() -> None:
    waivers = Waivers([Waiver("a/*", "@a", "r", "2999-01-01")], today=date(2026, 1, 1))
    one = Statement("a/b", Severity.ERROR, "", "")
    for said, new in ((Said(change=(one,)), True), (Said(base=(one,), head=(one,)), False)):
        (judged,) = judge(evidence(), [Saying(said)], Levels(ChecksRule()), waivers)
        ((finding, _, _),) = judged.found
        assert (finding.state, finding.new) == (FindingState.WAIVED, new)
