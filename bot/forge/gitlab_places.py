"""Where the statuses of a merge request's head belong: in the pipeline by which GitLab holds the merge request.

That is its newest merge-request pipeline, else the newest pipeline of the source branch in the *source* project (GitLab:
app/finders/ci/pipelines_for_merge_request_finder.rb). A merged-results pipeline (docs.gitlab.com/ci/pipelines/
merged_results_pipelines) is one of another commit, which GitLab made of the head and the target branch: statuses go to both,
since people look for them at the head.
"""

from __future__ import annotations

from typing import NamedTuple

from bot.forge.base import NotFound
from bot.forge.gitlab_http import Api, Json, project_path
from bot.forge.gitlab_values import part, text
from bot.model.forge import PullRequest

_MOST = 10_000  # heads, of which one process remembers the places


class Place(NamedTuple):
    """A commit, the ref under which its statuses belong, and the pipeline of that, 0 where the newest one takes them."""

    commit: str
    ref: str
    pipeline: int = 0


class Places:
    """What was last read of merge requests: places by project and head."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._known: dict[tuple[int, str], tuple[Place, ...]] = {}
        self._parents: dict[tuple[int, str], tuple[str, ...]] = {}

    def of(self, project: int, head: str) -> tuple[Place, ...]:
        """Where a status is to be set; the last one holds the merge request. Empty where no merge request was read."""
        return self._known.get((project, head), ())

    def remember(self, project: int, place: Place) -> None:
        self._known[project, place.commit] = (place,)

    def read(self, project: int, row: Json, found: PullRequest) -> None:
        """Take from GitLab's answer where the head's statuses belong."""
        if len(self._known) > _MOST:
            self._known.clear()
            self._parents.clear()
        refs = f"refs/merge-requests/{found.name.number}"
        own = Place(found.head, f"{refs}/head" if found.is_fork else found.head_branch)
        pipeline = part(row, "head_pipeline")
        id, ref, commit = pipeline.get("id"), text(pipeline, "ref"), text(pipeline, "sha")
        there = Place(commit, ref, id if isinstance(id, int) else 0)
        places: tuple[Place, ...] = (own,)
        if pipeline.get("project_id", project) != project:
            pass  # that of a fork may run in the fork's project
        elif commit == found.head and ref in (f"{refs}/head", own.ref):
            places = (there,)
        elif ref == f"{refs}/merge" and found.head in self._parents_of(project, commit):
            places = (own, there)
        self._known[project, found.head] = places

    def _parents_of(self, project: int, commit: str) -> tuple[str, ...]:
        if (project, commit) not in self._parents:
            try:
                row = self._api.get(f"{project_path(project)}/repository/commits/{commit}")
            except NotFound:
                return ()
            found = row.get("parent_ids")
            self._parents[project, commit] = tuple(map(str, found)) if isinstance(found, list) else ()
        return self._parents[project, commit]
