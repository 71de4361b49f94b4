"""What happened, as GitLab's webhooks tell it: names, bodies and headers.

Source: docs.gitlab.com/user/project/integrations/webhook_events and /webhooks (signing tokens follow the Standard Webhooks
specification). Times in bodies are written ``2026-01-05 08:00:00 UTC``, as GitLab does here and nowhere else. System notes
and reactions are not told.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

from bot.playground.bare import ZERO
from bot.playground.events import Event
from bot.playground.gitlab_shapes import merge_request, pipeline_state, user
from bot.playground.records import CommitStatus, Hook, PullRequest, Repository, User
from bot.playground.webhooks import Message, Wire
from bot.playground.world import World

Json = dict[str, Any]
_MOST_COMMITS = 20
_ASKED = {
    "push": "push_events",
    "tag_push": "tag_push_events",
    "merge_request": "merge_requests_events",
    "note": "note_events",
    "pipeline": "pipeline_events",
}
_ACTIONS = {
    "opened": "open",
    "synchronize": "update",
    "edited": "update",
    "closed": "close",
    "reopened": "reopen",
    "approved": "approved",
    "unapproved": "unapproved",
}


def messages(world: World, event: Event, hook: Hook) -> list[Message]:
    """What a hook is sent for an event; empty: nothing."""
    body = _body(world, event)
    if body is None:
        return []
    kind = str(body["object_kind"])
    if not {"*", _ASKED[kind]} & hook.events:
        return []
    attributes = body.get("object_attributes", {})
    return [Message(kind, str(attributes.get("action", "")), body)]


def headers(world: World, hook: Hook, message: Message, guid: str, body: bytes) -> dict[str, str]:
    """The headers of a delivery. The token is sent as it is; with a signing key the bytes are signed as well."""
    found = {
        "Content-Type": "application/json",
        "User-Agent": "GitLab/18.5.0",
        "Idempotency-Key": guid,
        "X-Gitlab-Event": f"{message.name.replace('_', ' ').title()} Hook",
        "X-Gitlab-Event-UUID": guid,
        "X-Gitlab-Webhook-UUID": f"{hook.id:08d}-0000-4000-8000-000000000000",
        "X-Gitlab-Instance": world.url,
    }
    if hook.secret:
        found["X-Gitlab-Token"] = hook.secret
    if hook.signing:
        sent = str(int(world.now().timestamp()))
        key = b64decode(hook.signing.removeprefix("whsec_"))
        signed = hmac.new(key, f"{guid}.{sent}.".encode() + body, hashlib.sha256).digest()
        found |= {
            "webhook-id": guid,
            "webhook-timestamp": sent,
            "webhook-signature": f"v1,{b64encode(signed).decode()}",
        }
    return found


GITLAB = Wire(messages, headers)


def _body(world: World, event: Event) -> Json | None:
    row = event.repository
    if row is None:
        return None
    match event.name:
        case "push":
            return _push(world, row, event)
        case "pull_request" | "review" if event.pull and event.action in _ACTIONS:
            return _merge_request(world, row, event.pull, event)
        case "comment" if event.pull and event.comment and not event.comment.system and event.action != "deleted":
            return _note(world, row, event.pull, event)
        case "status" if event.status:
            return _pipeline(world, row, event.status)
    return None


def _push(world: World, row: Repository, event: Event) -> Json:
    is_tag = event.ref.startswith("refs/tags/")
    after = "" if event.after == ZERO else event.after
    new = row.bare.log(after, without="" if event.before == ZERO else event.before, limit=1000) if after else []
    return {
        "object_kind": "tag_push" if is_tag else "push",
        "event_name": "tag_push" if is_tag else "push",
        "before": event.before,
        "after": event.after,
        "ref": event.ref,
        "checkout_sha": after or None,
        "message": None,
        "user_id": event.actor.id,
        "user_name": event.actor.name,
        "user_username": event.actor.login,
        "user_email": "",
        "project_id": row.id,
        "project": _project(world, row),
        "commits": [_commit(world, row, commit.id) for commit in new[:_MOST_COMMITS][::-1]],
        "total_commits_count": len(new),
        "repository": _repository(world, row),
    }


def _merge_request(world: World, row: Repository, pull: PullRequest, event: Event) -> Json:
    action = "merge" if event.action == "closed" and pull.is_merged else _ACTIONS[event.action]
    attributes = {**_attributes(world, pull), "action": action}
    if event.action == "synchronize":
        attributes["oldrev"] = event.before
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": _person(world, event.actor),
        "project": _project(world, row),
        "object_attributes": attributes,
        "labels": [],
        "changes": _changes(pull, event),
        "repository": _repository(world, row),
        "assignees": [],
        "reviewers": [],
    }


def _changes(pull: PullRequest, event: Event) -> Json:
    """What was changed, each with its value before and after."""
    now = {"title": pull.title, "body": pull.body, "base": pull.base_branch, "draft": pull.is_draft}
    theirs = {"body": "description", "base": "target_branch"}
    return {
        theirs.get(name, name): {"previous": old, "current": now[name]}
        for name, old in event.changes.items()
        if name in now
    }


def _note(world: World, row: Repository, pull: PullRequest, event: Event) -> Json:
    comment = event.comment
    assert comment is not None
    page = merge_request(world, pull)["web_url"]
    return {
        "object_kind": "note",
        "event_type": "note",
        "user": _person(world, world.users[comment.author_id]),
        "project_id": row.id,
        "project": _project(world, row),
        "object_attributes": {
            "id": comment.id,
            "note": comment.body,
            "description": comment.body,
            "noteable_type": "MergeRequest",
            "noteable_id": pull.id,
            "author_id": comment.author_id,
            "created_at": _time(comment.created_at),
            "updated_at": _time(comment.updated_at),
            "project_id": row.id,
            "attachment": None,
            "line_code": None,
            "commit_id": "",
            "discussion_id": hashlib.sha1(f"note {comment.id}".encode(), usedforsecurity=False).hexdigest(),
            "st_diff": None,
            "system": False,
            "type": "DiffNote" if comment.path else None,
            "position": None,
            "internal": False,
            "action": "update" if event.action == "edited" else "create",
            "url": f"{page}#note_{comment.id}",
        },
        "repository": _repository(world, row),
        "merge_request": _attributes(world, pull),
    }


def _pipeline(world: World, row: Repository, status: CommitStatus) -> Json | None:
    """Told when a pipeline begins and when its last job ended, not for each of its jobs."""
    jobs = [s for s in world.statuses_of(row, status.commit) if s.ref == status.ref]
    states = {s.context: s.state for s in reversed(jobs)}
    state = pipeline_state(states.values())
    if state in ("running", "pending") and len(jobs) > 1:
        return None
    pull = next((p for p in world.pulls_of(row) if p.is_open and p.head == status.commit), None)
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": jobs[-1].id,
            "iid": 1,
            "name": None,
            "ref": status.ref,
            "tag": False,
            "sha": status.commit,
            "before_sha": ZERO,
            "source": "external",
            "status": state,
            "detailed_status": {"success": "passed"}.get(state, state),
            "stages": ["external"],
            "created_at": _time(jobs[-1].created_at),
            "finished_at": _time(status.updated_at) if state not in ("running", "pending") else None,
            "duration": None,
            "variables": [],
            "url": f"{world.web_url(row)}/-/pipelines/{jobs[-1].id}",
        },
        "merge_request": _short_merge_request(world, pull) if pull else None,
        "user": _person(world, world.users[status.author_id]),
        "project": _project(world, row),
        "commit": _commit(world, row, status.commit),
        "builds": [],
    }


def _short_merge_request(world: World, pull: PullRequest) -> Json:
    row = merge_request(world, pull)
    names = ("id", "iid", "title", "source_branch", "source_project_id", "target_branch", "target_project_id", "state")
    found = {name: row[name] for name in (*names, "merge_status", "detailed_merge_status")}
    return {**found, "url": row["web_url"]}


def _attributes(world: World, pull: PullRequest) -> Json:
    row, target = merge_request(world, pull), world.repository_of(pull)
    source = world.head_repository(pull)
    same = ("id", "iid", "title", "description", "state", "target_branch", "source_branch", "source_project_id")
    more = (
        "target_project_id",
        "draft",
        "work_in_progress",
        "merge_status",
        "detailed_merge_status",
        "merge_commit_sha",
    )
    return {
        **{name: row[name] for name in (*same, *more)},
        "author_id": pull.author_id,
        "assignee_id": None,
        "assignee_ids": [],
        "reviewer_ids": [],
        "created_at": _time(pull.created_at),
        "updated_at": _time(pull.updated_at),
        "last_edited_at": None,
        "head_pipeline_id": None,
        "merge_error": None,
        "merge_user_id": pull.merged_by or None,
        "source": _project(world, source) if source else None,
        "target": _project(world, target),
        "last_commit": _commit(world, target, pull.head) if target.bare.has(pull.head) else None,
        "labels": [],
        "url": row["web_url"],
    }


def _project(world: World, row: Repository) -> Json:
    url, ssh = world.clone_url(row), f"git@playground:{row.path}.git"
    return {
        "id": row.id,
        "name": row.name,
        "description": "",
        "web_url": world.web_url(row),
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": url,
        "namespace": row.owner.rpartition("/")[2],
        "visibility_level": 0 if row.private else 20,
        "path_with_namespace": row.path,
        "default_branch": row.default_branch,
        "ci_config_path": None,
        "homepage": world.web_url(row),
        "url": ssh,
        "ssh_url": ssh,
        "http_url": url,
    }


def _repository(world: World, row: Repository) -> Json:
    names = {
        "name": row.name,
        "url": f"git@playground:{row.path}.git",
        "description": "",
        "homepage": world.web_url(row),
    }
    return {**names, "git_http_url": world.clone_url(row), "visibility_level": 0 if row.private else 20}


def _commit(world: World, row: Repository, commit: str) -> Json:
    found = row.bare.commit(commit)
    return {
        "id": found.id,
        "message": found.message,
        "title": found.message.split("\n", 1)[0],
        "timestamp": found.author.at.isoformat(),
        "url": f"{world.web_url(row)}/-/commit/{found.id}",
        "author": {"name": found.author.name, "email": found.author.email},
    }


def _person(world: World, row: User) -> Json:
    return {
        **{name: user(world, row)[name] for name in ("id", "name", "username", "avatar_url")},
        "email": "[REDACTED]",
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
