"""GitLab's webhooks: from headers and raw bytes to a Delivery. Payloads are described at
https://docs.gitlab.com/user/project/integrations/webhook_events/.

The project stands in the body. So first some secret of ours must vouch for the request, then the body is read, then that
secret must be one that may speak for this project.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind, RepositoryName
from bot.model.job import Job, JobKind
from bot.webhooks import base
from bot.webhooks.base import Found, Headers
from bot.webhooks.commands import parse as parse_commands
from bot.webhooks.gitlab_secrets import Secret, accept_project, parse_secrets, vouching
from bot.webhooks.payload import MAX_NUMBER, Payload, repository

__all__ = ["Secret", "parse_secrets", "read"]

# Users that GitLab makes for access tokens of projects and groups
# (https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects).
_BOT = re.compile(r"(?:project|group)_\d+_bot(?:_.*)?")


def _now() -> datetime:
    return datetime.now(UTC)


def read(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[Secret],
    *,
    bot_name: str = "",
    now: Callable[[], datetime] = _now,
) -> Delivery:
    """What GitLab delivered, once one of the ``secrets`` vouches for it and for its project. ``bot_name`` is the login of
    the bot, for commands that mention it. A body that is not understood has no jobs and a note. Raises Refused,
    Malformed."""
    base.accept_size(body)
    got = Headers(headers)
    vouched = vouching(got, body, secrets, now())
    base.accept_media_type(got)
    identifier = _delivery_id(got)
    payload = base.parse(body)
    if isinstance(payload, str):
        return base.delivery(identifier, "unknown", payload)
    kind = base.word(payload.text("object_kind"))
    action = base.word(payload.text("object_attributes", "action"))
    event = f"{kind or 'unknown'}.{action}" if action else kind or "unknown"
    name = repository(ForgeKind.GITLAB, payload.text("project", "path_with_namespace"))
    if name is None:
        return base.delivery(identifier, event, "it names no project")
    accept_project(name.path, secrets, vouched)
    if kind == "note":
        return base.delivery(identifier, event, _note(payload, name, bot_name))
    return base.delivery(
        identifier, event, _EVENTS[kind](action, payload, name) if kind in _EVENTS else "nothing of ours"
    )


def _delivery_id(headers: Headers) -> str:
    """The same in each try. GitLab before 14.8 sends none; then each try counts as a new delivery, for the same body may
    well come twice, such as for a branch that goes back and forth."""
    for header in ("webhook-id", "Idempotency-Key", "X-Gitlab-Event-UUID"):
        if headers[header]:
            return base.delivery_id(headers[header], header)
    return str(uuid.uuid4())


def _push(_: str, payload: Payload, name: RepositoryName) -> Found:
    branch, after = payload.branch("ref"), payload.commit("after")
    if not branch:
        return "no branch"
    if not after:
        return "the branch is gone"
    return [Job(JobKind.PUSH, name, branch=branch, before=payload.commit("before"), after=after)]


# A closed one no longer holds back others of the same commit.
_ACTIONS = ("open", "reopen", "approved", "unapproved", "approval", "unapproval", "close", "merge")
_CHANGES = frozenset({"target_branch", "draft", "work_in_progress", "state", "state_id", "last_commit"})


def _merge_request(action: str, payload: Payload, name: RepositoryName) -> Found:
    request = payload.at("object_attributes")
    number, target = request.number("iid", most=MAX_NUMBER), request.text("target", "path_with_namespace")
    if action not in _ACTIONS and not (action == "update" and _is_news(payload)):
        return "nothing that changes a verdict"
    if not number or target not in ("", name.path):
        return "it names no merge request of this project"
    return [Job(JobKind.CHECK, name, number=number)]


def _is_news(payload: Payload) -> bool:
    """Whether an update can change the verdict: new commits, or another target. ``changes`` names what changed, but not
    always."""
    changes = payload.at("changes").keys()
    return payload.has("object_attributes", "oldrev") or not changes or bool(changes & _CHANGES)


def _note(payload: Payload, name: RepositoryName, bot_name: str) -> Found:
    note, request = payload.at("object_attributes"), payload.at("merge_request")
    number, identifier = request.number("iid", most=MAX_NUMBER), note.number("id")
    if note.text("noteable_type") != "MergeRequest" or not number or not identifier:
        return "no comment on a merge request"
    if not _is_new(note):
        return "only new comments hold commands"
    if request.text("state") in ("closed", "merged", "locked"):
        return "the merge request is closed"
    if note.text("type") == "DiffNote" or note.has("line_code") or note.is_true("system"):
        return "no comment of the conversation"
    if note.is_true("internal") or note.is_true("confidential"):
        return "an internal note: what is asked there must not be answered for all to see"
    if not _is_person(payload.text("user", "username"), bot_name):
        return "not written by a person"
    if not parse_commands(note.text("note"), forge=ForgeKind.GITLAB, bot_name=bot_name):
        return "no command"
    return [Job(JobKind.COMMAND, name, number=number, comment=identifier)]


def _is_new(note: Payload) -> bool:
    """Older GitLabs name no action; there a note is new while nobody changed it."""
    if note.has("action"):
        return note.text("action") == "create"
    return note.text("created_at") != "" and note.text("created_at") == note.text("updated_at")


def _is_person(username: str, bot_name: str) -> bool:
    return username != "" and username.lower() != bot_name.lower() and not _BOT.fullmatch(username)


_OVER = ("success", "failed", "canceled", "skipped")


def _pipeline(_: str, payload: Payload, name: RepositoryName) -> Found:
    """One that begins may hold a merge request from then on, without our statuses in it. Those that external statuses make
    are no news: ours make some, and an answer to them would call for the next one."""
    pipeline, request = payload.at("object_attributes"), payload.at("merge_request")
    if pipeline.text("source") in ("", "external") or pipeline.text("status") in ("", *_OVER):
        return "no pipeline that begins and that somebody else made"
    number, here = request.number("iid", most=MAX_NUMBER), payload.number("project", "id")
    if number and request.text("state") in ("", "opened") and request.number("target_project_id") in (0, here):
        return [Job(JobKind.CHECK, name, number=number)]
    commit = pipeline.commit("sha")
    if number or not commit or pipeline.is_true("tag"):
        return "no pipeline of a branch or of an open merge request here"
    return [Job(JobKind.SWEEP, name, after=commit)]


_EVENTS: dict[str, Callable[[str, Payload, RepositoryName], Found]] = {
    "push": _push,
    "merge_request": _merge_request,
    "pipeline": _pipeline,
}
