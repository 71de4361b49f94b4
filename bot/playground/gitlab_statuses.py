"""Commit statuses on GitLab's API (docs.gitlab.com/api/commits): jobs of an external stage, with a job's steps.

A job goes pending → running → success, failed or canceled; a step that it cannot take is 400. One that ended stays as it
is, and the next status of its name is another job. A pipeline is the jobs of one commit and ref; its id is that of its
first job.
"""

from __future__ import annotations

import re

from bot.model.forge import Permission
from bot.playground import gitlab_remembered
from bot.playground import gitlab_shapes as shapes
from bot.playground.errors import Invalid, Missing
from bot.playground.gitlab_call import Answer, Call
from bot.playground.records import CommitStatus, Repository

_STATES = ("pending", "running", "success", "failed", "canceled", "skipped")
_LONGEST = 255


def listed(call: Call) -> Answer:
    """The latest of each name and pipeline, or with ``all`` every one; oldest first unless ``sort=desc``."""
    project = call.project()
    rows = call.world.statuses_of(project, _commit(call, project))[::-1]
    if not call.flag("all"):
        rows = list({(row.context, row.ref): row for row in rows}.values())
    for argument, field in (("ref", "ref"), ("name", "context")):
        if wanted := call.text(argument):
            rows = [row for row in rows if getattr(row, field) == wanted]
    if wanted := call.text("pipeline_id"):
        rows = [row for row in rows if str(_pipeline(call, row)) == wanted]
    rows = sorted(rows, key=lambda row: row.id, reverse=call.text("sort") == "desc")
    return call.listed(
        rows, lambda row: shapes.commit_status(call.world, row, _pipeline(call, row)), lambda row: row.created_at
    )


def create(call: Call) -> Answer:
    """Needs Developer. Raises Invalid for a step that the job cannot take, Missing for a commit or ref that is not there."""
    project = call.project(Permission.WRITE, "setting a status")
    commit = _commit(call, project)
    state, name = call.needed("state"), call.text("name") or call.text("context") or "default"
    if state not in _STATES:
        raise Invalid("state does not have a valid value")
    _check_lengths(call)
    ref = _ref(call, project, commit)
    if (live := _live(call, project, commit, name, ref)) is not None:
        _check_step(live.state, state)
    row = call.world.set_status(
        project,
        call.me,
        commit,
        name,
        state,
        description=call.text("description", live.description if live else ""),
        target_url=call.text("target_url", live.target_url if live else ""),
        ref=ref,
    )
    return Answer(shapes.commit_status(call.world, row, _pipeline(call, row)), 201)


def merge_requests(call: Call) -> Answer:
    """The merge requests that hold a commit, its forks' too."""
    project = call.project()
    commit = _commit(call, project)
    rows = [pull for pull in call.world.pulls_of(project) if project.bare.is_ancestor(commit, pull.head)]
    rows = [pull for pull in rows if not project.bare.is_ancestor(commit, pull.base_sha)]
    if call.text("state", "all") == "opened":
        rows = [pull for pull in rows if pull.is_open]
    return call.listed(rows, lambda row: shapes.merge_request(call.world, row), lambda row: row.created_at)


def commit(call: Call) -> Answer:
    project = call.project()
    row = project.bare.commit(_commit(call, project))
    body = {
        "id": row.id,
        "short_id": row.id[:8],
        "parent_ids": list(row.parents),
        "title": row.message.split("\n", 1)[0],
        "message": row.message,
        "author_name": row.author.name,
        "author_email": row.author.email,
        "authored_date": shapes.stamp(row.author.at),
        "committer_name": row.committer.name,
        "committer_email": row.committer.email,
        "committed_date": shapes.stamp(row.committer.at),
        "created_at": shapes.stamp(row.committer.at),
    }
    return Answer(body)


def _commit(call: Call, project: Repository) -> str:
    if re.fullmatch("[0-9a-f]{40}", call.params["sha"]):
        return gitlab_remembered.commit(project.bare.directory, call.params["sha"])
    found = project.bare.commit_id(call.params["sha"])
    if not found:
        raise Missing("404 Commit Not Found")
    return found


def _ref(call: Call, project: Repository, commit: str) -> str:
    """The one that is given, that of the pipeline that is given, or the first branch that holds the commit."""
    if ref := call.text("ref"):
        if len(ref) > _LONGEST:
            raise Invalid("ref is too long (maximum is 255 characters)")
        return ref
    rows = call.world.statuses_of(project, commit)
    if wanted := call.text("pipeline_id"):
        rows = [row for row in rows if str(_pipeline(call, row)) == wanted]
        if not rows:
            raise Missing("404 Pipeline for pipeline_id, sha and ref Not Found")
    if rows:
        return rows[0].ref
    branches = project.bare.branches()
    found = next((name for name, tip in sorted(branches.items()) if project.bare.is_ancestor(commit, tip)), "")
    if not found:
        raise Missing("404 References for commit Not Found")
    return found


def _live(call: Call, project: Repository, commit: str, name: str, ref: str) -> CommitStatus | None:
    """The caller's own job of that name that has not ended."""
    for row in call.world.statuses_of(project, commit):
        if (row.context, row.ref, row.author_id) == (name, ref, call.me.id) and row.state in ("pending", "running"):
            return row
    return None


def _check_step(now: str, then: str) -> None:
    event = {"pending": "enqueue", "running": "run", "skipped": "skip"}.get(then, "")
    if event and (event, now) not in (("run", "pending"), ("skip", "pending")):
        why = f'(Reason(s): Status cannot transition via "{event}")'
        raise Invalid(f"Cannot transition status via :{event} from :{now} {why}")


def _check_lengths(call: Call) -> None:
    for name in ("description", "target_url"):
        if len(call.text(name)) > _LONGEST:
            raise Invalid(f"{name} is too long (maximum is {_LONGEST} characters)")
    url = call.text("target_url")
    if url and not url.startswith(("http://", "https://")):
        raise Invalid("target_url is blocked: Only allowed schemes are http, https")


def _pipeline(call: Call, row: CommitStatus) -> int:
    project = call.world.repositories[row.repository_id]
    return min(r.id for r in call.world.statuses_of(project, row.commit) if r.ref == row.ref)


ROUTES = (
    ("GET", "projects/:id/repository/commits/:sha/statuses", listed),
    ("GET", "projects/:id/repository/commits/:sha/merge_requests", merge_requests),
    ("GET", "projects/:id/repository/commits/:sha", commit),
    ("POST", "projects/:id/statuses/:sha", create),
)
