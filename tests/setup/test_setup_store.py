"""The settings file: what was there stays, nobody else can read it, and what is stored is what the service reads."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from bot.errors import ToolError, UserError
from bot.settings_file import merged
from bot.setup.store import accept, known, store


def test_others_and_comments_stay(tmp_path: Path) -> None:
    file = tmp_path / "state" / "settings.env"
    store(file, {"PORT": "1"})
    file.write_text("# ours\nexport PORT=1\nGITHUB_APP_ID = 2\n")
    store(file, {"GITHUB_APP_ID": "3", "GITHUB_PRIVATE_KEY": "a\nb\n"})
    assert file.read_text() == "# ours\nexport PORT=1\nGITHUB_APP_ID=3\nGITHUB_PRIVATE_KEY=a\\nb\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["settings.env"]
    assert merged({}, str(file))["GITHUB_APP_ID"] == "3"


def test_what_a_file_knows(tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    assert not known(file, "PORT")
    file.write_text("# PORT=1\nGATEHOUSE_PORT=2\n")
    assert not known(file, "PORT")
    store(file, {"PORT": "3"})
    assert known(file, "PORT")


def test_places_that_cannot_hold_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((ToolError, UserError)):
        store(tmp_path / "file" / "settings.env", {"PORT": "1"})
    with pytest.raises(ToolError, match="cannot be written"):
        accept(tmp_path / "file" / "settings.env")
    (tmp_path / "bytes").write_bytes(b"\xff")
    with pytest.raises(UserError, match="not UTF-8"):
        store(tmp_path / "bytes", {"PORT": "1"})
