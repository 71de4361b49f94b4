"""The verbs of the service say in a sentence why they cannot start."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from bot import logs
from bot.cli import main
from bot.settings_file import NAMES


@pytest.fixture
def env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (*NAMES, "GATEHOUSE_ENV_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GATEHOUSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("GITLAB_TOKEN", "token-of-the-bot-5f0c9a11")
    monkeypatch.setenv("GITLAB_WEBHOOK_SECRET", "k3yB0ardCat-8f2e1d7a")
    monkeypatch.setattr(logs, "set_up", lambda *_: None)  # this process goes on with its own
    return monkeypatch


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main(words)
    return code, capsys.readouterr().err


@pytest.mark.parametrize("verb", ["web", "worker", "sweep"])
def test_a_part_alone_needs_a_redis(env: pytest.MonkeyPatch, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = said(capsys, verb)
    assert code == 2 and f"`gatehouse {verb}` is one part of a service" in err and "set REDIS_URL" in err


@pytest.mark.parametrize("verb", ["serve", "worker"])
def test_an_address_of_redis_that_nothing_can_connect_to(
    env: pytest.MonkeyPatch, verb: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said once at start, and not by each part again and again."""
    env.setenv("REDIS_URL", "redis://127.0.0.1:9/0?ssl_cert_reqs=none")
    code, err = said(capsys, verb)
    assert code == 2 and "has an option behind its ?" in err


@pytest.mark.parametrize("verb", ["serve", "web"])
def test_a_port_that_is_taken(env: pytest.MonkeyPatch, verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    env.setenv("REDIS_URL", "redis://127.0.0.1:9/0")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env.setenv("PORT", str(port))
        code, err = said(capsys, verb)
    assert code == 2
    assert f"cannot listen at 127.0.0.1 port {port}: Address already in use. Set PORT or GATEHOUSE_HOST" in err


def test_no_forge(env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("GITLAB_TOKEN", "GITLAB_WEBHOOK_SECRET"):
        env.delenv(name)
    code, err = said(capsys, "serve")
    assert code == 2 and "No forge is configured" in err and "gatehouse setup github" in err


def test_a_state_directory_that_cannot_be(
    env: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    env.setenv("GATEHOUSE_STATE_DIR", str(tmp_path / "file" / "state"))
    code, err = said(capsys, "serve")
    assert code == 2 and "cannot be made: Not a directory" in err and "GATEHOUSE_STATE_DIR" in err


def test_a_settings_file_that_is_not_there(env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    env.setenv("GATEHOUSE_ENV_FILE", "")
    code, err = said(capsys, "serve", "--settings", "/nowhere/settings.env")
    assert code == 2 and "/nowhere/settings.env cannot be read: No such file" in err
