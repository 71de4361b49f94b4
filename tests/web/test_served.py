"""``gatehouse serve`` and its parts as they are run: gunicorn over HTTP, RQ's workers, sweeper, and an embedded Redis."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from assembled import REPOSITORY
from deliveries_made import github_delivery, gitlab_delivery, until
from running import ROOT, SITE, Running, ask, processes, running
from web_fixtures import *  # noqa: F403 pytest finds them by their names

from bot.model.job import Job, JobKind
from bot.queue.connection import connect
from bot.queue.memory import RedisMemory

needs_linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
CHECKED = f"did {Job(JobKind.CHECK, REPOSITORY, number=3).key}"
SWEPT = f"did {Job(JobKind.SWEEP, REPOSITORY).key}"


@pytest.fixture
def alone(environ: dict[str, str]) -> dict[str, str]:
    """Settings of a service that has no Redis yet, at any free port."""
    return {name: value for name, value in environ.items() if name != "REDIS_URL"} | {"PORT": "0"}


def memory(environ: dict[str, str]) -> RedisMemory:
    place = Path(environ["GATEHOUSE_STATE_DIR"], "redis", "socket-path").read_text()
    return RedisMemory(connect(f"unix://{place}"))


def note(environ: dict[str, str], key: str) -> str:
    try:
        return memory(environ).note(key)
    except Exception:  # it is not there yet
        return ""


def deliver(program: Running, number: int = 3, id: str = "d-1") -> int:
    headers, body = github_delivery(number, id=id)
    try:
        return ask(program.address(), "POST", "/webhooks/github", headers, body)[0]
    except OSError:
        return 0


def ready(program: Running) -> bool:
    try:
        return ask(program.address(), "GET", "/readyz")[0] == 200
    except OSError:
        return False


def test_everything_at_once(alone: dict[str, str], tmp_path: Path) -> None:
    with running(["serve", "--workers", "1"], alone, tmp_path / "run") as program:
        assert deliver(program) == 202  # whoever comes early waits
        until(lambda: note(alone, CHECKED) != "", "a check")
        until(lambda: note(alone, SWEPT) != "", "a sweep")
        counted = r'gatehouse_deliveries_total\{.*answer="accepted".*\} 1\.0'
        until(lambda: re.search(counted, ask(program.address(), "GET", "/metrics")[2]) is not None, "a count")
        _, headers, _ = ask(program.address(), "GET", "/metrics")
        assert "Python" not in headers["Server"]
        assert ask(program.address(), "POST", "/webhooks/github", *_forged())[0] == 401
        assert program.end() == 0
        lines = program.lines()
    assert program.out.read_text().splitlines()[-1] == "Gatehouse has ended."
    taken = [line for line in lines if line.get("answer") == "accepted"]
    assert [(line["delivery"], line["pull_request"]) for line in taken] == [("d-1", "github:acme/gitops#3")]
    written = program.err.read_text() + program.out.read_text()
    for name in ("GITHUB_WEBHOOK_SECRET", "GITLAB_WEBHOOK_SECRET", "GITLAB_TOKEN"):
        assert alone[name] not in written
    assert "Traceback" not in written


def _forged() -> tuple[dict[str, str], bytes]:
    return github_delivery(secret="s0mebody-else-entirely-here")


@needs_linux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_behind(alone: dict[str, str], tmp_path: Path, number: int) -> None:
    word = f"GATEHOUSE_STATE_DIR={alone['GATEHOUSE_STATE_DIR']}"
    with running(["serve", "--workers", "2"], alone, tmp_path / "run") as program:
        until(lambda: ready(program), "readiness")
        until(lambda: note(alone, SWEPT) != "", "a sweep")
        place = memory(alone)
        assert len(processes(word)) >= 6
        code = program.end(number)
        assert code == (-number if number == signal.SIGKILL else 0)
        until(lambda: processes(word) == [], "an end of all")

        def redis_is_gone() -> bool:
            try:
                place.note("x")
            except Exception:
                return True
            return False

        until(redis_is_gone, "the end of Redis")


@needs_linux
def test_parts_that_die_come_back(alone: dict[str, str], tmp_path: Path) -> None:
    with running(["serve", "--workers", "1"], alone, tmp_path / "run") as program:
        until(lambda: ready(program), "readiness")
        for name in ("web", "worker 1", "sweep"):
            os.kill(_part(program, name), signal.SIGKILL)
        until(lambda: sum(line["message"] == "A part is started." for line in program.lines()) >= 6, "three new parts")
        until(lambda: deliver(program) == 202, "an answer")
        until(lambda: note(alone, CHECKED) != "", "a check")
        assert program.end() == 0


@needs_linux
def test_a_redis_that_dies_comes_back_with_what_it_held(alone: dict[str, str], tmp_path: Path) -> None:
    with running(["serve", "--workers", "1"], alone, tmp_path / "run") as program:
        until(lambda: deliver(program) == 202, "an answer")
        until(lambda: note(alone, CHECKED) != "", "a check")
        memory(alone).set_note("kept", "yes")
        until(lambda: _written(alone, "kept"), "the note on disk")
        pid = connect(f"unix://{Path(alone['GATEHOUSE_STATE_DIR'], 'redis', 'socket-path').read_text()}").info()
        os.kill(int(pid["process_id"]), signal.SIGKILL)
        until(lambda: note(alone, "kept") == "yes", "Redis with its notes")
        until(lambda: deliver(program, 4, "d-2") == 202, "an answer")
        assert program.end() == 0


def _written(environ: dict[str, str], text: str) -> bool:
    files = Path(environ["GATEHOUSE_STATE_DIR"], "redis", "appendonlydir").glob("*.aof")
    return any(text.encode() in file.read_bytes() for file in files)


def _part(program: Running, name: str) -> int:
    started = [line["pid"] for line in program.lines() if line.get("part") == name and "pid" in line]
    assert started
    return int(str(started[-1]))


def test_one_worker_and_the_web_apart(environ: dict[str, str], emptied: redis.Redis, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    place = ("127.0.0.1", port)
    with (
        running(["web", "--processes", "1"], {**environ, "PORT": str(port)}, tmp_path / "web") as web,
        running(["worker"], environ, tmp_path / "worker") as worker,
        running(["sweep"], environ, tmp_path / "sweep") as sweep,
    ):
        headers, body = gitlab_delivery()

        def taken() -> bool:
            try:
                return ask(place, "POST", "/webhooks/gitlab", headers, body)[0] == 202
            except OSError:
                return False

        until(taken, "an answer")
        until(lambda: RedisMemory(emptied).note("did check:gitlab:acme/sub/gitops:3") != "", "a check")
        until(lambda: RedisMemory(emptied).note(SWEPT) != "", "a sweep")
        nice = [os.getpriority(os.PRIO_PROCESS, program.process.pid) for program in (worker, web)]
        assert nice[0] > nice[1] or nice[1] == 19, "deliveries are answered first"
        assert [program.end() for program in (web, worker, sweep)] == [0, 0, 0]


@pytest.mark.parametrize("verb", ["web", "worker", "sweep"])
def test_a_part_alone_needs_a_redis(alone: dict[str, str], tmp_path: Path, verb: str) -> None:
    with running([verb], alone, tmp_path / "run") as program:
        assert program.process.wait(60) == 2
        assert "set REDIS_URL to its address" in program.err.read_text()


def test_bad_settings_are_told_before_anything_starts(alone: dict[str, str], tmp_path: Path) -> None:
    for name, value in (
        ("GITHUB_PRIVATE_KEY", "n0-key-at-all"),
        ("GITLAB_WEBHOOK_SECRET", "whsec_!!!!n0t-base64-at-all"),
    ):
        with running(["serve"], {**alone, name: value}, tmp_path / name) as program:
            assert program.process.wait(60) == 2
            assert name in program.err.read_text()
            assert value not in program.err.read_text()
            assert program.out.read_text() == ""


def test_a_port_that_is_taken_is_told(alone: dict[str, str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environ = {**alone, "PORT": str(taken.getsockname()[1])}
        with running(["serve"], environ, tmp_path / "run") as program:
            assert program.process.wait(60) == 2
            assert "cannot listen" in program.err.read_text()


def test_the_procfile_runs_the_same(environ: dict[str, str], emptied: redis.Redis, tmp_path: Path) -> None:
    web = next(line for line in (ROOT / "Procfile").read_text().splitlines() if line.startswith("web: "))
    words = [word.strip('"') for word in web.removeprefix("web: ").split()]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    env = {**os.environ, **environ, "PORT": str(port), "PYTHONPATH": f"{SITE}:{ROOT}:{ROOT / 'tests/web'}"}
    with (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen([sys.executable, "-m", *words], env=env, stderr=err)
    try:
        headers, body = github_delivery()

        def taken() -> bool:
            try:
                return ask(("127.0.0.1", port), "POST", "/webhooks/github", headers, body)[0] == 202
            except OSError:
                return False

        until(taken, "an answer")
    finally:
        process.terminate()
        process.wait(60)
    lines = [json.loads(line) for line in (tmp_path / "err").read_text().splitlines()]
    assert "A webhook was taken." in [line["message"] for line in lines]


def test_a_sender_that_says_nothing_more_frees_its_thread(alone: dict[str, str], tmp_path: Path) -> None:
    headers, body = github_delivery()
    with running(["serve", "--workers", "1"], alone, tmp_path / "run") as program:
        until(lambda: ready(program), "readiness")
        with socket.create_connection(program.address(), timeout=60) as slow:
            head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            slow.sendall(f"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n{head}\r\n".encode())
            slow.sendall(body)
            answered = b""
            while chunk := slow.recv(4096):  # until the service closes the connection
                answered += chunk
            assert b" 202 " not in answered
        assert program.end() == 0
