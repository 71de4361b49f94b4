"""A commit of the merge queue is answered by statuses on that commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from scene import BASE, FILES, Scene

from bot.errors import RetryLater
from bot.model.forge import State, Status
from bot.model.job import Job, JobKind
from bot.service.dispatch import gave_up, perform

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
OWNED = {**FILES, "CODEOWNERS": "* @acme/devs\n/apps/shop/overlays/prod/ @acme/sre\n"}


def _job(scene: Scene, head: str, number: int = 1) -> Job:
    branch = f"gh-readonly-queue/base/pr-{number}-{'0' * 40}"
    scene.origin.git("update-ref", f"refs/heads/{branch}", head)
    return Job(
        JobKind.MERGE_GROUP, scene.repository, branch=branch, before=scene.origin.git("rev-parse", "base"), after=head
    )


def _merged(scene: Scene) -> str:
    """The commit that the queue makes of the branch of a pull request."""
    scene.origin.git("checkout", "-q", "-B", "queue", "base")
    scene.origin.git("merge", "-q", "--no-ff", "-m", "merge", "change")
    return scene.origin.git("rev-parse", "queue")


def test_the_commit_of_the_queue_gets_every_status(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    head = scene.change(BLUE)
    perform(_job(scene, head), scene.ports)
    assert scene.forge.states(head)["gatehouse"] is State.PASSED
    assert len(scene.forge.states(head)) == 7
    written = len(scene.forge.written)
    perform(_job(scene, head), scene.ports)
    assert len(scene.forge.written) == written


def test_a_change_that_breaks_is_stopped_in_the_queue_too(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    head = scene.change({f"{BASE}/kustomization.yaml": "resources: [gone.yaml]\n"})
    perform(_job(scene, head), scene.ports)
    assert scene.forge.states(head)["gatehouse"] is State.FAILED


@pytest.mark.parametrize("approved", [False, True])
def test_the_approvals_of_the_pull_request_count_in_the_queue(tmp_path: Path, approved: bool) -> None:
    scene = Scene(tmp_path, files=OWNED)
    sre = scene.writer("sam")
    scene.forge.set_members("@acme/sre", sre)
    name = scene.opened(BLUE)
    if approved:
        scene.forge.review(name, sre)
    head = _merged(scene)
    perform(_job(scene, head, name.number), scene.ports)
    assert scene.forge.states(head)["gatehouse"] is (State.PASSED if approved else State.FAILED)


@pytest.mark.parametrize("counted", ["head", "any"])
def test_the_queue_counts_approvals_of_older_heads_as_the_pull_request_does(tmp_path: Path, counted: str) -> None:
    config = {".gatehouse.yaml": f"pull_requests: {{approvals: {counted}}}\n"}
    scene = Scene(tmp_path, files={**OWNED, **config})
    sre = scene.writer("sam")
    scene.forge.set_members("@acme/sre", sre)
    name = scene.opened(BLUE)
    scene.forge.review(name, sre)
    scene.pushed(name, {"docs/a.md": "more\n"})
    scene.check(name)
    head = _merged(scene)
    perform(_job(scene, head, name.number), scene.ports)
    assert scene.forge.states(head)["gatehouse"] is scene.state(name)
    assert scene.state(name) is (State.PASSED if counted == "any" else State.FAILED)


def test_a_queue_whose_branch_has_another_name_is_told_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    perform(Job(JobKind.MERGE_GROUP, scene.repository, branch="queue/main", after="2" * 40), scene.ports)
    (required,) = scene.forge.published(scene.repository, "2" * 40)
    assert (required.state, required.title) == (State.ERROR, "not checked: its branch is none of a merge queue.")


def test_a_queue_commit_that_is_gone_waits_and_then_ends_in_red(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    branch = f"gh-readonly-queue/base/pr-1-{'1' * 40}"
    job = Job(JobKind.MERGE_GROUP, scene.repository, branch=branch, before="1" * 40, after="2" * 40)
    with pytest.raises(RetryLater):
        perform(job, scene.ports)
    scene.forge.publish(scene.repository, "2" * 40, Status("gatehouse/policy", State.PENDING, "a part of it"))
    gave_up(job, scene.ports, "tried 3 times.")
    assert scene.forge.states("2" * 40) == {"gatehouse": State.ERROR, "gatehouse/policy": State.ERROR}


@pytest.mark.parametrize("first", ["queue", "pull request", "at once"])
def test_a_pull_request_of_the_queues_commit_is_no_word_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str
) -> None:
    """Into a branch where the same change is a small one. The queue's commit is to be judged for the queue's branch."""
    scene = Scene(tmp_path)
    scene.change({f"{BASE}/kustomization.yaml": "resources: [gone.yaml]\n"})
    head = _merged(scene)
    scene.origin.git("branch", "other", "change")
    job = _job(scene, head)
    name = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="queue", base_branch="other"
    )
    if first == "pull request":
        scene.check(name)
        assert scene.state(name) is State.PASSED
    elif first == "at once":
        access = scene.forge.access

        def interrupted(*args: Any) -> Any:
            monkeypatch.undo()
            scene.check(name)
            assert scene.state(name) is State.PENDING
            return access(*args)

        monkeypatch.setattr(scene.forge, "access", interrupted)
    perform(job, scene.ports)
    assert scene.state(name) is State.FAILED
    assert [waiting.number for waiting in scene.queue.jobs] == [name.number]
    for _ in range(2):
        scene.check(name)
        assert scene.state(name) is State.FAILED
    written = len(scene.forge.written)
    perform(job, scene.ports)
    assert len(scene.forge.written) == written
