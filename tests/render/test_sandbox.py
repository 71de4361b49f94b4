"""What a program sees of the machine at each level."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.process import Limits
from bot.render import sandbox
from bot.render.sandbox import Room, Sandbox, detect, is_static

LIMITS = Limits(seconds=20)


@pytest.fixture(scope="module")
def full() -> Sandbox:
    found = detect()
    if found.level == "none":
        pytest.skip("this system refuses unshare(1)")
    return found


def test_level_none_when_not_allowed() -> None:
    off = detect(allowed=False)
    assert (off.level, off.prefix) == ("none", ())
    assert "without a sandbox" in off.note
    assert Sandbox("network").note == ""


def test_without_unshare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert detect().level == "none"


def test_no_network(full: Sandbox) -> None:
    code = "import socket; print(sorted(n for _, n in socket.if_nameindex()))"
    with Room() as room:
        done = full.run(room, sys.executable, ["-c", code], env={"PATH": os.defpath}, limits=LIMITS)
    assert done.stdout.decode().strip() == "['lo']"


def test_a_program_with_libraries_runs_beside_the_room(full: Sandbox) -> None:
    with Room() as room:
        room.write("repo/file", b"content")
        assert full.root(room, sys.executable) == room.path
        words = ["-c", "import sys, os; print(os.getcwd()); print(open(sys.argv[1]).read())", f"{room.path}/repo/file"]
        done = full.run(room, sys.executable, words, env={}, limits=LIMITS)
        assert done.stdout.decode().split() == [f"{room.path}/repo", "content"]


def test_a_static_program_sees_nothing_but_the_room(full: Sandbox) -> None:
    kubectl = Path(sys.executable).parent / "kubectl"
    if full.level != "root+network" or not is_static(str(kubectl)):
        pytest.skip("this system cannot change the root, or kubectl needs libraries")
    with Room() as room:
        room.write("repo/kustomization.yaml", b"resources: [../../../../../../../../etc/passwd]")
        assert full.root(room, str(kubectl)) == ""
        words = ["kustomize", "/repo", "--load-restrictor=LoadRestrictionsNone"]
        done = full.run(room, str(kubectl), words, env={"HOME": "/tmp"}, limits=LIMITS)
        assert not done.ok
        assert b"/etc/passwd: no such file" in done.stderr
        assert room.path.encode() not in done.stderr


def test_static_or_not(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\n")
    assert not is_static(str(script))
    assert not is_static(str(tmp_path / "nope"))
    assert not is_static(str(Path(shutil.which("git") or "git").resolve()))


def test_a_program_is_copied_once_and_linked(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("x")
    with Room() as one, Room() as two:
        assert (one.place_program(str(tool)), one.place_program(str(tool))) == ("/tool", "/tool")
        assert two.place_program(str(tool)) == "/tool"
        inodes = {Path(room.path, "tool").stat().st_ino for room in (one, two)}
        assert len(inodes) == 1
        assert tool.stat().st_ino not in inodes


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "tool"
    tool.write_text("x")

    def refuse(self: Path, target: object) -> None:
        raise PermissionError(1, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    with Room() as room:
        assert Path(room.path + room.place_program(str(tool))).read_text() == "x"


def test_errors_are_cleaned_of_the_room() -> None:
    with Room() as room:
        said = f"open {room.path}/repo/a/b.yaml: no; lstat /repo/c: no; root {room.path}/repo bad; {room.path}/tmp/x"
        assert room.clean(said) == "open a/b.yaml: no; lstat c: no; root . bad; /tmp/x"


@pytest.mark.parametrize("path", ["..", "a/../../b", "a/..", "", ".", "a//b"])
def test_a_room_writes_only_below_itself(path: str) -> None:
    with Room() as room:
        with pytest.raises(OSError, match="leaves its directory"):
            room.write(path, b"")
        with pytest.raises(OSError, match="leaves its directory"):
            room.link(path, "x")


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    with Room() as room:
        room.link("repo/out", str(tmp_path))
        room.link("repo/file", str(tmp_path / "file"))
        for path in ("repo/out/x", "repo/file"):
            with pytest.raises(OSError):
                room.write(path, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def rooms_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lets a test say where rooms may be made; the answer is found once a process otherwise."""
    sandbox._place_of_rooms.cache_clear()
    monkeypatch.delenv("TMPDIR", raising=False)
    yield monkeypatch
    sandbox._place_of_rooms.cache_clear()


def test_rooms_are_made_where_tmpdir_says(rooms_anew: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rooms_anew.setenv("TMPDIR", str(tmp_path))
    rooms_anew.setattr("tempfile.tempdir", None)
    with Room() as room:
        assert Path(room.path).parent == tmp_path


@pytest.mark.parametrize(
    ("flag", "blocks", "in_memory"), [(0, 1 << 20, True), (os.ST_NOEXEC, 1 << 20, False), (0, 1 << 14, False)]
)
def test_rooms_are_made_in_memory_only_where_programs_run_and_there_is_space(
    rooms_anew: pytest.MonkeyPatch, tmp_path: Path, flag: int, blocks: int, in_memory: bool
) -> None:
    rooms_anew.setattr("tempfile.tempdir", None)
    rooms_anew.setattr(sandbox, "_IN_MEMORY", str(tmp_path))
    answer = SimpleNamespace(f_bavail=blocks, f_frsize=4096, f_flag=flag)
    rooms_anew.setattr(os, "statvfs", lambda _: answer)
    with Room() as room:
        assert (Path(room.path).parent == tmp_path) is in_memory


def test_a_program_that_is_still_being_written_is_started_again(full: Sandbox, tmp_path: Path) -> None:
    if full.level != "root+network":
        pytest.skip("this system does not let us change the root")
    kubectl = Path(sys.executable).parent / "kubectl"
    program = Path(shutil.copy2(shutil.which("kustomize") or kubectl, tmp_path / "tool"))
    with Room() as room:
        words = ["version", "--client"] if program.stat().st_size > 40_000_000 else ["version"]
        inside = Path(room.path + room.place_program(str(program)))
        writer = inside.open("ab")
        threading.Timer(0.05, writer.close).start()
        done = full.run(room, str(program), words, env={"HOME": "/tmp"}, limits=LIMITS)
    assert done.ok, done.stderr
