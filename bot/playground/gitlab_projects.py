"""People, groups and projects on GitLab's API (docs.gitlab.com/api/users, /members, /groups, /projects)."""

from __future__ import annotations

from bot.model.forge import ForgeKind, Permission
from bot.playground import gitlab_shapes as shapes
from bot.playground.errors import Missing
from bot.playground.gitlab_call import LEVELS, Answer, Call
from bot.playground.records import Organisation, Repository, User


def version(call: Call) -> Answer:
    return Answer({"version": "18.5.0", "revision": "playground", "user": call.me.login})


def me(call: Call) -> Answer:
    return Answer(shapes.me(call.world, call.me))


def token(call: Call) -> Answer:
    """The token that asks."""
    who, row = call.me, call.token
    scopes = sorted(row.scopes) if row else []
    ends = row.expires_at.date().isoformat() if row and row.expires_at else None
    body = {"id": who.id, "name": "playground", "revoked": False, "active": True, "scopes": scopes, "user_id": who.id}
    return Answer({**body, "expires_at": ends})


def users(call: Call) -> Answer:
    """By ``username`` (the whole, in any case of letters) or ``search``, which also finds names and shown addresses."""
    login, search = call.text("username").lower(), call.text("search").lower()
    rows = [u for u in call.world.users.values() if not login or u.login.lower() == login]
    if search:
        rows = [u for u in rows if search in u.login.lower() or search in u.name.lower() or search == u.email.lower()]
    return call.listed(rows, lambda row: shapes.user(call.world, row))


def user(call: Call) -> Answer:
    row = call.world.users.get(call.param("user"))
    if row is None:
        raise Missing("404 User Not Found")
    return Answer(shapes.person(call.world, row))


# -- projects


def projects(call: Call) -> Answer:
    """Those that the caller sees; with ``membership`` those that they are a member of, with ``min_access_level`` as such."""
    least = call.number("min_access_level")
    rows = [
        r
        for r in sorted(call.world.repositories.values(), key=lambda r: r.id)
        if r.kind is ForgeKind.GITLAB and call.sees(r)
    ]
    if call.flag("membership") or least:
        roles = {row.id: _role(call, row, call.me) for row in rows}
        rows = [row for row in rows if LEVELS[roles[row.id]] >= max(least, 1)]
    if call.text("sort", "desc") == "desc" and call.text("pagination") != "keyset":
        rows.reverse()
    shape = _simple if call.flag("simple") else _whole
    return call.listed(rows, lambda row: shape(call, row), lambda row: row.created_at)


def project(call: Call) -> Answer:
    return Answer(_whole(call, call.project()))


def _simple(call: Call, row: Repository) -> shapes.Json:
    return shapes.simple_project(call.world, row)


def _whole(call: Call, row: Repository) -> shapes.Json:
    return shapes.project(call.world, row, _role(call, row, call.me) if call.token else None)


def branches(call: Call) -> Answer:
    project = call.project()
    rows = sorted(project.bare.branches().items())
    return call.listed(rows, lambda row: _branch(call, project, *row))


def branch(call: Call) -> Answer:
    project = call.project()
    tip = project.bare.branch(call.params["branch"])
    if not tip:
        raise Missing("404 Branch Not Found")
    return Answer(_branch(call, project, call.params["branch"], tip))


def _branch(call: Call, project: Repository, name: str, tip: str) -> shapes.Json:
    protection = call.world.protection(project, name)
    return {
        "name": name,
        "default": name == project.default_branch,
        "protected": protection is not None,
        "merged": False,
        "commit": {"id": tip, "short_id": tip[:8]},
    }


# -- members


def member(call: Call) -> Answer:
    """Of the project itself; groups above do not count."""
    return _member(call, call.project().members)


def member_of_all(call: Call) -> Answer:
    """With the highest role that the project or a group above gives."""
    project = call.project()
    people = {row.id: role for row in call.world.users.values() if (role := _role(call, project, row))}
    return _member(call, people)


def group(call: Call) -> Answer:
    return Answer(shapes.group(call.world, call.group()))


def group_member(call: Call) -> Answer:
    return _member(call, call.group().members)


def group_members(call: Call) -> Answer:
    return _members(call, call.group().members)


def group_member_of_all(call: Call) -> Answer:
    return _member(call, _inherited(call, call.group()))


def members(call: Call) -> Answer:
    return _members(call, call.project().members)


def _member(call: Call, people: dict[int, Permission]) -> Answer:
    row = call.world.users.get(call.param("user"))
    role = people.get(row.id, Permission.NONE) if row else Permission.NONE
    if row is None or not role:
        raise Missing("404 Not found")
    return Answer(shapes.member(call.world, row, role))


def _members(call: Call, people: dict[int, Permission]) -> Answer:
    rows = [(call.world.users[user_id], role) for user_id, role in people.items() if role]
    return call.listed(rows, lambda row: shapes.member(call.world, *row))


def _role(call: Call, project: Repository, who: User) -> Permission:
    """As a member; that a project is public gives none."""
    roles = [project.members.get(who.id, Permission.NONE)]
    return max(roles + [group.members.get(who.id, Permission.NONE) for group in call.world.groups_of(project)])


def _inherited(call: Call, group: Organisation) -> dict[int, Permission]:
    found: dict[int, Permission] = {}
    for row in call.world.organisations.values():
        if row.kind is group.kind and f"{group.path}/".lower().startswith(f"{row.path}/".lower()):
            for user_id, role in row.members.items():
                found[user_id] = max(role, found.get(user_id, Permission.NONE))
    return found


ROUTES = (
    ("GET", "version", version),
    ("GET", "user", me),
    ("GET", "personal_access_tokens/self", token),
    ("GET", "users", users),
    ("GET", "users/:user", user),
    ("GET", "projects", projects),
    ("GET", "projects/:id", project),
    ("GET", "projects/:id/members", members),
    ("GET", "projects/:id/members/:user", member),
    ("GET", "projects/:id/members/all/:user", member_of_all),
    ("GET", "projects/:id/repository/branches", branches),
    ("GET", "projects/:id/repository/branches/:branch", branch),
    ("GET", "groups/:id", group),
    ("GET", "groups/:id/members", group_members),
    ("GET", "groups/:id/members/:user", group_member),
    ("GET", "groups/:id/members/all/:user", group_member_of_all),
)
