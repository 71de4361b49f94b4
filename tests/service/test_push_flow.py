"""A push to the base branch: the pull requests that it has to do with are checked again, and no others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scene import FILES, Scene

from bot.model.forge import PullRequestName
from bot.model.job import Job, JobKind
from bot.service.dispatch import perform

SHOP, PAY = "apps/shop/overlays/dev/kustomization.yaml", "apps/pay/overlays/dev/kustomization.yaml"
TWO = {
    **FILES,
    PAY: "resources: [config.yaml]\n",
    "apps/pay/overlays/dev/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: pay\n",
    "policies/a.rego": "package main\n",
}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, files=TWO)


@pytest.fixture
def both(scene: Scene) -> tuple[PullRequestName, PullRequestName]:
    """A change of the shop and one of the payments, both with a verdict."""
    shop = scene.opened({SHOP: "resources: [../../base]\nnamespace: dev2\n"}, branch="shop")
    pay = scene.opened({PAY: "resources: [config.yaml]\nnamespace: pay2\n"}, branch="pay")
    scene.check(shop)
    scene.check(pay)
    return shop, pay


def _pushed(scene: Scene) -> set[int]:
    """The numbers of the pull requests that a push has checked again."""
    perform(Job(JobKind.PUSH, scene.repository, branch="base"), scene.ports)
    assert all(job.kind is JobKind.CHECK for job in scene.queue.jobs)
    return {job.number for job in scene.queue.jobs}


@pytest.mark.parametrize(
    ("files", "who"),
    [
        ({"docs/a.md": "other\n"}, ""),
        ({"apps/shop/base/config.yaml": FILES["apps/shop/base/config.yaml"] + "  size: xl\n"}, "shop"),
        ({"apps/pay/overlays/dev/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: p\n"}, "pay"),
        ({"apps/shop/overlays/prod/kustomization.yaml": "resources: [../../base]\nnamespace: p2\n"}, ""),
        ({".gatehouse.yaml": "version: 1\n"}, "shop pay"),
        ({".gatehouse.yaml": "version: nonsense\n"}, "shop pay"),
        ({"CODEOWNERS": "* @a\n"}, "shop pay"),
        ({".github/CODEOWNERS": "* @a\n"}, "shop pay"),
        ({"policies/b.rego": "package main\n"}, "shop pay"),
    ],
)
def test_only_those_are_checked_again_that_the_push_has_to_do_with(
    scene: Scene, both: tuple[PullRequestName, PullRequestName], files: dict[str, str], who: str
) -> None:
    numbers = dict(zip(("shop", "pay"), (name.number for name in both), strict=True))
    scene.merged(files)
    assert _pushed(scene) == {numbers[word] for word in who.split()}


def test_pushes_that_nobody_heard_of_count_with_the_next_one(
    scene: Scene, both: tuple[PullRequestName, PullRequestName]
) -> None:
    scene.merged({PAY: "resources: [config.yaml]\nnamespace: pay3\n"})
    scene.merged({"docs/a.md": "other\n"})
    assert _pushed(scene) == {both[1].number}


def test_without_a_memory_everything_is_checked_again(
    scene: Scene, both: tuple[PullRequestName, PullRequestName]
) -> None:
    scene.memory.forget()
    scene.merged({"docs/a.md": "other\n"})
    assert _pushed(scene) == {name.number for name in both}


def test_other_branches_and_closed_pull_requests_are_left_alone(
    scene: Scene, both: tuple[PullRequestName, PullRequestName]
) -> None:
    scene.forge.change(both[0], is_open=False)
    scene.forge.change(both[1], base_branch="release")
    scene.merged({".gatehouse.yaml": "version: 1\n"})
    assert _pushed(scene) == set()


def test_what_is_already_merged_in_part_is_looked_at_again(
    scene: Scene, both: tuple[PullRequestName, PullRequestName]
) -> None:
    scene.origin.git("merge", "-q", "--no-ff", "-m", "merge", "pay")
    scene.pushed(both[1], {"docs/b.md": "b\n"})
    scene.check(both[1])
    scene.origin.git("merge", "-q", "--no-ff", "-m", "merge", "pay")
    assert _pushed(scene) == {both[1].number}


def test_a_base_that_was_pushed_away_by_force_holds_up_nobody(
    scene: Scene, both: tuple[PullRequestName, PullRequestName]
) -> None:
    for name in both:
        known = scene.memory.last[name]
        scene.memory.last[name] = replace(known, base="d" * 40)
    scene.merged({"docs/a.md": "other\n"})
    assert _pushed(scene) == {name.number for name in both}


def test_a_run_that_may_have_read_a_tip_in_between_is_followed_by_another(
    scene: Scene, both: tuple[PullRequestName, PullRequestName]
) -> None:
    """The base branch goes on and back again: what was published last and the tip are equal, and the run saw neither."""
    scene.merged({".gatehouse.yaml": "version: nonsense\n"})
    with scene.locks.hold(str(both[0])):  # a run has read this tip
        scene.merged({".gatehouse.yaml": None})
        assert _pushed(scene) == {both[0].number}
    scene.queue.jobs.clear()
    assert _pushed(scene) == set()


def test_who_was_closed_while_the_branch_moved_is_looked_at_when_it_is_back(
    scene: Scene, both: tuple[PullRequestName, PullRequestName]
) -> None:
    scene.forge.change(both[0], is_open=False)
    scene.merged({SHOP: "resources: [../../base]\nnamespace: dev3\n"})
    assert _pushed(scene) == set()
    scene.forge.change(both[0], is_open=True)
    assert _pushed(scene) == {both[0].number}
    scene.queue.jobs.clear()
    assert _pushed(scene) == set()
