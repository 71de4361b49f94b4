"""A pull request is checked: pending first, then the gate, then what it says, as long as the head stays the same.

Reads like the flow itself. Whatever happens, the head ends with a final status, or the job comes back to the queue.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.errors import GatehouseError, RetryLater, ToolError, UserError
from bot.forge.base import Forbidden, ForgeError, NotFound
from bot.model.forge import PublishedStatus, State, Status
from bot.model.outcome import Outcome
from bot.redaction import scrub
from bot.report.status import REQUIRED
from bot.service.cancelling import end_if_cancelled, forget, unless_cancelled
from bot.service.comment import progress_comment, stopped_comment
from bot.service.errors import Cancelled, Moved
from bot.service.heads import note_head
from bot.service.left import end_left, is_left, note_begun, note_ended
from bot.service.overrides import end_former, with_overrides
from bot.service.progress import told
from bot.service.result import Run, concluded
from bot.service.same_commit import ask_for, ask_for_those_left, joined, others
from bot.service.writing import Writer

if TYPE_CHECKING:
    from bot.model.forge import PullRequest, PullRequestName
    from bot.service.ports import Ports

_log = logging.getLogger("gatehouse.service")
_MOST_RUNS = 20
_AGAIN = "Push again, or comment `/gatehouse check`."


def check(name: PullRequestName, ports: Ports, *, again: bool = False) -> None:
    """Check a pull request until nothing new has come meanwhile. ``again``: also where the answer is known. Raises
    RetryLater and ForgeError where the forge does not do what is needed."""
    with ports.locks.hold(str(name)) as mine:
        if not mine:
            return  # who holds it looks once more, as it was marked
        for _ in range(_MOST_RUNS):
            moved = _dropped(name, ports, again=again)
            again = False
            if not moved and not ports.locks.again(str(name)):
                return
    raise RetryLater(f"{name} moves faster than it can be checked.")


def _dropped(name: PullRequestName, ports: Ports, *, again: bool) -> bool:
    """One run; whether what it found was dropped, because the pull request is another one by now."""
    try:
        _once(name, ports, again=again)
    except Moved as moved:
        _log.info("dropped: %s", moved)
        return True
    except Forbidden as error:
        # more tries follow, but whoever can give the permission should not wait for the last one
        _tell_why(name, ports, str(error))
        raise
    return False


def _tell_why(name: PullRequestName, ports: Ports, reason: str) -> None:
    """Say in the comment why there is no status, if the bot may at least write that."""
    try:
        pull = ports.forge(name.repository).pull_request(name)
        if pull.is_open:
            Writer.of(pull, ports).comment(stopped_comment(pull, scrub(reason), _AGAIN))
    except GatehouseError as error:
        _log.warning("that could not be told: %s", error)


def give_up(name: PullRequestName, ports: Ports, reason: str) -> None:
    """The last word on a head that could not be checked, however often it was tried: red, with what to do."""
    forge = ports.forge(name.repository)
    try:
        pull = forge.pull_request(name)
        shown = {status.name: status for status in forge.published(name.repository, pull.head)}
    except NotFound:
        return
    if pull.is_open:
        _stopped(pull, ports, reason, shown)
        note_ended(pull, ports)


def _once(name: PullRequestName, ports: Ports, *, again: bool) -> None:
    """One head. Raises Moved."""
    forge = ports.forge(name.repository)
    try:
        pull = forge.pull_request(name)
    except NotFound:
        _log.info("%s is not there (any more)", name)
        return
    ask_for_those_left(pull, ports)
    end_left(pull, ports)
    if not pull.is_open:
        ask_for(others(pull, ports), ports)  # whose statuses it may have held back
        return
    note_begun(pull, ports)
    note_head(ports.memory, pull, ports.now())
    end_former(pull, ports)
    shown = {status.name: status for status in forge.published(name.repository, pull.head)}
    writer = Writer.of(pull, ports)
    if REQUIRED not in shown or again or is_left(shown[REQUIRED]) or not is_for(pull, ports):
        writer.status(Status(REQUIRED, State.PENDING, "checking"))
        shown.pop(REQUIRED, None)
    try:
        outcome = _concluded(pull, ports, writer, again=again)
    except Cancelled as cancelled:
        _stopped(pull, ports, str(cancelled), shown)
    except (Moved, RetryLater, ForgeError):
        raise
    except (UserError, ToolError) as error:
        _stopped(pull, ports, str(error), shown)
    else:
        _published(with_overrides(outcome, name, ports), pull, ports, shown)
        _end_unknown(pull, ports)
    note_ended(pull, ports)
    forget(ports.memory, name)


def _end_unknown(pull: PullRequest, ports: Ports) -> None:
    """Overrides of former heads that the memory does not know. Where the bot may read no comments, there are none."""
    try:
        end_former(pull, ports, looks=True)
    except Forbidden as error:
        _log.warning("overrides of former heads are not looked for: %s", error)


def is_for(pull: PullRequest, ports: Ports) -> bool:
    """Whether what stands on the head was said of it for this base branch: a green for another one opens no merge here."""
    latest = ports.memory.latest(pull.name)
    return latest is not None and (latest.head, latest.base_branch) == (pull.head, pull.base_branch)


def _concluded(pull: PullRequest, ports: Ports, writer: Writer, *, again: bool) -> Outcome:
    start = time.monotonic()
    with told(lambda *stage: writer.comment(progress_comment(pull, *stage))) as tell:
        outcome = concluded(Run(pull, ports, unless_cancelled(tell, pull, ports.memory), again=again))
    end_if_cancelled(pull, ports.memory)
    _log.info(
        "concluded", extra={"state": str(outcome.state), "head": pull.head, "base": outcome.base,
                            "gate_seconds": outcome.seconds, "run_seconds": round(time.monotonic() - start, 3)},
    )  # fmt: skip
    return outcome


def _published(outcome: Outcome, pull: PullRequest, ports: Ports, shown: dict[str, PublishedStatus]) -> None:
    """The comment and the statuses, the required one last: once that is there, all is. What is shown already is not written
    again."""
    writer = Writer.of(pull, ports)
    before = ports.memory.latest(pull.name)
    known = {s.name: s for s in before.statuses} if before and before.head == outcome.head else {}
    ports.memory.remember(pull.name, outcome)
    outcome = _commented(outcome, writer)
    sharing = others(pull, ports)
    statuses = joined(pull.name.repository, outcome, sharing, ports)
    for status in (*_over(outcome, shown, statuses), *statuses):
        there = shown.get(status.name)
        if there and (there.state, there.title) == (status.state, status.title) and known.get(status.name) == status:
            continue
        writer.status(status)
    while (now := joined(pull.name.repository, outcome, sharing, ports)) != statuses:
        written = {each.name: PublishedStatus(each.name, each.state, each.title) for each in statuses}
        for status in (*_over(outcome, written, now), *(each for each in now if each not in statuses)):
            writer.status(status)
        statuses = now
    if ports.figures:
        ports.figures.add("verdicts", {"state": str(outcome.state)})


def _over(outcome: Outcome, shown: Mapping[str, PublishedStatus], statuses: Sequence[Status]) -> Iterator[Status]:
    """What an earlier run left red of checks that are not asked any more (owners, once there is no CODEOWNERS): on GitLab,
    where every status counts, it would hold the merge. Where something besides the checks stops it, some may not have run:
    then nothing is said of those that are missing."""
    if outcome.blocked or outcome.state is State.ERROR:
        return
    names = {status.name for status in statuses}
    for name, there in shown.items():
        if name.startswith(f"{REQUIRED}/") and name not in names and there.state is not State.PASSED:
            yield Status(name, State.PASSED, "not asked any more", "The base branch does not ask this check now.")


def _commented(outcome: Outcome, writer: Writer) -> Outcome:
    """A conversation may be locked: that holds nobody's merge, but the required status says that the comment is missing."""
    try:
        writer.comment(outcome.comment)
    except Forbidden as error:
        _log.warning("the comment could not be written: %s", error)
        *checks, required = outcome.statuses
        missing = f"{required.summary}\n\nThe comment with the report could not be written: {scrub(str(error))}"
        return replace(outcome, statuses=(*checks, replace(required, summary=missing.strip())))
    return outcome


def _stopped(pull: PullRequest, ports: Ports, reason: str, shown: Mapping[str, PublishedStatus]) -> None:
    """Red, with the reason, where there is no result. A status that is ``shown`` like that already is not written again;
    that of a check of which a try that died wrote a part is ended."""
    reason = scrub(reason)
    writer = Writer.of(pull, ports)
    status = Status(REQUIRED, State.ERROR, f"not checked: {reason}", _AGAIN)
    comment = stopped_comment(pull, reason, _AGAIN)
    try:
        writer.comment(comment)
    except Moved:
        raise
    except GatehouseError as error:  # the status counts
        _log.warning("the comment could not be written: %s", error)
    outcome = Outcome("", pull.head, "", State.ERROR, status.title, (status,), comment, base_branch=pull.base_branch)
    ports.memory.remember(pull.name, outcome)  # before it is written: see ``joined``
    for part in shown.values():
        if part.state is State.PENDING and part.name != REQUIRED:
            writer.status(replace(status, name=part.name))
    there = shown.get(REQUIRED)
    if there is None or (there.state, there.title) != (status.state, status.title):
        writer.status(status)
    if ports.figures:
        ports.figures.add("verdicts", {"state": str(State.ERROR)})
    others(pull, ports)  # who shares the head is noted: they are asked for once this one has left it
