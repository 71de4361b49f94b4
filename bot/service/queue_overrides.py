"""Overrides at a commit of a merge queue: what somebody took for passed on the head of a pull request counts there as well,
where the commit is that very head, merged, and the check finds nothing in it that it does not find on the head.

So nothing comes in that nobody has seen: neither what the newer base branch or those before it in the queue make of the
change, nor another commit under the name of the pull request. Where an override does not hold, the status says why.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.gate import Question, judged
from bot.model.forge import State, Status
from bot.model.outcome import Outcome
from bot.model.result import FindingState, Report, Severity
from bot.report import escape
from bot.report.phrase import short_id
from bot.report.status import statuses
from bot.service.overrides import STATUS, Override, apply, in_force, is_blocked
from bot.service.result import head_ref

if TYPE_CHECKING:
    from bot.model.approvals import Approvals
    from bot.model.forge import PullRequest
    from bot.service.ports import Ports

_BLOCKS = (FindingState.INTRODUCED, FindingState.EXISTING)  # the latter where the base branch says so
_ANOTHER = "this commit is not that head merged into the one below it, as far as git can tell"
_MORE = "the check finds something here that it did not find on that head"
_WAY_OUT = "Bring the pull request up to date with its base branch, and override there what is left."
_log = logging.getLogger("gatehouse.service")


@dataclass(frozen=True, slots=True)
class Merged:
    """A commit of the queue and what was found in it: ``commit`` adds ``pull`` to ``base``, ``given`` are the approvals
    that counted."""

    pull: PullRequest
    base: str
    commit: str
    report: Report
    given: Approvals


def with_overrides(merged: Merged, ports: Ports) -> tuple[Status, ...]:
    """The statuses as they are to be published. Raises Unavailable, and what the gate does."""
    told, pull = statuses(merged.report), merged.pull
    failed = {status.name for status in told if status.state is State.FAILED}
    if not any(name.startswith(STATUS) for name in failed):
        return told
    standing = in_force(pull.name, pull.head, pull.base_branch, ports)
    found = [each for each in standing if f"{STATUS}{each.check}" in failed]
    if not found:
        return told
    why = _refused(merged, found, ports)
    for override in found:
        _log.info("the override of %s by %s: %s", override.check, override.person, why.get(override) or "holds")
    outcome = Outcome(
        "", pull.head, merged.base, told[-1].state, told[-1].title, told, "",
        blocked=is_blocked(merged.report), base_branch=pull.base_branch,
    )  # fmt: skip
    told = apply(outcome, [each for each in found if each not in why]).statuses
    return tuple(_with_reasons(status, why) for status in told)


def _refused(merged: Merged, found: Sequence[Override], ports: Ports) -> dict[Override, str]:
    """The overrides that do not hold, and why."""
    pull, repository = merged.pull, merged.pull.name.repository
    access = ports.forge(repository).access(repository)
    commits = {merged.base: "", merged.commit: "", pull.head: head_ref(pull)}
    with ports.mirrors.opened(repository, access, commits, (pull.base_branch,)) as (clone, tips):
        if clone.merged_tree(merged.base, pull.head) != clone.tree_of(merged.commit):
            return dict.fromkeys(found, _ANOTHER)
        question = Question(
            tips[pull.base_branch], pull.head, base_branch=pull.base_branch, forge=str(repository.forge),
            approvals=merged.given,
        )  # fmt: skip
        seen = judged(clone, question, ports.settings, lambda *_: None)
    return {each: _MORE for each in found if not _is_covered(each, merged.report, seen)}


def _is_covered(override: Override, report: Report, seen: Report) -> bool:
    return not _stopping(override, report) - _stopping(override, seen)


def _stopping(override: Override, report: Report) -> Counter[tuple[object, ...]]:
    """What the check has against a change; without lines, as a merge moves them."""
    return Counter(
        (each.rule, each.state, each.unit, each.object, each.file, each.message, each.fix)
        for result in report.checks
        if result.name == override.check
        for each in result.findings
        if each.severity is Severity.ERROR and each.state in _BLOCKS
    )


def _with_reasons(status: Status, why: dict[Override, str]) -> Status:
    mine = [each for each in why if status.name in (f"{STATUS}{each.check}", STATUS.rstrip("/"))]
    rows = [f"- `{each.check}`, overridden by {escape.word(each.login, 40)}: {why[each]}." for each in mine]
    if not rows:
        return status
    head = f"**Overrides for {escape.code(short_id(mine[0].head))} that do not hold in the merge queue.** {_WAY_OUT}"
    return replace(status, summary="\n".join([head, "", *rows, "", status.summary]).rstrip())
