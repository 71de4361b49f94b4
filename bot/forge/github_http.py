"""Requests to GitHub's REST API, by PyGithub's requester: one try for what writes, few and short waits for what reads.

PyGithub's own retries (POST too) and its sleeps until a limit is over are switched off, as is its log, which would quote
the tokens that GitHub answers. Every call is told to ``observe``.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from logging import CRITICAL, Logger
from typing import Any, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

from github import Github
from github.Requester import Requester

from bot.forge.base import ForgeError, Unavailable
from bot.forge.github_refusals import Answer, Doubtful, limit, refusal
from bot.forge.github_remembered import Remembered
from bot.forge.github_waits import Waits

Observe = Callable[[str, str, int, float], None]
API_VERSION = "2022-11-28"
PER_PAGE = 100
_TIMEOUT_SECONDS = 15
_PAUSES = (0.3, 1.0)  # before the second and the third try of what only reads
_MOST_PAGES = 1_000

_silent = Logger("gatehouse.nothing", level=CRITICAL)  # outside the tree of loggers: no setting can turn it on
_silent.disabled = True
Requester.injectLogger(_silent)


def nobody_observes(method: str, route: str, status: int, seconds: float) -> None:
    """The ``observe`` of who does not count."""


class Credential(Protocol):
    """Who asks. ``name`` says it without any secret, ``account`` to whom GitHub counts it; ``header`` is the value of
    Authorization; ``renew`` is told that GitHub refused it, and says whether another one may do."""

    @property
    def name(self) -> str: ...

    @property
    def account(self) -> str: ...

    def header(self) -> str: ...

    def renew(self, refused: str) -> bool: ...


class Call(NamedTuple):
    """One request: ``route`` as GitHub's documentation writes it, ``names`` fill it."""

    method: str
    route: str
    names: Mapping[str, Any]
    query: Mapping[str, Any]
    body: Any = None

    @property
    def path(self) -> str:
        return self.route.format_map({key: quote(str(value), safe="") for key, value in self.names.items()})


class Client:
    """One GitHub. Safe to use from several threads, and on both sides of a fork. ``pause`` waits so many seconds."""

    def __init__(
        self,
        base_url: str,
        *,
        observe: Observe = nobody_observes,
        pause: Callable[[float], None] = time.sleep,
        timeout: int = _TIMEOUT_SECONDS,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.pause = pause
        self._observe = observe
        self._timeout = timeout
        self._place = threading.local()
        self._remembered = Remembered()
        self._waits = Waits()

    def get(self, credential: Credential, route: str, *, query: Mapping[str, Any] | None = None, **names: Any) -> Any:
        """What GitHub answers. Raises NotFound, Forbidden, Unavailable and other ForgeErrors."""
        return self._read(credential, Call("GET", route, names, _given(query))).data

    def pages(
        self,
        credential: Credential,
        route: str,
        *,
        items: str = "",
        query: Mapping[str, Any] | None = None,
        enough: Callable[[list[Any]], bool] = lambda _: False,
        **names: Any,
    ) -> list[Any]:
        """The rows of all pages; ``items`` is the key that holds them where a page is an object. ``enough`` looks at the
        rows so far, and may end it."""
        call = Call("GET", route, names, {"per_page": PER_PAGE, **_given(query)})
        rows: list[Any] = []
        for _ in range(_MOST_PAGES):
            answer = self._read(credential, call)
            rows += answer.data[items] if items else answer.data
            further = self._next(answer)
            if not further or enough(rows):
                return rows
            call = Call("GET", route, names, {"": further})
        raise ForgeError(f"GitHub has more than {_MOST_PAGES} pages of {call.path}; that cannot be.")

    def send(self, credential: Credential, method: str, route: str, body: Any = None, **names: Any) -> Any:
        """One write, tried once. Raises Doubtful where nobody knows whether it was done: look before it is tried again."""
        call = Call(method, route, names, {}, body)
        answer = self._ask(credential, call)
        if error := refusal(call.method, call.path, answer):
            raise error
        return answer.data

    def _read(self, credential: Credential, call: Call) -> Answer:
        for wait in (*_PAUSES, None):
            try:
                answer = self._ask(credential, call)
                error = refusal(call.method, call.path, answer)
            except Doubtful as doubt:
                error = doubt
            if error is None:
                return answer
            if wait is None or not isinstance(error, Doubtful):
                break
            self.pause(wait)
        if isinstance(error, Doubtful):  # of what only reads, nothing is in doubt
            raise Unavailable(str(error))
        assert error is not None
        raise error

    def _ask(self, credential: Credential, call: Call) -> Answer:
        """One request; a second one where the first had a token that GitHub does not take any more, and so did nothing."""
        self._waits.check(credential.account)
        header = credential.header()
        answer = self._once(header, credential.name, call)
        if answer.status == 401 and credential.renew(header):
            answer = self._once(credential.header(), credential.name, call)
        if (until := limit(answer)) is not None:
            self._waits.begin(credential.account, until)
        return answer

    def _once(self, header: str, who: str, call: Call) -> Answer:
        url = call.query.get("") or call.path
        query = {} if "" in call.query else dict(call.query)
        key = f"{who} {url} {sorted(query.items())}" if call.method == "GET" else ""
        known = self._remembered.get(key)
        headers = {"Authorization": header, "Accept": "application/vnd.github+json"}
        if known is not None:
            headers["If-None-Match"] = known.headers["etag"]
        begin, status = time.monotonic(), 0
        try:
            status, told, text = self._requester().requestJson(call.method, url, query, headers, call.body)
        except OSError as error:  # of the network: requests' own errors are of this kind
            raise Doubtful(f"GitHub did not answer {call.method} {call.path} ({type(error).__name__}).") from None
        except (RuntimeError, AssertionError):  # PyGithub refuses redirects that leave the host
            raise ForgeError(
                f"GitHub sends {call.path} to another host; set GITHUB_API_URL to the right one."
            ) from None
        finally:
            self._observe(call.method, call.route, status, time.monotonic() - begin)
        if status == 304 and known is not None:
            return known
        answer = Answer(status, {str(name).lower(): str(value) for name, value in told.items()}, _json(text))
        if key:
            self._remembered.keep(key, answer, len(text))
        return answer

    def _requester(self) -> Requester:
        """This thread's own: PyGithub keeps the request that is under way in its connection."""
        held = getattr(self._place, "held", None)
        if held is None or held[0] != os.getpid():
            held = (os.getpid(), self._made())
            self._place.held = held
        requester: Requester = held[1]
        return requester

    def _made(self) -> Requester:
        return Github(
            base_url=self.base_url,
            timeout=self._timeout,
            user_agent="gatehouse",
            per_page=PER_PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            api_version=API_VERSION,
        ).requester

    def _next(self, answer: Answer) -> str:
        """The path of the next page, "" for none. An address outside the API is refused: it would be given the token."""
        url = _links(answer.headers.get("link", "")).get("next", "")
        if not url:
            return ""
        here, there = urlsplit(self.base_url), urlsplit(url)
        if (there.scheme, there.netloc) != (here.scheme, here.netloc) or not there.path.startswith(f"{here.path}/"):
            raise ForgeError("GitHub's next page is at another address than GITHUB_API_URL; it was not followed.")
        return f"{there.path[len(here.path) :]}?{there.query}"


def _given(query: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (query or {}).items() if value not in (None, "")}


def _json(text: str) -> Any:
    """A body as JSON; text that is none (a proxy's error page) is None, so that nothing of it is taken for an answer."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None


def _links(header: str) -> dict[str, str]:
    """A Link header by relation (RFC 8288, as far as GitHub uses it)."""
    found = {}
    for part in header.split(","):
        target, _, rest = part.strip().partition(";")
        relation = rest.strip().removeprefix('rel="').rstrip('"')
        found[relation] = target.strip("<> ")
    return found


def utc(text: str) -> datetime:
    """A time as GitHub writes it."""
    return datetime.fromisoformat(text).astimezone(UTC)
