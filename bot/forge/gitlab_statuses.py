"""Commit statuses of GitLab: what is set, and what is there.

A commit status is a job in a stage "external" of a pipeline (GitLab: app/services/ci/create_commit_status_service.rb; its
documentation: api/commits, "Create or update a commit pipeline status"). From that follows:

- A status needs a ref: the newest pipeline of that commit and ref takes it, or a new one is made. The ref is that of the
  merge request's head pipeline (see gitlab_places) where it has one for this commit, else the source branch, and for a fork
  ``refs/merge-requests/IID/head`` of the target project, where alone the bot may write: that joins a merge-request pipeline
  which ran there, and is otherwise shown on the commit but holds nobody.
- A job moves pending → running → success or failed. The same step twice is answered by 400 "Cannot transition status": then
  the state is looked up. A job that ended stays; the next status of its name is a new job.
- So a pipeline that begins after our statuses has none of them; its webhook asks for them anew.
- Only a job of the same account is changed; others' jobs of our names stay beside ours.

There are no annotations on statuses: findings are in the comment and on the report page. GitLab has one word, failed, for
FAILED and ERROR; the description of the latter says "Error: " first, and is read back by that.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from bot.forge.base import Conflict, Forbidden, ForgeError, NotFound, Unavailable
from bot.forge.gitlab_http import Api, Json, Refused, project_path
from bot.forge.gitlab_places import Place
from bot.forge.gitlab_values import moment, number, part, text
from bot.model.forge import PublishedStatus, State, Status

_LONGEST = 255  # characters of a description and of a target_url
_ERROR = "Error: "
_SENT = {State.PENDING: "running", State.PASSED: "success", State.FAILED: "failed", State.ERROR: "failed"}
_UNDERWAY = ("created", "waiting_for_resource", "preparing", "pending", "running", "manual", "scheduled", "canceling")


def published(api: Api, project: int, place: Place, ours: int) -> Sequence[PublishedStatus]:
    """The account's own statuses on a commit, the latest of each name, in one pipeline or over all."""
    rows = _rows(api, project, place.commit, ours)
    latest = {text(row, "name"): row for row in rows if place.pipeline in (0, _pipeline(row))}
    return [_published(name, row) for name, row in latest.items()]


def publish(api: Api, project: int, status: Status, *, place: Place, ours: int) -> int:
    """Set one status, and say in which pipeline, 0 for unknown. Raises as Api does; a status that GitLab has already, or got
    in spite of an error, is set. Where the pipeline takes none any more (it was deleted, or archived), the newest one of the
    ref does."""
    path, body = f"{project_path(project)}/statuses/{place.commit}", _body(status, place)
    try:
        return _pipeline(api.post(path, body))
    except NotFound:
        if not place.pipeline:
            raise
        return publish(api, project, status, place=place._replace(pipeline=0), ours=ours)
    except Forbidden as error:
        raise _who_may(api, project, place.ref, error) from None
    except (Refused, Conflict, Unavailable) as error:
        if isinstance(error, Unavailable) and error.at is not None:
            raise
        if there := _there(api, project, status, place=place, ours=ours):
            return _pipeline(there)
        if isinstance(error, Refused):
            raise
        return _pipeline(api.post(path, body))


def _who_may(api: Api, project: int, branch: str, error: Forbidden) -> Forbidden:
    """Why a status was forbidden, where GitLab tells: on a protected branch a Developer may set none (its
    CreateCommitStatusService asks for the right to update the branch's pipelines)."""
    try:
        row = api.get(f"{project_path(project)}/repository/branches/{quote(branch, safe='')}")
    except (ForgeError, Unavailable):
        return error
    if row.get("protected") is not True:
        return error
    return Forbidden(
        f"The branch {branch} is protected, and GitLab lets nobody set a status on it who may not push to it or merge into "
        "it: allow the bot's account to merge there (Settings → Repository → Protected branches), or make it a Maintainer"
    )


def place_of(api: Api, project: int, commit: str, name: str, *, ours: int) -> Place | None:
    """Where the account's latest status of that name is on a commit; None where there is none."""
    rows = _rows(api, project, commit, ours, name)
    return Place(commit, text(rows[-1], "ref"), _pipeline(rows[-1])) if rows else None


def end_strays(api: Api, project: int, commit: str, status: Status, *, ours: int) -> None:
    """End the account's own jobs of that name that were begun in another pipeline of the commit: they would stay under way
    for ever, since the status went to the pipeline that holds the merge request by now."""
    rows = _rows(api, project, commit, ours, status.name)
    for row in rows[:-1]:
        pipeline = _pipeline(row)
        if text(row, "status") in _UNDERWAY and pipeline and pipeline != _pipeline(rows[-1]):
            body = _body(status, Place(commit, text(row, "ref"), pipeline))
            api.post(f"{project_path(project)}/statuses/{commit}", body)


def ref_of_fork(api: Api, project: int, commit: str) -> str:
    """The ref under which the target project has a commit that is the head of a merge request from elsewhere; "" where none
    has it as its head."""
    try:
        requests = api.listed(f"{project_path(project)}/repository/commits/{commit}/merge_requests", state="opened")
    except NotFound:
        return ""
    heads = [number(row, "iid") for row in requests if row.get("sha") == commit]
    return f"refs/merge-requests/{max(heads)}/head" if heads else ""


def _body(status: Status, place: Place) -> Json:
    body: Json = {"name": status.name, "state": _SENT[status.state], "description": _description(status)}
    if place.ref:
        body["ref"] = place.ref
    if place.pipeline:
        body["pipeline_id"] = place.pipeline
    if status.url and len(status.url) <= _LONGEST:
        body["target_url"] = status.url
    return body


def _there(api: Api, project: int, status: Status, *, place: Place, ours: int) -> Json:
    """The latest of our jobs of that name there, if it says so already; else nothing. Of one under way the text may differ:
    GitLab takes none without a step."""
    rows = [
        row
        for row in _rows(api, project, place.commit, ours, status.name)
        if place.pipeline in (0, _pipeline(row)) and (not place.ref or text(row, "ref") == place.ref)
    ]
    if not rows or _published(status.name, rows[-1]).state is not status.state:
        return {}
    is_so = status.state is State.PENDING or text(rows[-1], "description") == _description(status)
    return rows[-1] if is_so else {}


def _pipeline(row: Json) -> int:
    found = row.get("pipeline_id")
    return found if isinstance(found, int) else 0


def _rows(api: Api, project: int, commit: str, ours: int, name: str = "") -> list[Json]:
    """The account's own jobs on a commit, oldest first."""
    query = {"name": name} if name else {}
    rows = api.listed(f"{project_path(project)}/repository/commits/{commit}/statuses", all="true", **query)
    own = [row for row in rows if part(row, "author").get("id") == ours]
    return sorted(own, key=lambda row: number(row, "id"))


def _published(name: str, row: Json) -> PublishedStatus:
    state, title = _state(row), text(row, "description")
    if state is State.FAILED and title.startswith(_ERROR):
        state, title = State.ERROR, title.removeprefix(_ERROR)
    return PublishedStatus(name, state, title, moment(row.get("started_at")) or moment(row.get("created_at")))


def _state(row: Json) -> State:
    word = text(row, "status")
    if word in _UNDERWAY:
        return State.PENDING
    # Canceled or skipped by a person: nothing was judged.
    return {"success": State.PASSED, "failed": State.FAILED}.get(word, State.ERROR)


def _description(status: Status) -> str:
    title = _ERROR + status.title if status.state is State.ERROR else status.title
    return title if len(title) <= _LONGEST else title[: _LONGEST - 1] + "…"
