"""The port of the forge for GitLab, cloud and self-managed, with an access token of the bot's account (scope ``api``)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

from bot.forge import gitlab_people, gitlab_statuses
from bot.forge.base import Conflict, Forbidden, ForgeError, NotFound, Unavailable
from bot.forge.clone_urls import is_own
from bot.forge.gitlab_http import Api, Json, Observe, project_path
from bot.forge.gitlab_places import Place, Places
from bot.forge.gitlab_quick_actions import refuse_quick_actions
from bot.forge.gitlab_values import comment, is_conversation, number, part, person, pull_request, text
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
    State,
    Status,
)
from bot.model.merge_queue import QueuedCommit

_DEVELOPER = 30  # the least role that may set a status and comment


class GitLab:
    """Satisfies ``bot.forge.base.Forge``. ``url`` is GitLab's address, with the path that it has there. Remembered between
    calls are only ids (of projects, of the bot's account) where a commit's statuses belong, and in
    which pipeline they were begun."""

    def __init__(
        self,
        url: str,
        token: str,
        *,
        observe: Observe | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = Api(url, token, observe=observe, now=now)
        self._projects: dict[str, int] = {}
        self._places = Places(self._api)
        self._begun: dict[tuple[int, str, str], int] = {}
        self._bots: dict[int, bool] = {}
        self._me = 0

    def __repr__(self) -> str:
        return f"GitLab({self._api.url})"

    @property
    def kind(self) -> ForgeKind:
        return ForgeKind.GITLAB

    @property
    def comment_limit(self) -> int:
        return 1_000_000

    def login(self) -> str:
        """What people write behind ``@`` to address the bot."""
        return text(self._api.get("/user"), "username")

    def repositories(self) -> Sequence[RepositoryName]:
        """The projects that the bot's account was made a member of as Developer or more, and that are not archived.
        Membership is what somebody grants on purpose; hooks are not asked, since listing them needs Maintainer."""
        rows = self._api.listed(
            "/projects", membership="true", min_access_level=_DEVELOPER, archived="false", simple="true",
            pagination="keyset", order_by="id", sort="asc",
        )  # fmt: skip
        return [RepositoryName(ForgeKind.GITLAB, text(row, "path_with_namespace")) for row in rows]

    def access(self, repository: RepositoryName) -> GitAccess:
        """By HTTP, with the token as a password (docs.gitlab.com: "Clone with token"). Raises Forbidden where GitLab names
        another host than GITLAB_URL: the token is not sent there."""
        url = text(self._api.get(project_path(repository.path)), "http_url_to_repo")
        if not is_own(url, self._api.url):
            named, ours = urlsplit(url), urlsplit(self._api.url)
            raise Forbidden(
                f"GitLab says that {repository.path} is cloned from {named.scheme}://{named.hostname}, and GITLAB_URL is "
                f"{ours.scheme}://{ours.hostname}: the token is not sent to another address. Set both to the same one."
            )
        secret = b64encode(f"oauth2:{self._api.token}".encode()).decode()
        return GitAccess(url, f"Authorization: Basic {secret}")

    def pull_request(self, name: PullRequestName) -> PullRequest:
        row = self._api.get(_merge_request(self._project(name.repository), name.number))
        found = pull_request(row, name.repository, self._head_repository(row, name.repository))
        if not found.head:
            raise Unavailable(f"GitLab does not know the head of {name} yet")
        self._places.read(self._project(name.repository), row, found)
        return found

    def open_pull_requests(self, repository: RepositoryName, base_branch: str = "") -> Sequence[PullRequest]:
        """Those whose head GitLab does not know (a source branch that is gone) are left out: nothing can be said of them."""
        query = {"target_branch": base_branch} if base_branch else {}
        rows = self._api.listed(
            f"{project_path(self._project(repository))}/merge_requests", state="opened", scope="all", **query
        )
        found = [pull_request(row, repository, self._head_repository(row, repository)) for row in rows]
        return [one for one in found if one.head]

    def pull_requests_of(self, repository: RepositoryName, commit: str) -> Sequence[PullRequest]:
        path = f"{project_path(self._project(repository))}/repository/commits/{commit}/merge_requests"
        rows = self._api.listed(path, state="opened")
        found = [pull_request(row, repository, self._head_repository(row, repository)) for row in rows]
        return [one for one in found if one.is_open and one.head == commit]

    def queued(self, repository: RepositoryName) -> Sequence[QueuedCommit]:  # noqa: ARG002
        """None: a merge train has no commit that asks for a status of its own, but pipelines of merge requests."""
        return []

    def changed_files(self, name: PullRequestName) -> Sequence[str] | None:
        """None where GitLab stopped counting ("1000+"), or lists another number than it counts."""
        path = _merge_request(self._project(name.repository), name.number)
        count = str(self._api.get(path).get("changes_count") or "")
        try:
            rows = self._api.listed(f"{path}/diffs")
        except NotFound:
            return None  # before 15.7
        if not count.isdigit() or int(count) != len(rows):
            return None
        return sorted({text(row, key) for row in rows for key in ("old_path", "new_path")})

    def approvals(self, pull_request: PullRequest) -> Sequence[Approval]:
        """The bot's own does not count either: nothing that it was made to say may let a change through. That somebody is a
        bot, GitLab tells in their account alone."""
        found = gitlab_people.approvals(self._api, self._project(pull_request.name.repository), pull_request)
        return [self._known(approval) for approval in found if approval.person.id != self._account()]

    def _known(self, approval: Approval) -> Approval:
        is_bot = approval.person.is_bot or self._is_bot(approval.person.id)
        return replace(approval, person=replace(approval.person, is_bot=is_bot))

    def permission(self, repository: RepositoryName, person: Person) -> Permission:
        return gitlab_people.permission_of(self._api, self._project(repository), person)

    def is_member(self, repository: RepositoryName, owner: str, person: Person) -> bool:
        return gitlab_people.is_member(self._api, self._project(repository), owner, person)

    def published(self, repository: RepositoryName, commit: str) -> Sequence[PublishedStatus]:
        """Where the pipeline is known that holds the merge request, those in it: what stands in another one holds nobody."""
        project = self._project(repository)
        place = (self._places.of(project, commit) or (Place(commit, ""),))[-1]
        return gitlab_statuses.published(self._api, project, place, self._account())

    def publish(self, repository: RepositoryName, commit: str, status: Status, *, branch: str = "") -> None:
        """Annotations are not sent: GitLab's statuses have none (see gitlab_statuses)."""
        project = self._project(repository)
        places = self._places.of(project, commit)
        if not places:  # a head of former times: what stands there is followed
            there = gitlab_statuses.place_of(self._api, project, commit, status.name, ours=self._account())
            places = (there or Place(commit, branch),)
        if not places[0].ref:
            place = Place(commit, gitlab_statuses.ref_of_fork(self._api, project, commit))
            self._places.remember(project, place)
            places = (place,)
        for place in places:
            self._publish(project, status, place, branch)

    def _publish(self, project: int, status: Status, place: Place, branch: str) -> None:
        ours, key = self._account(), (project, place.commit, status.name)
        pipeline = gitlab_statuses.publish(self._api, project, status, place=place, ours=ours)
        if status.state is State.PENDING:
            self._begun[key] = pipeline
            return
        begun = self._begun.pop(key, 0)
        has_moved = begun != pipeline if begun else bool(branch) and place.ref != branch
        if has_moved:
            gitlab_statuses.end_strays(self._api, project, place.commit, status, ours=ours)

    def comments(self, name: PullRequestName) -> Sequence[Comment]:
        url = self._notes(name)
        rows = self._api.listed(url, sort="asc", order_by="created_at", activity_filter="only_comments")
        rows = sorted(filter(is_conversation, rows), key=lambda row: (text(row, "created_at"), number(row, "id")))
        return [comment(row, self._page(name), self._account()) for row in rows]

    def comment(self, name: PullRequestName, comment_id: int) -> Comment | None:
        try:
            row = self._api.get(f"{self._notes(name)}/{comment_id}")
        except NotFound:
            return None
        if not is_conversation(row):
            return None
        author = part(row, "author")
        row = {**row, "author": {**author, "bot": self._is_bot(number(author, "id"))}}
        return comment(row, self._page(name), self._account())

    def write(self, name: PullRequestName, body: str, *, marker: str, known: int = 0) -> int:
        """Raises QuickAction for a text that GitLab might act on, ForgeError for one that is too long or has no marker.
        A new comment is sent once: where GitLab did not answer and shows none, Unavailable is raised, and the next try
        looks first (lists lag; a second comment would stay)."""
        if not body.startswith(marker):
            raise ForgeError("A comment of ours has to begin with its marker")
        if len(body) > self.comment_limit:
            raise ForgeError(f"A comment may have {self.comment_limit} characters, this one has {len(body)}")
        refuse_quick_actions(body)
        found = self._ours(name, marker, known)
        if found and found.body.rstrip() == body.rstrip():
            return found.id
        if found:
            return number(self._api.put(f"{self._notes(name)}/{found.id}", {"body": body}), "id")
        try:
            row = self._api.post(self._notes(name), {"body": body})
        except (Unavailable, Conflict) as error:
            there = None if isinstance(error, Unavailable) and error.at else self._ours(name, marker, 0)
            if there and there.body.rstrip() == body.rstrip():
                return there.id
            raise
        if "id" not in row:
            raise ForgeError(f"GitLab took a comment on {name} for a command, and kept nothing of it")
        return number(row, "id")

    def react(self, name: PullRequestName, comment_id: int, reaction: Reaction) -> None:
        """GitLab answers 404 to the second one of a kind."""
        path = f"{self._notes(name)}/{comment_id}/award_emoji"
        for last in (False, True):
            try:
                self._api.post(path, {"name": reaction.value})
                return
            except (Unavailable, NotFound, Conflict) as error:
                if isinstance(error, Unavailable) and error.at:
                    raise
                if reaction in self.reactions(name, comment_id):
                    return
                if last or not isinstance(error, Unavailable):
                    raise

    def reactions(self, name: PullRequestName, comment_id: int) -> frozenset[Reaction]:
        try:
            rows = self._api.listed(f"{self._notes(name)}/{comment_id}/award_emoji")
        except NotFound:
            return frozenset()
        own = {text(row, "name") for row in rows if part(row, "user").get("id") == self._account()}
        return frozenset(reaction for reaction in Reaction if reaction.value in own)

    def _ours(self, name: PullRequestName, marker: str, known: int) -> Comment | None:
        """The comment that the bot's account wrote: the known one, whatever somebody made of its text (Maintainers may edit
        notes), else the oldest that begins with the marker, and younger ones, which two processes at once may have made, are
        removed."""
        if known:
            there = self.comment(name, known)
            if there and there.is_ours:
                return there
        mine = [one for one in self.comments(name) if one.is_ours and one.body.startswith(marker)]
        for double in mine[1:]:
            with suppress(NotFound):
                self._api.delete(f"{self._notes(name)}/{double.id}")
        return mine[0] if mine else None

    def _account(self) -> int:
        if not self._me:
            self._me = person(self._api.get("/user")).id
        return self._me

    def _is_bot(self, account: int) -> bool:
        """As GitLab says; an account never changes its kind."""
        if account not in self._bots:
            try:
                self._bots[account] = self._api.get(f"/users/{account}").get("bot") is True
            except (NotFound, Forbidden):
                return False
        return self._bots[account]

    def _project(self, repository: RepositoryName) -> int:
        if repository.path not in self._projects:
            self._projects[repository.path] = number(self._api.get(project_path(repository.path)), "id")
        return self._projects[repository.path]

    def _head_repository(self, row: Json, repository: RepositoryName) -> str:
        """The path of the source project; "" where it is gone or hidden from the bot."""
        source, target = row.get("source_project_id"), row.get("target_project_id")
        if source == target:
            return repository.path
        if not isinstance(source, int):
            return ""
        try:
            return text(self._api.get(project_path(source)), "path_with_namespace")
        except (NotFound, Forbidden):
            return ""

    def _notes(self, name: PullRequestName) -> str:
        return f"{_merge_request(self._project(name.repository), name.number)}/notes"

    def _page(self, name: PullRequestName) -> str:
        return f"{self._api.url}/{name.repository.path}/-/merge_requests/{name.number}"


def _merge_request(project: int, iid: int) -> str:
    return f"{project_path(project)}/merge_requests/{iid}"
