"""Which lines of a note GitLab takes for quick actions, as the playground has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.gitlab_quick_actions import NAMES, extract


def found(body: str) -> tuple[str, list[str]]:
    left, actions = extract(body)
    return left, [f"{action.name} {action.argument}".strip() for action in actions]


@pytest.mark.parametrize(
    ("body", "left", "actions"),
    [
        ("/promote prod", "", ["promote prod"]),
        ("/Approve", "", ["approve"]),
        ("please\n/merge\nthanks", "please\nthanks", ["merge"]),
        ("/close\r\n/label ~a ~b\r\n", "", ["close", "label ~a ~b"]),
        ("text\n\r/approve", "text", ["approve"]),
        ("/approve   ", "", ["approve"]),
        (" /approve", " /approve", []),
        ("> /approve", "> /approve", []),
        ("- /approve", "- /approve", []),
        ("do /approve", "do /approve", []),
        ("/approved", "/approved", []),
        ("/approve!", "/approve!", []),
        ("/gatehouse check", "/gatehouse check", []),
        ("/gitops promote prod", "/gitops promote prod", []),
        ("@gatehouse promote prod", "@gatehouse promote prod", []),
        ("```\n/approve\n```", "```\n/approve\n```", []),
        ("```diff\n/approve\n```\n/merge", "```diff\n/approve\n```", ["merge"]),
        ("````\n```\n/approve\n````", "````\n```\n/approve\n````", []),
        ("```\n/approve", "```", ["approve"]),
        ("```\n/approve\n````", "```\n````", ["approve"]),
        (">>>\n/approve\n>>>", ">>>\n/approve\n>>>", []),
        ("<pre>\n/approve\n</pre>", "<pre>\n/approve\n</pre>", []),
        (
            "<details><summary>x</summary>\n/approve\n</details>",
            "<details><summary>x</summary>\n</details>",
            ["approve"],
        ),
        ("<details>\n\n/approve", "<details>\n", ["approve"]),
    ],
)
def test_lines(body: str, left: str, actions: list[str]) -> None:
    assert found(body) == (left.rstrip(), actions)


def test_the_words_of_chat_that_gitlab_takes_and_those_that_it_leaves() -> None:
    assert {"promote", "approve", "merge", "rebase", "label"} <= NAMES
    assert not {"gatehouse", "check", "help", "explain", "diff", "override"} & NAMES


@given(st.text(alphabet="/ab`>\n\r ", max_size=40))
def test_what_is_no_action_stays(body: str) -> None:
    left, actions = extract(body)
    assert actions == []
    assert left == body.replace("\r", "").rstrip()
