"""Texts with values: what Helm can read, whatever is filled in."""

from __future__ import annotations

import pytest

from bot.affected.values_text import fault_of_text, is_unreadable


@pytest.mark.parametrize(
    ("text", "is_wrong"),
    [
        ("", False),
        ("a: 1", False),
        ("a: 1\na: 2", False),
        ("- a", True),
        ("a", True),
        ("a: [", True),
        ("${all}", False),
        ("${all}\na: [", True),
        ("a: ${b}\n c: 1\nd: [", True),
        ("a: @${b}", True),
    ],
)
def test_unreadable(text: str, is_wrong: bool) -> None:
    assert is_unreadable(text) is is_wrong


def test_a_fault_says_where() -> None:
    assert fault_of_text(b"a:\n\tb: 1", "v.yaml").startswith("v.yaml:2 ")
