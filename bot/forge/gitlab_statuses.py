"""Commit statuses of GitLab: what is set, and what is there.

A commit status is a job in a stage "external" of a pipeline (GitLab: app/services/ci/create_commit_status_service.rb; its
documentation: api/commits, "Create or update a commit pipeline status"). From that follows:

- A status needs a ref: the newest pipeline of that commit and ref takes it, or a new one is made. A merge request is held
  by its newest merge-request pipeline, else by the newest pipeline of the source branch in the *source* project (GitLab:
  app/finders/ci/pipelines_for_merge_request_finder.rb). So the ref is that of the merge request's head pipeline where it
  has one for this commit, else the source branch, and for a fork ``refs/merge-requests/IID/head`` of the target project,
  where alone the bot may write: that joins a merge-request pipeline which ran there, and is otherwise shown on the commit
  but holds nobody.
- A job moves pending → running → success or failed. The same step twice is answered by 400 "Cannot transition status": then
  the state is looked up. A job that ended stays; the next status of its name is a new job.
- Only a job of the same account is changed; others' jobs of our names stay beside ours.

There are no annotations on statuses: findings are in the comment and on the report page. GitLab has one word, failed, for
FAILED and ERROR; the description of the latter says "Error: " first, and is read back by that.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.forge.base import Conflict, NotFound, Unavailable
from bot.forge.gitlab_http import Api, Json, Refused, project_path
from bot.forge.gitlab_values import moment, number, part, text
from bot.model.forge import PublishedStatus, State, Status

_LONGEST = 255  # characters of a description and of a target_url
_ERROR = "Error: "
_SENT = {State.PENDING: "running", State.PASSED: "success", State.FAILED: "failed", State.ERROR: "failed"}
_UNDERWAY = ("created", "waiting_for_resource", "preparing", "pending", "running", "manual", "scheduled", "canceling")


def published(api: Api, project: int, commit: str, ours: int) -> Sequence[PublishedStatus]:
    """The account's own statuses on a commit, the latest of each name over all pipelines."""
    latest = {text(row, "name"): row for row in _rows(api, project, commit, ours)}
    return [_published(name, row) for name, row in latest.items()]


def publish(api: Api, project: int, commit: str, status: Status, *, ref: str, ours: int) -> None:
    """Set one status. Raises as Api does; a status that GitLab has already, or got in spite of an error, is set."""
    body = _body(status, ref)
    try:
        api.post(f"{project_path(project)}/statuses/{commit}", body)
    except (Refused, Conflict, Unavailable) as error:
        if isinstance(error, Unavailable) and error.at is not None:
            raise
        if _is_there(api, project, commit, status, ours):
            return
        if isinstance(error, Refused):
            raise
        api.post(f"{project_path(project)}/statuses/{commit}", body)


def end_strays(api: Api, project: int, commit: str, status: Status, *, ref: str, ours: int) -> None:
    """End the account's own jobs of that name that were begun in another pipeline of the commit: they would stay under way
    for ever, since the status went to the pipeline that holds the merge request by now."""
    rows = _rows(api, project, commit, ours, status.name)
    for row in rows[:-1]:
        pipeline = row.get("pipeline_id")
        if text(row, "status") in _UNDERWAY and text(row, "ref") != ref and isinstance(pipeline, int):
            body = {**_body(status, text(row, "ref")), "pipeline_id": pipeline}
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


def _body(status: Status, ref: str) -> Json:
    body: Json = {"name": status.name, "state": _SENT[status.state], "description": _description(status)}
    if ref:
        body["ref"] = ref
    if status.url and len(status.url) <= _LONGEST:
        body["target_url"] = status.url
    return body


def _is_there(api: Api, project: int, commit: str, status: Status, ours: int) -> bool:
    """Whether the latest of our jobs of that name says so already. Of one under way the text may differ: GitLab takes none
    without a step."""
    rows = _rows(api, project, commit, ours, status.name)
    if not rows or _published(status.name, rows[-1]).state is not status.state:
        return False
    return status.state is State.PENDING or text(rows[-1], "description") == _description(status)


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
