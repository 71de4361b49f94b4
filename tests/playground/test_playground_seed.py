"""The sample in the playground: the same on both halves, and whole in an installation."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot.model.forge import ForgeKind, Permission
from bot.playground.seed import PATHS, open_pull_requests, sample, seed
from bot.playground.world import World

ROOT = Path(__file__).parents[2]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_both_halves_hold_the_sample_and_its_three_pull_requests(world: World) -> None:
    repositories = seed(world)
    assert {kind: row.path for kind, row in repositories.items()} == PATHS
    tips = {row.bare.branch("main") for row in repositories.values()}
    assert len(tips) == 1 and tips != {""}
    for repository in repositories.values():
        fine, dangerous, broken = open_pull_requests(world, repository)
        assert [file.path for file in world.changed_files(fine)] == ["apps/shop/overlays/staging/kustomization.yaml"]
        assert [user.login for user in world.approvers(fine)] == ["chloe"] != [world.users[fine.author_id].login]
        assert "environments/prod/apps/status-page/deployment.yaml" in [f.path for f in world.changed_files(dangerous)]
        assert "more-memory.yaml" in world.changed_files(broken)[0].patch
        assert repository.bare.file(broken.head, "apps/shop/overlays/prod/more-memory.yaml") is None
        for pull in (fine, dangerous, broken):
            assert world.blockers(pull) == ["The required check gatehouse has not reported."]


def test_everybody_of_codeowners_is_there_and_may_write(world: World) -> None:
    text = (sample() / "gitops" / "CODEOWNERS").read_text()
    named = {word.removeprefix("@acme/") for word in text.split() if word.startswith("@acme/")}
    repositories = seed(world)
    teams = world.organisation(ForgeKind.GITHUB, "acme").teams
    assert set(teams) == named and all(team.members for team in teams.values())
    for slug in named:
        group = world.organisation(ForgeKind.GITLAB, f"acme/{slug}")
        assert set(group.members) == teams[slug].members
        for user_id in group.members:
            for repository in repositories.values():
                assert world.permission(repository, world.users[user_id]) >= Permission.WRITE
    for repository in repositories.values():
        assert world.permission(repository, world.user("olga")) is Permission.READ


def test_an_installation_has_every_file_of_the_sample() -> None:
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["data-files"]
    installed = {
        f"{target.removeprefix('share/gitops-gatehouse/')}/{path.name}"
        for target, patterns in data.items()
        for pattern in patterns
        for path in ROOT.glob(pattern)
    }
    wanted = {path.relative_to(ROOT).as_posix() for path in (ROOT / "examples" / "gitops").rglob("*") if path.is_file()}
    assert wanted | {"examples/make-demo", "examples/change.patch"} <= installed
