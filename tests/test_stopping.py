"""Ctrl-C at any instant of a run: real signals, from the first moment that is ours to the last."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot import cli, stopping

ROOT = Path(__file__).parents[1]
KINDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def shop(repository: GitOpsRepository) -> GitOpsRepository:
    before = {"web/kustomization.yaml": kustomization(resources=["cm.yaml"])}
    repository.commit({**before, "web/cm.yaml": manifest("ConfigMap", "settings", data={"a": "1"})})
    repository.git("checkout", "-q", "-b", "change")
    repository.commit({"web/cm.yaml": manifest("ConfigMap", "settings", data={"a": "2"})})
    return repository


def started(*words: str, program: tuple[str, ...] = ("-m", "bot"), ignored: bool = False) -> subprocess.Popen[str]:
    def heard() -> None:  # whoever runs the tests may ignore some of them, as nohup does
        for kind in KINDS:
            signal.signal(kind, signal.SIG_IGN if ignored else signal.SIG_DFL)

    return subprocess.Popen(
        [sys.executable, *program, *words], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "GATEHOUSE_CACHE_DIR": "off"}, preexec_fn=heard,  # noqa: PLW1509
    )  # fmt: skip


def until_ours(running: subprocess.Popen[str]) -> None:
    """Before the first line of Gatehouse Python itself answers Ctrl-C, and SIGALRM is the last one that we take over."""
    while running.poll() is None:
        caught = Path("/proc", str(running.pid), "status").read_text().partition("SigCgt:")[2].split()
        if caught and int(caught[0], 16) >> (signal.SIGALRM - 1) & 1:
            return


needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks /proc which signals are caught")


@needs_proc
@pytest.mark.parametrize("part", range(4))
def test_a_signal_at_any_moment_ends_with_one_line(
    shop: GitOpsRepository, part: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (rooms := tmp_path / "rooms").mkdir()
    monkeypatch.setenv("TMPDIR", str(rooms))
    words = ("check", "--repo", str(shop.path), "--base", "base", "--head", "change")
    for step in range(7):
        running = started(*words)
        until_ours(running)
        time.sleep((step * 4 + part) * 0.017)  # the moment is what is tried; any of them has to hold
        running.send_signal(KINDS[step % 3])
        out, err = running.communicate(timeout=20)
        assert "Traceback" not in err
        assert (running.returncode, err) in ((130, "Stopped; nothing was changed.\n"), (0, ""))
        assert running.returncode == 0 or out == "" or "settings" in out
        assert [*rooms.iterdir()] == []


@needs_proc
def test_signals_that_do_not_end(shop: GitOpsRepository) -> None:
    running = started("check", "--repo", str(shop.path), "--base", "base", "--head", "change")
    until_ours(running)
    while running.poll() is None:
        running.send_signal(signal.SIGINT)
        time.sleep(0.001)
    _, err = running.communicate()
    assert (running.returncode, err) == (130, "Stopped; nothing was changed.\n")


def test_nothing_of_weight_is_loaded_before_signals_are_heard() -> None:
    ask = "import os, sys; old = {*sys.modules}; import bot.__main__; print(*{*sys.modules} - old)"
    done = subprocess.run([sys.executable, "-S", "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"bot", "bot.__main__", "bot.stopping", "_signal"}


PROGRAM = """
import os, signal, sys
from bot import stopping
stopping.at_once()
stopping.by_exception()
try:
    {}
except KeyboardInterrupt:
    print("caught", flush=True)
finally:
    stopping.over()
"""


def said(body: str, *, ignored: bool = False) -> tuple[int, str, str]:
    running = started(program=("-c", PROGRAM.format(body.replace("\n", "\n    "))), ignored=ignored)
    out, err = running.communicate(timeout=20)
    return running.returncode, out, err


def test_an_interrupt_that_nobody_can_catch_comes_again() -> None:
    body = "class Gone:\n    def __del__(self): os.kill(os.getpid(), signal.SIGINT)\n"
    assert said(f"{body}gone = Gone()\ndel gone\nsignal.pause()") == (0, "caught\n", "")


def test_what_nobody_catches_otherwise_is_still_said() -> None:
    code, _, err = said("class Gone:\n    def __del__(self): raise ValueError('x')\ngone = Gone()\ndel gone")
    assert (code, "ValueError: x" in err) == (0, True)


def test_twice_the_same_press_does_not_cut_the_end_short() -> None:
    again = "os.kill(os.getpid(), signal.SIGINT)"
    assert said(f"try: {again}\nfinally: {again}") == (0, "caught\n", "")


def test_who_presses_again_later_has_an_end() -> None:
    again = "os.kill(os.getpid(), signal.SIGINT)"
    body = f"stopping._TWICE_SECONDS = 0\ntry: {again}\nfinally: {again}; signal.pause()"
    assert said(body) == (130, "", "Stopped; nothing was changed.\n")


@pytest.mark.parametrize("lost", ["pass", "threading.Event().wait()"])
def test_an_interrupt_that_is_lost_or_stuck_comes_again(lost: str) -> None:
    body = "import threading\nstopping._STUCK_SECONDS = 0.2\n"
    body += f"try: os.kill(os.getpid(), signal.SIGINT)\nexcept KeyboardInterrupt: {lost}\nthreading.Event().wait()"
    assert said(body) == (0, "caught\n", "")


def test_a_signal_that_another_thread_takes_ends_the_wait_for_renders() -> None:
    """The kernel may give it to any thread, and the main one sleeps on."""
    body = "import threading, time\nfrom concurrent.futures import Future\nfrom bot.render.engine import _as_they_end\n"
    body += "def strike():\n    time.sleep(0.3)\n    signal.pthread_kill(threading.get_ident(), signal.SIGINT)\n"
    body += "    time.sleep(60)\nthreading.Thread(target=strike, daemon=True).start()\nlist(_as_they_end([Future()]))"
    assert said(body) == (0, "caught\n", "")


def test_after_the_end_no_interrupt_comes_again() -> None:
    body = "import time\nstopping._STUCK_SECONDS = 0.2\ntry: os.kill(os.getpid(), signal.SIGINT)\n"
    body += "except KeyboardInterrupt: stopping.over()\ntime.sleep(0.5)\nprint('on')"
    assert said(body) == (0, "on\n", "")


def test_after_the_end_nothing_is_raised() -> None:
    body = "stopping.over()\nos.kill(os.getpid(), signal.SIGTERM)"
    assert said(body) == (130, "", "Stopped; nothing was changed.\n")


def test_a_part_of_the_service_ends_without_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it writes is its log, and each line of that is JSON."""
    monkeypatch.setenv(stopping.PARENT, "1")
    body = "stopping.over(); del os.environ[stopping.PARENT]; os.kill(os.getpid(), signal.SIGTERM)"
    assert said(body) == (130, "", "")


def test_what_was_ignored_stays_ignored() -> None:
    body = "for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP): os.kill(os.getpid(), kind)\nprint('alive')"
    assert said(body, ignored=True) == (0, "alive\n", "")


def test_a_signal_while_python_ends_changes_no_verdict() -> None:
    late = "class Late:\n    def __del__(self): [os.kill(os.getpid(), kind) for kind in (1, 2, 15)]\n"
    done = f"stopping.over(); print('verdict'); stopping.no_more()\n{late}late = Late()\nlate.me = late"
    assert said(done) == (0, "verdict\n", "")


def test_the_handlers_of_another_program_stay() -> None:
    body = "mine = lambda *_: print('mine', flush=True)\nsignal.signal(signal.SIGINT, mine)\n"
    body += "stopping.at_once(); stopping.by_exception(); stopping.over()\nos.kill(os.getpid(), signal.SIGINT)"
    assert said(body) == (0, "mine\n", "")


def test_an_interrupt_while_a_class_is_made(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python 3.11 says RuntimeError then."""

    class Field:
        def __set_name__(self, owner: type, name: str) -> None:
            raise KeyboardInterrupt

    def run(argv: object) -> int:
        type("Made", (), {"field": Field()})
        return 0

    monkeypatch.setattr(cli, "_run", run)
    assert cli.main(["check"]) == 130
    assert capsys.readouterr().err == "Stopped; nothing was changed.\n"
