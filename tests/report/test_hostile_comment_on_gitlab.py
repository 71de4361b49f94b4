"""A hostile change cannot act on GitLab through the bot's comment: the report, posted for real on the playground."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from gitlab_playground import Place, playground
from hypothesis import given
from hypothesis import strategies as st
from sample_reports import NASTY, blocked, hostile

from bot.forge.gitlab_quick_actions import refuse_quick_actions
from bot.model.forge import Reaction
from bot.playground.gitlab_quick_actions import extract
from bot.report import markdown

MARKER = "<!-- gatehouse:report -->"
TEXTS = [
    NASTY,
    "\n/approve\n/merge\n",
    "\r\n/approve\r\n",
    "\n\r/close",
    "```\n/approve",
    "````\n```\n/approve\n```\n/merge",
    "</details>\n/approve\n",
    "</summary>\n\n/approve",
    "-->\n/approve\n<!--",
    "@acme/platform\n/assign @owner\n@all",
    f"{MARKER}\n/approve",
    "\u2028/approve\x0b/merge\x0c/close\x85/merge",
    "`\n/approve\n`",
    ">>>\n/approve\n>>>\n/merge",
]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with playground(tmp_path / "world") as made:
        yield made


def comment(text: str, limit: int | None = None) -> str:
    return f"{MARKER}\n{markdown.render(hostile(text), limit=limit)}"


def test_no_hostile_text_acts_when_it_is_posted_or_edited(place: Place) -> None:
    pull = place.opened()
    name, known = place.name(pull), 0
    for text in TEXTS:
        for limit in (None, 6_000, 2_000):
            body = comment(text, limit)
            known = place.forge.write(name, body, marker=MARKER, known=known)
            [kept] = place.world.comments_of(pull)
            assert kept.body == body.rstrip()  # nothing was taken out of it
    assert pull.is_open and pull.title == "A change"
    assert place.world.reviews_of(pull) == []


def test_a_report_that_blocks_is_posted_whole(place: Place) -> None:
    pull = place.opened()
    body = f"{MARKER}\n{markdown.render(blocked())}"
    written = place.forge.write(place.name(pull), body, marker=MARKER)
    place.forge.react(place.name(pull), written, Reaction.DONE)
    [kept] = place.world.comments_of(pull)
    assert kept.body == body.rstrip()


@given(
    st.lists(
        st.sampled_from(
            [
                "\n",
                "\r",
                "/approve",
                "```",
                "````",
                "`",
                "</details>",
                "<details>",
                "-->",
                "<!--",
                ">>>",
                " ",
                "x",
                "@a/b",
            ]
        ),
        max_size=12,
    ).map("".join),
    st.sampled_from([None, 2_000, 4_000]),
)
def test_the_composition_is_safe_by_itself(text: str, limit: int | None) -> None:
    """So that the guard never has to refuse a comment."""
    body = comment(text, limit)
    assert extract(body)[1] == []
    refuse_quick_actions(body)
