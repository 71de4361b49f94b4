"""Who may do what on GitLab: roles, groups and approvals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote

from bot.forge.base import Forbidden, NotFound
from bot.forge.gitlab_http import Api, Json, project_path
from bot.forge.gitlab_values import moment, number, part, permission, person, text
from bot.model.forge import Approval, Permission, Person, PullRequest

# Roles in CODEOWNERS (docs.gitlab.com/user/project/codeowners, "Add a role as a Code Owner"): direct members with exactly
# that role.
_ROLES = {"developer": 30, "developers": 30, "maintainer": 40, "maintainers": 40, "owner": 50, "owners": 50}
_APPROVED = "approved this merge request"  # GitLab's own note of an approval
_UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


def permission_of(api: Api, project: int, who: Person) -> Permission:
    """By the highest of the person's roles, direct or through groups; who has none may read what is public or internal."""
    member = _member(api, f"{project_path(project)}/members/all/{who.id}")
    if member:
        return permission(_level(member))
    visible = text(api.get(project_path(project)), "visibility")
    return Permission.READ if visible in ("public", "internal") else Permission.NONE


def is_member(api: Api, project: int, owner: str, who: Person) -> bool:
    """Whether ``owner`` is this person or a group or role that they are in directly (members of groups above or below, or
    invited ones, are not counted, as in GitLab's CODEOWNERS). False for what GitLab does not tell this account."""
    try:
        if owner.startswith("@@"):
            member = _member(api, f"{project_path(project)}/members/{who.id}")
            return bool(member) and _level(member) == _ROLES.get(owner[2:].lower(), -1)
        if owner.startswith("@"):
            return _is_user(api, owner[1:], who) or _is_in_group(api, owner[1:], who)
        return "@" in owner and _has_address(api, owner, who)
    except Forbidden:
        return False


def approvals(api: Api, project: int, pull_request: PullRequest) -> Sequence[Approval]:
    """Who approved, and which head each of them saw.

    GitLab tells no commit, and on the Free tier an approval outlives a push. What it tells is a time (``approved_at``, from
    18.4 on; before that its own note of it), and when each version of the merge request arose: the head that was the newest
    then is the one that was approved. A version arises a moment after the push, so that in doubt the older head counts.
    """
    path = f"{project_path(project)}/merge_requests/{pull_request.name.number}"
    rows = api.get(f"{path}/approvals").get("approved_by") or []
    given = {person(part(row, "user")): moment(row.get("approved_at")) for row in rows if isinstance(row, dict)}
    given = {who: at for who, at in given.items() if who.id != pull_request.author.id}
    if not given:
        return []
    if any(at is None for at in given.values()):
        noted = _noted(api, path)
        given = {who: at or noted.get(who.id) for who, at in given.items()}
    versions = api.listed(f"{path}/versions")
    return [Approval(who, head_at(versions, at), at or _UNKNOWN) for who, at in given.items()]


def head_at(versions: Sequence[Json], at: datetime | None) -> str:
    """The head of the version that was the newest at a moment; "" where that cannot be told. Of a version of the very same
    moment nobody knows whether it was seen, unless it is the first."""
    if at is None:
        return ""
    known = [(made, text(row, "head_commit_sha")) for row in versions if (made := moment(row.get("created_at")))]
    before = [version for version in known if version[0] < at]
    if before:
        return max(before)[1]
    first = min(known, default=(_UNKNOWN, ""))
    return first[1] if first[0] == at else ""


def _noted(api: Api, path: str) -> dict[int, datetime]:
    """When each person approved last, by GitLab's own notes in the conversation."""
    found: dict[int, datetime] = {}
    for row in api.listed(f"{path}/notes", sort="asc", order_by="created_at"):
        at = moment(row.get("created_at"))
        if row.get("system") is True and text(row, "body") == _APPROVED and at:
            found[number(part(row, "author"), "id")] = at
    return found


def _member(api: Api, path: str) -> Json:
    """A membership that is in force; empty for none."""
    try:
        row = api.get(path)
    except NotFound:
        return {}
    blocked = row.get("state", "active") != "active" or row.get("membership_state", "active") != "active"
    return {} if blocked else row


def _level(member: Json) -> int:
    return number(member, "access_level")


def _is_user(api: Api, login: str, who: Person) -> bool:
    """Asked by the name and compared by id: a login that was given up may be somebody else's."""
    if "/" in login:
        return False
    return any(
        row.get("id") == who.id and text(row, "username").lower() == login.lower()
        for row in api.listed("/users", username=login)
    )


def _is_in_group(api: Api, group: str, who: Person) -> bool:
    return bool(_member(api, f"/groups/{quote(group, safe='')}/members/{who.id}"))


def _has_address(api: Api, address: str, who: Person) -> bool:
    """By the address that the person shows, which GitLab lets them choose among their confirmed ones. A search by address is
    no proof: it also finds people who took it for a name."""
    try:
        row = api.get(f"/users/{who.id}")
    except NotFound:
        return False
    return text(row, "public_email").lower() == address.lower()
