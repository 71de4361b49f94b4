"""What all formats share: grouping, order, numbers, sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sample_reports import blocked, friendly, job_unit, object_id, quiet, rich_units

from bot.model.result import (
    CheckResult,
    CheckStatus,
    Counts,
    Finding,
    FindingState,
    ImageMove,
    ObjectChange,
    ObjectState,
    Report,
    Severity,
    UnitState,
    Verdict,
)
from bot.report import html, markdown, text
from bot.report.concerns import looks, stops
from bot.report.group import environments, line_counts, shared_diffs
from bot.report.phrase import Role, image_parts, listed, plural_of, seconds
from bot.report.summary import Level, images_cell, rows
from bot.report.verdict import sentence, title


def spoken(report: Report) -> str:
    return "".join(span.text for span in sentence(report))


def test_environments_come_most_dangerous_first_and_none_last() -> None:
    units = tuple(
        replace(job_unit("x"), environment=name) for name in ("", "zeta", "development", "alpha", "production")
    )
    report = replace(friendly(), units=units)
    assert environments(report) == ("production", "development", "alpha", "zeta", "")


def test_identical_diffs_are_one_with_all_places() -> None:
    (diff,) = shared_diffs(friendly())
    assert len(diff.places) == 6
    assert diff.environment == "production"
    assert len(diff.within("staging")) == 2


@pytest.mark.parametrize(
    "other",
    [
        {"diff": "@@\n-a\n+b\n"},
        {"danger": ""},
        {"noise": ("a",)},
        {"state": ObjectState.ADDED},
        {"id": object_id("Pod", "x")},
    ],
)
def test_what_differs_is_not_merged(other: dict[str, object]) -> None:
    unit = job_unit("production")
    change: ObjectChange = replace(unit.objects[0], **other)  # type: ignore[arg-type]
    report = replace(friendly(), units=(unit, replace(unit, path="b", objects=(change,))))
    assert len(shared_diffs(report)) == 2


def test_dangerous_diffs_come_first_and_noise_last() -> None:
    production = [diff for diff in shared_diffs(blocked()) if diff.environment == "production"]
    assert [bool(diff.change.danger) for diff in production] == [True, True, False, False]
    staging = [diff for diff in shared_diffs(blocked()) if diff.environment == "staging"]
    assert [diff.change.only_noise for diff in staging] == [False, True]


def test_only_line_feeds_end_a_line() -> None:
    change = replace(job_unit("x").objects[0], diff="+a\x85+b\u2028-c\n-d\n")
    assert line_counts([change]) == (1, 1)


def test_rows_tell_the_worst() -> None:
    worst = {row.label: (row.worst.level, row.worst.text) for row in rows(blocked())}
    assert worst == {
        "production": (Level.STOP, "does not build"),
        "staging": (Level.LOOK, "removed"),
        "development": (Level.LOOK, "cannot be rendered"),
        "no environment": (Level.CALM, ""),
    }
    without_broken = replace(blocked(), units=tuple(u for u in rich_units() if u.state is not UnitState.BROKEN))
    assert rows(without_broken)[0].worst.text == "risk/immutable"
    assert rows(replace(without_broken, checks=()))[0].worst.text == "opens the network to every pod"


def test_concerns_are_said_once_for_all_units() -> None:
    (concern,) = looks(friendly())
    assert len(concern.units) == 6
    assert [identity.name for identity in concern.objects] == ["populate-accounts-db"]
    assert [concern.label for concern in stops(blocked())] == ["does not build any more", "", "check could not run"]
    assert all("no limits" not in concern.message for concern in (*stops(blocked()), *looks(blocked())))


def test_a_removed_unit_is_told_by_its_finding_alone() -> None:
    def removed(*findings: Finding) -> list[str]:
        report = replace(blocked(), checks=(CheckResult("risk", CheckStatus.FAILED, findings),))
        return [concern.label or concern.rule for concern in looks(report) if "legacy" in " ".join(concern.units)]

    unit = next(u for u in rich_units() if u.state is UnitState.REMOVED)
    told = Finding(
        "risk/unit-removed", Severity.WARNING, FindingState.INTRODUCED, unit.name, None, "", 0, "It goes.", "Keep it."
    )
    assert removed() == removed(replace(told, state=FindingState.WAIVED)) == ["removed"]
    assert removed(told) == ["risk/unit-removed"]


def test_titles() -> None:
    assert title(friendly()) == ("✅", "Gatehouse: passed · 6 of 52 known units change")
    assert title(quiet()) == ("✅", "Gatehouse: passed · nothing deployed changes")
    broken = replace(job_unit("production"), state=UnitState.BROKEN, objects=(), error="no")
    assert title(replace(friendly(Verdict.FAILED), units=(broken, broken)))[1] == "Gatehouse: blocked · 2 units break"
    blind = replace(broken, state=UnitState.UNRENDERABLE)
    assert title(replace(friendly(), units=(blind,)))[1] == "Gatehouse: passed · 1 unit cannot be rendered"
    assert title(replace(friendly(), counts=Counts()))[1] == "Gatehouse: passed · 6 units change"
    assert title(replace(quiet(), verdict=Verdict.ERROR))[0] == "⚠️"


def test_sentences() -> None:
    assert (
        spoken(friendly())
        == "4e6e670b… replaces 93d55776… for postgres:16.13-alpine in production and staging at once."
    )
    assert spoken(quiet()) == "2 changed files reach none of 52 known units."
    same = replace(job_unit("dev"), state=UnitState.UNCHANGED, objects=())
    assert spoken(replace(quiet(), units=(same,))) == ("2 changed files reach 1 unit, which renders exactly as before.")
    noise = replace(job_unit("dev").objects[0], only_noise=True, images=())
    assert spoken(replace(quiet(), units=(replace(job_unit("dev"), objects=(noise,)),))) == (
        "Only known noise or formatting differs in 1 object in dev."
    )
    one = replace(friendly(), units=(job_unit("production"),))
    assert spoken(one).endswith("for postgres:16.13-alpine in production.")
    new = replace(job_unit("dev").objects[0], images=(ImageMove("Pod/x: y", "", "a:1"),))
    assert spoken(replace(quiet(), units=(replace(job_unit("dev"), objects=(new,)),))) == "a:1 is new in dev."


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("a/b:1", "a/b:2", ("a/b", "1", "2")),
        ("host:5000/a:1", "host:5000/a:2", ("host:5000/a", "1", "2")),
        ("a:1", "b:1", ("", "a:1", "b:1")),
        ("a", "a:2", ("a", "no tag", "2")),
        ("a:1@sha256:" + "1" * 64, "a:1@sha256:" + "2" * 64, ("a:1", "11111111…", "22222222…")),
        ("a:1@sha256:" + "1" * 64, "a:2@sha256:" + "2" * 64, ("a", "1@11111111…", "2@22222222…")),
        ("a:1", "a:1@sha256:" + "2" * 64, ("a:1", "no digest", "22222222…")),
        ("", "a:1", ("", "", "a:1")),
    ],
)
def test_image_parts(before: str, after: str, parts: tuple[str, str, str]) -> None:
    assert image_parts(before, after) == parts


def test_lists_are_capped_and_counted() -> None:
    def text_of(count: int, cap: int) -> str:
        return "".join(span.text for span in listed([str(number) for number in range(count)], Role.CODE, cap))

    assert [text_of(count, 2) for count in range(1, 5)] == ["0", "0 and 1", "0, 1 and 2", "0, 1 and 2 more"]


@pytest.mark.parametrize(
    ("noun", "plural"),
    [
        ("Job", "Jobs"),
        ("Ingress", "Ingresses"),
        ("NetworkPolicy", "NetworkPolicies"),
        ("Endpoints", "Endpoints"),
        ("Gateway", "Gateways"),
    ],
)
def test_plurals(noun: str, plural: str) -> None:
    assert plural_of(noun) == plural


def test_seconds() -> None:
    shown = [
        seconds(replace(quiet(), timings=timings))
        for timings in ({"a": 0.004}, {"a": 1, "b": 0.42}, {"total": 61.4, "a": 1})
    ]
    assert shown == ["4 ms", "1.4 s", "61 s"]


def test_all_formats_say_the_same_title() -> None:
    heading = title(blocked())[1]
    assert heading in markdown.render(blocked())
    assert heading in html.render(blocked())
    assert heading in text.render(blocked(), width=100, colour=False)


def _with_findings(*places: tuple[str, str, int]) -> Report:
    """One error and one warning at each place: unit, file and line."""
    found = tuple(
        Finding(
            f"risk/{severity}",
            severity,
            FindingState.INTRODUCED,
            unit,
            object_id("Job", "populate"),
            file,
            line,
            "It cannot be changed in place.",
            "Rename it.",
        )
        for severity in (Severity.ERROR, Severity.WARNING)
        for unit, file, line in places
    )
    return replace(friendly(), checks=(CheckResult("risk", CheckStatus.FAILED, found),))


def test_the_same_finding_in_several_units_counts_once() -> None:
    report = _with_findings(("a", "base/job.yaml", 3), ("b", "base/job.yaml", 3), ("c", "other/job.yaml", 9))
    assert "1 error, 1 warning ·" in title(report)[1]
    (stop,) = stops(report)
    assert (stop.units, stop.sources) == (("a", "b", "c"), ("base/job.yaml:3", "other/job.yaml:9"))
    for form in (markdown.render(report), html.render(report), text.render(report, width=120, colour=False)):
        assert "base/job.yaml:3" in form
        assert "other/job.yaml:9" in form


def test_what_was_there_before_is_not_counted() -> None:
    report = _with_findings(("a", "base/job.yaml", 3))
    (result,) = report.checks
    old = tuple(replace(finding, state=FindingState.EXISTING) for finding in result.findings)
    told = title(replace(report, checks=(replace(result, findings=old),)))[1]
    assert "error" not in told
    assert "warning" not in told


def test_a_check_without_answer_says_why_in_every_format() -> None:
    for form in (markdown.render(blocked()), html.render(blocked()), text.render(blocked(), width=120, colour=False)):
        assert form.count("It ran out of memory.") == 2  # what stops the merge, and the list of checks
        assert "no image differs" in form


def test_what_lies_elsewhere_from_now_on_is_not_said_to_fail() -> None:
    units = [replace(unit, elsewhere=True) for unit in blocked().units]
    first = stops(replace(blocked(), units=tuple(units)))[0]
    assert first.label == "can no longer be rendered from here"


def test_images_that_move_come_and_go() -> None:
    pairs = (("a:1", "a:2"), ("a:1", "a:2"), ("", "b:1"), ("", "c:1"), ("d:1", ""))
    images = tuple(ImageMove(f"Pod/x: {number}", *pair) for number, pair in enumerate(pairs))
    unit = replace(job_unit("dev"), objects=(replace(job_unit("dev").objects[0], images=images),))
    assert images_cell([unit, unit]) == "1 moves, 2 new, 1 goes"
    assert images_cell([replace(unit, objects=())]) == ""
