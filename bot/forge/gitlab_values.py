"""GitLab's answers as the model's values. What is missing or of another type in an answer is an error, not a guess."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.forge.base import Unavailable
from bot.forge.gitlab_http import Json
from bot.model.forge import Comment, Permission, Person, PullRequest, PullRequestName, RepositoryName

# Accounts that GitLab makes for access tokens and for itself (its documentation: "Bot users for projects", "for groups").
_BOT = re.compile(
    r"(project|group)_\d+_bot(_\w+)?|(support|alert|ghost|gitlab[-_]\w+)[-_]bot\d*|service_account_\w+", re.IGNORECASE
)
# GitLab saves a new note twice within an instant.
_SAVED_AGAIN = timedelta(seconds=1)


def text(row: Json, key: str) -> str:
    """A text, "" where it is null."""
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _odd(key)
    return value


def number(row: Json, key: str) -> int:
    value = row.get(key)
    if not isinstance(value, int):
        raise _odd(key)
    return value


def part(row: Json, key: str) -> Json:
    """A mapping within; empty where it is null."""
    value = row.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _odd(key)
    return value


def when(row: Json, key: str) -> datetime:
    """A time, aware and in UTC."""
    found = moment(row.get(key))
    if found is None:
        raise _odd(key)
    return found


def moment(value: Any) -> datetime | None:
    """A time as GitLab's API writes it (RFC 3339); None for anything else."""
    try:
        found = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def person(row: Json) -> Person:
    login = text(row, "username")
    return Person(number(row, "id"), login, row.get("bot") is True or _BOT.fullmatch(login) is not None)


def pull_request(row: Json, repository: RepositoryName, head_repository: str) -> PullRequest:
    """A merge request. ``head`` is "" while GitLab does not know it. A locked one is being merged: no longer open."""
    state = text(row, "state")
    return PullRequest(
        name=PullRequestName(repository, number(row, "iid")),
        title=text(row, "title"),
        author=person(part(row, "author")),
        head=text(row, "sha") or text(part(row, "diff_refs"), "head_sha"),
        head_branch=text(row, "source_branch"),
        head_repository=head_repository,
        base_branch=text(row, "target_branch"),
        is_open=state == "opened",
        is_merged=state == "merged",
        is_draft=row.get("draft", row.get("work_in_progress")) is True,
        url=text(row, "web_url"),
        updated=text(row, "updated_at"),
    )


def is_conversation(row: Json) -> bool:
    """A note that people wrote in the conversation for all to see: neither GitLab's own, nor on a line of the diff, nor
    internal (what is asked there must not be answered in public)."""
    hidden = any(row.get(key) is True for key in ("system", "internal", "confidential"))
    return not hidden and row.get("type") in (None, "DiscussionNote")


def comment(row: Json, url: str, ours: int) -> Comment:
    """A note. ``url`` is the merge request's, ``ours`` the id of the bot's account.

    GitLab does not tell whether the text was changed. It moves ``updated_at`` when it was, and also when the first reply
    makes a thread of a note and with each reaction; all count as edited, since nobody can tell them apart. The first second
    does not count.
    """
    author, created = person(part(row, "author")), when(row, "created_at")
    return Comment(
        id=number(row, "id"),
        author=author,
        body=text(row, "body"),
        created_at=created,
        is_ours=author.id == ours,
        edited=when(row, "updated_at") - created > _SAVED_AGAIN,
        url=f"{url}#note_{number(row, 'id')}" if url else "",
    )


def permission(level: int) -> Permission:
    """A role by its access level (docs.gitlab.com/api/access_requests: valid access levels). A custom role has the level of
    the role that it is built on. Minimal access (5) sees nothing of a project."""
    steps = (
        (50, Permission.ADMIN),
        (40, Permission.MAINTAIN),
        (30, Permission.WRITE),
        (15, Permission.TRIAGE),  # planner, and reporter (20)
        (10, Permission.READ),
    )
    return next((permission for least, permission in steps if level >= least), Permission.NONE)


def _odd(key: str) -> Unavailable:
    return Unavailable(
        f"GitLab's answer has no proper {key!r}: see whether GITLAB_URL is the address of a GitLab from 15.7 on"
    )
