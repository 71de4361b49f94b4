"""The page on which people let things go wrong, to see what the bot makes of it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from bot.playground.errors import Invalid
from bot.playground.faults import Fault, FaultKind
from bot.playground.pages import page
from bot.playground.world import World

PATH = "/-/faults"
_APIS, _WEBHOOKS = "* /api/*", "HOOK *"
_METHODS = {_APIS: ("GET", "POST", "PUT", "PATCH", "DELETE"), _WEBHOOKS: ("HOOK",)}


class _Choice(NamedTuple):
    """A kind of fault in words, and the requests that it happens to unless others are named."""

    kind: FaultKind
    words: str
    route: str = _APIS


CHOICES = (
    _Choice(FaultKind.LATENCY, "The API answers that many seconds later"),
    _Choice(FaultKind.BEFORE_502, "The API answers 502, and nothing is done"),
    _Choice(FaultKind.AFTER_502, "The API does it, and answers 502 all the same"),
    _Choice(FaultKind.TOO_MANY, "The API answers 429: come back after that many seconds"),
    _Choice(FaultKind.SECONDARY, "GitHub's secondary limit, for that many seconds"),
    _Choice(FaultKind.PRIMARY, "The quota is used up, for that many seconds"),
    _Choice(FaultKind.LIST_LAG, "Lists lack what is younger than that many seconds, until you end it"),
    _Choice(
        FaultKind.LOST, "A webhook is never sent; the bot's sweep finds what it missed within some minutes", _WEBHOOKS
    ),
    _Choice(FaultKind.DOUBLED, "A webhook is sent twice", _WEBHOOKS),
    _Choice(FaultKind.DELAYED, "A webhook is sent that many seconds later", _WEBHOOKS),
)


def blueprint(world: World) -> Blueprint:
    """The page and its two forms."""
    routes = Blueprint("faults", __name__)

    @routes.get(PATH)
    def shown() -> str:
        words = {choice.kind: choice.words for choice in CHOICES}
        return page(world, "faults.html", choices=CHOICES, words=words, waiting=world.faults.waiting())

    @routes.post(PATH)
    def added() -> Response:
        world.faults.add(_wanted())
        return redirect(PATH, 303)

    @routes.post(f"{PATH}/end")
    def ended() -> Response:
        world.faults.clear()
        return redirect(PATH, 303)

    return routes


def _wanted() -> Fault:
    """What the form asks for. Raises Invalid."""
    name = request.form.get("kind", "")
    choice = next((choice for choice in CHOICES if choice.kind == name), None)
    if choice is None:
        raise Invalid(f"{name!r} is no fault that this page knows.")
    route = request.form.get("route", "").strip() or choice.route
    if not any(_can_meet(method, route) for method in _METHODS[choice.route]):
        asked = "webhooks are HOOK EVENT" if choice.route == _WEBHOOKS else "the APIs' are METHOD PATH"
        raise Invalid(
            f"No request of that fault's kind is called {route!r:.100}: {asked}, where * stands for anything."
        )
    return Fault(choice.kind, route[:500], _number("seconds", 2, 600), times=_number("times", 1, 1000))


def _can_meet(method: str, route: str) -> bool:
    """Whether requests of a method can match; a ``*`` in front also stands for the space behind the method."""
    return route.startswith("*") or fnmatchcase(method, route.partition(" ")[0])


def _number(field: str, left_out: int, most: int) -> int:
    text = request.form.get(field, "").strip() or str(left_out)
    if not text.isascii() or not text.isdecimal() or len(text) > 4 or int(text) > most:
        raise Invalid(f"Write a number from 0 to {most} for {field}.")
    return int(text)
