"""The merge queue of the playground's GitHub half."""

from __future__ import annotations

from pathlib import Path

import pytest
from playground_forge import Scene, scene

from bot.model.forge import ForgeKind
from bot.playground.errors import Conflict, Missing, NotAllowed
from bot.playground.events import Event
from bot.playground.records import Protection
from bot.playground.world import World


@pytest.fixture
def play(tmp_path: Path) -> Scene:
    found = scene(World(tmp_path), ForgeKind.GITHUB)
    found.world.protect(found.repository, Protection("main", checks=("gate",)))
    found.world.set_status(found.repository, found.ada, found.pull.head, "gate", "success")
    return found


def test_it_lands_when_the_checks_of_the_trial_are_green(play: Scene) -> None:
    world, repository, pull = play.world, play.repository, play.pull
    events: list[Event] = []
    world.listen(events.append)
    world.commit(repository, play.ada, "main", {"other": "x\n"}, "Other\n")
    group = world.enqueue(pull, play.ada)
    asked = events[-1]
    assert (asked.name, asked.action, asked.after, asked.ref) == (
        "merge_group",
        "checks_requested",
        group.commit,
        group.ref,
    )
    assert repository.bare.ref(group.ref) == group.commit and asked.before == repository.bare.branch("main")
    world.set_status(repository, play.ada, group.commit, "gate", "success")
    assert world.finish(group.commit, play.ada)
    assert pull.is_merged and repository.bare.branch("main") == group.commit and not repository.bare.ref(group.ref)
    assert {repository.bare.file(group.commit, path) for path in ("app.yaml", "other")} == {b"replicas: 2\n", b"x\n"}


@pytest.mark.parametrize("state", ["", "pending", "failure"])
def test_it_does_not_land_otherwise(play: Scene, state: str) -> None:
    group, before = play.world.enqueue(play.pull, play.ada), play.repository.bare.branch("main")
    if state:
        play.world.set_status(play.repository, play.ada, group.commit, "gate", state)
    assert not play.world.finish(group.commit, play.ada)
    assert play.pull.is_open and play.repository.bare.branch("main") == before
    with pytest.raises(Missing):
        play.world.finish(group.commit, play.ada)


def test_a_base_that_moved_and_a_head_that_moved(play: Scene) -> None:
    world, repository = play.world, play.repository
    group = world.enqueue(play.pull, play.ada)
    world.set_status(repository, play.ada, group.commit, "gate", "success")
    world.commit(repository, play.ada, "main", {"other": "x\n"}, "Other\n")
    with pytest.raises(Conflict):
        world.finish(group.commit, play.ada)
    again = world.enqueue(play.pull, play.ada)
    world.set_status(repository, play.ada, again.commit, "gate", "success")
    world.commit(repository, play.ben, "change", {"app.yaml": "replicas: 9\n"}, "More\n")
    assert not world.finish(again.commit, play.ada) and play.pull.is_open
    with pytest.raises(NotAllowed, match="has not reported"):
        world.enqueue(play.pull, play.ada)
