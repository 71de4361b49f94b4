"""The server of our own: alone in its directory, reached by nobody else, and started again after any end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import wait_for

from bot.errors import ToolError, UserError
from bot.queue.connection import connect
from bot.queue.embedded import embedded

_SERVE = """
import sys, time
from pathlib import Path
from bot.queue.embedded import embedded
with embedded(Path(sys.argv[1])) as running:
    print(running.pid, flush=True)
    time.sleep(600)
"""


def serve(state: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A process that runs a server, and that server's id."""
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([sys.executable, "-c", _SERVE, str(state)], env=env, stdout=subprocess.PIPE)
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_what_is_written_outlives_the_server_and_no_port_is_open(tmp_path: Path) -> None:
    with embedded(tmp_path) as running, connect(running.url) as client:
        client.set("a", "1")
        assert client.config_get("port") == {"port": "0"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}
        assert (tmp_path / "redis").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "redis" / "redis.sock").stat().st_mode & 0o077 == 0
    assert is_gone(running.pid)
    with embedded(tmp_path) as running, connect(running.url) as client:
        assert client.get("a") == b"1"


def test_a_long_path_gets_a_short_socket_that_is_removed(tmp_path: Path) -> None:
    state = tmp_path / ("long" * 25)
    with embedded(state) as running, connect(running.url) as client:
        socket = Path(running.url.removeprefix("unix://"))
        assert client.ping() and len(os.fsencode(socket)) <= 100
        assert socket.parent.stat().st_mode & 0o077 == 0
    assert not socket.parent.exists()


def test_only_one_serve_uses_a_directory(tmp_path: Path) -> None:
    refused = pytest.raises(UserError, match=r"Another 'gatehouse serve' uses .* GATEHOUSE_STATE_DIR")
    with embedded(tmp_path), refused, embedded(tmp_path):
        pass
    with embedded(tmp_path):  # and the refused one left nothing behind
        pass


@pytest.mark.parametrize("directory", ["state", "long" * 25])
def test_a_server_that_was_left_behind_is_ended_and_its_data_kept(tmp_path: Path, directory: str) -> None:
    process, old = serve(tmp_path / directory)
    with embedded(tmp_path / "other") as running:  # nothing of it is touched by a server elsewhere
        assert running.pid != old
    with connect(f"unix://{(tmp_path / directory / 'redis' / 'socket-path').read_text()}") as client:
        client.set("a", "1")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not is_gone(old)
    with embedded(tmp_path / directory) as running, connect(running.url) as client:
        assert client.get("a") == b"1"
        wait_for(lambda: is_gone(old), "the end of the old server")


def test_a_killed_server_loses_nothing_that_it_had_answered(tmp_path: Path) -> None:
    with embedded(tmp_path) as running, connect(running.url) as client:
        client.set("a", "1")
        os.kill(running.pid, signal.SIGKILL)
        wait_for(lambda: is_gone(running.pid), "its end")
    with embedded(tmp_path) as running, connect(running.url) as client:
        assert client.get("a") == b"1"


def test_a_file_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    with embedded(tmp_path) as running, connect(running.url) as client:
        client.set("a", "1")
        client.set("b", "2")
    (file,) = (tmp_path / "redis" / "appendonlydir").glob("*.incr.aof")
    file.write_bytes(file.read_bytes()[:-3])
    with embedded(tmp_path) as running, connect(running.url) as client:
        assert client.get("a") == b"1"


@pytest.mark.parametrize("name", ["*.incr.aof", "*.manifest", "*.base.rdb"])
def test_damaged_files_are_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    with embedded(tmp_path) as running, connect(running.url) as client:
        client.set("a", "1")
    (file,) = (tmp_path / "redis" / "appendonlydir").glob(name)
    file.write_bytes(b"no such format\r\n" * 50)
    with (
        pytest.raises(ToolError, match=r"damaged. Delete .*appendonlydir and start again: nothing is lost"),
        embedded(tmp_path),
    ):
        pass
    for each in (tmp_path / "redis" / "appendonlydir").iterdir():
        each.unlink()
    with embedded(tmp_path) as running, connect(running.url) as client:
        assert client.ping()


def test_another_reason_is_told_in_the_servers_words(tmp_path: Path) -> None:
    (tmp_path / "redis").mkdir()
    (tmp_path / "redis" / "appendonlydir").write_text("a file where a directory should be")
    with pytest.raises(ToolError, match=r"did not start: .*appendonlydir.*valkey.log"), embedded(tmp_path):
        pass
