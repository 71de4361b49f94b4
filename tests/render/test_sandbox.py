"""What a program sees of the machine at each level."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path

import pytest

from bot.process import Limits
from bot.render import sandbox
from bot.render.rooms import Room
from bot.render.sandbox import Sandbox, detect, is_static

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


def test_what_works_is_tried_once_and_what_does_not_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    answers = [Sandbox("network"), Sandbox("root+network"), Sandbox("none")]

    def trial(unshare: str) -> Sandbox:
        tried.append(unshare)
        return answers[len(tried) - 1]

    monkeypatch.setattr(sandbox, "_FULL", {})
    monkeypatch.setattr(sandbox, "_tried", trial)
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/unshare")
    assert [detect().level for _ in range(4)] == ["network", "root+network", "root+network", "root+network"]
    assert tried == ["/bin/unshare"] * 2


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
