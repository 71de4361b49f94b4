"""From a pull request to its outcome: fetched, asked for in the store, else judged, with those who have agreed."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot import __version__
from bot.config.schema import Config
from bot.config.serving import CountedApprovals, Forks
from bot.errors import UserError
from bot.gate import Question, judged
from bot.model.approvals import Approvals, agreed
from bot.model.forge import ForgeKind
from bot.model.outcome import Outcome
from bot.model.result import Report, Verdict
from bot.render.tools import identities
from bot.report import html
from bot.report.status import statuses
from bot.service.agreement import approvals, approvers, note_approvers
from bot.service.base_side import configured
from bot.service.comment import report_comment
from bot.service.overrides import ROOM, is_blocked

if TYPE_CHECKING:
    from bot.git.repository import Repository
    from bot.model.forge import PullRequest
    from bot.service.ports import Ports

_FORM = "2"  # of what is made from a report; another one asks for new outcomes


@dataclass(frozen=True, slots=True)
class Run:
    """One head of a pull request that is looked at. ``again``: also where the answer is in the store."""

    pull: PullRequest
    ports: Ports
    tell: Callable[[str, int, int], None]
    again: bool = False


def head_ref(pull: PullRequest) -> str:
    """The ref of the target repository that leads to the head, also of a fork's branch."""
    kind = pull.name.repository.forge
    return f"refs/{'pull' if kind is ForgeKind.GITHUB else 'merge-requests'}/{pull.name.number}/head"


def concluded(run: Run) -> Outcome:
    """What is to be said. Raises UserError and ToolError where nothing can be, RetryLater where it can later."""
    pull, ports = run.pull, run.ports
    forge = ports.forge(pull.name.repository)
    access = forge.access(pull.name.repository)
    commits = {pull.head: head_ref(pull)}
    with ports.mirrors.opened(pull.name.repository, access, commits, (pull.base_branch,)) as (repository, tips):
        base = tips[pull.base_branch]
        said = configured(repository, base)
        config = said.config if said else Config()  # the gate says what is wrong with it
        if pull.is_fork and config.pull_requests.forks is Forks.REFUSE:
            raise UserError(
                "Pull requests from other repositories are not checked here (`pull_requests.forks: refuse` of "
                ".gatehouse.yaml). Somebody who may push can open the same change from a branch of this repository."
            )
        any_head = config.pull_requests.approvals is CountedApprovals.ANY
        people = approvers(pull, forge, any_head=any_head)
        note_approvers(pull, people, ports.memory, any_head=any_head)
        outcome = _outcome(run, repository, base, agreed())
        if people and outcome.owners:
            given = approvals(pull, forge, people, outcome.owners)
            outcome = _outcome(run, repository, base, given) if given.by else outcome
        return outcome


def _outcome(run: Run, repository: Repository, base: str, given: Approvals) -> Outcome:
    key = _key(run, base, given)
    known = None if run.again else run.ports.memory.outcome(key)
    if known is not None:
        return known
    pull, start = run.pull, time.monotonic()
    kind = pull.name.repository.forge
    question = Question(base, pull.head, base_branch=pull.base_branch, forge=str(kind), approvals=given)
    report = judged(repository, question, run.ports.settings, run.tell)
    made = _made(run, report, key, time.monotonic() - start)
    if run.ports.figures:
        run.ports.figures.observe("gate_seconds", {"state": str(made.state)}, made.seconds)
    run.ports.memory.keep(made)
    return made


def _made(run: Run, report: Report, key: str, seconds: float) -> Outcome:
    pull, ports = run.pull, run.ports
    link = ports.link(pull.name, pull.head)
    told = statuses(report, link)
    limit = ports.forge(pull.name.repository).comment_limit
    return Outcome(
        key="" if report.verdict is Verdict.ERROR else key,  # another try may end otherwise
        head=pull.head,
        base=report.base,
        state=told[-1].state,
        title=told[-1].title,
        statuses=told,
        comment=report_comment(report, limit=limit - ROOM, link=link, seconds=seconds),
        page=html.render(report),
        units=tuple(unit.key for unit in report.units if unit.key),
        owners=tuple(dict.fromkeys(owner for row in report.owners for owner in row.required)),
        seconds=round(seconds, 3),
        blocked=is_blocked(report),
        base_branch=pull.base_branch,
    )


def _key(run: Run, base: str, given: Approvals) -> str:
    """All that the answer depends on. The commits stand for configuration, policies and CODEOWNERS, which are files of the
    base; the day counts because waivers expire."""
    settings = run.ports.settings
    parts = (
        _FORM, __version__, run.pull.head, base, run.pull.base_branch, str(run.pull.name), run.pull.is_fork,
        sorted(sorted(person) for person in given.by), str(run.ports.now().date()), settings.opa_url,
        identities(settings.kustomize, settings.helm),
    )  # fmt: skip
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
