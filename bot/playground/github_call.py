"""One request to GitHub's API on the playground: who asks, with what, and how answers, lists and refusals look.

https://docs.github.com/en/rest/using-the-rest-api
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from bot.model.forge import ForgeKind, Permission
from bot.playground.errors import Forbidden, Invalid, Missing, Refused
from bot.playground.github_caller import Caller, Unauthorized
from bot.playground.github_objects import api
from bot.playground.records import App, Comment, Delivery, Installation, PullRequest, Repository
from bot.playground.world import World

DOCUMENTATION = "https://docs.github.com/rest"
_PER_PAGE = 30
_MOST_PER_PAGE = 100
Row = TypeVar("Row")


class NotAccessible(Forbidden):
    """The installation's token lacks a permission; ``needed`` as the header X-Accepted-GitHub-Permissions says it."""

    def __init__(self, needed: str) -> None:
        super().__init__("Resource not accessible by integration")
        self.needed = needed


class Malformed(Refused):
    """A body that is no JSON."""

    status = 400


class BadField(Invalid):
    """A field of the body that GitHub cannot take."""

    def __init__(self, resource: str, name: str, message: str) -> None:
        super().__init__(message)
        self.resource, self.name = resource, name


class PlainInvalid(Invalid):
    """As reviews are refused: in plain sentences, without fields."""


class Answer(NamedTuple):
    """``body`` becomes JSON; None: nothing."""

    body: Any
    code: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


@dataclass(frozen=True, slots=True)
class Call:
    """``params`` are the variable parts of the path. ``redeliver`` sends a webhook once more."""

    world: World
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any] = field(repr=False)
    caller: Caller
    redeliver: Callable[[Delivery], None]

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    # -- who, and what they may

    @property
    def app(self) -> App:
        """The App, of itself or by an installation. Raises NotAccessible for people."""
        if self.caller.app is None:
            raise Forbidden("You must authenticate via a GitHub App.")
        return self.caller.app

    @property
    def installation(self) -> Installation:
        if self.caller.installation is None:
            raise Unauthorized("Bad credentials")
        return self.caller.installation

    def repository(self, *needed: str) -> Repository:
        """By its path. ``needed``: permissions (``checks:write``), any of which will do. Raises Missing where the caller may
        not know of it, NotAccessible."""
        row = self.world.repository(ForgeKind.GITHUB, f"{self.params['owner']}/{self.params['repo']}")
        caller = self.caller
        if caller.app is not None and caller.installation is None:
            raise Unauthorized("Bad credentials")  # the App itself sees no repository
        if caller.installation is not None and not self._covers(row):
            if row.private:
                raise Missing("Not Found")
            if not self.reads:
                raise NotAccessible("; ".join(needed).replace(":", "="))
            return row
        if self.world.permission(row, caller.user) is Permission.NONE:
            raise Missing("Not Found")
        self.need(*needed)
        return row

    def need(self, *needed: str) -> None:
        """Raises NotAccessible where the token has none of these permissions."""
        pairs = [each.split(":") for each in needed]
        if pairs and not any(self.caller.may(name, level) for name, level in pairs):
            raise NotAccessible("; ".join(needed).replace(":", "="))

    def _covers(self, row: Repository) -> bool:
        token = self.caller.token
        chosen = token.repositories if token else None
        return self.world.covers(self.installation, row) and (chosen is None or row.id in chosen)

    # -- what

    def number(self, name: str) -> int:
        """A number in the path. Raises Missing."""
        if not self.params[name].isdecimal():
            raise Missing("Not Found")
        return int(self.params[name])

    def pull(self, name: str, *needed: str) -> PullRequest:
        return self.world.pull(self.repository(*needed), self.number(name))

    def comment(self, *needed: str) -> Comment:
        """Of the conversation of any pull request of the repository. Raises Missing."""
        row = self.repository(*needed)
        found = self.world.comments.get(self.number("comment_id"))
        if found is None or found.path or self.world.pulls[found.pull_id].repository_id != row.id:
            raise Missing("Not Found")
        return found

    def text(self, name: str, *, of: str, needed: bool = False) -> str:
        """A text in the body, "" for none. Raises BadField."""
        value = self.body.get(name)
        if value is None and not needed:
            return ""
        if not isinstance(value, str):
            raise BadField(of, name, f"{name} has to be a text" if value is not None else f"{name} wasn't supplied")
        return value

    # -- answers

    def listed(
        self,
        rows: Sequence[Row],
        shape: Callable[[Row], Any],
        *,
        made: Callable[[Row], datetime] | None = None,
        items: str = "",
    ) -> Answer:
        """A page of rows, with links to the others. ``made``: when a row arose, for lists that lag. ``items``: the name of
        the list in an object with ``total_count``."""
        late = self.world.faults.lagging(f"{self.method} {self.path}", self.world.now())
        if late is not None and made is not None:
            rows = [row for row in rows if made(row) <= late]
        size = min(_MOST_PER_PAGE, self._asked("per_page", _PER_PAGE))
        page, last = self._asked("page", 1), max(1, -(-len(rows) // size))
        shown = [shape(row) for row in rows[(page - 1) * size : page * size]]
        near = {"prev": page - 1 if page > 1 else 0, "next": page + 1 if page < last else 0}
        ends = {"last": last if page < last else 0, "first": 1 if page > 1 else 0}
        links = [self.link(rel, page=str(to)) for rel, to in {**near, **ends}.items() if to]
        body: Any = {"total_count": len(rows), items: shown} if items else shown
        return Answer(body, headers={"Link": ", ".join(links)} if links else {})

    def link(self, rel: str, **changed: str) -> str:
        address = self.path.removeprefix("/api/v3")
        return f'<{api(self.world)}{address}?{urlencode({**self.query, **changed})}>; rel="{rel}"'

    def _asked(self, name: str, default: int) -> int:
        text = self.query.get(name, "")
        return max(1, int(text)) if text.isdecimal() else default


def refusal(error: Refused) -> Answer:
    """How GitHub words it."""
    code, text = error.status, str(error)
    body: dict[str, Any] = {"message": text, "documentation_url": DOCUMENTATION, "status": str(code)}
    headers = {}
    if code == 404:
        body["message"] = "Not Found"
    if isinstance(error, NotAccessible):
        headers["X-Accepted-GitHub-Permissions"] = error.needed
    if isinstance(error, Invalid):
        resource, name = (error.resource, error.name) if isinstance(error, BadField) else ("", "")
        detail = {"code": "custom", "message": text}
        body["message"] = "Validation Failed"
        told: Any = {**({"resource": resource, "field": name} if name else {}), **detail}
        body["errors"] = [text if isinstance(error, PlainInvalid) else told]
    return Answer(body, code, headers)
