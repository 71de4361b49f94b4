"""What was lost is found: heads without our final status, or with one for another base branch, with other approvals or a
waiver that ended since, or with another one than was found last, runs that never ended, pushes to base branches, commands
that nobody answered, commits of a merge queue.

A sweep reads what is open on the forge and nothing else, so that it finds the same after Redis was deleted. What it saw in
order it notes, and does not ask for again until the pull request changes.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.model.forge import State
from bot.model.job import Job, JobKind
from bot.report.status import REQUIRED
from bot.service import merge_group as groups
from bot.service import overrides
from bot.service.agreement import are_others
from bot.service.check import give_up, is_for
from bot.service.command import unanswered
from bot.service.left import begun, is_left
from bot.service.same_commit import joined, others, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.model.forge import PublishedStatus, PullRequest
    from bot.service.ports import Ports

_log = logging.getLogger("gatehouse.service")
_STUCK = timedelta(minutes=15)
_MOST_TRIES = 2  # of runs that end nowhere, before the head is called unchecked
_DAY_SECONDS = 86_400


def sweep(job: Job, ports: Ports) -> None:
    """Look at every open pull request of a repository, and at its merge queue; where the job names a commit, run those again
    whose head that is."""
    pulls = ports.forge(job.repository).open_pull_requests(job.repository)
    if job.after:
        _ask_again(job, pulls, ports)
        return
    for pull in pulls:
        mark = f"{pull.head} {pull.base_branch} {pull.updated} {ports.now().date()}"  # a waiver may end with the day
        if pull.updated and ports.memory.note(f"swept:{pull.name}") == mark and _is_quiet(pull, ports):
            continue
        in_order = _status(pull, ports, job.delivery)
        in_order &= _commands(pull, ports, job.delivery)
        if in_order and pull.updated:
            ports.memory.set_note(f"swept:{pull.name}", mark)
    for branch in dict.fromkeys(pull.base_branch for pull in pulls):
        ports.queue.put(Job(JobKind.PUSH, job.repository, branch=branch, delivery=job.delivery))
    for queued in groups.in_queue(job.repository, pulls, ports):
        _queued(groups.to_check(job.repository, queued, delivery=job.delivery), ports)


def _ask_again(job: Job, pulls: Sequence[PullRequest], ports: Ports) -> None:
    found = [_check(pull, job.delivery) for pull in pulls if pull.head == job.after]
    if not found:
        queued = groups.in_queue(job.repository, pulls, ports)
        found = [groups.to_check(job.repository, q, delivery=job.delivery) for q in queued if q.commit == job.after]
    for each in found:
        ports.queue.put(replace(each, again=job.again))


def _queued(job: Job, ports: Ports) -> None:
    """Let a commit of a merge queue be checked that has no final status, and where none comes, end it."""
    shown = {s.name: s for s in ports.forge(job.repository).published(job.repository, job.after)}
    required = shown.get(REQUIRED)
    if required is not None and not _is_stuck(required, job.key, ports):
        return
    if tries := _tries_in_vain(required, job.key, ports):
        groups.give_up(job, ports, f"the check was begun {tries} times and never ended.")
    else:
        _log.warning("%s of the merge queue has no final status", job.after[:12])
        ports.queue.put(job)


def _is_quiet(pull: PullRequest, ports: Ports) -> bool:
    """Whether nothing was done to it since that the forge does not tell of."""
    return begun(pull, ports) is None and not shares(pull, ports) and not overrides.is_overridden(pull, ports)


def _status(pull: PullRequest, ports: Ports, delivery: str) -> bool:
    """Whether the head has its final status; where not, that is seen to."""
    shown = {s.name: s for s in ports.forge(pull.name.repository).published(pull.name.repository, pull.head)}
    required = shown.get(REQUIRED)
    required = None if is_left(required) else required
    if required is not None and required.state is not State.PENDING:
        if not (why := _doubt(required, pull, ports)):
            return True
        _log.warning("%s is checked again: %s", pull.name, why)
        ports.queue.put(_check(pull, delivery))
        return False
    if required is None or _is_stuck(required, str(pull.name), ports):
        if tries := _tries_in_vain(required, f"{pull.name}:{pull.head}", ports):
            _log.error("%s is given up", pull.name)
            give_up(pull.name, ports, f"the check was begun {tries} times and never ended.")
        else:
            _log.warning("%s has no final status on %s", pull.name, pull.head[:12])
            ports.queue.put(_check(pull, delivery))
    return False


def _doubt(shown: PublishedStatus, pull: PullRequest, ports: Ports) -> str:
    """Why the final status of the head may not be true any more; "" where nothing speaks against it."""
    if ports.locks.is_held(str(pull.name)):
        return ""  # it is being checked
    if since := begun(pull, ports):  # a job that crashed is tried again
        return "its last check never ended" if ports.now() - since > _STUCK else ""
    latest = ports.memory.latest(pull.name)
    if latest is None or not is_for(pull, ports):
        return f"nobody knows whether its status is for {pull.base_branch}"
    if latest.until and latest.until < str(ports.now().date()):
        return f"a waiver ended on {latest.until}"
    if latest.owners and are_others(pull, ports.forge(pull.name.repository), latest.approvals):
        return "its approvals are others"
    if overrides.are_others(pull, latest, ports):
        return "its overrides are others"
    if shown.state is latest.state:
        return ""
    said = joined(pull.name.repository, latest, others(pull, ports), ports)[-1].state
    return "" if shown.state is said else f"its status is {shown.state}, and what was found last is {said}"


def _check(pull: PullRequest, delivery: str) -> Job:
    return Job(JobKind.CHECK, pull.name.repository, pull.name.number, delivery=delivery)


def _is_stuck(status: PublishedStatus, lock: str, ports: Ports) -> bool:
    """Whether a status waits for an answer that nobody with this lock looks for."""
    if status.state is not State.PENDING or ports.locks.is_held(lock):
        return False
    return status.since is None or ports.now() - status.since > _STUCK


def _tries_in_vain(stuck: PublishedStatus | None, what: str, ports: Ports) -> int:
    """How often it was begun, where that is enough; else 0."""
    tries = ports.memory.count(f"tries:{what}", seconds=_DAY_SECONDS) if stuck else 0
    return tries if tries > _MOST_TRIES else 0


def _commands(pull: PullRequest, ports: Ports, delivery: str) -> bool:
    """Put every command of the last day again that has no answer of ours; the queue knows those that wait."""
    jobs = unanswered(pull.name, ports)
    for job in jobs:
        ports.queue.put(replace(job, delivery=delivery))
    return not jobs
