"""Tokens that processes share: sealed, each asked for once, and gone when they are damaged or old."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.forge.shelf import NoShelf, SealedShelf

SOON = datetime.now(UTC) + timedelta(hours=1)


def test_what_is_kept_is_there_for_other_processes_and_readable_by_none(tmp_path: Path) -> None:
    SealedShelf(tmp_path / "tokens", "key").alone("a").__enter__()
    SealedShelf(tmp_path / "tokens", "key").put("a", "ghs_secret-token", SOON)
    assert SealedShelf(tmp_path / "tokens", "key").get("a") == ("ghs_secret-token", SOON)
    files = [path for path in (tmp_path / "tokens").iterdir() if path.suffix == ".sealed"]
    assert files and all(b"ghs_secret" not in path.read_bytes() for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "tokens").iterdir())
    assert SealedShelf(tmp_path / "tokens", "another").get("a") is None
    assert SealedShelf(tmp_path / "tokens", "key").get("b") is None


def test_a_file_under_another_name_is_not_believed(tmp_path: Path) -> None:
    shelf = SealedShelf(tmp_path, "key")
    shelf.put("reader", "weak", SOON)
    (weak,) = tmp_path.glob("*.sealed")
    shelf.put("writer", "strong", SOON)
    (strong,) = set(tmp_path.glob("*.sealed")) - {weak}
    strong.replace(weak)
    assert shelf.get("reader") is None


def test_what_is_old_damaged_or_dropped_was_never_there(tmp_path: Path) -> None:
    shelf = SealedShelf(tmp_path, "key")
    shelf.put("a", "x", datetime.now(UTC) - timedelta(seconds=1))
    assert shelf.get("a") is None
    shelf.put("a", "x", SOON)
    shelf.drop("a")
    assert shelf.get("a") is None
    shelf.drop("a")
    shelf.put("a", "x", SOON)
    (file,) = tmp_path.glob("*.sealed")
    file.write_bytes(file.read_bytes()[:-3])
    assert shelf.get("a") is None


def test_one_at_a_time_has_a_name(tmp_path: Path) -> None:
    shelf, asked = SealedShelf(tmp_path, "key"), []

    def use() -> None:
        with shelf.alone("a"):
            if shelf.get("a") is None:
                asked.append(1)
                shelf.put("a", "x", SOON)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asked == [1]


def test_where_nothing_can_be_kept_nobody_is_stopped(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    shelf = SealedShelf(tmp_path / "file" / "x", "key")
    with shelf.alone("a"):
        shelf.put("a", "x", SOON)
    assert shelf.get("a") is None
    with NoShelf().alone("a"):
        NoShelf().put("a", "x", SOON)
    assert NoShelf().get("a") is None
