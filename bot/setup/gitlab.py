"""``gatehouse setup gitlab``: looks whether the token can do the work, and makes the webhook of a project or a group.

Paths and roles are those of GitLab's API (docs.gitlab.com: "Project webhooks", "Group webhooks", "Personal access tokens",
"Members"): webhooks are made by a Maintainer of a project or an Owner of a group, statuses are set by a Developer.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bot.errors import UserError
from bot.forge.base import Forbidden, NotFound
from bot.forge.gitlab_http import Api, Json
from bot.setup.store import store

_DEVELOPER, _MAINTAINER, _OWNER = 30, 40, 50
_ROLES = {0: "no member", 5: "Minimal Access", 10: "Guest", 15: "Planner", 20: "Reporter", _DEVELOPER: "Developer"}
_EVENTS = ("push_events", "merge_requests_events", "note_events", "pipeline_events")
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Place:
    """A project or a group: its path, and where its things are in the API. ``scope`` is how GITLAB_WEBHOOK_SECRET names
    it."""

    path: str
    api: str
    is_group: bool

    @property
    def scope(self) -> str:
        return f"{self.path}/" if self.is_group else self.path

    @property
    def kind(self) -> str:
        return "group" if self.is_group else "project"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the settings file is told besides the secret; ``secrets`` is the text of GITLAB_WEBHOOK_SECRET so far."""

    file: Path
    values: dict[str, str]
    secrets: str


def set_up(api: Api, path: str, *, public_url: str, stored: Stored, say: Callable[[str], None]) -> Place:
    """Make the webhook, or give the one that is there a new secret. Raises UserError with everything that is missing, and
    what the API raises."""
    if not public_url:
        raise UserError(
            "GitLab has to know where it reaches this service: name it by --public-url https://HOST, or by "
            "GATEHOUSE_PUBLIC_URL."
        )
    me = api.get("/user")
    place = _place(api, path)
    if problems := [*_token_problems(api), *_role_problems(api, me, place)]:
        raise UserError(f"{place.path} cannot be set up yet:\n" + "\n".join(f"- {problem}" for problem in problems))
    _hook(api, place, f"{public_url}/webhooks/gitlab", stored, say)
    return place


def _place(api: Api, path: str) -> Place:
    where = quote(path, safe="")
    try:
        found = api.get(f"/projects/{where}")
    except NotFound:
        try:
            found = api.get(f"/groups/{where}")
        except NotFound:
            raise UserError(f"The bot's account sees no project and no group {path}; make it a member there.") from None
        return Place(str(found["full_path"]), f"/groups/{int(found['id'])}", is_group=True)
    return Place(str(found["path_with_namespace"]), f"/projects/{int(found['id'])}", is_group=False)


def _token_problems(api: Api) -> list[str]:
    try:
        token = api.get("/personal_access_tokens/self")
    except NotFound:
        return []  # before GitLab 15.5 nobody tells
    if "api" in token.get("scopes", ()):
        return []
    told = ", ".join(map(str, token.get("scopes", ()))) or "none"
    return [f"GITLAB_TOKEN has the scopes {told}; it needs api: make a new one."]


def _role_problems(api: Api, me: Json, place: Place) -> list[str]:
    needed, word = (_OWNER, "Owner") if place.is_group else (_MAINTAINER, "Maintainer")
    try:
        level = int(api.get(f"{place.api}/members/all/{int(me['id'])}").get("access_level", 0))
    except NotFound:
        level = 0
    if level >= needed or me.get("is_admin") is True:
        return []
    has = _ROLES.get(level, "Maintainer" if level == _MAINTAINER else f"role {level}")
    return [
        f"The account {me.get('username')} is {has} of the {place.kind}; it needs {word} to make the webhook, and Developer "
        "afterwards."
    ]


def _hook(api: Api, place: Place, url: str, stored: Stored, say: Callable[[str], None]) -> None:
    """The new secret counts beside the old one until GitLab has it: no delivery is refused, wherever this is cut off."""
    entry = f"{place.scope}:{secrets.token_urlsafe(_SECRET_BYTES)}"
    before = [part.strip() for part in stored.secrets.split(",") if part.strip()]
    _store(stored, [entry, *before])
    body: Json = {
        "url": url,
        "token": entry.removeprefix(f"{place.scope}:"),
        "enable_ssl_verification": url.startswith("https://"),
        **dict.fromkeys(_EVENTS, True),
    }
    try:
        there = [hook for hook in api.listed(f"{place.api}/hooks") if hook.get("url") == url]
        if there:
            api.put(f"{place.api}/hooks/{int(there[0]['id'])}", body)
        else:
            api.post(f"{place.api}/hooks", body)
    except (NotFound, Forbidden) as error:
        _store(stored, before)
        why = " Webhooks of groups need GitLab Premium; set up its projects one by one." if place.is_group else ""
        raise UserError(f"The webhook of {place.path} could not be made: {error}.{why}") from error
    _store(stored, [entry, *(part for part in before if not part.startswith(f"{place.scope}:"))])
    say(f"The webhook of the {place.kind} {place.path} {'has a new secret' if there else 'is made'}.")


def _store(stored: Stored, entries: list[str]) -> None:
    store(stored.file, {**stored.values, "GITLAB_WEBHOOK_SECRET": ",".join(entries)})
