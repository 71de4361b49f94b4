"""Schedules of CronJobs: what the API server takes and what it refuses."""

from __future__ import annotations

import pytest

from bot.kubernetes.schedule import wrong


@pytest.mark.parametrize(
    "text",
    ["0 1 * * *", "*/5 0-6 1,15 jan-MAR mon-fri", "@daily", "@every 1h30m", "5/10 * ? * SUN", "TZ=Europe/Berlin 0 1 * * *",
     "0  1 * *  6", "0,30 8-18/2 * * *"],
)  # fmt: skip
def test_schedules(text: str) -> None:
    assert wrong(text) == ""


@pytest.mark.parametrize(
    "text",
    ["", "0 1 * *", "0 0 1 * * *", "60 1 * * *", "0 24 * * *", "0 0 0 * *", "0 0 * 13 *", "0 0 * * 7", "H 1 * * *",
     "*/0 * * * *", "5-1 * * * *", "1-2-3 * * * *", "-1 * * * *", "@dailyy", "@every", "@every 5", "x" * 5000],
)  # fmt: skip
def test_no_schedules(text: str) -> None:
    assert wrong(text)
