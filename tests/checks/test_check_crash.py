"""A check that cannot run blocks, and says whose turn it is."""

from __future__ import annotations

import pytest

from bot.checks.judgement import judge
from bot.checks.levels import Levels
from bot.checks.waivers import Waivers
from bot.config.judging import ChecksRule
from bot.model.evidence import Evidence, Said
from bot.model.result import CheckStatus
from bot.policy.base import EngineError


class Failing:
    name = "policy"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def run(self, evidence: Evidence) -> Said:
        raise self.error


@pytest.mark.parametrize(
    ("error", "start"),
    [
        (EngineError("the OPA server opa:8181 cannot be reached"), "the OPA server opa:8181 cannot be reached"),
        (KeyError("s3cret"), "It failed, please report this: KeyError"),
    ],
)
def test_an_engine_that_is_not_there_is_no_defect(
    error: Exception, start: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from datetime import date

    monkeypatch.delenv("GATEHOUSE_DEBUG", raising=False)
    evidence = Evidence.__new__(Evidence)  # never looked at
    (judged,) = judge(evidence, [Failing(error)], Levels(ChecksRule()), Waivers((), date(2026, 1, 1), []))
    assert judged.crashed.startswith(start)
    assert "s3cret" not in judged.crashed
    assert judged.result().status is CheckStatus.ERROR


def test_an_interrupt_is_no_defect_of_a_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11 makes a RuntimeError of one that comes while a class is made."""
    from datetime import date

    monkeypatch.delenv("GATEHOUSE_DEBUG", raising=False)
    error = RuntimeError("Error calling __set_name__")
    error.__cause__ = KeyboardInterrupt()
    with pytest.raises(RuntimeError):
        judge(Evidence.__new__(Evidence), [Failing(error)], Levels(ChecksRule()), Waivers((), date(2026, 1, 1), []))
