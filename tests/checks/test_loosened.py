"""A change of the settings and policies that judge changes: what loosens the gate, what only is to be known, and silence."""

from __future__ import annotations

import pytest
from owners_evidence import ASKED, evidence

from bot.checks.all_checks import rules
from bot.checks.loosened import Loosened
from bot.checks.rule_names import RuleNames
from bot.codeowners import Dialect
from bot.model.approvals import NO_ANSWER, NOT_ASKED, Approvals, agreed
from bot.model.evidence import Statement
from bot.model.result import Severity
from bot.policy.embedded import Embedded

FILE = ".gatehouse.yaml"
WAIVER = "{rule: risk/deletion, owner: '@o/sre', reason: it moves, expires: '2030-01-31'%s}"
WARN = 'warn contains "hm" if input.object.kind == "Job"\n'
DENY = f'package team\n\ndeny contains "no" if input.object.kind == "Pod"\n\n{WARN}'
TEAM = "team/policies"


THERE = {"apps/a.yaml": "", "docs/a.md": "", "docs/b.yaml": "", "notes/a.md": ""}


def said(
    base: str | None,
    head: str | None,
    *,
    owners: str = f"/{FILE} @o/platform\n",
    approvals: Approvals = ASKED,
) -> list[Statement]:
    """What is said of a change of the settings; ``version: 1`` goes before them."""
    texts = {FILE: f"version: 1\n{base}"} if base is not None else {}
    texts |= THERE | ({"CODEOWNERS": owners} if owners else {})
    after = f"version: 1\n{head}" if head is not None else None
    given = evidence(texts, {FILE: after}, approvals=approvals)
    return list(Loosened(dialect=Dialect.GITHUB).statements(given))


def of_policies(base: dict[str, str], head: dict[str, str | None], owners: str = "* @o/sec\n") -> list[Statement]:
    given = evidence({"CODEOWNERS": owners, **base}, head)
    return list(Loosened([TEAM], Embedded(), dialect=Dialect.GITHUB).statements(given))


@pytest.mark.parametrize(
    ("base", "head", "words", "line"),
    [
        ("checks: {run: all}", "checks: {run: none}", "`schema`, `policy`, `owners`", 2),
        ("checks: {run: all}", "checks: {run: [schema]}", "run no longer", 2),
        ("checks: {existing: true}", None, "goes: findings that were there before stop the merge no longer", 0),
        (None, "checks: {run: none}", "is new: `schema`, `policy`, `owners`", 2),
        (None, f"waivers: [{WAIVER % ''}]", "is new: findings of `risk/deletion` are waived", 2),
        ("checks: {run: [risk]}", "checks:\n  run: [risk]\n  gates: [{fails_on: nothing}]", "stop the merge.", 4),
        (
            "checks: {run: [risk]}",
            "checks: {run: [risk], gates: [{fails_on: nothing, environments: [prod]}]}",
            "`risk` stop the merge in `prod`",
            2,
        ),
        (
            "checks: {run: [risk], existing: true}",
            "checks: {run: [risk]}",
            "that were there before stop the merge no longer",
            2,
        ),
        (
            "checks: {run: [risk]}",
            "checks: {run: [risk], levels: [{rule: risk/*, severity: 'off'}]}",
            "`risk/*` is switched off",
            2,
        ),
        (
            "checks: {run: [risk], levels: [{rule: risk/pdb-blocks, severity: error}]}",
            "checks: {run: [risk], levels: [{rule: risk/pdb-blocks, severity: info, environments: [dev]}]}",
            "`risk/pdb-blocks` weighs less",
            2,
        ),
        ("checks: {run: [schema]}", "checks: {run: [schema], schema: {left_out: [Pod]}}", "`Pod` is not judged", 2),
        (
            "checks: {run: [schema], schema: {unknown_kinds: error}}",
            "checks: {run: [schema]}",
            "kinds without schema are `warning`",
            2,
        ),
        ("checks: {run: [schema]}", "checks: {run: [schema], schema: {crds: [crds/]}}", "fewer files", 2),
        (
            "checks: {run: [policy], policy: {directories: [a, b]}}",
            "checks: {run: [policy], policy: {directories: [b]}}",
            "policies in `a` judge no longer",
            2,
        ),
        (
            "checks: {run: [policy]}",
            "checks: {run: [policy], policy: {baseline: none}}",
            "`privileged`, `host-namespaces`",
            2,
        ),
        (
            "checks: {run: [boundaries], boundaries: [{paths: [a/], namespaces: [x]}]}",
            "checks: {run: [boundaries], boundaries: [{paths: [a/], namespaces: [x, y]}]}",
            "`a/` may hold more namespaces",
            2,
        ),
        (
            "checks: {run: [boundaries], boundaries: [{paths: [a/], deny_kinds: [Role]}]}",
            "checks: {run: [boundaries]}",
            "nothing bounds what `a/` may hold",
            2,
        ),
        ("", f"waivers: [{WAIVER % ''}]", "`risk/deletion` are waived (everywhere) until 2030-01-31, by `@o/sre`", 2),
        (
            f"waivers: [{WAIVER % ', units: [a]'}]",
            f"waivers:\n- {WAIVER % ', units: [a, b]'}",
            "waived (`a`, `b`)",
            3,
        ),
        (
            f"waivers: [{WAIVER % ', environments: [dev]'}]",
            f"waivers:\n- {WAIVER % ', environments: [dev, prod]'}",
            "waived (`dev`, `prod`)",
            3,
        ),
        ("ignore: [docs/]", "ignore: [docs/, apps/]", "nothing below `apps/` counts as deployed", 2),
        ("plain: [boot/]", "", "`boot/` counts as deployed no longer", 0),
        ("units: [{path: a}]", "units: [{path: a, root: false}]", "`a` is not judged", 2),
        ("units: [{path: a}]", "units: [{path: a, environment: dev}]", "`a` counts to `dev`", 2),
        (
            "environments: [{name: live, production: true}]",
            "environments: [{name: live}]",
            "`live` is not production any more",
            2,
        ),
        ("environments: [dev, live]", "environments: [{name: dev, match: [apps/]}, live]", "belongs to `dev`", 2),
        ("environments: [dev, prod]", "environments: [dev]", "`prod` is no environment, and so no production", 2),
        ("", "environments: [dev, {name: prod, production: false}]", "`prod` is not production any more", 2),
        ("environments: [{name: live, production: true}]", "", "`live` is no environment", 0),
        (
            "environments: [{name: prod, match: [live/]}]",
            "environments: [{name: production, aliases: [prod]}]",
            "`live/` belongs to `prod` no longer",
            2,
        ),
        ("", "checks: {gates: [{fails_on: nothing}]}", "fewer findings of any check stop the merge.", 2),
        ("", "commands: {override: {allow: ['@o/sre']}}", "`@o/sre` may override failed checks", 2),
        (
            "commands: {override: {allow: ['@o/sre']}}",
            "commands:\n  override:\n    allow: ['@o/sre', '@me']",
            "`@me` may override failed checks",
            4,
        ),
        (
            "commands: {override: {allow: ['@a'], permission: admin}}",
            "commands: {override: {allow: ['@a']}}",
            "who may override failed checks needs no more than `write`",
            2,
        ),
        ("", "pull_requests: {approvals: any}", "approvals of earlier heads count for owners", 2),
        ("pull_requests: {forks: refuse}", None, "goes: pull requests from other repositories are rendered", 0),
        ("checks: {run: all}", "checks: {run: al}", "cannot be read as it will be", 0),
    ],
)
def test_settings_that_ask_for_less(base: str | None, head: str | None, words: str, line: int) -> None:
    found = said(base, head)
    (first,) = [each for each in found if words in each.message] or found[:1]
    assert words in first.message
    assert (first.rule, first.severity, first.file) == ("owners/gate-loosened", Severity.ERROR, FILE)
    assert "@o/platform" in first.message
    assert first.line == line


@pytest.mark.parametrize(
    ("base", "head"),
    [
        ("checks: {run: [schema]}", "checks: {run: all}"),
        ("checks: {run: [risk], gates: [{fails_on: error}]}", "checks: {run: [risk], gates: [{fails_on: warning}]}"),
        (  # says what the default says anyway
            "checks: {run: [risk]}",
            "checks: {run: [risk], gates: [{fails_on: nothing, environments: [dev]}, {fails_on: error}]}",
        ),
        (
            "checks: {run: [risk], levels: [{rule: risk/rbac, severity: info}, {rule: risk/x, severity: 'off'}]}",
            "checks: {run: [risk], levels: [{rule: risk/x, severity: 'off'}, {rule: risk/rbac, severity: warning}]}",
        ),
        ("checks: {run: [risk]}", "checks: {run: [risk], levels: [{rule: images/*, severity: 'off'}]}"),  # does not run
        ("checks: {run: [policy]}", "checks: {run: [policy], policy: {directories: [policies, more], seconds: 9}}"),
        ("checks: {run: [boundaries]}", "checks: {run: [boundaries], boundaries: [{paths: [a/], kinds: [Pod]}]}"),
        (f"waivers: [{WAIVER % ''}]", ""),
        (f"waivers: [{WAIVER % ''}]", f"waivers: [{WAIVER % ', units: [a]'}]"),
        (f"waivers: [{WAIVER % ', units: [a, b]'}]", f"waivers: [{(WAIVER % ', units: [b]').replace('-31', '-01')}]"),
        ("ignore: [docs/]", "ignore: []"),
        ("", "ignore: ['**/*.md', notes/, 'gone/**']"),  # nothing there is deployed
        ("", "environments: [dev, {name: prod, match: [live/]}]\nrender: {timeout_seconds: 5}"),
        ("environments: [dev, {name: prod, production: true}]", ""),  # its name says so
        (
            "environments: [dev, {name: prod, production: true}]",
            "environments: [dev, {name: production, aliases: [prod]}]",
        ),
        ("environments: [dev, staging]", "environments: [dev, {name: staging, production: false}]"),
        ("commands: {override: {allow: ['@o/Sre', '@a']}}", "commands: {override: {allow: ['@o/sre']}}"),
        ("commands: {override: {allow: ['@a']}}", ""),
        ("", "commands: {override: {permission: read}, check: {permission: read}}"),  # nobody may, and so nobody more
        ("pull_requests: {approvals: any}", "pull_requests: {forks: refuse}"),
    ],
)
def test_settings_that_ask_for_as_much_are_only_shown(base: str, head: str) -> None:
    (found,) = said(base, head)
    assert (found.rule, found.severity, found.file) == ("owners/gate-changed", Severity.INFO, FILE)
    assert "nothing of it asks for less" in found.message


def test_a_gate_that_opens_for_several_checks_is_one_thing() -> None:
    (found,) = said("checks: {gates: [{fails_on: warning}]}", "checks: {gates: [{fails_on: warning, checks: [risk]}]}")
    assert "`schema`, `policy`, `owners`, `secrets`, `images`, `boundaries` stop the merge" in found.message


def test_a_waiver_counts_from_the_merge_on_and_until_its_day() -> None:
    (found,) = said("", f"waivers: [{WAIVER % ''}]")
    assert "that holds from the merge on, and not for this change" in found.message
    given = evidence({FILE: "version: 1\n"}, {FILE: f"version: 1\nwaivers: [{WAIVER % ''}]"})
    (found,) = Loosened(dialect=Dialect.GITHUB, today="2030-02-01").statements(given)
    assert found.rule == "owners/gate-changed"


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (
            f"waivers: [{(WAIVER % '').replace('deletion', 'deletio')}]",
            "`risk/deletio` in `waivers[0]`, which is no rule",
        ),
        (
            "checks: {levels: [{rule: policy/privilegd, severity: error}]}",
            "`policy/privilegd` in `checks.levels[0]`, which is no rule; policy/privileged may be meant",
        ),
        ("checks: {levels: [{rule: gatehouse/broken, severity: info}]}", "which the gate says by itself"),
    ],
)
def test_rules_that_there_are_not(head: str, words: str) -> None:
    given = evidence({FILE: "version: 1\n", "CODEOWNERS": "* @a\n"}, {FILE: f"version: 1\n{head}"})
    found = list(Loosened(dialect=Dialect.GITHUB, rules=RuleNames(rule.id for rule in rules())).statements(given))
    assert (found[0].rule, found[0].severity, found[0].line) == ("owners/gate-changed", Severity.WARNING, 2)
    assert words in found[0].message
    assert "owners/gate-loosened" not in {each.rule for each in found}


def test_rules_of_own_policies_may_have_any_name() -> None:
    names = RuleNames(rule.id for rule in rules())
    assert names.wrong("policy/no-team") == names.wrong("policy/*") == names.wrong("risk/deletion") == ""
    assert names.wrong("owner/effect") != ""


def test_settings_that_nobody_could_compare_in_time() -> None:
    levels = ", ".join(f"{{rule: risk/a{n}, severity: error, environments: [e{n}]}}" for n in range(300))
    (found,) = said("checks: {run: [risk]}", f"checks: {{run: [risk], levels: [{levels}]}}")
    assert "too many to be compared" in found.message


def test_what_changes_no_setting_is_not_spoken_of() -> None:
    assert said("checks: {run: all}", "# why\nchecks:\n  run: all") == []
    given = evidence({FILE: "version: 1\nchecks: {run: all}", "a": "1", "CODEOWNERS": ""}, {"a": "2"})
    assert not list(Loosened([TEAM], Embedded()).statements(given))


def test_a_first_file_that_asks_for_as_much_is_only_shown() -> None:
    (found,) = said(None, "environments: [dev, prod]\nchecks: {run: all, existing: true}")
    assert (found.rule, found.severity) == ("owners/gate-changed", Severity.INFO)
    assert "is new, and asks for as much as without it" in found.message


@pytest.mark.parametrize(
    ("owners", "approvals", "severity", "words"),
    [
        (f"/{FILE} @a @b\n", ASKED, Severity.ERROR, "must agree: @a, @b"),
        (f"/{FILE} @a @b\n", agreed({"@b"}), Severity.INFO, "have agreed (@a, @b)"),
        (f"/{FILE} @a @b\n", agreed({"@c"}), Severity.ERROR, "must agree: @a, @b"),
        (f"/{FILE} @a\n", NOT_ASKED, Severity.WARNING, "must agree: @a"),
        (f"/{FILE} @a\n", NO_ANSWER, Severity.ERROR, "must agree: @a"),
        ("/apps/ @a\n", NOT_ASKED, Severity.ERROR, "Nobody owns the file"),
        (f"* @a\n/{FILE}\n", agreed({"@a"}), Severity.ERROR, "Nobody owns the file"),
        ("", NOT_ASKED, Severity.WARNING, "Nobody owns the file"),
    ],
)
def test_who_has_to_agree(owners: str, approvals: Approvals, severity: Severity, words: str) -> None:
    (found,) = said("checks: {run: all}", "checks: {run: none}", owners=owners, approvals=approvals)
    assert found.severity is severity
    assert words in found.message


def test_a_change_cannot_make_itself_the_owner() -> None:
    texts = {FILE: "version: 1\nchecks: {run: all}", "CODEOWNERS": "/apps/ @a\n"}
    given = evidence(
        texts, {FILE: "version: 1\nchecks: {run: none}", "CODEOWNERS": f"/{FILE} @me\n"}, approvals=NOT_ASKED
    )
    (found,) = Loosened(dialect=Dialect.GITHUB).statements(given)
    assert found.severity is Severity.ERROR
    assert "in CODEOWNERS first, in a change of its own" in found.fix


def test_policies_that_go_take_their_rules_with_them() -> None:
    (found,) = of_policies({f"{TEAM}/a.rego": DENY}, {f"{TEAM}/a.rego": None})
    assert (found.rule, found.severity, found.file) == ("owners/gate-loosened", Severity.ERROR, f"{TEAM}/a.rego")
    assert "goes: `team.deny`, `team.warn` are asked no longer" in found.message
    (unowned,) = of_policies({f"{TEAM}/a.rego": DENY}, {f"{TEAM}/a.rego": None}, owners="/x @o\n")
    assert "Nobody owns the file" in unowned.message


def test_a_rule_that_is_taken_away_or_only_warns() -> None:
    less = DENY.replace("deny contains", "warn contains")
    (found,) = of_policies({f"{TEAM}/a.rego": DENY}, {f"{TEAM}/a.rego": less})
    assert found.rule == "owners/gate-loosened"
    assert "changes: `team.deny` is asked no longer" in found.message


def test_a_rule_that_moves_is_not_lost() -> None:
    found = of_policies({f"{TEAM}/a.rego": DENY}, {f"{TEAM}/a.rego": None, f"{TEAM}/b.rego": f"# moved\n{DENY}"})
    assert [(each.rule, each.severity) for each in found] == [("owners/gate-changed", Severity.INFO)] * 2


def test_a_policy_whose_text_changes_may_ask_less() -> None:
    (found,) = of_policies({f"{TEAM}/a.rego": DENY}, {f"{TEAM}/a.rego": DENY.replace('"Pod"', '"Nothing"')})
    assert (found.rule, found.severity) == ("owners/gate-changed", Severity.WARNING)
    assert "It is owned by @o/sec" in found.message


def test_comments_tests_and_other_directories_are_no_policies() -> None:
    base = {f"{TEAM}/a.rego": DENY, f"{TEAM}/a_test.rego": "package team_test", "old/a.rego": DENY}
    head = {f"{TEAM}/a.rego": f"# what for\n\n{DENY}", f"{TEAM}/a_test.rego": None, "old/a.rego": None}
    assert of_policies(base, dict(head)) == []


def test_policies_that_nobody_asks_are_not_missed() -> None:
    given = evidence({f"{TEAM}/a.rego": DENY}, {f"{TEAM}/a.rego": None})
    assert not list(Loosened([TEAM]).statements(given))
