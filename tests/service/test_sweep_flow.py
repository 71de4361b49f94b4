"""What was lost is found again by reading the forge alone."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.forge import APPROVE, DISMISS, START
from scene import BASE, FILES, Scene

from bot.model.forge import PullRequestName, Reaction, State, Status
from bot.model.job import Job, JobKind
from bot.report.status import REQUIRED
from bot.service.dispatch import perform

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path)
    made.with_ports(now=lambda: START + timedelta(minutes=30))
    return made


def _swept(scene: Scene, **what: object) -> list[Job]:
    """The jobs about pull requests that a sweep has put, and takes them out."""
    return [job for job in _all_swept(scene, **what) if job.kind is not JobKind.PUSH]


def _all_swept(scene: Scene, **what: object) -> list[Job]:
    perform(Job(JobKind.SWEEP, scene.repository, **what), scene.ports)  # type: ignore[arg-type]
    jobs = list(scene.queue.jobs)
    scene.queue.jobs.clear()
    return jobs


def _check(name: PullRequestName) -> Job:
    return Job(JobKind.CHECK, name.repository, name.number)


def test_a_head_without_our_final_status_is_checked(scene: Scene) -> None:
    name = scene.opened(BLUE)
    assert _swept(scene) == [_check(name)]
    scene.check(name)
    assert _swept(scene) == []
    scene.memory.forget()
    assert _swept(scene) == [_check(name)]  # the forge knows the status, and nobody for which base it is
    scene.pushed(name, {"docs/a.md": "more\n"})
    assert _swept(scene) == [_check(name)]


def test_what_is_pending_and_runs_is_left_alone(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.forge.publish(scene.repository, scene.pull(name).head, Status(REQUIRED, State.PENDING, "checking"))
    scene.with_ports(now=lambda: START + timedelta(minutes=5))
    assert _swept(scene) == []
    scene.with_ports(now=lambda: START + timedelta(minutes=30))
    with scene.locks.hold(str(name)):
        assert _swept(scene) == []


def test_what_stays_pending_is_tried_again_and_then_ends_in_red(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.forge.publish(scene.repository, scene.pull(name).head, Status(REQUIRED, State.PENDING, "checking"))
    assert _swept(scene) == [_check(name)]
    assert _swept(scene) == [_check(name)]
    assert _swept(scene) == []
    assert scene.state(name) is State.ERROR
    assert "begun 3 times and never ended" in scene.comment(name) and "`/gatehouse check`" in scene.comment(name)


def test_a_status_of_the_commit_alone_that_is_asked_for_again(scene: Scene) -> None:
    name, other = scene.opened(BLUE), scene.opened({"docs/a.md": "b\n"}, branch="other")
    scene.check(name)
    scene.check(other)
    (job,) = _swept(scene, after=scene.pull(name).head, again=True)
    assert (job.number, job.again) == (name.number, True)


def test_commands_without_an_answer_are_put_again(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    asked = scene.forge.say(name, scene.dev, "/gatehouse check")
    scene.forge.say(name, scene.dev, "thanks, `/check` it is")
    scene.forge.say(name, scene.forge.add_person("robot", is_bot=True), "/gatehouse check")
    edited = scene.forge.say(name, scene.dev, "hello")
    scene.forge.edit(name, edited, "/gatehouse check")
    (job,) = _swept(scene)
    assert (job.kind, job.comment) == (JobKind.COMMAND, asked)
    scene.forge.react(name, asked, Reaction.SEEN)
    scene.memory.forget()
    scene.queue.__init__()  # type: ignore[misc]
    assert asked in [job.comment for job in _swept(scene)]  # begun, and never ended
    scene.check(name)
    scene.forge.react(name, asked, Reaction.DONE)
    scene.queue.__init__()  # type: ignore[misc]
    assert _swept(scene) == []
    later = scene.forge.say(name, scene.dev, "/gatehouse status")
    scene.with_ports(now=lambda: START + timedelta(days=2))
    assert _swept(scene) == [], later  # too old: nobody waits for it


def test_what_was_in_order_is_not_asked_for_again_until_it_changes(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    scene.forge.tells_updates = True
    assert _swept(scene) == []
    before = scene.forge.calls["published"]
    assert _swept(scene) == [] and scene.forge.calls["published"] == before
    scene.forge.say(name, scene.dev, "/gatehouse help")
    assert [job.kind for job in _swept(scene)] == [JobKind.COMMAND]


def test_a_verdict_for_another_base_branch_is_none(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    assert _swept(scene) == []
    scene.origin.git("branch", "release")
    scene.forge.change(name, base_branch="release")
    assert _swept(scene) == [_check(name)]
    scene.check(name)
    assert _swept(scene) == []
    scene.memory.forget()
    assert _swept(scene) == [_check(name)], "nobody knows what the status is about"


def test_a_push_that_nobody_heard_of_is_followed_once(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    (job,) = _all_swept(scene)
    assert job == Job(JobKind.PUSH, scene.repository, branch="base")
    perform(job, scene.ports)
    assert scene.queue.jobs == []
    scene.merged({".gatehouse.yaml": "checks: {run: [schema]}\n"})
    perform(job, scene.ports)
    assert scene.queue.jobs == [_check(name)]
    scene.queue.jobs.clear()
    perform(job, scene.ports)
    assert scene.queue.jobs == [], "it was followed"
    perform(dataclasses.replace(job, after=scene.origin.git("rev-parse", "base")), scene.ports)
    assert scene.queue.jobs == [_check(name)], "the forge tells of it, and no check has been since"


def test_a_waiver_that_ended_is_noticed(scene: Scene) -> None:
    ends = {"first": "2031-03-04", "last": "2031-03-09"}
    waivers = "".join(
        f'  - {{rule: risk/replicas, owner: "@a", reason: {why}, expires: "{day}"}}\n' for why, day in ends.items()
    )
    scene.merged({".gatehouse.yaml": f"waivers:\n{waivers}"})
    name = scene.opened(BLUE)
    scene.forge.tells_updates = True
    scene.check(name)
    for day, jobs in ((4, []), (5, [_check(name)]), (6, []), (9, []), (10, [_check(name)]), (11, [])):
        scene.with_ports(now=lambda day=day: datetime(2031, 3, day, 12, tzinfo=UTC))
        assert _swept(scene) == jobs, day
        if jobs:
            scene.check(name)


def test_approvals_that_came_or_went_without_a_word_are_noticed(tmp_path: Path) -> None:
    scene = Scene(tmp_path, files={**FILES, "CODEOWNERS": "/apps/shop/overlays/prod/ @sam\n"})
    sam = scene.writer("sam")
    name = scene.opened(BLUE)
    scene.check(name)
    assert (scene.state(name), _swept(scene)) == (State.FAILED, [])
    for verdict, state in ((APPROVE, State.PASSED), (DISMISS, State.FAILED)):
        scene.forge.review(name, sam, verdict)
        assert _swept(scene) == [_check(name)]
        scene.check(name)
        assert (scene.state(name), _swept(scene)) == (state, [])


def test_a_check_that_never_ended_is_noticed(scene: Scene) -> None:
    """The green of before stands there all the time."""
    name = scene.opened(BLUE)
    scene.check(name)
    scene.forge.tells_updates = True
    assert _swept(scene) == []
    scene.merged({".gatehouse.yaml": "chekcs: {}\n"})
    scene.forge.fail("publish", KeyboardInterrupt())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        scene.check(name)
    assert scene.state(name) is State.PASSED
    assert _swept(scene) == []  # it may be tried again by itself
    scene.with_ports(now=lambda: START + timedelta(hours=1))
    assert _swept(scene) == [_check(name)]
    scene.check(name)
    assert (scene.state(name), _swept(scene)) == (State.ERROR, [])


def test_a_status_that_is_not_what_was_found_is_noticed(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    latest = scene.memory.last[name]
    for state in (State.FAILED, State.ERROR):
        required = dataclasses.replace(latest.statuses[-1], state=state)
        scene.memory.remember(name, dataclasses.replace(latest, state=state, statuses=(required,)))
        assert _swept(scene) == [_check(name)]
    with scene.locks.hold(str(name)):
        assert _swept(scene) == []


def test_who_closes_a_pull_request_without_a_word_frees_the_other_one_of_its_commit(scene: Scene) -> None:
    scene.forge.tells_updates = True
    name = scene.opened(BLUE)
    scene.change({".gatehouse.yaml": "chekcs: {}\n"}, branch="release")
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=scene.pull(name).head, head_branch="change", base_branch="release"
    )
    for each in (name, other):
        scene.check(each)
    scene.queue.jobs.clear()
    assert (scene.state(name), _swept(scene)) == (State.ERROR, [])
    scene.forge.change(other, is_open=False)
    assert _swept(scene) == [_check(name)]
    scene.check(name)
    assert (scene.state(name), _swept(scene)) == (State.PASSED, [])
