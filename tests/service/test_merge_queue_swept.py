"""Commits of a merge queue are found by reading the forge, and get no better word than they should."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.forge import START
from scene import BASE, FILES, Scene

from bot.errors import RetryLater
from bot.forge.base import Forbidden
from bot.model.forge import ForgeKind, State, Status
from bot.model.job import Job, JobKind
from bot.report.status import REQUIRED
from bot.service.dispatch import perform
from bot.webhooks import github

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
BROKEN = {f"{BASE}/kustomization.yaml": "resources: [gone.yaml]\n"}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    made.with_ports(now=lambda: START + timedelta(minutes=30))
    return made


def _queued(scene: Scene, files: dict[str, str], *, after: str = "base", number: int = 1) -> tuple[str, str]:
    """The queue takes a pull request on top of a branch: the branch that it makes for that, and its commit."""
    base = scene.origin.git("rev-parse", after)
    name = f"gh-readonly-queue/base/pr-{number}-{base}"
    commit = scene.change(files, branch=name, start=after)
    scene.forge.set_branch(scene.repository, name, commit)
    return name, commit


def _heard(scene: Scene, branch: str, commit: str) -> Job:
    """The job that the webhook of a commit puts."""
    base = branch.rpartition("-")[2]
    group = {"head_sha": commit, "head_ref": f"refs/heads/{branch}", "base_sha": base, "base_ref": "refs/heads/base"}
    payload = {"action": "checks_requested", "merge_group": group, "repository": {"full_name": scene.repository.path}}
    body = json.dumps(payload).encode()
    headers = {
        "X-GitHub-Event": "merge_group", "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-Hub-Signature-256": f"sha256={hmac.new(b'secret', body, hashlib.sha256).hexdigest()}",
        "Content-Type": "application/json",
    }  # fmt: skip
    (job,) = github.read(headers, body, ["secret"]).jobs
    return job


def _swept(scene: Scene, **what: object) -> list[Job]:
    """The jobs about commits of the queue that a sweep puts; all are taken out."""
    perform(Job(JobKind.SWEEP, scene.repository, **what), scene.ports)  # type: ignore[arg-type]
    jobs = [job for job in scene.queue.jobs if job.kind is JobKind.MERGE_GROUP]
    scene.queue.jobs.clear()
    return jobs


def _state(scene: Scene, commit: str) -> State | None:
    return scene.forge.states(commit).get(REQUIRED)


def test_a_commit_whose_job_was_lost_is_answered_after_one_sweep(scene: Scene) -> None:
    branch, commit = _queued(scene, BLUE)
    heard = _heard(scene, branch, commit)
    scene.queue.put(heard)
    scene.queue.__init__()  # type: ignore[misc] # Redis is lost between the answer and the work
    scene.memory.forget()
    (found,) = _swept(scene, delivery=heard.delivery)
    assert found == heard
    perform(found, scene.ports)
    assert _state(scene, commit) is State.PASSED and len(scene.forge.states(commit)) == 7
    assert _swept(scene) == []


def test_what_waits_or_runs_is_put_once(scene: Scene) -> None:
    branch, commit = _queued(scene, BLUE)
    scene.queue.put(_heard(scene, branch, commit))
    assert len(_swept(scene)) == 1
    scene.forge.publish(scene.repository, commit, Status(REQUIRED, State.PENDING, "checking"))
    scene.with_ports(now=lambda: START + timedelta(minutes=5))
    assert _swept(scene) == []
    scene.with_ports(now=lambda: START + timedelta(minutes=30))
    with scene.locks.hold(_heard(scene, branch, commit).key):
        assert _swept(scene) == []
        perform(_heard(scene, branch, commit), scene.ports)
        assert _state(scene, commit) is State.PENDING, "somebody else is at it"
    assert len(_swept(scene)) == 1


def test_what_stays_pending_in_the_queue_ends_in_red(scene: Scene) -> None:
    _, commit = _queued(scene, BLUE)
    scene.forge.publish(scene.repository, commit, Status(REQUIRED, State.PENDING, "checking"))
    assert [len(_swept(scene)) for _ in range(3)] == [1, 1, 0]
    assert _state(scene, commit) is State.ERROR


def test_a_repository_without_a_queue_costs_one_look(scene: Scene) -> None:
    scene.forge.set_branch(scene.repository, "gh-readonly-queue/base/other", "1" * 40)
    assert _swept(scene) == []
    assert (scene.forge.calls["queued"], scene.forge.calls["published"]) == (1, 0)


def test_an_app_that_may_not_look_sweeps_all_the_rest(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.forge.fail("queued", Forbidden("no"))
    perform(Job(JobKind.SWEEP, scene.repository), scene.ports)
    assert [job.number for job in scene.queue.jobs if job.kind is JobKind.CHECK] == [name.number]


def test_a_forge_without_a_merge_queue_has_nothing_to_find(tmp_path: Path) -> None:
    scene = Scene(tmp_path, kind=ForgeKind.GITLAB)
    _queued(scene, BLUE)
    assert _swept(scene) == []


def test_a_re_run_asks_for_the_commit_of_the_queue_again(scene: Scene) -> None:
    branch, commit = _queued(scene, BLUE)
    _queued(scene, {"docs/a.md": "b\n"}, number=2)
    perform(_heard(scene, branch, commit), scene.ports)
    (job,) = _swept(scene, after=commit, again=True)
    assert (job.after, job.again) == (commit, True)
    before = len(scene.forge.written)
    perform(job, scene.ports)
    assert scene.forge.written[before].status.state is State.PENDING
    assert _state(scene, commit) is State.PASSED
    assert _swept(scene, after="1" * 40, again=True) == []


# -- names that anybody may give a branch


def test_the_head_of_a_pull_request_is_no_commit_of_the_queue(scene: Scene) -> None:
    """Else whoever may push could have the last commit of a bad change judged alone, and merge all of it."""
    name = scene.opened(BROKEN)
    bad, head = scene.pull(name).head, scene.pushed(name, {"docs/a.md": "b\n"})
    forged = f"gh-readonly-queue/base/pr-{name.number}-{bad}"
    scene.origin.git("update-ref", f"refs/heads/{forged}", head)
    scene.forge.set_branch(scene.repository, forged, head)
    assert _swept(scene) == [] and _swept(scene, after=head, again=True) == []
    scene.check(name)
    assert scene.state(name) is State.FAILED
    scene.forge.publish(scene.repository, bad, Status(REQUIRED, State.PASSED, "for the argument"))
    written = len(scene.forge.written)
    perform(replace(_heard(scene, forged, head), again=True), scene.ports)
    assert {each.status.state for each in scene.forge.written[written:]} == {State.PENDING}
    scene.check(name)
    assert scene.state(name) is State.FAILED


def test_a_commit_that_becomes_a_head_while_it_is_judged_gets_no_answer_of_the_queue(scene: Scene) -> None:
    branch, commit = _queued(scene, BLUE)
    opened = scene.ports.mirrors.opened

    class Mirrors:
        @staticmethod
        def opened(*args: object, **named: object) -> object:
            scene.forge.open_pull_request(scene.repository, author=scene.dev, head=commit, base_branch="base")
            return opened(*args, **named)  # type: ignore[arg-type]

    scene.with_ports(mirrors=Mirrors)
    perform(_heard(scene, branch, commit), scene.ports)
    assert _state(scene, commit) is State.PENDING, "its own check goes on from there"


def test_a_commit_of_which_two_branches_tell_different_things_is_left_alone(scene: Scene) -> None:
    _, commit = _queued(scene, BLUE)
    scene.forge.set_branch(scene.repository, f"gh-readonly-queue/base/pr-2-{commit}", commit)
    assert _swept(scene) == []


def test_a_commit_that_its_base_holds_is_not_called_checked(scene: Scene) -> None:
    commit = scene.change(BROKEN)
    forged = f"gh-readonly-queue/base/pr-1-{commit}"
    perform(_heard(scene, forged, commit), scene.ports)
    assert _state(scene, commit) is State.ERROR


# -- what a commit is built on


@pytest.mark.parametrize("before", [State.PASSED, State.FAILED, State.ERROR, State.PENDING, None])
def test_a_commit_is_no_greener_than_the_one_before_it(scene: Scene, before: State | None) -> None:
    """Where a queue lets a group in by its last commit alone, that one brings the others along."""
    first, commit = _queued(scene, BLUE)
    if before is not None:
        scene.forge.publish(scene.repository, commit, Status(REQUIRED, before, "said"))
    branch, second = _queued(scene, {"docs/a.md": "b\n"}, after=first, number=2)
    job = _heard(scene, branch, second)
    if before in (None, State.PENDING):
        with pytest.raises(RetryLater, match="has no answer"):
            perform(job, scene.ports)
        assert _state(scene, second) is State.PENDING
        scene.memory.counts[f"waits {job.key}"] = 12
        perform(job, scene.ports)
        assert _state(scene, second) is State.ERROR, "nobody answers there: GitHub may have thrown it away"
    else:
        perform(job, scene.ports)
        assert _state(scene, second) is (State.PASSED if before is State.PASSED else State.ERROR)


def test_what_has_landed_is_not_asked_about(scene: Scene) -> None:
    first, commit = _queued(scene, BLUE)
    scene.forge.publish(scene.repository, commit, Status(REQUIRED, State.FAILED, "merged all the same"))
    branch, second = _queued(scene, {"docs/a.md": "b\n"}, after=first, number=2)
    scene.origin.git("update-ref", "refs/heads/base", commit)
    perform(_heard(scene, branch, second), scene.ports)
    assert _state(scene, second) is State.PASSED
