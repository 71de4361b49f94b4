"""What happened: every change of the World emits one of these, within its lock, after the change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.playground.records import (
    CheckRun,
    Comment,
    CommitStatus,
    Installation,
    PullRequest,
    Repository,
    Review,
    User,
)


@dataclass(frozen=True, slots=True)
class Event:
    """``name`` and ``action`` are one of

    - ``push`` (no action): ``ref``, ``before`` and ``after``, 40 zeros where a branch is new or gone
    - ``pull_request``: opened, synchronize (``before``, ``after``), edited (``changes``: field → old value, of title, body,
      base), closed (``pull.is_merged`` says how), reopened, converted_to_draft, ready_for_review
    - ``comment``: created, edited (``changes["body"]``), deleted
    - ``review``: submitted, dismissed; on GitLab approved, unapproved
    - ``check_run``: created, completed, rerequested; ``check_suite``: rerequested (``after`` is the commit)
    - ``status`` (no action): ``status``
    - ``merge_group``: checks_requested (``ref``, ``before`` the base, ``after`` the commit), destroyed
    - ``installation``: created, deleted; ``installation_repositories``: added, removed
    - ``reaction``: created, deleted
    - ``ping`` (no action): sent to one hook alone

    Rows are the live ones: who keeps an event beyond the call reads a later state.
    """

    name: str
    actor: User
    at: datetime
    action: str = ""
    repository: Repository | None = None
    pull: PullRequest | None = None
    comment: Comment | None = None
    review: Review | None = None
    check_run: CheckRun | None = None
    status: CommitStatus | None = None
    installation: Installation | None = None
    ref: str = ""
    before: str = ""
    after: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
