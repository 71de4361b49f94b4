"""The playground's GitHub as a server on this machine, with every request and answer judged by GitHub's description."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from github_openapi import Judge
from werkzeug.serving import make_server

from bot.forge.github import GitHub
from bot.forge.github_http import Observe, nobody_observes
from bot.model.forge import ForgeKind, Permission
from bot.playground.github_api import HOURLY, github_api, no_redelivery
from bot.playground.records import App, Delivery, Installation, Organisation, Repository, User
from bot.playground.world import World

# What owners are asked for: less is never given, and more is never needed.
MANIFEST: dict[str, Any] = yaml.safe_load((Path(__file__).resolve().parents[2] / "app.yaml").read_text())
PERMISSIONS: dict[str, str] = MANIFEST["default_permissions"]


class Keys(NamedTuple):
    private: str
    public: bytes


@cache
def keys() -> Keys:
    """An App's, made once."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return Keys(private.decode(), public)


class Playground:
    """A GitHub with the organization acme, the private repository acme/gitops and the App gatehouse installed there."""

    def __init__(self, world: World, judge: Judge) -> None:
        self.world, self.judge = world, judge
        self.admin: User = world.add_user("root")
        self.acme: Organisation = world.add_organisation(ForgeKind.GITHUB, "acme", {"root": Permission.ADMIN})
        self.repository: Repository = world.create_repository(ForgeKind.GITHUB, "acme/gitops", private=True)
        world.commit(self.repository, self.admin, "main", {"README.md": "Apps\n"}, "Begin")
        self.app: App = world.add_app("gatehouse", keys().public, PERMISSIONS, MANIFEST["default_events"])
        self.installation: Installation = world.install(self.app, self.acme, self.admin)

    @property
    def base_url(self) -> str:
        return f"{self.world.url}/api/v3"

    def github(
        self, *, observe: Observe = nobody_observes, pause: Callable[[float], None] = lambda _: None, **options: Any
    ) -> GitHub:
        """A client that waits for nothing."""
        given = {"base_url": self.base_url, "app_id": str(self.app.id), "private_key": keys().private, **options}
        return GitHub(observe=observe, pause=pause, **given)


@contextmanager
def playground(
    directory: Path, *, hourly: int = HOURLY, redeliver: Callable[[Delivery], None] = no_redelivery
) -> Iterator[Playground]:
    """It runs; in the end nothing may have passed that GitHub's description forbids."""
    world = World(directory)
    app = Flask("playground")
    app.register_blueprint(github_api(world, hourly=hourly, redeliver=redeliver))
    judge = Judge(app.wsgi_app)
    app.wsgi_app = judge  # type: ignore[method-assign]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    world.url = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Playground(world, judge)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert not judge.problems, "\n".join(judge.problems)
