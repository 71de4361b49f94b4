"""Laws that hold whatever people do in a playground, in whatever order."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from playground_forge import Scene, scene

from bot.model.forge import ForgeKind
from bot.playground.errors import Refused
from bot.playground.events import Event
from bot.playground.records import Protection
from bot.playground.world import World

ACTS = (
    "push", "force", "push base", "remove", "restore", "close", "reopen", "draft", "ready", "retarget", "green", "red",
    "approve", "merge", "comment",
)  # fmt: skip
HIDDEN = ("synchronize", "closed", "reopened", "opened", "edited", "converted_to_draft", "ready_for_review")


def do(play: Scene, act: str, number: int) -> None:
    world, repository, pull, branch = play.world, play.repository, play.pull, "change"
    match act:
        case "push":
            world.commit(repository, play.ben, branch, {f"{number}.txt": "x\n"}, "Push\n")
        case "force":
            start = repository.bare.branch("main")
            world.commit(repository, play.ben, branch, {f"{number}.txt": "y\n"}, "Force\n", parent=start)
        case "push base":
            world.commit(repository, play.ada, "main", {f"base-{number}.txt": "x\n"}, "Base\n")
        case "remove":
            world.push(repository, play.ben, branch, "")
        case "restore":
            world.push(repository, play.ben, branch, pull.head)
        case "close":
            world.close(pull, play.ben)
        case "reopen":
            world.reopen(pull, play.ben)
        case "draft" | "ready":
            world.set_draft(pull, play.ben, act == "draft")
        case "retarget":
            world.edit_pull(pull, play.ben, base_branch="release" if pull.base_branch == "main" else "main")
        case "green" | "red":
            world.set_status(repository, play.ada, pull.head, "gate", "success" if act == "green" else "failed")
        case "approve" if repository.kind is ForgeKind.GITHUB:
            world.review(pull, play.ada, "APPROVE")
        case "approve":
            world.approve(pull, play.ada)
        case "merge":
            world.merge(pull, play.ada, sha=pull.head)
        case "comment":
            world.comment(pull, play.olga, f"number {number}")


def check(play: Scene, events: list[Event]) -> None:
    bare, pull = play.repository.bare, play.pull
    tip = bare.branch("change")
    assert not pull.is_open or tip == pull.head
    assert bare.ref(play.world.pull_ref(pull)) == pull.head == pull.versions[-1].head
    assert not (pull.is_open and pull.is_merged)
    assert pull.is_open == (pull.closed_at is None) and pull.is_merged == bool(pull.merge_commit)
    if pull.is_merged:
        assert bare.branch(pull.base_branch) and bare.has(pull.merge_commit)
        assert bare.is_ancestor(pull.merge_commit, bare.branch(pull.base_branch))
    ids = [c.id for c in play.world.comments_of(pull)]
    assert ids == sorted(set(ids))
    assert all(event.at.tzinfo is not None for event in events)


@pytest.mark.parametrize("kind", ForgeKind)
@settings(max_examples=12)
@given(acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=9), required=st.booleans())
@example(acts=["merge", "retarget"], required=False)
def test_pull_requests_never_contradict_git(kind: ForgeKind, acts: list[str], required: bool) -> None:
    with tempfile.TemporaryDirectory() as place:
        play = scene(World(Path(place)), kind)
        play.world.commit(play.repository, play.ada, "release", {"release.txt": "x\n"}, "Release\n")
        if required:
            play.world.protect(play.repository, Protection("main", checks=("gate",)))
        events: list[Event] = []
        play.world.listen(events.append)
        merged_with_red = False
        for number, act in enumerate(acts):
            said, head = len(events), play.pull.head
            gate = [s.light for s in play.world.shown(play.repository, head) if s.name == "gate"]
            try:
                do(play, act, number)
            except Refused:
                assert len(events) == said, "what is refused is not told"
            else:
                merged_with_red |= act == "merge" and required and play.pull.base_branch == "main" and gate != ["green"]
            check(play, events)
        assert not merged_with_red
        kept = [event for event in events if event.name == "pull_request"]
        assert all(event.action in HIDDEN for event in kept)
        closed, reopened = (sum(e.action == word for e in kept) for word in ("closed", "reopened"))
        assert closed - reopened == (0 if play.pull.is_open else 1)
