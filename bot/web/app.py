"""The Flask application: routes, limits, and one plain sentence for whatever has no page."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flask import Flask, Response, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from werkzeug.exceptions import HTTPException

from bot.model.forge import PullRequestName
from bot.model.outcome import Outcome
from bot.report.links import Links
from bot.web import health, reports, webhooks
from bot.web.answers import HEADERS, as_json, page, sentence

LARGEST_BODY = 25 * 1024 * 1024  # GitHub caps payloads there (GitHub docs, "Webhook events and payloads", payload cap)
_SENTENCES = {
    400: "This request cannot be read.",
    404: "There is nothing here.",
    405: "This address does not take that method.",
    408: "The request did not arrive in time.",
    413: "The body is larger than 25 MB.",
    500: "Gatehouse met a defect of its own; its log says more.",
}


class Pages(NamedTuple):
    """What the pages are made from: signed links, what was published last for a pull request, figures as text, and what has
    to work for us to be ready."""

    links: Links
    latest: Callable[[PullRequestName], Outcome | None]
    figures: Callable[[], bytes]
    parts: tuple[health.Part, ...]


def create_app(doors: dict[str, webhooks.Door], pages: Pages) -> Flask:
    """``doors``: what stands behind ``/webhooks/NAME``."""
    app = Flask("gatehouse", static_folder=None, template_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, PROPAGATE_EXCEPTIONS=False, PROVIDE_AUTOMATIC_OPTIONS=False)
    for name, door in doors.items():
        _webhook(app, name, door)
    _pages(app, pages)
    app.register_error_handler(HTTPException, _told)
    app.register_error_handler(Exception, lambda error: _crashed(app, error))
    app.after_request(_with_headers)
    return app


def _webhook(app: Flask, name: str, door: webhooks.Door) -> None:
    app.add_url_rule(
        f"/webhooks/{name}", name, lambda: webhooks.answered(door, request), methods=["POST"],
    )  # fmt: skip


def _pages(app: Flask, pages: Pages) -> None:
    routes: dict[str, Callable[..., Response]] = {
        "/": _index,
        "/healthz": lambda: as_json(200, alive=True),
        "/readyz": lambda: health.ready(pages.parts),
        "/metrics": lambda: Response(pages.figures(), content_type=CONTENT_TYPE_PLAIN_0_0_4),
        "/reports/<token>": lambda token: reports.report(pages.links, pages.latest, token),
    }
    for rule, view in routes.items():
        app.add_url_rule(rule, rule, view, methods=["GET"])


def _index() -> Response:
    return page("Gatehouse", ("Says of pull requests what they really change, and whether they may be merged.",), 200)


def _told(error: HTTPException) -> Response:
    status = error.code or 500
    response = sentence(_SENTENCES.get(status, "This request cannot be answered."), status)
    if status == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return response


def _crashed(app: Flask, error: Exception) -> Response:
    app.logger.error("A request was not answered.", exc_info=error)
    return sentence(_SENTENCES[500], 500)


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
