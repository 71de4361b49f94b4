"""What fails the gate, and what does not."""

from __future__ import annotations

import pytest

from bot.checks.gate import verdict
from bot.model.result import Report, UnitChange, UnitState, Verdict
from bot.model.unit import Renderer
from bot.report.concerns import stops


@pytest.mark.parametrize(
    ("state", "more", "expected"),
    [
        (UnitState.CHANGED, {}, Verdict.PASSED),
        (UnitState.REMOVED, {}, Verdict.PASSED),
        (UnitState.BROKEN, {}, Verdict.FAILED),
        (
            UnitState.BROKEN,
            {"root": False},
            Verdict.PASSED,
        ),  # a part of others, which say themselves whether they build
        (UnitState.UNRENDERABLE, {}, Verdict.PASSED),
        (UnitState.UNRENDERABLE, {"new": True}, Verdict.FAILED),
        (UnitState.UNRENDERABLE, {"new": True, "elsewhere": True}, Verdict.PASSED),
        (UnitState.UNRENDERABLE, {"new": True, "machine": True}, Verdict.ERROR),
    ],
)
def test_one_unit(state: UnitState, more: dict[str, bool], expected: Verdict) -> None:
    unit = UnitChange("apps/web", Renderer.KUSTOMIZE, None, "", "", state, error="no such file", **more)  # type: ignore[arg-type]
    assert verdict([unit]) is expected
    said = Report("a" * 40, "b" * 40, "a" * 40, expected, units=(unit,))
    assert bool(stops(said)) is (expected is not Verdict.PASSED)
