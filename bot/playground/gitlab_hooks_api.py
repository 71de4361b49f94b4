"""Webhooks of a project on GitLab's API (docs.gitlab.com/api/project_webhooks): who sets them up needs Maintainer."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.model.forge import Permission
from bot.playground import gitlab_shapes as shapes
from bot.playground.errors import Invalid, Missing
from bot.playground.gitlab_call import Answer, Call
from bot.playground.records import Hook, Repository


def listed(call: Call) -> Answer:
    return call.listed(_hooks(call, _project(call)), shapes.hook)


def one(call: Call) -> Answer:
    return Answer(shapes.hook(_hook(call)))


def create(call: Call) -> Answer:
    """``token`` is what is sent back as ``X-Gitlab-Token``, ``signing_token`` the key of a signature. Without any event
    named it is for pushes."""
    project = _project(call)
    events = {name for name in shapes.HOOK_EVENTS if call.flag(name)}
    if "push_events" not in call.arguments:
        events.add("push_events")
    made = call.world.add_hook(
        _url(call), call.text("token"), events, repository=project, signing=call.text("signing_token")
    )
    return Answer(shapes.hook(made), 201)


def update(call: Call) -> Answer:
    row = _hook(call)
    row.url = _url(call) if "url" in call.arguments else row.url
    row.secret = call.text("token", row.secret)
    row.signing = call.text("signing_token", row.signing)
    for name in shapes.HOOK_EVENTS:
        if name in call.arguments:
            (row.events.add if call.flag(name) else row.events.discard)(name)
    return Answer(shapes.hook(row))


def delete(call: Call) -> Answer:
    row = _hook(call)
    del call.world.hooks[row.id]
    return Answer(None, 204)


def _project(call: Call) -> Repository:
    return call.project(Permission.MAINTAIN, "looking after webhooks")


def _hooks(call: Call, project: Repository) -> list[Hook]:
    return [hook for hook in call.world.hooks.values() if hook.repository_id == project.id]


def _hook(call: Call) -> Hook:
    for hook in _hooks(call, _project(call)):
        if hook.id == call.param("hook"):
            return hook
    raise Missing("404 Not found")


def _url(call: Call) -> str:
    url = call.needed("url")
    if urlsplit(url).scheme not in ("http", "https"):
        raise Invalid("Invalid url given")
    return url


ROUTES = (
    ("GET", "projects/:id/hooks", listed),
    ("POST", "projects/:id/hooks", create),
    ("GET", "projects/:id/hooks/:hook", one),
    ("PUT", "projects/:id/hooks/:hook", update),
    ("DELETE", "projects/:id/hooks/:hook", delete),
)
