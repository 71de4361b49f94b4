"""``gatehouse playground``: it prints its address at once, serves both halves, and leaves nothing behind."""

from __future__ import annotations

import html
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playground_forge import ask, git

from bot.command_line import parser
from bot.doors.playground import played
from bot.errors import UserError
from bot.playground.world import World
from bot.service_settings import parsed
from bot.settings_file import merged

ROOT = Path(__file__).parents[2]
DEADLINE = 60  # seconds
LONG = 150  # for what a whole service does on a machine that is busy
MISSING = "apps/shop/overlays/prod/more-memory.yaml"
MEMORY = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  template:
    spec:
      containers:
        - name: shop
          resources:
            limits:
              memory: 1Gi
"""


@pytest.fixture
def running(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    env = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "bot", "playground", "--without-bot"]
    process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    found = re.fullmatch(r"The playground is at (http://127\.0\.0\.1:\d+)\n", first)
    assert found, first + (process.stderr.read() if process.stderr and process.poll() is not None else "")
    yield process, found[1]
    if process.poll() is None:
        process.kill()
    process.wait()


def _pulls(url: str) -> str:
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        page = ask(url, "/").text
        if page.count('class="title"') == 6 and "are being made" not in page:
            return page
        time.sleep(0.1)
    raise AssertionError(page)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_and_ends(running: tuple[subprocess.Popen[str], str], tmp_path: Path, number: signal.Signals) -> None:
    process, url = running
    page = _pulls(url)
    for title in ("Shop 1.42.0 on staging", "Prepare the sale", "More memory for the shop in production"):
        assert page.count(title) == 2
    for path in ("github/acme/gitops", "gitlab/acme/platform/gitops"):
        refs = git(tmp_path, "ls-remote", f"{url}/git/{path}.git").stdout
        assert "refs/heads/main" in refs and refs.count("/head\n") == 3
    process.send_signal(number)
    out, err = process.communicate(timeout=DEADLINE)
    assert (process.returncode, err) == (0, "")
    assert out.endswith("The playground has ended.\n")
    assert not list(tmp_path.glob("gatehouse-*"))


def test_a_port_that_is_taken_is_told(running: tuple[subprocess.Popen[str], str]) -> None:
    port = running[1].rpartition(":")[2]
    words = [sys.executable, "-m", "bot", "playground", "--without-bot", "--port", port]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, timeout=DEADLINE, check=False)
    assert done.returncode == 2
    assert done.stderr == f"gatehouse: The port {port} is taken: name another one, or 0 for any.\n"


def test_another_bot_finds_its_accounts(running: tuple[subprocess.Popen[str], str]) -> None:
    process, url = running
    assert process.stdout is not None
    accounts, webhooks = process.stdout.readline(), process.stdout.readline()
    file = Path(accounts.split(" are in ")[1].split(": ")[0])
    assert accounts.endswith(f"gatehouse serve --settings {file}\n") and file.stat().st_mode & 0o077 == 0
    settings = parsed(merged({}, str(file)))
    assert settings.github is not None and settings.github.api_url == f"{url}/api/v3"
    assert settings.gitlab is not None and settings.port == 8080
    assert "http://127.0.0.1:8080/webhooks/github and http://127.0.0.1:8080/webhooks/gitlab" in webhooks


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--log", "/nowhere/bot.log"), "The log /nowhere/bot.log cannot be written: No such file or directory."),
        (("--base", "main"), "--base names a branch of the repository that --repo names"),
        (("--repo", "/nowhere"), "There is no directory /nowhere"),
        (("--repo", ""), "--repo names no directory"),
        (("--bot-url", "http://127.0.0.1:1"), "give --without-bot as well"),
    ],
)
def test_what_cannot_be_used_is_told_before_anything_starts(words: tuple[str, str], said: str) -> None:
    with pytest.raises(UserError, match=re.escape(said)):
        played(parser().parse_args(["playground", *words]))


@pytest.mark.parametrize(
    "url", ["bot", "ftp://bot", "http://", "http://bot:99999", "http://me:it@bot", "http://bot/?a=b", "http://a b"]
)
def test_no_bot_is_at_an_address_that_is_none(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parser().parse_args(["playground", "--without-bot", "--bot-url", url])
    assert f"{url!r} is no address: http://127.0.0.1:8080, for one" in capsys.readouterr().err


def test_an_interrupt_ends_it_while_repositories_are_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before, handlers = signal.getsignal(signal.SIGINT), []

    def interrupted(_: World) -> None:
        handlers.append(signal.getsignal(signal.SIGINT))
        raise KeyboardInterrupt

    monkeypatch.setattr("bot.doors.playground.seed", interrupted)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(KeyboardInterrupt):
        played(parser().parse_args(["playground"]))
    assert handlers == [before] and list(tmp_path.iterdir()) == []


# -- with the bot


class Live:
    """``gatehouse playground`` as people start it."""

    def __init__(self, place: Path) -> None:
        self.place, self.log = place, place / "bot.log"
        env = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": str(ROOT), "GATEHOUSE_CACHE_DIR": str(place / "cache")}
        env["http_proxy"] = "http://127.0.0.1:9"  # as in many offices; nothing of this may be asked of it
        words = [sys.executable, "-m", "bot", "playground", "--log", str(self.log)]
        self.process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().rpartition(" ")[2].strip()

    def until(self, path: str, *words: str) -> str:
        """The page at ``path`` once it says all of these, to its readers or in its source."""
        deadline, page = time.monotonic() + LONG, ""
        while time.monotonic() < deadline:
            page = ask(self.url, path).text
            said = page + html.unescape(re.sub(r"<[^>]*>", "", page))
            if all(word in said for word in words):
                return page
            time.sleep(0.2)
        log = self.log.read_text()[-4000:] if self.log.exists() else ""
        raise AssertionError(f"{path} never said {words}:\n{page[-4000:]}\n{log}")

    def post(self, path: str, login: str, **form: str) -> None:
        assert ask(self.url, path, form, Cookie=f"playground-actor={login}").status == 303


@pytest.fixture
def live() -> Iterator[Live]:
    with tempfile.TemporaryDirectory() as place:  # short, as people have it: paths of sockets have a limit
        started = Live(Path(place))
        yield started
        if started.process.poll() is None:
            started.process.send_signal(signal.SIGINT)
            started.process.communicate(timeout=DEADLINE)


def test_the_bot_answers_live_on_both_halves(live: Live) -> None:
    halves = ("/github/acme/gitops/-/pull", "/gitlab/acme/platform/gitops/-/pull")
    for half in halves:
        live.until(f"{half}/1/state", "May be merged", "gatehouse/owners")
        live.until(f"{half}/2/state", "is not green: fail", "gatehouse/risk")
        live.until(f"{half}/2", "blocked", "risk/immutable", "environments/prod/apps/status-page/deployment.yaml")
        live.until(f"{half}/3/state", "is not green: fail")
        live.until(f"{half}/3", "more-memory.yaml", "does not build")
    for half in halves:  # what people do comes back at once, by webhooks
        live.post(f"{half}/1/comment", "chloe", body="/gatehouse help")
        page = live.until(f"{half}/1", "chloe asked", "/gatehouse explain", "👀 1", "🚀 1")
        assert len(re.findall(r'href="http://[^"]*(?:#comment-|#note_)\d+"', page)) == 1  # one answer, to this comment
        sha = re.findall(r'name="commit" value="([0-9a-f]{40})"', live.until(f"{half}/3/edit?file=x", 'name="commit"'))
        live.post(f"{half}/3/push", "dan", file=MISSING, commit=sha[0], text=MEMORY, message="Add the file")
        live.until(f"{half}/3", "The head is now", "memory: 1Gi", " known units changes")
        head = re.findall(r'name="head" value="([0-9a-f]{40})"', live.until(f"{half}/1/state", "May be merged"))
        live.post(f"{half}/1/merge", "ada", head=head[0])
        live.until(f"{half}/1", "Merged")
    live.process.send_signal(signal.SIGINT)
    out, _ = live.process.communicate(timeout=DEADLINE)
    assert live.process.returncode == 0 and out.endswith("The playground has ended.\n")
    assert not list(live.place.glob("gatehouse-*"))
    assert "Traceback" not in live.log.read_text()
