"""A pull request of a fork is rendered by programs that are given nothing of what the service knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import BASE, FILES, Scene

from bot.model.forge import State

SECRETS = {
    "GITHUB_PRIVATE_KEY": "key-of-the-app-11", "GITHUB_WEBHOOK_SECRET": "secret-of-the-hook-22",
    "GITLAB_TOKEN": "token-of-the-bot-33", "REDIS_URL": "redis://:password-44@127.0.0.1:9/0",
    "OPA_TOKEN": "token-of-opa-55", "GIT_CONFIG_VALUE_0": "Authorization: Basic header-66", "HOME": "/home/of-service-77",
}  # fmt: skip
BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
KUSTOMIZE = """#!/bin/sh
env > "{place}/given.$$"
printf '%s ' "$@" >> "{place}/given.$$"
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {{name: shop}}\\n'
"""


@pytest.mark.parametrize("fork", [True, False])
def test_the_program_that_renders_is_given_no_credential(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fork: bool
) -> None:
    scene = Scene(tmp_path, files={**FILES, ".gatehouse.yaml": "checks: {run: none}\n"})
    program = tmp_path / "kustomize"
    program.write_text(KUSTOMIZE.format(place=tmp_path))
    program.chmod(0o755)
    settings = scene.ports.settings._replace(kustomize=str(program), sandbox=False)
    scene.with_ports(settings=settings)
    name = scene.opened(BLUE, fork=fork)
    for variable, value in SECRETS.items():
        monkeypatch.setenv(variable, value)
    scene.check(name)
    given = [path.read_text() for path in tmp_path.glob("given.*")]
    assert len(given) == 4 and scene.state(name) is State.PASSED  # two units on both sides
    assert not [value for value in SECRETS.values() for text in given if value in text]
