"""Overrides: somebody who may takes a failed check for passed, for one head. They outlive Redis.

The record stands in our own reply in the pull request, as a hidden mark that is signed: whoever may edit the bot's comment
can take it away, and can forge or change none. It holds for the pull request and the head that it names, so that a push ends
it. What is overridden is shown in the statuses and in the comment, and told to the audit log.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING

from bot.checks.gate import verdict
from bot.config.judging import CheckName
from bot.model.forge import State, Status
from bot.model.result import Verdict
from bot.report import escape
from bot.report.phrase import counted, short_id
from bot.report.status import REQUIRED

if TYPE_CHECKING:
    from bot.model.forge import Comment, PullRequestName
    from bot.model.outcome import Outcome
    from bot.model.result import Report
    from bot.service.ports import Ports
    from bot.service.seal import Seal

MARKER = "<!-- gatehouse:reply:override -->"  # what the reply with the records begins with
STATUS = f"{REQUIRED}/"  # what the names of the checks' statuses begin with
ROOM = 2_600  # the most characters that ``apply`` adds to the comment
REASON = 300  # characters
_LOGIN = 60
_PURPOSE = "override v1"
_MARKS = re.compile(r"<!-- gatehouse:override:([A-Za-z0-9+/=]{1,4000}):([0-9a-f]{64}) -->")
_TITLE = 140
_AUDIT = logging.getLogger("gatehouse.audit")


@dataclass(frozen=True, slots=True)
class Override:
    """One check of one head that somebody took for passed. ``pull_request`` and ``at`` (UTC) as texts; ``comment`` is where
    they said so."""

    pull_request: str
    head: str
    check: CheckName
    person: int
    login: str
    comment: int
    at: str
    reason: str

    @property
    def title(self) -> str:
        """One line of plain text."""
        return f"overridden by {escape.one_line(self.login)}: {escape.one_line(self.reason)}"


def made(name: PullRequestName, head: str, check: CheckName, comment: Comment, *, reason: str) -> Override:
    """The override that a comment asks for: the same one however often that is read."""
    author = comment.author
    when = comment.created_at.astimezone(UTC).isoformat(timespec="seconds")
    return Override(str(name), head, check, author.id, author.login[:_LOGIN], comment.id, when, reason[:REASON])


def audit(override: Override) -> None:
    """Tell the audit log: one record, all of it as fields."""
    fields = {**asdict(override), "check": str(override.check), "event": "override"}
    _AUDIT.info(
        "%s overrides %s of %s", override.person, override.check, override.pull_request, extra={"audit": fields}
    )


# -- the record


def mark(override: Override, seal: Seal) -> str:
    """The override as a hidden line of a comment."""
    text = json.dumps({**asdict(override), "check": str(override.check)}, sort_keys=True, separators=(",", ":"))
    record = base64.b64encode(text.encode()).decode()
    return f"<!-- gatehouse:override:{record}:{seal.mark(_PURPOSE, record)} -->"


def overrides(name: PullRequestName, comments: Iterable[Comment], seal: Seal) -> tuple[Override, ...]:
    """Every override of a pull request that stands in its comments, of whatever head, oldest first."""
    found = [
        override
        for comment in comments
        if comment.is_ours
        for record, signed in _MARKS.findall(comment.body)
        if seal.holds(_PURPOSE, record, signed)
        for override in _read(record)
        if override.pull_request == str(name)
    ]
    return tuple(sorted(found, key=lambda override: (override.at, override.comment, override.check)))


def _read(record: str) -> list[Override]:
    """What we signed once; nothing where that was another version's."""
    try:
        raw = json.loads(base64.b64decode(record, validate=True))
        return [Override(**{**raw, "check": CheckName(raw["check"])})]
    except (ValueError, TypeError, KeyError):
        return []


def of_head(found: Iterable[Override], head: str) -> tuple[Override, ...]:
    """Those that hold for a head: of each check the latest, in the order of the checks."""
    latest = {override.check: override for override in found if override.head == head}
    return tuple(latest[check] for check in CheckName if check in latest)


def in_force(name: PullRequestName, head: str, ports: Ports) -> tuple[Override, ...]:
    """The overrides that hold for this head now, as the forge has them. Raises Unavailable."""
    if ports.seal is None:
        return ()
    return of_head(overrides(name, ports.forge(name.repository).comments(name), ports.seal), head)


# -- what follows from them


def with_overrides(outcome: Outcome, name: PullRequestName, ports: Ports) -> Outcome:
    """The outcome as it is to be published now. Raises Unavailable."""
    if State.FAILED not in {status.state for status in outcome.statuses}:
        return outcome
    return apply(outcome, in_force(name, outcome.head, ports))


def is_blocked(report: Report) -> bool:
    """Whether something besides the checks stops the merge: what ``Outcome.blocked`` says."""
    return verdict(report.units, (), report.stops) is not Verdict.PASSED


def apply(outcome: Outcome, found: Sequence[Override]) -> Outcome:
    """The outcome as it is published: a failed check that is overridden has passed, and says by whom. The required status
    passes if all failed ones are, no check is without an answer, and nothing but checks stops the merge.

    The result has a key of its own: it is never the answer for the inputs of the outcome, which know no override.
    """
    valid = {f"{STATUS}{override.check}": override for override in found if override.head == outcome.head}
    failed = [status.name for status in outcome.statuses[:-1] if status.state is State.FAILED]
    used = [valid[name] for name in failed if name in valid]
    if not used:
        return outcome
    opens = outcome.state is State.FAILED and not outcome.blocked and len(used) == len(failed)
    opens = opens and all(status.state in (State.PASSED, State.FAILED) for status in outcome.statuses[:-1])
    statuses = tuple(_overridden(each, valid) for each in outcome.statuses[:-1])
    title = _line(_whose(used) if opens else f"{outcome.title} ({_whose(used)})")
    state = State.PASSED if opens else outcome.state
    required = replace(outcome.statuses[-1], state=state, title=title)
    required = replace(required, summary=f"{told(used, opens=opens)}\n\n{required.summary}".rstrip())
    comment = _with_note(outcome.comment, told(used, opens=opens))
    key = f"{outcome.key} {_digest(used)}" if outcome.key else ""
    return replace(outcome, key=key, state=state, title=title, statuses=(*statuses, required), comment=comment)


def _overridden(status: Status, valid: dict[str, Override]) -> Status:
    override = valid.get(status.name)
    if override is None or status.state is not State.FAILED:
        return status
    summary = f"{told([override])}\n\n{status.summary}".rstrip()
    return replace(status, state=State.PASSED, title=_line(override.title), summary=summary)


def _digest(used: Sequence[Override]) -> str:
    return hashlib.sha256(repr([asdict(override) for override in used]).encode("utf-8", "surrogatepass")).hexdigest()


def _whose(used: Sequence[Override]) -> str:
    if len(used) == 1:
        return f"{used[0].check} {used[0].title}"
    logins = dict.fromkeys(escape.one_line(override.login) for override in used)
    return f"{counted(len(used), 'check')} overridden by {', '.join(logins)}"


def _line(text: str) -> str:
    return escape.shorten(text, _TITLE)


def told(used: Sequence[Override], *, opens: bool | None = None) -> str:
    """The overrides in Markdown, a line for each; of many the reasons are shortened. ``opens``: whether the merge is free by
    them; None: nothing is said of it."""
    end = {None: "", True: " By this the change may be merged.", False: " Something else stops the merge all the same."}
    head = f"**Overridden** for {escape.code(short_id(used[0].head))} alone; a push ends it.{end[opens]}"
    texts = ("\n".join([head, "", *(_row(each, width) for each in used)]) for width in (REASON, 60, 20))
    return next((text for text in texts if len(text) <= ROOM - 10), head)


def _row(each: Override, width: int) -> str:
    when = each.at[:16].replace("T", " ")
    return f"- `{each.check}` by {escape.word(each.login, 40)}, {when} UTC: {escape.prose(each.reason, width)}"


def _with_note(comment: str, note: str) -> str:
    """The comment with a note below its title."""
    lines = comment.split("\n")
    at = next((number for number, line in enumerate(lines) if line.startswith("#")), -1)
    rest = lines[at + 1 :]
    return "\n".join([*lines[: at + 1], *([""] if at >= 0 else []), note, *([] if rest[:1] == [""] else [""]), *rest])
