"""The policy check: what it says of both sides, whose policies judge, and what happens when they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from indexed_files import IndexedFiles

from bot.checks.policy import PolicyCheck, PolicySettings
from bot.config.judging import BaselineRule
from bot.errors import TooBig
from bot.model.evidence import Evidence, Said, Statement, UnitEvidence, UnitSide
from bot.model.resource import Document, Resource
from bot.model.result import Severity, UnitState
from bot.model.snapshot import FILE, SYMLINK, Change, Entry
from bot.model.unit import ObjectId, Renderer, Unit
from bot.policy.base import Limits
from bot.policy.baseline import RULES
from bot.policy.embedded import Embedded

QUIET = PolicySettings(baseline=frozenset())
NO_OWNER = 'package main\ndeny contains "no owner" if not input.object.metadata.labels.owner'


class Files(IndexedFiles):
    """A snapshot of a few files; a value of None is a link, bytes that are too big an int."""

    def __init__(self, files: Mapping[str, str | bytes | int | None]) -> None:
        self._files = files
        self.tree = "0" * 40

    def walk(self, path: str) -> Iterator[Entry]:
        for name, text in sorted(self._files.items()):
            if name.startswith(f"{path}/"):
                yield Entry(name, SYMLINK if text is None else FILE, name)

    def read(self, entry: Entry) -> bytes:
        text = self._files[entry.path]
        if isinstance(text, int):
            raise TooBig(f"{entry.path} has {text} bytes, more than can be read.")
        return text if isinstance(text, bytes) else (text or "").encode()

    def entry(self, path: str) -> Entry | None:
        return None

    def is_dir(self, path: str) -> bool:
        return False

    def children(self, path: str) -> tuple[list[Entry], list[str]]:
        return [], []


def resource(fields: Mapping[str, Any], name: str = "web") -> Resource:
    whole = {"apiVersion": "apps/v1", "kind": "Deployment", **fields}
    whole["metadata"] = {"name": name, **fields.get("metadata", {})}
    return Resource(ObjectId(whole["apiVersion"], whole["kind"], "", name), whole, Document(repr(whole), ""))


def unit(
    base: list[Resource] | None, head: list[Resource] | None, environment: str = "production", key: str = "apps/web"
) -> UnitEvidence:
    rendered = Unit(key, key, Renderer.KUSTOMIZE, ())
    before, after = (UnitSide(rendered, tuple(side)) if side is not None else None for side in (base, head))
    return UnitEvidence(key, key, "web", environment, environment == "production", UnitState.CHANGED, before, after)


def say(
    policies: Mapping[str, str | bytes | int | None],
    *units: UnitEvidence,
    after: Mapping[str, str | bytes | int | None] | None = None,
    settings: PolicySettings = QUIET,
    limits: Limits | None = None,
    pull_request: Mapping[str, object] | None = None,
) -> Said:
    head = policies if after is None else after
    changes = tuple(
        Change(path, None, None) for path in sorted({*policies, *head}) if policies.get(path) != head.get(path)
    )
    evidence = Evidence(units, changes, Files(policies), Files(head), ("staging", "production"))
    return PolicyCheck(Embedded(limits), settings, pull_request=pull_request).run(evidence)


def one(statements: tuple[Statement, ...]) -> Statement:
    (statement,) = statements
    return statement


OWNED = resource({"metadata": {"labels": {"owner": "shop"}}})
UNOWNED = resource({})


def test_both_sides_are_judged_by_the_same_policies() -> None:
    said = say({"policies/main.rego": NO_OWNER}, unit([OWNED], [UNOWNED]))
    assert said.base == said.change == ()
    found = one(said.head)
    assert (found.rule, found.severity, found.message) == ("policy/main", Severity.ERROR, "no owner")
    assert (found.unit, found.object) == ("apps/web", UNOWNED.id)
    assert "policies/main.rego" in found.fix
    known = say({"policies/main.rego": NO_OWNER}, unit([UNOWNED], [resource({"spec": {}})]))
    assert one(known.base).mark == one(known.head).mark


def test_no_policies_say_nothing() -> None:
    assert say({}, unit([UNOWNED], [UNOWNED])) == Said()


def test_the_head_cannot_loosen_what_it_breaks() -> None:
    said = say({"policies/main.rego": NO_OWNER}, unit([OWNED], [UNOWNED]), after={})
    assert one(said.head).message == "no owner"
    assert "policies/main.rego changes" in said.notes[0]
    said = say({}, unit([OWNED], [UNOWNED]), after={"policies/main.rego": NO_OWNER})
    assert (said.head, len(said.notes)) == ((), 1)


def test_conventions() -> None:
    text = """package team.shop
deny_root contains "text"
violation contains {"msg": "object", "details": {"a": 1}, "severity": "info", "rule": "My Rule", "fix": "do", "at": at}
at := ["spec", 0]
warn contains {"message": "warned"}
deny_map[msg] if msg := "key"
deny_flag if input.object.kind
deny_helper(x) := "never"
allow := true
deny_nothing := false
"""
    said = say({"policies/a/b.rego": text, "policies/b_test.rego": "package x\ndeny contains 1"}, unit(None, [UNOWNED]))
    found = {statement.rule: statement for statement in said.head}
    assert {rule: (s.severity, s.message) for rule, s in found.items()} == {
        "policy/root": (Severity.ERROR, "text"),
        "policy/my-rule": (Severity.INFO, 'object ({"a": 1})'),
        "policy/team-shop": (Severity.WARNING, "warned"),
        "policy/map": (Severity.ERROR, "key"),
        "policy/flag": (Severity.ERROR, "The policy flag in policies/a/b.rego does not allow this"),
    }
    assert (found["policy/my-rule"].at, found["policy/my-rule"].fix) == (("spec", 0), "do")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"image app:1.2.3 of web is old"', '"image app:1.2.4 of web is old"'),
        ('{"msg": "a", "at": ["x"]}', '{"msg": "b", "at": ["x"]}'),
        ('{"msg": "a", "mark": "m", "at": ["x", 0]}', '{"msg": "b", "mark": "m", "at": ["x", 1]}'),
    ],
)
def test_marks_stay_while_the_problem_does(before: str, after: str) -> None:
    first = say({"policies/a.rego": f"package a\ndeny contains {before}"}, unit(None, [UNOWNED]))
    second = say({"policies/a.rego": f"package a\ndeny contains {after}"}, unit(None, [UNOWNED]))
    assert one(first.head).mark == one(second.head).mark
    other = say({"policies/a.rego": 'package a\ndeny contains "another thing"'}, unit(None, [UNOWNED]))
    assert one(first.head).mark != one(other.head).mark


def test_what_a_policy_sees() -> None:
    text = "package a\nseen(x) := json.marshal(x)\ndeny contains seen(input)"
    said = say({"policies/a.rego": text}, unit([OWNED], [UNOWNED]), pull_request={"author": "ada"})
    message = one(said.head).message
    for words in (
        '"unit":{"app":"web","environment":"production","key":"apps/web","path":"apps/web","production":true',
        '"renderer":"kustomize"',
        '"environment":"production"',
        '"pull_request":{"author":"ada"}',
        '"old":{"apiVersion"',
    ):
        assert words in message


def test_a_rule_about_changes_speaks_about_changes_only() -> None:
    text = 'package a\ndeny contains "fewer" if input.object.spec.replicas < input.old.spec.replicas'
    three, two = resource({"spec": {"replicas": 3}}), resource({"spec": {"replicas": 2}})
    assert [s.message for s in say({"policies/a.rego": text}, unit([three], [two])).head] == ["fewer"]
    assert say({"policies/a.rego": text}, unit([two], [two])) == Said()
    newcomer = 'package a\ndeny contains "new" if input.old == null'
    assert one(say({"policies/a.rego": newcomer}, unit([two], [two, resource({}, "other")])).head).object == ObjectId(
        "apps/v1", "Deployment", "", "other"
    )


def test_policies_of_several_directories_count_once_each() -> None:
    settings = PolicySettings(directories=("rules", "rules/team", "more"), baseline=frozenset())
    files = {
        f"{place}/a.rego": f'package p{i}\ndeny contains "{place}"' for i, place in enumerate(("rules", "rules/team"))
    }
    said = say(
        {**files, "policies/a.rego": 'package a\ndeny contains "elsewhere"'}, unit(None, [OWNED]), settings=settings
    )
    assert sorted(s.message for s in said.head) == ["rules", "rules/team"]


def test_the_configuration_names_every_rule_of_the_baseline() -> None:
    assert set(BaselineRule) == RULES


def test_the_baseline_speaks_and_can_be_switched() -> None:
    container = {"name": "a", "securityContext": {"privileged": True}}
    privileged = resource({"spec": {"template": {"spec": {"containers": [container]}}}})
    on = PolicySettings(baseline=frozenset({"privileged"}))
    found = one(say({}, unit([OWNED], [privileged]), settings=on).head)
    assert (found.rule, found.severity) == ("policy/privileged", Severity.ERROR)
    assert found.at == ("spec", "template", "spec", "containers", 0, "securityContext", "privileged")
    assert one(say({}, unit(None, [privileged], "staging"), settings=on).head).severity is Severity.WARNING
    other = PolicySettings(baseline=frozenset({"host-namespaces"}))
    assert say({}, unit(None, [privileged]), settings=other) == Said()
    assert {s.rule for s in say({}, unit(None, [privileged]), settings=PolicySettings()).head} == {
        "policy/privileged", "policy/resources", "policy/owner-label",
    }  # fmt: skip


BROKEN = "package broken\n\ndeny contains {"


def test_a_policy_that_is_broken_at_base_blocks_until_it_is_mended() -> None:
    files = {"policies/broken.rego": BROKEN, "policies/main.rego": NO_OWNER}
    said = say(files, unit([OWNED], [UNOWNED]))
    found = one(said.change)
    assert (found.rule, found.severity) == ("policy/unusable", Severity.ERROR)
    assert found.message.endswith(".") and not found.message.endswith("..")
    assert (found.file, found.line) == ("policies/broken.rego", 3)
    assert one(said.head).message == "no owner"
    after = {"policies/main.rego": NO_OWNER, "policies/broken.rego": "package broken"}
    mended = say(files, unit([OWNED], [OWNED]), after=after)
    assert (one(mended.base).rule, mended.head, mended.change) == ("policy/unusable", (), ())


def test_a_policy_that_the_change_breaks_is_new() -> None:
    said = say({"policies/main.rego": NO_OWNER}, after={"policies/main.rego": BROKEN})
    assert (said.base, said.change) == ((), ())
    assert one(said.head).file == "policies/main.rego"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "it is a link"),
        (b"\xff\xfe", "not UTF-8"),
        (999999999, "more than can be read"),
        ('deny contains "no package"', "package"),
        ("package a\n" + "# padding\n" * 30000, "KiB that a policy may have"),
        ("package main.deny\nx := 1", "clashes with the rule `deny` of package main"),
    ],
)
def test_what_cannot_be_used(content: str | bytes | int | None, words: str) -> None:
    said = say({"policies/main.rego": NO_OWNER, "policies/odd.rego": content}, unit([OWNED], [UNOWNED]))
    found = one(said.change)
    assert (found.rule, found.file) == ("policy/unusable", "policies/odd.rego")
    assert words in found.message
    assert one(said.head).message == "no owner"


def test_a_loop_is_told_once_with_its_object() -> None:
    loop = "count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 30000); a * b == -1]) == 1"
    files = {"policies/loop.rego": f'package loop\n\ndeny contains "a" if {{ {loop} }}', "policies/main.rego": NO_OWNER}
    said = say(files, unit([OWNED], [UNOWNED, resource({}, "other")]), limits=Limits(seconds=0.4))
    found = one(said.change)
    assert found.rule == "policy/stopped"
    assert (found.file, found.line) == ("policies/loop.rego", 3)
    assert "took longer than 0.4 s" in found.message
    assert "Deployment web of apps/web" in found.message
    assert [s.message for s in said.head] == ["no owner", "no owner"]


def test_a_policy_that_fails_on_an_object_is_told_there() -> None:
    text = "package a\ndeny contains 1 if to_number(input.object.metadata.name) > 3"
    said = say({"policies/a.rego": text}, unit([], [UNOWNED]))
    found = one(said.head)
    assert (found.rule, found.object, found.severity) == ("policy/failed", UNOWNED.id, Severity.ERROR)
    assert "could not parse string as number (policies/a.rego:2)" in found.message


def test_a_policy_that_fails_on_a_changed_object_as_it_did_before_is_told_again() -> None:
    files = {"policies/a.rego": "package a\ndeny contains 1 if to_number(input.object.metadata.name) > 3"}
    changed = say(files, unit([UNOWNED], [OWNED]))
    assert (one(changed.change).rule, changed.base, changed.head) == ("policy/failed", (), ())
    same = say(files, unit([UNOWNED], [UNOWNED]))
    assert (one(same.base).rule, one(same.head).rule, same.change) == ("policy/failed", "policy/failed", ())


def test_policies_for_conftest_are_pointed_to_the_object() -> None:
    said = say(
        {"policies/a.rego": 'package main\ndeny contains "x" if {\n  input.kind == "Pod"\n}'}, unit([], [UNOWNED])
    )
    assert said.notes == (
        "policies/a.rego:3 reads input.kind, which is never there; the object is input.object, so that it may mean "
        "input.object.kind.",
    )


def test_a_new_policy_for_conftest_is_pointed_to_the_object_before_it_holds() -> None:
    text = 'package main\ndeny contains "x" if {\n  input.kind == "Pod"\n}'
    said = say({}, unit([], [UNOWNED]), after={"policies/a.rego": text})
    assert [note.partition(",")[0] for note in said.notes][:1] == ["policies/a.rego:3 reads input.kind"]
    both = say({"policies/a.rego": text}, unit([], [UNOWNED]), after={"policies/a.rego": f"{text}\n"})
    assert len([note for note in both.notes if "reads input.kind" in note]) == 1


def test_an_exception_of_conftest_is_told_to_excuse_nothing() -> None:
    text = 'package main\ndeny_foo contains "x" if input.object\nexception contains ["foo"] if input.object'
    said = say({"policies/a.rego": text}, unit([], [UNOWNED]))
    assert said.notes[0].startswith("policies/a.rego:3 is an exception of conftest, which excuses nothing here")


def test_a_policy_without_a_question_is_told() -> None:
    assert "has a rule deny" in say({"policies/a.rego": "package a\nx := 1"}, unit([], [UNOWNED])).notes[0]


def test_objects_that_look_the_same_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.policy.embedded import EmbeddedSession

    asked = []
    real = EmbeddedSession.evaluate

    def counting(self: EmbeddedSession, queries: Any, inputs: Any) -> Any:
        values = list(inputs)
        asked.append(len(values))
        return real(self, queries, values)

    monkeypatch.setattr(EmbeddedSession, "evaluate", counting)
    units = [unit([UNOWNED], [UNOWNED], key=f"apps/{n}") for n in range(50)]
    said = say({"policies/main.rego": NO_OWNER}, *units)
    assert asked == [1]
    assert len(said.base) == len(said.head) == 50
    by_path = NO_OWNER.replace('"no owner"', "input.unit.path")
    assert len(say({"policies/main.rego": by_path}, *units).head) == 50
    assert asked == [1, 50]


HOSTILE = '"\\u0000\\u001b[31m@org/team ::set-output x\\n</details>"'


@pytest.mark.parametrize("value", [HOSTILE, '{"msg": {"a": 1}}', "[1, [2]]", "12"])
def test_whatever_a_policy_says_is_text(value: str) -> None:
    said = say({"policies/a.rego": f"package a\ndeny contains {value}"}, unit([], [UNOWNED]))
    assert isinstance(one(said.head).message, str)


def test_odd_fields_of_a_finding_are_left_out() -> None:
    text = 'package a\ndeny contains {"msg": "m", "severity": 3, "rule": "../../x", "at": [{"a": 1}], "fix": 1, "mark": []}'
    found = one(say({"policies/a.rego": text}, unit([], [UNOWNED])).head)
    assert (found.rule, found.severity, found.at) == ("policy/x", Severity.ERROR, ())
    long = one(say({"policies/a.rego": 'package a\ndeny contains sprintf("%9999d", [1])'}, unit([], [UNOWNED])).head)
    assert len(long.message) <= 2000


def test_sides_without_a_render_are_not_judged() -> None:
    assert say({"policies/main.rego": NO_OWNER}, unit(None, None)) == Said()
