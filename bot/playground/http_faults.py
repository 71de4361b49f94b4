"""The plan of faults, put into effect for a Flask blueprint: one call, and each of its requests asks the plan first."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint, Response, g, jsonify, request

from bot.playground.faults import Fault, FaultKind
from bot.playground.state import State

_BAD_GATEWAY = (502, "Server Error")
_SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


def ask_plan(blueprint: Blueprint, world: Callable[[], State]) -> None:
    """Let the world's faults happen to the requests of ``blueprint``. LIST_LAG stays with the lists."""

    def before() -> Response | None:
        g.fault = None
        fault = world().faults.next(f"{request.method} {request.path}")
        if fault is None:
            return None
        if fault.kind is FaultKind.LATENCY:
            time.sleep(fault.seconds)
            return None
        g.fault = fault
        return _refusal(fault, world().now().timestamp())

    def after(response: Response) -> Response:
        fault: Fault | None = g.get("fault")
        if fault is not None and fault.kind is FaultKind.AFTER_502:
            return _answer(*_BAD_GATEWAY)
        return response

    blueprint.before_request(before)
    blueprint.after_request(after)


def _refusal(fault: Fault, now: float) -> Response | None:
    """The answer that takes the place of the real one; None: the request is done first, or as usual."""
    wait = str(max(1, round(fault.seconds)))
    reset = str(int(now + max(1.0, fault.seconds)))
    match fault.kind:
        case FaultKind.BEFORE_502:
            return _answer(*_BAD_GATEWAY)
        case FaultKind.TOO_MANY:
            return _answer(
                429, "Too Many Requests", {"Retry-After": wait, "RateLimit-Remaining": "0", "RateLimit-Reset": reset}
            )
        case FaultKind.SECONDARY:
            return _answer(403, _SECONDARY, {"Retry-After": wait})
        case FaultKind.PRIMARY:
            return _answer(
                403,
                "API rate limit exceeded for installation.",
                {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset},
            )
        case _:
            return None


def _answer(code: int, message: str, headers: dict[str, str] | None = None) -> Response:
    response = jsonify({"message": message})
    response.status_code = code
    response.headers.update(headers or {})
    return response
