from __future__ import annotations

import pytest
from fakes.forge import FakeForge

from bot.errors import RetryLater
from bot.forge.base import Forge, Unavailable
from bot.model.forge import State, Status


def test_the_fake_is_a_forge() -> None:
    forge: Forge = FakeForge()
    assert forge.repositories() == []


@pytest.mark.parametrize("done", [False, True])
def test_an_ordered_fault_comes_once_before_or_after_the_effect(done: bool) -> None:
    fake = FakeForge()
    repository = fake.add_repository("acme/gitops")
    fake.fail("publish", Unavailable("It is down."), done=done)
    with pytest.raises(RetryLater):
        fake.publish(repository, "a" * 40, Status("gatehouse", State.PENDING, "Looking"))
    assert bool(fake.written) is done
    fake.publish(repository, "a" * 40, Status("gatehouse", State.PASSED, "Fine"))
    assert fake.states("a" * 40) == {"gatehouse": State.PASSED}
    assert fake.calls["publish"] == 2
