"""What the doctor says of this machine: programs, Redis, the state directory, secrets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import redis

from bot.doctor.finding import Finding, Level
from bot.doctor.machine import examined, programs
from bot.queue.embedded import Embedded
from bot.service_settings import ServiceSettings, parsed
from bot.settings import from_environment

SECRET = "k3yB0ardCat-8f2e1d7a"


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "GITLAB_TOKEN": "token-of-the-bot-5f0c9a11",
        "GITLAB_WEBHOOK_SECRET": SECRET,
        "GATEHOUSE_PUBLIC_URL": "https://bot.example.com",
        "GATEHOUSE_STATE_DIR": str(tmp_path / "state"),
    }


def looked(settings: ServiceSettings, **engine: str) -> dict[Level, str]:
    return by_level(list(examined(settings, from_environment(engine))))


def by_level(findings: list[Finding]) -> dict[Level, str]:
    return {level: "\n".join(f"{f.what} {f.todo}" for f in findings if f.level is level) for level in Level}


def test_the_embedded_redis_and_a_private_directory(env: dict[str, str]) -> None:
    told = looked(parsed(env))
    assert "brings a Redis of its own" in told[Level.OK] and "nobody else gets at it" in told[Level.OK]
    assert "no secret in them looks weak" in told[Level.OK] and "git is version" in told[Level.OK]


def test_a_weak_secret_is_told_and_not_shown(env: dict[str, str]) -> None:
    told = looked(parsed({**env, "GITLAB_WEBHOOK_SECRET": "geheim"}))
    assert "GITLAB_WEBHOOK_SECRET" in told[Level.WARNING] and "geheim" not in str(told)


def test_a_redis_that_forgets(env: dict[str, str], server: Embedded, client: redis.Redis) -> None:
    told = looked(parsed({**env, "REDIS_URL": server.url}))
    assert "keeps an append-only file, and drops no keys" in told[Level.OK]
    client.config_set("appendonly", "no")
    try:
        told = looked(parsed({**env, "REDIS_URL": server.url}))
    finally:
        client.config_set("appendonly", "yes")
    assert "Redis keeps no append-only file" in told[Level.MISSING] and "appendonly yes" in told[Level.MISSING]


def test_a_redis_that_is_away(env: dict[str, str]) -> None:
    told = looked(parsed({**env, "REDIS_URL": "redis://:pa55-of-nobody@127.0.0.1:9/0"}))
    assert "REDIS_URL is its address" in told[Level.MISSING] and "pa55" not in str(told)


def test_a_state_directory_for_everybody(env: dict[str, str]) -> None:
    directory = Path(env["GATEHOUSE_STATE_DIR"])
    directory.mkdir()
    directory.chmod(0o777)
    assert f"chmod go= {directory}" in looked(parsed(env))[Level.WARNING]
    directory.chmod(0o700)
    (directory / "settings.env").write_text("GITLAB_URL=https://gitlab.com\n")
    (directory / "settings.env").chmod(0o644)
    assert f"chmod go= {directory / 'settings.env'}" in looked(parsed(env))[Level.WARNING]


def test_a_state_directory_that_is_a_file(env: dict[str, str]) -> None:
    Path(env["GATEHOUSE_STATE_DIR"]).write_text("")
    assert "cannot be written" in looked(parsed(env))[Level.MISSING]


def test_deliveries_that_wait(env: dict[str, str]) -> None:
    spool = Path(env["GATEHOUSE_STATE_DIR"]) / "spool"
    spool.mkdir(parents=True, mode=0o700)
    (spool / "1-a.json").write_text("{}")
    assert "1 deliveries wait" in looked(parsed(env))[Level.WARNING]


def test_an_opa_server_that_is_away(env: dict[str, str]) -> None:
    told = looked(parsed({**env, "OPA_URL": "http://127.0.0.1:9", "OPA_TOKEN": "opa-token-of-nobody-77"}))
    assert "OPA_URL does not answer" in told[Level.MISSING] and "nobody-77" not in str(told)


def test_an_address_without_tls_and_none(env: dict[str, str]) -> None:
    assert "not encrypted" in looked(parsed({**env, "GATEHOUSE_PUBLIC_URL": "http://bot.example.com"}))[Level.WARNING]
    assert "GATEHOUSE_PUBLIC_URL is not set" in looked(parsed({**env, "GATEHOUSE_PUBLIC_URL": ""}))[Level.WARNING]


def test_programs_that_are_missing_and_a_sandbox_that_is_off(tmp_path: Path) -> None:
    no = str(tmp_path / "nothing")
    engine = from_environment({"GATEHOUSE_KUSTOMIZE": no, "GATEHOUSE_HELM": no, "GATEHOUSE_SANDBOX": "off"})
    told = by_level(list(programs(engine)))
    assert "No kustomization can be rendered" in told[Level.MISSING]
    assert "Charts are not rendered" in told[Level.WARNING] and "GATEHOUSE_SANDBOX is off" in told[Level.WARNING]


def test_programs_that_are_too_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"helm": "v3.1.0+gabc", "kustomize": "v3.5.4", "git": "git version 2.20.1"}
    for name, version in said.items():
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    told = by_level(list(programs(from_environment({"GATEHOUSE_SANDBOX": "off"}))))
    assert "is Helm v3.1.0+gabc; 3.20.2 or 4.1.4 (or newer) is needed" in told[Level.WARNING]
    assert "is version v3.5.4; 4.0 or newer is needed" in told[Level.MISSING]
    assert "git is version 2.20, which is too old" in told[Level.MISSING]
