"""Who must agree, by files and by effect; and what is said about CODEOWNERS itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest
from made_evidence import new
from owners_evidence import ASKED, Tree, evidence, unit

from bot.checks.judgement import judge
from bot.checks.levels import Levels
from bot.checks.owners import OwnersCheck
from bot.checks.owners_production import Waived
from bot.checks.waivers import Waivers
from bot.codeowners import Dialect
from bot.config.judging import ChecksRule, Waiver
from bot.model.approvals import NO_ANSWER, NOT_ASKED, Approvals
from bot.model.approvals import agreed as approved
from bot.model.evidence import Evidence, Said, Statement, UnitEvidence
from bot.model.result import FindingState, Severity, UnitState
from bot.model.unit import HelmRender, PlainRender

FILE = ".github/CODEOWNERS"
BASE, PROD, DEV = "apps/shop/base", "apps/shop/overlays/prod", "apps/shop/overlays/dev"
LINES = (
    f"* @everyone\n/{FILE} @platform\n/apps/*/base/ @shop\n"
    "/apps/*/overlays/prod/ @sre @oncall\n/apps/*/overlays/dev/ @dev\n"
)
REPOSITORY = {
    FILE: LINES,
    f"{BASE}/deployment.yaml": "a",
    f"{BASE}/kustomization.yaml": "",
    f"{PROD}/kustomization.yaml": "",
    f"{DEV}/kustomization.yaml": "",
}
WAY = (f"{BASE}/deployment.yaml", BASE)


def shared(
    *units: UnitEvidence,
    texts: Mapping[str, str] | None = None,
    change: Mapping[str, str | None] | None = None,
    approvals: Approvals = ASKED,
) -> Evidence:
    """The base changes, and reaches both environments; or another change does."""
    reached = units or (unit(PROD, way=WAY), unit(DEV, "dev", way=WAY))
    changed = change or {f"{BASE}/deployment.yaml": "b"}
    return evidence(REPOSITORY | dict(texts or {}), changed, *reached, approvals=approvals)


def rules(statements: tuple[Statement, ...]) -> list[tuple[str, Severity, str]]:
    return [(statement.rule, statement.severity, statement.unit) for statement in statements]


def one(said: Said, rule: str) -> Statement:
    (found,) = [statement for statement in said.change if statement.rule == rule]
    return found


# -- by effect


def test_a_shared_base_needs_the_owners_of_every_environment_it_reaches() -> None:
    said = OwnersCheck().run(shared())
    assert rules(said.change) == [
        ("owners/effect", Severity.ERROR, PROD),
        ("owners/effect", Severity.WARNING, DEV),
    ]
    assert said.base == said.head == ()
    message = said.change[0].message
    assert "touches no file of @sre, @oncall, yet it reaches prod" in message
    assert f"{PROD} → {BASE} → {BASE}/deployment.yaml" in message
    assert "One of @sre, @oncall must agree" in message
    assert "one of @sre, @oncall" in said.change[0].fix
    assert said.change[0].file == f"{BASE}/deployment.yaml"


def test_required_lists_units_first_then_files_with_the_reason() -> None:
    rows = OwnersCheck().required(shared())
    assert [(row.file_or_unit, row.required) for row in rows] == [
        (PROD, ("@sre", "@oncall")),
        (DEV, ("@dev",)),
        (f"{BASE}/deployment.yaml", ("@shop",)),
    ]
    reached = f"prod is reached: {PROD} → {BASE} → {BASE}/deployment.yaml"
    assert rows[0].why == f"{reached}; {FILE}:4 (/apps/*/overlays/prod/); one of them is enough"
    assert rows[2].why == f"changed; {FILE}:3 (/apps/*/base/)"


def test_owners_who_are_asked_for_a_file_anyway_are_no_finding() -> None:
    said = OwnersCheck().run(shared(change={f"{BASE}/deployment.yaml": "b", f"{PROD}/kustomization.yaml": "x"}))
    assert rules(said.change) == [("owners/effect", Severity.WARNING, DEV)]
    texts = {FILE: "* @sre\n/apps/*/overlays/prod/ @sre @oncall\n"}
    (known,) = OwnersCheck().run(shared(texts=texts)).change  # @sre for the base is also one of production's
    assert known.severity is Severity.INFO
    assert f"touches no file below {PROD}, yet it reaches prod" in known.message
    assert "One of @sre, @oncall must agree, and the approval for the changed files does" in known.message
    touched = shared(texts=texts, change={f"{BASE}/deployment.yaml": "b", f"{PROD}/kustomization.yaml": "x"})
    assert OwnersCheck().run(touched).change == ()
    texts = {FILE: "* @sre @other\n/apps/*/overlays/prod/ @sre @oncall\n"}
    assert rules(OwnersCheck().run(shared(texts=texts)).change) == [("owners/effect", Severity.ERROR, PROD)]


def test_more_approvals_are_not_covered_by_fewer() -> None:
    lines = "* @a\n[Prod][2] @a @b\n/apps/*/overlays/prod/\n"
    texts = {"CODEOWNERS": lines, ".gitlab-ci.yml": "", FILE: ""}
    check = OwnersCheck(Dialect.GITLAB)
    said = check.run(shared(texts=texts))
    assert "2 of @a, @b must agree" in one(said, "owners/effect").message
    assert check.required(shared(texts=texts))[1].why.endswith("in section Prod; 2 of them must agree")


def test_who_has_agreed_is_not_asked_again() -> None:
    def agreed(*people: str) -> tuple[Statement, ...]:
        return OwnersCheck().run(shared(approvals=approved(*([person] for person in people)))).change

    assert rules(agreed("@oncall")) == [("owners/effect", Severity.WARNING, DEV)]
    assert agreed("@oncall", "@dev") == ()


@pytest.mark.parametrize(
    ("approvals", "severity", "note"),
    [
        (NOT_ASKED, Severity.WARNING, "Approvals: not asked, as there is no forge here."),
        (ASKED, Severity.ERROR, ""),
        (NO_ANSWER, Severity.ERROR, "Approvals: the forge was asked and gave no answer"),
    ],
)
def test_production_waits_for_its_owners_unless_nobody_could_be_asked(
    approvals: Approvals, severity: Severity, note: str
) -> None:
    change = shared(approvals=approvals)
    said = OwnersCheck().run(change)
    assert rules(said.change)[0] == ("owners/effect", severity, PROD)
    assert [line.startswith(note) for line in said.notes if line.startswith("Approvals")] == ([True] if note else [])
    assert OwnersCheck().required(change)[0].required == ("@sre", "@oncall")


def test_evidence_that_says_nothing_of_approvals_has_none() -> None:
    silent = evidence(REPOSITORY, {})
    assert Evidence((), (), silent.base, silent.head).approvals == NO_ANSWER


@pytest.mark.parametrize("approvals", [NOT_ASKED, ASKED])
def test_what_nobody_could_approve_blocks_without_a_forge_too(approvals: Approvals) -> None:
    unowned = shared(texts={FILE: "* @a\n"}, change={FILE: "* @a\n/apps/*/overlays/prod/\n"}, approvals=approvals)
    assert ("owners/unowned", Severity.ERROR, PROD) in rules(OwnersCheck().run(unowned).head)
    broken = shared(change={FILE: LINES + "/apps/*/overlays/prod/ @sre @@maintainer\n"}, approvals=approvals)
    assert [s.rule for s in new(OwnersCheck().run(broken)) if s.severity is Severity.ERROR][-1] == "owners/invalid-line"


def test_units_with_the_same_people_and_environment_are_one_statement() -> None:
    units = [unit(f"{PROD}-{n}", way=WAY) for n in range(5)]
    texts = {f"{PROD}-{n}/kustomization.yaml": "" for n in range(5)} | {
        FILE: "/apps/ @shop\n/apps/shop/overlays/prod-*/ @sre\n"
    }
    found = OwnersCheck().run(shared(*units, texts=texts)).change
    assert len(found) == 1
    assert "(and 4 more units)" in found[0].message


def test_a_waiver_for_one_unit_is_none_for_those_beside_it() -> None:
    names = {f"{PROD}-{n}" for n in range(3)}
    texts = {f"{name}/kustomization.yaml": "" for name in names} | {
        FILE: "/apps/ @shop\n/apps/shop/overlays/prod-*/ @sre\n"
    }
    waiver = Waiver("owners/effect", "@sre", "a reason", "2027-01-01", units=(f"{PROD}-0",))
    waivers = Waivers([waiver], date(2026, 11, 1))
    change = shared(*(unit(name, way=WAY) for name in sorted(names)), texts=texts)
    (judged,) = judge(change, [OwnersCheck(waived=waivers.covers)], Levels(ChecksRule()), waivers)
    found = {finding.state: finding for finding, _, _ in judged.found}
    assert found[FindingState.WAIVED].unit == f"{PROD}-0"
    assert found[FindingState.INTRODUCED].unit == f"{PROD}-1"
    assert "(and 1 more unit)" in found[FindingState.INTRODUCED].message


def test_a_unit_that_renders_as_before_needs_nobody() -> None:
    check = OwnersCheck()
    same = shared(unit(PROD, state=UnitState.UNCHANGED, way=WAY))
    assert check.run(same).change == ()
    assert [row.file_or_unit for row in check.required(same)] == [f"{BASE}/deployment.yaml"]


def test_optional_sections_ask_nobody() -> None:
    texts = {"CODEOWNERS": "* @a\n^[Prod] @sre\n/apps/*/overlays/prod/\n", FILE: ""}
    rows = OwnersCheck(Dialect.GITLAB).required(shared(texts=texts))
    assert {row.required for row in rows} == {("@a",)}


# -- the places that speak for a unit


def test_a_values_file_speaks_for_a_chart_and_the_declaration_where_all_is_shared() -> None:
    chart = "charts/web"
    lines = "/charts/ @charts\n/charts/web/values-prod.yaml @prod-values\n/argocd/prod/ @argo-prod\n/argocd/dev/ @argo-dev\n"
    texts = {FILE: lines, f"{chart}/values-prod.yaml": "", "argocd/prod/web.yaml": "", "argocd/dev/web.yaml": ""}
    values = HelmRender(chart, "web", value_files=(f"{chart}/values.yaml", f"{chart}/values-prod.yaml"))
    bare = HelmRender(chart, "web")

    def asked(*units: UnitEvidence) -> list[tuple[str, ...]]:
        rows = OwnersCheck().required(shared(*units, texts=texts))
        return [row.required for row in rows if "reached" in row.why]

    assert asked(unit(chart, "prod", values, key="p", declared_in="argocd/prod/web.yaml")) == [("@prod-values",)]
    both = (
        unit(chart, "prod", bare, key="p", declared_in="argocd/prod/web.yaml"),
        unit(chart, "dev", bare, key="d", declared_in="argocd/dev/web.yaml"),
    )
    assert asked(*both) == [("@argo-prod",), ("@argo-dev",)]


def test_a_directory_that_two_environments_deploy_is_neither_s_own() -> None:
    texts = {
        FILE: "/apps/ @shop\n/clusters/prod/ @sre\n/clusters/dev/ @dev\n",
        "clusters/prod/a.yaml": "",
        "clusters/dev/a.yaml": "",
    }
    units = [unit(BASE, env, key=env, declared_in=f"clusters/{env}/a.yaml", way=WAY[:1]) for env in ("prod", "dev")]
    rows = OwnersCheck().required(shared(*units, texts=texts))
    assert [row.required for row in rows] == [("@sre",), ("@dev",), ("@shop",)]


def test_every_manifest_of_a_plain_directory_counts() -> None:
    texts = {FILE: "/plain/ @a\n/plain/b.yaml @b\n", "plain/a.yaml": "", "plain/b.yaml": "", "plain/c.txt": ""}
    rows = OwnersCheck().required(shared(unit("plain", "prod", PlainRender("plain")), texts=texts))
    assert [row.required for row in rows if row.file_or_unit == "plain"] == [("@a",), ("@b",)]


def test_a_manifest_of_a_plain_directory_speaks_for_itself() -> None:
    texts = {FILE: "* @all\n/plain/ @a\n/plain/b.yaml @b\n", "plain/a.yaml": "", "plain/b.yaml": "", "set.yaml": ""}

    def asked(*changed: str) -> list[tuple[str, ...]]:
        plain = unit("plain", "prod", PlainRender("plain"), declared_in="set.yaml")
        change = shared(plain, texts=texts, change=dict.fromkeys(changed, "x"))
        assert (OwnersCheck().run(change).change == ()) is ("set.yaml" not in changed)
        return [row.required for row in OwnersCheck().required(change) if row.file_or_unit == "plain"]

    assert asked("plain/b.yaml") == [("@b",)]
    assert asked("plain/a.yaml") == [("@a",)]
    assert asked("set.yaml", "plain/a.yaml") == [("@a",), ("@b",)]


def test_production_s_own_values_are_in_sight() -> None:
    texts = {FILE: "* @all\n/values/prod/ @sre\n", "values/prod/web.yaml": ""}
    values = HelmRender("charts/web", "web", value_files=("charts/web/values.yaml", "values/prod/web.yaml"))
    change = shared(unit("charts/web", "prod", values), texts=texts, change={"values/prod/web.yaml": "x"})
    assert OwnersCheck().run(change).change == ()


# -- by files


def test_a_rename_counts_at_both_ends_and_a_deletion_too() -> None:
    change = evidence(
        REPOSITORY, {f"{PROD}/kustomization.yaml": None, f"{DEV}/moved.yaml": "", f"{BASE}/deployment.yaml": None}
    )
    rows = OwnersCheck().required(change)
    assert [(row.file_or_unit, row.required, row.why.partition(";")[0]) for row in rows] == [
        (f"{BASE}/deployment.yaml", ("@shop",), "deleted"),
        (f"{DEV}/moved.yaml", ("@dev",), "added"),
        (f"{PROD}/kustomization.yaml", ("@sre", "@oncall"), "deleted"),
    ]


def test_the_base_side_says_who_must_agree() -> None:
    change = shared(change={f"{PROD}/kustomization.yaml": "x", FILE: "* @attacker\n"})
    assert {row.required for row in OwnersCheck().required(change) if row.file_or_unit == PROD} == {("@sre", "@oncall")}
    tip = Tree({FILE: "* @tip\n"})
    assert {row.required for row in OwnersCheck(policy=tip).required(change)} == {("@tip",)}


# -- production without owners


def test_a_production_unit_without_owner_is_a_finding_on_each_side() -> None:
    texts = {FILE: "/apps/*/base/ @shop\n/apps/*/overlays/dev/ @dev\n"}
    said = OwnersCheck().run(shared(texts=texts))
    assert rules(said.base) == rules(said.head) == [("owners/unowned", Severity.ERROR, PROD)]
    assert f"Nobody owns {PROD}/kustomization.yaml" in said.head[0].message
    assert "no line matches it" in said.head[0].message


@pytest.mark.parametrize(
    ("dialect", "lines", "reason"),
    [
        (Dialect.GITHUB, "* @a\n/apps/*/overlays/prod/\n", "line 2 (/apps/*/overlays/prod/) names nobody"),
        (
            Dialect.GITLAB,
            "^[Prod]\n/apps/*/overlays/prod/ @sre\n",
            "line 2 (/apps/*/overlays/prod/) is in an optional section",
        ),
        (Dialect.GITLAB, "/apps/*/overlays/prod/ nobody\n", "line 1 (/apps/*/overlays/prod/) names nobody"),
    ],
)
def test_why_nobody_owns_it(dialect: Dialect, lines: str, reason: str) -> None:
    texts = {"CODEOWNERS": lines, FILE: lines}
    (found,) = [s for s in OwnersCheck(dialect).run(shared(texts=texts)).head if s.rule == "owners/unowned"]
    assert reason in found.message
    assert found.line == int(reason.split()[1])


def test_a_change_that_gives_owners_fixes_and_one_that_takes_them_introduces() -> None:
    without = "* @a\n/apps/*/overlays/prod/\n"
    gives = OwnersCheck().run(shared(texts={FILE: without}, change={FILE: LINES}))
    assert (rules(gives.base), rules(gives.head)) == ([("owners/unowned", Severity.ERROR, PROD)], [])
    takes = OwnersCheck().run(shared(change={FILE: without}))
    assert (rules(takes.base), rules(takes.head)) == ([], [("owners/unowned", Severity.ERROR, PROD)])


def test_a_codeowners_that_leaves_production_to_nobody_blocks_whatever_else_changes() -> None:
    def left(lines: str, *, waived: Waived | None = None) -> list[Statement]:
        change = evidence(REPOSITORY | {f"{PROD}-2/kustomization.yaml": ""}, {FILE: lines})
        change = replace(change, production=(unit(PROD), unit(f"{PROD}-2")))
        return [s for s in OwnersCheck(waived=waived).run(change).change if s.rule == "owners/unowned"]

    (found,) = left(LINES + "/apps/*/overlays/prod*/\n")
    assert (found.severity, found.unit, found.line) == (Severity.ERROR, "", 6)
    assert f"takes the last owner from {PROD}/kustomization.yaml" in found.message
    assert "(and 1 more production unit): line 6 (/apps/*/overlays/prod*/) names nobody" in found.message
    assert left(LINES + "/apps/*/overlays/prod*/ @other\n") == []
    (found,) = left(LINES + "/apps/*/overlays/prod*/\n", waived=lambda rule, path, file, environment: path == PROD)
    assert f"{PROD}-2 (prod) what it is: line 6" in found.message


def test_a_new_production_unit_is_unowned_at_head_only() -> None:
    texts = {FILE: "/apps/*/base/ @shop\n"}
    change = {"apps/new/overlays/prod/kustomization.yaml": ""}
    said = OwnersCheck().run(shared(unit("apps/new/overlays/prod", state=UnitState.ADDED), texts=texts, change=change))
    assert (rules(said.base), len(said.head)) == ([], 1)


def test_no_codeowners_is_one_statement_and_not_one_for_each_unit() -> None:
    bare = {path: text for path, text in REPOSITORY.items() if path != FILE}
    said = OwnersCheck().run(evidence(bare, {f"{BASE}/deployment.yaml": "b"}, unit(PROD, way=WAY)))
    assert rules(said.base) == rules(said.head) == [("owners/missing", Severity.WARNING, "")]
    assert "Begin with one line, * @org/team" in said.head[0].fix
    assert said.change == ()
    added = OwnersCheck().run(evidence(bare, {FILE: LINES}, unit(PROD, way=WAY)))
    assert (rules(added.base), rules(added.head), rules(added.change)) == (
        [("owners/missing", Severity.WARNING, "")],
        [],
        [],
    )


# -- lines that do not count


def test_a_change_that_breaks_a_line_is_told_its_place_and_reason_and_whom_it_hits() -> None:
    """Also where it touches nothing but CODEOWNERS: what matters is whose files get other owners."""
    line = "/apps/*/overlays/prod/ @sre @@maintainer\n/docs/ @x!\n"
    said = OwnersCheck().run(shared(unit(DEV, "dev"), change={FILE: LINES + line}))
    found, other = (s for s in new(said) if s.rule == "owners/invalid-line")
    assert (found.severity, other.severity) == (Severity.ERROR, Severity.WARNING)  # nothing is in docs
    assert (found.file, found.line) == (FILE, 6)
    assert f"{FILE}:6:29: @@maintainer is no owner on GitHub" in found.message
    assert f"who owns {PROD}/kustomization.yaml" in found.message
    assert "@x!" in other.message


def test_who_comes_after_a_broken_line_is_told_and_not_stopped() -> None:
    texts = {FILE: LINES + "/apps/*/overlays/prod/ @sre @@maintainer\n/docs/ @x!\n"}
    for change in (None, {FILE: "# A word on top\n" + texts[FILE]}):
        said = OwnersCheck().run(shared(texts=texts, change=change))
        assert [s for s in new(said) if s.rule == "owners/invalid-line"] == []
        assert rules(said.head)[0] == ("owners/invalid-line", Severity.ERROR, "")  # as it matters here
        assert f"who owns {PROD}/kustomization.yaml" in said.head[0].message


def test_a_change_that_mends_the_line_is_not_blocked_by_it() -> None:
    broken = LINES + "* @x!\n"
    said = OwnersCheck().run(shared(texts={FILE: broken}, change={FILE: LINES}))
    assert [s.rule for s in said.change if s.rule == "owners/invalid-line"] == []
    assert (rules(said.base), rules(said.head)) == ([("owners/invalid-line", Severity.ERROR, "")], [])


def test_a_change_that_spoils_a_line_introduces_it() -> None:
    said = OwnersCheck().run(
        shared(change={f"{PROD}/kustomization.yaml": "x", FILE: LINES + "/apps/*/overlays/prod/ @x!\n"})
    )
    assert said.base == ()
    assert rules(said.head) == [("owners/invalid-line", Severity.ERROR, "")]


@pytest.mark.parametrize("content", ["\0", "* @a\n" + "#" * 3 * 1024 * 1024, "-> docs/owners"])
def test_a_file_that_does_not_count_blocks(content: str) -> None:
    said = OwnersCheck().run(shared(change={FILE: content}))
    assert {(s.rule, s.severity) for s in new(said)} >= {
        (f"owners/{r}", Severity.ERROR) for r in ("invalid-line", "unowned")
    }


def test_many_invalid_lines_do_not_flood_the_report() -> None:
    lines = "\n".join(f"/docs/{n} @x!" for n in range(5_000))
    said = OwnersCheck().run(shared(texts={FILE: LINES + lines}))
    assert len(said.head) <= 100


# -- a change of CODEOWNERS


def test_a_change_of_codeowners_is_shown_and_owned() -> None:
    changed = shared(change={FILE: LINES.replace("@sre", "@other")})
    found = one(OwnersCheck().run(changed), "owners/codeowners")
    assert found.severity is Severity.WARNING
    assert f"{PROD}/kustomization.yaml of production gets other owners (@sre → @other)" in found.message
    assert found.line == 4
    assert "@platform must agree" in found.message
    assert ("@platform",) in [row.required for row in OwnersCheck().required(changed)]


def test_files_that_lose_their_owners_are_counted() -> None:
    found = one(OwnersCheck().run(shared(change={FILE: "/apps/*/base/ @shop\n"})), "owners/codeowners")
    assert found.severity is Severity.WARNING
    example = f"{PROD}/kustomization.yaml of production (@sre, @oncall)"  # and not the first by name
    assert f"3 files lose their owners, such as {example}" in found.message


@pytest.mark.parametrize(
    ("lines", "severity", "words"),
    [
        (
            LINES.replace("@dev\n", "@dev @ops\n"),
            Severity.INFO,
            f"{DEV}/kustomization.yaml gets other owners (also @ops)",
        ),
        (LINES.replace("@sre ", ""), Severity.WARNING, "gets other owners (no longer @sre)"),
        (LINES + "/README.md @docs\n", Severity.INFO, "no file gets other owners"),
        (LINES.replace("@platform", "@me"), Severity.WARNING, f"{FILE} gets other owners (@platform → @me)"),
    ],
)
def test_whose_files_a_change_of_codeowners_moves_to_whom(lines: str, severity: Severity, words: str) -> None:
    found = one(OwnersCheck().run(shared(change={FILE: lines})), "owners/codeowners")
    assert words in found.message
    assert found.severity is severity


def test_what_others_did_to_the_file_meanwhile_is_not_told_of_the_change() -> None:
    begun = {FILE: f"/{FILE} @platform\n/apps/*/base/ @shop\n/x @@owner\n"}
    tip = Tree({FILE: begun[FILE].replace("/x @@owner", "/apps/*/overlays/prod/ @sre")})
    change = shared(unit(PROD, way=WAY), texts=begun, change={FILE: begun[FILE] + "/docs/ @docs\n"})
    said = OwnersCheck(policy=tip).run(replace(change, production=(unit(f"{PROD}-2"),)))
    assert "no file gets other owners" in one(said, "owners/codeowners").message
    # Production had no owner, and a line was wrong, before.
    assert {s.rule for s in new(said)} == {"owners/codeowners", "owners/effect"}


def test_a_new_application_with_its_line_is_no_move_of_production() -> None:
    added = unit(PROD, state=UnitState.ADDED, way=WAY)
    texts = {FILE: f"/{FILE} @platform\n"}
    found = one(
        OwnersCheck().run(shared(added, texts=texts, change={FILE: f"/{FILE} @platform\n/apps/ @shop\n"})),
        "owners/codeowners",
    )
    assert found.severity is Severity.INFO
    assert "(nobody → @shop)" in found.message


def test_another_number_of_approvals_is_no_other_owner() -> None:
    lines = "* @a\n[Prod][2] @b @c\n/apps/*/overlays/prod/\n"
    texts = {"CODEOWNERS": lines, FILE: ""}
    change = shared(texts=texts, change={"CODEOWNERS": lines.replace("[2]", "")})
    found = one(OwnersCheck(Dialect.GITLAB).run(change), "owners/codeowners")
    assert f"{PROD}/kustomization.yaml of production needs another number of approvals (3 → 2)" in found.message


def test_a_codeowners_that_nobody_owns_cannot_be_changed_quietly() -> None:
    texts = {FILE: "/apps/ @a\n"}
    found = one(OwnersCheck().run(shared(texts=texts, change={FILE: "* @me\n"})), "owners/codeowners")
    assert found.severity is Severity.ERROR
    assert "Nobody owns it" in found.message


@pytest.mark.parametrize(
    ("lines", "severity"),
    [
        (f"/apps/ @a\n/{FILE} @platform\n", Severity.WARNING),
        (f"/apps/ @a\n/{FILE} @platform\n/base/ @b\n", Severity.ERROR),
        (f"/{FILE} @platform\n", Severity.ERROR),
        ("/apps/ @a\n# nothing else\n", Severity.ERROR),
    ],
)
def test_a_codeowners_that_nobody_owns_can_be_given_an_owner(lines: str, severity: Severity) -> None:
    """It is what the finding itself tells to do: in a change of its own, and nothing else with it."""
    texts = {FILE: "/apps/ @a\n", "base/x.yaml": ""}
    found = one(OwnersCheck().run(shared(texts=texts, change={FILE: lines})), "owners/codeowners")
    assert found.severity is severity


def test_another_file_that_takes_its_place_is_owned_too() -> None:
    texts = {"CODEOWNERS": "* @all\n/CODEOWNERS @platform\n"}
    base = {path: text for path, text in (REPOSITORY | texts).items() if path != FILE}
    takeover = evidence(base, {FILE: "* @me\n"}, unit(PROD, way=WAY))
    found = one(OwnersCheck().run(takeover), "owners/codeowners")
    assert f"{FILE} takes the place of CODEOWNERS" in found.message
    assert (FILE, ("@platform",)) in [(r.file_or_unit, r.required) for r in OwnersCheck().required(takeover)]
    assert {row.required for row in OwnersCheck().required(takeover)} == {("@platform",), ("@all",)}


def test_a_change_cannot_choose_how_the_file_is_read() -> None:
    base = {"CODEOWNERS": "docs @a\n", "docs/x.md": ""}
    turned = evidence(base, {".gitlab-ci.yml": "", "docs/x.md": "y"})
    assert [row.file_or_unit for row in OwnersCheck().required(turned)] == ["docs/x.md"]
    assert OwnersCheck(Dialect.GITLAB).required(turned) == ()


def test_deleting_the_file_is_introduced() -> None:
    said = OwnersCheck().run(shared(change={FILE: None}))
    assert (rules(said.base), rules(said.head)) == ([], [("owners/missing", Severity.ERROR, "")])
    assert "nothing takes its place" in one(said, "owners/codeowners").message


# -- unknown owners, notes


def test_unknown_owners_are_named_and_block_where_nobody_is_left() -> None:
    said = OwnersCheck(known=lambda owner: owner not in ("@sre", "@shop")).run(shared())
    found = {s.mark: s for s in said.change if s.rule == "owners/unknown"}
    assert {mark: s.severity for mark, s in found.items()} == {"@sre": Severity.WARNING, "@shop": Severity.ERROR}
    assert (found["@shop"].file, found["@shop"].line) == (FILE, 3)


def test_the_dialect_and_what_does_not_count_are_said() -> None:
    said = OwnersCheck().run(shared(texts={"docs/CODEOWNERS": ""}))
    assert said.notes == (
        f"Owners come from {FILE}, by the rules of GitHub: only one forge looks into .github/.",
        f"docs/CODEOWNERS does not count: GitHub reads {FILE}.",
    )


def test_statements_stay_the_same_when_lines_move() -> None:
    texts = {FILE: "* @a\n/apps/*/overlays/prod/\n/docs @x!\n"}
    moved = OwnersCheck().run(shared(texts=texts, change={FILE: "# more\n" + texts[FILE]}))
    marks = [[(s.rule, s.unit, s.mark) for s in side] for side in (moved.base, moved.head)]
    assert marks[0] == marks[1]
    assert len(marks[0]) == 2


def test_on_gitlab_the_owners_of_touched_files_must_agree_too() -> None:
    texts = {"CODEOWNERS": "* @dev\n/apps/*/overlays/prod/ @sre\n", ".gitlab-ci.yml": "", FILE: ""}

    def asked(*people: str, approvals: Approvals | None = None) -> list[tuple[str, Severity, str]]:
        given = approvals or approved(*([person] for person in people))
        said = OwnersCheck(Dialect.GITLAB).run(shared(texts=texts, approvals=given))
        return [row for row in rules(said.change) if row[0] == "owners/file"]

    assert asked() == [("owners/file", Severity.ERROR, "")]
    assert asked(approvals=NO_ANSWER) == [("owners/file", Severity.ERROR, "")]
    assert asked("@stranger") == [("owners/file", Severity.ERROR, "")]
    assert asked("@dev") == [] and asked(approvals=NOT_ASKED) == []


def test_one_person_who_speaks_for_two_owners_is_one_approval() -> None:
    lines = "[Prod][2]\n/apps/*/overlays/prod/ @a @b\n"
    texts = {"CODEOWNERS": lines, ".gitlab-ci.yml": "", FILE: ""}
    check = OwnersCheck(Dialect.GITLAB)
    alone = check.run(shared(texts=texts, approvals=approved(["@a", "@b"])))
    assert "owners/effect" in {row[0] for row in rules(alone.change)}
    both = check.run(shared(texts=texts, approvals=approved(["@a", "@b"], ["@b"])))
    assert "owners/effect" not in {row[0] for row in rules(both.change)}
    team = check.run(shared(texts=texts, approvals=approved(["@a"], ["@a"])))  # two members of one team
    assert "owners/effect" not in {row[0] for row in rules(team.change)}
