"""Branches that were pushed and of which no pull request is open, for the page that opens one."""

from __future__ import annotations

import os

from bot.playground.records import Repository
from bot.playground.world import World

_MOST = 100  # of a list


def without_pull(world: World, repository: Repository) -> list[str]:
    """Branches with a commit that the default branch lacks, changed last first; not those of which a pull request is
    open."""
    default = repository.bare.branch(repository.default_branch)
    if not default:
        return []
    with world.lock:
        taken = {pull.head_branch for pull in world.pulls_of(repository) if pull.is_open}
    words = ("for-each-ref", "--sort=-committerdate", "--format=%(refname:lstrip=2)", f"--no-merged={default}")
    names = os.fsdecode(repository.bare.read(*words, "refs/heads")).splitlines()
    return [name for name in names if name not in taken][:_MOST]


def suggested_title(repository: Repository, branch: str) -> str:
    """As forges suggest it: the subject of the only commit, else the name of the branch."""
    tip, default = repository.bare.branch(branch), repository.bare.branch(repository.default_branch)
    commits = repository.bare.log(tip, without=default, limit=2) if tip else []
    subject = commits[0].message.strip().partition("\n")[0] if len(commits) == 1 else ""
    return subject or branch
