"""Whether somebody who commented can have seen a head."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from fakes.service import FakeMemory
from hypothesis import given
from hypothesis import strategies as st

from bot.model.forge import ForgeKind, Person, PullRequest, PullRequestName, RepositoryName
from bot.service.heads import note_head, was_seen

NAME = PullRequestName(RepositoryName(ForgeKind.GITHUB, "acme/gitops"), 7)
PULL = PullRequest(NAME, "A change", Person(7, "dev"), "a" * 40, "change", NAME.repository.path, "main", is_open=True)
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def seen(*, noted: float, said: float, begun: float | None = None) -> bool:
    """All times in seconds."""
    memory = FakeMemory()
    note_head(memory, PULL, at(noted))
    return was_seen(memory, PULL, at(said), begun=None if begun is None else at(begun))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("noted", "begun", "said", "is_seen"),
    [
        (10, None, 12, True),
        (10, None, 11.9, False),
        (10, 10.2, 11.2, True),  # our status was there, by the forge's own clock
        (10, 10.2, 11.1, False),  # the same second, where a forge tells whole ones
        (10, 9, 11, True),  # 10.2, told as whole seconds
        (10, 3, 11, False),  # of a former stay of this head, or of another pull request
        (10, 10.2, 9, False),
    ],
)
def test_what_shows_that_a_head_was_there(noted: float, begun: float | None, said: float, is_seen: bool) -> None:
    assert seen(noted=noted, begun=begun, said=said) is is_seen


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0, 60), st.booleans())
def test_no_head_that_came_after_the_comment_counts_as_seen(
    came: float, earlier: float, later: float, whole: bool
) -> None:
    """Whenever a status of the commit was begun, and whether the forge tells whole seconds alone."""
    said, begun = came - earlier, later
    if whole:
        said, begun = float(int(said)), float(int(begun))
    assert not seen(noted=came, begun=begun, said=said)


def test_of_a_head_that_nobody_noted_nothing_is_known() -> None:
    assert not was_seen(FakeMemory(), PULL, at(100), begun=at(1))
