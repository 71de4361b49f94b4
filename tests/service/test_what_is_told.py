"""What the bot may not do, or could not, is told to those who can mend it."""

from __future__ import annotations

from pathlib import Path

import pytest
from scene import BASE, FILES, Scene

from bot.forge.base import Forbidden
from bot.model.forge import State
from bot.queue.hands import IN_THE_LOG
from bot.service.check import give_up

BLUE = {f"{BASE}/config.yaml": FILES[f"{BASE}/config.yaml"].replace("red", "blue")}
SAID = "The branch change is protected: make the bot a Maintainer."


def test_a_status_that_may_not_be_set_is_told_with_the_first_try(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    name = scene.opened(BLUE)
    scene.forge.fail("publish", Forbidden(SAID))
    with pytest.raises(Forbidden):
        scene.check(name)
    assert SAID in scene.comment(name)
    scene.check(name)
    assert (scene.state(name), SAID in scene.comment(name)) == (State.PASSED, False)


def test_where_the_comment_may_not_be_written_either_the_first_reason_counts(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    name = scene.opened(BLUE)
    scene.forge.fail("publish", Forbidden(SAID))
    scene.forge.fail("write", Forbidden("the conversation is locked"))
    with pytest.raises(Forbidden, match="Maintainer"):
        scene.check(name)


def test_the_last_word_says_once_what_to_do(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    name = scene.opened(BLUE)
    give_up(name, scene.ports, f"It failed. {IN_THE_LOG}")
    assert "in the worker's log.\n\nPush again, or comment `/gatehouse check`." in scene.comment(name)
    assert scene.comment(name).count("/gatehouse check") == 1
