"""Jobs of one key that become one: nothing that either asked for is lost."""

from __future__ import annotations

from dataclasses import replace

from fake_forge import check, push
from hypothesis import given
from hypothesis import strategies as st

from bot.queue.merging import merged


def test_the_newest_check_wins_and_a_wish_for_a_new_run_stays() -> None:
    old, new = check(7, again=True, delivery="1"), check(7, delivery="2")
    assert merged(old, new) == old, "under the delivery of the first one, which stands in logs already"
    assert merged(new, old) == replace(new, again=True)
    assert merged(new, replace(old, after="c", again=False)) == replace(new, after="c")


def test_steps_of_a_branch_that_do_not_meet_come_from_anywhere() -> None:
    assert merged(push("a", "b"), push("c", "d")) == push("", "d")
    assert merged(push("", "d"), push("d", "e")) == push("", "e")
    assert merged(push("a", "b"), push("b", "a")) == push("a", "a"), "there and back"


@given(st.integers(2, 6).flatmap(lambda count: st.permutations(range(count))), st.data())
def test_a_branch_is_followed_from_its_first_place_or_from_anywhere(order: list[int], data: st.DataObject) -> None:
    """Steps 0→1→2→… in any order, some of them twice: what is told begins no later than the first step."""
    heard = data.draw(st.lists(st.sampled_from(order), max_size=3)) + list(order)
    job = push(str(heard[0]), str(heard[0] + 1))
    for step in heard[1:]:
        job = merged(job, push(str(step), str(step + 1)))
    assert job.before in ("", "0")


@given(st.integers(2, 6))
def test_a_branch_that_is_heard_of_in_order_or_backwards_is_followed_exactly(count: int) -> None:
    steps = [push(str(step), str(step + 1)) for step in range(count)]
    for heard in (steps, steps[::-1]):
        job = heard[0]
        for step in heard[1:]:
            job = merged(job, step)
        assert job == push("0", str(count))
