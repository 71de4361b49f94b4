"""The whole service as it is deployed: both forges over HTTP, and ``gatehouse serve`` as processes beside them."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import redis
from posted_report import printed

from bot.model.forge import ForgeKind, Permission, State
from bot.playground.bot_account import join
from bot.playground.events import Event
from bot.playground.records import Comment, PullRequest, Repository, User
from bot.playground.serving import LocalForge
from bot.playground.statuses import Light
from bot.queue.connection import connect
from bot.queue.options import QUEUES, rq_queue
from bot.report.status import REQUIRED
from bot.service.comment import MARKER

ROOT = Path(__file__).parents[2]
PATHS = {ForgeKind.GITHUB: "acme/gitops", ForgeKind.GITLAB: "acme/platform/gitops"}
DEADLINE = 90.0  # seconds; generous: the machine may be busy
BASE, DEV, PROD = "apps/shop/base", "apps/shop/overlays/dev", "apps/shop/overlays/prod"
FILES = {
    ".gatehouse.yaml": "checks: {run: all}\n",
    "CODEOWNERS": f"/{PROD}/ @acme/shop\n",
    f"{BASE}/kustomization.yaml": "resources: [config.yaml]\n",
    f"{DEV}/kustomization.yaml": "resources: [config.yaml]\nnamespace: dev\n",
    f"{PROD}/kustomization.yaml": "resources: [../../base]\nnamespace: prod\n",
}
_STATES = {Light.GREEN: State.PASSED, Light.RED: State.FAILED, Light.YELLOW: State.PENDING}


def coloured(colour: str, *, where: str = DEV) -> dict[str, str | None]:
    """A change that nothing is wrong with; BASE reaches production, to which the shop's team must agree."""
    data = json.dumps({"colour": colour})
    return {f"{where}/config.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: shop\ndata: {data}\n"}


BROKEN: dict[str, str | None] = {f"{DEV}/kustomization.yaml": "resources: [config.yaml, nowhere.yaml]\n"}


def wait_for(condition: Callable[[], bool], what: str, seconds: float = DEADLINE) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds:g} s for {what}"
        time.sleep(0.05)


class Half:
    """One forge with its repository; ``ada`` owns it, ``ben`` and ``chloe`` write and are the team of the shop, ``olga``
    only looks. The people's hands, and eyes."""

    def __init__(self, whole: Whole, kind: ForgeKind) -> None:
        self.kind, self.whole, self.world = kind, whole, whole.forge.world
        self.repository: Repository = _repository(whole.forge, kind)

    # -- hands

    def person(self, login: str) -> User:
        return self.world.user(login)

    def push(self, branch: str, files: Mapping[str, str | None], *, by: str = "ben", start: str | None = None) -> str:
        """``start``: from that commit, by force where the branch is there."""
        return self.world.commit(self.repository, self.person(by), branch, files, "Change\n", parent=start)

    def opened(
        self, branch: str, files: Mapping[str, str | None], *, by: str = "ben", base: str = "", draft: bool = False
    ) -> PullRequest:
        """A pull request with one commit on top of its base branch."""
        self.push(branch, files, by=by, start=self.tip(base or "main"))
        return self.world.open_pull(self.repository, self.person(by), "A change", branch, base, draft=draft)

    def tip(self, branch: str) -> str:
        return self.repository.bare.branch(branch)

    def say(self, pull: PullRequest, by: str, body: str) -> Comment:
        return self.world.comment(pull, self.person(by), body)

    def approve(self, pull: PullRequest, by: str) -> None:
        if self.kind is ForgeKind.GITHUB:
            self.world.review(pull, self.person(by), "APPROVE")
        else:
            self.world.approve(pull, self.person(by))

    # -- eyes

    @property
    def bot(self) -> User:
        return self.person("gatehouse[bot]" if self.kind is ForgeKind.GITHUB else "gatehouse")

    def states(self, commit: str) -> dict[str, State]:
        return {shown.name: _STATES[shown.light] for shown in self.world.shown(self.repository, commit)}

    def state(self, pull: PullRequest) -> State | None:
        """Of the required check, on the head."""
        return self.states(pull.head).get(REQUIRED)

    def told(self, commit: str) -> list[State]:
        """What the required check said of a commit, one after another."""
        with self.world.lock:
            return [
                s
                for row, of, name, s in self.whole.history
                if (row, of, name) == (self.repository.id, commit, REQUIRED)
            ]

    def by_bot(self, pull: PullRequest) -> list[Comment]:
        with self.world.lock:
            return [c for c in self.world.comments_of(pull) if c.author_id == self.bot.id]

    def reports(self, pull: PullRequest) -> list[Comment]:
        return [comment for comment in self.by_bot(pull) if comment.body.startswith(MARKER)]

    def report(self, pull: PullRequest) -> str:
        """The one comment; that there is no second one is part of it."""
        (only,) = self.reports(pull)
        return only.body

    def is_told(self, pull: PullRequest) -> bool:
        """Whether the head has its verdict, and the comment speaks of this head."""
        done = self.state(pull) in (State.PASSED, State.FAILED)
        return done and any(pull.head[:7] in comment.body for comment in self.reports(pull))

    def settled(self, pull: PullRequest) -> str:
        """Wait for the verdict; the comment."""
        wait_for(lambda: self.is_told(pull), f"the verdict on {self.repository.path} {pull.number} at {pull.head[:12]}")
        return self.report(pull)

    def as_printed(self, comment: str) -> str:
        """What the command in the footer of a comment prints, in a clone of the forge's repository."""
        return printed(comment, self.repository.bare.directory).text


class Whole:
    """Two forges and the bot. ``history``: repository, commit, name and state of every status, as they came."""

    def __init__(self, place: Path, forge: LocalForge) -> None:
        self.place, self.forge = place, forge
        self.history: list[tuple[int, str, str, State]] = []
        for login in ("ada", "ben", "chloe", "olga"):
            forge.world.add_user(login)
        self.halves = {kind: Half(self, kind) for kind in ForgeKind}
        rows = {kind: half.repository for kind, half in self.halves.items()}
        self.url = f"http://127.0.0.1:{_free_port()}"
        self.settings = join(forge.world, rows, self.url, place / "secrets")
        forge.world.listen(self._heard)
        self._state = Path(self.settings["GATEHOUSE_STATE_DIR"])
        self.process: subprocess.Popen[bytes] | None = None

    def _heard(self, event: Event) -> None:
        if (run := event.check_run) is not None and event.name == "check_run":
            state = {"": State.PENDING, "success": State.PASSED}.get(run.conclusion, State.FAILED)
            self.history.append((run.repository_id, run.head, run.name, state))
        elif (row := event.status) is not None:
            state = {"success": State.PASSED, "failed": State.FAILED}.get(row.state, State.PENDING)
            self.history.append((row.repository_id, row.commit, row.context, state))

    # -- the bot

    def start(self) -> None:
        env = {**_plain(), **self.settings, "PYTHONPATH": str(ROOT)}
        words = [sys.executable, str(Path(__file__).with_name("quick_serve.py")), "serve", "--workers", "2"]
        with (self.place / "bot.log").open("ab") as log:
            self.process = subprocess.Popen(
                words, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        wait_for(self.is_ready, "the bot")

    def end(self) -> None:
        """Everything that was started is gone afterwards."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process is not None:
            self.process.wait(30)

    def processes(self, *words: str) -> list[int]:
        """Processes of the bot, of which the command line ends so."""
        found = []
        mark, end = f"GATEHOUSE_STATE_DIR={self._state}".encode(), "".join(f"{word}\0" for word in words).encode()
        for each in Path("/proc").iterdir():
            if each.name.isdecimal():
                with contextlib.suppress(OSError):
                    if mark in (each / "environ").read_bytes() and (each / "cmdline").read_bytes().endswith(end):
                        found.append(int(each.name))
        return found

    def is_ready(self) -> bool:
        assert self.process is None or self.process.poll() is None, self.log()[-3000:]
        connection = HTTPConnection("127.0.0.1", int(self.settings["PORT"]), timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()

    def log(self) -> str:
        return (self.place / "bot.log").read_text(errors="replace")

    # -- its queue

    def client(self) -> redis.Redis:
        return connect(f"unix://{(self._state / 'redis' / 'socket-path').read_text()}")

    def quiet(self) -> None:
        """Wait until every webhook is taken and no job of a pull request waits or runs."""
        assert self.forge.sender.wait(DEADLINE)
        with self.client() as client:
            wait_for(lambda: self._is_idle(client), "the end of all jobs")

    def _is_idle(self, client: redis.Redis) -> bool:
        queues = [rq_queue(name, client) for name in QUEUES[:3]]
        waiting = sum(queue.count + len(queue.started_job_registry) for queue in queues)
        return not waiting and not any(len(queue.scheduled_job_registry) for queue in queues)


@contextmanager
def whole(place: Path) -> Iterator[Whole]:
    """Both forges and a bot that is ready; nothing is left of it afterwards."""
    (place / "git").mkdir(parents=True)
    (place / "secrets").mkdir(mode=0o700)
    with LocalForge(place / "git") as forge:
        made = Whole(place, forge)
        try:
            made.start()
            yield made
        finally:
            made.end()
    assert not made.processes()


def _repository(forge: LocalForge, kind: ForgeKind) -> Repository:
    world = forge.world
    everybody = {"ada": Permission.ADMIN, "ben": Permission.WRITE, "chloe": Permission.WRITE}
    acme = world.add_organisation(kind, "acme", {"ada": Permission.ADMIN})
    if kind is ForgeKind.GITLAB:
        world.add_organisation(kind, "acme/platform")
        world.add_organisation(kind, "acme/shop", {"ben": Permission.WRITE, "chloe": Permission.WRITE})
    row = world.create_repository(kind, PATHS[kind], members=everybody)
    if kind is ForgeKind.GITHUB:
        world.add_team(acme, "shop", ("ben", "chloe"), {row.id: Permission.WRITE})
    world.commit(row, world.user("ada"), "main", {**FILES, **coloured("red"), **coloured("red", where=BASE)}, "Begin\n")
    return row


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _plain() -> dict[str, str]:
    """The environment without settings of the service."""
    ours = ("GITHUB_", "GITLAB_", "GATEHOUSE_", "REDIS_", "OPA_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours) and name != "PORT"}
