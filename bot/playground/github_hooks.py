"""What happened, as GitHub's webhooks tell it: names, bodies and headers.

Source: docs.github.com, "Webhook events and payloads" and "Validating webhook deliveries"; the bodies hold the fields that
the OpenAPI description (npm ``@octokit/openapi``, x-webhooks) requires.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from bot.playground.bare import ZERO
from bot.playground.events import Event
from bot.playground.github_objects import (
    Json,
    account_json,
    api,
    commit_json,
    installation_json,
    node_id,
    owner_json,
    repository_json,
    simple_commit_json,
    time,
    user_json,
)
from bot.playground.github_pulls import (
    check_run_json,
    check_suite_json,
    comment_json,
    issue_json,
    pull_json,
    review_json,
    status_json,
)
from bot.playground.records import Hook, Installation, Repository
from bot.playground.webhooks import Message, Wire
from bot.playground.world import World

_MOST_COMMITS = 20


def messages(world: World, event: Event, hook: Hook) -> list[Message]:
    """What a hook is sent for an event; empty: nothing."""
    teller = _TELLERS.get(event.name)
    told = teller(world, event) if teller else None
    if told is None:
        return []
    name, body = told
    if not _wants(world, hook, name, event.action):
        return []
    return [Message(name, event.action, _around(world, event, hook, body))]


def _wants(world: World, hook: Hook, name: str, action: str) -> bool:
    """Some things every hook hears; an App's also hears who asks for its checks again, and otherwise what the App listed."""
    if name in ("ping", "installation", "installation_repositories"):
        return True
    events = world.apps[hook.app_id].events if hook.app_id else hook.events
    return bool({"*", name} & events) or (bool(hook.app_id) and action == "rerequested")


def headers(world: World, hook: Hook, message: Message, guid: str, body: bytes) -> dict[str, str]:  # noqa: ARG001 a Wire
    """The headers of a delivery; the signature is over exactly these bytes."""
    found = {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/playground",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": message.name,
        "X-GitHub-Hook-ID": str(hook.id),
        "X-GitHub-Hook-Installation-Target-ID": str(hook.app_id or hook.organisation_id or hook.repository_id),
        "X-GitHub-Hook-Installation-Target-Type": _target(hook),
    }
    if hook.secret:
        found["X-Hub-Signature-256"] = "sha256=" + hmac.new(hook.secret.encode(), body, hashlib.sha256).hexdigest()
    return found


def _target(hook: Hook) -> str:
    return "integration" if hook.app_id else "organization" if hook.organisation_id else "repository"


def installation_of(world: World, hook: Hook, repository: Repository | None) -> Installation | None:
    """The installation by which an App's hook hears of a repository."""
    if not hook.app_id or repository is None:
        return None
    rows = (i for i in world.installations.values() if i.app_id == hook.app_id and world.covers(i, repository))
    return next(rows, None)


def _around(world: World, event: Event, hook: Hook, body: Json) -> Json:
    """The body with what each has: action, repository, organisation, sender, the installation of an App."""
    found: Json = {"action": event.action} if event.action else {}
    found |= body
    if event.repository is not None:
        found.setdefault("repository", repository_json(world, event.repository))
        owner = world.namespace(event.repository)
        if not owner.is_user:
            found["organization"] = _organisation(world, event.repository)
    found["sender"] = user_json(world, event.actor)
    installation = installation_of(world, hook, event.repository)
    if installation is not None:
        found["installation"] = {"id": installation.id, "node_id": node_id("Installation", installation.id)}
    return found


def _organisation(world: World, repository: Repository) -> Json:
    organisation = world.namespace(repository)
    account, url = account_json(world, organisation), f"{api(world)}/orgs/{organisation.path}"
    below = ("repos", "events", "hooks", "issues", "members", "public_members")
    return {
        **{name: account[name] for name in ("login", "id", "node_id", "avatar_url")},
        "url": url,
        "description": None,
        **{f"{name}_url": f"{url}/{name}" for name in below},
    }


# -- one function for each event: the name for X-GitHub-Event, and what its body has of its own


def _push(world: World, event: Event) -> tuple[str, Json] | None:
    repository = event.repository
    assert repository is not None
    bare, created, deleted = repository.bare, event.before == ZERO, event.after == ZERO
    forced = not created and not deleted and not bare.is_ancestor(event.before, event.after)
    commits = [] if deleted else bare.log(event.after, without="" if created else event.before, limit=_MOST_COMMITS)
    url = world.web_url(repository)
    told = [
        {
            **simple_commit_json(c), "distinct": True, "url": f"{url}/commit/{c.id}",
            "added": [], "removed": [], "modified": [],
        }
        for c in commits
    ]  # fmt: skip
    row = repository_json(world, repository)
    seconds = int(repository.created_at.timestamp())
    row |= {
        "created_at": seconds,
        "pushed_at": int(event.at.timestamp()),
        "stargazers": 0,
        "master_branch": repository.default_branch,
    }
    row["owner"] = {**owner_json(world, repository), "name": repository.owner, "email": None}
    return "push", {
        "ref": event.ref,
        "before": event.before,
        "after": event.after,
        "repository": row,
        "pusher": {"name": event.actor.login, "email": event.actor.email},
        "created": created,
        "deleted": deleted,
        "forced": forced,
        "base_ref": None,
        "compare": f"{url}/compare/{event.before[:12]}...{event.after[:12]}",
        "commits": told[::-1],
        "head_commit": told[0] if told else None,
    }


def _pull_request(world: World, event: Event) -> tuple[str, Json] | None:
    assert event.pull is not None
    body: Json = {"number": event.pull.number, "pull_request": pull_json(world, event.pull)}
    if event.action == "synchronize":
        body |= {"before": event.before, "after": event.after}
    if event.action == "edited":
        changes = {name: {"from": old} for name, old in event.changes.items() if name in ("title", "body")}
        if "base" in event.changes:
            changes["base"] = {"ref": {"from": event.changes["base"]}, "sha": {"from": event.pull.versions[-2].base}}
        body["changes"] = changes
    return "pull_request", body


def _comment(world: World, event: Event) -> tuple[str, Json] | None:
    assert event.pull is not None
    assert event.comment is not None
    if event.comment.path or event.comment.system:  # of a diff's discussions the bot asks for nothing
        return None
    body: Json = {"issue": issue_json(world, event.pull), "comment": comment_json(world, event.comment)}
    if event.action == "edited":
        body["changes"] = {"body": {"from": event.changes["body"]}}
    return "issue_comment", body


def _review(world: World, event: Event) -> tuple[str, Json] | None:
    assert event.pull is not None
    assert event.review is not None
    review = review_json(world, event.review)
    review["state"] = review["state"].lower()
    review["body"] = review["body"] or None
    return "pull_request_review", {"review": review, "pull_request": pull_json(world, event.pull, whole=False)}


def _check_run(world: World, event: Event) -> tuple[str, Json] | None:
    assert event.check_run is not None
    return "check_run", {"check_run": check_run_json(world, event.check_run)}


def _check_suite(world: World, event: Event) -> tuple[str, Json] | None:
    run, repository = event.check_run, event.repository
    assert run is not None
    assert repository is not None
    suite = check_suite_json(world, repository, run.suite_id, run.head, app_id=run.app_id)
    suite |= {
        "latest_check_runs_count": len([r for r in world.runs_of(repository, run.head) if r.app_id == run.app_id]),
        "check_runs_url": f"{suite['url']}/check-runs",
        "head_commit": simple_commit_json(repository.bare.commit(run.head)),
    }
    return "check_suite", {"check_suite": suite}


def _status(world: World, event: Event) -> tuple[str, Json] | None:
    status, repository = event.status, event.repository
    assert status is not None
    assert repository is not None
    told = status_json(world, status)
    url = f"{api(world)}/repos/{repository.path}"
    return "status", {
        **{
            name: told[name]
            for name in ("id", "state", "description", "target_url", "context", "created_at", "updated_at")
        },
        "sha": status.commit,
        "name": repository.path,
        "avatar_url": told["avatar_url"],
        "commit": commit_json(world, repository, repository.bare.commit(status.commit)),
        "branches": [
            {
                "name": name,
                "commit": {"sha": tip, "url": f"{url}/commits/{tip}"},
                "protected": name in repository.protections,
            }
            for name, tip in repository.bare.branches().items()
            if tip == status.commit
        ],
    }


def _merge_group(world: World, event: Event) -> tuple[str, Json] | None:  # noqa: ARG001 one of the table
    assert event.repository is not None
    reason = {"reason": "invalidated"} if event.action == "destroyed" else {}
    return "merge_group", {
        **reason,
        "merge_group": {
            "head_sha": event.after,
            "head_ref": event.ref,
            "base_sha": event.before,
            "base_ref": f"refs/heads/{event.changes['base']}",
            "head_commit": simple_commit_json(event.repository.bare.commit(event.after)),
        },
    }


def _installation(world: World, event: Event) -> tuple[str, Json] | None:
    assert event.installation is not None
    rows = [r for r in world.repositories.values() if world.covers(event.installation, r)]
    return "installation", {
        "installation": installation_json(world, event.installation),
        "repositories": [_short(row) for row in rows],
        "requester": None,
    }


def _short(row: Repository) -> Json:
    return {
        "id": row.id, "node_id": node_id("Repository", row.id), "name": row.name,
        "full_name": row.path, "private": row.private,
    }  # fmt: skip


def _installation_repositories(world: World, event: Event) -> tuple[str, Json] | None:
    installation = event.installation
    assert installation is not None
    return "installation_repositories", {
        "installation": installation_json(world, installation),
        "repository_selection": "all" if installation.repositories is None else "selected",
        "repositories_added": [_short(world.repositories[i]) for i in event.changes.get("added", ())],
        "repositories_removed": [_short(world.repositories[i]) for i in event.changes.get("removed", ())],
        "requester": None,
    }


def _ping(world: World, event: Event) -> tuple[str, Json] | None:  # noqa: ARG001 one of the table
    hook: Hook = event.changes["hook"]
    config = {"url": hook.url, "content_type": "json", "insecure_ssl": "0"}
    at = time(event.at)
    told: Json = {
        "id": hook.id,
        "type": _target(hook).replace("integration", "App").title(),
        "name": "web",
        "active": True,
    }
    told |= {"events": sorted(hook.events), "config": config, "created_at": at, "updated_at": at}
    if hook.app_id:
        told["app_id"] = hook.app_id
    return "ping", {"zen": "Trust what was rendered.", "hook_id": hook.id, "hook": told}


_TELLERS: dict[str, Callable[[World, Event], tuple[str, Json] | None]] = {
    "push": _push,
    "pull_request": _pull_request,
    "comment": _comment,
    "review": _review,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "status": _status,
    "merge_group": _merge_group,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
    "ping": _ping,
}
GITHUB = Wire(messages, headers)
