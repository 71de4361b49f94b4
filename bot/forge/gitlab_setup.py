"""Setting the bot up on GitLab, and saying what is missing there: the token, the role, the webhook, what holds a merge.

Sources: docs.gitlab.com/api/personal_access_tokens ("self" also answers for tokens of projects and groups),
/api/project_webhooks, /api/members.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.forge.base import Forbidden, NotFound
from bot.forge.gitlab_http import Api, Json, Observe, project_path
from bot.forge.gitlab_people import permission_of
from bot.forge.gitlab_values import number, person, text
from bot.model.forge import Permission, Person, RepositoryName

EVENTS = ("merge_requests_events", "note_events", "push_events", "pipeline_events")
"""What the webhook has to tell, in the words of GitLab's API."""

_NAMES = {
    "merge_requests_events": "merge requests",
    "note_events": "comments",
    "push_events": "pushes",
    "pipeline_events": "pipelines",
}


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Whose a token is, what it may, and its last day (None: it has none)."""

    account: Person
    scopes: frozenset[str]
    expires: date | None


@dataclass(frozen=True, slots=True)
class HookFacts:
    """``events`` are those of ``EVENTS`` that it tells. ``is_asleep``: GitLab stopped delivering after failures."""

    id: int
    url: str
    events: frozenset[str]
    is_asleep: bool = False


class GitLabSetup:
    """For `gatehouse setup gitlab` and `gatehouse doctor`. Every method raises what the port raises."""

    def __init__(self, url: str, token: str, *, observe: Observe | None = None) -> None:
        self._api = Api(url, token, observe=observe)

    def token(self) -> TokenFacts:
        account = person(self._api.get("/user"))
        row = self._api.get("/personal_access_tokens/self")
        scopes = row.get("scopes")
        ends = text(row, "expires_at")
        return TokenFacts(
            account,
            frozenset(str(scope) for scope in scopes) if isinstance(scopes, list) else frozenset(),
            date.fromisoformat(ends[:10]) if ends else None,
        )

    def hooks(self, repository: RepositoryName) -> Sequence[HookFacts]:
        """Needs the role Maintainer."""
        return [_hook(row) for row in self._api.listed(f"{project_path(repository.path)}/hooks")]

    def ensure_hook(self, repository: RepositoryName, url: str, secret: str) -> HookFacts:
        """Let the project tell ``url`` what the bot has to hear: its webhook with that address is set right, or made. A
        ``secret`` that begins with ``whsec_`` is a signing token, any other one is sent along. Needs the role
        Maintainer."""
        key = "signing_token" if secret.startswith("whsec_") else "token"
        body: Json = {"url": url, key: secret, "enable_ssl_verification": True, **dict.fromkeys(EVENTS, True)}
        path = f"{project_path(repository.path)}/hooks"
        known = next((hook for hook in self.hooks(repository) if hook.url == url), None)
        return _hook(self._api.put(f"{path}/{known.id}", body) if known else self._api.post(path, body))

    def missing(self, repository: RepositoryName, url: str, *, today: date) -> Sequence[str]:
        """What keeps the bot from working in a project, or from being obeyed there, in sentences; ``url`` is where its
        webhook must go."""
        try:
            row = self._api.get(project_path(repository.path))
        except NotFound:
            return [f"The bot's account cannot see {repository.path}: make it a member with the role Developer."]
        facts = self.token()
        role = permission_of(self._api, number(row, "id"), facts.account)
        found = [*_of_token(facts, today), *_of_project(repository, row, role)]
        try:
            return [*found, *_of_hooks(repository, self.hooks(repository), url)]
        except (Forbidden, NotFound):
            return [*found, f"Nobody but a Maintainer can tell whether {repository.path} has the webhook: {url}"]


def _hook(row: Json) -> HookFacts:
    events = frozenset(name for name in EVENTS if row.get(name) is True)
    asleep = text(row, "alert_status") not in ("", "executable")
    return HookFacts(number(row, "id"), text(row, "url"), events, asleep)


def _of_token(facts: TokenFacts, today: date) -> list[str]:
    found = []
    if "api" not in facts.scopes:
        found.append("GITLAB_TOKEN lacks the scope api: make a token that has it.")
    if facts.expires and (facts.expires - today).days <= 14:
        found.append(f"GITLAB_TOKEN ends on {facts.expires}: make a new one before.")
    return found


def _of_project(repository: RepositoryName, row: Json, role: Permission) -> list[str]:
    found = []
    if role < Permission.WRITE:
        found.append(f"{repository.path}: the bot's account needs the role Developer to set statuses.")
    if row.get("only_allow_merge_if_pipeline_succeeds") is not True:
        found.append(
            f'{repository.path}: nothing holds a merge; switch on "Pipelines must succeed" for merge requests.'
        )
    return found


def _of_hooks(repository: RepositoryName, hooks: Sequence[HookFacts], url: str) -> list[str]:
    ours = [hook for hook in hooks if hook.url == url]
    if not ours:
        return [f"{repository.path}: there is no webhook to {url}; `gatehouse setup gitlab` makes it."]
    found = []
    if len(ours) > 1:
        found.append(f"{repository.path}: {len(ours)} webhooks go to {url}; remove all but one.")
    lacking = [_NAMES[name] for name in EVENTS if not any(name in hook.events for hook in ours)]
    if lacking:
        found.append(f"{repository.path}: the webhook does not tell {', '.join(lacking)}.")
    if any(hook.is_asleep for hook in ours):
        found.append(f"{repository.path}: GitLab stopped the webhook after failures; test it there to wake it.")
    return found
