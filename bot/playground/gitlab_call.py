"""One request to GitLab's API on the playground: who asks, with what, and how answers, lists and refusals look.

The subset of docs.gitlab.com/api/rest that clients depend on: tokens and their scopes, 404 instead of 403 for what the
caller may not see, offset and keyset pagination with their headers, and errors as ``{"message": …}``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlencode

from bot.model.forge import ForgeKind, Permission
from bot.playground.errors import Invalid, Missing, Refused
from bot.playground.records import Comment, Organisation, PullRequest, Repository, Token, User
from bot.playground.world import World

LEVELS = {
    Permission.NONE: 0,
    Permission.READ: 10,
    Permission.TRIAGE: 20,
    Permission.WRITE: 30,
    Permission.MAINTAIN: 40,
    Permission.ADMIN: 50,
}
"""Roles as access levels: guest, reporter, developer, maintainer, owner."""

_MOST = 100  # rows of a page
Row = TypeVar("Row")


class Unauthorized(Refused):
    """No token, or one that is none."""

    status = 401


class Scope(Refused):
    """The token is good, and not for this."""

    status = 403


class Answer(NamedTuple):
    """``body`` becomes JSON; None: nothing."""

    body: Any
    code: int = 200
    headers: dict[str, str] = {}  # noqa: RUF012 - never changed


@dataclass(frozen=True, slots=True)
class Call:
    """``params`` are the variable parts of the path, ``arguments`` those of query and body together. ``token`` None:
    somebody unknown, who may read what is public."""

    world: World
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    arguments: dict[str, Any] = field(repr=False)
    token: Token | None = None

    # -- who

    @property
    def me(self) -> User:
        """Who asks. Raises Unauthorized."""
        if self.token is None:
            raise Unauthorized("401 Unauthorized")
        return self.world.users[self.token.user_id]

    def need_scope(self) -> None:
        """``api`` for all; ``read_api`` for reading; ``read_user`` for people and the token itself. Raises Scope."""
        if self.token is None:
            return
        reads = self.method in ("GET", "HEAD")
        enough = {"api"} | ({"read_api"} if reads else set())
        if reads and self.path.split("/")[0] in ("user", "users", "personal_access_tokens"):
            enough |= {"read_user"}
        if not enough & self.token.scopes and self.path != "personal_access_tokens/self":
            raise Scope("The request requires higher privileges than provided by the access token.")

    # -- what

    def text(self, name: str, default: str = "") -> str:
        value = self.arguments.get(name, default)
        return value if isinstance(value, str) else str(value)

    def needed(self, name: str) -> str:
        """Raises Invalid."""
        if not self.text(name).strip():
            raise Invalid(f"{name} is missing")
        return self.text(name)

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in ("true", "1", "yes", "on")

    def number(self, name: str, default: int = 0) -> int:
        """Raises Invalid."""
        return _integer(self.text(name, str(default)), name)

    def param(self, name: str) -> int:
        """A number in the path. Raises Missing: such a route there is not."""
        if not self.params[name].isdigit():
            raise Missing("404 Not Found")
        return int(self.params[name])

    def project(self, least: Permission = Permission.READ, doing: str = "this") -> Repository:
        """By id or full path. Raises Missing where the caller may not see it, Forbidden, Unauthorized."""
        name, world = self.params["id"], self.world
        row = world.repositories.get(int(name)) if name.isdigit() else None
        if not name.isdigit():
            row = next((r for r in world.repositories.values() if r.path.lower() == name.lower() and _gitlab(r)), None)
        if row is None or not _gitlab(row) or not self.sees(row):
            raise Missing("404 Project Not Found")
        if least > Permission.READ or self.method not in ("GET", "HEAD"):
            world.require(row, self.me, least, doing)
        return row

    def sees(self, row: Repository) -> bool:
        if self.token is None:
            return not row.private
        return self.world.permission(row, self.me) > Permission.NONE

    def group(self) -> Organisation:
        """By id or full path. Raises Missing. Groups are public."""
        name = self.params["id"]
        rows = [o for o in self.world.organisations.values() if o.kind is ForgeKind.GITLAB and not o.is_user]
        for row in rows:
            if (name.isdigit() and row.id == int(name)) or row.path.lower() == name.lower():
                return row
        raise Missing("404 Group Not Found")

    def merge_request(self) -> PullRequest:
        """Raises Missing."""
        try:
            return self.world.pull(self.project(), self.param("iid"))
        except Missing as error:
            raise Missing("404 Project Not Found" if "Project" in str(error) else "404 Not found") from error

    def note(self, pull: PullRequest) -> Comment:
        try:
            return self.world.comment_of(pull.id, self.param("note"))
        except Missing as error:
            raise Missing("404 Note Not Found") from error

    # -- answers

    def listed(
        self, rows: Sequence[Row], shape: Callable[[Row], Any], made: Callable[[Row], datetime] | None = None
    ) -> Answer:
        """A page of rows. ``made``: when a row arose, for lists that lag."""
        late = self.world.faults.lagging(f"{self.method} /api/v4/{self.path}", self.world.now())
        if late is not None and made is not None:
            rows = [row for row in rows if made(row) <= late]
        if self.text("pagination") == "keyset":
            return self._keyset(rows, shape)
        size, page = self._size(), max(1, self.number("page", 1))
        pages = max(1, -(-len(rows) // size))
        shown = rows[(page - 1) * size : page * size]
        following = str(page + 1) if page < pages else ""
        headers = {
            "X-Page": str(page),
            "X-Per-Page": str(size),
            "X-Next-Page": following,
            "X-Prev-Page": str(page - 1) if page > 1 else "",
            "X-Total": str(len(rows)),
            "X-Total-Pages": str(pages),
            "Link": ", ".join(self._links(page, pages, size)),
        }
        return Answer([shape(row) for row in shown], headers=headers)

    def _keyset(self, rows: Sequence[Row], shape: Callable[[Row], Any]) -> Answer:
        """By ``id_after``; there are no totals."""
        if self.text("order_by", "id") != "id":
            raise Refused("Keyset pagination is not yet available for this type of request")
        after, size = self.number("id_after"), self._size()
        left = [row for row in rows if getattr(row, "id", 0) > after]
        shown = left[:size]
        headers = {"X-Per-Page": str(size), "X-Page": "1"}
        if len(left) > size:
            headers["Link"] = self._link("next", id_after=str(getattr(shown[-1], "id", 0)), per_page=str(size))
        return Answer([shape(row) for row in shown], headers=headers)

    def _size(self) -> int:
        return min(_MOST, max(1, self.number("per_page", 20)))

    def _links(self, page: int, pages: int, size: int) -> list[str]:
        near = {"prev": page - 1 if page > 1 else 0, "next": page + 1 if page < pages else 0, "first": 1, "last": pages}
        return [self._link(rel, page=str(to), per_page=str(size)) for rel, to in near.items() if to]

    def _link(self, rel: str, **changed: str) -> str:
        return f'<{self.world.url}/api/v4/{self.path}?{urlencode({**self.query, **changed})}>; rel="{rel}"'


def refusal(error: Refused) -> Answer:
    """How GitLab words it. What the World calls invalid (422) is a bad request there."""
    if isinstance(error, Scope):
        words = {"error": "insufficient_scope", "error_description": str(error), "scope": "api"}
        return Answer(words, 403)
    code = 400 if isinstance(error, Invalid) else error.status
    text = str(error)
    if code == 403 and not text.startswith("403"):
        text = f"403 Forbidden - {text}"
    if code == 404 and not text.startswith("404"):
        text = "404 Not found"
    return Answer({"message": text}, code)


def _gitlab(row: Repository) -> bool:
    return row.kind is ForgeKind.GITLAB


def _integer(text: str, name: str) -> int:
    if not text.isdigit():
        raise Invalid(f"{name} is invalid")
    return int(text)
