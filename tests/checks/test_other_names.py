"""A finding under a new name is the old one; a new one beside an old one that goes is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_evidence import Made, evidence

from bot.checks.delta import findings
from bot.checks.images import Images
from bot.checks.judgement import judge
from bot.checks.levels import Levels
from bot.checks.other_names import OtherNames
from bot.checks.secrets import Secrets
from bot.checks.waivers import Waivers
from bot.config.judging import ChecksRule
from bot.model.evidence import Check, Evidence, Move, Said, Statement
from bot.model.result import CheckStatus, FindingState, Severity
from bot.model.unit import ObjectId

RANDOM = "zX8kQ2mN5pR7tV9wY1aB3cD4eF6gH8jK"


def workload(
    name: str = "web", *containers: tuple[str, str], kind: str = "Deployment", namespace: str = "shop", **more: Any
) -> str:
    """Containers as name and image; ``more`` is in each of them."""
    listed = [
        {"name": named, "image": image, **more} for named, image in containers or (("web", "example/web:latest"),)
    ]
    fields = {
        "apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": namespace},
        "spec": {"selector": {"matchLabels": {"app": name}}, "template": {"spec": {"containers": listed}}},
    }  # fmt: skip
    return json.dumps(fields) + "\n"


def states(check: Check, *made: Made) -> list[str]:
    """The states of what a check finds."""
    found = evidence(*made)
    return told(found, check.run(found))


def told(found: Evidence, said: Said) -> list[str]:
    return [str(f.state) for f, _ in findings(said, (), OtherNames(found).pairs)]


@pytest.mark.parametrize(
    "after",
    [
        workload("web", ("main", "example/web:latest")),
        workload("shop-web"),
        workload("shop-web", ("main", "example/web:latest")),
        workload(namespace="shop2"),
        workload(kind="StatefulSet"),
        workload("web", ("sidecar", "example/proxy@sha256:" + "1" * 64), ("main", "example/web:latest")),
    ],
)
def test_another_name_is_no_new_finding(after: str) -> None:
    assert states(Images(), Made(workload(), after)) == ["existing"]


@pytest.mark.parametrize(
    "after",
    [
        workload("web", ("main", "example/other:latest")),  # another image
        workload("other", ("web", "example/other:latest")),
        workload("web", ("main", "example/web")),  # the same, said otherwise: another value
    ],
)
def test_another_value_under_another_name_is_new(after: str) -> None:
    assert states(Images(), Made(workload(), after)) == ["introduced", "fixed"]


def test_one_that_goes_excuses_one_that_comes() -> None:
    after = workload("web", ("one", "example/web:latest"), ("two", "example/web:latest"))
    assert states(Images(), Made(workload(), after)) == ["introduced", "existing"]


def between(old: Made, new: Made, **changed: Any) -> list[str]:
    """What becomes of the findings of a unit that goes, beside one that comes, which is ``changed`` besides its key."""
    units = evidence(old, new).units
    found = replace(evidence(), units=(replace(units[0], key="old"), replace(units[1], key="new", **changed)))
    said = Images().run(found)
    return told(found, said)


def test_a_unit_that_is_called_otherwise_is_known_by_its_path() -> None:
    old, new = Made(workload(), None), Made(None, workload("prod-web"))
    assert between(old, new) == ["existing"]
    assert between(old, new, path="apps/other") == ["introduced", "fixed"]


def test_an_object_that_moves_to_another_unit_takes_its_findings_along() -> None:
    moves = {ObjectId("apps/v1", "Deployment", "shop", "web"): Move("apps/other", declared=False)}
    for moving, state in ((moves, ["existing"]), ({}, ["introduced", "fixed"])):
        assert between(Made(workload(), None, moves=moving), Made(None, workload()), path="apps/other") == state


def test_a_move_to_production_is_new_there() -> None:
    moves = {ObjectId("apps/v1", "Deployment", "shop", "web"): Move("apps/other", declared=False)}
    dev = Made(workload(), None, environment="development", production=False, moves=moves)
    assert between(dev, Made(None, workload())) == ["introduced", "fixed"]


def test_a_change_of_names_alone_stops_nothing() -> None:
    made = evidence(Made(workload(), workload("web", ("main", "example/web:latest"))))
    (judged,) = judge(made, [Images()], Levels(ChecksRule()), Waivers([], today=date(2026, 1, 1)))
    assert judged.result().status is CheckStatus.PASSED


def own(name: str, container: str, said: str, at: tuple[str | int, ...] = (), rule: str = "policy/x") -> Statement:
    """What a policy says of a workload, marked by its words, as one without a place is."""
    return Statement(
        rule, Severity.ERROR, said, "", unit="apps/shop/overlays/production", at=at,
        object=ObjectId("apps/v1", "Deployment", "shop", name), mark=f"{container} {said} {at}",
    )  # fmt: skip


def test_what_a_policy_says_of_a_container_is_about_its_image() -> None:
    """Its words alone may tell the container."""
    base = own("web", "web", "container web is privileged")
    head = own("web", "main", "container main is privileged")
    for image, state in (("example/web:2", ["existing"]), ("example/other:1", ["introduced", "fixed"])):
        before, after = workload("web", ("web", "example/web:1")), workload("web", ("main", image))
        assert told(evidence(Made(before, after)), Said((base,), (head,))) == state
    worse = replace(head, severity=Severity.ERROR, message="container main is privileged and runs as root")
    before, after = workload("web", ("web", "example/web:1")), workload("web", ("main", "example/web:1"))
    assert told(evidence(Made(before, after)), Said((base,), (worse,))) == ["introduced", "fixed"]


def test_another_namespace_is_another_matter_for_boundaries() -> None:
    base = own("web", "", "Team a may not deploy to shop", rule="boundaries/team-namespace")
    head = replace(
        base,
        object=ObjectId("apps/v1", "Deployment", "shop2", "web"),
        message="Team a may not deploy to shop2",
        mark="2",
    )
    assert told(evidence(Made(workload(), workload(namespace="shop2"))), Said((base,), (head,))) == [
        "introduced",
        "fixed",
    ]


def test_who_must_agree_is_asked_anew() -> None:
    base, head = (own("web", name, f"{name} must agree", rule="owners/effect") for name in ("web", "main"))
    made = Made(workload(), workload("web", ("main", "example/web:latest")))
    assert told(evidence(made), Said((base,), (head,))) == ["introduced", "fixed"]


def secret(name: str = "db", namespace: str = "shop", **values: str) -> str:
    metadata = {"name": name, "namespace": namespace}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values}) + "\n"


def test_a_secret_under_another_name_is_the_old_one_with_the_old_value_alone() -> None:
    before = secret(password="hunter2")
    assert states(Secrets(), Made(before, secret(namespace="shop2", password="hunter2"))) == ["existing"]
    assert states(Secrets(), Made(before, secret("database", password="hunter2"))) == ["existing"]
    assert states(Secrets(), Made(before, secret("database", password="hunter3"))) == ["introduced", "fixed"]
    assert states(Secrets(), Made(before, secret("database", password="hunter2", more="x1y2"))) == [
        "introduced",
        "fixed",
    ]


def test_a_password_in_a_container_with_another_name_is_the_old_one() -> None:
    def variables(container: str, *values: str) -> str:
        env = [{"name": f"{'X' * i}DB_PASSWORD", "value": value} for i, value in enumerate(values)]
        return workload("web", (container, "example/web@sha256:" + "1" * 64), env=env)

    before = variables("web", RANDOM)
    assert states(Secrets(), Made(before, variables("main", RANDOM))) == ["existing"]
    assert states(Secrets(), Made(before, variables("main", RANDOM[::-1]))) == ["introduced"]
    assert states(Secrets(), Made(before, variables("main", RANDOM, RANDOM))) == ["introduced", "existing"]


NAMES = st.sampled_from(("web", "main", "api"))
IMAGES = st.sampled_from(("example/web:latest", "example/api:latest", "example/web"))


def numbered(name: str, namespace: str, held: list[tuple[str, str]]) -> str:
    return workload(name, *((f"{named}{i}", image) for i, (named, image) in enumerate(held)), namespace=namespace)


CONTAINERS = st.lists(st.tuples(NAMES, IMAGES), min_size=1, max_size=3)
WORKLOADS = st.builds(numbered, NAMES, st.sampled_from(("shop", "shop2")), CONTAINERS)
SIDES = st.one_of(st.none(), st.lists(WORKLOADS, max_size=3).map("---\n".join))
UNITS = st.lists(st.tuples(SIDES, SIDES, st.sampled_from(("dev", "production", "")), st.sampled_from("ab")), max_size=4)


@settings(max_examples=60, deadline=None)
@given(UNITS)
def test_pairs_are_one_to_one_and_never_across_rules_environments_or_images(units: list[tuple[Any, ...]]) -> None:
    found = evidence(*(Made(base, head, path=path, environment=env) for base, head, env, path in units))
    found = replace(found, units=tuple(replace(unit, key=str(i)) for i, unit in enumerate(found.units)))
    said = Images().run(found)
    pairs = OtherNames(found).pairs(said.base, said.head)
    assert len(set(pairs.values())) == len(pairs) <= min(len(said.base), len(said.head))
    environments = {unit.key: unit.environment for unit in found.units}
    for to, at in pairs.items():
        old, new = said.base[at], said.head[to]
        assert (old.rule, environments[old.unit], old.message) == (new.rule, environments[new.unit], new.message)
        sides = {unit.key: (unit.base, unit.head) for unit in found.units}
        assert old.unit == new.unit or (sides[old.unit][1] is None and sides[new.unit][0] is None)
    before, after = ([f.state for f, _ in findings(said, (), same)] for same in (None, OtherNames(found).pairs))
    for state in (FindingState.INTRODUCED, FindingState.FIXED):  # only pairs of them become one that was there before
        assert before.count(state) - after.count(state) == after.count(FindingState.EXISTING) - before.count(
            FindingState.EXISTING
        )
