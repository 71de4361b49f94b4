"""A status as the fields of a check run, and back.

Limits are GitHub's (https://docs.github.com/en/rest/checks/runs); that of the summary is in bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from bot.forge.github_http import utc
from bot.forge.github_words import sendable
from bot.forge.markdown_cut import fitted
from bot.model.forge import Annotation, PublishedStatus, State, Status

SUMMARY_BYTES = 65_535
BATCH = 50
_TITLE = 255
_MESSAGE_BYTES = 64 * 1024
_LAST_LINE = 2**31 - 1
_ERROR = "Error: "
_LEVELS = {"error": "failure", "warning": "warning", "info": "notice"}
# A gate that did not run is never neutral, skipped or cancelled: a rule that requires it would take those for passed.
_CONCLUSIONS = {State.PASSED: "success", State.FAILED: "failure", State.ERROR: "failure"}


@dataclass(frozen=True, slots=True)
class Run:
    """A check run of ours. ``mark`` is what we said about it when we wrote it; it tells ERROR from FAILED."""

    id: int
    name: str
    mark: str
    status: str
    conclusion: str
    title: str
    annotations: int
    since: datetime | None

    @property
    def is_completed(self) -> bool:
        return self.status == "completed"

    @property
    def state(self) -> State:
        """What GitHub makes of a run by itself (stale, after two weeks) is an error: nobody knows."""
        if not self.is_completed:
            return State.PENDING
        if self.conclusion == "success":
            return State.PASSED
        is_failed = self.conclusion == "failure" and not self.mark.startswith(State.ERROR)
        return State.FAILED if is_failed else State.ERROR

    @property
    def published(self) -> PublishedStatus:
        return PublishedStatus(self.name, self.state, self.title.removeprefix(_ERROR), self.since)


def read(row: Mapping[str, Any]) -> Run:
    output, since = row.get("output") or {}, row.get("started_at")
    return Run(
        id=int(row["id"]),
        name=str(row["name"]),
        mark=str(row.get("external_id") or ""),
        status=str(row["status"]),
        conclusion=str(row.get("conclusion") or ""),
        title=str(output.get("title") or ""),
        annotations=int(output.get("annotations_count") or 0),
        since=utc(since) if since else None,
    )


def mark(status: Status) -> str:
    """The same for the same status only, whatever of it GitHub would show."""
    text = json.dumps(asdict(status), sort_keys=True)
    return f"{status.state}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def part_mark(status: Status) -> str:
    """While not all annotations are there."""
    return f"part:{mark(status)}"


def requests(status: Status, delivered: int) -> list[dict[str, Any]]:
    """The bodies that say the status, in order; so many annotations are there already. Only the last one says the
    conclusion, so that what is cut short stays in progress, and is seen by the sweep."""
    rest = [annotation(each) for each in status.annotations if each.path.strip("/")][delivered:]
    batches = [rest[at : at + BATCH] for at in range(0, len(rest), BATCH)] or [[]]
    return [_request(status, batch, is_last=batch is batches[-1]) for batch in batches]


def annotation(each: Annotation) -> dict[str, Any]:
    line = min(max(each.line, 1), _LAST_LINE)
    found: dict[str, Any] = {
        "path": sendable(each.path.strip("/")),
        "start_line": line,
        "end_line": line,
        "annotation_level": _LEVELS.get(each.severity, "notice"),
        "message": _cut(
            _plain(each.message).strip() or _title(each.title) or "There is something here.", _MESSAGE_BYTES
        ),
    }
    if title := _title(each.title):
        found["title"] = title
    return found


def _request(status: Status, batch: Sequence[dict[str, Any]], *, is_last: bool) -> dict[str, Any]:
    is_final = is_last and status.state is not State.PENDING
    title = _ERROR + status.title if status.state is State.ERROR else status.title
    output: dict[str, Any] = {
        "title": _title(title) or status.name,
        "summary": fitted(sendable(status.summary), SUMMARY_BYTES) or _title(title) or status.name,
    }
    if batch:
        output["annotations"] = list(batch)
    body: dict[str, Any] = {
        "name": status.name,
        "status": "completed" if is_final else "in_progress",
        "external_id": mark(status) if is_last else part_mark(status),
        "output": output,
    }
    if is_final:
        body["conclusion"] = _CONCLUSIONS[status.state]
    if status.url:
        body["details_url"] = status.url
    return body


def _title(text: str) -> str:
    plain = " ".join(_plain(text).split())
    return plain if len(plain) <= _TITLE else f"{plain[: _TITLE - 1]}…"


def _plain(text: str) -> str:
    """Without control characters: annotations are shown as they are."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "\ufffd" for sign in text)


def _cut(text: str, limit: int) -> str:
    raw = text.encode(errors="replace")
    return text if len(raw) <= limit else f"{raw[: limit - 3].decode(errors='ignore')}…"
