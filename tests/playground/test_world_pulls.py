"""Pull requests of the playground: they follow their branches, and every change is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from playground_forge import PATHS, Scene, scene

from bot.model.forge import ForgeKind, Permission
from bot.playground.bare import ZERO
from bot.playground.errors import Conflict, Forbidden, Invalid, Missing, NotAllowed
from bot.playground.events import Event
from bot.playground.records import Protection
from bot.playground.world import World


@pytest.fixture(params=list(ForgeKind))
def play(request: pytest.FixtureRequest, tmp_path: Path) -> Scene:
    return scene(World(tmp_path), request.param)


def told(world: World) -> list[Event]:
    events: list[Event] = []
    world.listen(events.append)
    return events


def names(events: list[Event]) -> list[tuple[str, str]]:
    return [(event.name, event.action) for event in events]


def test_a_push_moves_the_head_and_keeps_every_version(play: Scene) -> None:
    events, first = told(play.world), play.pull.head
    second = play.world.commit(play.repository, play.ben, "change", {"app.yaml": "replicas: 3\n"}, "More\n")
    assert play.pull.head == second
    assert [version.head for version in play.pull.versions] == [first, second]
    assert names(events) == [("push", ""), ("pull_request", "synchronize")]
    assert (events[1].before, events[1].after) == (first, second)
    ref = "refs/pull/1/head" if play.repository.kind is ForgeKind.GITHUB else "refs/merge-requests/1/head"
    assert play.repository.bare.ref(ref) == second


def test_a_forced_push_is_one_too(play: Scene) -> None:
    base = play.repository.bare.branch("main")
    moved = play.world.commit(play.repository, play.ben, "change", {"new.yaml": "a: 1\n"}, "Again\n", parent=base)
    assert play.pull.head == moved
    assert [file.path for file in play.world.changed_files(play.pull)] == ["new.yaml"]


def test_a_history_of_its_own_conflicts_and_opens_nothing(play: Scene) -> None:
    play.world.commit(play.repository, play.ben, "change", {"app.yaml": "replicas: 9\n"}, "Begin anew\n", parent="")
    assert "It conflicts with the base branch." in play.world.blockers(play.pull)
    play.world.commit(play.repository, play.ben, "alone", {"app.yaml": "replicas: 9\n"}, "Begin anew\n", parent="")
    with pytest.raises(Invalid, match="no history in common with main"):
        play.world.open_pull(play.repository, play.ben, "Alone", "alone")


def test_a_push_to_another_branch_leaves_it_alone(play: Scene) -> None:
    before = play.pull.head
    play.world.commit(play.repository, play.ben, "other", {"x": "1"}, "Other\n")
    assert play.pull.head == before and len(play.pull.versions) == 1


def test_from_a_fork(play: Scene) -> None:
    fork = play.world.fork(play.repository, play.olga)
    with pytest.raises(Forbidden):
        play.world.commit(play.repository, play.olga, "mine", {"x": "1"}, "No\n")
    play.world.commit(fork, play.olga, "mine", {"x": "1"}, "Mine\n")
    pull = play.world.open_pull(play.repository, play.olga, "Mine", "mine", head_repository=fork)
    moved = play.world.commit(fork, play.olga, "mine", {"x": "2"}, "Again\n")
    assert pull.head == moved and play.repository.bare.has(moved)
    play.world.delete_repository(fork)
    assert play.world.head_repository(pull) is None
    assert [file.path for file in play.world.changed_files(pull)] == ["x"]


def test_who_removes_the_branch_closes_it_and_it_can_come_back(play: Scene) -> None:
    events, head = told(play.world), play.pull.head
    play.world.push(play.repository, play.ben, "change", "")
    assert not play.pull.is_open
    assert names(events) == [("push", ""), ("pull_request", "closed")] and events[0].after == ZERO
    with pytest.raises(Invalid):
        play.world.reopen(play.pull, play.ben)
    play.world.push(play.repository, play.ben, "change", head)
    play.world.reopen(play.pull, play.ben)
    assert play.pull.is_open and play.pull.head == head


def test_who_pushes_its_commits_into_the_base_merges_it(play: Scene) -> None:
    play.world.push(play.repository, play.ada, "main", play.pull.head)
    assert play.pull.is_merged and not play.pull.is_open


def test_only_one_of_the_same_branches(play: Scene) -> None:
    with pytest.raises(Invalid, match="already exists"):
        play.world.open_pull(play.repository, play.ben, "Again", "change")
    with pytest.raises(Invalid, match="no branch"):
        play.world.open_pull(play.repository, play.ben, "Nowhere", "nothing")
    with pytest.raises(Invalid, match="No commits"):
        play.world.open_pull(play.repository, play.ben, "Nothing", "main")


def test_a_draft_is_not_merged(play: Scene) -> None:
    play.world.set_draft(play.pull, play.ben, True)
    is_gitlab = play.repository.kind is ForgeKind.GITLAB
    assert play.pull.title == ("Draft: Scale" if is_gitlab else "Scale")
    with pytest.raises(NotAllowed, match="draft"):
        play.world.merge(play.pull, play.ada)
    play.world.set_draft(play.pull, play.ben, False)
    assert play.pull.title == "Scale" and not play.world.blockers(play.pull)


def test_retargeting_changes_what_it_is_compared_with(play: Scene) -> None:
    play.world.commit(play.repository, play.ada, "release", {"app.yaml": "replicas: 2\n"}, "Release\n")
    events = told(play.world)
    play.world.edit_pull(play.pull, play.ben, base_branch="release")
    assert events[0].changes == {"base": "main"}
    assert play.pull.versions[-1].base == play.repository.bare.branch("release")


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
def test_a_merge_takes_the_head_that_was_seen(play: Scene, method: str) -> None:
    seen = play.pull.head
    play.world.commit(play.repository, play.ben, "change", {"app.yaml": "replicas: 3\n"}, "More\n")
    with pytest.raises(Conflict):
        play.world.merge(play.pull, play.ada, sha=seen)
    made = play.world.merge(play.pull, play.ada, sha=play.pull.head, method=method)
    bare = play.repository.bare
    assert bare.branch("main") == made == play.pull.merge_commit
    assert bare.file(made, "app.yaml") == b"replicas: 3\n"
    assert len(bare.commit(made).parents) == (2 if method == "merge" else 1)
    assert [file.path for file in play.world.changed_files(play.pull)] == ["app.yaml"]  # also once it is merged


def test_a_conflict_blocks_the_merge(play: Scene) -> None:
    play.world.commit(play.repository, play.ada, "main", {"app.yaml": "replicas: 9\n"}, "Elsewhere\n")
    assert play.world.blockers(play.pull) == ["It conflicts with the base branch."]
    with pytest.raises(NotAllowed):
        play.world.merge(play.pull, play.ada)


def test_a_required_check_must_be_green_on_the_head(play: Scene) -> None:
    success = "success"
    play.world.protect(play.repository, Protection("main", checks=("gatehouse",)))
    for state, sentence in (("", "has not reported"), ("pending", "has not ended"), ("failure", "failure")):
        if state:
            play.world.set_status(play.repository, play.ada, play.pull.head, "gatehouse", state)
        assert len(blockers := play.world.blockers(play.pull)) == 1 and sentence in blockers[0]
    play.world.set_status(play.repository, play.ada, play.pull.head, "gatehouse", success)
    assert not play.world.blockers(play.pull)
    play.world.commit(play.repository, play.ben, "change", {"app.yaml": "replicas: 3\n"}, "More\n")
    with pytest.raises(NotAllowed, match="has not reported"):
        play.world.merge(play.pull, play.ada)


def test_a_protected_branch_takes_no_push_of_a_writer(play: Scene) -> None:
    play.world.protect(play.repository, Protection("main"))
    with pytest.raises(Forbidden, match="protected"):
        play.world.commit(play.repository, play.ben, "main", {"x": "1"}, "No\n")
    play.world.commit(play.repository, play.ada, "main", {"x": "1"}, "Yes\n")


def test_a_stranger_does_not_learn_of_a_private_repository(tmp_path: Path) -> None:
    play = scene(World(tmp_path), ForgeKind.GITHUB, private=True)
    assert play.world.permission(play.repository, play.olga) is Permission.NONE
    with pytest.raises(Missing):
        play.world.comment(play.pull, play.olga, "Hello?")
    with pytest.raises(Missing):
        play.world.fork(play.repository, play.olga)


def test_numbers_and_ids(play: Scene) -> None:
    play.world.commit(play.repository, play.ben, "two", {"x": "1"}, "Two\n")
    second = play.world.open_pull(play.repository, play.ben, "Two", "two")
    assert (play.pull.number, second.number) == (1, 2) and second.id > play.pull.id
    assert play.world.pull(play.repository, 2) is second
    assert play.world.repository(play.repository.kind, PATHS[play.repository.kind].upper()) is play.repository


def test_a_type_change_a_rename_and_a_binary_file_are_told_apart(play: Scene) -> None:
    lines = "".join(f"line {number}\n" for number in range(20))
    play.world.commit(play.repository, play.ada, "main", {"long.txt": lines, "plain": "x\n"}, "Files\n")
    files: dict[str, bytes | str | None] = {"long.txt": None, "moved.txt": lines, "blob": b"\0\1", "old.txt": None}
    base = play.repository.bare.branch("main")
    play.world.commit(play.repository, play.ben, "change", files, "Change\n", parent=base)
    found = {file.path: file for file in play.world.changed_files(play.pull)}
    assert {path: file.status for path, file in found.items()} == {
        "blob": "added", "moved.txt": "renamed", "old.txt": "removed",
    }  # fmt: skip
    assert found["moved.txt"].old_path == "long.txt" and found["blob"].is_binary and not found["blob"].patch
    assert found["old.txt"].patch == "@@ -1 +0,0 @@\n-old"
