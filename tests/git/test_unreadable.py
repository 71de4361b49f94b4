"""A work tree that git cannot read: no wait, code 2, and a sentence that says what and what to do."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from made_repository import Made, check, config_map, gatehouse

from bot.git import unreadable, work_tree

K = "resources: [a.yaml]\n"
ANOTHER = "or name a commit to look at instead (--head REF, or --at REF)"


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "r")
    made.commit({"apps/a/kustomization.yaml": K, "apps/a/a.yaml": config_map()}, "base")
    return made


def refused(made: Made) -> str:
    """What is said of the work tree, by the verbs that look at it; a commit can still be looked at."""
    start = time.monotonic()
    said = check(made, head=None)
    assert time.monotonic() - start < 30
    assert (said.code, said.out) == (2, "")
    assert said.err.endswith(f"{ANOTHER}.\n")
    assert said.err.startswith(f"gatehouse: The work tree {made.path} cannot be read: ")
    assert gatehouse("units", "--repo", str(made.path)).err == said.err
    assert gatehouse("units", "--repo", str(made.path), "--at", "base").code == 0
    return said.err


def a_socket(place: Path) -> None:
    here = Path.cwd()
    os.chdir(place.parent)  # the name of a socket is short
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(place.name)
    finally:
        os.chdir(here)


def a_device(place: Path) -> None:
    try:
        os.mknod(place, 0o020644, os.makedev(1, 5))
    except (OSError, AttributeError):
        pytest.skip("only root makes devices")


SPECIAL: dict[str, Callable[[Path], None]] = {"a named pipe": os.mkfifo, "a socket": a_socket, "a device": a_device}


@pytest.mark.parametrize("kind", SPECIAL)
def test_a_file_that_became_something_else(made: Made, kind: str) -> None:
    place = made.path / "apps/a/a.yaml"
    place.unlink()
    SPECIAL[kind](place)
    assert f": apps/a/a.yaml is {kind}, which git cannot hold: put the file back or remove it, " in refused(made)


@pytest.mark.parametrize("kind", SPECIAL)
def test_what_git_does_not_know_is_left_out_as_git_does(made: Made, kind: str) -> None:
    SPECIAL[kind](made.path / "apps/a/new.yaml")
    made.write({"apps/a/a.yaml": config_map(value="2")})
    assert check(made, head=None).states() == {"apps/a": "changed"}


def test_a_directory_that_became_a_pipe_is_gone_as_for_git(made: Made) -> None:
    made.write({"apps/a/a.yaml": None, "apps/a/kustomization.yaml": None})
    (made.path / "apps/a").rmdir()
    os.mkfifo(made.path / "apps/a")
    assert check(made, head=None).states() == {"apps/a": "removed"}


@pytest.mark.parametrize("where", ["apps/a/.gitignore", ".gitattributes", ".git/info/exclude"])
def test_a_pipe_that_git_would_wait_for(made: Made, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setattr(work_tree, "_PATIENCE_SECONDS", 0.3)
    made.write({"apps/a/a.yaml": config_map(value="another")})  # of which git asks the attributes
    (made.path / where).unlink(missing_ok=True)
    os.mkfifo(made.path / where)
    assert f"{where} is a named pipe, and git waits for what it says: remove it, " in refused(made)


def test_two_commits_are_compared_without_the_work_tree(made: Made) -> None:
    """A trial merge reads attributes, for which git would take those of the work tree."""
    made.git("checkout", "-q", "-b", "head")
    made.commit({"apps/a/a.yaml": config_map(value="2")})
    made.git("checkout", "-q", "base")
    made.commit({"apps/a/a.yaml": config_map(value="3")})
    (made.path / ".gitattributes").write_text("* merge=union\n")
    assert any("conflicts with the base" in note for note in check(made).report["notes"])
    (made.path / ".gitattributes").unlink()
    os.mkfifo(made.path / ".gitattributes")
    assert any("conflicts with the base" in note for note in check(made).report["notes"])


def test_a_slow_reading_is_no_wait(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    made.write({"apps/a/a.yaml": config_map(value="2")})
    monkeypatch.setattr(work_tree, "_PATIENCE_SECONDS", -1.0)
    assert check(made, head=None).states() == {"apps/a": "changed"}


def test_a_lock_that_a_slow_reading_leaves_is_ours(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_tree, "_PATIENCE_SECONDS", -1.0)
    asked = unreadable.waits

    def locked(top: str, common: str) -> str:
        for scratch in Path(os.environ["TMPDIR"]).glob("gatehouse-git-*"):
            (scratch / "index.lock").touch()
        return asked(top, common)

    (made.path.parent / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(made.path.parent / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(unreadable, "waits", locked)
    made.write({"apps/a/a.yaml": config_map(value="2")})
    assert check(made, head=None).states() == {"apps/a": "changed"}


# -- the index


def cut(index: Path) -> None:
    index.write_bytes(index.read_bytes()[:50])


def flipped(index: Path) -> None:
    content = bytearray(index.read_bytes())
    content[60] ^= 4
    index.write_bytes(content)


def directory(index: Path) -> None:
    index.unlink()
    index.mkdir()


def pipe(index: Path) -> None:
    index.unlink()
    os.mkfifo(index)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda index: index.write_bytes(b""), "is damaged"),
        (lambda index: index.write_bytes(b"garbage " * 20), "is damaged"),
        (cut, "is damaged (its checksum is wrong)"),
        (flipped, "is damaged (its checksum is wrong)"),
        (directory, "is no file"),
        (pipe, "is a named pipe"),
    ],
    ids=["empty", "garbage", "cut", "a flipped bit", "a directory", "a pipe"],
)
def test_a_damaged_index(made: Made, harm: Callable[[Path], object], words: str) -> None:
    index = made.path / ".git/index"
    harm(index)
    said = refused(made)
    assert f"git's index {index} {words}: `rm '{index}' && git reset` makes it anew and leaves your files" in said


def test_the_way_out_of_a_damaged_index_is_one(made: Made) -> None:
    index = made.path / ".git/index"
    made.write({"apps/a/a.yaml": config_map(value="2")})
    cut(index)
    index.unlink()
    made.git("reset", "-q")
    assert check(made, head=None).states() == {"apps/a": "changed"}


def test_an_index_without_checksum_is_fine(made: Made) -> None:
    index = made.path / ".git/index"
    index.write_bytes(index.read_bytes()[:-20] + bytes(20))  # what git writes with index.skipHash
    made.write({"apps/a/a.yaml": config_map(value="2")})
    assert check(made, head=None).states() == {"apps/a": "changed"}


@pytest.mark.parametrize("version", [2, 3, 4])
def test_every_form_of_an_index_is_read(made: Made, version: int) -> None:
    made.write({"apps/b/a.yaml": config_map()})
    made.git("add", "--intent-to-add", "apps/b/a.yaml")  # an entry that only version 3 holds
    made.git("update-index", "--index-version", str(version))
    assert struct.unpack(">L", (made.path / ".git/index").read_bytes()[4:8])[0] in (version, 3)
    assert check(made, head=None).code == 0


def test_no_index_at_all(made: Made) -> None:
    (made.path / ".git/index").unlink()
    made.write({"apps/a/a.yaml": config_map(value="2")})
    assert check(made, head=None).states() == {"apps/a": "changed"}


def test_a_lock_of_another_git_does_not_stop_a_reader(made: Made) -> None:
    (made.path / ".git/index.lock").write_bytes(b"")
    made.write({"apps/a/a.yaml": config_map(value="2")})
    assert check(made, head=None).states() == {"apps/a": "changed"}
    assert (made.path / ".git/index.lock").exists()


# -- rights


def closed(place: Path) -> None:
    place.chmod(0)
    if os.access(place, os.R_OK):
        place.chmod(0o755)
        pytest.skip("this user reads everything")


@pytest.mark.parametrize("path", ["apps/a/a.yaml", "apps/a/new.yaml"])
def test_a_file_that_may_not_be_read(made: Made, path: str) -> None:
    made.write({path: config_map(value="2")})
    closed(made.path / path)
    assert f": {path} may not be read by you: `chmod u+r` it, " in refused(made)


@pytest.mark.parametrize("path", ["apps/a", "apps/b"])
def test_a_directory_that_may_not_be_read(made: Made, path: str) -> None:
    made.write({f"{path}/new.yaml": config_map(value="2")})
    closed(made.path / path)
    try:
        assert f": the directory {path} may not be read by you: `chmod u+rx` it, " in refused(made)
    finally:
        (made.path / path).chmod(0o755)


def test_an_index_that_may_not_be_read(made: Made) -> None:
    index = made.path / ".git/index"
    closed(index)
    assert f": git's index {index} may not be read by you: `chmod u+r` it, " in refused(made)


def test_a_repository_in_it_without_a_commit(made: Made) -> None:
    Made(made.path / "apps/sub")
    assert ": apps/sub/ is a repository of its own without a commit: commit there, or list it in .git" in refused(made)
