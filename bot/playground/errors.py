"""What the forge refuses, with the HTTP status that both real ones answer in that case."""

from __future__ import annotations

from bot.errors import GatehouseError


class Refused(GatehouseError):
    """The state stays as it was; the text is the sentence that the API or the page shows."""

    status = 400


class Missing(Refused):
    """There is no such thing, or this person may not know of it."""

    status = 404


class Forbidden(Refused):
    """It is there, and this person may not do that."""

    status = 403


class NotAllowed(Refused):
    """Nobody may do that now: a pull request that is not mergeable, for one."""

    status = 405


class Conflict(Refused):
    """The state is another one than the request expected: the head moved."""

    status = 409


class Invalid(Refused):
    """The request makes no sense: an empty comment, a branch that is not there."""

    status = 422
