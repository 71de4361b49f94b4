"""How the playground starts its bot: in an environment that leads to this forge alone, and no longer than itself."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from bot.doors import playground
from bot.stopping import PARENT


class Started:
    envs: ClassVar[list[Mapping[str, str]]] = []

    def __init__(self, argv: object, *, env: Mapping[str, str], log: object) -> None:
        self.envs.append(env)

    def ask_to_end(self) -> None: ...

    def code(self, seconds: float = 0) -> int:
        return 0

    def kill(self) -> None: ...


def test_the_bot_s_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in {
        "GITHUB_APP_ID": "1",
        "REDIS_URL": "redis://x",
        "http_proxy": "http://p",
        "no_proxy": "x",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(playground, "Child", Started)
    over = threading.Event()
    over.set()
    playground._with_bot(cast(Any, None), "http://127.0.0.1:1", {"PORT": "1"}, over, tmp_path / "log")
    env = Started.envs.pop()
    assert env[PARENT] == str(os.getpid()) and env["PORT"] == "1"
    assert env["no_proxy"] == env["NO_PROXY"] == "x,127.0.0.1,localhost"
    assert not {"GITHUB_APP_ID", "REDIS_URL"} & env.keys()
