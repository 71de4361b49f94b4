"""Threads whose programs start in another root and without a network."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.errors import ToolError
from bot.process import Limits, run
from bot.render import seclusion
from bot.render.rooms import Room
from bot.render.sandbox import Sandbox, detect

LIMITS = Limits(seconds=20)


def in_a_thread(work: Callable[[], None]) -> None:
    """Run in a thread of its own, which is secluded; raises what it raised."""
    raised: list[BaseException] = []

    def body() -> None:
        try:
            if not seclusion.seclude():
                raise PermissionError
            work()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=body)
    thread.start()
    thread.join()
    if raised and isinstance(raised[0], PermissionError):
        pytest.skip("this system does not let us part a thread's root and network")
    if raised:
        raise raised[0]


@pytest.fixture
def program() -> str:
    found = shutil.which("kustomize") or str(Path(sys.executable).parent / "kubectl")
    return str(Path(found).resolve())


def version(program: str) -> list[str]:
    return ["version"] if Path(program).name.startswith("kustomize") else ["version", "--client"]


def test_programs_run_in_the_room_and_the_thread_stays_outside(program: str) -> None:
    home = Path.cwd()

    def work() -> None:
        with Room() as room:
            inside = room.place_program(program)
            done = run(
                [inside, *version(program)], cwd="/repo", env={"HOME": "/tmp"}, limits=LIMITS,
                within=seclusion.inside(room.path),
            )  # fmt: skip
            assert done.ok, done.stderr
            assert Path.cwd() == home
            assert Path("/proc/self/root").readlink() == Path("/") and Path(room.path).is_dir()

    in_a_thread(work)
    assert not seclusion.is_secluded()


def test_what_lies_outside_of_the_room_cannot_be_started() -> None:
    def work() -> None:
        with Room() as room, pytest.raises(ToolError, match="was not found"):
            run(["/bin/true"], cwd="/repo", limits=LIMITS, within=seclusion.inside(room.path))
        assert run(["/bin/true"], limits=LIMITS).ok  # and afterwards it can

    in_a_thread(work)


def test_the_thread_has_a_network_of_its_own_and_others_keep_theirs() -> None:
    networks = [Path("/proc/self/ns/net").readlink()]

    def work() -> None:
        networks.append(Path(f"/proc/self/task/{threading.get_native_id()}/ns/net").readlink())

    in_a_thread(work)
    networks.append(Path("/proc/self/ns/net").readlink())
    assert networks[0] == networks[2] != networks[1]


def test_the_sandbox_settles_only_where_the_root_can_change() -> None:
    def settled(sandbox: Sandbox) -> bool:
        found: list[bool] = []

        def body() -> None:
            sandbox.settle()
            found.append(seclusion.is_secluded())

        thread = threading.Thread(target=body)
        thread.start()
        thread.join()
        return found[0]

    assert not settled(Sandbox("none"))
    assert not settled(Sandbox("network", ("unshare", "--net")))
    assert not settled(Sandbox("root+network", ("unshare", "--map-root-user", "--net")))
    full = detect()
    if full.level == "root+network" and os.geteuid() == 0:
        assert settled(full)


def test_a_busy_program_is_started_again_in_a_secluded_thread(program: str, tmp_path: Path) -> None:
    full = detect()
    if full.level != "root+network":
        pytest.skip("this system does not let us change the root")
    copy = shutil.copy2(program, tmp_path / Path(program).name)

    def work() -> None:
        with Room() as room, Path(room.path + room.place_program(str(copy))).open("ab") as writer:
            threading.Timer(0.05, writer.close).start()
            done = full.run(room, str(copy), version(program), env={"HOME": "/tmp"}, limits=LIMITS)
        assert done.ok, done.stderr

    in_a_thread(work)


def test_nothing_stays_open() -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    in_a_thread(lambda: None)
    before = count()
    for _ in range(5):
        in_a_thread(lambda: None)
    assert count() == before
