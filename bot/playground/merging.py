"""Merging a pull request, and everything that can stand in its way."""

from __future__ import annotations

from bot.model.forge import Permission
from bot.playground.errors import Conflict, Invalid, NotAllowed
from bot.playground.records import Protection, PullRequest, Repository, User
from bot.playground.statuses import Light, Statuses

METHODS = ("merge", "squash", "rebase")


class Merging(Statuses):
    """The part of the World that merges."""

    def blockers(self, pull: PullRequest) -> list[str]:
        """Why nobody may merge it now, in sentences; empty: it may be merged."""
        with self._lock:
            if not pull.is_open:
                return ["It is merged already." if pull.is_merged else "It is closed."]
            found = ["It is a draft."] if pull.is_draft else []
            if self.conflicts(pull):
                found.append("It conflicts with the base branch.")
            return found + self.unmet(pull)

    def unmet(self, pull: PullRequest) -> list[str]:
        """What the protected base branch still asks for: checks that are green on the head, approvals. A skipped or neutral
        check run counts as green, as on GitHub; a check run and a status of one name must both be."""
        row = self.repository_of(pull)
        protection = self.protection(row, pull.base_branch)
        if protection is None:
            return []
        found = self.unmet_checks(row, protection, pull.head)
        missing = protection.approvals - len(self.approvers(pull))
        if missing > 0:
            found.append(
                f"{missing} more approval{'s' if missing > 1 else ''} of somebody with write permission needed."
            )
        return found

    def unmet_checks(self, repository: Repository, protection: Protection | None, commit: str) -> list[str]:
        """The required checks that are not green on a commit, each in a sentence."""
        shown, found = self.shown(repository, commit), []
        for name in protection.checks if protection else ():
            mine = [s for s in shown if s.name == name]
            if not mine:
                found.append(f"The required check {name} has not reported.")
            elif red := [s.word for s in mine if s.light is Light.RED]:
                found.append(f"The required check {name} is not green: {red[0]}.")
            elif any(s.light is Light.YELLOW for s in mine):
                found.append(f"The required check {name} has not ended yet.")
        return found

    def conflicts(self, pull: PullRequest) -> bool:
        """Whether git cannot merge it into its base branch as it is now."""
        bare = self.repository_of(pull).bare
        tip = bare.branch(pull.base_branch)
        return not tip or not bare.has(pull.head) or not bare.merged_tree(tip, pull.head)

    def merge(self, pull: PullRequest, actor: User, *, sha: str = "", method: str = "merge", message: str = "") -> str:
        """Merge it; the new tip of the base branch. ``sha``: the head that it must still have. ``method``: merge, squash or
        rebase (one commit on top of the base, as squash, but with the head's message and author). Raises Missing, Forbidden,
        Conflict where the head moved, NotAllowed with the blockers."""
        with self._lock:
            row = self.repository_of(pull)
            self.require(row, actor, Permission.WRITE, "merging")
            if method not in METHODS:
                raise Invalid(f"{method} is no way to merge; there are {', '.join(METHODS)}.")
            if sha and sha != pull.head:
                raise Conflict("Head branch was modified. Review and try the merge again.")
            if blockers := self.blockers(pull):
                raise NotAllowed("Pull Request is not mergeable: " + " ".join(blockers))
            tip = row.bare.branch(pull.base_branch)
            tree = row.bare.merged_tree(tip, pull.head)
            head = row.bare.commit(pull.head)
            author = head.author if method == "rebase" else self.signature(actor)
            text = message or self._merge_message(pull, method, head.message)
            made = row.bare.commit_tree(tree, [tip, pull.head] if method == "merge" else [tip], text, author)
            if not row.bare.update(f"refs/heads/{pull.base_branch}", made, tip):
                raise Conflict("Base branch was modified. Review and try the merge again.")
            self._end(pull, actor, merge_commit=made)
            self.branch_moved(row, actor, pull.base_branch, tip, made)
            return made

    def _merge_message(self, pull: PullRequest, method: str, of_head: str) -> str:
        if method == "rebase":
            return of_head
        if method == "squash":
            return f"{pull.title} (#{pull.number})\n"
        return f"Merge pull request #{pull.number} from {pull.head_branch}\n\n{pull.title}\n"
