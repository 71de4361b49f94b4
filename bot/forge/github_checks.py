"""Our statuses as check runs, which nobody but the App can write.

https://docs.github.com/en/rest/checks/runs. What decides here: a completed run cannot be set back, so a new one of the same
name follows it, and the latest counts; annotations come 50 at a time, and each further request adds to them.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from bot.forge.base import NotFound, Unavailable
from bot.forge.github_app import App
from bot.forge.github_check_output import Run, mark, part_mark, read, requests
from bot.forge.github_refusals import Doubtful
from bot.forge.github_words import route_names
from bot.model.forge import PublishedStatus, RepositoryName, State, Status

_LIST = "/repos/{owner}/{repo}/commits/{ref}/check-runs"
_CREATE = "/repos/{owner}/{repo}/check-runs"
_ONE = "/repos/{owner}/{repo}/check-runs/{check_run_id}"
_LIST_IS_GOOD_FOR = 10.0  # seconds: the statuses of one verdict come at once, and need one look together
_JUST_NOW = 1.0  # seconds
_MOST_COMMITS = 200
_PAUSE = 0.5


class _OnCommit:
    """Our latest runs by name: as listed, and as we wrote them since, which a list may not hold yet."""

    def __init__(self) -> None:
        self.listed_at = -_LIST_IS_GOOD_FOR * 2
        self.runs: dict[str, Run] = {}

    def add(self, run: Run) -> None:
        there = self.runs.get(run.name)
        self.runs[run.name] = run if there is None else _later(run, there)


class Checks:
    def __init__(self, app: App, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._client = app.client
        self._clock = clock
        self._lock = threading.Lock()
        self._commits: OrderedDict[tuple[str, str], _OnCommit] = OrderedDict()

    def published(self, repository: RepositoryName, commit: str) -> list[PublishedStatus]:
        return [run.published for run in self._listed(repository, commit).runs.values()]

    def publish(self, repository: RepositoryName, commit: str, status: Status) -> None:
        run = self._latest(repository, commit, status)
        if run is not None and (run.mark, run.state) == (mark(status), status.state):
            return
        if run is not None and (run.is_completed or (run.annotations and run.mark != part_mark(status))):
            run = None
        self._say(repository, commit, status, run)

    def _say(self, repository: RepositoryName, commit: str, status: Status, run: Run | None) -> None:
        """All requests of a status, on this run or on a new one."""
        for body in requests(status, run.annotations if run else 0):
            if run is None:
                run = self._create(repository, commit, body)
            else:
                run = self._update(repository, run, body)
                if run is None or (run.status, run.conclusion) != (body["status"], body.get("conclusion", "")):
                    # it is gone, or somebody completed it meanwhile: what we say now needs a run of its own
                    self._say(repository, commit, status, None)
                    return
            self._on(repository, commit).add(run)

    def _create(self, repository: RepositoryName, commit: str, body: dict[str, Any]) -> Run:
        before = self._on(repository, commit).runs.get(body["name"])
        for tries_left in (1, 0):
            try:
                return read(self._send(repository, "POST", _CREATE, {**body, "head_sha": commit}))
            except Doubtful as doubt:
                self._client.pause(_PAUSE)
                there = self._listed(repository, commit).runs.get(body["name"])
                if there and there.mark == body["external_id"] and (before is None or there.id > before.id):
                    return there
                if not tries_left:
                    raise Unavailable(str(doubt)) from None
        raise AssertionError

    def _update(self, repository: RepositoryName, run: Run, body: dict[str, Any]) -> Run | None:
        """None where the run is gone. Annotations would be doubled by a second try, so it is looked whether they came."""
        wanted = run.annotations + len(body["output"].get("annotations", ()))
        for tries_left in (1, 0):
            try:
                return read(self._send(repository, "PATCH", _ONE, body, check_run_id=run.id))
            except NotFound:
                if not tries_left:
                    return None
                self._client.pause(_PAUSE)  # right after it was made it may not be found yet
            except Doubtful as doubt:
                self._client.pause(_PAUSE)
                now = read(self._get(repository, run.id))
                if (now.mark, now.annotations) == (body["external_id"], wanted):
                    return now
                if now.annotations != run.annotations or not tries_left:
                    raise Unavailable(str(doubt)) from None
        return None

    def _latest(self, repository: RepositoryName, commit: str, status: Status) -> Run | None:
        """A run begins with PENDING, and then looks, unless it asked what is published just now; what follows soon is by the
        same look."""
        there = self._on(repository, commit)
        longest = _JUST_NOW if status.state is State.PENDING else _LIST_IS_GOOD_FOR
        if self._clock() - there.listed_at > longest:
            there = self._listed(repository, commit)
        return there.runs.get(status.name)

    def _listed(self, repository: RepositoryName, commit: str) -> _OnCommit:
        ours, there = self._app.itself().id, self._on(repository, commit)
        rows = self._client.pages(
            self._app.credential(repository),
            _LIST,
            items="check_runs",
            query={"app_id": ours, "filter": "all"},  # "latest" goes by the time of completion, which a new run has not
            ref=commit,
            **route_names(repository),
        )
        for row in rows:
            if (row.get("app") or {}).get("id") == ours:
                there.add(read(row))
        there.listed_at = self._clock()
        return there

    def _on(self, repository: RepositoryName, commit: str) -> _OnCommit:
        with self._lock:
            there = self._commits.setdefault((repository.path.lower(), commit), _OnCommit())
            self._commits.move_to_end((repository.path.lower(), commit))
            while len(self._commits) > _MOST_COMMITS:
                self._commits.popitem(last=False)
            return there

    def _get(self, repository: RepositoryName, run_id: int) -> Any:
        who = self._app.credential(repository)
        return self._client.get(who, _ONE, check_run_id=run_id, **route_names(repository))

    def _send(self, repository: RepositoryName, method: str, route: str, body: Any, **names: Any) -> Any:
        return self._client.send(
            self._app.credential(repository), method, route, body, **names, **route_names(repository)
        )


def _later(new: Run, old: Run) -> Run:
    """Of two views of the runs of one name. Runs only ever get further: a list that lags is known by that."""
    return max(new, old, key=lambda run: (run.id, run.is_completed, run.annotations))
