"""Routes of GitHub's API about check runs, with the limits that GitHub holds them to.
https://docs.github.com/en/rest/checks/runs"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.playground.errors import Missing
from bot.playground.github_call import Answer, BadField, Call
from bot.playground.github_pulls import check_run_json
from bot.playground.records import CheckAnnotation, CheckRun

_LEVELS = ("notice", "warning", "failure")
_STATUSES = ("queued", "in_progress", "completed")
_CONCLUSIONS = ("action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out")
_MOST_TITLE = 255
_MOST_MESSAGE = 64 * 1024  # bytes, also of raw_details


def create(call: Call) -> Answer:
    row = call.repository("checks:write")
    name, head = call.text("name", of="CheckRun", needed=True), call.text("head_sha", of="CheckRun", needed=True)
    if not name.strip():
        raise BadField("CheckRun", "name", "name can't be blank")
    said = _said(call, {"status": "queued"})
    run = call.world.create_check_run(row, call.app, name, head, **said)
    return Answer(check_run_json(call.world, run), 201)


def update(call: Call) -> Answer:
    """A completed run stays completed, as it was concluded: GitHub takes the request, and leaves that."""
    run = _run(call, "checks:write")
    said = _said(call, {})
    if run.status == "completed":
        for name in ("status", "conclusion", "completed_at"):
            said.pop(name, None)
    if "name" in call.body:
        said["name"] = call.text("name", of="CheckRun")
    said.pop("started_at", None)
    return Answer(check_run_json(call.world, call.world.update_check_run(run, call.app, **said)))


def one(call: Call) -> Answer:
    return Answer(check_run_json(call.world, _run(call, "checks:read")))


def annotations_of(call: Call) -> Answer:
    run = _run(call, "checks:read")
    return call.listed(run.annotations, lambda each: _annotation_json(call, run, each))


def of_commit(call: Call) -> Answer:
    """Newest first; ``filter=latest`` (GitHub's default): of each App and name one."""
    row, ref = call.repository("checks:read"), call.params["ref"]
    head = ref if row.bare.has(ref) else row.bare.branch(ref)
    if not head:
        raise Missing("Not Found")
    rows = call.world.runs_of(row, head, latest=call.query.get("filter", "latest") == "latest")
    wanted = {name: call.query.get(name, "") for name in ("check_name", "app_id", "status")}
    rows = [
        run
        for run in rows
        if wanted["check_name"] in ("", run.name)
        and wanted["app_id"] in ("", str(run.app_id))
        and wanted["status"] in ("", run.status)
    ]
    return call.listed(
        rows, lambda run: check_run_json(call.world, run), made=lambda run: run.started_at, items="check_runs"
    )


def _run(call: Call, needed: str) -> CheckRun:
    row = call.repository(needed)
    run = call.world.check_runs.get(call.number("check_run_id"))
    if run is None or run.repository_id != row.id:
        raise Missing("Not Found")
    return run


def _said(call: Call, said: dict[str, Any]) -> dict[str, Any]:
    """The fields of a body that are there, as the World takes them."""
    for name, words in (("status", _STATUSES), ("conclusion", _CONCLUSIONS)):
        if call.body.get(name) is not None:
            said[name] = call.text(name, of="CheckRun")
            if said[name] not in words:
                raise BadField("CheckRun", name, f"{said[name]} is not a member of {list(words)}")
    for name in ("details_url", "external_id"):
        if name in call.body:
            said[name] = call.text(name, of="CheckRun")
    for name in ("started_at", "completed_at"):
        if name in call.body:
            said[name] = datetime.fromisoformat(call.text(name, of="CheckRun"))
    if "output" in call.body:
        said |= _output(call.body["output"])
    return said


def _output(output: Any) -> dict[str, Any]:
    if not isinstance(output, dict) or not output.get("summary"):
        raise BadField("CheckRun", "output", "summary wasn't supplied")
    title = output.get("title") or ""
    if len(title) > _MOST_TITLE:
        raise BadField("CheckRun", "output", f"title is too long (maximum is {_MOST_TITLE} characters)")
    texts = {name: output.get(name) or "" for name in ("summary", "text")}
    rows = output.get("annotations") or []
    if not isinstance(rows, list):
        raise BadField("CheckRun", "annotations", "annotations has to be an array")
    return {"title": title, **texts, "annotations": [_annotation(row) for row in rows]}


def _annotation(row: Any) -> CheckAnnotation:
    def bad(why: str) -> BadField:
        return BadField("CheckRun", "annotations", why)

    needed = ("path", "start_line", "end_line", "annotation_level", "message")
    if not isinstance(row, dict) or any(not row.get(name) for name in needed):
        raise bad(f"An annotation needs {', '.join(needed)}")
    if row["annotation_level"] not in _LEVELS:
        raise bad(f"{row['annotation_level']} is not a member of {list(_LEVELS)}")
    if not 1 <= row["start_line"] <= row["end_line"]:
        raise bad("start_line has to be 1 or more, and end_line no less")
    if row["start_line"] != row["end_line"] and (row.get("start_column") or row.get("end_column")):
        raise bad("Columns are for annotations of one line")
    if any(len(str(row.get(name) or "").encode()) > _MOST_MESSAGE for name in ("message", "raw_details")):
        raise bad("message and raw_details may have 64 KB")
    if len(row.get("title") or "") > _MOST_TITLE:
        raise bad(f"title is too long (maximum is {_MOST_TITLE} characters)")
    return CheckAnnotation(
        row["path"], row["start_line"], row["end_line"], row["annotation_level"], row["message"],
        row.get("title") or "", row.get("raw_details") or "", row.get("start_column"), row.get("end_column"),
    )  # fmt: skip


def _annotation_json(call: Call, run: CheckRun, row: CheckAnnotation) -> dict[str, Any]:
    page = call.world.web_url(call.world.repositories[run.repository_id])
    return {
        "path": row.path,
        "blob_href": f"{page}/blob/{run.head}/{row.path}",
        "start_line": row.start_line,
        "end_line": row.end_line,
        "start_column": row.start_column,
        "end_column": row.end_column,
        "annotation_level": row.level,
        "title": row.title or None,
        "message": row.message,
        "raw_details": row.raw_details or None,
    }


_ONE = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
ROUTES = (
    ("POST", "/repos/{owner}/{repo}/check-runs", create),
    ("GET", _ONE, one),
    ("PATCH", _ONE, update),
    ("GET", f"{_ONE}/annotations", annotations_of),
    ("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", of_commit),
)
