"""Commits that GitHub's merge queue asks about, as its branches tell of them: ``gh-readonly-queue/BASE/pr-N-SHA``.

No rule of GitHub is known that keeps people who may push from making such a branch. So what its name says is a hint, like a
webhook, and it is read here alone.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
"""

from __future__ import annotations

import re
from dataclasses import dataclass

FOLDER = "gh-readonly-queue"  # of the branches that the queue makes and removes
_LONGEST = 255
_BRANCH = re.compile(
    rf"{FOLDER}/(?P<base_branch>(?!-)[^\x00-\x20\x7f~^:?*\[\\\ud800-\udfff]+)/pr-(?P<number>[1-9][0-9]{{0,8}})-(?P<base>[0-9a-f]{{40}})"
)
_NO_NAME = re.compile(r"\.\.|@\{|//|/\.|\.lock(?:/|$)|\.$")  # git-check-ref-format(1)
_COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class QueuedCommit:
    """``commit`` adds pull request ``number``, on its way into ``base_branch``, to the commit ``base``: the tip of that
    branch, or another commit of the queue. ``branch`` is the one that the queue made for it."""

    commit: str
    branch: str
    base_branch: str
    number: int
    base: str


def queued_commit(branch: str, commit: str) -> QueuedCommit | None:
    """What the branch of a queue tells of its head; None for any other branch, and for names that git does not allow."""
    told = _BRANCH.fullmatch(branch) if len(branch) <= _LONGEST else None
    if told is None or _NO_NAME.search(branch) or not _COMMIT.fullmatch(commit):
        return None
    return QueuedCommit(commit, branch, told["base_branch"], int(told["number"]), told["base"])
