"""The report at a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sample_reports import NEW, blocked, friendly, hostile, large, quiet

from bot.model.result import ImageMove
from bot.report import text

OUR_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def test_the_table_comes_first_and_the_verdict_last() -> None:
    lines = text.render(blocked(), width=120, colour=False).removesuffix("\n").split("\n")
    assert lines[0].split() == ["environment", "unit", "change", "objects", "images"]
    assert lines[2].split() == [
        "production",
        "apps/ledger/overlays/prod",
        "changed",
        "~3",
        "ledger",
        "1.4.0",
        "→",
        "1.5.0",
    ]
    assert lines[-1].startswith("❌ Gatehouse: blocked · 1 error, 1 warning · 1 unit breaks")
    assert lines[-1].endswith("7 objects are changed, 1 added, 1 removed in production, staging and elsewhere.")


def test_a_person_finds_everything() -> None:
    shown = text.render(blocked(), width=100, colour=False)
    for part in (
        "Stops the merge\n  ❌ does not build any more · apps/front/overlays/prod\n     accumulating resources",
        "risk/immutable · Deployment/ledger in apps/ledger/overlays/prod\n     spec.selector of a Deployment cannot",
        "     Give it a new name or delete it first.\n     → apps/ledger/base/deployment.yaml:12\n",
        "checks: schema passed, risk failed, images skipped (no image differs), policy error (It ran out of memory.)\n",
        "2 changed files are deployed by no unit: extras/cloudsql/populate-jobs/populate-accounts-db.yaml and",
        "\n-  LOG_LEVEL: info\n+  LOG_LEVEL: debug\n",
        "the same change in 2 more: staging and infra/cert-manager",
        "known noise folded: metadata.labels.helm.sh/chart",
        "@org/db-owners and @alice for apps/ledger/overlays/prod",
        "  ℹ️ head conflicts with base in",
    ):
        assert part in shown, part


def test_danger_is_told_by_the_check_of_risks_or_else_by_the_diff() -> None:
    report = blocked()
    told = "NetworkPolicy/ledger in apps/ledger/overlays/prod\n     opens the network to every pod"
    assert told not in text.render(report, width=100, colour=False)
    assert told in text.render(replace(report, checks=()), width=100, colour=False)


def test_no_escape_sequence_without_colour() -> None:
    for report in (blocked(), hostile()):
        assert "\x1b" not in text.render(report, width=80, colour=False)


def test_colour_adds_nothing_but_colour() -> None:
    plain = text.render(blocked(), width=100, colour=False)
    coloured = text.render(blocked(), width=100, colour=True)
    assert "\x1b[32m+  LOG_LEVEL: debug\x1b[0m" in coloured
    assert [line.rstrip() for line in OUR_COLOUR.sub("", coloured).split("\n")] == [
        line.rstrip() for line in plain.split("\n")
    ]


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("width", [1, 40, 200])
def test_hostile_text_is_shown_and_does_nothing(colour: bool, width: int) -> None:
    shown = text.render(hostile(), width=width, colour=colour)
    shown.encode()
    rest = OUR_COLOUR.sub("", shown)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u200b\ufeff\ud800-\udfff]", rest)
    assert "\x1b]8" not in shown  # no hyperlink
    assert r"\x1b[31mred\x1b]8;;https://evil.example\x07link" in rest
    assert "[bold red]markup[/] [link=https://evil.example]l[/link] :smile:" in rest  # markup is text
    assert OUR_COLOUR.findall(shown) == [] or colour


def test_diff_lines_are_never_wrapped() -> None:
    shown = text.render(friendly(), width=40, colour=False)
    assert f"\n+        image: {NEW}\n" in shown
    assert shown.count("@@ -264,7 +264,7 @@") == 1


def test_nothing_changes_is_short() -> None:
    lines = text.render(quiet(), width=80, colour=False).removesuffix("\n").split("\n")
    assert lines == [
        "head a1b2c3d against merge base 9f8e7d6: 0 rendered, 0 cached, 52 proven untouched in 50 ms",
        "✅ Gatehouse: passed · nothing deployed changes. 2 changed files reach none of 52 known units.",
    ]


def test_many_units_are_one_row_per_environment() -> None:
    lines = text.render(large(100, 3), width=100, colour=False).split("\n")
    assert lines[0].split() == ["environment", "units", "change", "objects", "images"]
    assert lines[2].split() == ["prod", "25", "units", "25", "changed", "25", "ConfigMaps"]


def test_rows_fit_the_width() -> None:
    from rich.cells import cell_len

    for width in (60, 80, 120):
        table = text.render(friendly(), width=width, colour=False).split("\n\n")[0]
        assert all(cell_len(line) <= width for line in table.split("\n"))


def test_names_of_images_break_at_their_joints() -> None:
    report = blocked()
    unit = next(unit for unit in report.units if unit.objects)
    move = ImageMove("", "", "ghcr.io/wastebin-and-others/sh/wastebin-of-the-team:v18.0.0")
    change = replace(unit.objects[0], images=(move,))
    shown = text.render(
        replace(report, units=(replace(unit, path="apps/" + "x" * 30, objects=(change,)),)), width=110, colour=False
    )
    table = shown.split("\n\n")[0]
    pieces = [line.split("  ")[-1].strip() for line in table.split("\n")[2:]]
    assert len(pieces) > 1
    assert all(piece.endswith(("/", "→", "wastebin-of-the-team")) for piece in pieces[:-1]), pieces
