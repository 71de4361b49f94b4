"""``gatehouse playground``: a local forge with the sample or somebody's own repository in it, and the bot at work there."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.doors.saying import say
from bot.errors import UserError
from bot.playground.bot_account import join
from bot.playground.own_repository import Own, look, open_branches, seed_own, told
from bot.playground.records import Repository
from bot.playground.seed import open_pull_requests, seed
from bot.playground.serving import LocalForge
from bot.playground.world import World
from bot.process import Child
from bot.stopping import PARENT

if TYPE_CHECKING:
    import argparse

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OURS = ("GITHUB_", "GITLAB_", "REDIS_URL", "GATEHOUSE_ENV_FILE", "GATEHOUSE_HOST", "PORT", "OPA_URL", "OPA_TOKEN")
_OTHER_BOT = "http://127.0.0.1:8080"
_LOOK_SECONDS = 0.3
_END_SECONDS = 12.0


def played(arguments: argparse.Namespace) -> None:
    """Run until Ctrl-C or another signal ends it; everything goes away with it. Raises UserError where the port is taken,
    the log cannot be written, or the repository is none."""
    if arguments.bot_url and not arguments.without_bot:
        raise UserError("--bot-url names a bot that you start yourself: give --without-bot as well.")
    own = _own(arguments)
    log = _writable(Path(arguments.log)) if arguments.log else None
    with TemporaryDirectory(prefix="gatehouse-playground-") as directory:
        place = Path(directory)
        (place / "git").mkdir()
        with LocalForge(place / "git", port=arguments.port) as forge:
            forge.world.begins = True
            say(f"The playground is at {forge.url}")
            other = (arguments.bot_url or _OTHER_BOT).rstrip("/")
            bot_url = other if arguments.without_bot else f"http://127.0.0.1:{_free_port()}"
            # outside of the block below, so that an interrupt ends it: it may take minutes
            settings = _filled(forge.world, own, bot_url, place)
            with _until_signal() as over:
                forge.world.begins = False
                if arguments.without_bot:
                    _tell_other_bots(settings, bot_url, place / "bot.env")
                say("Ctrl-C ends it, and everything in it goes away.")
                if arguments.without_bot:
                    over.wait()
                else:
                    (place / "tmp").mkdir()  # what the bot leaves there goes with everything else
                    settings |= {"TMPDIR": str(place / "tmp"), "GATEHOUSE_SWEEP_MINUTES": "1"}  # people watch
                    _with_bot(forge, bot_url, settings, over, log or place / "bot.log")
        say("The playground has ended.")


def _filled(world: World, own: Own | None, bot_url: str, place: Path) -> dict[str, str]:
    """Make repositories, pull requests and the bot's accounts; the settings of the bot."""
    repositories = seed_own(world, own) if own else seed(world)
    settings = join(world, repositories, bot_url, place)
    opened = [_opened(world, repository, own) for repository in repositories.values()]
    if own:
        say(told(own, opened[0]))
    return settings


def _own(arguments: argparse.Namespace) -> Own | None:
    if arguments.repo == "":
        raise UserError("--repo names no directory: name that of a clone, `.` for this one.")
    if arguments.base and not arguments.repo:
        raise UserError("--base names a branch of the repository that --repo names: give both.")
    return look(Path(arguments.repo), arguments.base or "") if arguments.repo else None


def _writable(log: Path) -> Path:
    try:
        log.open("ab").close()
    except OSError as error:
        raise UserError(f"The log {log} cannot be written: {error.strerror}. Name another file with --log.") from error
    return log


def _opened(world: World, repository: Repository, own: Own | None) -> int:
    """Open the pull requests of a repository; how many."""
    return len(open_branches(world, repository, own) if own else open_pull_requests(world, repository))


def _tell_other_bots(settings: Mapping[str, str], bot_url: str, file: Path) -> None:
    """Leave the settings of the bot's accounts in a file that ``gatehouse serve`` takes, and say so."""
    file.touch(mode=0o600)
    file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    say(f"The accounts of the bot are in {file}: gatehouse serve --settings {file}")
    say(f"Webhooks go to {bot_url}/webhooks/github and {bot_url}/webhooks/gitlab (--bot-url names another place).")


def _with_bot(forge: LocalForge, bot_url: str, settings: Mapping[str, str], over: threading.Event, log: Path) -> None:
    """Keep ``gatehouse serve`` beside the forge. Where it does not stay, that is said, and the forge goes on without it."""
    env = {**_without_ours(os.environ), PARENT: str(os.getpid())}  # it ends with us, also where we are killed
    with log.open("ab") as file:
        bot = Child((sys.executable, "-m", "bot", "serve"), env={**env, **settings}, log=file)
        try:
            told = False
            while not over.wait(_LOOK_SECONDS):
                if (code := bot.code()) is not None:
                    say(f"The bot ended by itself with exit code {code}. It said:\n{_last_words(log)}", sys.stderr)
                    over.wait()
                    return
                if not told and _is_ready(bot_url):
                    told = True
                    say("The bot is at work: open a pull request and watch its checks.")
                    _send_again(forge)
        finally:
            bot.ask_to_end()
            bot.code(_END_SECONDS)
            bot.kill()


def _without_ours(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment, without what would lead the bot to another forge; a proxy, where there is one, is not asked for this
    machine."""
    env = {name: value for name, value in environ.items() if not name.startswith(_OURS)}
    outside = env.get("no_proxy") or env.get("NO_PROXY") or ""
    return env | dict.fromkeys(("no_proxy", "NO_PROXY"), ",".join(filter(None, (outside, "127.0.0.1", "localhost"))))


def _send_again(forge: LocalForge) -> None:
    """What happened before the bot listened is delivered once more, as a forge's administrator would."""
    forge.sender.wait()
    with forge.world.lock:
        failed = [delivery for delivery in forge.world.deliveries.values() if not delivery.code]
    for delivery in failed:
        forge.sender.redeliver(delivery)


def _is_ready(url: str) -> bool:
    host, port = url.removeprefix("http://").split(":")
    connection = HTTPConnection(host, int(port), timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-5:])


@contextmanager
def _until_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C, SIGTERM and SIGHUP set; afterwards they mean what they meant before."""
    over = threading.Event()
    before = {}
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as nohup(1) and background jobs want it
            before[number] = signal.signal(number, lambda *_: over.set())
    try:
        yield over
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
