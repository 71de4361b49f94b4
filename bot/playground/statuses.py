"""Check runs and commit statuses, and what they say together about a commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.model.forge import ForgeKind
from bot.playground.conversation import Conversation
from bot.playground.errors import Forbidden, Invalid
from bot.playground.events import Event
from bot.playground.records import App, CheckAnnotation, CheckRun, CommitStatus, Repository, User

CONCLUSIONS = frozenset(
    (
        "action_required",
        "cancelled",
        "failure",
        "neutral",
        "success",
        "skipped",
        "stale",
        "timed_out",
        "startup_failure",
    )
)
MOST_ANNOTATIONS = 50  # in one request
MOST_BYTES = 65_535  # of a summary, and of a text


class Light(StrEnum):
    """What a page shows at a glance."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"
    GREY = "grey"


class Shown(NamedTuple):
    """One check of a commit as people and protected branches see it: the latest of its name."""

    name: str
    light: Light
    word: str
    title: str
    url: str
    run: CheckRun | None = None
    status: CommitStatus | None = None


_RUN_LIGHTS = {"success": Light.GREEN, "neutral": Light.GREY, "skipped": Light.GREY}
_STATUS_LIGHTS = {
    "success": Light.GREEN, "pending": Light.YELLOW, "running": Light.YELLOW, "created": Light.YELLOW, "skipped": Light.GREY,
}  # fmt: skip


_UNDERWAY = ("created", "pending", "running")


class Statuses(Conversation):
    """The part of the World that knows statuses."""

    def create_check_run(
        self,
        repository: Repository,
        app: App,
        name: str,
        head: str,
        *,
        status: str = "queued",
        conclusion: str = "",
        started_at: datetime | None = None,
        completed_at: datetime | None = None,
        title: str = "",
        summary: str = "",
        text: str = "",
        annotations: Sequence[CheckAnnotation] = (),
        details_url: str = "",
        external_id: str = "",
    ) -> CheckRun:
        """A check run; an older one of the same name and App stays and counts no more. Raises Invalid."""
        with self._lock:
            if not repository.bare.has(head):
                raise Invalid(f"No commit found for SHA: {head}")
            run_id = self.new_id()
            same = (r.suite_id for r in self.runs_of(repository, head, latest=False) if r.app_id == app.id)
            suite_id = next(same, 0) or self.new_id()
            now = started_at or self.now()
            run = CheckRun(run_id, suite_id, repository.id, app.id, name, head, "queued", "", now)
            run.details_url, run.external_id = details_url, external_id
            self._write_run(run, status, conclusion, completed_at)
            self._write_output(run, title, summary, text, annotations)
            self.check_runs[run.id] = run
            actor = self.users[app.user_id]
            self.emit(Event("check_run", actor, self.now(), "created", repository=repository, check_run=run))
            if run.status == "completed":
                self.emit(Event("check_run", actor, self.now(), "completed", repository=repository, check_run=run))
            return run

    def update_check_run(
        self,
        run: CheckRun,
        app: App,
        *,
        name: str | None = None,
        status: str | None = None,
        conclusion: str | None = None,
        completed_at: datetime | None = None,
        title: str | None = None,
        summary: str | None = None,
        text: str | None = None,
        annotations: Sequence[CheckAnnotation] = (),
        details_url: str | None = None,
        external_id: str | None = None,
    ) -> CheckRun:
        """Change what is given; annotations are added to those it has. Raises Forbidden (another App's), Invalid."""
        with self._lock:
            if run.app_id != app.id:
                raise Forbidden("Invalid app_id: the check run belongs to another App.")
            was = run.status
            run.name = name if name is not None else run.name
            run.details_url = details_url if details_url is not None else run.details_url
            run.external_id = external_id if external_id is not None else run.external_id
            if status is not None or conclusion is not None:
                self._write_run(
                    run, "completed" if conclusion else status or run.status, conclusion or "", completed_at
                )
            self._write_output(run, title, summary, text, annotations)
            row, actor = self.repositories[run.repository_id], self.users[app.user_id]
            if run.status == "completed" and was != "completed":
                self.emit(Event("check_run", actor, self.now(), "completed", repository=row, check_run=run))
            return run

    def _write_run(self, run: CheckRun, status: str, conclusion: str, completed_at: datetime | None) -> None:
        status = "completed" if conclusion else status
        if status not in ("queued", "in_progress", "completed"):
            raise Invalid(f"{status} is no status of a check run.")
        if (status == "completed") != (conclusion in CONCLUSIONS):
            raise Invalid("A completed check run needs a conclusion that there is, and no other one has any.")
        run.status, run.conclusion = status, conclusion
        run.completed_at = (completed_at or self.now()) if status == "completed" else None

    def _write_output(
        self,
        run: CheckRun,
        title: str | None,
        summary: str | None,
        text: str | None,
        annotations: Sequence[CheckAnnotation],
    ) -> None:
        if len(annotations) > MOST_ANNOTATIONS:
            raise Invalid(f"No more than {MOST_ANNOTATIONS} annotations in one request.")
        if any(len(part.encode()) > MOST_BYTES for part in (summary, text) if part is not None):
            raise Invalid(f"Only {MOST_BYTES} bytes are allowed in summary and in text.")
        run.title = title if title is not None else run.title
        run.summary = summary if summary is not None else run.summary
        run.text = text if text is not None else run.text
        run.annotations += annotations

    def rerequest(self, run: CheckRun, actor: User) -> None:
        """Somebody asks for the check again; its App hears of it, the run stays as it is."""
        with self._lock:
            row = self.repositories[run.repository_id]
            self.emit(Event("check_run", actor, self.now(), "rerequested", repository=row, check_run=run))

    def set_status(
        self,
        repository: Repository,
        author: User,
        commit: str,
        context: str,
        state: str,
        *,
        description: str = "",
        target_url: str = "",
        ref: str = "",
    ) -> CommitStatus:
        """A commit status. GitHub adds a row each time; GitLab changes the author's row of (context, ref) until it ended.
        Raises Invalid for an unknown commit; which words are states, and how long texts may be, the APIs know."""
        with self._lock:
            if not repository.bare.has(commit):
                raise Invalid(f"No commit found for SHA: {commit}")
            now = self.now()
            row = self._status_row(repository, author, commit, context, ref)
            if row is None:
                row = CommitStatus(
                    self.new_id(),
                    repository.id,
                    commit,
                    context,
                    state,
                    description,
                    target_url,
                    author.id,
                    now,
                    now,
                    ref,
                )
                self.statuses[row.id] = row
            else:
                row.state, row.description, row.target_url = state, description, target_url
                row.author_id, row.updated_at = author.id, now
            self.emit(Event("status", author, now, repository=repository, status=row, after=commit))
            return row

    def _status_row(
        self, repository: Repository, author: User, commit: str, context: str, ref: str
    ) -> CommitStatus | None:
        """GitLab's status is a job: its author's next word changes it until it ended."""
        if repository.kind is ForgeKind.GITHUB:
            return None
        for row in self.statuses_of(repository, commit):
            if (row.context, row.ref, row.author_id) == (context, ref, author.id) and row.state in _UNDERWAY:
                return row
        return None

    # -- reading

    def runs_of(self, repository: Repository, head: str, *, latest: bool = True) -> list[CheckRun]:
        """The check runs of a commit, newest first; ``latest``: of each App and name one."""
        with self._lock:
            rows = [r for r in self.check_runs.values() if r.repository_id == repository.id and r.head == head][::-1]
        if not latest:
            return rows
        return list({(r.app_id, r.name): r for r in reversed(rows)}.values())[::-1]

    def statuses_of(self, repository: Repository, commit: str) -> list[CommitStatus]:
        """Every row of a commit, newest first."""
        with self._lock:
            return [s for s in self.statuses.values() if s.repository_id == repository.id and s.commit == commit][::-1]

    def shown(self, repository: Repository, commit: str) -> list[Shown]:
        """What a page lists, by name: the latest check run of each App and name, and the latest status of each context."""
        found = [
            Shown(
                r.name, _RUN_LIGHTS.get(r.conclusion, Light.RED) if r.conclusion else Light.YELLOW,
                r.conclusion or r.status, r.title, r.details_url, run=r,
            )
            for r in self.runs_of(repository, commit)
        ]  # fmt: skip
        latest = {s.context: s for s in reversed(self.statuses_of(repository, commit))}
        found += [
            Shown(s.context, _STATUS_LIGHTS.get(s.state, Light.RED), s.state, s.description, s.target_url, status=s)
            for s in latest.values()
        ]
        return sorted(found, key=lambda s: s.name)
