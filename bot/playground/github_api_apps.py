"""Routes of GitHub's API about Apps: themselves, their installations and tokens, and the webhooks that were sent to them.
https://docs.github.com/en/rest/apps"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.model.forge import ForgeKind
from bot.playground.errors import Forbidden, Missing
from bot.playground.github_call import Answer, BadField, Call
from bot.playground.github_caller import Unauthorized
from bot.playground.github_objects import app_json, installation_json, repository_json, time
from bot.playground.records import App, Delivery, Installation, Repository
from bot.playground.world import World


def itself(call: Call) -> Answer:
    return Answer(app_json(call.world, _app(call)))


def installations(call: Call) -> Answer:
    app = _app(call)
    mine = [each for each in call.world.installations.values() if each.app_id == app.id]
    return call.listed(mine, lambda each: installation_json(call.world, each))


def installation(call: Call) -> Answer:
    return Answer(installation_json(call.world, _installation(call)))


def installation_of(call: Call) -> Answer:
    """Where a repository belongs to, also while that is suspended."""
    app, world = _app(call), call.world
    row = world.repository(ForgeKind.GITHUB, f"{call.params['owner']}/{call.params['repo']}")
    for each in world.installations.values():
        if each.app_id == app.id and world.covers(replace(each, suspended=False), row):
            return Answer(installation_json(world, each))
    raise Missing("Not Found")


def new_token(call: Call) -> Answer:
    """For an hour, with all that the installation has or with less."""
    mine = _installation(call)
    if mine.suspended:
        raise Forbidden("This installation has been suspended")
    permissions = call.body.get("permissions") or None
    if permissions is not None and not isinstance(permissions, dict):
        raise BadField("InstallationToken", "permissions", "permissions has to be an object")
    chosen = _chosen(call, mine)
    ids = [row.id for row in chosen] if chosen is not None else None
    token = call.world.installation_token(mine, permissions=permissions, repositories=ids)
    shown: dict[str, Any] = {
        "token": token.value,
        "expires_at": time(token.expires_at),
        "permissions": token.permissions,
        "repository_selection": "all" if token.repositories is None else "selected",
    }
    if chosen is not None:
        shown["repositories"] = [repository_json(call.world, row) for row in chosen]
    return Answer(shown, 201)


def repositories(call: Call) -> Answer:
    mine, token = call.installation, call.caller.token
    rows = covered(call.world, mine)
    if token is not None and token.repositories is not None:
        rows = [row for row in rows if row.id in token.repositories]
    return call.listed(rows, lambda row: repository_json(call.world, row), items="repositories")


def deliveries(call: Call) -> Answer:
    """Newest first, by a cursor instead of pages."""
    hooks = {hook.id for hook in call.world.hooks.values() if hook.app_id == _app(call).id}
    rows = sorted((d for d in call.world.deliveries.values() if d.hook_id in hooks), key=lambda d: -d.id)
    cursor, size = call.query.get("cursor", ""), min(100, int(call.query.get("per_page") or 30))
    left = [row for row in rows if not cursor or row.id < int(cursor)]
    shown, more = left[:size], len(left) > size
    headers = {"Link": call.link("next", cursor=str(shown[-1].id))} if more else {}
    return Answer([_delivery(row) for row in shown], headers=headers)


def hook_config(call: Call) -> Answer:
    """Where the App's webhooks go; the secret is there, and never told."""
    hook = next((hook for hook in call.world.hooks.values() if hook.app_id == _app(call).id), None)
    if hook is None:
        raise Missing("Not Found")
    return Answer({"url": hook.url, "content_type": "json", "insecure_ssl": "0", "secret": "********"})


def redelivered(call: Call) -> Answer:
    """GitHub says yes first, and sends later."""
    row = call.world.deliveries.get(call.number("delivery_id"))
    if row is None or call.world.hooks[row.hook_id].app_id != _app(call).id:
        raise Missing("Not Found")
    call.redeliver(row)
    return Answer({}, 202)


def covered(world: World, mine: Installation) -> list[Repository]:
    """The repositories that an installation holds for, oldest first."""
    rows = (row for row in world.repositories.values() if row.kind is ForgeKind.GITHUB)
    return [row for row in rows if world.covers(mine, row)]


def _app(call: Call) -> App:
    """The App itself: an installation's token will not do."""
    if call.caller.app is None or call.caller.token is not None:
        raise Unauthorized("A JSON web token could not be decoded")
    return call.caller.app


def _installation(call: Call) -> Installation:
    mine = call.world.installations.get(call.number("installation_id"))
    if mine is None or mine.app_id != _app(call).id:
        raise Missing("Not Found")
    return mine


def _chosen(call: Call, mine: Installation) -> list[Repository] | None:
    names, ids = call.body.get("repositories"), call.body.get("repository_ids")
    if names is None and ids is None:
        return None
    rows = covered(call.world, mine)
    found = [row for row in rows if row.name in (names or ()) or row.id in (ids or ())]
    if len(found) < len(names or ()) + len(ids or ()):
        raise BadField(
            "InstallationToken",
            "repositories",
            "There is at least one repository that does not exist or is not accessible",
        )
    return found


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.id,
        "guid": row.guid,
        "delivered_at": time(row.at),
        "redelivery": row.redelivery,
        "duration": row.seconds,
        "status": "OK" if 200 <= row.code < 300 else row.problem or f"Invalid HTTP Response: {row.code}",
        "status_code": row.code,
        "event": row.event,
        "action": row.action or None,
        "installation_id": row.installation_id or None,
        "repository_id": row.repository_id or None,
        "throttled_at": None,
    }


ROUTES = (
    ("GET", "/app", itself),
    ("GET", "/app/installations", installations),
    ("GET", "/app/installations/{installation_id}", installation),
    ("POST", "/app/installations/{installation_id}/access_tokens", new_token),
    ("GET", "/repos/{owner}/{repo}/installation", installation_of),
    ("GET", "/installation/repositories", repositories),
    ("GET", "/app/hook/config", hook_config),
    ("GET", "/app/hook/deliveries", deliveries),
    ("POST", "/app/hook/deliveries/{delivery_id}/attempts", redelivered),
)
