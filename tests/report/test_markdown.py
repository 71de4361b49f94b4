"""The comment: what it says, that hostile text stays text, and that it always fits."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from sample_reports import NASTY, blocked, friendly, hostile, large, quiet

from bot.model.result import CheckResult, CheckStatus, Finding, FindingState, ObjectChange, Report, Severity, Verdict
from bot.report import markdown
from bot.report.escape import JOINER

commonmark = MarkdownIt("commonmark").enable("table")
OUR_HTML = {"<code>", "</code>", "<sub>", "</sub>"}


def assert_sound(text: str) -> None:
    """Balanced foldings and fences, and no HTML, link or image but ours."""
    tokens = commonmark.parse(text)
    outside = "".join(token.content for token in tokens if token.type == "html_block")
    assert (
        outside.count("<details>") == outside.count("</details>") == text.count("<details>") == text.count("</details>")
    )
    for token in tokens:
        if token.type == "html_block":
            assert re.fullmatch(r"<details><summary>(?:[^<]|</?code>)*</summary>\n|</details>\n", token.content), token
        if token.type == "inline":
            for child in token.children or ():
                assert child.type not in {"link_open", "image"}, child
                assert child.type != "html_inline" or child.content in OUR_HTML, child
    fences = [token for token in tokens if token.type == "fence"]
    assert all(token.level == 0 for token in fences)
    lines = text.split("\n")
    for token in fences:
        assert token.map is not None
        assert lines[token.map[1] - 1] == token.markup  # closed by its own fence, not by the end of the text


def test_the_friendly_report_reads_like_the_example() -> None:
    lines = markdown.render(friendly()).split("\n")
    assert lines[0] == "### ✅ Gatehouse: passed · 6 of 52 known units change"
    assert lines[2] == "`4e6e670b…` replaces `93d55776…` for `postgres:16.13-alpine` in production and staging at once."
    assert "| **production** | 4 changed | 4 Jobs | 1 moves | ⚠️ a Job's template cannot be changed in place |" in lines
    assert "| staging | 2 changed | 2 Jobs | 1 moves | ⚠️ a Job's template cannot be changed in place |" in lines
    assert "<details><summary>production · 4 units · +4 −4 lines</summary>" in lines
    assert (
        "The same change in 3 more: `init-db-production-fwi`, `init-db-production-eu` and `init-db-production-us`."
        in lines
    )
    assert lines[-2].startswith(
        "<sub>head `a1b2c3d` against merge base `9f8e7d6` · 1.4 s, 6 rendered, 6 cached, 46 proven"
    )
    assert lines[-2].endswith("same report: `gatehouse check --base 9f8e7d6 --head a1b2c3d`</sub>")


def test_an_identical_diff_is_shown_once_over_all_environments() -> None:
    text = markdown.render(friendly())
    assert text.count("```diff") == 1
    assert text.count("the same change as in production") == 1


def test_unmapped_files_are_named_and_counted_exactly() -> None:
    report = replace(friendly(), unmapped=tuple(f"docs/{number}.md" for number in range(40)))
    line = next(line for line in markdown.render(report).split("\n") if "deployed by no unit" in line)
    assert line.startswith("40 changed files are deployed by no unit: `docs/0.md`, ")
    assert line.endswith(" and 30 more")


def test_the_blocked_report_leads_with_what_stops_it() -> None:
    text = markdown.render(blocked())
    assert text.startswith(
        "### ❌ Gatehouse: blocked · 1 error, 1 warning · 1 unit breaks · 1 unit cannot be rendered"
        " · 6 of 52 known units change · 1 unit removed\n"
    )
    order = [
        "**Stops the merge**",
        "**Worth a look**",
        "**Who must agree**",
        "deployed by no unit",
        "<details>",
        "<sub>",
    ]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)
    assert "- ❌ does not build any more · `apps/front/overlays/prod`: accumulating resources" in text
    assert "Give it a new name or delete it first. → `apps/ledger/base/deployment.yaml:12`" in text
    assert "- ⚠️ cannot be rendered · `apps/remote/overlays/dev`: the base `https://github.com/org" in text
    assert "- `@org/db-owners` and `@alice` for `apps/ledger/overlays/prod` and `apps/front/overlays/prod`" in text
    assert (
        "1 existing finding is not counted · 1 finding is waived · 1 more unit is reached and renders as before" in text
    )
    assert (
        "schema ✅ · risk ❌ (1 existing) · images skipped: no image differs · policy ⚠️ could not run: It ran" in text
    )
    assert "was `settings-6f8d2c`" in text


def test_nothing_changes_is_two_lines() -> None:
    lines = markdown.render(quiet()).removesuffix("\n").split("\n")
    assert len(lines) == 2
    assert lines[0] == "### ✅ Gatehouse: passed · nothing deployed changes"
    assert lines[1].startswith("2 changed files reach none of 52 known units. <sub>")


def test_nothing_changes_still_names_what_nothing_deploys() -> None:
    text = markdown.render(replace(quiet(), unmapped=("README.md",)))
    assert "1 changed file is deployed by no unit: `README.md`." in text
    assert len(text.splitlines()) == 2


def test_no_answer_is_never_a_pass() -> None:
    text = markdown.render(replace(quiet(), verdict=Verdict.ERROR))
    assert text.startswith("### ⚠️ Gatehouse: no answer")
    assert "✅" not in text


@pytest.mark.parametrize("build", [friendly, blocked, quiet, hostile, large])
def test_without_timings_the_bytes_do_not_depend_on_the_run(build: object) -> None:
    assert callable(build)
    report: Report = build()
    counts = report.counts
    again = replace(
        report,
        timings={"render": 99.0},
        counts=replace(counts, rendered=0, cached=counts.rendered + counts.cached),
    )
    assert markdown.render(report, timings=False) == markdown.render(again, timings=False)
    assert markdown.render(report) == markdown.render(report)


@pytest.mark.parametrize("build", [friendly, blocked, quiet, hostile, large])
def test_every_sample_is_sound(build: object) -> None:
    assert callable(build)
    assert_sound(markdown.render(build()))


def test_hostile_text_does_nothing() -> None:
    text = markdown.render(hostile())
    text.encode()
    assert_sound(text)
    for forbidden in (
        "\x1b",
        "\x9b",
        "\x00",
        "\r",
        "\u202e",
        "\u2028",
        "\u200b",
        "\ufeff",
        "<!--",
        "<script>alert(1)</s",
    ):
        assert forbidden not in re.sub(r"(?s)`{5,}.*?\n`{5,}", "", text), forbidden
    assert "<!--" not in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert not any(line.startswith("/") for line in text.split("\n"))
    loose = re.sub(r"(?s)(`{3,})(?:diff)?\n.*?\n\1\n", "", text)  # without fences
    loose = re.sub(r"`[^`\n]*`|<code>.*?</code>", "", loose)  # without code
    assert "@" not in loose
    assert "://" not in loose
    assert "\\x1b" in text  # shown, not dropped


@settings(max_examples=40, deadline=None)
@given(
    st.integers(min_value=2000, max_value=70_000), st.sampled_from(["friendly", "blocked", "hostile", "large", "wide"])
)
def test_any_limit_is_kept_and_nothing_is_cut(limit: int, name: str) -> None:
    report = SAMPLES[name]
    text = markdown.render(report, limit=limit)
    assert len(text) <= limit
    assert_sound(text)
    assert text.startswith("### ")
    assert text.endswith("</sub>\n")


def _wide() -> Report:
    """Many environments, notes, owners and files with long hostile names."""
    base = hostile(NASTY * 3)
    units = tuple(replace(unit, environment=f"{unit.environment}{n}") for n in range(6) for unit in base.units)
    return replace(base, units=units, notes=tuple(f"{NASTY}{n}" for n in range(300)), owners=base.owners * 40)


SAMPLES = {"friendly": friendly(), "blocked": blocked(), "hostile": hostile(), "large": large(), "wide": _wide()}


def test_the_smallest_limit_is_kept_by_the_worst_report() -> None:
    for report in SAMPLES.values():
        text = markdown.render(report, limit=2000)
        assert len(text) <= 2000
        assert "gatehouse" in text.lower()


def test_the_ladder_keeps_dangerous_diffs_and_says_what_is_left_out() -> None:
    text = markdown.render(SAMPLES["large"], limit=65_000)
    assert 40_000 < len(text) <= 65_000
    left_out = re.search(r"(\d+) diffs are left out here for size\.", text)
    assert left_out is not None
    assert text.count("```diff") == 60 - int(left_out[1])
    dangerous = {f"`bank/config-{number}`" for number in range(0, 60, 7)}
    shown = {line for line in text.split("\n") if " — `v1` **" in line}
    assert all(any(name in line for line in shown) for name in dangerous)
    assert "ConfigMap `bank/config-59` in `apps/app-59/overlays/prod` · changed · +" in text


def test_noise_is_left_out_before_anything_that_matters() -> None:
    units = [
        replace(unit, objects=tuple(_harmless(each, number) for each in unit.objects))
        for number, unit in enumerate(SAMPLES["large"].units)
    ]
    text = markdown.render(replace(SAMPLES["large"], units=tuple(units)), limit=9_000)
    assert text.count("@@ data @@") >= 3
    assert "known noise" not in text


def _harmless(change: ObjectChange, number: int) -> ObjectChange:
    """Each second one is noise."""
    if number % 2 == 0:
        return replace(change, danger="")
    return replace(change, diff=f"  (only known noise differs: {number} folded)", only_noise=True, danger="")


def test_without_room_for_diffs_names_are_kept_as_long_as_they_fit() -> None:
    text = markdown.render(SAMPLES["large"], limit=4_000)
    assert "```" not in text
    assert "| **prod** | 15 changed | 15 ConfigMaps |" in text
    assert "- … and 12 more" in text
    assert "60 diffs are left out here for size." in text
    notes = replace(friendly(), notes=tuple(f"note {number} says a word or two" for number in range(90)))
    shorter = markdown.render(notes, limit=2_500)
    assert "| **production** | 4 changed |" in shorter
    assert "more" in shorter
    assert len(markdown.render(notes)) > 2_500 >= len(shorter)


def test_a_higher_limit_never_shows_fewer_diffs() -> None:
    counts = [
        markdown.render(SAMPLES["large"], limit=limit).count("```diff") for limit in range(5_000, 400_000, 40_000)
    ]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_the_joiner_is_the_only_unseen_character() -> None:
    assert JOINER in markdown.render(hostile())
    assert JOINER not in markdown.render(blocked())


def test_what_a_check_saw_besides_is_in_the_fold_of_the_checks() -> None:
    base = blocked()
    noted = replace(base.checks[0], notes=("CODEOWNERS is read as GitHub reads it.", "More @org/team."))
    shown = markdown.render(replace(base, checks=(noted, *base.checks[1:])))
    fold = shown.partition("<details><summary>checks</summary>")[2].partition("</details>")[0]
    assert "\n- schema: CODEOWNERS is read as GitHub reads it.\n- schema: More `@org/team`.\n" in fold
    assert "\n- risk: 1 existing finding: `policy/limits` 1\n" in fold


def test_more_than_a_few_things_worth_a_look_are_folded() -> None:
    few = replace(friendly(), notes=tuple(f"note {word}" for word in "abcdef"))
    many = replace(few, notes=(*few.notes, "note g", "note h"))
    assert "more worth a look" not in markdown.render(few)
    open_part, _, fold = markdown.render(many).partition("<details><summary>3 more worth a look</summary>\n\n")
    assert "- ℹ️ note e\n" in open_part
    assert "note f" not in open_part
    assert fold.startswith("- ℹ️ note f\n- ℹ️ note g\n- ℹ️ note h\n\n</details>\n")
    assert_sound(markdown.render(many))


def test_a_finding_in_several_units_says_how_many_and_where() -> None:
    base = blocked()
    finding = base.checks[1].findings[0]
    both = (finding, replace(finding, unit="apps/ledger/overlays/staging"))
    shown = markdown.render(replace(base, checks=(replace(base.checks[1], findings=both),)))
    assert "`risk/immutable` · `Deployment/ledger` in 2 units (production and staging): `spec.selector`" in shown


def test_the_same_lines_at_other_numbers_are_the_same_change() -> None:
    base = friendly()
    first, second, *rest = base.units
    change = second.objects[0]
    moved = replace(change, diff=change.diff.replace("@@ -264,7 +264,7 @@", "@@ -364,7 +364,7 @@"))
    assert moved != change
    other = replace(change, diff=change.diff.replace("@@ -264,7 +264,7 @@", "@@ -264,7 +264,7 @@ spec"))
    shown = markdown.render(replace(base, units=(first, replace(second, objects=(moved,)), *rest)))
    assert shown == markdown.render(base)
    assert markdown.render(replace(base, units=(first, replace(second, objects=(other,)), *rest))) != shown


def test_many_long_findings_leave_room_for_diffs() -> None:
    """A hundred findings of 600 characters are as long as a comment: then fewer of them are told, and diffs stay."""
    findings = tuple(
        Finding("risk/x", Severity.ERROR, FindingState.INTRODUCED, "", None, "", 0, f"word{number} " * 100, "")
        for number in range(120)
    )
    checks = (CheckResult("risk", CheckStatus.FAILED, findings),)
    text = markdown.render(replace(SAMPLES["large"], checks=checks), limit=64_000)
    assert_sound(text)
    assert len(text) <= 64_000 and text.count("❌ `risk/x`") == 20 and text.count("```diff") > 5
