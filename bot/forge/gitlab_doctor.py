"""What is missing for the bot in a project of GitLab: the token, the role, the webhook, what holds a merge.

Sources: docs.gitlab.com/api/personal_access_tokens ("self" also answers for tokens of projects and groups),
/api/project_webhooks, /api/members.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from bot.forge.base import Forbidden, NotFound
from bot.forge.gitlab_http import Api, Json, project_path
from bot.forge.gitlab_people import permission_of
from bot.forge.gitlab_values import number, person, text
from bot.model.forge import Permission, RepositoryName

_SOON = 14  # days
_EVENTS = {
    "merge_requests_events": "merge requests",
    "note_events": "comments",
    "push_events": "pushes",
    "pipeline_events": "pipelines",
}


class Concern(NamedTuple):
    """A sentence for who looks after the project. ``is_known`` False: GitLab does not tell us whether it is so; ``is_near``:
    it is well now, and not for long."""

    sentence: str
    is_known: bool = True
    is_near: bool = False


def missing(api: Api, repository: RepositoryName, url: str, *, today: date) -> Sequence[str]:
    """The sentences of ``concerns``."""
    return [concern.sentence for concern in concerns(api, repository, url, today=today)]


def concerns(api: Api, repository: RepositoryName, url: str, *, today: date) -> Sequence[Concern]:
    """What keeps the bot from working in a project, or from being obeyed there; empty: nothing. ``url`` is where the
    project's webhook must go. Raises what the API raises."""
    try:
        row = api.get(project_path(repository.path))
    except NotFound:
        return [Concern(f"The bot's account cannot see {repository.path}: make it a member with the role Developer.")]
    account = person(api.get("/user"))
    role = permission_of(api, number(row, "id"), account)
    found = [*_of_token(api, today), *map(Concern, _of_project(repository, row, role))]
    try:
        hooks = api.listed(f"{project_path(repository.path)}/hooks")
    except (Forbidden, NotFound):
        words = f"Nobody but a Maintainer can tell whether {repository.path} has the webhook: {url}"
        return [*found, Concern(words, is_known=False)]
    return [*found, *map(Concern, _of_hooks(repository, [hook for hook in hooks if hook.get("url") == url], url))]


def _of_token(api: Api, today: date) -> list[Concern]:
    try:
        row = api.get("/personal_access_tokens/self")
    except NotFound:
        return []  # before 15.5 nobody tells
    found = []
    scopes = row.get("scopes")
    if not isinstance(scopes, list) or "api" not in scopes:
        found.append(Concern("GITLAB_TOKEN lacks the scope api: make a token that has it."))
    ends = text(row, "expires_at")[:10]
    if ends and (date.fromisoformat(ends) - today).days <= _SOON:
        found.append(Concern(f"GITLAB_TOKEN ends on {ends}: make a new one before.", is_near=True))
    return found


def _of_project(repository: RepositoryName, row: Json, role: Permission) -> list[str]:
    found = []
    if role < Permission.WRITE:
        found.append(f"{repository.path}: the bot's account needs the role Developer to set statuses.")
    if row.get("only_allow_merge_if_pipeline_succeeds") is not True:
        found.append(
            f'{repository.path}: nothing holds a merge; switch on "Pipelines must succeed" for merge requests.'
        )
    elif row.get("allow_merge_on_skipped_pipeline") is True:
        found.append(
            f'{repository.path}: a skipped pipeline lets a merge through; switch off "Skipped pipelines are considered '
            'successful".'
        )
    return found


def _of_hooks(repository: RepositoryName, hooks: Sequence[Json], url: str) -> list[str]:
    """``hooks`` are those that go to ``url``."""
    if not hooks:
        return [f"{repository.path}: there is no webhook to {url}; `gatehouse setup gitlab` makes it."]
    found = []
    if len(hooks) > 1:
        found.append(f"{repository.path}: {len(hooks)} webhooks go to {url}; remove all but one.")
    lacking = [words for name, words in _EVENTS.items() if not any(hook.get(name) is True for hook in hooks)]
    if lacking:
        found.append(f"{repository.path}: the webhook does not tell {', '.join(lacking)}.")
    if any(text(hook, "alert_status") not in ("", "executable") for hook in hooks):
        found.append(f"{repository.path}: GitLab stopped the webhook after failures; test it there to wake it.")
    return found
