"""Somebody's own repository in the playground: its branches as pull requests, and the people of its CODEOWNERS."""

from __future__ import annotations

from pathlib import Path

import pytest
from playground_forge import git

from bot.errors import UserError
from bot.model.forge import ForgeKind, Permission
from bot.playground.own_repository import MOST_PULLS, look, open_branches, seed_own, told
from bot.playground.world import World

OWNERS = "* @fiona\n/prod/ @team-of-mine/on.call @gatehouse mail@example.com\n/x/ @team-of-mine/shop @other/shop\n"


def commit(place: Path, file: str, subject: str) -> None:
    (place / file).write_text(subject)
    git(place, "add", "-A")
    git(place, "commit", "--quiet", "-m", subject)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """``main`` and three branches: one commit, two commits, and no history in common; ``merged`` has nothing new."""
    place = tmp_path / "My gitops.git"
    place.mkdir()
    git(place, "init", "--quiet", "--initial-branch=main")
    (place / "CODEOWNERS").write_text(OWNERS)
    commit(place, "app.yaml", "Begin")
    git(place, "branch", "merged")
    git(place, "checkout", "--quiet", "-b", "one/change")
    commit(place, "app.yaml", "Scale <b>twice</b>")
    git(place, "checkout", "--quiet", "-b", "two")
    commit(place, "other.yaml", "And another")
    git(place, "checkout", "--quiet", "--orphan", "alone")
    commit(place, "app.yaml", "Begin anew")
    git(place, "checkout", "--quiet", "main")
    return place


def test_branches_are_open_pull_requests_on_both_halves(clone: Path, tmp_path: Path) -> None:
    own, world = look(clone), World(tmp_path / "world")
    assert (own.base, own.name, own.organisation) == ("main", "My-gitops", "team-of-mine")
    for kind, repository in seed_own(world, own).items():
        assert (repository.kind, repository.path) == (kind, "team-of-mine/My-gitops")
        pulls = open_branches(world, repository, own)
        assert {pull.head_branch: pull.title for pull in pulls} == {"one/change": "Scale <b>twice</b>", "two": "two"}
        assert world.blockers(pulls[0]) == ["The required check gatehouse has not reported."]
        assert told(own, len(pulls)) == f"{clone}, into main: 2 of 3 branches are open as pull requests."
    assert git(clone, "status", "--porcelain").stdout == ""


def test_everybody_whom_codeowners_names_has_an_account(clone: Path, tmp_path: Path) -> None:
    own, world = look(clone), World(tmp_path / "world")
    repositories = seed_own(world, own)
    people = {user.login for user in world.users.values()}
    assert people == {"ada", "ben", "olga", "fiona", "on.call-member", "shop-member"}
    for repository in repositories.values():
        roles = {login: world.permission(repository, world.user(login)) for login in people}
        assert roles.pop("ada") is Permission.ADMIN and roles.pop("olga") is Permission.READ
        assert set(roles.values()) == {Permission.WRITE}
    teams = world.organisation(ForgeKind.GITHUB, "team-of-mine").teams
    assert {slug: len(team.members) for slug, team in teams.items()} == {"on.call": 1, "shop": 1}
    assert world.organisation(ForgeKind.GITLAB, "other/shop").members


def test_the_base_is_named_or_found(clone: Path) -> None:
    assert look(clone, "two").branches == ("alone",)
    git(clone, "branch", "--quiet", "-m", "main", "trunk")
    assert look(clone).base == "trunk"  # it is checked out
    git(clone, "checkout", "--quiet", "--detach")
    with pytest.raises(UserError, match="no branch main or master"):
        look(clone)
    with pytest.raises(UserError, match="has no branch nowhere"):
        look(clone, "nowhere")


def test_of_many_branches_those_that_changed_last_are_taken(clone: Path) -> None:
    for number in range(MOST_PULLS + 2):
        git(clone, "branch", f"more-{number}", "two")
    own = look(clone)
    assert len(own.branches) == MOST_PULLS and own.left_out == 5
    assert told(own, 10).endswith(
        "10 of 15 branches are open as pull requests; the page of the repository opens the others."
    )


def test_a_repository_without_branches_says_what_to_do(clone: Path) -> None:
    for branch in ("one/change", "two", "alone"):
        git(clone, "branch", "--quiet", "-D", branch)
    assert "propose a change" in told(look(clone), 0)


def test_what_is_no_repository_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no directory"):
        look(tmp_path / "nowhere")
    with pytest.raises(UserError, match="no git repository"):
        look(tmp_path)


def test_a_shallow_clone_is_told(clone: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=two", clone.as_uri(), "shallow")
    with pytest.raises(UserError, match="git fetch --unshallow"):
        look(tmp_path / "shallow")


def test_a_repository_without_a_commit_is_told(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    with pytest.raises(UserError, match="has no branch yet: commit something"):
        look(tmp_path)
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "other")
    with pytest.raises(UserError, match="SHA-256"):
        look(tmp_path / "other")


def test_a_clone_that_lacks_objects_is_told(clone: Path, tmp_path: Path) -> None:
    tree = git(clone, "rev-parse", "main^{tree}").stdout.strip()
    (clone / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(UserError, match=r"cannot be taken over; clone it anew, whole .*git fetch failed"):
        seed_own(World(tmp_path / "world"), look(clone))
