"""git is run without the caller's settings for other repositories, without prompts, hooks and network."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_repository import Made

from bot.errors import ToolError
from bot.git.command import argv, environment, git, output, sentence
from bot.process import Completed


def test_environment_points_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GIT_DIR",
        "GIT_WORK_TREE",
        "GIT_SSH_COMMAND",
        "GIT_EXTERNAL_DIFF",
        "GIT_CONFIG_COUNT",
        "EDITOR",
        "PAGER",
    ):
        monkeypatch.setenv(name, "elsewhere")
    found = environment({"GIT_INDEX_FILE": "mine"})
    assert "elsewhere" not in found.values()
    assert found["GIT_INDEX_FILE"] == "mine"
    assert found["GIT_TERMINAL_PROMPT"] == "0"
    assert found["GIT_OPTIONAL_LOCKS"] == "0"


def test_settings_stand_before_the_command() -> None:
    words = argv("here", "log", "--all")
    assert words[0] == "git"
    assert words[-4:] == ("-C", "here", "log", "--all")
    assert "protocol.allow=never" in words
    assert "core.hooksPath=/dev/null" in words


def test_every_transport_is_refused(tmp_path: Path) -> None:
    made = Made(tmp_path / "r")
    made.commit({"a": "1"}, "base")
    for url in (f"file://{made.path}", str(made.path), "ext::sh -c true", "https://127.0.0.1:1/x"):
        done = git(made.path, "fetch", url)
        assert not done.ok
        assert b"not allowed" in done.stderr


def test_a_failing_command_is_returned_and_output_raises(tmp_path: Path) -> None:
    made = Made(tmp_path / "r")
    assert git(made.path, "rev-parse", "--verify", "-q", "nope").code == 1
    with pytest.raises(ToolError, match=r"git rev-parse failed in .*: .*nope"):
        output(made.path, "rev-parse", "nope")


def test_sentence_is_one_line() -> None:
    assert sentence(Completed(("git",), 128, b"", b"fatal: bad\n  thing\n")) == "bad thing"
    assert sentence(Completed(("git",), 5, b"", b"")) == "exit code 5"
    assert sentence(Completed(("git",), -9, b"", b"x", stopped="took longer than 1 s")) == "it took longer than 1 s"


def test_paths_are_literal(tmp_path: Path) -> None:
    made = Made(tmp_path / "r")
    made.commit({"*.txt": "1", "b.txt": "2"}, "base")
    assert output(made.path, "ls-files", "--", "*.txt") == b"*.txt\n"
