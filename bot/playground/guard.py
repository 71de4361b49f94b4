"""What every page of the playground holds to: only this machine asks, only its own pages write, nothing else is loaded.

The API halves and git authenticate by tokens and take no cookie, so only pages look at where a request comes from.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from bot.playground.state import State

_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_OPEN = ("/api/", "/git/")


def guard(app: Flask, world: State) -> None:
    """Put both in front of every route of ``app``."""

    def refuse() -> Response | None:
        host = _host(request.host)
        if host not in _HOSTS | {_host(urlsplit(world.url).netloc)}:  # a name that somebody else points here
            return _no("This playground answers to its own address alone.")
        if request.method in ("GET", "HEAD", "OPTIONS") or request.path.startswith(_OPEN):
            return None
        return None if _own_page() else _no("A form of another site may not write here.")

    def dress(response: Response) -> Response:
        if not request.path.startswith(_OPEN):
            response.headers["Content-Security-Policy"] = _POLICY
            response.headers["Referrer-Policy"] = "same-origin"
            response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    app.before_request(refuse)
    app.after_request(dress)


def _own_page() -> bool:
    """Whether a page of ours sent the form: browsers say so in ``Origin``, which no page can choose."""
    return request.headers.get("Origin", "").lower() == request.host_url.rstrip("/").lower()


def _host(netloc: str) -> str:
    """A host without its port."""
    name, colon, port = netloc.lower().rpartition(":")
    return name if colon and port.isdecimal() else netloc.lower()


def _no(sentence: str) -> Response:
    return Response(f"{sentence}\n", 403, mimetype="text/plain")
