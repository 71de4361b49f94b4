"""A forge and the service on this machine: the playground with one large repository, and ``gatehouse serve`` beside it.

The forge answers from threads of this process, the service is processes of its own. All times are seconds of the machine's
clock, which both and the service's logs share.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NamedTuple

from werkzeug.wsgi import ClosingIterator

from benchmarks.measure import environment
from bot.model.forge import ForgeKind, Permission
from bot.playground.bot_account import join
from bot.playground.events import Event
from bot.playground.records import Hook, PullRequest, Repository, User
from bot.playground.serving import LocalForge
from bot.report.status import REQUIRED

ROOT = Path(__file__).resolve().parents[1]
_UNLIMITED = 1_000_000_000
Application = Callable[..., Iterable[bytes]]


class Call(NamedTuple):
    """One request to the forge, and when it began and ended."""

    method: str
    path: str
    status: int
    begin: float
    end: float

    @property
    def is_git(self) -> bool:
        return self.path.startswith("/git/")

    @property
    def is_write(self) -> bool:
        return not self.is_git and self.method != "GET"

    @property
    def seconds(self) -> float:
        return self.end - self.begin


class Heard:
    """Every request to the forge, every event of a pull request and every final status, with their times."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.pushed: dict[str, float] = {}
        self.ended: dict[str, list[float]] = {}

    def around(self, application: Application) -> Application:
        def listens(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            begin, status = time.time(), [0]

            def started(line: str, *more: Any) -> Any:
                status[0] = int(line[:3])
                return start(line, *more)

            def ended() -> None:
                call = Call(environ["REQUEST_METHOD"], environ["PATH_INFO"], status[0], begin, time.time())
                self.calls.append(call)

            return ClosingIterator(application(environ, started), [ended])

        return listens

    def hears(self, event: Event) -> None:
        if event.name == "pull_request" and event.pull is not None:
            self.pushed[event.pull.head] = time.time()
        run = event.check_run
        if run is not None and run.name == REQUIRED and event.action == "completed":
            self.ended.setdefault(run.head, []).append(time.time())


class Stage:
    """The forge with one repository; a context manager. ``source``: a git repository whose ``main`` it gets."""

    def __init__(self, directory: Path, source: Path) -> None:
        for name in ("git", "secrets"):
            (directory / name).mkdir(parents=True)
        self.directory = directory
        self.heard = Heard()
        self._forge = LocalForge(directory / "git", hourly=_UNLIMITED, around=self.heard.around)
        self.world = self._forge.world
        self.ada: User = self.world.add_user("ada")
        owners = {"ada": Permission.ADMIN}
        for kind in ForgeKind:
            self.world.add_organisation(kind, "acme", owners)
        self.repository: Repository = self.world.create_repository(ForgeKind.GITHUB, "acme/gitops", source=source)
        other = self.world.create_repository(ForgeKind.GITLAB, "acme/nothing")
        self.port = free_port()
        repositories = {ForgeKind.GITHUB: self.repository, ForgeKind.GITLAB: other}
        told = join(self.world, repositories, f"http://127.0.0.1:{self.port}", directory / "secrets")
        self._settings = {name: value for name, value in told.items() if not name.startswith("GITLAB_")}
        self.state = Path(told["GATEHOUSE_STATE_DIR"])
        self.world.listen(self.heard.hears)

    def __enter__(self) -> Stage:
        self._forge.__enter__()
        return self

    def __exit__(self, *told: Any) -> None:
        self._forge.__exit__(*told)

    @property
    def hook(self) -> Hook:
        return next(hook for hook in self.world.hooks.values() if hook.app_id)

    def settled(self) -> None:
        """Until the forge has sent every webhook."""
        if not self._forge.sender.wait(600):
            raise RuntimeError("webhooks wait for ten minutes")

    def change(self, branch: str, number: int, tag: str) -> str:
        """One application's image on a branch from ``main``: one unit changes. The head."""
        path = f"apps/a{number}/overlays/prod/kustomization.yaml"
        bare = self.repository.bare
        text = bare.file(bare.branch("main"), path)
        assert text is not None
        return self.world.commit(
            self.repository, self.ada, branch, {path: text.decode().replace("1.0.0", tag)}, f"Bring {tag}\n"
        )

    def open(self, branch: str) -> PullRequest:
        return self.world.open_pull(self.repository, self.ada, f"Change {branch}", branch)

    @contextmanager
    def service(self, workers: int, name: str = "service") -> Iterator[Path]:
        """``gatehouse serve`` until the end of the block; its log."""
        log = self.directory / f"{name}.log"
        env = environment(self.directory / "home", **self._settings)
        command = [sys.executable, "-m", "bot", "serve", "--workers", str(workers)]
        with log.open("ab") as file:
            process = subprocess.Popen(
                command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
            try:
                until(lambda: process.poll() is not None or self._is_ready(), "the service to be ready")
                if process.poll() is not None:
                    raise RuntimeError(f"the service ended: {log.read_text()[-500:]}")
                yield log
            finally:
                process.terminate()
                process.wait(60)

    def _is_ready(self) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def until(there: Callable[[], object], what: str, seconds: float = 120) -> None:
    """Wait for something. Raises RuntimeError where it does not come."""
    end = time.monotonic() + seconds
    while not there():
        if time.monotonic() > end:
            raise RuntimeError(f"waited {seconds:g} s for {what}")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Line(NamedTuple):
    """A line of the service's log."""

    at: float
    message: str
    fields: Mapping[str, Any]


def lines(log: Path) -> list[Line]:
    """What the service logged, but for what is no JSON."""
    found = []
    for text in log.read_text(errors="replace").splitlines():
        try:
            row = json.loads(text)
            found.append(Line(datetime.fromisoformat(row["time"]).timestamp(), row["message"], row))
        except (ValueError, KeyError, TypeError):
            continue
    return found
