"""GitHub's JSON as the model's words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.forge.github_app import Itself
from bot.forge.github_http import utc
from bot.model.forge import Comment, Person, PullRequest, PullRequestName, RepositoryName

# GitHub shows this account in the place of one that was deleted.
GHOST = Person(10137, "ghost")

Row = Mapping[str, Any]


def route_names(repository: RepositoryName) -> dict[str, Any]:
    """What fills ``{owner}`` and ``{repo}`` of a route."""
    owner, _, repo = repository.path.partition("/")
    return {"owner": owner, "repo": repo}


def person(user: Row | None) -> Person:
    if not user:
        return GHOST
    return Person(int(user["id"]), str(user["login"]), is_bot=user.get("type") == "Bot")


def pull_request(name: PullRequestName, row: Row) -> PullRequest:
    head, base = row["head"], row["base"]
    source = head.get("repo") or {}
    # by its id, as names differ in case, and after a repository was renamed
    same = source.get("id") is not None and source.get("id") == (base.get("repo") or {}).get("id")
    return PullRequest(
        name=name,
        title=str(row.get("title") or ""),
        author=person(row["user"]),
        head=str(head["sha"]),
        head_branch=str(head["ref"]),
        head_repository=name.repository.path if same else str(source.get("full_name") or ""),
        base_branch=str(base["ref"]),
        is_open=row["state"] == "open",
        is_merged=row.get("merged_at") is not None,
        is_draft=bool(row.get("draft")),
        url=str(row.get("html_url") or ""),
        updated=str(row.get("updated_at") or ""),
    )


def comment(row: Row, itself: Itself) -> Comment:
    return Comment(
        id=int(row["id"]),
        author=person(row["user"]),
        body=str(row.get("body") or ""),
        created_at=utc(row["created_at"]),
        is_ours=is_ours(row, itself),
        edited=row.get("updated_at", row["created_at"]) != row["created_at"],
        url=str(row.get("html_url") or ""),
    )


def sendable(text: str) -> str:
    """A text that JSON and GitHub's database can hold: a file name may bring halves of characters, and NULs."""
    return text.encode(errors="replace").decode().replace("\0", "\ufffd")


def is_ours(row: Row, itself: Itself) -> bool:
    """By the App that GitHub says it was made with, or by its account; never by what it says."""
    app = row.get("performed_via_github_app") or {}
    user = row.get("user") or {}
    return app.get("id") == itself.id or (user.get("type") == "Bot" and user.get("login") == itself.login)
