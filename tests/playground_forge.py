"""A playground for tests: a repository with one open pull request on either half, and what speaks to it."""

from __future__ import annotations

import http.client
import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from bot.model.forge import ForgeKind, Permission
from bot.playground.records import PullRequest, Repository, User
from bot.playground.world import World

PATHS = {ForgeKind.GITHUB: "acme/gitops", ForgeKind.GITLAB: "acme/platform/gitops"}


class Scene(NamedTuple):
    """``ada`` is the owner, ``ben`` writes and opened ``pull`` from the branch ``change``, ``olga`` only reads."""

    world: World
    repository: Repository
    pull: PullRequest
    ada: User
    ben: User
    olga: User


def scene(world: World, kind: ForgeKind, *, private: bool = False) -> Scene:
    """Set it up in an empty world."""
    ada, ben, olga = (world.add_user(login) for login in ("ada", "ben", "olga"))
    members = {"ada": Permission.ADMIN, "ben": Permission.WRITE}
    world.add_organisation(kind, PATHS[kind].rpartition("/")[0], members)
    repository = world.create_repository(kind, PATHS[kind], private=private)
    world.commit(repository, ada, "main", {"app.yaml": "replicas: 1\n", "old.txt": "old\n"}, "Begin\n")
    world.commit(repository, ben, "change", {"app.yaml": "replicas: 2\n"}, "Scale\n")
    pull = world.open_pull(repository, ben, "Scale", "change", body="Twice.")
    return Scene(world, repository, pull, ada, ben, olga)


def git(directory: Path, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """The real git, as somebody who has configured nothing."""
    env = {
        "PATH": "/usr/bin:/bin", "HOME": str(directory), "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ben", "GIT_AUTHOR_EMAIL": "ben@example.com",
        "GIT_COMMITTER_NAME": "Ben", "GIT_COMMITTER_EMAIL": "ben@example.com",
    }  # fmt: skip
    done = subprocess.run(["git", *words], cwd=directory, env=env, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str


def ask(url: str, path: str, form: dict[str, str] | None = None, **headers: str) -> Answer:
    """GET a page, or POST a form to it as a browser would that is on the page; underscores in names are dashes."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if form is not None:
        sent = {"Origin": url, "Content-Type": "application/x-www-form-urlencoded", **sent}
    connection.request("GET" if form is None else "POST", path, None if form is None else urlencode(form), sent)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, text)


class Received(NamedTuple):
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.raw)
        return found


class Receiver(NamedTuple):
    """Where webhooks go; ``codes`` are the answers to give, then 200 for ever."""

    url: str
    received: list[Received]
    codes: list[int]


@contextmanager
def receiver() -> Iterator[Receiver]:
    received: list[Received] = []
    codes: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            received.append(Received({name.lower(): value for name, value in self.headers.items()}, raw))
            self.send_response(codes.pop(0) if codes else 200)
            self.end_headers()
            self.wfile.write(b"thanks")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Receiver(f"http://127.0.0.1:{server.server_port}/hook", received, codes)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
