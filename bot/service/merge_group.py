"""A commit of GitHub's merge queue: judged like a pull request, answered by statuses on that commit alone.

What it is built on is told by a webhook, or by the name of a branch that anybody may have made. So nothing that is no bar is
said here on a commit that is the head of a pull request, and nothing better than on the one that it is built on.
"""

from __future__ import annotations

import logging
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.config.schema import Config
from bot.config.serving import CountedApprovals
from bot.errors import RetryLater, ToolError, UserError
from bot.forge.base import ForgeError, NotFound, Unavailable
from bot.gate import Question, judged
from bot.model.approvals import Approvals, agreed
from bot.model.forge import PullRequestName, State, Status
from bot.model.job import Job, JobKind
from bot.model.merge_queue import QueuedCommit, queued_commit
from bot.redaction import scrub
from bot.report.status import REQUIRED, statuses
from bot.service.agreement import approvals, approvers
from bot.service.base_side import configured
from bot.service.queue_overrides import Merged, with_overrides
from bot.service.same_commit import ask_for, note_of_queue, of_queue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.git.repository import Repository
    from bot.model.forge import PullRequest, RepositoryName
    from bot.model.result import Report
    from bot.service.ports import Ports

_PAUSE = timedelta(seconds=10)
_MOST_WAITS, _WAITS_SECONDS = 12, 3_600  # with pauses that grow, an hour: then GitHub has given it up as well
_log = logging.getLogger("gatehouse.service")


def in_queue(repository: RepositoryName, pulls: Sequence[PullRequest], ports: Ports) -> list[QueuedCommit]:
    """The commits that a merge queue asks about, beside these open pull requests. One of which two branches tell different
    things is left out, as nobody knows which of them the queue made."""
    try:
        found = ports.forge(repository).queued(repository)
    except ForgeError as error:  # nothing else waits for it
        _log.warning("what is in the merge queue is not known: %s", error)
        return []
    heads, told = {pull.head for pull in pulls}, Counter(each.commit for each in found)
    return [each for each in found if each.commit not in heads and told[each.commit] == 1]


def to_check(repository: RepositoryName, queued: QueuedCommit, *, delivery: str) -> Job:
    """The job that the webhook of a commit puts."""
    return Job(
        JobKind.MERGE_GROUP,
        repository,
        branch=queued.branch,
        before=queued.base,
        after=queued.commit,
        delivery=delivery,
    )


def merge_group(job: Job, ports: Ports) -> None:
    """Answer for ``job.after``, which is to become the tip after ``job.before``. A queue throws its commits away when the
    one before fails: a status on a commit that nobody merges does no harm."""
    with ports.locks.hold(job.key) as is_mine:
        if is_mine:  # else the same question is being answered
            _answer(job, ports)


def _answer(job: Job, ports: Ports) -> None:
    published = ports.forge(job.repository).published(job.repository, job.after)
    shown = {status.name: status.state for status in published}
    known = of_queue(job.repository, job.after, ports)  # what is shown may be of a pull request that has this commit
    if State.PENDING not in (known or State.PENDING, shown.get(REQUIRED, State.PENDING)) and not job.again:
        return
    _say(job, ports, [Status(REQUIRED, State.PENDING, "checking the merge queue")])
    try:
        found = _judged(job, ports)
    except RetryLater:
        raise
    except (UserError, ToolError) as error:
        give_up(job, ports, str(error))
        return
    _say(job, ports, found)


def give_up(job: Job, ports: Ports, reason: str) -> None:
    """Red, with the reason; also each check of which a try that died wrote a part."""
    what = "Re-run this check, or put the pull request into the queue again."
    published = ports.forge(job.repository).published(job.repository, job.after)
    parts = [one.name for one in published if one.state is State.PENDING and one.name != REQUIRED]
    _say(job, ports, [Status(name, State.ERROR, f"not checked: {scrub(reason)}", what) for name in (*parts, REQUIRED)])


def _say(job: Job, ports: Ports, found: Sequence[Status]) -> None:
    """All statuses, the required one last. Where the commit is the head of an open pull request, what is no bar is left to
    the check of that one, which joins both: nobody turns a head green by a webhook or a branch of the queue that he made
    up, and no pull request into another branch speaks for the queue."""
    forge = ports.forge(job.repository)
    note_of_queue(job.repository, job.after, found[-1].state, ports)
    pulls = _pulls_of(job, ports)
    for status in found:
        if not pulls or status.state is not State.PASSED:
            forge.publish(job.repository, job.after, status)
    if found[-1].state is not State.PENDING:
        ask_for(pulls, ports)


def _pulls_of(job: Job, ports: Ports) -> Sequence[PullRequest]:
    """The open pull requests that have the commit for their head."""
    try:
        return ports.forge(job.repository).pull_requests_of(job.repository, job.after)
    except NotFound:
        return ()


def _judged(job: Job, ports: Ports) -> tuple[Status, ...]:
    queued = queued_commit(job.branch, job.after)
    if queued is None:
        raise UserError("its branch is none of a merge queue.")
    access = ports.forge(job.repository).access(job.repository)
    commits = {job.before: "", job.after: f"refs/heads/{queued.branch}"}
    with ports.mirrors.opened(job.repository, access, commits, (queued.base_branch,)) as (repository, tips):
        if repository.merge_base(job.before, job.after) == job.after:
            raise UserError("nothing in it is new to the commit that it is built on.")
        pull = _pull(queued, job, ports)
        report, given = _asked(job, ports, repository, agreed()), agreed()
        if pull is not None:
            given = _given(pull, job, ports, repository=repository, report=report)
            report = _asked(job, ports, repository, given) if given != agreed() else report
        if repository.merge_base(job.before, tips[queued.base_branch]) != job.before:
            _stand_on_passed(job, ports)
        if pull is None:
            return statuses(report)
        return with_overrides(Merged(pull, job.before, job.after, report, given), ports)


def _stand_on_passed(job: Job, ports: Ports) -> None:
    """What is built on another commit of the queue brings that one along, and a queue may merge the last one alone: it says
    no more than that it adds nothing wrong. Raises Unavailable as long as the other one has no answer, UserError where none
    comes or it did not pass."""
    published = ports.forge(job.repository).published(job.repository, job.before)
    state = next((status.state for status in published if status.name == REQUIRED), State.PENDING)
    waits = ports.memory.count(f"waits {job.key}", seconds=_WAITS_SECONDS) if state is State.PENDING else 0
    if 0 < waits <= _MOST_WAITS:
        raise Unavailable(f"the commit before it in the queue, {job.before[:12]}, has no answer.", ports.now() + _PAUSE)
    if state is not State.PASSED:
        raise UserError(f"the commit before it in the queue, {job.before[:12]}, has not passed.")


def _asked(job: Job, ports: Ports, repository: Repository, given: Approvals) -> Report:
    question = Question(job.before, job.after, forge=str(job.repository.forge), approvals=given)
    return judged(repository, question, ports.settings, lambda *_: None)


def _pull(queued: QueuedCommit, job: Job, ports: Ports) -> PullRequest | None:
    """The pull request that the commit is made of: its head is what the queue took. None where it is not on its way there:
    what was said of it counts for nothing then."""
    try:
        pull = ports.forge(job.repository).pull_request(PullRequestName(job.repository, queued.number))
    except NotFound:
        return None
    return pull if pull.is_open and pull.base_branch == queued.base_branch else None


def _given(pull: PullRequest, job: Job, ports: Ports, *, repository: Repository, report: Report) -> Approvals:
    """Who approved it, of those that must agree."""
    owners = tuple(dict.fromkeys(owner for row in report.owners for owner in row.required))
    if not owners:
        return agreed()
    said = configured(repository, job.before)
    counted = (said.config if said else Config()).pull_requests.approvals
    forge = ports.forge(job.repository)
    people = approvers(pull, forge, any_head=counted is CountedApprovals.ANY)
    return approvals(pull, forge, people, owners)
