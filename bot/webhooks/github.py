"""GitHub's webhooks: from headers and raw bytes to a Delivery. Payloads are described at
https://docs.github.com/webhooks/webhook-events-and-payloads.

Only the body is signed: the name of the event and the id of the delivery could be anybody's. So what is read from a body is
only what it is about, and a body under another name than its own asks for nothing, or for a look at the same pull request.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Mapping, Sequence

from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind, RepositoryName
from bot.model.job import Job, JobKind
from bot.model.merge_queue import FOLDER, queued_commit
from bot.webhooks import base
from bot.webhooks.base import Found, Headers, Malformed, Refused
from bot.webhooks.commands import parse as parse_commands
from bot.webhooks.payload import MAX_NUMBER, Payload, repository

_SIGNATURE = re.compile(r"sha256=[0-9a-f]{64}")


def read(headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> Delivery:
    """What GitHub delivered, once one of the ``secrets`` vouches for it. A body that is not understood has no jobs and a
    note. Raises Refused, Malformed."""
    base.accept_size(body)
    got = Headers(headers)
    _verify(got["X-Hub-Signature-256"], body, secrets)
    base.accept_media_type(got)
    identifier = base.delivery_id(got["X-GitHub-Delivery"], "X-GitHub-Delivery")
    event = base.word(got["X-GitHub-Event"])
    if not event:
        raise Malformed("the webhook has no X-GitHub-Event that names an event: it does not come from GitHub")
    payload = base.parse(body)
    if isinstance(payload, str):
        return base.delivery(identifier, event, payload)
    action = base.word(payload.text("action"))
    return base.delivery(identifier, f"{event}.{action}" if action else event, _found(event, action, payload))


def _verify(signature: str, body: bytes, secrets: Sequence[str]) -> None:
    """https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries; the older SHA-1 does not count."""
    if not _SIGNATURE.fullmatch(signature):
        raise Refused("the webhook is not signed by SHA-256: set its secret to the one of GITHUB_WEBHOOK_SECRET")
    presented = signature.removeprefix("sha256=").encode()
    known = [hmac.digest(secret.encode(), body, "sha256").hex().encode() for secret in secrets if secret]
    # every secret is compared, so that the time tells nothing about which one it is
    if sum(hmac.compare_digest(presented, signed) for signed in known) == 0:
        raise Refused("no secret of ours signed the webhook: set its secret to the one of GITHUB_WEBHOOK_SECRET")


def _found(event: str, action: str, payload: Payload) -> Found:
    if event == "ping":
        return "GitHub asks whether anybody is there"
    if event in _INSTALLATIONS:
        return _INSTALLATIONS[event](action, payload)
    if event not in _EVENTS:
        return "nothing of ours"
    name = repository(ForgeKind.GITHUB, payload.text("repository", "full_name"))
    return "it names no repository" if name is None else _EVENTS[event](action, payload, name)


def _push(_: str, payload: Payload, name: RepositoryName) -> Found:
    branch, after = payload.branch("ref"), payload.commit("after")
    if not branch or branch.startswith(f"{FOLDER}/"):
        return "no branch that pull requests are merged into"
    if not after:
        return "the branch is gone"
    return [Job(JobKind.PUSH, name, branch=branch, before=payload.commit("before"), after=after)]


# A closed one no longer holds back others of the same commit.
_ACTIONS = ("opened", "synchronize", "reopened", "ready_for_review", "converted_to_draft", "closed")


def _pull_request(action: str, payload: Payload, name: RepositoryName) -> Found:
    retargeted = action == "edited" and payload.has("changes", "base")
    if action not in _ACTIONS and not retargeted:
        return "nothing that changes a verdict"
    return _check(name, payload.number("pull_request", "number", most=MAX_NUMBER))


def _review(action: str, payload: Payload, name: RepositoryName) -> Found:
    if action not in ("submitted", "dismissed", "edited"):
        return "nothing that changes a verdict"
    return _check(name, payload.number("pull_request", "number", most=MAX_NUMBER))


def _check(name: RepositoryName, number: int) -> Found:
    return [Job(JobKind.CHECK, name, number=number)] if number else "it names no pull request"


def _comment(action: str, payload: Payload, name: RepositoryName) -> Found:
    issue, comment = payload.at("issue"), payload.at("comment")
    number, identifier = issue.number("number", most=MAX_NUMBER), comment.number("id")
    if action != "created":
        return "only new comments hold commands"
    if not issue.has("pull_request") or not number or not identifier:
        return "no comment on a pull request"
    if issue.text("state") == "closed":
        return "the pull request is closed"
    if not (_is_person(comment.at("user")) and _is_person(payload.at("sender"))):
        return "not written by a person"
    if not parse_commands(comment.text("body"), forge=ForgeKind.GITHUB):
        return "no command"
    return [Job(JobKind.COMMAND, name, number=number, comment=identifier)]


def _is_person(user: Payload) -> bool:
    return user.text("type") == "User" and not user.text("login").endswith("[bot]")


def _rerequested(key: str) -> Callable[[str, Payload, RepositoryName], Found]:
    def found(action: str, payload: Payload, name: RepositoryName) -> Found:
        """GitHub names no pull requests of forks here: for those the sweep is told the commit."""
        if action != "rerequested":
            return "nobody asks for another run"
        numbers = [
            row.number("number", most=MAX_NUMBER)
            for row in payload.at(key, "pull_requests")
            if row.number("base", "repo", "id") in (0, payload.number("repository", "id"))
        ]
        checks = [Job(JobKind.CHECK, name, number=number, again=True) for number in numbers if number]
        return checks or [Job(JobKind.SWEEP, name, after=payload.commit(key, "head_sha"), again=True)]

    return found


def _merge_group(action: str, payload: Payload, name: RepositoryName) -> Found:
    """The branch is the one that the queue made: it tells which pull request the commit is for."""
    group = payload.at("merge_group")
    head, branch = group.commit("head_sha"), group.branch("head_ref")
    if action != "checks_requested":
        return "nobody asks for a check"
    if not head or not branch:
        return "it names no commit or no branch"
    queued = queued_commit(branch, head)  # of one that is none the commit is told so
    base = group.commit("base_sha") or (queued.base if queued else "")
    return [Job(JobKind.MERGE_GROUP, name, branch=branch, before=base, after=head)]


def _installation(action: str, payload: Payload) -> Found:
    if action not in ("created", "unsuspend", "new_permissions_accepted"):
        return "nothing to look at"
    return _sweeps(payload.at("repositories"))


def _installation_repositories(action: str, payload: Payload) -> Found:
    return _sweeps(payload.at("repositories_added")) if action == "added" else "nothing to look at"


def _sweeps(rows: Payload) -> Found:
    names = [repository(ForgeKind.GITHUB, row.text("full_name")) for row in rows]
    return [Job(JobKind.SWEEP, name) for name in names if name is not None] or "it names no repository"


_EVENTS: dict[str, Callable[[str, Payload, RepositoryName], Found]] = {
    "push": _push,
    "pull_request": _pull_request,
    "pull_request_review": _review,
    "issue_comment": _comment,
    "check_run": _rerequested("check_run"),
    "check_suite": _rerequested("check_suite"),
    "merge_group": _merge_group,
}
_INSTALLATIONS: dict[str, Callable[[str, Payload], Found]] = {
    "installation": _installation,
    "installation_repositories": _installation_repositories,
}
