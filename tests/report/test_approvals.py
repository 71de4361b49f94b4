"""Who must agree: each set of owners once, with what it must agree to and why."""

from __future__ import annotations

from dataclasses import replace
from json import loads

from sample_reports import friendly

from bot.model.result import Owners, Report
from bot.report import html, json, markdown, text
from bot.report.approvals import approvals

TEAM = ("@org/team", "@alice")
RULE = ".github/CODEOWNERS:6 (*)"
BASE = "apps/web/base"


def unit(environment: str, name: str, required: tuple[str, ...] = TEAM) -> Owners:
    path = f"apps/web/overlays/{name}"
    why = f"{environment} is reached: {path} → {BASE} → {BASE}/web.yaml; {RULE}"
    return Owners(path, required, why, 1, environment, (path, BASE, f"{BASE}/web.yaml"), RULE)


def report(*rows: Owners) -> Report:
    return replace(friendly(), owners=rows)


FULL = report(
    *(unit("production", f"prod-{n}") for n in range(6)),
    unit("staging", "staging"),
    unit("", "other"),
    Owners(f"{BASE}/web.yaml", TEAM, f"changed; {RULE}", 1, rule=RULE),
    Owners(f"{BASE}/job.yaml", TEAM, f"changed; {RULE}", 1, rule=RULE),
)


def section(shown: str) -> str:
    return shown.partition("**Who must agree**\n")[2].partition("\n\n")[0]


def test_a_set_of_owners_is_named_once_with_all_that_it_must_agree_to() -> None:
    assert section(markdown.render(FULL)).split("\n") == [
        "- One of `@org/team` and `@alice` (`.github/CODEOWNERS:6 (*)`)",
        "  - production is reached in 6 units: `apps/web/overlays/prod-0`, `…/prod-1`, `…/prod-2`, `…/prod-3` and 2 more; "
        "for example `apps/web/overlays/prod-0` → `…/base` → `…/web.yaml`",
        "  - staging is reached: `apps/web/overlays/staging` → `…/base` → `…/web.yaml`",
        "  - a place without environment is reached: `apps/web/overlays/other` → `…/base` → `…/web.yaml`",
        "  - 2 files are touched: `apps/web/base/web.yaml` and `…/job.yaml`",
    ]


def test_different_owners_and_numbers_of_approvals_stay_apart() -> None:
    rows = (unit("production", "a"), unit("production", "b", ("@bob",)), replace(unit("production", "c"), approvals=2))
    found = approvals(report(*rows))
    assert [(each.required, each.approvals, len(each.reasons)) for each in found] == [
        (TEAM, 1, 1),
        (("@bob",), 1, 1),
        (TEAM, 2, 1),
    ]
    assert section(markdown.render(report(*rows))).split("\n") == [
        "- One of `@org/team` and `@alice` (`.github/CODEOWNERS:6 (*)`): "
        "production is reached: `apps/web/overlays/a` → `…/base` → `…/web.yaml`",
        "- `@bob` (`.github/CODEOWNERS:6 (*)`): "
        "production is reached: `apps/web/overlays/b` → `…/base` → `…/web.yaml`",
        "- 2 of `@org/team` and `@alice` (`.github/CODEOWNERS:6 (*)`): "
        "production is reached: `apps/web/overlays/c` → `…/base` → `…/web.yaml`",
    ]  # fmt: skip


def test_the_terminal_writes_paths_in_full() -> None:
    shown = text.render(FULL, width=100, colour=False)
    assert "  One of @org/team and @alice (.github/CODEOWNERS:6 (*))\n     production is reached in 6 units: " in shown
    assert "     staging is reached: apps/web/overlays/staging → apps/web/base → apps/web/base/web.yaml\n" in shown
    assert "…/web.yaml" not in shown


def test_the_page_and_json_say_why_for_each() -> None:
    page = html.render(FULL)
    for row in FULL.owners:
        assert f"<li><code>{row.file_or_unit}</code>: " in page or row.environment in ("staging", "")
    rows = loads(json.render(FULL))["owners"]
    assert rows == [{"file_or_unit": r.file_or_unit, "required": list(r.required), "why": r.why} for r in FULL.owners]


def test_a_long_way_loses_its_middle() -> None:
    way = tuple(f"{name}/{name}" for name in "abcdefg")
    row = replace(unit("production", "a"), way=way)
    assert "`a/a` → `b/b` → … → `f/f` → `g/g`" in section(markdown.render(report(row)))


def test_nobody_is_said_as_nobody() -> None:
    assert section(markdown.render(report(Owners("a.yaml", (), "")))) == "- nobody is named for `a.yaml`"
