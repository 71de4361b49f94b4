"""Who approved, who may do what, and who belongs to a team, on GitHub."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.forge.base import Forbidden, NotFound
from bot.forge.github_app import App
from bot.forge.github_http import utc
from bot.forge.github_words import person, route_names
from bot.model.forge import Approval, Permission, Person, PullRequest, RepositoryName

_REVIEWS = "/repos/{owner}/{repo}/pulls/{pull_number}/reviews"
_PERMISSION = "/repos/{owner}/{repo}/collaborators/{username}/permission"
_MEMBERSHIP = "/orgs/{org}/teams/{team_slug}/memberships/{username}"
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_VERDICTS = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")  # COMMENTED and PENDING take nothing back


class People:
    def __init__(self, app: App) -> None:
        self._app = app
        self._client = app.client

    def approvals(self, pull_request: PullRequest) -> list[Approval]:
        """https://docs.github.com/en/rest/pulls/reviews: in the order in which they were made."""
        repository = pull_request.name.repository
        rows = self._get_all(repository, _REVIEWS, pull_number=pull_request.name.number)
        last: dict[int, Any] = {}
        for row in rows:
            if row.get("user") and row["state"] in _VERDICTS and row["user"]["id"] != pull_request.author.id:
                last[row["user"]["id"]] = row
        return [approval(row) for row in last.values() if row["state"] == "APPROVED"]

    def permission(self, repository: RepositoryName, someone: Person) -> Permission:
        """https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user. NONE where the
        login has become somebody else's."""
        try:
            row = self._get(repository, _PERMISSION, username=someone.login)
        except NotFound:
            return Permission.NONE
        if (row.get("user") or {}).get("id") != someone.id:
            return Permission.NONE
        return role(row)

    def is_member(self, repository: RepositoryName, owner: str, someone: Person) -> bool:
        """Teams count with their child teams, as GitHub counts them. Raises Forbidden where the App may not look into the
        teams of the repository's own organization."""
        name = owner.removeprefix("@")
        if name == owner or name.startswith("@"):
            return False  # an e-mail address, or a word of GitLab
        org, is_team, team = name.partition("/")
        if not is_team:
            return name.lower() == someone.login.lower()
        if not team or "/" in team:
            return False
        try:
            row = self._get(repository, _MEMBERSHIP, org=org, team_slug=team, username=someone.login)
        except NotFound:
            return False
        except Forbidden:
            if org.lower() == repository.path.partition("/")[0].lower():
                raise
            return False
        return bool(row.get("state") == "active")

    def _get(self, repository: RepositoryName, route: str, **names: Any) -> Any:
        return self._client.get(self._app.credential(repository), route, **names, **route_names(repository))

    def _get_all(self, repository: RepositoryName, route: str, **names: Any) -> list[Any]:
        return self._client.pages(self._app.credential(repository), route, **names, **route_names(repository))


def approval(row: Mapping[str, Any]) -> Approval:
    """GitHub's description leaves the time out for some; what counts here is the commit."""
    at = row.get("submitted_at")
    return Approval(person(row["user"]), str(row.get("commit_id") or ""), utc(at) if at else _LONG_AGO)


def role(row: Mapping[str, Any]) -> Permission:
    """A role that the organization made itself is told by its nearest standard one; what nobody knows is NONE."""
    for word in (row.get("role_name"), row.get("permission")):
        if isinstance(word, str) and word.upper() in Permission.__members__:
            return Permission[word.upper()]
    return Permission.NONE
