"""GitHub's merge queue: a pull request is merged on trial, its checks are asked for on that commit, and then it lands.

Source: docs.github.com, "Managing a merge queue"; the branch of a group is ``gh-readonly-queue/BASE/pr-N-SHA``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.model.forge import ForgeKind, Permission
from bot.playground.errors import Conflict, Missing, NotAllowed
from bot.playground.events import Event
from bot.playground.merging import Merging
from bot.playground.records import PullRequest, User


@dataclass(frozen=True, slots=True)
class Group:
    """A trial of one pull request: ``commit`` merges ``head`` into the base branch as it was at ``base``."""

    pull_id: int
    commit: str
    head: str
    base: str
    ref: str


class MergeQueue(Merging):
    """The part of the World that queues merges."""

    def __init__(self, directory: Path, *, url: str = "http://127.0.0.1") -> None:
        super().__init__(directory, url=url)
        self.groups: dict[str, Group] = {}  # by their commit

    def enqueue(self, pull: PullRequest, actor: User) -> Group:
        """Merge on trial, and ask for the checks of that commit. Raises Missing, Forbidden, NotAllowed with the blockers."""
        with self._lock:
            row = self.repository_of(pull)
            self.require(row, actor, Permission.WRITE, "merging")
            if row.kind is not ForgeKind.GITHUB:
                raise NotAllowed("Only the GitHub half has a merge queue.")
            if blockers := self.blockers(pull):
                raise NotAllowed("Pull Request is not mergeable: " + " ".join(blockers))
            base = row.bare.branch(pull.base_branch)
            tree, message = row.bare.merged_tree(base, pull.head), f"Merge pull request #{pull.number}\n"
            commit = row.bare.commit_tree(tree, [base, pull.head], message, self.signature(actor))
            ref = f"refs/heads/gh-readonly-queue/{pull.base_branch}/pr-{pull.number}-{base}"
            row.bare.update(ref, commit)
            group = self.groups[commit] = Group(pull.id, commit, pull.head, base, ref)
            self._tell_group(group, actor, "checks_requested")
            return group

    def finish(self, commit: str, actor: User) -> bool:
        """End a trial: with every required check green on its commit the base branch moves there, and the pull request is
        merged. False: nothing moved. Raises Missing; Conflict where the base moved meanwhile."""
        with self._lock:
            group = self.groups.get(commit)
            if group is None:
                raise Missing(f"There is no merge group at {commit[:12]}.")
            pull = self.pulls[group.pull_id]
            row = self.repository_of(pull)
            protection = self.protection(row, pull.base_branch)
            fine = not self.unmet_checks(row, protection, commit) and pull.is_open and pull.head == group.head
            if fine and not row.bare.update(f"refs/heads/{pull.base_branch}", commit, group.base):
                raise Conflict("Base branch was modified.")
            del self.groups[commit]
            row.bare.update(group.ref, "")
            self._tell_group(group, actor, "destroyed")
            if fine:
                self._end(pull, actor, merge_commit=commit)
                self.branch_moved(row, actor, pull.base_branch, group.base, commit)
            return fine

    def _tell_group(self, group: Group, actor: User, action: str) -> None:
        pull = self.pulls[group.pull_id]
        self.emit(
            Event(
                "merge_group",
                actor,
                self.now(),
                action,
                repository=self.repository_of(pull),
                pull=pull,
                ref=group.ref,
                before=group.base,
                after=group.commit,
                changes={"base": pull.base_branch},
            )
        )
