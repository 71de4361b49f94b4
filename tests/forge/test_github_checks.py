"""Check runs: whole, within GitHub's limits, one word at a time, and right whatever was lost on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from github_server import Playground, playground
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RetryLater
from bot.forge.github_check_output import mark, requests
from bot.forge.github_checks import Checks
from bot.model.forge import Annotation, ForgeKind, RepositoryName, State, Status
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import CheckRun

REPOSITORY = RepositoryName(ForgeKind.GITHUB, "acme/gitops")
CREATE, PATCH = "POST *check-runs", "PATCH *check-runs*"
PENDING = Status("gatehouse", State.PENDING, "Looking")
FAILED = Status("gatehouse", State.FAILED, "No", "**No.**", url="https://gatehouse.example/page")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path) as made:
        yield made


@pytest.fixture
def head(ground: Playground) -> str:
    return ground.repository.bare.branch("main")


def runs(ground: Playground, head: str, *, latest: bool = False) -> list[CheckRun]:
    """Oldest first."""
    return ground.world.runs_of(ground.repository, head, latest=latest)[::-1]


def annotated(count: int) -> Status:
    notes = tuple(Annotation(f"apps/{n}.yaml", n + 1, "error", f"Title {n}", f"Message {n}") for n in range(count))
    return replace(FAILED, annotations=notes)


def writes(ground: Playground) -> int:
    return sum(n for (method, route, _), n in ground.judge.seen.items() if method != "GET" and "check-runs" in route)


def test_a_verdict_changes_the_run_that_was_pending(ground: Playground, head: str) -> None:
    forge = ground.github()
    forge.publish(REPOSITORY, head, PENDING)
    forge.publish(REPOSITORY, head, replace(PENDING, title="Rendering"))
    forge.publish(REPOSITORY, head, FAILED)
    (run,) = runs(ground, head)
    assert (run.status, run.conclusion, run.title, run.summary) == ("completed", "failure", "No", "**No.**")
    assert run.details_url == "https://gatehouse.example/page"


def test_a_completed_run_is_followed_by_a_new_one(ground: Playground, head: str) -> None:
    """GitHub does not set a completed run back, and says nothing of it."""
    forge = ground.github()
    for status in (PENDING, FAILED, PENDING, replace(FAILED, state=State.PASSED)):
        forge.publish(REPOSITORY, head, status)
    assert [run.conclusion for run in runs(ground, head)] == ["failure", "success"]


def test_what_is_said_already_is_not_written_again(ground: Playground, head: str) -> None:
    forge = ground.github()
    for status in (PENDING, PENDING, FAILED, FAILED):
        forge.publish(REPOSITORY, head, status)
    assert writes(ground) == 2
    ground.github().publish(REPOSITORY, head, FAILED)
    assert writes(ground) == 2
    ground.github().publish(REPOSITORY, head, replace(FAILED, summary="**Not at all.**"))
    assert writes(ground) == 3


def test_an_error_is_red_and_says_so(ground: Playground, head: str) -> None:
    ground.github().publish(REPOSITORY, head, Status("gatehouse", State.ERROR, "Helm is missing"))
    (run,) = runs(ground, head)
    assert (run.conclusion, run.title) == ("failure", "Error: Helm is missing")
    (told,) = ground.github().published(REPOSITORY, head)
    assert (told.state, told.title) == (State.ERROR, "Helm is missing")


@pytest.mark.parametrize("conclusion", ["neutral", "skipped", "cancelled", "action_required", "timed_out"])
def test_what_is_neither_green_nor_red_is_an_error(ground: Playground, head: str, conclusion: str) -> None:
    ground.world.create_check_run(
        ground.repository, ground.app, "gatehouse", head, status="completed", conclusion=conclusion
    )
    (told,) = ground.github().published(REPOSITORY, head)
    assert told.state is State.ERROR


@pytest.mark.parametrize("count", [0, 1, 50, 51, 100, 237])
def test_all_annotations_are_delivered_once_and_the_verdict_last(ground: Playground, head: str, count: int) -> None:
    forge, status = ground.github(), annotated(count)
    forge.publish(REPOSITORY, head, PENDING)
    forge.publish(REPOSITORY, head, status)
    (run,) = runs(ground, head)
    assert [(note.path, note.start_line, note.message) for note in run.annotations] == [
        (each.path, each.line, each.message) for each in status.annotations
    ]
    assert run.conclusion == "failure"
    assert writes(ground) == 1 + max(1, -(-count // 50))


@pytest.mark.parametrize("kind", [FaultKind.AFTER_502, FaultKind.BEFORE_502])
@pytest.mark.parametrize("route", [CREATE, PATCH])
@pytest.mark.parametrize("skip", [0, 1, 2])
def test_annotations_are_neither_doubled_nor_lost(
    ground: Playground, head: str, kind: FaultKind, route: str, skip: int
) -> None:
    forge, status = ground.github(), annotated(180)
    ground.world.faults.add(Fault(kind, route, skip=skip))
    for _ in range(4):
        try:
            forge.publish(REPOSITORY, head, status)
            break
        except RetryLater:
            forge = ground.github()
    run = runs(ground, head, latest=True)[-1]
    assert [note.start_line for note in run.annotations] == list(range(1, 181))
    assert run.conclusion == "failure"


def test_a_cut_delivery_goes_on_where_it_was(ground: Playground, head: str) -> None:
    ground.world.faults.add(Fault(FaultKind.BEFORE_502, PATCH, times=0, skip=1))
    with pytest.raises(RetryLater):
        ground.github().publish(REPOSITORY, head, annotated(300))
    (run,) = runs(ground, head)
    assert (run.status, run.conclusion) == ("in_progress", "")  # the sweep can see that it did not end
    ground.world.faults.clear()
    ground.github().publish(REPOSITORY, head, annotated(300))
    (run,) = runs(ground, head)
    assert [note.start_line for note in run.annotations] == list(range(1, 301))
    assert run.conclusion == "failure"


def test_other_annotations_begin_a_run_of_their_own(ground: Playground, head: str) -> None:
    ground.world.faults.add(Fault(FaultKind.BEFORE_502, PATCH, times=0))
    with pytest.raises(RetryLater):
        ground.github().publish(REPOSITORY, head, annotated(60))
    ground.world.faults.clear()
    ground.github().publish(REPOSITORY, head, annotated(3))
    assert [len(run.annotations) for run in runs(ground, head)] == [50, 3]


def test_a_list_that_lags_does_not_bring_a_run_back(ground: Playground, head: str) -> None:
    ground.world.faults.add(Fault(FaultKind.LIST_LAG, "GET *check-runs", seconds=3_600))
    forge = ground.github()
    for state in (State.PENDING, State.PASSED, State.PENDING, State.FAILED):
        forge.publish(REPOSITORY, head, Status("gatehouse", state, "So"))
    assert [run.conclusion for run in runs(ground, head)] == ["success", "failure"]


def test_a_run_that_somebody_else_of_us_completed_gets_a_successor(ground: Playground, head: str) -> None:
    """Two workers: what one says in the end must be what is seen."""
    one, two = ground.github(), ground.github()
    one.publish(REPOSITORY, head, PENDING)
    two.publish(REPOSITORY, head, replace(FAILED, state=State.PASSED))
    one.publish(REPOSITORY, head, FAILED)
    assert [run.conclusion for run in runs(ground, head)] == ["success", "failure"]


def test_a_run_that_has_just_looked_does_not_look_again(ground: Playground, head: str) -> None:
    now = 100.0
    checks = Checks(ground.github().app, clock=lambda: now)

    def looks() -> int:
        return sum(
            n for (method, route, _), n in ground.judge.seen.items() if method == "GET" and "check-runs" in route
        )

    checks.published(REPOSITORY, head)
    checks.publish(REPOSITORY, head, PENDING)
    assert looks() == 1
    now += 1.5
    checks.publish(REPOSITORY, head, PENDING)
    assert looks() == 2
    checks.publish(REPOSITORY, head, FAILED)
    assert looks() == 2


def test_a_verdict_of_eight_statuses_costs_few_calls(ground: Playground, head: str) -> None:
    forge = ground.github()
    names = ["schema", "policy", "owners", "secrets", "images", "boundaries", "risk"]
    forge.publish(REPOSITORY, head, PENDING)
    for name in names:
        forge.publish(REPOSITORY, head, Status(f"gatehouse/{name}", State.PASSED, "Fine"))
    forge.publish(REPOSITORY, head, replace(FAILED, state=State.PASSED))
    assert writes(ground) == 9
    lists = ground.judge.seen["GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", 200]
    assert lists == 1
    assert {each.name: each.state for each in ground.github().published(REPOSITORY, head)} == {
        "gatehouse": State.PASSED,
        **{f"gatehouse/{name}": State.PASSED for name in names},
    }


TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=400)
ANNOTATIONS = st.builds(
    Annotation,
    st.text(max_size=5),
    st.integers(-5, 2**40),
    st.sampled_from(["error", "warning", "info", "?"]),
    TEXTS,
    TEXTS,
)
STATUSES = st.builds(
    Status,
    st.just("gatehouse"),
    st.sampled_from(State),
    TEXTS,
    TEXTS.map(lambda text: text * 300),
    st.lists(ANNOTATIONS, max_size=3).map(lambda notes: tuple(notes * 20)),
)


@given(STATUSES)
def test_every_request_is_within_githubs_limits(status: Status) -> None:
    bodies = requests(status, 0)
    wanted = [each for each in status.annotations if each.path.strip("/")]
    assert sum(len(body["output"].get("annotations", ())) for body in bodies) == len(wanted)
    assert [body["status"] for body in bodies[:-1]] == ["in_progress"] * (len(bodies) - 1)
    assert (bodies[-1]["status"] == "completed") is (status.state is not State.PENDING)
    for body in bodies:
        output = body["output"]
        assert 0 < len(output["title"]) <= 255
        assert 0 < len(output["summary"].encode(errors="replace")) <= 65_535
        assert body.get("conclusion") in (None, "success", "failure")
        for note in output.get("annotations", ()):
            assert 1 <= note["start_line"] == note["end_line"] < 2**31
            assert 0 < len(note["message"].encode()) <= 65_536
            assert not set(note["message"]) & set("\x00\x1b\x07")
            assert note["annotation_level"] in ("notice", "warning", "failure")


@given(STATUSES, STATUSES)
def test_a_mark_tells_statuses_apart(one: Status, other: Status) -> None:
    assert (mark(one) == mark(other)) is (one == other)
