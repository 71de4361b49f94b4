"""The comment as it is posted: whatever the report leaves out for size, the link to all of it and the way on stay."""

from __future__ import annotations

import re

import pytest
from sample_reports import friendly, large

from bot.service.comment import MARKER, report_comment

LINK = "https://gatehouse.example.com/reports/" + "x" * 300
LARGE = large()
OBJECT = "ConfigMap `bank/config-"


def comment(limit: int) -> str:
    return report_comment(LARGE, limit=limit, link=LINK, seconds=1.44)


def test_its_last_lines_tell_head_duration_and_how_to_see_the_same() -> None:
    text = report_comment(friendly(), limit=65_536, link=LINK, seconds=1.44)
    *_, report_line, _, last, end = text.split("\n")
    assert text.startswith(f"{MARKER}\n### ✅ Gatehouse: passed") and end == ""
    assert "head `a1b2c3d`" in report_line and "`gatehouse check --base 9f8e7d6 --head a1b2c3d" in report_line
    assert last == f"<sub>took 1.4 s · [full report]({LINK}) · commands: `/gatehouse help`</sub>"


@pytest.mark.parametrize(
    ("limit", "diffs", "objects"),
    [(1_000_000, 60, True), (65_536, None, True), (6_500, 0, True), (3_200, 0, False)],
    ids=["full", "dangerous and small diffs", "list of objects", "counts"],
)
def test_each_step_of_the_ladder_fits_and_leads_to_the_whole_report(
    limit: int, diffs: int | None, objects: bool
) -> None:
    text = comment(limit)
    shown = text.count("```diff")
    assert len(text) <= limit and text.endswith(f"[full report]({LINK}) · commands: `/gatehouse help`</sub>\n")
    assert shown == diffs if diffs is not None else 0 < shown < 60
    assert (OBJECT in text) is objects
    left = re.search(r"(\d+) diffs are left out here for size\.", text)
    assert (int(left[1]) if left else 0) == 60 - shown
    assert "| **prod** | 15 changed |" in text and "60" in text.split("\n")[1]
