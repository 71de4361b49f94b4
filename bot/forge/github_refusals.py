"""What GitHub's refusals mean: which error of the port, in which words, and when to come again.

https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.errors import GatehouseError
from bot.forge.base import Conflict, Forbidden, ForgeError, NotFound, Unavailable

_SECONDARY_WAIT = timedelta(seconds=60)
_LONGEST_WAIT = timedelta(hours=2)
_MOST_WORDS = 300


class Answer(NamedTuple):
    """``headers`` by lower-case names; ``data`` is the JSON, None for no body and for one that is no JSON."""

    status: int
    headers: dict[str, str]
    data: Any


class Doubtful(Unavailable):
    """Nobody knows whether it was done."""


class Invalid(ForgeError):
    """GitHub cannot make sense of what it was sent (422)."""


def refusal(method: str, path: str, answer: Answer) -> GatehouseError | None:
    """The error that an answer is; None for a good one."""
    status, words = answer.status, _words(answer)
    if 200 <= status < 300 and (answer.data is not None or status in (202, 204)):
        return None
    asked = f"{method} {path}"
    if (at := limit(answer)) is not None:
        return Unavailable(f"GitHub lets the App wait until {at:%H:%M:%S} UTC ({asked}: {words}).", at)
    match status:
        case 401:
            return Forbidden(
                f"GitHub does not accept the App's credentials ({asked}: {words}); check its id, key and clock."
            )
        case 403 | 451:
            return Forbidden(f"GitHub refused {asked}: {words}{_needed(answer)}")
        case 404 | 410:
            return NotFound(f"GitHub does not know {path}, or the App may not see it ({words}).")
        case 409:
            return Conflict(f"GitHub found another state than expected at {asked}: {words}")
        case 422:
            return Invalid(f"GitHub cannot do {asked}: {words}")
        case 301 | 302 | 307 | 308:
            return NotFound(f"GitHub has moved {path}: the repository was renamed, or given to somebody else.")
        case _ if status >= 500 or 200 <= status < 300:
            return Doubtful(f"GitHub answered {status} to {asked} ({words}).")
        case _:
            return ForgeError(f"GitHub answered {status} to {asked} ({words}).")


def limit(answer: Answer) -> datetime | None:
    """When a request that a rate limit refused may be made again; None where no limit did."""
    if answer.status not in (403, 429):
        return None
    now, headers = datetime.now(UTC), answer.headers
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return now + min(timedelta(seconds=int(after)), _LONGEST_WAIT)
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        # a second later, as nobody tells when in that second it is
        return min(datetime.fromtimestamp(min(int(reset), 2**33), UTC), now + _LONGEST_WAIT) + timedelta(seconds=1)
    if answer.status == 429 or any(word in _words(answer).lower() for word in ("rate limit", "abuse detection")):
        return now + _SECONDARY_WAIT
    return None


def _needed(answer: Answer) -> str:
    """GitHub tells which permission would do: the header X-Accepted-GitHub-Permissions."""
    needed = answer.headers.get("x-accepted-github-permissions", "")
    return f" The App's installation needs {_line(needed)}." if needed else ""


def _words(answer: Answer) -> str:
    """What GitHub says, in one short line."""
    if not isinstance(answer.data, dict):
        return "no explanation"
    told = [str(answer.data.get("message") or "no explanation")]
    errors = answer.data.get("errors")
    for error in errors if isinstance(errors, list) else ():
        told.append(
            " ".join(str(error[key]) for key in ("field", "code", "message") if error.get(key))
            if isinstance(error, dict)
            else str(error)
        )
    return _line("; ".join(told))


def _line(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return plain if len(plain) <= _MOST_WORDS else f"{plain[: _MOST_WORDS - 1]}…"
