from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.forge.markdown_cut import LEFT_OUT, fitted

LINES = st.sampled_from(
    [
        "",
        "text",
        "ä" * 30,
        "```",
        "````yaml",
        "~~~",
        "<details><summary>More</summary>",
        "</details>",
        "| a | b |",
        "```x`",
    ]
)


def open_at_the_end(text: str) -> tuple[str, int]:
    """The fence and the number of folds that are open, by a reader of its own."""
    fence, folds = "", 0
    for line in text.split("\n"):
        found = re.match(r" {0,3}(`{3,}|~{3,})(.*)$", line)
        found = None if found and found[1][0] == "`" and "`" in found[2] else found
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        else:
            folds = max(0, folds + line.count("<details") - line.count("</details"))
    return fence, folds


@given(st.lists(LINES, max_size=60), st.integers(min_value=200, max_value=600))
def test_what_was_cut_fits_and_leaves_nothing_open(lines: list[str], limit: int) -> None:
    text = "\n".join(lines)
    cut = fitted(text, limit)
    assert len(cut.encode()) <= limit
    if cut != text:
        assert open_at_the_end(cut) == ("", 0)
        assert cut.endswith(LEFT_OUT)


def test_it_ends_at_the_end_of_a_block() -> None:
    text = "First.\n\n<details>\n\n```diff\n" + "+ line\n" * 100 + "```\n\n</details>\n\nLast.\n"
    assert fitted(text, 300) == f"First.{LEFT_OUT}"


def test_a_text_that_fits_is_left_alone() -> None:
    text = "```\nopen\n" * 3
    assert fitted(text, len(text)) == text


@pytest.mark.parametrize("endless", ["x" * 5_000, "ä" * 5_000, "```\n" + "x\n" * 5_000])
def test_even_a_block_without_an_end_is_cut(endless: str) -> None:
    cut = fitted(endless, 1_001)
    assert 800 < len(cut.encode()) <= 1_001
    assert open_at_the_end(cut) == ("", 0)
