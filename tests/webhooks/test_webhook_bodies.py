"""Real bodies, and what is left of them after somebody changed anything: no crash, and no job that is not well formed."""

from __future__ import annotations

import copy
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import github_hooks
import gitlab_hooks
import octokit
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.model.delivery import Delivery
from bot.model.job import Job, JobKind
from bot.webhooks import github

ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**4000, 1.5, 1e308, "", "x", "\x00", "\ud800", "../..", "a/b", "a/b/c",
    "0" * 40, "f" * 40, "refs/heads/x", "refs/heads/\udfff", "created", "User", "/check", "\u202e",
    [], [[]], {}, {"a": {}}, [None],
]  # fmt: skip
PATH = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+")


def assert_well_formed(delivery: Delivery) -> None:
    assert bool(delivery.jobs) or delivery.note
    for job in delivery.jobs:
        assert PATH.fullmatch(job.repository.path)
        assert ".." not in job.repository.path.split("/")
        assert job.delivery == delivery.id
        assert Job.load(json.loads(json.dumps(job.dump(), ensure_ascii=False).encode())) == job
        if job.kind in (JobKind.CHECK, JobKind.COMMAND):
            assert 0 < job.number < 2**31
        if job.kind is JobKind.COMMAND:
            assert 0 < job.comment < 2**63
        if job.kind in (JobKind.PUSH, JobKind.MERGE_GROUP):
            assert job.branch
        for commit in filter(None, (job.before, job.after)):
            assert re.fullmatch("[0-9a-f]{40}", commit)


def from_github(event: str, payload: Any) -> Delivery:
    body = dump(payload)
    return github.read(github_hooks.headers(event, body), body, [github_hooks.SECRET])


def from_gitlab(payload: Any) -> Delivery:
    return gitlab_hooks.read(gitlab_hooks.with_token(), dump(payload))


def dump(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def test_every_example_of_github_is_understood() -> None:
    kinds: Counter[tuple[str, str]] = Counter()
    for example in octokit.examples():
        delivery = from_github(example.event, example.payload)
        assert_well_formed(delivery)
        kinds.update((delivery.event, job.kind) for job in delivery.jobs)
        kinds[("all", "")] += 1
    assert kinds.pop(("all", "")) >= 726
    assert sorted(kinds) == [
        ("check_run.rerequested", "sweep"),
        ("check_suite.rerequested", "check"),
        ("installation.created", "sweep"),
        ("installation.new_permissions_accepted", "sweep"),
        ("installation_repositories.added", "sweep"),
        ("merge_group.checks_requested", "merge-group"),
        ("pull_request.closed", "check"),
        ("pull_request.converted_to_draft", "check"),
        ("pull_request.opened", "check"),
        ("pull_request.ready_for_review", "check"),
        ("pull_request.reopened", "check"),
        ("pull_request.synchronize", "check"),
        ("pull_request_review.dismissed", "check"),
        ("pull_request_review.submitted", "check"),
        ("push", "push"),
    ]


def test_every_example_of_github_is_harmless_under_the_name_of_another_event() -> None:
    """The name is not signed."""
    examples = list(octokit.examples())
    chance = random.Random(5)
    for event in sorted({example.event for example in examples}):
        for example in chance.sample(examples, 40):
            assert_well_formed(from_github(event, example.payload))


EXPECTED = {
    "branch_create.json": "push",
    "merge_request_subgroup.json": "check",
    "pull_request_close.json": "check",
    "pull_request_create.json": "check",
    "pull_request_merge.json": "check",
    "pull_request_reopen.json": "check",
    "pull_request_review_ready.json": "check",
    "push.json": "push",
    "push_merge.json": "push",
    "push_subgroup.json": "push",
}


@pytest.fixture(scope="module")
def gitlab_bodies(corpora: Path) -> dict[str, dict[str, Any]]:
    directory = corpora / "webhooks" / "gitlab"
    if not directory.is_dir():
        pytest.skip(f"the webhooks of GitLab are not at {directory}")
    return {path.name: json.loads(path.read_bytes()) for path in sorted(directory.glob("*.json"))}


def test_every_body_of_gitlab_is_understood(gitlab_bodies: dict[str, dict[str, Any]]) -> None:
    found = {}
    for name, body in gitlab_bodies.items():
        delivery = from_gitlab(body)
        assert_well_formed(delivery)
        if delivery.jobs:
            found[name] = ",".join(job.kind for job in delivery.jobs)
    assert len(gitlab_bodies) >= 26
    assert found == EXPECTED


def test_a_real_note_with_a_command_is_a_job(gitlab_bodies: dict[str, dict[str, Any]]) -> None:
    body = copy.deepcopy(gitlab_bodies["merge_request_comment_create.json"])
    body["object_attributes"]["note"] = "/gatehouse check"
    (job,) = from_gitlab(body).jobs
    assert (job.kind, str(job.pull_request), job.comment) == (
        JobKind.COMMAND,
        "gitlab:gitlab-org/hello-world!1",
        50772616,
    )


def mutated(payload: Any, chance: random.Random) -> Any:
    """The payload with a few of its values replaced by odd ones, or gone."""
    changed = copy.deepcopy(payload)
    for _ in range(chance.randint(1, 4)):
        place, keys = changed, list[Any]()
        for _ in range(chance.randint(1, 4)):
            if not isinstance(place, dict | list) or not place:
                break
            keys.append(chance.choice(list(place) if isinstance(place, dict) else range(len(place))))
            parent, place = place, place[keys[-1]]
        if keys:
            if chance.random() < 0.2:
                del parent[keys[-1]]
            else:
                parent[keys[-1]] = chance.choice(ODD)
    return changed


def test_bodies_of_github_that_somebody_changed_are_harmless() -> None:
    chance = random.Random(13)
    examples = [("issue_comment", github_hooks.comment("/check"))]
    for example in octokit.examples():
        if from_github(example.event, example.payload).jobs:
            examples.append((example.event, example.payload))
    for _ in range(1_500):
        event, payload = chance.choice(examples)
        assert_well_formed(from_github(event, mutated(payload, chance)))


def test_bodies_of_gitlab_that_somebody_changed_are_harmless(gitlab_bodies: dict[str, dict[str, Any]]) -> None:
    chance = random.Random(8)
    for _ in range(1_500):
        body = mutated(chance.choice(list(gitlab_bodies.values())), chance)
        assert_well_formed(from_gitlab(body))


json_values = st.recursive(
    st.sampled_from(ODD) | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
KEYS = (
    "action repository full_name pull_request number issue comment user type id body sender object_kind project ref after "
    "path_with_namespace object_attributes iid before check_run merge_group pull_requests head_sha base_ref repositories"
)
keys = st.sampled_from(KEYS.split())
shaped = st.recursive(json_values, lambda inner: st.dictionaries(keys, inner), max_leaves=12)


@given(st.sampled_from(["push", "pull_request", "issue_comment", "check_run", "merge_group", "installation"]), shaped)
def test_no_body_is_too_strange(event: str, payload: Any) -> None:
    assert_well_formed(from_github(event, payload))
    assert_well_formed(from_gitlab(payload))
