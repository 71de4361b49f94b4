"""Pull requests: opened, edited, closed, reopened, turned into drafts."""

from __future__ import annotations

import re
from typing import Any

from bot.model.forge import ForgeKind, Permission
from bot.playground.changes import ChangedFile, changed_files
from bot.playground.errors import Forbidden, Invalid
from bot.playground.events import Event
from bot.playground.records import PullRequest, Repository, User
from bot.playground.repositories import Repositories

_DRAFT = re.compile(r"\s*(?:draft:|\[draft\]|\(draft\))\s*", re.IGNORECASE)


class PullRequests(Repositories):
    """The part of the World that knows pull requests."""

    def open_pull(
        self,
        repository: Repository,
        author: User,
        title: str,
        head_branch: str,
        base_branch: str = "",
        *,
        body: str = "",
        head_repository: Repository | None = None,
        draft: bool = False,
    ) -> PullRequest:
        """A pull request from ``head_branch`` (of another repository: a fork). Raises Missing, Forbidden, Invalid."""
        with self._lock:
            source, base = head_repository or repository, base_branch or repository.default_branch
            self.require(repository, author, Permission.READ, "opening a pull request")
            self.require(source, author, Permission.WRITE, "opening a pull request from it")
            head, base_sha = source.bare.branch(head_branch), repository.bare.branch(base)
            self._check_new(repository, source, title, branches=(head_branch, base), tips=(head, base_sha))
            now = self.now()
            pull = PullRequest(
                self.new_id(), repository.next_number, repository.id, title.strip(), body, author.id,
                source.id, head_branch, head, base, base_sha, now, now,
            )  # fmt: skip
            repository.next_number += 1
            self.pulls[pull.id] = pull
            if repository.kind is ForgeKind.GITLAB:
                pull.title = f"Draft: {pull.title}" if draft and not _DRAFT.match(pull.title) else pull.title
                draft = bool(_DRAFT.match(pull.title))
            pull.is_draft = draft
            self.record_version(pull)
            self._tell(pull, author, "opened")
            return pull

    def _check_new(
        self,
        repository: Repository,
        source: Repository,
        title: str,
        *,
        branches: tuple[str, str],
        tips: tuple[str, str],
    ) -> None:
        (head_branch, base), (head, base_sha) = branches, tips
        for branch, tip in ((head_branch, head), (base, base_sha)):
            if not tip:
                raise Invalid(f"There is no branch {branch}.")
        if not title.strip():
            raise Invalid("A pull request needs a title.")
        if head == base_sha:
            raise Invalid(f"No commits between {base} and {head_branch}.")
        if source.bare.has(base_sha) and not source.bare.merge_base(base_sha, head):
            raise Invalid(f"The branch {head_branch} has no history in common with {base}.")
        for other in self.pulls_of(repository):
            same = (other.head_repository_id, other.head_branch, other.base_branch) == (source.id, head_branch, base)
            if other.is_open and same:
                raise Invalid(f"A pull request already exists for {head_branch}: number {other.number}.")

    def edit_pull(
        self,
        pull: PullRequest,
        actor: User,
        *,
        title: str | None = None,
        body: str | None = None,
        base_branch: str | None = None,
    ) -> None:
        """Change what is given (``base_branch``: retarget). Raises Forbidden, Invalid."""
        with self._lock:
            self._require_own(pull, actor, "editing the pull request")
            changes: dict[str, Any] = {}
            if title is not None and title.strip() != pull.title:
                self._retitle(pull, title, changes)
            if body is not None and body != pull.body:
                changes["body"], pull.body = pull.body, body
            if base_branch is not None and base_branch != pull.base_branch:
                if pull.is_merged:
                    raise Invalid("The base branch of a pull request that was merged cannot be changed.")
                if not self.repository_of(pull).bare.branch(base_branch):
                    raise Invalid(f"There is no branch {base_branch}.")
                changes["base"], pull.base_branch = pull.base_branch, base_branch
                self.record_version(pull)
            if changes:
                pull.updated_at = self.now()
                self._tell(pull, actor, "edited", changes)

    def _retitle(self, pull: PullRequest, title: str, changes: dict[str, Any]) -> None:
        if not title.strip():
            raise Invalid("A pull request needs a title.")
        changes["title"], pull.title = pull.title, title.strip()
        if self.repository_of(pull).kind is ForgeKind.GITLAB:
            draft = bool(_DRAFT.match(pull.title))
            if draft != pull.is_draft:
                changes["draft"], pull.is_draft = pull.is_draft, draft

    def set_draft(self, pull: PullRequest, actor: User, draft: bool) -> None:
        """To a draft or ready for review; on GitLab that is a word in the title."""
        with self._lock:
            if draft == pull.is_draft:
                return
            if self.repository_of(pull).kind is ForgeKind.GITLAB:
                title = f"Draft: {pull.title}" if draft else _DRAFT.sub("", pull.title, count=1)
                self.edit_pull(pull, actor, title=title)
                return
            self._require_own(pull, actor, "changing the draft state")
            pull.is_draft, pull.updated_at = draft, self.now()
            self._tell(pull, actor, "converted_to_draft" if draft else "ready_for_review")

    def close(self, pull: PullRequest, actor: User) -> None:
        """Raises Forbidden; Invalid where it is closed."""
        with self._lock:
            self._require_own(pull, actor, "closing the pull request")
            if not pull.is_open:
                raise Invalid("The pull request is closed already.")
            self._end(pull, actor)

    def reopen(self, pull: PullRequest, actor: User) -> None:
        """With the head that its branch has now. Raises Forbidden; Invalid where it is merged, or a branch is gone."""
        with self._lock:
            self._require_own(pull, actor, "reopening the pull request")
            source = self.head_repository(pull)
            head = source.bare.branch(pull.head_branch) if source else ""
            if pull.is_open or pull.is_merged or not head or not self.repository_of(pull).bare.branch(pull.base_branch):
                raise Invalid("Only a closed pull request whose branches are there can be reopened.")
            pull.is_open, pull.closed_at, pull.updated_at = True, None, self.now()
            if head != pull.head:
                pull.head = head
                self.record_version(pull)
            self._tell(pull, actor, "reopened")

    def changed_files(self, pull: PullRequest) -> list[ChangedFile]:
        """What the pull request changes, from ``merge_base`` to the head."""
        with self._lock:
            return changed_files(self.repository_of(pull).bare, self.merge_base(pull), pull.head)

    def merge_base(self, pull: PullRequest) -> str:
        """Of the head and the base branch; once the pull request has ended, the last one that was noted."""
        bare = self.repository_of(pull).bare
        tip = bare.branch(pull.base_branch) if pull.is_open else ""
        return (bare.merge_base(tip, pull.head) or tip) if tip else pull.versions[-1].start

    def _require_own(self, pull: PullRequest, actor: User, doing: str) -> None:
        if pull.author_id != actor.id:
            least = Permission.TRIAGE if self.repository_of(pull).kind is ForgeKind.GITHUB else Permission.WRITE
            self.require(self.repository_of(pull), actor, least, doing)
        elif self.permission(self.repository_of(pull), actor) is Permission.NONE:
            raise Forbidden(f"{actor.login} cannot see the repository any more.")

    def _tell(self, pull: PullRequest, actor: User, action: str, changes: dict[str, Any] | None = None) -> None:
        row = self.repository_of(pull)
        self.emit(Event("pull_request", actor, self.now(), action, repository=row, pull=pull, changes=changes or {}))
