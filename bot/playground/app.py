"""One Flask application: the API of GitHub below ``/api/v3``, of GitLab below ``/api/v4``, git, and pages for people."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from flask import Blueprint, Flask

from bot.playground import fault_pages, forms, git_http, pages
from bot.playground.guard import guard
from bot.playground.world import World


def create_app(world: World, apis: Sequence[Blueprint] = ()) -> Flask:
    """The server of a world; ``apis`` are the blueprints of both halves (``parts.apis``)."""
    app = Flask(__name__, static_folder=None)
    app.jinja_env.filters["local"] = _local
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    guard(app, world)
    ours = (git_http, fault_pages, forms, pages)
    for part in (*apis, *(module.blueprint(world) for module in ours)):
        app.register_blueprint(part)
    return app


def _local(url: str) -> str:
    """An address of ours without the host, so that a browser stays on the name by which it came."""
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
