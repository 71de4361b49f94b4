"""The last guard against quick actions, held against what the playground's GitLab takes for one."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.forge.gitlab_quick_actions import QuickAction, refuse_quick_actions
from bot.playground.gitlab_quick_actions import extract

LINES = st.sampled_from(
    [
        "```",
        "```diff",
        "````",
        "/approve",
        "/merge now",
        "\r/approve",
        "/APPROVE",
        " /approve",
        "> /approve",
        "text",
        "",
        "`",
        ">>>",
        "<p>",
        "</p>",
        "<details>",
        "</details>",
        "~~~",
        "<!--",
        "-->",
        "a\r",
        "```\r",
        "/unknown",
    ]
)
BODIES = st.lists(LINES, max_size=14).map("\n".join)
THREE = st.lists(st.sampled_from(["```", "```diff", "/approve", "text", ""]), max_size=12).map("\n".join)


def passes(body: str) -> bool:
    try:
        refuse_quick_actions(body)
    except QuickAction:
        return False
    return True


@given(BODIES)
@example("```\n````\n/approve\n```\n/merge")
@example("```\n```diff\n```\n>>>\n```\n>>>\n/approve\n```")
@example("<p>\n```\n</p>\n/approve\n```")
def test_what_passes_holds_no_action(body: str) -> None:
    if passes(body):
        assert extract(body)[1] == []


@given(THREE)
@example("```\n```\ntext\n```\n/approve\n```")
def test_what_passes_holds_none_for_versions_that_look_for_fences_only(body: str) -> None:
    """Those pair an opening line with the next closing one that has something before it."""
    if passes(body):
        left = re.sub(r"(?ms)^```.+?\n```$", "", body)
        assert not re.search(r"(?m)^/", left)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "text",
        "a /approve",
        " /approve",
        "> /approve",
        "- /approve",
        "```\n/approve\n```",
        "````yaml\n```\n/approve\n````\ntext",
        "```diff\n+a\n```\n\n```\n/path/to/file\n```",
        "`/approve`",
        "| /approve |",
    ],
)
def test_what_may_be_sent(body: str) -> None:
    assert passes(body)


@pytest.mark.parametrize(
    "body",
    [
        "/approve",
        "/Approve",
        "a\n/approve",
        "a\r\n/approve",
        "a\n\r/approve",
        "```\n/approve",
        "```\n```\n/approve",
        "``\n/approve\n``",
        "~~~\n/approve\n~~~",
        "<details>\n/approve\n</details>",
        "<!--\n/approve\n-->",
        ">>>\n/approve\n>>>",
        "```\na\n```\n/approve",
        "````\n/approve\n```",
        "/anything",
        "```\n/approve\n``` \n",
    ],
)
def test_what_may_not(body: str) -> None:
    assert not passes(body)
