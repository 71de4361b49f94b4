"""GitLab's REST API v4 over the World: as much of it as a bot needs, with its rules.

``gitlab_api(world)`` is a Flask blueprint that answers ``/api/v4/…``. The path is read as it was sent, for GitLab tells
``acme%2Fgitops`` (a project) and ``acme/gitops`` (two parts of a route) apart, which a server that decodes first cannot.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from flask import Blueprint, Response, request

from bot.playground import gitlab_hooks_api, gitlab_merge_requests, gitlab_notes, gitlab_projects, gitlab_statuses
from bot.playground.errors import Missing, Refused
from bot.playground.gitlab_call import Answer, Call, Unauthorized, refusal
from bot.playground.http_faults import ask_plan
from bot.playground.records import Token
from bot.playground.world import World

PREFIX = "/api/v4/"
_METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]
Handler = Callable[[Call], Answer]
_ROUTES: tuple[tuple[str, str, Handler], ...] = (
    *gitlab_projects.ROUTES,
    *gitlab_merge_requests.ROUTES,
    *gitlab_notes.ROUTES,
    *gitlab_statuses.ROUTES,
    *gitlab_hooks_api.ROUTES,
)


def gitlab_api(world: World) -> Blueprint:
    """The API of one World; ``world.faults`` happen to it."""
    blueprint = Blueprint("gitlab_api", __name__)
    ask_plan(blueprint, lambda: world)

    @blueprint.route(f"{PREFIX}<path:rest>", methods=_METHODS)
    def answer(rest: str) -> Response:
        with world.lock:
            try:
                return _response(_answer(world, _as_sent(rest)))
            except Refused as error:
                return _response(refusal(error))

    return blueprint


def _answer(world: World, path: str) -> Answer:
    method = "GET" if request.method == "HEAD" else request.method
    query = request.args.to_dict()
    token = _token(world)
    for wanted, route, handler in _ROUTES:
        params = _match(route, path)
        if params is not None and wanted == method:
            call = Call(world, method, path, params, query, {**query, **_body()}, token)
            call.need_scope()
            return handler(call)
    raise Missing("404 Not Found")


def _match(route: str, path: str) -> dict[str, str] | None:
    """The variable parts (``:name``) of a path, each one segment of it as it was sent; None where it is another route."""
    wanted, given = route.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    params = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith(":") and part:
            params[want[1:]] = unquote(part)
        elif want != part:
            return None
    return params


def _as_sent(decoded: str) -> str:
    """The path after the prefix with its escapes, which servers hand on beside the decoded one."""
    raw = request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or ""
    at = raw.find(PREFIX)
    return raw[at + len(PREFIX) :].partition("?")[0].strip("/") if at >= 0 else decoded.strip("/")


def _body() -> dict[str, Any]:
    if request.mimetype == "application/json":
        try:
            body = request.get_json(silent=True)
        except RecursionError:  # of thousands of brackets
            body = None
        return body if isinstance(body, dict) else {}
    return request.form.to_dict()


def _token(world: World) -> Token | None:
    """By ``PRIVATE-TOKEN`` or ``Authorization: Bearer``; None without either. Raises Unauthorized for a wrong one, and for
    a token of GitHub's kind."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    value = request.headers.get("PRIVATE-TOKEN") or (bearer if scheme.lower() == "bearer" else "")
    if not value:
        return None
    token = world.token(value)
    if token is None or token.installation_id:
        raise Unauthorized("401 Unauthorized")
    return token


def _response(answer: Answer) -> Response:
    body = "" if answer.body is None else json.dumps(answer.body)
    return Response(body, answer.code, answer.headers, content_type="application/json")
