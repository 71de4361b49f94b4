"""A head that was left while it was checked is not pending for ever, and has no answer either."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import BASE, FILES, Scene

from bot.errors import ToolError
from bot.forge.base import ForgeError, Unavailable
from bot.model.forge import PullRequestName, State, Status
from bot.model.job import Job, JobKind
from bot.service import check as check_module
from bot.service.sweep import sweep

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}


class Dies(BaseException):
    """A worker that is killed."""


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def _begun(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> PullRequestName:
    """A pull request whose check died behind the pending status."""
    name = scene.opened(BLUE)

    def dies(*_: object, **__: object) -> None:
        raise Dies

    with monkeypatch.context() as patch, pytest.raises(Dies):
        patch.setattr(check_module, "concluded", dies)
        scene.check(name)
    assert scene.state(name) is State.PENDING
    return name


def _swept(scene: Scene) -> int:
    scene.queue.jobs.clear()
    sweep(Job(JobKind.SWEEP, scene.repository), scene.ports)
    return sum(job.kind is JobKind.CHECK for job in scene.queue.jobs)


def test_the_next_check_ends_what_a_worker_that_died_began(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    name = _begun(scene, monkeypatch)
    first = scene.pull(name).head
    scene.pushed(name, {"docs/a.md": "more\n"})
    scene.check(name)
    assert scene.forge.states(first) == {"gatehouse": State.ERROR}
    assert scene.state(name) is State.PASSED
    written = len(scene.forge.written)
    scene.check(name)
    assert len(scene.forge.written) == written  # once


def test_a_head_that_comes_back_is_checked_also_when_nobody_tells(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = _begun(scene, monkeypatch)
    scene.forge.change(name, is_open=False)
    scene.check(name)
    assert scene.state(name) is State.ERROR
    scene.forge.change(name, is_open=True)
    assert _swept(scene) == 1
    scene.check(name)
    assert scene.state(name) is State.PASSED
    assert _swept(scene) == 0


def test_a_head_of_another_open_pull_request_is_left_to_that_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    name = _begun(scene, monkeypatch)
    head = scene.pull(name).head
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="change", base_branch="base"
    )  # fmt: skip
    scene.pushed(name, {"docs/a.md": "more\n"})
    scene.check(name)
    assert scene.forge.states(head)["gatehouse"] is State.PENDING
    assert [job.number for job in scene.queue.jobs] == [other.number]
    scene.check(other)
    assert scene.forge.states(head)["gatehouse"] is State.PASSED


@pytest.mark.parametrize("method", ["pull_requests_of", "published", "publish"])
def test_a_forge_that_does_not_answer_is_asked_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    name = _begun(scene, monkeypatch)
    first = scene.pull(name).head
    scene.pushed(name, {"docs/a.md": "more\n"})
    scene.forge.fail(method, Unavailable("502"))
    with pytest.raises(Unavailable):
        scene.check(name)
    scene.check(name)
    assert scene.forge.states(first) == {"gatehouse": State.ERROR}
    assert scene.state(name) is State.PASSED


@pytest.mark.parametrize(("error", "tries"), [(Unavailable("502"), 2), (ForgeError("it is gone"), 0)])
def test_a_forge_that_refuses_it_holds_no_check_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, error: Exception, tries: int
) -> None:
    name = _begun(scene, monkeypatch)
    scene.pushed(name, {"docs/a.md": "more\n"})
    scene.forge.fail("pull_requests_of", error, times=tries + 1)
    for _ in range(tries):
        with pytest.raises(Unavailable):
            scene.check(name)
    scene.check(name)
    assert scene.state(name) is State.PASSED


def test_an_answer_that_stands_there_is_not_taken_away(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    first = scene.pull(name).head
    scene.pushed(name, {"docs/a.md": "more\n"})
    scene.check(name)
    assert scene.forge.states(first)["gatehouse"] is State.PASSED


def test_an_error_that_stands_there_is_not_written_again(scene: Scene) -> None:
    scene.merged({".gatehouse.yaml": "version: 77\n"})
    name = scene.opened(BLUE)
    scene.check(name)
    assert scene.state(name) is State.ERROR
    written = len(scene.forge.written)
    scene.check(name)
    assert len(scene.forge.written) == written


def test_no_check_of_the_former_head_stays_pending_either(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker died between two requests of a status with many annotations."""
    name = _begun(scene, monkeypatch)
    first = scene.pull(name).head
    scene.forge.publish(scene.repository, first, Status("gatehouse/risk", State.PENDING, "120 errors"))
    scene.forge.publish(scene.repository, first, Status("gatehouse/schema", State.PASSED, "nothing new"))
    scene.pushed(name, {"docs/a.md": "more\n"})
    scene.check(name)
    ended = {"gatehouse": State.ERROR, "gatehouse/risk": State.ERROR, "gatehouse/schema": State.PASSED}
    assert scene.forge.states(first) == ended


@pytest.mark.parametrize("how", ["given up", "error"])
def test_nor_does_one_of_a_head_that_gets_no_answer(scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    name = _begun(scene, monkeypatch)
    head = scene.pull(name).head
    scene.forge.publish(scene.repository, head, Status("gatehouse/risk", State.PENDING, "120 errors"))
    if how == "given up":
        check_module.give_up(name, scene.ports, "the worker was ended 3 times.")
    else:
        monkeypatch.setattr(check_module, "concluded", _broken)
        scene.check(name)
    assert scene.forge.states(head) == {"gatehouse": State.ERROR, "gatehouse/risk": State.ERROR}


def _broken(*_: object) -> None:
    raise ToolError("kustomize was not found")
