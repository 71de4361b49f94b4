"""Several pull requests of one commit: a status stands on the commit, and none of them may be merged on the word for
another.

A branch that is to be merged into two others has two verdicts, and forges show statuses by commit. So a status says the
worst of what is known of all open pull requests with that head, and is pending as long as one of them is not known. The same
goes for a commit that a merge queue made, and of which somebody makes a pull request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.forge.base import NotFound
from bot.logs import bound_fields
from bot.model.forge import State, Status
from bot.model.job import Job, JobKind
from bot.report.status import REQUIRED

if TYPE_CHECKING:
    from bot.model.forge import PullRequest, PullRequestName, RepositoryName
    from bot.model.outcome import Outcome
    from bot.service.ports import Ports

_QUEUED_SECONDS = 86_400  # no queue waits longer
_WORST = {State.PASSED: 0, State.PENDING: 1, State.FAILED: 2, State.ERROR: 3}


def others(pull: PullRequest, ports: Ports) -> tuple[PullRequest, ...]:
    """The other open pull requests with this head; none where the forge does not tell. It is noted that they share it."""
    found = _of(pull.head, pull, ports)
    for each in (pull, *found) if found else ():
        ports.memory.set_note(_key(each.name), pull.head)
    return found


def _of(head: str, pull: PullRequest, ports: Ports) -> tuple[PullRequest, ...]:
    try:
        found = ports.forge(pull.name.repository).pull_requests_of(pull.name.repository, head)
    except NotFound:
        return ()
    return tuple(each for each in found if each.name != pull.name and each.is_open and each.head == head)


def shares(pull: PullRequest, ports: Ports) -> bool:
    """Whether its head was seen to be another one's as well: what stands there changes with that one."""
    return ports.memory.note(_key(pull.name)) == pull.head


def ask_for_those_left(pull: PullRequest, ports: Ports) -> None:
    """Where a pull request shared its head with others and has another one now, let them be checked: what stands on the
    commit may still speak of it."""
    before = ports.memory.note(_key(pull.name))
    if before in ("", pull.head):
        return
    ask_for_those_of(before, pull, ports)
    ports.memory.set_note(_key(pull.name), "")


def ask_for_those_of(head: str, pull: PullRequest, ports: Ports) -> None:
    """Let the others be checked whose head is one that a pull request had."""
    ask_for(_of(head, pull, ports), ports)


def _key(name: PullRequestName) -> str:
    return f"shares its head {name}"


def ask_for(pulls: Sequence[PullRequest], ports: Ports) -> None:
    """Let them be checked, under the delivery by which somebody came to ask."""
    delivery = str(bound_fields().get("delivery", ""))
    for pull in pulls:
        ports.queue.put(Job(JobKind.CHECK, pull.name.repository, pull.name.number, delivery=delivery))


def of_queue(repository: RepositoryName, commit: str, ports: Ports) -> State | None:
    """What a merge queue was told of a commit; None for a commit of none."""
    noted = ports.memory.note(_queued(repository, commit))
    return State(noted) if noted in list(State) else None


def note_of_queue(repository: RepositoryName, commit: str, state: State, ports: Ports) -> None:
    """Note what a merge queue is told of a commit."""
    ports.memory.set_note(_queued(repository, commit), state, seconds=_QUEUED_SECONDS)


def _queued(repository: RepositoryName, commit: str) -> str:
    return f"merge queue {repository} {commit}"


def joined(
    repository: RepositoryName, outcome: Outcome, sharing: Sequence[PullRequest], ports: Ports
) -> tuple[Status, ...]:
    """The statuses of an outcome as they may stand on the commit that it shares with others. Those of whom nothing is known
    are asked for. Workers that are at two of them at once agree in the end where each remembers its outcome before it
    looks, and looks once more after it wrote: who wrote last has seen both."""
    found = list(outcome.statuses)
    if queued := of_queue(repository, outcome.head, ports):
        found = _worst(found, (Status(REQUIRED, queued, str(queued)),), "the merge queue's verdict")
    for other in sharing:
        known = ports.memory.latest(other.name)
        if known is None or (known.head, known.base_branch) != (other.head, other.base_branch):
            ask_for([other], ports)
            theirs: tuple[Status, ...] = (Status(REQUIRED, State.PENDING, "is not checked yet"),)
        else:
            theirs = known.statuses
        found = _worst(found, theirs, f"#{other.name.number}")
    return tuple(found)


def _worst(mine: Sequence[Status], theirs: Sequence[Status], name: str) -> list[Status]:
    """The required status stays the last one. What only the other one is asked stands there as well."""
    by_name, names = {status.name: status for status in theirs}, {status.name for status in mine}
    more = [replace(status, title=_of_other(status, name)) for status in theirs if status.name not in names]
    return [*more, *(_worse(status, by_name.get(status.name), name) for status in mine)]


def _worse(mine: Status, other: Status | None, name: str) -> Status:
    if other is None or _WORST[other.state] <= _WORST[mine.state]:
        return mine
    return replace(mine, state=other.state, title=_of_other(other, name))


def _of_other(status: Status, name: str) -> str:
    return f"{name} of the same commit: {status.title}"
