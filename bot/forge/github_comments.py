"""The conversation of a pull request on GitHub, and our one comment in it.
https://docs.github.com/en/rest/issues/comments"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.forge.base import ForgeError, NotFound, Unavailable
from bot.forge.github_app import App
from bot.forge.github_refusals import Doubtful
from bot.forge.github_words import comment, is_ours, route_names, sendable
from bot.model.forge import Comment, PullRequestName, Reaction

_ISSUE = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
_ONE = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
_REACTIONS = "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions"
_LOOKS = (0.3, 0.7, 1.5)  # pauses before each look for a comment that was perhaps made: lists lag
_AGAIN = timedelta(seconds=15)


class Comments:
    def __init__(self, app: App) -> None:
        self._app = app
        self._client = app.client

    def all(self, name: PullRequestName) -> list[Comment]:
        """Oldest first."""
        rows = self._client.pages(self._who(name), _ISSUE, issue_number=name.number, **route_names(name.repository))
        itself = self._app.itself()
        return sorted((comment(row, itself) for row in rows), key=lambda each: each.id)

    def one(self, name: PullRequestName, comment_id: int) -> Comment | None:
        """None where there is none, and where it belongs to another conversation. One that was made just now may not be
        found at first; so it is looked for twice."""
        who = self._who(name)  # outside of what follows: an App that is not installed is no comment that is gone
        for wait in (0.5, None):
            try:
                row = self._client.get(who, _ONE, comment_id=comment_id, **route_names(name.repository))
            except NotFound:
                if wait is not None:
                    self._client.pause(wait)
                continue
            if "issue_url" not in row:  # GitHub always tells it; who imitates its API may not
                return next((each for each in self.all(name) if each.id == comment_id), None)
            is_here = str(row["issue_url"]).endswith(f"/issues/{name.number}")
            return comment(row, self._app.itself()) if is_here else None
        return None

    def write(self, name: PullRequestName, body: str, *, marker: str, known: int) -> int:
        if not body.startswith(marker):
            raise ForgeError("A comment of ours has to begin with its marker.")
        body = sendable(body)
        there = self.one(name, known) if known else None
        if there is None or not there.is_ours:  # the known one is the one, whatever somebody made of its text
            mine = self._mine(name, marker)
            there = mine[0] if mine else None
            for other in mine[1:]:  # two of ours raced, long ago
                self._delete(name, other.id)
        if there is None:
            return self._create(name, body, marker)
        if not _same_text(there.body, body):
            self._update(name, there.id, body)
        return there.id

    def react(self, name: PullRequestName, comment_id: int, reaction: Reaction) -> None:
        """GitHub keeps one of a kind from each account, so that a second try does no harm."""
        for tries_left in (1, 0):
            try:
                self._send(name, "POST", _REACTIONS, {"content": str(reaction)}, comment_id=comment_id)
                return
            except Doubtful:
                if not tries_left:
                    raise

    def reactions(self, name: PullRequestName, comment_id: int) -> frozenset[Reaction]:
        names = route_names(name.repository)
        try:
            rows = self._client.pages(self._who(name), _REACTIONS, comment_id=comment_id, **names)
        except NotFound:
            return frozenset()
        itself, words = self._app.itself(), {str(each) for each in Reaction}
        return frozenset(Reaction(row["content"]) for row in rows if row["content"] in words and is_ours(row, itself))

    def _mine(self, name: PullRequestName, marker: str) -> list[Comment]:
        return [each for each in self.all(name) if _is_the_one(each, marker)]

    def _create(self, name: PullRequestName, body: str, marker: str) -> int:
        """Made once. Where nobody knows whether it was, it is looked for; where it is not found, only a later run may make
        it: a list that lags would let us make a second one now."""
        try:
            row = self._send(name, "POST", _ISSUE, {"body": body}, issue_number=name.number)
            return int(row["id"])
        except Doubtful as doubt:
            for wait in _LOOKS:
                self._client.pause(wait)
                if mine := self._mine(name, marker):
                    return mine[0].id
            raise Unavailable(str(doubt), datetime.now(UTC) + _AGAIN) from None

    def _update(self, name: PullRequestName, comment_id: int, body: str) -> None:
        """The same text twice is the same as once, so a doubtful try may simply be made again."""
        for tries_left in (1, 0):
            try:
                self._send(name, "PATCH", _ONE, {"body": body}, comment_id=comment_id)
                return
            except Doubtful:
                if not tries_left:
                    raise
                self._client.pause(_LOOKS[0])

    def _delete(self, name: PullRequestName, comment_id: int) -> None:
        try:
            self._send(name, "DELETE", _ONE, None, comment_id=comment_id)
        except (NotFound, Doubtful):
            return  # gone, or for the next one who looks

    def _send(self, name: PullRequestName, method: str, route: str, body: Any, **names: Any) -> Any:
        return self._client.send(self._who(name), method, route, body, **names, **route_names(name.repository))

    def _who(self, name: PullRequestName) -> Any:
        return self._app.credential(name.repository)


def _is_the_one(there: Comment, marker: str) -> bool:
    return there.is_ours and there.body.startswith(marker)


def _same_text(there: str, wanted: str) -> bool:
    """GitHub may keep other line ends, and no space around a text."""
    return there.replace("\r\n", "\n").strip() == wanted.replace("\r\n", "\n").strip()
