"""What GitHub tells of its merge queues: the names of branches, which anybody who may push can make."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from github_server import Playground, keys, playground

from bot.forge.base import Forbidden, NotFound
from bot.model.forge import ForgeKind, Permission, RepositoryName
from bot.model.merge_queue import QueuedCommit, queued_commit

HEAD, BASE = "a" * 40, "b" * 40
NAME = RepositoryName(ForgeKind.GITHUB, "acme/gitops")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path) as made:
        yield made


@pytest.mark.parametrize("base_branch", ["main", "env/prod", "a/pr-7-x", f"x/pr-1-{BASE}", "größe"])
def test_a_branch_of_the_queue_tells_what_its_commit_is_for(base_branch: str) -> None:
    branch = f"gh-readonly-queue/{base_branch}/pr-7-{BASE}"
    assert queued_commit(branch, HEAD) == QueuedCommit(HEAD, branch, base_branch, 7, BASE)


@pytest.mark.parametrize(
    "branch",
    [
        "main",
        f"gh-readonly-queue/pr-7-{BASE}",
        f"gh-readonly-queue//pr-7-{BASE}",
        f"gh-readonly-queue/main/pr-7-{BASE}\n",
        f"gh-readonly-queue/main/pr-7-{BASE}0",
        f"gh-readonly-queue/main/pr-7-{BASE[1:]}",
        f"gh-readonly-queue/main/pr-7-{BASE.upper()}",
        f"gh-readonly-queue/main/pr-07-{BASE}",
        f"gh-readonly-queue/main/pr-{10**9}-{BASE}",
        f"gh-readonly-queue/main/pr-٧-{BASE}",
        f"gh-readonly-queue/main/x-{BASE}",
        f"x/gh-readonly-queue/main/pr-7-{BASE}",
        f"refs/heads/gh-readonly-queue/main/pr-7-{BASE}",
        *(
            f"gh-readonly-queue/{bad}/pr-7-{BASE}"
            for bad in ("a..b", "a:b", "a b", "a^", "a@{1}", ".a", "a.lock", "\0")
        ),
        *(f"gh-readonly-queue/{bad}/pr-7-{BASE}" for bad in ("-x", "a*", "a\\b", "a//b", "/a", "\ud800", "x" * 255)),
    ],
)
def test_any_other_branch_is_none_of_the_queue(branch: str) -> None:
    assert queued_commit(branch, HEAD) is None


@pytest.mark.parametrize("commit", ["", "a" * 39, "a" * 41, "A" * 40, "main"])
def test_a_head_that_is_no_commit_is_none(commit: str) -> None:
    assert queued_commit(f"gh-readonly-queue/main/pr-7-{BASE}", commit) is None


def test_every_page_of_the_branches_is_read_and_nothing_but_the_queue_is_taken(ground: Playground) -> None:
    tip = ground.repository.bare.branch("main")
    names = [f"gh-readonly-queue/main/pr-{number}-{tip}" for number in range(1, 131)]
    others = ["gh-readonly-queue-of-mine", "gh-readonly-queue/main/other", f"my/gh-readonly-queue/main/pr-1-{tip}"]
    lines = "".join(f"create refs/heads/{name} {tip}\n" for name in [*names, *others])
    assert ground.repository.bare.run("update-ref", "--stdin", stdin=lines.encode()).ok
    told = ground.github().queued(NAME)
    assert sorted(each.branch for each in told) == sorted(names)
    asked = [key for key in ground.judge.seen if "matching-refs" in key[1]]
    assert asked == [("GET", "/repos/{owner}/{repo}/git/matching-refs/{ref}", 200)]
    assert ground.judge.seen[asked[0]] == 2


def test_a_repository_without_commits_has_no_queue(ground: Playground) -> None:
    ground.world.create_repository(ForgeKind.GITHUB, "acme/empty", private=True)
    assert ground.github().queued(RepositoryName(ForgeKind.GITHUB, "acme/empty")) == []


def test_an_app_that_may_not_read_code_is_told_so(ground: Playground) -> None:
    owner = ground.world.add_organisation(ForgeKind.GITHUB, "blind", {"root": Permission.ADMIN})
    ground.world.create_repository(ForgeKind.GITHUB, "blind/gitops", private=True)
    app = ground.world.add_app("blind", keys().public, {"metadata": "read", "checks": "write"}, ())
    ground.world.install(app, owner, ground.admin)
    with pytest.raises(Forbidden, match="contents=read"):
        ground.github(app_id=str(app.id)).queued(RepositoryName(ForgeKind.GITHUB, "blind/gitops"))
    with pytest.raises(NotFound):
        ground.github().queued(RepositoryName(ForgeKind.GITHUB, "acme/nowhere"))
