"""The directories that programs run in: what may be written there, where they lie, and that nothing stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot.render import rooms
from bot.render.rooms import Room


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


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("from './repos': read /repo/meta/repos: is a directory", "from './repos': read meta/repos: is a directory"),
        ("'/repo/apps/repo/base' of /repo, b", "'apps/repo/base' of ., b"),
        ("path='/repo': ../repo and repo/repository.yaml", "path='.': ../repo and repo/repository.yaml"),
        ("/repository/a and /repo-two", "/repository/a and /repo-two"),
    ],
)
def test_directories_called_like_the_room_stay(said: str, shown: str) -> None:
    with Room() as room:
        assert room.clean(said) == shown


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
    rooms._place_of_rooms.cache_clear()
    monkeypatch.setattr(rooms, "_HOMES", {})
    monkeypatch.delenv("TMPDIR", raising=False)
    yield monkeypatch
    for process in [*rooms._HOMES]:
        rooms._leave(process)
    rooms._place_of_rooms.cache_clear()


def test_rooms_are_made_where_tmpdir_says(rooms_anew: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rooms_anew.setenv("TMPDIR", str(tmp_path))
    rooms_anew.setattr("tempfile.tempdir", None)
    with Room() as room:
        assert Path(room.path).parents[1] == tmp_path


@pytest.mark.parametrize(
    ("flag", "blocks", "in_memory"), [(0, 1 << 20, True), (os.ST_NOEXEC, 1 << 20, False), (0, 1 << 14, False)]
)
def test_rooms_are_made_in_memory_only_where_programs_run_and_there_is_space(
    rooms_anew: pytest.MonkeyPatch, tmp_path: Path, flag: int, blocks: int, in_memory: bool
) -> None:
    rooms_anew.setattr("tempfile.tempdir", None)
    rooms_anew.setattr(rooms, "_IN_MEMORY", str(tmp_path))
    answer = SimpleNamespace(f_bavail=blocks, f_frsize=4096, f_flag=flag)
    rooms_anew.setattr(os, "statvfs", lambda _: answer)
    with Room() as room:
        assert (Path(room.path).parents[1] == tmp_path) is in_memory


KILLED = """
import os, signal, time
from bot.render.rooms import Room
with Room() as room:
    room.place_program("/bin/sh")
    os.kill(os.getpid(), signal.SIGKILL) if {killed} else print(room.path, flush=True) or input()
"""


def a_process(place: Path, *, killed: bool) -> subprocess.Popen[bytes]:
    env = {**os.environ, "TMPDIR": str(place)}
    program = [sys.executable, "-c", KILLED.format(killed=killed)]
    return subprocess.Popen(program, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def aged(place: Path) -> list[Path]:
    found = [*place.iterdir()]
    for home in found:
        os.utime(home, (0, 0))
    return found


def test_what_a_killed_process_left_is_removed_by_the_next(rooms_anew: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rooms_anew.setenv("TMPDIR", str(tmp_path))
    rooms_anew.setattr("tempfile.tempdir", None)
    a_process(tmp_path, killed=True).communicate()
    assert len(left := aged(tmp_path)) == 1
    with Room() as room:
        assert [*tmp_path.iterdir()] == [Path(room.path).parent]
    assert not left[0].exists()


def test_a_living_process_keeps_its_rooms(rooms_anew: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rooms_anew.setenv("TMPDIR", str(tmp_path))
    rooms_anew.setattr("tempfile.tempdir", None)
    living = a_process(tmp_path, killed=False)
    assert living.stdout is not None
    theirs = Path(living.stdout.readline().decode().strip())
    aged(tmp_path)
    with Room():
        assert theirs.is_dir()
    living.communicate(b"\n")
    assert not theirs.parent.exists()


def test_others_files_under_such_a_name_stay(rooms_anew: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rooms_anew.setenv("TMPDIR", str(tmp_path))
    rooms_anew.setattr("tempfile.tempdir", None)
    mine = tmp_path / "elsewhere"
    mine.mkdir()
    (tmp_path / "gatehouse-render-link").symlink_to(mine)
    (tmp_path / "gatehouse-render-young").mkdir()
    (tmp_path / "gatehouse-render-file").write_text("")
    os.utime(tmp_path / "gatehouse-render-file", (0, 0))
    os.utime(mine, (0, 0))
    with Room() as room:
        names = {path.name for path in tmp_path.iterdir()} - {Path(room.path).parent.name}
    assert names == {"elsewhere", "gatehouse-render-link", "gatehouse-render-young", "gatehouse-render-file"}


def test_a_fork_has_rooms_of_its_own(rooms_anew: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rooms_anew.setenv("TMPDIR", str(tmp_path))
    rooms_anew.setattr("tempfile.tempdir", None)
    with Room() as room:
        rooms_anew.setattr(os, "getpid", lambda: -1)
        with Room() as other:
            assert Path(other.path).parent != Path(room.path).parent
            rooms._leave(-1)
            assert Path(room.path).is_dir()
        rooms_anew.undo()
        rooms._leave(os.getpid() + 1)


def test_a_process_that_ends_at_once_leaves_nothing_if_it_says_so(tmp_path: Path) -> None:
    script = (
        "import os, sys\n"
        "from bot.render import rooms\n"
        "if os.fork() == 0:\n"
        "    with rooms.Room() as room:\n"
        "        pass\n"
        "    if sys.argv[1] == 'leave':\n"
        "        rooms.leave()\n"
        "    os._exit(0)\n"
        "os.wait()\n"
    )
    for word, left in (("stay", 1), ("leave", 0)):
        place = tmp_path / word
        place.mkdir()
        env = {"PYTHONPATH": os.pathsep.join(sys.path), "TMPDIR": str(place), "PATH": os.defpath}
        subprocess.run([sys.executable, "-c", script, word], env=env, check=True)
        assert len(list(place.iterdir())) == left
    rooms.leave()
    rooms.leave()  # nothing is here
