"""Before every write to a pull request it is read again, and what moved in between gets nothing of the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scene import BASE, FILES, Scene

from bot.errors import ToolError
from bot.forge.base import Forbidden
from bot.model.forge import ForgeKind, State, Status
from bot.model.outcome import Outcome
from bot.report.status import REQUIRED
from bot.service import check as check_module
from bot.service.check import give_up
from bot.service.comment import MARKER
from bot.service.result import Run

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
WRITES = ("publish", "write")
CHECKS = ("schema", "policy", "owners", "secrets", "images", "boundaries", "risk")
LAST = 1 + 1 + 1 + len(CHECKS) + 1  # looks: the first one, then those before pending, comment, checks and verdict


class Watched:
    """A forge whose calls are noted; before the ``number``-th time that it reads a pull request something happens."""

    def __init__(self, forge: Any, number: int, happens: Callable[[], object]) -> None:
        self._forge, self._left, self._happens = forge, number, happens
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._forge, name)

        def call(*args: Any, **options: Any) -> Any:
            if name == "pull_request":
                self._left -= 1
                if self._left == 0:
                    self._happens()
            self.calls.append(name)
            return method(*args, **options)

        return call

    @property
    def before_writes(self) -> list[str]:
        return [before for before, call in zip(self.calls, self.calls[1:], strict=False) if call in WRITES]


def judged(run: Run) -> Outcome:
    """As if the gate had been asked."""
    pull = run.pull
    statuses = tuple(
        Status(name, State.PASSED, "Fine") for name in (*(f"gatehouse/{each}" for each in CHECKS), REQUIRED)
    )
    comment = f"{MARKER}\nThe report on {pull.head}\n"
    return Outcome("", pull.head, "b" * 40, State.PASSED, "Fine", statuses, comment, base_branch=pull.base_branch)


def broken(_: Run) -> Outcome:
    raise ToolError("kustomize was not found")


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    monkeypatch.setattr(check_module, "concluded", judged)
    return Scene(tmp_path)


def watched(scene: Scene, number: int = 0, happens: Callable[[], object] = lambda: None) -> Watched:
    forge = Watched(scene.forge, number, happens)
    scene.with_ports(forges={ForgeKind.GITHUB: forge})
    return forge


@pytest.mark.parametrize(
    ("how", "writes"), [("verdict", 10), ("error", 3), ("locked", 10), ("forbidden", 2), ("given up", 2)]
)
def test_each_write_comes_right_behind_a_look(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, how: str, writes: int
) -> None:
    name, forge = scene.opened(BLUE), watched(scene)
    if how == "error":
        monkeypatch.setattr(check_module, "concluded", broken)
    if how == "locked":
        scene.forge.fail("write", Forbidden("the issue is locked"))
    if how == "given up":
        give_up(name, scene.ports, "it never ended")
    elif how == "forbidden":
        scene.forge.fail("publish", Forbidden("no permission"))
        with pytest.raises(Forbidden):
            scene.check(name)
    else:
        scene.check(name)
    assert forge.before_writes == ["pull_request"] * writes


@pytest.mark.parametrize("number", range(2, LAST + 1))
def test_a_push_before_any_write_drops_what_was_to_be_written(scene: Scene, number: int) -> None:
    name, written = scene.opened(BLUE), list[int]()
    first = scene.pull(name).head

    def push() -> None:
        written.append(len(scene.forge.written))
        scene.pushed(name, {"docs/n.md": "pushed\n"})

    watched(scene, number, push)
    scene.check(name)
    later = [each.status.state for each in scene.forge.written[written[0] :] if each.commit == first]
    assert later == ([] if number == 2 else [State.ERROR]), "nobody waits for an answer there"
    assert first not in scene.comment(name) and scene.state(name) is State.PASSED


@pytest.mark.parametrize(
    ("happens", "then"), [({"is_open": False}, State.ERROR), ({"base_branch": "x"}, State.PENDING)]
)
def test_so_do_a_close_and_another_base_branch(scene: Scene, happens: dict[str, Any], then: State) -> None:
    """In the last instant, before the required status."""
    name, states = scene.opened(BLUE), list[State | None]()

    def change() -> None:
        states.append(scene.state(name))
        scene.forge.change(name, **happens)

    watched(scene, LAST, change)
    scene.check(name)
    assert states == [State.PENDING]
    first = scene.forge.written[1 + len(CHECKS)].status
    assert (first.name, first.state) == (REQUIRED, then)
