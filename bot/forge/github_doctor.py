"""What GitHub tells of an App's place in a repository: what was granted, what a branch asks of a merge, where webhooks go.

Sources: docs.github.com/en/rest, "Get a branch" (classic protection), "Get rules for a branch" (rulesets), "Get a webhook
configuration for an app".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.forge.github_app import App
from bot.model.forge import RepositoryName

# The same as in app.yaml.
NEEDED = {
    "metadata": "read", "contents": "read", "checks": "write", "pull_requests": "write", "issues": "write",
    "merge_queues": "read", "members": "read",
}  # fmt: skip
EVENTS = ("check_run", "check_suite", "issue_comment", "merge_group", "pull_request", "pull_request_review", "push")
FOR_WHAT = {
    "contents": "cloning", "checks": "the verdict", "pull_requests": "comments", "issues": "commands and their reactions",
    "merge_queues": "the merge queue", "members": "teams in CODEOWNERS", "metadata": "everything",
}  # fmt: skip
_LEVELS = ("read", "write", "admin")


class Required(NamedTuple):
    """A status that a merge waits for; ``app``: the id of the App that alone may give it, 0 for anybody."""

    name: str
    app: int


def lacking(given: Mapping[str, str]) -> dict[str, str]:
    """Permissions that were not granted, with the level that is needed."""
    return {
        name: level
        for name, level in NEEDED.items()
        if given.get(name) not in _LEVELS or _LEVELS.index(given[name]) < _LEVELS.index(level)
    }


def webhook_address(app: App) -> str:
    """Where GitHub sends the App's webhooks. Raises ForgeError, Unavailable."""
    return str(app.client.get(app.as_app, "/app/hook/config").get("url") or "")


def default_branch(app: App, repository: RepositoryName) -> str:
    """Raises ForgeError, Unavailable."""
    owner, _, repo = repository.path.partition("/")
    return str(
        app.client.get(app.credential(repository), "/repos/{owner}/{repo}", owner=owner, repo=repo)["default_branch"]
    )


def required(app: App, repository: RepositoryName, branch: str) -> list[Required]:
    """The statuses that a merge into the branch waits for, by classic protection and by rulesets. Raises ForgeError,
    Unavailable."""
    owner, _, repo = repository.path.partition("/")
    get, pages, reader = app.client.get, app.client.pages, app.reader(repository)
    row = get(reader, "/repos/{owner}/{repo}/branches/{branch}", owner=owner, repo=repo, branch=branch)
    rules = pages(reader, "/repos/{owner}/{repo}/rules/branches/{branch}", owner=owner, repo=repo, branch=branch)
    return [*_classic(row), *(each for rule in rules for each in _of_rule(rule))]


def _classic(row: Mapping[str, Any]) -> list[Required]:
    protection = row.get("protection") or {}
    told = protection.get("required_status_checks") or {}
    if told.get("enforcement_level") == "off":
        return []
    named = {str(each["context"]): int(each.get("app_id") or 0) for each in told.get("checks") or ()}
    return [Required(str(name), max(0, named.get(str(name), 0))) for name in {*named, *(told.get("contexts") or ())}]


def _of_rule(rule: Mapping[str, Any]) -> list[Required]:
    if rule.get("type") != "required_status_checks":
        return []
    rows = (rule.get("parameters") or {}).get("required_status_checks") or ()
    return [Required(str(row["context"]), int(row.get("integration_id") or 0)) for row in rows]
