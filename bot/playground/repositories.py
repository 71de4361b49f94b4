"""Repositories, their branches and what follows a push."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from bot.model.forge import ForgeKind, Permission
from bot.playground.bare import ZERO, Bare, Signature
from bot.playground.errors import Conflict, Forbidden, Invalid
from bot.playground.events import Event
from bot.playground.people import People
from bot.playground.records import Hook, Organisation, Protection, PullRequest, Repository, User, Version

PULL_REFS = {ForgeKind.GITHUB: "refs/pull", ForgeKind.GITLAB: "refs/merge-requests"}


class Repositories(People):
    """The part of the World that knows repositories."""

    def create_repository(
        self,
        kind: ForgeKind,
        path: str,
        *,
        source: Path | None = None,
        default_branch: str = "main",
        private: bool = False,
        members: Mapping[str, Permission] | None = None,
    ) -> Repository:
        """A repository; ``source``: a git repository or a bundle on this machine whose branches and tags it gets.
        ``members``: login → role in it alone. Raises Invalid where the path is taken."""
        with self._lock:
            if any(r.kind is kind and r.path.lower() == path.lower() for r in self.repositories.values()):
                raise Invalid(f"The name {path} is taken.")
            row = self._new_repository(kind, path, default_branch, private)
            row.members = {self.user(login).id: role for login, role in (members or {}).items()}
            if source is not None:
                row.bare.take(source, "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*")
            self.namespace(row)
            return row

    def fork(self, repository: Repository, owner: User, path: str = "") -> Repository:
        """A copy that belongs to ``owner``. Raises Missing where they cannot see the original."""
        with self._lock:
            self.require(repository, owner, Permission.READ, "forking")
            row = self.create_repository(
                repository.kind,
                path or f"{owner.login}/{repository.name}",
                source=repository.bare.directory,
                default_branch=repository.default_branch,
                private=repository.private,
                members={owner.login: Permission.ADMIN},
            )
            row.fork_of = repository.id
            return row

    def delete_repository(self, repository: Repository) -> None:
        """It goes for good; pull requests from it stay and lose their head repository."""
        with self._lock:
            del self.repositories[repository.id]
            for pull in self.pulls.values():
                if pull.head_repository_id == repository.id:
                    pull.head_repository_id = 0
            gone = [p.id for p in self.pulls.values() if p.repository_id == repository.id]
            for pull_id in gone:
                del self.pulls[pull_id]
            repository.bare.remove()

    def _new_repository(self, kind: ForgeKind, path: str, default_branch: str, private: bool) -> Repository:
        row_id = self.new_id()
        bare = Bare.create(self.directory / f"{row_id}.git", default_branch, PULL_REFS[kind])
        row = Repository(row_id, kind, path, bare, default_branch, private, self.now())
        self.repositories[row.id] = row
        return row

    def protect(self, repository: Repository, protection: Protection) -> None:
        """Set what a branch asks; another one for the branch is replaced."""
        with self._lock:
            repository.protections[protection.branch] = protection

    def protection(self, repository: Repository, branch: str) -> Protection | None:
        return repository.protections.get(branch)

    def clone_url(self, repository: Repository) -> str:
        """Where git gets it, without any credential: GitHub's ``URL/owner/name.git``, GitLab's with all its groups. Both
        halves share one server, so a first word tells them apart."""
        return f"{self.url}/git/{repository.kind}/{repository.path}.git"

    def web_url(self, repository: Repository, pull: PullRequest | None = None) -> str:
        """The page for people."""
        page = f"{self.url}/{repository.kind}/{repository.path}"
        return f"{page}/-/pull/{pull.number}" if pull else page

    # -- hooks

    def add_hook(
        self,
        url: str,
        secret: str,
        events: Iterable[str] = ("*",),
        *,
        repository: Repository | None = None,
        organisation: Organisation | None = None,
        app_id: int = 0,
        signing: str = "",
    ) -> Hook:
        """A webhook of exactly one of the three. ``events``: the forge's own names (GitLab: ``merge_requests_events`` …)."""
        with self._lock:
            owners = (repository.id if repository else 0, organisation.id if organisation else 0, app_id)
            hook = Hook(self.new_id(), url, secret, set(events), *owners, signing=signing)
            self.hooks[hook.id] = hook
            return hook

    # -- pushes

    def commit(
        self,
        repository: Repository,
        actor: User,
        branch: str,
        files: Mapping[str, bytes | str | None],
        message: str,
        *,
        parent: str | None = None,
    ) -> str:
        """Commit these files (None: removed) on a branch, as a person who pushes; the id of the commit. A new branch begins
        at ``parent``, left out at the default branch; with the ``parent`` of an older commit it is a forced push.
        Raises Missing, Forbidden, Conflict where the branch moved meanwhile."""
        with self._lock:
            bare = repository.bare
            self._require_push(repository, actor, branch)
            tip = bare.branch(branch)
            start = tip or bare.branch(repository.default_branch) if parent is None else parent
            contents = {p: c.encode() if isinstance(c, str) else c for p, c in files.items()}
            tree = bare.edited_tree(start, contents)
            made = bare.commit_tree(tree, [start] if start else [], message, self.signature(actor))
            self._move(repository, actor, branch, tip, made)
            return made

    def push(
        self, repository: Repository, actor: User, branch: str, commit: str, *, expected: str | None = None
    ) -> None:
        """Point a branch at a commit that the repository has ("": remove it), forced or not. ``expected``: where it must be
        (zeros: nowhere). Raises Missing, Forbidden, Invalid for an unknown commit, Conflict where it is elsewhere."""
        with self._lock:
            self._require_push(repository, actor, branch)
            tip = repository.bare.branch(branch)
            if expected is not None and expected != (tip or ZERO):
                raise Conflict(f"The branch {branch} is at {tip[:12] or 'nowhere'}, not at {expected[:12]}.")
            if commit and not repository.bare.has(commit):
                raise Invalid(f"{repository.path} has no commit {commit}.")
            self._move(repository, actor, branch, tip, commit)

    def signature(self, user: User) -> Signature:
        """As they sign a commit now."""
        return Signature(user.name, user.email, self.now())

    def may_push(self, repository: Repository, actor: User, branch: str) -> bool:
        protection = self.protection(repository, branch)
        least = max(Permission.WRITE, protection.push) if protection else Permission.WRITE
        return self.permission(repository, actor) >= least

    def _require_push(self, repository: Repository, actor: User, branch: str) -> None:
        self.require(repository, actor, Permission.WRITE, "pushing")
        if not self.may_push(repository, actor, branch):
            raise Forbidden(f"The branch {branch} is protected: change it by a pull request.")

    def _move(self, repository: Repository, actor: User, branch: str, old: str, new: str) -> None:
        if not repository.bare.update(f"refs/heads/{branch}", new, old or ZERO):
            raise Conflict(f"The branch {branch} moved meanwhile, or cannot have that name.")
        self.branch_moved(repository, actor, branch, old, new)

    def branch_moved(self, repository: Repository, actor: User, branch: str, old: str, new: str) -> None:
        """Follow up a ref that git itself has moved already ("" for none): the push event, and what it does to the open pull
        requests from and into the branch."""
        if old == new:
            return
        with self._lock:
            after, before = new or ZERO, old or ZERO
            self.emit(
                Event(
                    "push",
                    actor,
                    self.now(),
                    repository=repository,
                    ref=f"refs/heads/{branch}",
                    before=before,
                    after=after,
                )
            )
            for pull in list(self.pulls.values()):
                if not pull.is_open:
                    continue
                if (pull.head_repository_id, pull.head_branch) == (repository.id, branch):
                    self._head_moved(pull, actor, old, new)
                if pull.is_open and (pull.repository_id, pull.base_branch) == (repository.id, branch) and new:
                    self._base_moved(pull, actor, new)

    def _head_moved(self, pull: PullRequest, actor: User, old: str, new: str) -> None:
        if not new:
            self._end(pull, actor)
            return
        pull.head = new
        self.record_version(pull)
        protection = self.protection(self.repository_of(pull), pull.base_branch)
        if protection is not None and protection.dismiss_stale:
            for review in self.reviews_of(pull):
                if self.repository_of(pull).kind is ForgeKind.GITLAB:
                    del self.reviews[review.id]
                elif review.state == "APPROVED":
                    review.state = "DISMISSED"
        row = self.repository_of(pull)
        self.emit(
            Event("pull_request", actor, self.now(), "synchronize", repository=row, pull=pull, before=old, after=new)
        )

    def _base_moved(self, pull: PullRequest, actor: User, tip: str) -> None:
        """Who pushes all commits of a pull request into its base branch has merged it, as both forges see it."""
        bare = self.repository_of(pull).bare
        if pull.head != pull.base_sha and bare.has(pull.head) and bare.is_ancestor(pull.head, tip):
            self._end(pull, actor, merge_commit=tip)

    def record_version(self, pull: PullRequest) -> None:
        """Take the head's objects into the repository under the pull request's own ref, and note the version."""
        row, head_row = self.repository_of(pull), self.head_repository(pull)
        if head_row is not None and head_row.id != row.id:
            row.bare.take(head_row.bare.directory, f"+refs/heads/{pull.head_branch}:{self.pull_ref(pull)}")
        row.bare.update(self.pull_ref(pull), pull.head)
        pull.base_sha = row.bare.branch(pull.base_branch) or pull.base_sha
        start = row.bare.merge_base(pull.base_sha, pull.head) or pull.base_sha
        pull.versions.append(Version(self.new_id(), pull.head, pull.base_sha, start, self.now()))
        pull.updated_at = self.now()

    def pull_ref(self, pull: PullRequest) -> str:
        """The ref under which a pull request's head can always be fetched: ``refs/pull/N/head`` or GitLab's."""
        return f"{PULL_REFS[self.repository_of(pull).kind]}/{pull.number}/head"

    def _end(self, pull: PullRequest, actor: User, merge_commit: str = "") -> None:
        """Close, or note a merge, and tell."""
        now = self.now()
        pull.is_open, pull.closed_at, pull.updated_at = False, now, now
        if merge_commit:
            pull.is_merged, pull.merged_by, pull.merged_at, pull.merge_commit = True, actor.id, now, merge_commit
        self.emit(Event("pull_request", actor, now, "closed", repository=self.repository_of(pull), pull=pull))
