"""GitLab's REST API v4 as plain values, by python-gitlab: one request at a time, its errors as ours, each one counted.

python-gitlab has habits that a worker cannot have: it sleeps when GitLab says 429, it has no time limit of its own, and it
follows redirects with the token. All of that is decided in the session beneath it, so that no call can forget it.

Sources: docs.gitlab.com/api/rest (paths, pagination, status codes), docs.gitlab.com/administration/settings/
user_and_ip_rate_limits (headers of a 429).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from bot.errors import UserError
from bot.forge.base import Conflict, Forbidden, ForgeError, NotFound, Unavailable

if TYPE_CHECKING:
    import requests

Observe = Callable[[str, str, int, float], None]
"""Told of every request: method, route with the variable parts taken out, status (0 for no answer), seconds."""

Json = dict[str, Any]

TIMEOUT = (10.0, 60.0)  # seconds to connect, and between two bytes
LONGEST_WAIT = timedelta(hours=1)  # a header that asks for more is taken for nonsense
PAGE = 100
_SHOWN = 300  # characters of GitLab's own words in an error
_PAUSES = (0.2, 0.8)  # seconds before a read is tried again
_AGAIN = (502, 503, 504)


class Refused(ForgeError):
    """GitLab would not take what was sent (400, 405, 422): the sentence holds its reason."""


class Api:
    """Requests to one GitLab with one token. ``url`` may have a path, for GitLab below another address.

    Every method raises NotFound, Forbidden, Conflict, Refused or Unavailable. Reads are tried three times where GitLab does
    not answer; whoever writes has to look whether it happened, and then to decide.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        observe: Observe | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        import gitlab

        parts = urlsplit(url)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.username
            or parts.query
            or parts.fragment
        ):
            raise UserError("GITLAB_URL is not the address of a GitLab: write it like https://gitlab.example.com")
        self.url = url.rstrip("/")
        self._token = token
        self._pause = pause
        session = _session(f"{self.url}/api/v4/", token, observe or (lambda *_: None), now)
        self._gitlab = gitlab.Gitlab(
            self.url,
            private_token=token,
            timeout=TIMEOUT,  # type: ignore[arg-type]  # it hands it on to requests, which takes both limits
            keep_base_url=True,
            retry_transient_errors=False,
            user_agent="gatehouse",
            session=session,
        )

    def __repr__(self) -> str:
        return f"Api({self.url})"

    @property
    def token(self) -> str:
        return self._token

    def get(self, path: str, **query: object) -> Json:
        """One thing."""
        found = self._read(lambda: self._gitlab.http_get(path, query, obey_rate_limit=False))
        return _mapping(found)

    def listed(self, path: str, **query: object) -> list[Json]:
        """All of them, however many pages GitLab makes of it."""

        def read() -> Any:
            try:
                return self._gitlab.http_list(path, {"per_page": PAGE, **query}, get_all=True, obey_rate_limit=False)
            except (TypeError, KeyError):  # it takes any JSON for a list
                raise _no_api() from None

        found = self._read(read)
        if not isinstance(found, list):
            raise _no_api()
        return [_mapping(item) for item in found]

    def post(self, path: str, body: Json) -> Json:
        """Sent once, never again."""
        with _parsed():
            return _mapping(self._gitlab.http_post(path, post_data=body, obey_rate_limit=False))

    def put(self, path: str, body: Json) -> Json:
        """Sent once; the same a second time does no harm."""
        with _parsed():
            return _mapping(self._gitlab.http_put(path, post_data=body, obey_rate_limit=False))

    def delete(self, path: str) -> None:
        with _parsed():
            self._gitlab.http_delete(path, obey_rate_limit=False)

    def _read(self, call: Callable[[], Any]) -> Any:
        for pause in _PAUSES:
            try:
                with _parsed():
                    return call()
            except Unavailable as error:
                if error.at is not None:
                    raise
                self._pause(pause)
        with _parsed():
            return call()


def project_path(project: str | int) -> str:
    """The path of a project's things: by its id, or by its path with all groups."""
    return f"/projects/{quote(str(project), safe='')}"


def _mapping(found: object) -> Json:
    if not isinstance(found, dict):
        raise _no_api()
    return found


def _no_api() -> Unavailable:
    return Unavailable("GitLab answered with something that is not its API: see whether GITLAB_URL is its address")


@contextmanager
def _parsed() -> Iterator[None]:
    """Answers that are no JSON become Unavailable; all other errors are the session's, and ours already."""
    import gitlab

    try:
        yield
    except gitlab.exceptions.GitlabError:
        raise _no_api() from None


def _session(base: str, token: str, observe: Observe, now: Callable[[], datetime]) -> requests.Session:
    """What python-gitlab sends its requests with: no redirects, no other address than ``base``, every answer that is no
    success an error of ours."""
    import requests

    class Session(requests.Session):
        def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:  # type: ignore[override]
            if not url.startswith(base):
                raise Forbidden(
                    f"GitLab named the address {_host(url)} for more of a list; the token is for {_host(base)} only"
                )
            route, started = _route(url[len(base) :]), time.monotonic()
            status = 0
            try:
                answer = super().request(method, url, *args, **{**kwargs, "allow_redirects": False})
                status = answer.status_code
            except requests.RequestException as error:
                raise Unavailable(
                    f"GitLab at {_host(base)} does not answer ({type(error).__name__}): see GITLAB_URL, and whether it runs"
                ) from None
            finally:
                observe(method.upper(), route, status, time.monotonic() - started)
            if not 200 <= status < 300:
                raise _error(f"{method.upper()} /{route}", answer, token, now())
            return answer

    return Session()


def _error(what: str, answer: requests.Response, token: str, now: datetime) -> Exception:
    """An answer that is no success, as an error that says who can do what."""
    status, said = answer.status_code, _said(answer, token)
    if status == 429 or status >= 500:
        at = _when(answer, now)
        return Unavailable(f"GitLab cannot do {what} now ({status}{said}); it is tried again", at)
    if 300 <= status < 400:
        return NotFound(
            f"GitLab sends {what} elsewhere ({status}): use the project's new path, and GITLAB_URL as GitLab has it"
        )
    if status == 401:
        return Forbidden("GitLab does not take the token (401): it is wrong, expired or revoked; set GITLAB_TOKEN anew")
    if status == 403:
        need = (
            "a token with the scope api"
            if "insufficient_scope" in said
            else "a higher role of the bot's account in the project"
        )
        return Forbidden(f"GitLab does not allow {what} (403{said}): it needs {need}")
    if status == 404:
        return NotFound(f"GitLab has nothing there that the bot's account may see: {what} (404{said})")
    if status in (409, 412):
        return Conflict(f"Somebody was faster: {what} ({status}{said})")
    return Refused(f"GitLab did not take {what} ({status}{said})")


def _said(answer: requests.Response, token: str) -> str:
    """GitLab's own words, on one line and short, "" for none; the token is never among them."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    if not isinstance(body, dict):
        return ""
    text = str(body.get("message") or " ".join(str(body.get(k, "")) for k in ("error", "error_description")))
    text = " ".join(text.replace(token, "***").split()) if token else text
    return f": {text[:_SHOWN]}" if text else ""


def _when(answer: requests.Response, now: datetime) -> datetime | None:
    """When to come again, by ``Retry-After`` (seconds or a date) or ``RateLimit-Reset`` (seconds since 1970)."""
    after, reset = answer.headers.get("Retry-After", ""), answer.headers.get("RateLimit-Reset", "")
    try:
        if after:
            at = now + timedelta(seconds=int(after)) if after.isdigit() else parsedate_to_datetime(after)
        elif reset:
            at = datetime.fromtimestamp(int(reset), UTC)
        else:
            return now + timedelta(minutes=1) if answer.status_code == 429 else None
        return min(max(at, now), now + LONGEST_WAIT)
    except (ValueError, TypeError, OverflowError, OSError):
        return now + timedelta(minutes=1)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _route(path: str) -> str:
    """A path with its variable parts taken out, for counting: few enough to be a label."""
    parts = path.partition("?")[0].split("/")
    for at, part in enumerate(parts):
        if at and parts[at - 1] in ("projects", "groups", "users"):
            parts[at] = ":id"
        elif part.isdigit():
            parts[at] = ":number"
        elif re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", part):
            parts[at] = ":sha"
    return "/".join(parts)
