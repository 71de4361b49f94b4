"""Overrides: somebody who may takes a failed check for passed, for one head. They outlive Redis.

The record stands in our own reply in the pull request, as a hidden mark that is signed: whoever may edit the bot's comment
can take it away, and can forge or change none. It holds for the pull request, the base branch and the head that it names,
and a push ends it for good: the record is then taken out of the reply. What is overridden is shown in the statuses and in
the comment, and told to the audit log.
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
from bot.errors import GatehouseError, RetryLater
from bot.model.forge import State, Status
from bot.model.result import Verdict
from bot.redaction import scrub
from bot.report import escape
from bot.report.phrase import counted, short_id
from bot.report.status import REQUIRED
from bot.service import reply
from bot.service.same_commit import ask_for_those_of

if TYPE_CHECKING:
    from bot.model.forge import Comment, PullRequest, PullRequestName
    from bot.model.outcome import Outcome
    from bot.model.result import Report
    from bot.service.ports import Ports
    from bot.service.seal import Seal

MARKER = reply.marker("override")  # what the reply with the records begins with
STATUS = f"{REQUIRED}/"  # what the names of the checks' statuses begin with
ROOM = 2_600  # the most characters that ``apply`` adds to the comment
REASON = 300  # characters
_LOGIN = 60
_PURPOSE = "override v1"
_MARKS = re.compile(r"<!-- gatehouse:override:([A-Za-z0-9+/=]{1,4000}):([0-9a-f]{64}) -->")
_TITLE = 140
_NONE = "none"  # what is noted where no override was found
_log = logging.getLogger("gatehouse.service")
_AUDIT = logging.getLogger("gatehouse.audit")


@dataclass(frozen=True, slots=True)
class Override:
    """One check of one head that somebody took for passed, on its way into one branch. ``pull_request`` and ``at`` (UTC) as
    texts; ``comment`` is where they said so."""

    pull_request: str
    base_branch: str
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


def made(pull: PullRequest, check: CheckName, comment: Comment, *, reason: str) -> Override:
    """The override that a comment asks for: the same one however often that is read."""
    author = comment.author
    when = comment.created_at.astimezone(UTC).isoformat(timespec="seconds")
    login, reason = author.login[:_LOGIN], scrub(reason)[:REASON]  # it goes to statuses and logs
    return Override(str(pull.name), pull.base_branch, pull.head, check, author.id, login, comment.id, when, reason)


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


def of_head(found: Iterable[Override], head: str, base_branch: str) -> tuple[Override, ...]:
    """Those that hold for a head on its way into a branch: of each check the latest, in the order of the checks."""
    latest = {each.check: each for each in found if (each.head, each.base_branch) == (head, base_branch)}
    return tuple(latest[check] for check in CheckName if check in latest)


def in_force(name: PullRequestName, head: str, base_branch: str, ports: Ports) -> tuple[Override, ...]:
    """The overrides that hold for this head now, as the forge has them. Raises Unavailable."""
    if ports.seal is None:
        return ()
    found = overrides(name, _ours(name, ports), ports.seal)
    note_overridden(name, found[-1].head if found else _NONE, ports)
    return of_head(found, head, base_branch)


def note_overridden(name: PullRequestName, head: str, ports: Ports) -> None:
    """Note on which head something is overridden: another one ends that."""
    ports.memory.set_note(_key(name), head)


def is_overridden(pull: PullRequest, ports: Ports) -> bool:
    """Whether it is noted that something of the head was overridden."""
    return ports.memory.note(_key(pull.name)) == pull.head


def are_others(pull: PullRequest, latest: Outcome, ports: Ports) -> bool:
    """Whether other overrides hold by now than when the outcome was published, as who takes a record away tells nobody.
    Raises Unavailable."""
    if not is_overridden(pull, ports):
        return False
    key, _, used = latest.key.partition(" ")
    known = ports.memory.outcome(key)
    if known is None:
        return bool(used)
    return apply(known, in_force(pull.name, pull.head, pull.base_branch, ports)).key != latest.key


def end_former(pull: PullRequest, ports: Ports, *, looks: bool = False) -> None:
    """A head that came ends what was overridden of former ones, also if one of them comes back: their records go out of the
    reply, and their green with them. ``looks``: also where nothing is noted, as for a pull request that is new, or whose
    note was lost. Raises Unavailable."""
    name, seal, noted = pull.name, ports.seal, ports.memory.note(_key(pull.name))
    if seal is None or noted in (_NONE, pull.head) or not (noted or looks):
        return
    with ports.locks.hold(f"reply override {name}") as is_mine:
        if not is_mine:  # whose writer leaves them out as well; the note stays for the next look
            return
        standing_now = _NONE
        for comment in _ours(name, ports):
            found = overrides(name, [comment], seal)
            if any(each.head == pull.head for each in found):
                standing_now = pull.head
            if former := {each.head for each in found} - {pull.head}:
                _take_back(former, pull, ports)  # first: without the record nobody would know of which heads
                text = _ended(comment, found, pull, seal)
                ports.forge(name.repository).write(name, text, marker=MARKER, known=comment.id)
        note_overridden(name, standing_now, ports)


def _take_back(heads: Iterable[str], pull: PullRequest, ports: Ports) -> None:
    """Former heads are green no more: one that comes back could be merged before anybody looks at it. Other pull requests of
    such a commit get their own word back."""
    forge, branch = ports.forge(pull.name.repository), "" if pull.is_fork else pull.head_branch
    for head in sorted(heads):
        status = Status(
            REQUIRED, State.FAILED, "a push ended the override", "Comment `/gatehouse check` to look at it anew."
        )
        try:
            forge.publish(pull.name.repository, head, status, branch=branch)
        except RetryLater:
            raise
        except GatehouseError as error:  # it may be gone altogether
            _log.warning("the status of a former head could not be taken back: %s", error)
        ask_for_those_of(head, pull, ports)


def _ended(comment: Comment, found: Sequence[Override], pull: PullRequest, seal: Seal) -> str:
    """The reply without the records of former heads. Nothing of it is taken from the comment but what we signed, and which
    comment it answers: others may have edited it."""
    former = [each for each in found if each.head != pull.head]
    latest = [each for each in former if each.head == former[-1].head]
    ended = f"The head is {escape.code(short_id(pull.head))} by now, so that counts no more."
    answers = reply.ANSWERS.match(comment.body, len(MARKER) + 1)
    standing_now = standing([each for each in found if each.head == pull.head], seal)
    head = f"{MARKER}\n{answers[0]}" if answers else MARKER
    return reply.harmless("\n\n".join(filter(None, [head, told(latest), ended, standing_now])) + "\n")


def standing(found: Sequence[Override], seal: Seal) -> str:
    """What a reply ends with: what is overridden, and the records of it."""
    return "\n".join([told(found), "", *(mark(each, seal) for each in found)]) if found else ""


def _ours(name: PullRequestName, ports: Ports) -> list[Comment]:
    """Our replies to overrides, the one that is noted as it is now, as a list may lag behind it."""
    forge, noted = ports.forge(name.repository), ports.memory.note(f"reply override of {name}")
    found = {comment.id: comment for comment in forge.comments(name)}
    if noted.isdecimal():
        reply = forge.comment(name, int(noted))
        found.pop(int(noted), None)
        found |= {reply.id: reply} if reply else {}
    return [comment for comment in found.values() if comment.is_ours and comment.body.startswith(MARKER)]


def _key(name: PullRequestName) -> str:
    return f"overridden head of {name}"


# -- what follows from them


def with_overrides(outcome: Outcome, name: PullRequestName, ports: Ports) -> Outcome:
    """The outcome as it is to be published now. Raises Unavailable."""
    if State.FAILED not in {status.state for status in outcome.statuses}:
        return outcome
    return apply(outcome, in_force(name, outcome.head, outcome.base_branch, ports))


def is_blocked(report: Report) -> bool:
    """Whether something besides the checks stops the merge: what ``Outcome.blocked`` says."""
    return verdict(report.units, (), report.stops) is not Verdict.PASSED


def apply(outcome: Outcome, found: Sequence[Override]) -> Outcome:
    """The outcome as it is published: a failed check that is overridden has passed, and says by whom. The required status
    passes if all failed ones are, no check is without an answer, and nothing but checks stops the merge.

    The result has a key of its own: it is never the answer for the inputs of the outcome, which know no override.
    """
    here = (outcome.head, outcome.base_branch)
    valid = {f"{STATUS}{each.check}": each for each in found if (each.head, each.base_branch) == here}
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
