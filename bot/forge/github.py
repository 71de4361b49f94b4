"""GitHub, cloud and Enterprise, as the port of a forge."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

from bot.forge.base import Conflict, FailedDelivery, ForgeError, NotFound
from bot.forge.clone_urls import is_own
from bot.forge.github_app import App
from bot.forge.github_checks import Checks
from bot.forge.github_comments import Comments
from bot.forge.github_deliveries import Deliveries
from bot.forge.github_http import Client, Observe, nobody_observes
from bot.forge.github_people import People
from bot.forge.github_words import pull_request, route_names
from bot.forge.shelf import Shelf
from bot.model.forge import (
    Approval,
    Comment,
    ForgeKind,
    GitAccess,
    Permission,
    Person,
    PublishedStatus,
    PullRequest,
    PullRequestName,
    Reaction,
    RepositoryName,
    Status,
)
from bot.model.merge_queue import FOLDER, QueuedCommit, queued_commit

T = TypeVar("T")
_REPOSITORY = "/repos/{owner}/{repo}"
_PULLS = "/repos/{owner}/{repo}/pulls"
_PULL = "/repos/{owner}/{repo}/pulls/{pull_number}"
_COMMIT_PULLS = "/repos/{owner}/{repo}/commits/{commit_sha}/pulls"
_FILES = "/repos/{owner}/{repo}/pulls/{pull_number}/files"
_REFS = "/repos/{owner}/{repo}/git/matching-refs/{ref}"
_HEADS = "refs/heads/"
_MOST_FILES = 3_000  # the list of files ends there
_COMMENT_LIMIT = 65_536


class GitHub:
    """``base_url`` is GITHUB_API_URL: ``https://api.github.com``, or ``https://HOST/api/v3`` of an Enterprise server.
    ``observe`` is told each call: method, route as GitHub's documentation writes it, status (0: no answer) and seconds.
    Raises UserError where the private key is none."""

    def __init__(
        self,
        *,
        base_url: str,
        app_id: str,
        private_key: str,
        observe: Observe = nobody_observes,
        pause: Callable[[float], None] = time.sleep,
        timeout: int = 15,
        shelf: Shelf | None = None,
    ) -> None:
        self._base = base_url.rstrip("/")
        self._client = Client(self._base, observe=observe, pause=pause, timeout=timeout)
        self.app = App(self._client, app_id=app_id, private_key=private_key, shelf=shelf)
        self._checks = Checks(self.app)
        self._comments = Comments(self.app)
        self._people = People(self.app)
        self._deliveries = Deliveries(self.app)

    @property
    def kind(self) -> ForgeKind:
        return ForgeKind.GITHUB

    @property
    def comment_limit(self) -> int:
        return _COMMENT_LIMIT

    def repositories(self) -> Sequence[RepositoryName]:
        live = [each for each in self.app.installations() if not each.is_suspended]
        return [name for installation in live for name in self.app.repositories(installation)]

    def access(self, repository: RepositoryName) -> GitAccess:
        return GitAccess(self._clone_url(repository), self.app.git_header(repository))

    def pull_request(self, name: PullRequestName) -> PullRequest:
        def ask() -> Any:
            return self._get(name.repository, _PULL, pull_number=name.number)

        return pull_request(name, self._twice(name.repository, ask))

    def open_pull_requests(self, repository: RepositoryName, base_branch: str = "") -> Sequence[PullRequest]:
        query = {"state": "open", "base": base_branch, "sort": "created", "direction": "asc"}
        rows = self._twice(repository, lambda: self._get_all(repository, _PULLS, query=query))
        pulls = [pull_request(PullRequestName(repository, int(row["number"])), row) for row in rows]
        # once more here: PyGithub loses the query where a renamed repository redirects
        return [pull for pull in pulls if pull.is_open and base_branch in ("", pull.base_branch)]

    def pull_requests_of(self, repository: RepositoryName, commit: str) -> Sequence[PullRequest]:
        rows = self._get_all(repository, _COMMIT_PULLS, commit_sha=commit)
        pulls = [pull_request(PullRequestName(repository, int(row["number"])), row) for row in rows]
        return [pull for pull in pulls if pull.is_open and pull.head == commit]

    def queued(self, repository: RepositoryName) -> Sequence[QueuedCommit]:
        """https://docs.github.com/en/rest/git/refs#list-matching-references; the list of merge queues themselves, which
        GraphQL has, is not asked for."""
        try:
            rows = self._twice(repository, lambda: self._branches_of_queues(repository))
        except Conflict:  # a repository without any commit
            return []
        found = [queued_commit(str(row["ref"]).removeprefix(_HEADS), str(row["object"]["sha"])) for row in rows]
        return [each for each in found if each is not None]

    def changed_files(self, name: PullRequestName) -> Sequence[str] | None:
        total = int(self._get(name.repository, _PULL, pull_number=name.number)["changed_files"])
        if total > _MOST_FILES:
            return None
        rows = self._get_all(name.repository, _FILES, pull_number=name.number)
        if len(rows) != total:
            return None
        paths = [path for row in rows for path in (row["filename"], row.get("previous_filename")) if path]
        return sorted(set(paths))

    def approvals(self, pull_request: PullRequest) -> Sequence[Approval]:
        return self._people.approvals(pull_request)

    def permission(self, repository: RepositoryName, person: Person) -> Permission:
        return self._people.permission(repository, person)

    def is_member(self, repository: RepositoryName, owner: str, person: Person) -> bool:
        return self._people.is_member(repository, owner, person)

    def published(self, repository: RepositoryName, commit: str) -> Sequence[PublishedStatus]:
        return self._twice(repository, lambda: self._checks.published(repository, commit))

    def publish(self, repository: RepositoryName, commit: str, status: Status, *, branch: str = "") -> None:  # noqa: ARG002
        self._checks.publish(repository, commit, status)

    def comments(self, name: PullRequestName) -> Sequence[Comment]:
        return self._comments.all(name)

    def comment(self, name: PullRequestName, comment_id: int) -> Comment | None:
        return self._comments.one(name, comment_id)

    def write(self, name: PullRequestName, body: str, *, marker: str, known: int = 0) -> int:
        return self._comments.write(name, body, marker=marker, known=known)

    def react(self, name: PullRequestName, comment_id: int, reaction: Reaction) -> None:
        self._comments.react(name, comment_id, reaction)

    def reactions(self, name: PullRequestName, comment_id: int) -> frozenset[Reaction]:
        return self._comments.reactions(name, comment_id)

    def failed_deliveries(self, since: datetime) -> Sequence[FailedDelivery]:
        return self._deliveries.failed(since)

    def redeliver(self, delivery_id: int) -> None:
        self._deliveries.redeliver(delivery_id)

    def _clone_url(self, repository: RepositoryName) -> str:
        """github.com and Enterprise servers are known by their API's address; anything else is asked, and believed only for
        the API's own host, because git will send a token there."""
        api = urlsplit(self._base)
        host = api.netloc.removeprefix("api.")
        if api.scheme == "https" and (
            api.netloc == "api.github.com" or api.path == "/api/v3" or host.endswith(".ghe.com")
        ):
            return f"https://{host if api.path == '' else api.netloc}/{repository.path}.git"
        url = str(self._get(repository, _REPOSITORY)["clone_url"])
        if not is_own(url, self._base):
            raise ForgeError(f"GitHub tells another host than that of GITHUB_API_URL to fetch {repository.path} from.")
        return url

    def _branches_of_queues(self, repository: RepositoryName) -> Any:
        reader, names = self.app.reader(repository), route_names(repository)
        return self._client.pages(reader, _REFS, ref=f"heads/{FOLDER}", **names)

    def _twice(self, repository: RepositoryName, ask: Callable[[], T]) -> T:
        """With tokens and ids made anew where GitHub knows nothing of it: what we hold may be for a repository of the same
        name that is gone."""
        try:
            return ask()
        except NotFound:
            self.app.forget(repository)
            return ask()

    def _get(self, repository: RepositoryName, route: str, **names: Any) -> Any:
        return self._client.get(self.app.credential(repository), route, **names, **route_names(repository))

    def _get_all(
        self, repository: RepositoryName, route: str, *, query: dict[str, Any] | None = None, **names: Any
    ) -> Any:
        return self._client.pages(
            self.app.credential(repository), route, query=query, **names, **route_names(repository)
        )
