"""Merge requests on GitLab's API (docs.gitlab.com/api/merge_requests)."""

from __future__ import annotations

from functools import partial

from bot.model.forge import Permission
from bot.playground import gitlab_shapes as shapes
from bot.playground.errors import Conflict, Invalid, Missing, NotAllowed
from bot.playground.gitlab_call import Answer, Call
from bot.playground.records import PullRequest


def listed(call: Call) -> Answer:
    """By ``state``, ``target_branch`` and ``source_branch``; newest first unless ``sort=asc``."""
    rows = call.world.pulls_of(call.project())
    state = call.text("state", "all")
    if state not in ("all", "opened", "closed", "merged", "locked"):
        raise Invalid("state does not have a valid value")
    if state != "all":
        rows = [row for row in rows if shapes.state_of(row) == state]
    for argument, field in (("target_branch", "base_branch"), ("source_branch", "head_branch")):
        if wanted := call.text(argument):
            rows = [row for row in rows if getattr(row, field) == wanted]
    if call.text("sort", "desc") == "desc":
        rows.reverse()
    tips = call.project().bare.branches()
    shape = partial(_listed, call, tips)
    return call.listed(rows, shape, lambda row: row.created_at)


def _listed(call: Call, tips: dict[str, str], row: PullRequest) -> shapes.Json:
    return shapes.merge_request(call.world, row, tips.get(row.base_branch, ""))


def one(call: Call) -> Answer:
    return Answer(shapes.whole_merge_request(call.world, call.merge_request()))


def create(call: Call) -> Answer:
    """In the source project's routes, into ``target_project_id``, or itself."""
    source, world = call.project(Permission.WRITE, "opening a merge request"), call.world
    target = world.repositories.get(call.number("target_project_id") or source.id)
    if target is None or not call.sees(target):
        raise Missing("404 Project Not Found")
    try:
        pull = world.open_pull(
            target,
            call.me,
            call.needed("title"),
            call.needed("source_branch"),
            call.needed("target_branch"),
            body=call.text("description"),
            head_repository=source,
        )
    except Invalid as error:
        if "already exists" in str(error):
            raise Conflict(str(error)) from error
        raise
    return Answer(shapes.whole_merge_request(world, pull), 201)


def update(call: Call) -> Answer:
    pull, world = call.merge_request(), call.world
    given = {ours: call.text(theirs) for ours, theirs in _FIELDS.items() if theirs in call.arguments}
    event = call.text("state_event")
    if event not in ("", "close", "reopen"):
        raise Invalid("state_event does not have a valid value")
    world.edit_pull(pull, call.me, **given)
    if event:
        (world.close if event == "close" else world.reopen)(pull, call.me)
    return Answer(shapes.whole_merge_request(world, pull))


def merge(call: Call) -> Answer:
    """409 where the head is another one than ``sha``, 405 where it may not be merged now."""
    pull = call.merge_request()
    sha = call.text("sha")
    if sha and sha != pull.head:
        raise Conflict(f"SHA does not match HEAD of source branch: {pull.head}")
    try:
        call.world.merge(pull, call.me, sha=sha, method="squash" if call.flag("squash") else "merge")
    except NotAllowed as error:
        raise NotAllowed("405 Method Not Allowed") from error
    return Answer(shapes.whole_merge_request(call.world, pull))


def versions(call: Call) -> Answer:
    """Every head that it had, newest first."""
    pull = call.merge_request()
    return call.listed(pull.versions[::-1], lambda row: shapes.version(row, pull), lambda row: row.at)


def diffs(call: Call) -> Answer:
    return call.listed(call.world.changed_files(call.merge_request()), shapes.diff)


_FIELDS = {"title": "title", "body": "description", "base_branch": "target_branch"}
_MR = "projects/:id/merge_requests"
ROUTES = (
    ("GET", _MR, listed),
    ("POST", _MR, create),
    ("GET", f"{_MR}/:iid", one),
    ("PUT", f"{_MR}/:iid", update),
    ("PUT", f"{_MR}/:iid/merge", merge),
    ("GET", f"{_MR}/:iid/versions", versions),
    ("GET", f"{_MR}/:iid/diffs", diffs),
)
