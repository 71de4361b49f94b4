"""Reviews, roles and changed files as GitHub has them, beyond what both forges share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github_server import Playground, playground
from hypothesis import given
from hypothesis import strategies as st

from bot.forge.github_people import approval, role
from bot.model.forge import ForgeKind, Permission, Person, PullRequestName, RepositoryName
from bot.playground import github_api_pulls
from bot.playground.records import PullRequest, User

REPOSITORY = RepositoryName(ForgeKind.GITHUB, "acme/gitops")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path) as made:
        yield made


@pytest.fixture
def pull(ground: Playground) -> PullRequest:
    return opened(ground, {"a.yaml": "a: 1\n"})


def opened(ground: Playground, files: dict[str, str]) -> PullRequest:
    ground.world.commit(ground.repository, ground.admin, "change", files, "Change")
    return ground.world.open_pull(ground.repository, ground.admin, "A change", "change")


@pytest.fixture
def otto(ground: Playground) -> User:
    user = ground.world.add_user("otto")
    ground.repository.members[user.id] = Permission.WRITE
    return user


def approvals(ground: Playground, pull: PullRequest) -> list[tuple[str, str]]:
    forge = ground.github()
    told = forge.approvals(forge.pull_request(PullRequestName(REPOSITORY, pull.number)))
    return [(each.person.login, each.commit) for each in told]


def test_a_remark_takes_no_approval_back(ground: Playground, pull: PullRequest, otto: User) -> None:
    ground.world.review(pull, otto, "APPROVE")
    for n in range(130):  # more than a page
        ground.world.review(pull, otto, "COMMENT", f"By the way {n}")
    assert approvals(ground, pull) == [("otto", pull.head)]


def test_a_request_for_changes_does(ground: Playground, pull: PullRequest, otto: User) -> None:
    ground.world.review(pull, otto, "APPROVE")
    ground.world.review(pull, otto, "REQUEST_CHANGES", "No")
    assert approvals(ground, pull) == []
    ground.world.review(pull, otto, "APPROVE")
    assert approvals(ground, pull) == [("otto", pull.head)]


def test_an_older_approval_does_not_come_back_when_the_latest_is_dismissed(
    ground: Playground, pull: PullRequest, otto: User
) -> None:
    ground.world.review(pull, otto, "APPROVE")
    ground.world.dismiss(ground.world.review(pull, otto, "APPROVE"), ground.admin)
    assert approvals(ground, pull) == []


def test_an_approval_knows_the_head_that_was_seen(ground: Playground, pull: PullRequest, otto: User) -> None:
    seen = pull.head
    ground.world.review(pull, otto, "APPROVE")
    ground.world.commit(ground.repository, ground.admin, "change", {"b.yaml": "b: 1\n"}, "More")
    assert pull.head != seen
    assert approvals(ground, pull) == [("otto", seen)]


def test_an_approval_counts_whose_time_is_not_told() -> None:
    row = {"user": {"id": 7, "login": "otto", "type": "User"}, "state": "APPROVED", "commit_id": "a" * 40}
    assert approval(row).commit == approval({**row, "submitted_at": None}).commit == "a" * 40


@pytest.mark.parametrize("permission", [Permission.TRIAGE, Permission.MAINTAIN])
def test_all_roles_are_told_apart(ground: Playground, permission: Permission) -> None:
    user = ground.world.add_user("otto")
    ground.repository.members[user.id] = permission
    assert ground.github().permission(REPOSITORY, Person(user.id, "otto")) is permission


@pytest.mark.parametrize(
    ("row", "permission"),
    [
        ({"role_name": "release-manager", "permission": "write"}, Permission.WRITE),
        ({"permission": "admin"}, Permission.ADMIN),
        ({"role_name": "none", "permission": "none"}, Permission.NONE),
        ({"role_name": "release-manager"}, Permission.NONE),
        ({}, Permission.NONE),
    ],
)
def test_a_role_that_an_organization_made_is_its_nearest_standard_one(
    row: dict[str, Any], permission: Permission
) -> None:
    assert role(row) is permission


@given(st.dictionaries(st.sampled_from(["role_name", "permission"]), st.text() | st.none() | st.integers()))
def test_words_that_nobody_knows_permit_nothing(row: dict[str, Any]) -> None:
    known = {each.name.lower() for each in Permission}
    assert role(row) is Permission.NONE or {str(word).lower() for word in row.values()} & known


def test_more_files_than_github_lists_are_not_told(ground: Playground) -> None:
    pull = opened(ground, {f"apps/{n}.yaml": "a: 1\n" for n in range(3_001)})
    assert ground.github().changed_files(PullRequestName(REPOSITORY, pull.number)) is None
    assert not any("files" in route for _, route, _ in ground.judge.seen)


def test_a_list_that_is_shorter_than_the_count_is_not_believed(
    ground: Playground, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = opened(ground, {f"apps/{n}.yaml": "a: 1\n" for n in range(5)})
    monkeypatch.setattr(github_api_pulls, "MOST_FILES", 4)
    assert ground.github().changed_files(PullRequestName(REPOSITORY, pull.number)) is None
