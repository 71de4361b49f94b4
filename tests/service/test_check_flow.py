"""What becomes of a pull request: pending first, one comment, a final status on the head that was looked at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scene import BASE, FILES, Scene

from bot.errors import RetryLater, ToolError
from bot.forge.base import Forbidden, NotFound, Unavailable
from bot.gate import judged as gate
from bot.model.forge import ForgeKind, Permission, PullRequestName, RepositoryName, State, Status
from bot.model.job import Job, JobKind
from bot.service import result as result_module
from bot.service.check import check, give_up
from bot.service.dispatch import gave_up, perform

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
GREEN = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "green")}
CHECKS = {f"gatehouse/{name}" for name in ("schema", "policy", "secrets", "images", "boundaries", "risk")}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_a_pull_request_gets_pending_then_a_comment_then_its_statuses(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    head = scene.pull(name).head
    states = [(each.status.name, each.status.state) for each in scene.forge.written]
    assert states[0] == ("gatehouse", State.PENDING)
    assert states[-1] == ("gatehouse", State.PASSED)
    assert {n for n, _ in states[1:-1]} == CHECKS and all(each.commit == head for each in scene.forge.written)
    assert scene.comment(name).startswith("<!-- gatehouse:report -->\n### ✅ Gatehouse: passed")
    assert "[full report](https://gatehouse.example/reports/1-" in scene.comment(name)
    writes = scene.forge.calls["publish"] + scene.forge.calls["write"]
    assert writes == 9  # pending, six checks, the verdict, the comment


def test_who_owns_what_is_a_status_where_there_is_a_codeowners_file(tmp_path: Path) -> None:
    scene = Scene(tmp_path, files={**FILES, "CODEOWNERS": "* @acme/devs\n"})
    name = scene.opened(BLUE)
    scene.check(name)
    assert {each.status.name for each in scene.forge.written} == {*CHECKS, "gatehouse/owners", "gatehouse"}


def test_the_report_in_the_comment_is_what_the_command_prints(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    body = scene.comment(name)
    match = re.search(r"same report: `([^`]+)`", body)
    assert match is not None
    words = match[1].split()[1:]
    printed = subprocess.run(
        [sys.executable, "-m", "bot", *words, "--format", "markdown"],
        cwd=scene.origin.path, env={"PYTHONPATH": ":".join(sys.path), "PATH": os.environ["PATH"]}, capture_output=True,
        check=True,
    ).stdout.decode()  # fmt: skip
    assert body.split("\n", 1)[1].startswith(printed)


def test_a_push_gets_a_verdict_of_its_own_and_edits_the_comment(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    first = scene.pull(name).head
    second = scene.pushed(name, {f"{BASE}/kustomization.yaml": "resources: [gone.yaml]\n"})
    scene.check(name)
    assert scene.forge.states(first)["gatehouse"] is State.PASSED
    assert scene.forge.states(second)["gatehouse"] is State.FAILED
    assert "does not build any more" in scene.comment(name)
    assert first[:7] not in scene.comment(name)


def test_what_is_known_is_not_looked_at_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    written = len(scene.forge.written)
    monkeypatch.setattr(result_module, "judged", _never)
    scene.check(name)
    assert len(scene.forge.written) == written
    monkeypatch.undo()
    scene.check(name, again=True)
    assert scene.forge.written[written].status.state is State.PENDING
    assert scene.state(name) is State.PASSED


def _never(*_: object) -> Any:
    raise AssertionError("this was known")


def test_after_redis_was_deleted_the_same_comes_out_again(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.check(name)
    before = _timeless(scene.comment(name)), scene.forge.states(scene.pull(name).head)
    scene.memory.forget()
    scene.check(name)
    assert (_timeless(scene.comment(name)), scene.forge.states(scene.pull(name).head)) == before


def _timeless(text: str) -> str:
    return re.sub(r"took [0-9.]+ s", "took", text)


@pytest.mark.parametrize("fork", [False, True])
def test_a_fork_is_checked_unless_the_base_side_refuses(scene: Scene, fork: bool) -> None:
    name = scene.opened({**BLUE, ".gatehouse.yaml": "version: 1\n"}, fork=fork)
    scene.check(name)
    assert scene.state(name) is not State.ERROR
    scene.merged({".gatehouse.yaml": "version: 1\npull_requests: {forks: refuse}\n"})
    other = scene.opened(GREEN, branch="other", fork=fork)
    scene.check(other)
    assert (scene.state(other) is State.ERROR) is fork
    assert ("pull_requests.forks: refuse" in scene.comment(other)) is fork


def test_a_closed_pull_request_is_left_alone(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.forge.change(name, is_open=False)
    scene.check(name)
    assert not scene.forge.written and not scene.forge.ours(name)
    scene.check(type(name)(name.repository, 77))  # never there


def _during(scene: Scene, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> list[str]:
    """Let something happen once while the gate judges; gives the heads that were judged."""
    heads: list[str] = []

    def watched(repository: Any, question: Any, *rest: Any) -> Any:
        heads.append(question.head)
        if len(heads) == 1:
            happens()
        return gate(repository, question, *rest)

    monkeypatch.setattr(result_module, "judged", watched)
    return heads


def test_a_head_that_moves_in_mid_run_drops_the_result(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    name = scene.opened(BLUE)
    first = scene.pull(name).head
    heads = _during(scene, monkeypatch, lambda: scene.pushed(name, GREEN))
    scene.check(name)
    second = scene.pull(name).head
    assert heads == [first, second]
    assert scene.forge.states(first) == {"gatehouse": State.ERROR}  # nobody waits for an answer there
    assert scene.forge.states(second)["gatehouse"] is State.PASSED
    assert second[:7] in scene.comment(name)


def test_a_pull_request_that_is_closed_in_mid_run_gets_nothing_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = scene.opened(BLUE)
    _during(scene, monkeypatch, lambda: scene.forge.change(name, is_open=False))
    scene.check(name)
    assert [each.status.state for each in scene.forge.written] == [State.PENDING, State.ERROR]
    assert not scene.forge.ours(name)


def test_a_retarget_in_mid_run_asks_for_the_other_base(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.origin.git("branch", "release", "base")
    name = scene.opened(BLUE)
    _during(scene, monkeypatch, lambda: scene.forge.change(name, base_branch="release"))
    scene.check(name)
    assert scene.state(name) is State.PASSED


def test_who_comes_while_somebody_checks_makes_them_look_once_more(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = scene.opened(BLUE)
    calls = []

    def second() -> None:
        check(name, scene.ports)  # finds the lock held, and goes
        calls.append(len(scene.forge.written))

    _during(scene, monkeypatch, second)
    before = scene.forge.calls["pull_request"]
    scene.check(name)
    assert calls == [1] and not scene.locks.held and not scene.locks.marked
    assert scene.forge.calls["pull_request"] > before
    assert scene.state(name) is State.PASSED


def test_a_configuration_that_cannot_be_used_is_an_error_with_its_sentence(scene: Scene) -> None:
    scene.merged({".gatehouse.yaml": "version: 1\nchekcs: {}\n"})
    name = scene.opened(BLUE)
    scene.check(name)
    assert scene.state(name) is State.ERROR
    assert "chekcs" in scene.comment(name) and "/gatehouse check" in scene.comment(name)
    scene.merged({".gatehouse.yaml": "version: 1\n"})
    scene.check(name)
    assert scene.state(name) is State.PASSED


def test_what_the_machine_cannot_do_is_an_error_that_is_not_remembered(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = scene.opened(BLUE)

    def broken(*_: object) -> Any:
        raise ToolError("kustomize was not found: https://bot:s3cr3t-t0ken-value@example.com")

    monkeypatch.setattr(result_module, "judged", broken)
    scene.check(name)
    assert scene.state(name) is State.ERROR and "kustomize was not found" in scene.comment(name)
    assert "s3cr3t-t0ken-value" not in scene.comment(name) + str(scene.forge.written)
    monkeypatch.undo()
    scene.check(name)
    assert scene.state(name) is State.PASSED


class _Flaky:
    """A forge of which one call fails: the one with this number, before or after it had its effect."""

    def __init__(self, forge: Any, number: int, *, done: bool) -> None:
        self._forge, self._left, self._done = forge, number, done

    @property
    def comment_limit(self) -> int:
        return int(self._forge.comment_limit)

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._forge, name)

        def call(*args: Any, **options: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._done:
                raise Unavailable("502")
            answer = method(*args, **options)
            if self._left == 0:
                raise Unavailable("502")
            return answer

        return call


@pytest.mark.parametrize("done", [False, True])
def test_whichever_call_of_the_forge_fails_the_next_try_ends_the_same(tmp_path: Path, done: bool) -> None:
    scene = Scene(tmp_path)
    name = scene.opened(BLUE)
    scene.check(name)
    comment, states = _timeless(scene.comment(name)), scene.forge.states(scene.pull(name).head)
    number, whole = 0, dict(scene.ports.forges)
    while True:
        number += 1
        scene.forge.written.clear()
        scene.forge.remove(name, scene.forge.ours(name)[0].id)
        scene.memory.forget()
        scene.with_ports(forges={ForgeKind.GITHUB: _Flaky(scene.forge, number, done=done)})
        try:
            scene.check(name)
        except RetryLater:
            assert not scene.locks.held
            green = scene.state(name) is State.PASSED
            assert not green or done  # the very last write had its effect
            scene.with_ports(forges=whole)
            scene.check(name)
            assert (_timeless(scene.comment(name)), scene.forge.states(scene.pull(name).head)) == (comment, states)
        else:
            break
    assert number > 20


def test_giving_up_ends_in_red_with_what_to_do(scene: Scene) -> None:
    name = scene.opened(BLUE)
    give_up(name, scene.ports, "the worker was ended 3 times.")
    assert scene.state(name) is State.ERROR
    assert "ended 3 times" in scene.comment(name) and "`/gatehouse check`" in scene.comment(name)
    scene.check(name, again=True)
    assert scene.state(name) is State.PASSED


def test_a_forge_that_is_away_is_told_later_that_it_was_given_up(scene: Scene) -> None:
    name = scene.opened(BLUE)
    job = Job(JobKind.CHECK, scene.repository, number=name.number)
    scene.forge.fail("publish", Unavailable("502"))
    with pytest.raises(Unavailable):
        gave_up(job, scene.ports, "tried 3 times.")
    gave_up(job, scene.ports, "tried 3 times.")
    assert scene.state(name) is State.ERROR


def test_people_who_wait_see_the_stage(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    name = scene.opened(BLUE)
    seen: list[str] = []

    @contextmanager
    def at_once(write: Callable[[str, int, int], None], **_: float) -> Iterator[Callable[[str, int, int], None]]:
        write("render", 3, 7)
        seen.append(scene.comment(name))
        yield lambda *_: None

    monkeypatch.setattr("bot.service.check.told", at_once)
    scene.check(name)
    assert "render 3/7" in seen[0] and seen[0].startswith("<!-- gatehouse:report -->\n### ⏳")
    assert "render 3/7" not in scene.comment(name)


OWNED = {**FILES, "CODEOWNERS": "* @acme/devs\n/apps/shop/overlays/prod/ @acme/sre\n/CODEOWNERS @acme/sre\n"}


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_production_waits_for_its_owners_and_turns_green_by_itself(tmp_path: Path, kind: ForgeKind) -> None:
    scene = Scene(tmp_path, kind, OWNED)
    sre, other = scene.writer("sam"), scene.writer("olga")
    scene.forge.set_members("@acme/sre", sre, scene.dev)
    scene.forge.set_members("@acme/devs", sre, other, scene.dev)
    name = scene.opened(BLUE)
    scene.check(name)
    assert scene.state(name) is State.FAILED
    assert scene.forge.states(scene.pull(name).head)["gatehouse/owners"] is State.FAILED
    scene.forge.review(name, other)
    scene.check(name)
    assert scene.state(name) is State.FAILED  # not theirs
    scene.forge.review(name, scene.dev)
    scene.check(name)
    assert scene.state(name) is State.FAILED  # nobody agrees to their own change
    scene.forge.review(name, sre)
    scene.check(name)
    assert scene.state(name) is State.PASSED
    assert "--approved-by" in scene.comment(name)
    scene.pushed(name, GREEN)
    scene.check(name)
    assert scene.state(name) is State.FAILED  # they have not seen this head


def test_a_check_that_is_not_asked_any_more_leaves_no_red_behind(tmp_path: Path) -> None:
    """Its status would hold the merge on GitLab. Another pull request of the commit may still be asked."""
    scene = Scene(tmp_path, ForgeKind.GITLAB, OWNED)
    scene.origin.git("branch", "release", "base")
    name = scene.opened(BLUE)
    head = scene.pull(name).head
    scene.check(name)
    assert scene.forge.states(head)["gatehouse/owners"] is State.FAILED
    scene.merged({"CODEOWNERS": None})
    scene.check(name)
    assert set(scene.forge.states(head).values()) == {State.PASSED}
    written = len(scene.forge.written)
    scene.check(name)
    assert len(scene.forge.written) == written
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="other", base_branch="release"
    )
    for each in (other, name, other):
        scene.check(each)
        assert scene.forge.states(head)["gatehouse/owners"] is State.FAILED
        assert scene.state(name) is State.FAILED


def test_a_check_that_did_not_run_does_not_turn_green(tmp_path: Path) -> None:
    scene = Scene(tmp_path, files=OWNED)
    name = scene.opened(BLUE)
    scene.check(name)
    head = scene.pull(name).head
    assert scene.forge.states(head)["gatehouse/owners"] is State.FAILED
    scene.merged({".gatehouse.yaml": "version: 77\n"})
    scene.check(name)
    assert scene.state(name) is State.ERROR
    assert scene.forge.states(head)["gatehouse/owners"] is State.FAILED


@pytest.mark.parametrize("kind", list(ForgeKind))
def test_an_owner_who_may_not_write_any_more_does_not_agree(tmp_path: Path, kind: ForgeKind) -> None:
    """Their name stayed in CODEOWNERS, or in the team."""
    scene = Scene(tmp_path, kind, OWNED)
    sre = scene.writer("sam")
    for team in ("@acme/sre", "@acme/devs"):
        scene.forge.set_members(team, sre)
    name = scene.opened(BLUE)
    scene.forge.review(name, sre)
    for permission in (Permission.READ, Permission.WRITE, Permission.TRIAGE):
        scene.forge.set_permission(scene.repository, sre, permission)
        scene.check(name)
        assert scene.state(name) is (State.PASSED if permission is Permission.WRITE else State.FAILED)


def test_approvals_of_older_heads_count_where_the_base_side_says_so(tmp_path: Path) -> None:
    config = {".gatehouse.yaml": "version: 1\npull_requests: {approvals: any}\n"}
    scene = Scene(tmp_path, files={**OWNED, **config})
    sre = scene.writer("sam")
    scene.forge.set_members("@acme/sre", sre)
    name = scene.opened(BLUE)
    scene.forge.review(name, sre)
    scene.pushed(name, GREEN)
    scene.check(name)
    assert scene.state(name) is State.PASSED


def test_a_commit_is_green_only_when_every_pull_request_of_it_is(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.origin.git("checkout", "-q", "-B", "release", "base")
    scene.origin.commit({".gatehouse.yaml": "version: 1\nchekcs: {}\n"})
    fine = scene.opened(BLUE)
    head = scene.pull(fine).head
    bad = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="change", base_branch="release"
    )
    scene.check(fine)
    assert scene.state(fine) is State.PENDING
    assert [job.number for job in scene.queue.jobs] == [bad.number]
    scene.check(bad)
    assert scene.state(bad) is State.ERROR
    scene.check(fine)
    assert scene.state(fine) is State.ERROR
    assert "passed" in next(c.body for c in scene.forge.ours(fine))
    scene.forge.change(bad, is_open=False)
    scene.queue.jobs.clear()
    scene.check(bad)
    assert [job.number for job in scene.queue.jobs] == [fine.number]
    scene.check(fine)
    assert scene.state(fine) is State.PASSED


@pytest.mark.parametrize("first", [0, 1])
def test_who_leaves_a_shared_commit_takes_the_verdict_along(tmp_path: Path, first: int) -> None:
    scene = Scene(tmp_path)
    scene.origin.git("checkout", "-q", "-B", "release", "base")
    scene.origin.commit({".gatehouse.yaml": "version: 1\nchekcs: {}\n"})
    fine = scene.opened(BLUE)
    head = scene.pull(fine).head
    scene.check(fine)
    bad = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="other", base_branch="release"
    )
    for name in ((bad,), (bad, fine))[first]:
        scene.check(name)
    assert scene.state(fine) is State.ERROR
    scene.forge.change(bad, head=scene.change(GREEN, branch="other"))
    scene.queue.jobs.clear()
    scene.check(bad)
    assert [job.number for job in scene.queue.jobs] == [fine.number]
    scene.check(fine)
    assert (scene.state(fine), scene.state(bad)) == (State.PASSED, State.ERROR)
    scene.queue.jobs.clear()
    scene.check(bad)
    assert scene.queue.jobs == []


def test_two_pull_requests_of_one_commit_both_end_green(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.origin.git("branch", "release", "base")
    names = [scene.opened(BLUE)]
    head = scene.pull(names[0]).head
    names.append(
        scene.forge.open_pull_request(
            scene.repository, author=scene.dev, head=head, head_branch="change", base_branch="release"
        )
    )
    scene.check(names[0])
    assert scene.state(names[0]) is State.PENDING
    while scene.queue.jobs:
        scene.check(scene.queue.jobs.pop(0).pull_request)
    assert scene.state(names[0]) is State.PASSED


@pytest.mark.parametrize("red", ["checks: {run: all}\n", "chekcs: {}\n"])
def test_workers_at_two_pull_requests_of_one_commit_agree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, red: str
) -> None:
    """Of one the verdict turns green, and of the other one red while the first is being written."""
    scene = Scene(tmp_path, files={**OWNED, ".gatehouse.yaml": "checks: {run: [schema]}\n"})
    scene.origin.git("branch", "release", "base")
    name = scene.opened(BLUE)
    head = scene.pull(name).head
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="change", base_branch="release"
    )
    scene.merged({".gatehouse.yaml": "chekcs: {}\n"})
    for each in (name, other):
        scene.check(each)
    assert scene.state(name) is State.ERROR
    scene.merged({".gatehouse.yaml": "checks: {run: [schema]}\n"})
    scene.change({".gatehouse.yaml": red}, branch="release", start="release")
    _meanwhile(scene, monkeypatch, other)
    scene.check(name)
    assert scene.state(name) in (State.FAILED, State.ERROR)


def test_what_the_other_one_is_not_asked_any_more_leaves_no_red_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(tmp_path, ForgeKind.GITLAB, OWNED)
    scene.origin.git("branch", "release", "base")
    name = scene.opened(BLUE)
    head = scene.pull(name).head
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="change", base_branch="release"
    )
    scene.merged({".gatehouse.yaml": "checks: {run: [schema]}\n"})
    for each in (other, name):
        scene.check(each)
    assert scene.forge.states(head)["gatehouse/owners"] is State.FAILED
    scene.change({".gatehouse.yaml": "checks: {run: [schema]}\n"}, branch="release", start="release")
    _meanwhile(scene, monkeypatch, other)
    scene.check(name, again=True)
    assert {scene.forge.states(head)[each] for each in ("gatehouse", "gatehouse/owners")} == {State.PASSED}


def _meanwhile(scene: Scene, monkeypatch: pytest.MonkeyPatch, other: PullRequestName) -> None:
    """Another worker checks the other one where the first status but a pending one would be set."""
    publish = scene.forge.publish

    def interrupted(repository: RepositoryName, commit: str, status: Status, **options: Any) -> None:
        if status.state is not State.PENDING:
            monkeypatch.undo()
            scene.check(other)
        publish(repository, commit, status, **options)

    monkeypatch.setattr(scene.forge, "publish", interrupted)


def test_a_verdict_for_another_base_branch_is_no_word_on_a_shared_commit(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.change({".gatehouse.yaml": "version: 1\nchekcs: {}\n"}, branch="broken")
    scene.origin.git("branch", "release", "base")
    name = scene.opened(BLUE)
    head = scene.pull(name).head
    other = scene.forge.open_pull_request(
        scene.repository, author=scene.dev, head=head, head_branch="change", base_branch="release"
    )
    for each in (name, other, name):
        scene.check(each)
    assert scene.state(name) is State.PASSED
    scene.forge.change(other, base_branch="broken")
    scene.queue.jobs.clear()
    scene.check(name)
    assert scene.state(name) is State.PENDING
    assert [job.number for job in scene.queue.jobs] == [other.number]
    scene.check(other)
    assert scene.state(name) is State.ERROR


def test_a_green_for_another_base_branch_is_taken_back_first(scene: Scene) -> None:
    scene.origin.git("branch", "release", "base")
    name = scene.opened(BLUE)
    scene.check(name)
    assert scene.state(name) is State.PASSED
    scene.forge.change(name, base_branch="release")
    written = len(scene.forge.written)
    scene.check(name)
    assert scene.forge.written[written].status == Status("gatehouse", State.PENDING, "checking")
    assert scene.state(name) is State.PASSED


def test_a_base_branch_that_is_gone_is_said_at_once_and_forgotten_when_it_is_back(scene: Scene) -> None:
    """GitLab leaves such merge requests open."""
    name = scene.opened(BLUE)
    scene.check(name)
    scene.origin.git("checkout", "-q", "--detach")
    tip = scene.origin.git("rev-parse", "base")
    scene.origin.git("branch", "-D", "base")
    push = Job(JobKind.PUSH, scene.repository, branch="base")
    perform(push, scene.ports)
    scene.check(scene.queue.jobs.pop().pull_request)
    assert scene.state(name) is State.ERROR and "no branch base any more" in scene.comment(name).replace("`", "")
    scene.origin.git("branch", "base", tip)
    perform(push, scene.ports)
    scene.check(scene.queue.jobs.pop().pull_request)
    assert scene.state(name) is State.PASSED


def test_a_conversation_that_is_locked_holds_no_verdict_back(scene: Scene) -> None:
    name = scene.opened(BLUE)
    scene.forge.fail("write", Forbidden("GitHub refused it: the issue is locked."))
    scene.check(name)
    assert scene.state(name) is State.PASSED
    assert "could not be written: GitHub refused it: the issue is locked." in scene.forge.written[-1].status.summary


def test_a_team_that_the_bot_may_not_look_into_has_not_agreed(tmp_path: Path) -> None:
    scene = Scene(tmp_path, files={**FILES, "CODEOWNERS": "* @acme/devs\n/apps/shop/overlays/prod/ @acme/sre\n"})
    sre = scene.writer("sam")
    scene.forge.set_members("@acme/sre", sre)
    name = scene.opened(BLUE)
    scene.forge.review(name, sre)
    scene.forge.fail("is_member", Forbidden("the App may not see members"))
    scene.check(name)
    assert scene.state(name) is State.FAILED
    assert "gave no answer" in scene.comment(name)
    scene.check(name)
    assert scene.state(name) is State.PASSED


def test_what_a_forge_does_not_know_yet_is_asked_for_again_and_then_dropped(scene: Scene) -> None:
    name = scene.opened(BLUE)
    job = Job(JobKind.CHECK, scene.repository, number=name.number)
    scene.forge.fail("access", NotFound("not there"), times=3)
    for _ in range(2):
        with pytest.raises(Unavailable):
            perform(job, scene.ports)
    perform(job, scene.ports)
    assert scene.state(name) is State.PENDING
    perform(job, scene.ports)
    assert scene.state(name) is State.PASSED
