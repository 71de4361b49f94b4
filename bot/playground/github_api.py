"""GitHub's REST API over the World: as much of it as a bot needs, with its rules.

``github_api(world)`` is a Flask blueprint that answers ``/api/v3/…``, as an Enterprise server does. Callers are Apps and
their installations; permissions of tokens, limits, pages, ETags and refusals are GitHub's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from bot.playground import (
    github_api_apps,
    github_api_branches,
    github_api_checks,
    github_api_comments,
    github_api_pulls,
)
from bot.playground.errors import Missing, Refused
from bot.playground.github_call import Answer, Call, Malformed, refusal
from bot.playground.github_caller import Caller, caller
from bot.playground.github_limits import Exhausted, Quota
from bot.playground.http_faults import ask_plan
from bot.playground.records import Delivery
from bot.playground.world import World

PREFIX = "/api/v3"
HOURLY = 15_000  # as an installation in an Enterprise organization has
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
Handler = Callable[[Call], Answer]
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    *github_api_apps.ROUTES,
    *github_api_pulls.ROUTES,
    *github_api_branches.ROUTES,
    *github_api_comments.ROUTES,
    *github_api_checks.ROUTES,
)


def no_redelivery(_: Delivery) -> None:
    """Where no webhooks are sent, none is sent again."""
    raise Missing("Nothing here sends webhooks.")


def github_api(
    world: World, *, redeliver: Callable[[Delivery], None] = no_redelivery, hourly: int = HOURLY
) -> Blueprint:
    """The API of one World; ``world.faults`` happen to it. ``redeliver``: ``webhooks.Sender.redeliver``. ``hourly``: the
    requests that each installation has in an hour."""
    blueprint, quota = Blueprint("github_api", __name__), Quota(hourly)
    ask_plan(blueprint, lambda: world)

    @blueprint.route(f"{PREFIX}/<path:rest>", methods=_METHODS)
    def answer(rest: str) -> Response:
        with world.lock:
            return _answered(world, quota, redeliver, f"/{rest}")

    return blueprint


def _answered(world: World, quota: Quota, redeliver: Callable[[Delivery], None], path: str) -> Response:
    who, now = "nobody", world.now()
    try:
        asks = caller(world, request.headers.get("Authorization", ""))
        who = _name(asks)
        quota.spend(who, now)
        answer = _handled(world, asks, redeliver, path)
    except Refused as error:
        answer = refusal(error)
        if isinstance(error, Exhausted):
            answer.body["message"] = str(error)
    response = _response(answer)
    if response.status_code == 304:
        quota.give_back(who, now)
    response.headers.update(quota.headers(who, now))
    return response


def _handled(world: World, asks: Caller, redeliver: Callable[[Delivery], None], path: str) -> Answer:
    method = "GET" if request.method == "HEAD" else request.method
    for wanted, route, handler in ROUTES:
        params = match(route, path)
        if params is not None and wanted == method:
            query = request.args.to_dict()
            return handler(Call(world, method, f"{PREFIX}{path}", params, query, _body(), asks, redeliver))
    raise Missing("Not Found")


def match(route: str, path: str) -> dict[str, str] | None:
    """The variable parts (``{name}``) of a path, of which a last one ``{name...}`` holds all that follows; None where it is
    another route."""
    wanted = route.split("/")
    last = wanted[-1].endswith("...}")
    given = path.split("/", len(wanted) - 1 if last else -1)
    if len(wanted) != len(given):
        return None
    params = {}
    for want, part in zip(wanted, given, strict=True):
        if want.startswith("{") and part:
            params[want[1:-1].removesuffix("...")] = part
        elif want != part:
            return None
    return params


def _body() -> dict[str, Any]:
    raw = request.get_data()
    if not raw:
        return {}
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):  # the latter of thousands of brackets
        raise Malformed("Problems parsing JSON") from None
    if not isinstance(found, dict):
        raise Malformed("Body should be a JSON object")
    return found


def _name(asks: Caller) -> str:
    if asks.installation is not None:
        return f"installation ID {asks.installation.id}"
    return f"app ID {asks.app.id}" if asks.app is not None else f"user ID {asks.user.id}"


def _response(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status=answer.code)
    raw = json.dumps(answer.body).encode()
    response = Response(raw, answer.code, content_type="application/json; charset=utf-8")
    response.headers.update(answer.headers)
    if answer.code == 200 and request.method in ("GET", "HEAD"):
        response.set_etag(hashlib.sha256(raw).hexdigest(), weak=True)
        response.headers["Vary"] = "Accept, Authorization"
        response.make_conditional(request)
    return response
