"""What there is to do, as it travels through the queue: small, plain values. Everything in it is a hint; whoever does the
job reads the state from the forge."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bot.model.forge import PullRequestName, RepositoryName


class JobKind(StrEnum):
    CHECK = "check"  # a pull request: coalesced, the newest head wins
    COMMAND = "command"  # a comment: exactly once
    PUSH = "push"  # a branch that pull requests may be merged into moved
    MERGE_GROUP = "merge-group"  # a commit of GitHub's merge queue
    SWEEP = "sweep"  # a repository: what was lost


@dataclass(frozen=True, slots=True)
class Job:
    """``number`` is a pull request, ``comment`` the id of one; ``branch`` moved from ``before`` ("" where it
    is new) to ``after``; ``after`` is also the commit of a merge group, ``before`` its base, ``branch`` the one that the
    queue made for it. ``again``: somebody asks for a new run, whatever is known; of a sweep, for the pull requests whose
    head is ``after``. ``delivery`` is the id under which logs tell of it."""

    kind: JobKind
    repository: RepositoryName
    number: int = 0
    comment: int = 0
    branch: str = ""
    before: str = ""
    after: str = ""
    again: bool = False
    delivery: str = ""

    @property
    def pull_request(self) -> PullRequestName:
        return PullRequestName(self.repository, self.number)

    @property
    def key(self) -> str:
        """Jobs of one key are the same job: of a check and of a push one that waits is enough."""
        rest = {
            JobKind.CHECK: str(self.number),
            JobKind.COMMAND: str(self.comment),
            JobKind.PUSH: self.branch,
            JobKind.MERGE_GROUP: self.after,
            JobKind.SWEEP: self.after,
        }[self.kind]
        return f"{self.kind}:{self.repository}:{rest}"

    def dump(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {**asdict(self), "kind": str(self.kind), "repository": str(self.repository)}

    @classmethod
    def load(cls, raw: dict[str, Any]) -> Job:
        """What ``dump`` gave; keys of a newer version are left out. Raises ValueError, KeyError."""
        known = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
        known["kind"] = JobKind(known["kind"])
        known["repository"] = RepositoryName.parse(known["repository"])
        return cls(**known)
