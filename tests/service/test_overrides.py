"""Overrides: the signed record, what follows from it, and from a comment to a status."""

from __future__ import annotations

import base64
import dataclasses
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from chat import BAD, BLUE, SEAL, TEAM, Chat
from hypothesis import assume, given
from hypothesis import strategies as st
from scene import BASE

from bot.config.judging import CheckName
from bot.forge.base import Forbidden, Unavailable
from bot.model.forge import (
    Comment,
    ForgeKind,
    Person,
    PullRequest,
    PullRequestName,
    Reaction,
    RepositoryName,
    State,
    Status,
)
from bot.model.job import Job, JobKind
from bot.model.outcome import Outcome
from bot.report.status import REQUIRED
from bot.service import overrides
from bot.service.overrides import Override
from bot.service.same_commit import shares
from bot.service.seal import Seal
from bot.service.sweep import sweep

NAME = PullRequestName(RepositoryName(ForgeKind.GITHUB, "acme/gitops"), 7)
HEAD, OTHER = "a" * 40, "b" * 40
PULL = PullRequest(NAME, "Scale", Person(4, "dev"), HEAD, "change", "acme/gitops", "main", is_open=True)
ME = Person(1, "gatehouse[bot]", is_bot=True)
WHEN = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def override(
    check: CheckName = CheckName.RISK, reason: str = "it is known", head: str = HEAD, person: int = 5
) -> Override:
    comment = Comment(99, Person(person, "lead"), "", WHEN)
    return overrides.made(dataclasses.replace(PULL, head=head), check, comment, reason=reason)


def ours(text: str, *, is_ours: bool = True) -> Comment:
    return Comment(3, ME if is_ours else Person(8, "mallory"), text, WHEN, is_ours=is_ours)


def in_force(chat: Chat, name: PullRequestName) -> tuple[Override, ...]:
    pull = chat.pull(name)
    return overrides.in_force(name, pull.head, pull.base_branch, chat.ports)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@given(TEXTS, st.sampled_from(CheckName), st.sampled_from([HEAD, OTHER]), st.integers(1, 2**53))
def test_what_is_recorded_is_read_back(reason: str, check: CheckName, head: str, person: int) -> None:
    made = override(check, reason, head, person)
    line = overrides.mark(made, SEAL)
    assert "\n" not in line and line.count("-->") == 1
    assert overrides.overrides(NAME, [ours(f"text\n{line}\nmore")], SEAL) == (made,)
    assert overrides.of_head([made], head, "main") == (made,)
    assert overrides.of_head([made], "c" * 40, "main") == ()
    assert overrides.of_head([made], head, "release") == ()


@given(st.data())
def test_any_other_byte_makes_the_record_void(data: st.DataObject) -> None:
    line = overrides.mark(override(), SEAL)
    at = data.draw(st.integers(0, len(line) - 1))
    to = data.draw(st.sampled_from([*"ABCabc0129+/=", "", " ", line[at].swapcase()]))
    assume(to != line[at])
    changed = line[:at] + to + line[at + 1 :]
    assert overrides.overrides(NAME, [ours(changed)], SEAL) == ()


@given(st.sampled_from(["head", "base_branch", "check", "person", "login", "pull_request", "comment", "at", "reason"]))
def test_a_record_that_somebody_made_up_is_none(field: str) -> None:
    """The content of one signed record under the mark of another."""
    mine = override()
    wanted: dict[str, Any] = {"person": 6, "comment": 100, "check": CheckName.OWNERS}
    other = dataclasses.replace(mine, **{field: wanted.get(field, "c" * 40)})
    signed = overrides.mark(mine, SEAL).rpartition(":")[2]
    forged = overrides.mark(other, Seal(b"another key, of 32 bytes in all!")).rpartition(":")[0]
    assert overrides.overrides(NAME, [ours(f"{forged}:{signed}")], SEAL) == ()


def test_a_record_counts_in_our_own_comments_of_the_same_pull_request_alone() -> None:
    line = overrides.mark(override(), SEAL)
    assert overrides.overrides(NAME, [ours(line, is_ours=False)], SEAL) == ()
    elsewhere = dataclasses.replace(NAME, number=8)
    assert overrides.overrides(elsewhere, [ours(line)], SEAL) == ()
    assert overrides.overrides(NAME, [ours(line)], SEAL) != ()


def test_keys_can_be_changed() -> None:
    old, new = b"o" * 32, b"n" * 32
    line = overrides.mark(override(), Seal(old))
    assert overrides.overrides(NAME, [ours(line)], Seal(new, old))
    assert not overrides.overrides(NAME, [ours(line)], Seal(new))
    assert "o" * 8 not in repr(Seal(old))
    with pytest.raises(ValueError, match="16 bytes"):
        Seal(b"short")


def test_what_is_signed_for_one_purpose_is_void_for_another() -> None:
    assert SEAL.holds("a", "b\nc", SEAL.mark("a", "b\nc"))
    assert not SEAL.holds("a\nb", "c", SEAL.mark("a", "b\nc").upper())
    assert not SEAL.holds("x", "b\nc", SEAL.mark("a", "b\nc"))


def test_a_signed_record_of_another_version_is_left_out() -> None:
    record = base64.b64encode(b'{"what": 1}').decode()
    line = f"<!-- gatehouse:override:{record}:{SEAL.mark('override v1', record)} -->"
    assert overrides.overrides(NAME, [ours(line)], SEAL) == ()


def test_the_latest_override_of_a_check_counts() -> None:
    first = override(reason="first")
    second = dataclasses.replace(override(reason="second"), at="2026-01-06T08:00:00+00:00")
    lines = "\n".join(overrides.mark(each, SEAL) for each in (second, first))
    (found,) = overrides.of_head(overrides.overrides(NAME, [ours(lines)], SEAL), HEAD, "main")
    assert found.reason == "second"


# -- what follows


def outcome(**states: State) -> Outcome:
    """``risk=State.FAILED`` …; the required status is as red as the worst."""
    return of_states(states)


def blocked(**states: State) -> Outcome:
    """The same, where something else stops the merge as well."""
    return of_states(states, is_blocked=True)


def of_states(states: dict[str, State], *, is_blocked: bool = False) -> Outcome:
    worst = next((s for s in (State.ERROR, State.FAILED) if s in states.values()), State.PASSED)
    if is_blocked and worst is State.PASSED:
        worst = State.FAILED
    told = [Status(f"gatehouse/{name}", state, "says so", "why") for name, state in states.items()]
    required = Status(REQUIRED, worst, "blocked", "more")
    comment = "<!-- gatehouse:report -->\n### ❌ Gatehouse: blocked\n\ntext\n"
    return Outcome(
        "k", HEAD, OTHER, worst, "blocked", (*told, required), comment, blocked=is_blocked, base_branch="main"
    )


PASSED, FAILED, ERROR = State.PASSED, State.FAILED, State.ERROR


@pytest.mark.parametrize(
    ("given_outcome", "checks", "required", "failed"),
    [
        (outcome(risk=FAILED, schema=PASSED), ["risk"], PASSED, set()),
        (outcome(risk=FAILED, schema=FAILED), ["risk"], FAILED, {"schema"}),
        (outcome(risk=FAILED, schema=FAILED), ["risk", "schema"], PASSED, set()),
        (blocked(risk=FAILED), ["risk"], FAILED, set()),  # a unit that broke
        (blocked(risk=PASSED), ["risk"], FAILED, set()),
        (outcome(risk=FAILED, schema=ERROR), ["risk", "schema"], ERROR, {"schema"}),  # no answer, nothing to override
        (outcome(risk=ERROR), ["risk"], ERROR, {"risk"}),
        (outcome(risk=FAILED), ["schema"], FAILED, {"risk"}),
        (outcome(risk=PASSED), ["risk"], PASSED, set()),
    ],
)
def test_what_an_override_turns(given_outcome: Outcome, checks: list[str], required: State, failed: set[str]) -> None:
    after = overrides.apply(given_outcome, [override(CheckName(name)) for name in checks])
    assert (after.state, after.statuses[-1].state) == (required, required)
    assert {s.name.removeprefix("gatehouse/") for s in after.statuses[:-1] if s.state is not PASSED} == failed
    assert [s.name for s in after.statuses] == [s.name for s in given_outcome.statuses]
    assert (after.key == given_outcome.key) == (after == given_outcome)


def test_it_is_told_who_and_why() -> None:
    after = overrides.apply(outcome(risk=FAILED), [override(reason="known `x` @acme/all </details>")])
    risk, required = after.statuses
    assert risk.title == "overridden by lead: known `x` @acme/all </details>"
    assert required.title.startswith("risk overridden by lead")
    for text in (risk.summary, required.summary, after.comment):
        assert "**Overridden**" in text and "lead" in text and "2026-01-05 08:00 UTC" in text
        assert "@acme/all" not in text and "</details>" not in text
    assert after.comment.startswith("<!-- gatehouse:report -->\n### ❌ Gatehouse: blocked\n\n**Overridden**")
    assert after.comment.endswith("\n\ntext\n")
    assert "Something else stops the merge" in overrides.apply(blocked(risk=FAILED), [override()]).comment


def test_another_head_is_not_touched() -> None:
    before = outcome(risk=FAILED)
    assert overrides.apply(before, [override(head=OTHER)]) is before
    elsewhere = dataclasses.replace(before, base_branch="release")
    assert overrides.apply(elsewhere, [override()]) is elsewhere


@given(st.lists(TEXTS, min_size=1, max_size=7), TEXTS)
def test_the_note_fits_and_no_line_of_it_is_a_command(reasons: list[str], login: str) -> None:
    found = [
        dataclasses.replace(override(check, reason * 9), login=login)
        for check, reason in zip(CheckName, reasons, strict=False)
    ]
    before = of_states({str(each.check): FAILED for each in found})
    after = overrides.apply(before, found)
    assert len(after.comment) - len(before.comment) <= overrides.ROOM
    assert not any(line.startswith("/") for line in after.comment.split("\n"))
    assert all("\n" not in status.title for status in after.statuses)


def test_what_stops_the_merge_beside_checks(tmp_path: Path) -> None:
    chat = Chat(tmp_path)
    name = chat.checked({f"{BASE}/kustomization.yaml": "resources: [gone.yaml]\n"})
    broken = chat.memory.latest(name)
    assert broken is not None and broken.state is FAILED and broken.blocked
    other = chat.opened(BAD, branch="other")
    chat.check(other)
    failed = chat.memory.latest(other)
    assert failed is not None and failed.state is FAILED and not failed.blocked


# -- from a comment to a status


@pytest.fixture
def chat(tmp_path: Path) -> Chat:
    return Chat(tmp_path)


def test_an_override_turns_the_statuses_until_the_next_push(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    name = chat.checked(BAD)
    assert chat.state(name) is FAILED
    with caplog.at_level(logging.INFO, "gatehouse.audit"):
        comment = chat.says(name, chat.lead, "/gatehouse override risk The outage is worse")
    assert chat.reactions(name, comment) == {Reaction.SEEN, Reaction.DONE}
    assert [job.number for job in chat.queue.jobs] == [name.number]
    (record,) = (each for each in caplog.records if each.name == "gatehouse.audit")
    told = record.__dict__["audit"]
    assert (told["check"], told["person"], told["comment"], told["head"]) == (
        "risk", chat.lead.id, comment, chat.pull(name).head,
    )  # fmt: skip
    chat.check(name)
    assert chat.state(name) is PASSED
    assert chat.forge.states(chat.pull(name).head)["gatehouse/risk"] is PASSED
    (report,) = [c.body for c in chat.forge.ours(name) if c.body.startswith("<!-- gatehouse:report -->")]
    assert "**Overridden**" in report and "The outage is worse" in report
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.check(name)
    assert chat.state(name) is FAILED
    assert chat.forge.states(chat.pull(name).head)["gatehouse/risk"] is FAILED


def test_an_override_outlives_redis(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    chat.memory.forget()
    chat.check(name)
    assert chat.state(name) is PASSED


def test_who_overrides_what_is_overridden_hears_by_whom(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    chat.check(name)
    chat.says(name, chat.lead, "/override risk It still is worse")
    assert "is overridden for" in chat.reply(name, "override") and "already, by lead" in chat.reply(name, "override")
    chat.check(name)
    assert chat.state(name) is PASSED


def test_an_override_that_was_cut_off_after_its_record_is_made_up_for(chat: Chat) -> None:
    """The worker dies and Redis is deleted: the record is there, and the second try neither refuses nor repeats it."""
    name = chat.checked(BAD)
    comment = chat.forge.say(name, chat.lead, "/override risk The outage is worse")
    chat.forge.fail("write", Unavailable("502"), done=True)
    with pytest.raises(Unavailable):
        chat.answers(name, comment)
    before = chat.reply(name, "override")
    chat.memory.forget()
    chat.answers(name, comment)
    assert chat.reply(name, "override") == before and Reaction.DONE in chat.reactions(name, comment)
    assert [job.number for job in chat.queue.jobs] == [name.number]


def test_an_override_that_somebody_takes_away_holds_no_more(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    chat.check(name)
    assert chat.state(name) is PASSED
    (reply,) = chat.replies(name, "override")
    chat.forge.remove(name, reply.id)
    chat.check(name)  # the answer is in the store, and knows no override
    assert chat.state(name) is FAILED


def test_the_sweep_notices_an_override_that_is_taken_away(chat: Chat) -> None:
    chat.forge.tells_updates = True
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override risk The outage is worse")

    def swept() -> list[int]:
        chat.queue.jobs.clear()
        sweep(Job(JobKind.SWEEP, chat.repository), chat.ports)
        return [job.number for job in chat.queue.jobs if job.kind is JobKind.CHECK]

    assert swept() == [name.number]  # the record is there, and the statuses do not say it yet
    chat.check(name)
    assert (chat.state(name), swept()) == (PASSED, [])
    chat.forge.remove(name, chat.replies(name, "override")[0].id)
    assert swept() == [name.number]
    chat.check(name)
    assert (chat.state(name), swept()) == (FAILED, [])


def test_who_edits_or_deletes_our_comment_opens_nothing(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    (reply,) = chat.replies(name, "override")
    line = next(row for row in reply.body.split("\n") if "gatehouse:override:" in row)
    record = line.split(":")[2]
    text = base64.b64decode(record).decode().replace('"risk"', '"owners"')
    chat.forge.edit(name, reply.id, reply.body.replace(record, base64.b64encode(text.encode()).decode()))
    assert in_force(chat, name) == ()
    chat.check(name)
    assert chat.state(name) is FAILED


def test_a_push_after_the_comment_is_refused(chat: Chat) -> None:
    """Between the comment and its answer somebody pushes: the person has not seen that head."""
    name = chat.checked(BAD)
    comment = chat.forge.say(name, chat.lead, "/override risk The outage is worse")
    chat.pushed(name, {f"{BASE}/role.yaml": str(BAD[f"{BASE}/role.yaml"]) + "# and more\n"})
    chat.check(name)
    chat.answers(name, comment)
    assert chat.reactions(name, comment) == {Reaction.SEEN, Reaction.REFUSED}
    assert "perhaps pushed after your comment" in chat.reply(name, "override")
    assert in_force(chat, name) == ()
    chat.says(name, chat.lead, "/override risk The outage is worse")
    assert in_force(chat, name) != ()


def test_who_overrides_at_once_is_heard(chat: Chat) -> None:
    """A second after the verdict, which clocks alone cannot tell from a push that came after the comment."""
    times = [WHEN]
    chat.with_ports(now=lambda: times[-1])
    chat.forge._now = chat.ports.now
    name = chat.checked(BAD)
    times.append(WHEN + timedelta(seconds=1.1))
    comment = chat.says(name, chat.lead, "/override risk The outage is worse")
    assert Reaction.DONE in chat.reactions(name, comment)
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.check(name)
    again = chat.says(name, chat.lead, "/override risk The outage is worse")
    assert Reaction.REFUSED in chat.reactions(name, again)
    assert "too near to each other" in chat.reply(name, "override")


def test_a_head_with_old_statuses_of_another_pull_request_is_no_older_for_it(chat: Chat) -> None:
    """The commit was checked long before, in a pull request of the attacker."""
    name = chat.checked(BAD)
    evil = chat.opened({**BAD, f"{BASE}/evil.yaml": "x: 1\n"}, branch="evil")
    chat.check(evil)
    comment = chat.forge.say(name, chat.lead, "/override all The outage is worse")
    chat.forge.change(name, head=chat.pull(evil).head)
    chat.answers(name, comment)
    assert Reaction.REFUSED in chat.reactions(name, comment)
    assert in_force(chat, name) == ()


def test_a_head_that_came_back_counts_from_then_on(chat: Chat) -> None:
    name = chat.checked(BAD)
    first = chat.pull(name).head
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.check(name)
    comment = chat.forge.say(name, chat.lead, "/override risk The outage is worse")
    chat.forge.change(name, head=first)
    chat.answers(name, comment)
    assert Reaction.REFUSED in chat.reactions(name, comment)


def test_another_base_branch_ends_it(chat: Chat) -> None:
    """What was taken for passed on the way into one branch was not looked at for the other."""
    name = chat.checked(BAD)
    chat.origin.git("branch", "release")
    first = chat.forge.say(name, chat.lead, "/override risk The outage is worse")
    chat.forge.change(name, base_branch="release")
    chat.answers(name, first)
    assert Reaction.REFUSED in chat.reactions(name, first)
    chat.forge.change(name, base_branch="base")
    chat.check(name)
    for branch, state in (("base", PASSED), ("release", FAILED)):
        chat.forge.change(name, base_branch=branch)
        if state is PASSED:
            chat.forge.say(name, chat.dev, "time goes by")
            chat.says(name, chat.lead, "/override risk The outage is worse")
        chat.check(name)
        assert chat.state(name) is state


@pytest.mark.parametrize(
    ("second", "forgets"),
    [
        ({f"{BASE}/more.txt": "x"}, False),
        ({f"{BASE}/more.txt": "x"}, True),
        ({f"{BASE}/role.yaml": "{}\n"}, False),
        ({f"{BASE}/kustomization.yaml": "resources: [config.yaml]\n"}, False),
        ({f"{BASE}/kustomization.yaml": "resources: [config.yaml]\n"}, True),
    ],
)
def test_a_push_ends_an_override_for_good(chat: Chat, second: dict[str, str], forgets: bool) -> None:
    """Also if its head comes back, be the head between green or red."""
    name = chat.checked(BAD)
    first = chat.pull(name).head
    chat.says(name, chat.lead, "/override all The outage is worse")
    chat.check(name)
    assert chat.state(name) is PASSED
    if forgets:
        chat.memory.forget()
    chat.pushed(name, second)
    chat.check(name)
    reply = chat.reply(name, "override")
    assert "by now, so that counts no more" in reply and "The outage is worse" in reply
    assert "gatehouse:override:" not in reply
    assert chat.forge.states(first)[REQUIRED] is FAILED  # nobody can merge it before it is looked at
    chat.forge.change(name, head=first)
    chat.check(name)
    assert chat.state(name) is FAILED
    chat.forge.say(name, chat.dev, "time goes by")
    chat.says(name, chat.lead, "/override all The outage is worse")
    chat.check(name)
    assert chat.state(name) is PASSED


@pytest.mark.parametrize("method", ["comments", "publish", "write"])
@pytest.mark.parametrize("done", [False, True])
def test_whichever_call_fails_a_push_ends_an_override(chat: Chat, method: str, done: bool) -> None:
    name = chat.checked(BAD)
    first = chat.pull(name).head
    chat.says(name, chat.lead, "/override all The outage is worse")
    chat.check(name)
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.forge.fail(method, Unavailable("502"), done=done)
    with pytest.raises(Unavailable):
        chat.check(name)
    chat.check(name)
    assert chat.forge.states(first)[REQUIRED] is FAILED
    assert "gatehouse:override:" not in chat.reply(name, "override")


def test_a_branch_of_a_fork_is_none_of_the_repository(tmp_path: Path) -> None:
    """On GitLab the former head's status would go to a branch of the same name."""
    chat = Chat(tmp_path, ForgeKind.GITLAB)
    name = chat.opened(BAD, fork=True)
    chat.check(name)
    first = chat.pull(name).head
    chat.says(name, chat.lead, "/gatehouse override all The outage is worse")
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.check(name)
    assert chat.forge.states(first)[REQUIRED] is FAILED
    assert {each.branch for each in chat.forge.written} == {""}


def test_a_record_counts_in_the_reply_alone(chat: Chat) -> None:
    """Where a push takes it away: who may edit our other comments could keep it there."""
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override all The outage is worse")
    record = chat.reply(name, "override")
    report = next(each for each in chat.forge.ours(name) if each.body.startswith("<!-- gatehouse:report"))
    chat.forge.remove(name, chat.replies(name, "override")[0].id)
    chat.forge.edit(name, report.id, f"{report.body}\n{record}")
    assert in_force(chat, name) == ()


def test_a_push_leaves_another_pull_request_of_the_former_head_its_own_word(chat: Chat) -> None:
    name = chat.checked(BAD)
    first = chat.pull(name).head
    chat.says(name, chat.lead, "/override all The outage is worse")
    chat.check(name)
    chat.origin.git("branch", "there", first)
    other = chat.forge.open_pull_request(
        chat.repository, author=chat.dev, head=first, head_branch="change", base_branch="there"
    )
    chat.check(other)
    assert chat.state(other) is PASSED  # nothing is changed there
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.memory.forget()
    chat.queue.jobs.clear()
    chat.check(name)
    assert other.number in [job.number for job in chat.queue.jobs]
    assert not shares(dataclasses.replace(chat.pull(name), head=first), chat.ports)
    chat.check(other)
    assert chat.state(other) is PASSED


def test_what_others_wrote_into_our_reply_is_not_written_by_us(chat: Chat) -> None:
    """On GitLab it would be done with the bot's rights."""
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    (reply,) = chat.replies(name, "override")
    chat.forge.edit(name, reply.id, f"{reply.body}\n/merge\n@acme/all")
    chat.pushed(name, {f"{BASE}/more.txt": "x"})
    chat.check(name)
    assert "/merge" not in chat.reply(name, "override") and "@acme" not in chat.reply(name, "override")


def test_no_credential_in_a_reason_is_repeated(chat: Chat, caplog: pytest.LogCaptureFixture) -> None:
    name, token = chat.checked(BAD), "ghp_" + "a1B2" * 9
    with caplog.at_level(logging.INFO, "gatehouse.audit"):
        chat.says(name, chat.lead, f"/override risk known, I use {token} for it")
    chat.check(name)
    assert chat.state(name) is PASSED
    shown = [*(comment.body for comment in chat.forge.ours(name)), *(each.status.title for each in chat.forge.written)]
    assert not any(token in text for text in (*shown, *(str(each.__dict__) for each in caplog.records)))
    assert in_force(chat, name)[0].reason == "known, I use ••• for it"


def test_an_override_is_for_one_base_branch(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    chat.check(name)
    assert chat.state(name) is PASSED
    chat.origin.git("branch", "release", "base")
    chat.forge.change(name, base_branch="release")
    chat.check(name)
    assert chat.state(name) is FAILED
    chat.forge.change(name, base_branch="base")
    chat.check(name)
    assert chat.state(name) is PASSED


def test_a_list_that_lags_hides_no_override(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written a moment ago may be missing in the forge's list of comments."""
    name = chat.checked(BAD)
    chat.forge.publish(chat.repository, chat.pull(name).head, Status("gatehouse/policy", FAILED, "1 error"))
    before = list(chat.forge.comments(name))
    monkeypatch.setattr(chat.forge, "comments", lambda _: before)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    chat.says(name, chat.lead, "/override policy The outage is worse")
    assert [each.check for each in in_force(chat, name)] == [CheckName.POLICY, CheckName.RISK]
    chat.check(name)
    assert chat.state(name) is PASSED


def test_after_redis_was_deleted_the_command_is_to_be_written_again(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.memory.forget()
    comment = chat.says(name, chat.lead, "/override risk The outage is worse")
    assert Reaction.REFUSED in chat.reactions(name, comment)
    chat.forge.say(name, chat.dev, "time goes by")
    again = chat.says(name, chat.lead, "/override risk The outage is worse")
    assert Reaction.DONE in chat.reactions(name, again)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/override risk", "needs a reason"),
        ("/override risk .!", "needs a reason"),
        ("/override", "CHECK is one of schema, policy"),
        ("/override everything because", "CHECK is one of schema, policy"),
        ("/override schema it is wrong", "schema did not fail"),
        (f"/override risk {'x' * 301}", "the reason has 301 characters"),
    ],
)
def test_what_cannot_be_overridden(chat: Chat, text: str, words: str) -> None:
    name = chat.checked(BAD)
    comment = chat.says(name, chat.lead, text)
    assert Reaction.REFUSED in chat.reactions(name, comment)
    assert words.lower() in chat.reply(name, "override").replace("`", "").lower()
    assert in_force(chat, name) == ()


def test_a_check_without_an_answer_cannot_be_overridden(chat: Chat) -> None:
    name = chat.checked(BAD)
    head = chat.pull(name).head
    chat.forge.publish(chat.repository, head, Status(REQUIRED, State.PENDING, "checking"))
    chat.says(name, chat.lead, "/override risk The outage is worse")
    assert "not there yet" in chat.reply(name, "override")
    chat.forge.publish(chat.repository, head, Status("gatehouse/risk", State.ERROR, "could not run"))
    chat.forge.publish(chat.repository, head, Status(REQUIRED, State.ERROR, "could not run"))
    chat.says(name, chat.lead, "/override risk The outage is worse")
    assert "could not judge" in chat.reply(name, "override")


def test_all_failed_checks_at_once_and_one_after_the_other(chat: Chat) -> None:
    name = chat.checked(BAD)
    head = chat.pull(name).head
    chat.forge.publish(chat.repository, head, Status("gatehouse/policy", FAILED, "1 error"))
    chat.says(name, chat.lead, "/override ALL we know\n/override gatehouse/risk and this is another reason")
    found = in_force(chat, name)
    assert {(each.check, each.reason) for each in found} == {
        (CheckName.RISK, "and this is another reason"), (CheckName.POLICY, "we know"),
    }  # fmt: skip
    other = chat.person("second", chat.forge.permission(chat.repository, chat.lead))
    chat.forge.set_members(TEAM, chat.lead, other)
    chat.says(name, other, "/override policy I know better")
    assert {each.login for each in in_force(chat, name)} == {"lead", "second"}


def test_without_a_key_nothing_can_be_overridden(chat: Chat) -> None:
    name = chat.checked(BAD)
    chat.with_ports(seal=None)
    chat.says(name, chat.lead, "/override risk The outage is worse")
    assert "no key to sign" in chat.reply(name, "override")
    chat.check(name)
    assert chat.state(name) is FAILED


def test_a_passing_change_asks_the_forge_for_overrides_once(chat: Chat) -> None:
    """In the end, as somebody may have overridden a former head before the memory was lost."""
    name = chat.checked(BLUE)
    assert chat.forge.calls["comments"] == 1
    chat.pushed(name, {"docs/a.md": "more\n"})
    chat.check(name)
    assert chat.forge.calls["comments"] == 1


def test_a_bot_that_may_read_no_comments_has_a_verdict(chat: Chat) -> None:
    chat.forge.fail("comments", Forbidden("no"), times=2)
    assert chat.state(chat.checked(BLUE)) is PASSED
