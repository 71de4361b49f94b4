"""A branch moved that pull requests are to be merged into: those are checked again that the push has to do with."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.codeowners.find import ALL_PLACES
from bot.config.judging import ChecksRule
from bot.config.schema import FILE_NAME
from bot.errors import RetryLater, UserError
from bot.model.job import Job, JobKind
from bot.service.base_side import configured
from bot.service.result import head_ref
from bot.wiring import defaults, opened

if TYPE_CHECKING:
    from bot.git.repository import Repository
    from bot.model.forge import PullRequest, PullRequestName
    from bot.model.outcome import Outcome
    from bot.service.ports import Ports

_log = logging.getLogger("gatehouse.service")


class Move(NamedTuple):
    """What lies between two tips of a branch: the units that it reaches, the paths that it changes, and whether it changes
    what judges every pull request."""

    units: frozenset[str]
    paths: frozenset[str]
    rules: bool


def push(job: Job, ports: Ports) -> None:
    """Put a check for each open pull request into the branch that the move concerns, and for no other. Compared is what was
    published last with the tip of now, so that a push that nobody heard of counts as well. One that is being checked is
    checked once more: its run may have read a tip between the two. The sweep asks without a commit: then a tip that was
    followed before is not followed again, unless the branch got a pull request since."""
    forge = ports.forge(job.repository)
    pulls = forge.open_pull_requests(job.repository, job.branch)
    if not pulls:
        return
    running = {pull.name for pull in pulls if ports.locks.is_held(str(pull.name))}
    known = {pull.name: ports.memory.latest(pull.name) for pull in pulls if pull.name not in running}
    judged = {p.name: o for p in pulls if (o := known.get(p.name)) and o.base and o.head == p.head}
    commits = {outcome.base: "" for outcome in judged.values()}
    commits |= {pull.head: head_ref(pull) for pull in pulls if pull.name in judged}
    try:
        _compared(job, ports, pulls=pulls, judged=judged, commits=commits)
    except (RetryLater, UserError) as error:  # a base that was pushed away by force, or a branch, may be gone for good
        _log.warning("all of the branch are checked, as nothing can be compared: %s", error)
        for pull in pulls:
            ports.queue.put(Job(JobKind.CHECK, job.repository, pull.name.number, delivery=job.delivery))


def _compared(
    job: Job,
    ports: Ports,
    *,
    pulls: Sequence[PullRequest],
    judged: Mapping[PullRequestName, Outcome],
    commits: Mapping[str, str],
) -> None:
    """Put the checks that the move asks for. Raises RetryLater where a commit cannot be had."""
    access = ports.forge(job.repository).access(job.repository)
    with ports.mirrors.opened(job.repository, access, commits, (job.branch,)) as (clone, tips):
        tip, followed = tips[job.branch], f"followed:{job.repository}:{job.branch}"
        state = f"{tip} {_digest(pulls)}"
        if not job.after and ports.memory.note(followed) == state:
            return
        moves = {base: _moved(clone, base, tip, ports) for base in {outcome.base for outcome in judged.values()}}
        for pull in pulls:
            outcome = judged.get(pull.name)
            if outcome is None or _concerns(moves[outcome.base], clone, tip, pull, outcome):
                ports.queue.put(Job(JobKind.CHECK, job.repository, pull.name.number, delivery=job.delivery))
            else:
                _log.info("%s is not concerned by the push", pull.name)
        ports.memory.set_note(followed, state)


def _digest(pulls: Sequence[PullRequest]) -> str:
    """One that was closed, or to be merged elsewhere, while the branch moved, comes back with the verdict of before."""
    return hashlib.sha256(repr(sorted(pull.name.number for pull in pulls)).encode()).hexdigest()[:16]


def _concerns(move: Move, clone: Repository, tip: str, pull: PullRequest, outcome: Outcome) -> bool:
    if outcome.base == tip:
        return False
    if move.rules or move.units & set(outcome.units):
        return True
    try:
        before, now = clone.merge_base(outcome.base, pull.head), clone.merge_base(tip, pull.head)
    except UserError:  # no common commit: the check says so
        return True
    return before != now or not move.paths.isdisjoint(_paths(clone, now, pull.head))


def _paths(clone: Repository, before: str, after: str) -> frozenset[str]:
    return frozenset(change.path for change in clone.changes(clone.tree_of(before), clone.tree_of(after)))


def _moved(clone: Repository, before: str, after: str, ports: Ports) -> Move:
    """By the base side's own configuration. Where that cannot be used, everything is concerned."""
    from bot.affected.effect import affected

    paths = _paths(clone, before, after)
    said = configured(clone, after)
    base = said or defaults()
    policies = (base.config.checks or ChecksRule()).policy.directories
    rules = said is None or any(_is_rule(path, policies) for path in paths)
    if rules or not paths:
        return Move(frozenset(), paths, rules)
    with opened(clone, base, ports.settings, lambda *_: None) as inner:
        old, new = inner.index.pair(clone.tree_of(before), clone.tree_of(after))
        pairs = affected(old, new, inner.index.rules, everything=False).pairs
    return Move(frozenset(pair.unit.key for pair in pairs), paths, rules=False)


def _is_rule(path: str, policies: Iterable[str]) -> bool:
    return path in (FILE_NAME, *ALL_PLACES) or any(path.startswith(f"{directory}/") for directory in policies)
