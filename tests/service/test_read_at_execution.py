"""Who may give a command is read when it is done, and not when it was written: hours may lie between."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from chat import BAD, BLUE, CONFIG, TEAM, Chat

from bot.model.forge import Permission, Reaction

OTHERS = CONFIG.replace(TEAM, "@acme/others")
LOST: dict[str, Callable[[Chat], object]] = {
    "permission": lambda chat: chat.forge.set_permission(chat.repository, chat.lead, Permission.READ),
    "place in the team": lambda chat: chat.forge.set_members(TEAM),
    "rule of the base branch": lambda chat: chat.merged({".gatehouse.yaml": OTHERS}),
}


@pytest.mark.parametrize("what", LOST)
def test_who_lost_it_meanwhile_may_not(tmp_path: Path, what: str) -> None:
    chat = Chat(tmp_path)
    name = chat.opened(BAD)
    comment = chat.forge.say(name, chat.lead, "/gatehouse override risk The outage is worse")
    LOST[what](chat)
    chat.answers(name, comment)
    assert chat.reactions(name, comment) == {Reaction.SEEN, Reaction.REFUSED}
    assert "`override` is for" in chat.reply(name, "denied")
    assert not chat.replies(name, "override") and not chat.queue.jobs


def test_who_was_given_it_meanwhile_may(tmp_path: Path) -> None:
    chat = Chat(tmp_path)
    name = chat.opened(BLUE)
    comment = chat.forge.say(name, chat.reader, "/gatehouse check")
    chat.forge.set_permission(chat.repository, chat.reader, Permission.TRIAGE)
    chat.answers(name, comment)
    assert Reaction.DONE in chat.reactions(name, comment) and len(chat.queue.jobs) == 1
