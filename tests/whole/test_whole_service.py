"""The whole service at work on both forges: what people do, and what each pull request then says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from posted_report import report_of
from whole_service import BASE, BROKEN, DEV, PROD, Half, Whole, coloured, wait_for, whole

from bot.model.forge import ForgeKind, Permission, State
from bot.playground.events import Event
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import PullRequest
from bot.playground.viewing import body
from bot.report.status import REQUIRED
from bot.service.comment import MARKER

ATTACKS = (
    "/approve", "/merge", "/close", "```\n/approve\n/merge", "````\n```\n/approve\n", "</details>\n/approve",
    "</summary>\n\n/assign @ada", "-->\n/approve\n<!--", "@acme/shop", "@ada please", f"{MARKER}\n/approve",
    "<sub>\n</sub>\n/close", "<script>alert(1)</script>", "![x](https://example.com/x.png)",
)  # fmt: skip
STRANGE = "x$(touch${IFS}pwned)`id`;&|<b>'\"-@acme/shop-__bold__-(b)-</details>-%s-\u202e-é"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with whole(tmp_path_factory.mktemp("whole")) as made:
        yield made


@pytest.fixture(params=list(ForgeKind))
def half(running: Whole, request: pytest.FixtureRequest) -> Half:
    return running.halves[request.param]


def is_as_printed(half: Half, comment: str) -> bool:
    """The report is what the command in its footer prints."""
    return report_of(comment) == half.as_printed(comment)


def test_pending_then_the_verdict_and_pushes_with_and_without_force(half: Half) -> None:
    pull = half.opened("life", coloured("green"))
    comment = half.settled(pull)
    seen = half.told(pull.head)
    assert seen[0] is State.PENDING and seen[-1] is State.PASSED and State.FAILED not in seen
    assert len(half.states(pull.head)) == 8  # seven checks and the required one
    assert "green" in comment and is_as_printed(half, comment)

    half.push("life", BROKEN)
    comment = half.settled(pull)
    assert half.state(pull) is State.FAILED and "nowhere.yaml" in comment

    half.push("life", coloured("blue"), start=half.tip("main"))  # by force
    comment = half.settled(pull)
    assert half.state(pull) is State.PASSED and "blue" in comment and "nowhere.yaml" not in comment
    assert len(half.by_bot(pull)) == 1


def test_the_head_moves_in_the_middle_of_a_run(half: Half) -> None:
    first = half.push("moves", coloured("green"))
    moved: list[str] = []

    def move(event: Event) -> None:
        """In the instant in which the first head becomes pending: its run has begun, and is not over."""
        heads = (event.check_run and event.check_run.head, event.status and event.status.commit)
        if first in heads and event.repository is half.repository and not moved:
            moved.append("now")
            moved.append(half.push("moves", BROKEN))

    half.world.listen(move)
    pull = half.world.open_pull(half.repository, half.person("ben"), "A change", "moves")
    wait_for(lambda: len(moved) == 2, "the first status")
    comment = half.settled(pull)
    assert half.state(pull) is State.FAILED and pull.head == moved[1] and first[:7] not in comment
    half.whole.quiet()
    assert half.told(first) == [State.PENDING, State.FAILED], "the result for a head that had moved was written"
    (left,) = half.world.shown(half.repository, first)
    assert left.name == REQUIRED and "has left this commit" in left.title
    assert half.report(pull) == comment


def test_another_base_branch(half: Half) -> None:
    half.push("release", coloured("white"), by="ada", start=half.tip("main"))
    half.push("retarget", coloured("green"), start=half.tip("release"))
    pull = half.world.open_pull(half.repository, half.person("ben"), "A change", "retarget")
    assert "-  colour: red" in half.settled(pull)
    half.world.edit_pull(pull, half.person("ben"), base_branch="release")
    wait_for(lambda: half.tip("release") in half.report(pull), "a report for the other base")
    assert "-  colour: white" in half.settled(pull)


def test_closed_and_opened_again(half: Half) -> None:
    pull = half.opened("closed", coloured("green"))
    before = half.settled(pull)
    half.world.close(pull, half.person("ben"))
    half.push("closed", BROKEN)
    half.whole.quiet()
    assert half.report(pull) == before
    assert half.told(half.tip("closed")) == []
    half.world.reopen(pull, half.person("ben"))
    half.settled(pull)
    assert half.state(pull) is State.FAILED


def test_a_draft_is_checked_too(half: Half) -> None:
    pull = half.opened("draft", coloured("green"), draft=True)
    assert pull.is_draft
    half.settled(pull)
    half.world.set_draft(pull, half.person("ben"), False)
    half.push("draft", BROKEN)
    half.settled(pull)
    assert half.state(pull) is State.FAILED


def test_who_approved_counts_in_the_merge_queue_too(running: Whole) -> None:
    half = running.halves[ForgeKind.GITHUB]
    pull = half.opened("queued", coloured("green", where=BASE))
    half.settled(pull)
    assert half.state(pull) is State.FAILED
    half.approve(pull, "chloe")
    wait_for(lambda: half.state(pull) is State.PASSED, "the owners")
    group = half.world.enqueue(pull, half.person("ada"))
    ends = (State.PASSED, State.FAILED)
    wait_for(lambda: half.states(group.commit).get(REQUIRED) in ends, "the answer to the queue")
    assert half.states(group.commit)[REQUIRED] is State.PASSED


def test_a_merge_queue_of_which_no_webhook_tells_is_answered_and_a_re_run_of_it(running: Whole) -> None:
    half = running.halves[ForgeKind.GITHUB]
    pull = half.opened("unheard", coloured("green"))
    half.settled(pull)
    half.world.faults.add(Fault(FaultKind.LOST, "HOOK merge_group.*"))
    group = half.world.enqueue(pull, half.person("ada"))
    wait_for(lambda: half.states(group.commit).get(REQUIRED) is State.PASSED, "the sweep")

    def runs() -> list[int]:
        rows = half.world.runs_of(half.repository, group.commit, latest=False)
        return [run.id for run in rows if run.name == REQUIRED and run.conclusion == "success"]

    (first,) = runs()
    half.world.rerequest(half.world.check_runs[first], half.person("ada"))
    wait_for(lambda: len(runs()) == 2, "the re-run")


def test_comments_of_others_stay_others(half: Half) -> None:
    pull = half.opened("others", coloured("green"))
    forged = half.say(pull, "ben", f"{MARKER}\nAll is well, merge it.\n")
    other_bot = half.world.user("robot") if _has(half, "robot") else half.world.add_user("robot", is_bot=True)
    half.repository.members[other_bot.id] = half.repository.members[half.person("ben").id]
    robots = half.world.comment(pull, other_bot, f"{MARKER}\nI am a bot as well.\n")
    asked = half.world.comment(pull, other_bot, "/gatehouse help")
    edited = half.say(pull, "ben", "nothing")
    wait_for(
        lambda: half.world.now() - edited.created_at > timedelta(seconds=1.5), "the next second: forges tell no less"
    )
    half.world.edit_comment(edited, half.person("ben"), "/gatehouse help")
    half.settled(pull)
    half.whole.quiet()
    assert (forged.body, robots.body) == (f"{MARKER}\nAll is well, merge it.\n", f"{MARKER}\nI am a bot as well.\n")
    assert len(half.by_bot(pull)) == 1, "somebody was answered"
    assert asked.reactions == [] and edited.reactions == []

    half.push("others", coloured("blue"))
    half.settled(pull)
    assert len(half.by_bot(pull)) == 1 and robots.id in half.world.comments and forged.id in half.world.comments


def _has(half: Half, login: str) -> bool:
    return any(user.login == login for user in half.world.users.values())


def test_a_command_is_answered_once(running: Whole, half: Half) -> None:
    pull = half.opened("commands", coloured("green"))
    half.settled(pull)
    route = "HOOK note*" if half.kind is ForgeKind.GITLAB else "HOOK issue_comment.created"
    running.forge.world.faults.add(Fault(FaultKind.DOUBLED, route))
    asked = half.say(pull, "ben", "/gatehouse explain policy/probes")
    wait_for(lambda: len(asked.reactions) == 2, "the answer")
    running.quiet()
    with half.world.lock:
        mine = [d for d in half.world.deliveries.values() if b"policy/probes" in d.request_body]
    for delivery in mine:
        running.forge.sender.redeliver(delivery)
    running.quiet()
    (reply,) = (comment for comment in half.by_bot(pull) if not comment.body.startswith(MARKER))
    assert f"gatehouse:answers:{asked.id}:" in reply.body
    assert not reply.edited and len(asked.reactions) == 2
    half.say(pull, "ben", "/gatehouse explain policy/privileged")
    wait_for(lambda: "policy/privileged" in reply.body, "the second answer, in the same place")
    running.quiet()
    assert len(half.by_bot(pull)) == 2


def test_who_only_looks_is_told_who_may(running: Whole, half: Half) -> None:
    pull = half.opened("denied", BROKEN)
    before = half.settled(pull)
    half.repository.members[half.person("olga").id] = Permission.READ
    asked = half.say(pull, "olga", "/gatehouse override policy it is fine")
    wait_for(lambda: len(asked.reactions) == 2, "the denial")
    running.quiet()
    assert half.state(pull) is State.FAILED and half.report(pull) == before


def test_names_of_branches_are_text(running: Whole, half: Half) -> None:
    base = f"release-{STRANGE}"
    half.push(base, coloured("white"), by="ada", start=half.tip("main"))
    pull = half.opened(STRANGE, coloured("green"), base=base)
    comment = half.settled(pull)
    assert half.state(pull) is State.PASSED and is_as_printed(half, comment)
    half.push(STRANGE, BROKEN)
    half.settled(pull)
    assert half.state(pull) is State.FAILED
    assert pull.is_open and not list(running.place.rglob("pwned"))
    assert "<b>" not in half.report(pull).replace("`", "") or "&lt;b>" in half.report(pull)


def hostile(attacks: tuple[str, ...]) -> dict[str, str | None]:
    """The same words in names, labels, values, keys and paths of files."""
    objects = []
    for n, text in enumerate(attacks):
        metadata = {"name": f"m{n}", "annotations": {"note": text}}
        objects.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": text}})
    files = {f"{DEV}/m{n}.yaml": json.dumps(each, indent=1) + "\n" for n, each in enumerate(objects)}
    files[f"{DEV}/text.yaml"] = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: text\ndata:\n  all: |\n"
        + "\n".join(f"    {line}" for text in attacks for line in text.split("\n")) + "\n"
    )  # fmt: skip
    listed = json.dumps(["config.yaml", "text.yaml", *(f"m{n}.yaml" for n in range(len(attacks)))])
    return {**files, f"{DEV}/kustomization.yaml": f"resources: {listed}\nnamespace: dev\n"}


def test_hostile_manifests_stay_text(half: Half) -> None:
    pull = half.opened("hostile", hostile(ATTACKS))
    assert is_as_printed(half, half.settled(pull))
    half.push(
        "hostile",
        {f"{DEV}/\n\n</details>\n/approve\n@acme/shop.yaml": "a: {b\n", f"{DEV}/m0.yaml": "kind: [/approve\n"},
    )
    comment = half.settled(pull)
    assert half.state(pull) is State.FAILED
    _nothing_was_done(half, pull)
    html = body(half.world, comment)
    assert html.count("<details") == html.count("</details>") and "<script" not in html and "<img" not in html


def _nothing_was_done(half: Half, pull: PullRequest) -> None:
    assert pull.is_open and not pull.is_merged and pull.title == "A change"
    assert half.world.reviews_of(pull) == [] and pull.labels == []
    comments = [comment for comment in half.world.comments_of(pull) if not comment.path]
    assert [comment.author_id for comment in comments] == [half.bot.id]


def test_an_approval_turns_owners_green_by_itself(half: Half) -> None:
    pull = half.opened("owned", coloured("green", where=BASE))
    comment = half.settled(pull)
    states = half.states(pull.head)
    assert states[REQUIRED] is states["gatehouse/owners"] is State.FAILED and "@acme/shop" in comment
    half.approve(pull, "chloe")
    wait_for(lambda: half.state(pull) is State.PASSED, "the approval to count")
    assert half.states(pull.head)["gatehouse/owners"] is State.PASSED
    comment = half.settled(pull)
    assert "--approved-by" in comment and is_as_printed(half, comment)


def test_a_push_to_the_base_is_followed_by_those_whom_it_concerns(half: Half) -> None:
    half.push("line", coloured("white"), by="ada", start=half.tip("main"))
    mine = half.opened("mine", coloured("green"), base="line")
    other = half.opened("other", {f"{PROD}/notes.md": "nothing\n"}, base="line")
    half.settled(mine)
    aside = half.settled(other)
    half.whole.quiet()
    half.push(
        "line", {f"{DEV}/kustomization.yaml": "resources: [config.yaml]\nnamespace: dev\nnamePrefix: x-\n"}, by="ada"
    )
    wait_for(lambda: half.tip("line") in half.report(mine), "the new base")
    half.settled(mine)
    half.whole.quiet()
    assert half.report(other) == aside
