"""A GitLab to test against: the playground's API over real HTTP, with a small project and the people around it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from bot.forge.gitlab import GitLab
from bot.model.forge import ForgeKind, Permission, PullRequestName, RepositoryName
from bot.playground.gitlab_api import gitlab_api
from bot.playground.records import PullRequest, Repository, User
from bot.playground.world import World

PATH = "acme/platform/gitops"
Files = Mapping[str, bytes | str | None]
NAME = RepositoryName(ForgeKind.GITLAB, PATH)


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_: object) -> None: ...


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """An application on a port of its own; its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Answered(NamedTuple):
    code: int
    body: Any
    headers: dict[str, str]


def _json(raw: bytes) -> Any:
    return json.loads(raw) if raw else None


@dataclass
class Place:
    """The World and what is in it: ``owner``, ``maintainer``, ``developer`` and ``reporter`` are members of the project or
    of the groups above, ``stranger`` is none. ``calls`` are the requests of ``forge``: method, route, status."""

    world: World
    project: Repository
    forge: GitLab
    token: str
    calls: list[tuple[str, str, int]] = field(default_factory=list)

    def user(self, login: str) -> User:
        return self.world.user(login)

    def push(self, branch: str, files: Files, *, author: str = "developer", message: str = "Change") -> str:
        return self.world.commit(self.project, self.user(author), branch, files, message)

    def opened(self, branch: str = "change", files: Files | None = None, **extra: object) -> PullRequest:
        """A merge request of ``developer``."""
        self.push(branch, files or {f"{branch}.yaml": "a: 1\n"})
        return self.world.open_pull(self.project, self.user("developer"), "A change", branch, **extra)  # type: ignore[arg-type]

    def name(self, pull: PullRequest) -> PullRequestName:
        return PullRequestName(NAME, pull.number)

    def ask(self, method: str, path: str, body: object = None, *, login: str = "", **headers: str) -> Answered:
        """One request as it is; ``login``: with a token of theirs."""
        if login:
            headers["PRIVATE-TOKEN"] = self.world.user_token(self.user(login)).value
        data = json.dumps(body).encode() if body is not None else None
        request = Request(
            f"{self.world.url}/api/v4/{path}", data, {"Content-Type": "application/json", **headers}, method=method
        )
        try:
            with urlopen(request, timeout=60) as answer:
                return Answered(answer.status, _json(answer.read()), dict(answer.headers))
        except HTTPError as answer:
            with answer:
                return Answered(answer.code, _json(answer.read()), dict(answer.headers))

    def client(self, login: str, *scopes: str) -> GitLab:
        """The port with a token of somebody else."""
        return GitLab(self.world.url, self.world.user_token(self.user(login), scopes or ("api",)).value)


@contextmanager
def playground(directory: Path, *, private: bool = True) -> Iterator[Place]:
    world = World(directory)
    app = Flask("playground")
    app.register_blueprint(gitlab_api(world))
    for login in ("owner", "maintainer", "developer", "reviewer", "reporter", "stranger"):
        world.add_user(login)
    world.add_user("gatehouse", is_bot=True)
    world.add_organisation(ForgeKind.GITLAB, "acme", {"owner": Permission.ADMIN})
    world.add_organisation(
        ForgeKind.GITLAB, "acme/platform", {"maintainer": Permission.MAINTAIN, "reviewer": Permission.WRITE}
    )
    members = {"developer": Permission.WRITE, "reporter": Permission.TRIAGE, "gatehouse": Permission.WRITE}
    project = world.create_repository(ForgeKind.GITLAB, PATH, private=private, members=members)
    world.commit(project, world.user("owner"), "main", {"README.md": "Hello\n"}, "Begin")
    token = world.user_token(world.user("gatehouse")).value
    calls: list[tuple[str, str, int]] = []
    with serving(app) as url:
        world.url = url
        forge = GitLab(url, token, observe=lambda method, route, status, _: calls.append((method, route, status)))
        yield Place(world, project, forge, token, calls)
