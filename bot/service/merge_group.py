"""A commit of GitHub's merge queue: judged like a pull request, answered by statuses on that commit alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.config.schema import Config
from bot.config.serving import CountedApprovals
from bot.errors import RetryLater, ToolError, UserError
from bot.forge.base import NotFound
from bot.gate import Question, judged
from bot.model.approvals import Approvals, agreed
from bot.model.forge import PullRequestName, State, Status
from bot.redaction import scrub
from bot.report.status import REQUIRED, statuses
from bot.service.agreement import approvals, approvers
from bot.service.base_side import configured
from bot.service.same_commit import ask_for, note_of_queue, of_queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.git.repository import Repository
    from bot.model.job import Job
    from bot.service.ports import Ports

# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/configuring-pull-request-merges/managing-a-merge-queue
_QUEUE_BRANCH = re.compile(r"gh-readonly-queue/.+/pr-([1-9][0-9]{0,8})-[0-9a-f]{40}\Z")


def merge_group(job: Job, ports: Ports) -> None:
    """Answer for ``job.after``, which is to become the tip after ``job.before``. A queue throws its commits away when the
    one before fails, so that nothing is read again before a write: a status on a commit that nobody merges does no harm."""
    forge = ports.forge(job.repository)
    shown = {status.name: status.state for status in forge.published(job.repository, job.after)}
    known = of_queue(job.repository, job.after, ports)  # what is shown may be of a pull request that has this commit
    if State.PENDING not in (known or State.PENDING, shown.get(REQUIRED, State.PENDING)) and not job.again:
        return
    note_of_queue(job.repository, job.after, State.PENDING, ports)
    forge.publish(job.repository, job.after, Status(REQUIRED, State.PENDING, "checking the merge queue"))
    try:
        found = _judged(job, ports)
    except RetryLater:
        raise
    except (UserError, ToolError) as error:
        give_up(job, ports, str(error))
        return
    _published(job, found, ports)


def give_up(job: Job, ports: Ports, reason: str) -> None:
    """Red, with the reason."""
    status = Status(
        REQUIRED, State.ERROR, f"not checked: {scrub(reason)}", "Put the pull request into the queue again."
    )
    _published(job, (status,), ports)


def _published(job: Job, found: Sequence[Status], ports: Ports) -> None:
    """All statuses, the required one last. Whose pull request has this commit is asked for: theirs count as well."""
    forge = ports.forge(job.repository)
    note_of_queue(job.repository, job.after, found[-1].state, ports)
    for status in found:
        forge.publish(job.repository, job.after, status)
    try:
        ask_for(forge.pull_requests_of(job.repository, job.after), ports)
    except NotFound:
        return


def _judged(job: Job, ports: Ports) -> tuple[Status, ...]:
    access = ports.forge(job.repository).access(job.repository)
    commits = {job.before: "", job.after: f"refs/heads/{job.branch}" if job.branch else ""}
    with ports.mirrors.opened(job.repository, access, commits) as (repository, _):
        found, owners = _asked(job, ports, repository, agreed())
        given = _given(job, ports, repository, owners)
        if given != agreed():
            found, _ = _asked(job, ports, repository, given)
        return found


def _asked(
    job: Job, ports: Ports, repository: Repository, given: Approvals
) -> tuple[tuple[Status, ...], tuple[str, ...]]:
    question = Question(job.before, job.after, forge=str(job.repository.forge), approvals=given)
    report = judged(repository, question, ports.settings, lambda *_: None)
    return statuses(report), tuple(dict.fromkeys(owner for row in report.owners for owner in row.required))


def _given(job: Job, ports: Ports, repository: Repository, owners: Sequence[str]) -> Approvals:
    """Who approved the pull request that the commit is made of: its head is what the queue took."""
    match = _QUEUE_BRANCH.fullmatch(job.branch)
    number = job.number or (int(match[1]) if match else 0)
    forge = ports.forge(job.repository)
    try:
        pull = forge.pull_request(PullRequestName(job.repository, number)) if number and owners else None
    except NotFound:
        return agreed()
    if pull is None:
        return agreed()
    said = configured(repository, job.before)
    counted = (said.config if said else Config()).pull_requests.approvals
    people = approvers(pull, forge, any_head=counted is CountedApprovals.ANY)
    return approvals(pull, forge, people, owners)
