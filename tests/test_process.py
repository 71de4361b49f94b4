"""The one runner of programs: argv, limits, streams, and what stops it."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from bot.errors import ToolError
from bot.interview import Ended, Interview
from bot.process import MEBIBYTE, Conversation, Limits, Server, Stop, minimal_environment, run


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def _gone(pid: int) -> bool:
    """Whether a process ended (a zombie has ended too)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def _wait(condition: object, seconds: float = 5) -> bool:
    assert callable(condition)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_both_streams_and_the_code() -> None:
    done = run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert (done.code, done.stdout, done.stderr, done.stopped, done.ok) == (3, b"out\n", b"err\n", "", False)


def test_words_are_not_a_shell() -> None:
    word = "$(touch x); `id` 'a\" *"
    assert run([*python("import sys; print(sys.argv[1])"), word]).stdout.decode() == word + "\n"


def test_environment_is_only_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "hunter2")
    code = "import os; print(sorted(os.environ))"
    assert "TOKEN" not in run(python(code)).stdout.decode()
    assert "HOME" not in minimal_environment()
    assert run(python(code), env={"A": "1"}).stdout.decode().count("'A'") == 1


def test_standard_input_is_never_inherited() -> None:
    assert run(python("import sys; print(repr(sys.stdin.read()))")).stdout == b"''\n"


def test_large_input_and_output_at_once() -> None:
    data = b"0123456789abcdef" * 500_000
    done = run(python("import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"), stdin=data)
    assert done.ok
    assert done.stdout == data


def test_program_that_does_not_read_its_input() -> None:
    assert run(python("print(1)"), stdin=b"x" * 5_000_000).stdout == b"1\n"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        pytest.param("import time; time.sleep(60)", "took longer than 0.3 s", id="sleeps"),
        pytest.param("while True: pass", "took longer than 0.3 s", id="spins"),
        pytest.param(
            "import os, time; os.close(1); os.close(2); time.sleep(60)", "took longer than 0.3 s", id="silent"
        ),
        pytest.param("import sys\nwhile True: sys.stderr.write('x' * 9999)", "took longer than 0.3 s", id="complains"),
    ],
)
def test_time_limit(code: str, words: str) -> None:
    start = time.monotonic()
    done = run(python(code), limits=Limits(seconds=0.3))
    assert (done.stopped, done.ok) == (words, False)
    assert time.monotonic() - start < 5
    assert len(done.stderr) <= 5 * MEBIBYTE


def test_output_limit() -> None:
    done = run(python("import sys\nwhile True: sys.stdout.write('x' * 9999)"), limits=Limits(output=2 * MEBIBYTE))
    assert done.stopped == "printed more than 2 MiB"
    assert len(done.stdout) < 3 * MEBIBYTE


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc")
@pytest.mark.parametrize(
    "code",
    [
        pytest.param("held = bytearray(200 << 20); import time; time.sleep(60)", id="quiet"),
        pytest.param("held = bytearray(200 << 20)\nwhile True: print('x', flush=True)", id="while-it-prints"),
        pytest.param(
            "import os; os.close(1); os.close(2)\nheld = bytearray(200 << 20)\nwhile True: pass", id="without-streams"
        ),
    ],
)
def test_memory_limit(code: str) -> None:
    done = run(python(code), limits=Limits(seconds=20, memory=100 * MEBIBYTE))
    assert done.stopped == "used more than 100 MiB of memory"


@pytest.mark.skipif(not any(Path("/proc").glob("self/task/*/children")), reason="needs /proc with children")
def test_memory_of_its_children_counts() -> None:
    child = "held = bytearray(200 << 20); import time; time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    done = run(python(code), limits=Limits(seconds=20, memory=100 * MEBIBYTE))
    assert done.stopped == "used more than 100 MiB of memory"


def test_a_stopped_program_takes_its_children_along(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    child = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    done = run(python(code), limits=Limits(seconds=1.5))
    assert done.stopped
    pid = int(note.read_text())
    assert _wait(lambda: _gone(pid))


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["no-such-program-here"], "was not found; install it or put it on PATH"),
        (["/"], "could not be started"),
        (["true", "a\0b"], "could not be started"),
    ],
)
def test_program_that_cannot_start(argv: list[str], words: str) -> None:
    with pytest.raises(ToolError, match=words):
        run(argv)


def test_stop_ends_running_programs_from_another_thread_and_lets_none_begin() -> None:
    stop, codes = Stop(), []
    threads = [threading.Thread(target=lambda: codes.append(run(["sleep", "60"], stop=stop).code)) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert _wait(lambda: len(stop._live) == 3)
    stop.now()
    for thread in threads:
        thread.join(5)
    assert codes == [-signal.SIGKILL] * 3
    with pytest.raises(ToolError, match="stopped"):
        run(["sleep", "60"], stop=stop)


def test_an_interrupt_kills_the_program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    before = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # a shell that runs jobs in the background ignores it
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            run(python(f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(60)"))
    finally:
        timer.join()
        signal.signal(signal.SIGINT, before)
    assert _wait(lambda: _gone(int(note.read_text())))


def test_conversation() -> None:
    echo = "import sys\nfor line in sys.stdin: print(line.upper(), end='', flush=True)"
    with Conversation(python(echo), env=minimal_environment()) as talk:
        for word in (b"one\n", b"two\n"):
            talk.input.write(word)
            talk.input.flush()
            assert talk.output.readline() == word.upper()
        pid = talk._process.pid
    assert _gone(pid)


def test_conversation_with_a_program_that_does_not_end() -> None:
    with Conversation(["sleep", "60"], env=minimal_environment()) as talk:
        pid = talk._process.pid
    assert _gone(pid)


def test_conversation_with_nothing() -> None:
    with pytest.raises(ToolError, match="was not found"):
        Conversation(["no-such-program-here"], env={})


def interview(code: str, **limits: float) -> Interview:
    argv = [sys.executable, "-c", "import os, signal, sys\n" + code]
    return Interview(argv, env=minimal_environment(), limits=Limits(**limits))  # type: ignore[arg-type]


def test_an_interview_goes_line_by_line() -> None:
    with interview("for line in sys.stdin: print(line.strip() * 2 + '\\n', end='', flush=True)") as program:
        for word in (b"a", b"b" * 100_000, b""):
            program.ask(word + b"\n")
            assert program.answer() == word * 2


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("signal.pause()", "took longer than 0.3 s"),
        ("print('x' * 3_000_000)", "printed more than 1 MiB"),
        ("os.kill(os.getpid(), signal.SIGALRM)", "took too long"),
        ("os.abort()", "ran out of memory"),
        ("sys.exit(0)", "ended without an answer"),
    ],
)
def test_an_interview_that_goes_wrong_says_how(code: str, words: str) -> None:
    seconds = 0.3 if "pause" in code else 20
    with interview(code, seconds=seconds, output=MEBIBYTE) as program, pytest.raises(Ended, match=words):
        program.answer()


def test_an_interview_with_nobody() -> None:
    with interview("os.close(0)") as program, pytest.raises(Ended):
        program.answer()
        program.ask(b"a" * 1_000_000)


def test_a_server_is_asked_to_end_and_then_made_to() -> None:
    begin = "import signal, sys, time; signal.signal(signal.SIGTERM, "
    rest = "); open(sys.argv[1], 'w'); time.sleep(60)"
    polite, stubborn = (begin + how + rest for how in ("lambda *_: sys.exit(7)", "signal.SIG_IGN"))
    for code, ends in ((polite, 7), (stubborn, -signal.SIGKILL)):
        with tempfile.TemporaryDirectory() as place:
            server = Server([*python(code), f"{place}/ready"], env=minimal_environment())
            assert _wait(Path(place, "ready").exists)
            assert server.code() is None
            server.stop(0.2)
            assert server.code() == ends
            server.stop()  # once more is no harm


def test_a_server_that_cannot_start() -> None:
    with pytest.raises(ToolError, match="was not found"):
        Server(["/no/such/server"], env={})
    with pytest.raises(ToolError, match="could not be started"):
        Server(["/etc/passwd"], env={})
