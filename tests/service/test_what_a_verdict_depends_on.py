"""The same inputs are answered from the store, and each input that is another one is looked at anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.forge import START
from scene import BASE, FILES, Scene

from bot.gate import Question
from bot.model.forge import PullRequestName, State, Status
from bot.model.outcome import Outcome
from bot.report.status import REQUIRED
from bot.service import result as result_module
from bot.service.result import Run

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
Change = Callable[[Scene, PullRequestName, pytest.MonkeyPatch], object]


def _merged(files: dict[str, str]) -> Change:
    return lambda scene, *_: scene.merged(files)


def _retargeted(scene: Scene, name: PullRequestName, _: object) -> None:
    scene.origin.git("branch", "release", "base")
    scene.forge.change(name, base_branch="release")


def _approved(scene: Scene, name: PullRequestName, _: object) -> None:
    scene.forge.review(name, scene.writer("sam"))


def _next_day(scene: Scene, *_: object) -> None:
    scene.with_ports(now=lambda: START + timedelta(days=1))


def _other_server(scene: Scene, *_: object) -> None:
    scene.with_ports(settings=scene.ports.settings._replace(opa_url="http://127.0.0.1:9"))


def _other(name: str, value: Any) -> Change:
    return lambda _scene, _name, patch: patch.setattr(result_module, name, value)


CHANGES: dict[str, Change] = {
    "head": lambda scene, name, _: scene.pushed(name, {"docs/a.md": "more\n"}),
    "base": _merged({"docs/b.md": "more\n"}),
    "policies": _merged({"policies/a.rego": "package main\n"}),
    "CODEOWNERS": _merged({"CODEOWNERS": "* @acme/devs\n"}),
    "configuration": _merged({".gatehouse.yaml": "checks: {run: [schema]}\n"}),
    "base branch of the same tip": _retargeted,
    "approvals": _approved,
    "versions of tools": _other("identities", lambda *_: "kustomize 99"),
    "version of Gatehouse": _other("__version__", "99.0"),
    "OPA server": _other_server,
    "day, as waivers end": _next_day,
}  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Question]:
    """What the gate is asked; it always says the same."""
    questions: list[Question] = []

    def made(run: Run, _: object, key: str, _seconds: float) -> Outcome:
        status = Status(REQUIRED, State.PASSED, "Fine")
        named = {"base_branch": run.pull.base_branch, "owners": ("@sam",)}
        return Outcome(key, run.pull.head, "", State.PASSED, "Fine", (status,), "<!-- gatehouse:report -->", **named)  # type: ignore[arg-type]

    monkeypatch.setattr(result_module, "judged", lambda _, question, *__: questions.append(question))
    monkeypatch.setattr(result_module, "_made", made)
    return questions


@pytest.mark.parametrize("what", CHANGES)
def test_another_input_is_looked_at_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: list[Question], what: str
) -> None:
    scene = Scene(tmp_path)
    scene.with_ports(now=lambda: START)
    name = scene.opened(BLUE)
    scene.check(name)
    scene.check(name)
    assert len(asked) == 1, "the same inputs were asked twice"
    CHANGES[what](scene, name, monkeypatch)
    scene.check(name)
    assert len(asked) == 2, "another input was answered from the store"
    scene.check(name)
    assert len(asked) == 2


def test_another_pull_request_of_the_same_commits_is_looked_at_by_itself(tmp_path: Path, asked: list[Question]) -> None:
    """Its comment names it, and its people are others."""
    scene = Scene(tmp_path)
    one = scene.opened(BLUE)
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=scene.pull(one).head, head_branch="change", base_branch="base"
    )
    for name in (one, other, one, other):
        scene.check(name)
    assert len(asked) == 2


def test_the_commits_that_are_asked_for_are_head_and_tip(tmp_path: Path, asked: list[Question]) -> None:
    scene = Scene(tmp_path)
    name, tip = scene.opened(BLUE), scene.merged({"docs/b.md": "more\n"})
    scene.check(name)
    assert [(each.base, each.head, each.base_branch) for each in asked] == [(tip, scene.pull(name).head, "base")]
