"""The verbs of the service say in a sentence why they cannot start."""

from __future__ import annotations

import signal
import socket
import threading
from pathlib import Path

import pytest

from bot import logs
from bot.cli import main
from bot.doors import service
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


@pytest.mark.parametrize(
    ("public", "forge", "told"),
    [
        ("https://a b", "", "--public-url is no address"),
        ("https://bot/?a=b", "", "--public-url is no address"),
        ("https://me:it@bot", "", "--public-url has a user or a password"),
        ("https://bot", "nonsense", "_URL is no address"),
        ("https://bot", "https://github.com", "_URL has pages for people"),
        ("https://bot", "http://127.0.0.1:99999", "_URL is no address"),
    ],
)
@pytest.mark.parametrize("words", [("github",), ("gitlab", "acme/gitops")])
def test_setup_takes_no_address_with_which_the_service_would_not_start(
    env: pytest.MonkeyPatch,
    words: tuple[str, ...],
    public: str,
    forge: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    env.delenv("GITLAB_WEBHOOK_SECRET")
    env.setenv("GITHUB_API_URL", forge)
    env.setenv("GITLAB_URL", forge)
    code, err = said(capsys, "setup", *words, "--public-url", public)
    assert code == 2 and told in err


def test_setup_says_what_to_do_where_no_forge_answers(
    env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env.delenv("GITLAB_WEBHOOK_SECRET")
    env.setenv("GITLAB_URL", "http://127.0.0.1:9")
    env.setattr("time.sleep", lambda _: None)
    code, err = said(capsys, "setup", "gitlab", "acme/gitops", "--public-url", "https://bot")
    assert code == 3 and "see GITLAB_URL, and whether it runs. Run this again in a minute" in err


def test_a_signal_ends_what_waits_for_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "_END_SECONDS", 0.01)
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)]
    with service._until_told() as over:
        signal.raise_signal(signal.SIGTERM)
        assert over.is_set()
        threading.Event().wait(60)
        pytest.fail("it went on")
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGALRM)] == before
