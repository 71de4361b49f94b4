"""Renderer output cut into documents."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.documents import dump, load_all, load_one, split


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("a: 1\n", ["a: 1\n"]),
        ("---\na: 1\n---\nb: 2\n", ["a: 1\n", "b: 2\n"]),
        ("a: 1\n--- \nb: 2\n---\t\nc: 3", ["a: 1\n", "b: 2\n", "c: 3"]),
        ("---\r\na: 1\r\n---\r\nb: 2\r\n", ["a: 1\r\n", "b: 2\r\n"]),
        ("---\n# Source: x\n---\n\n---\n# Source: y\nb: 2\n", ["# Source: y\nb: 2\n"]),
        ("a: |\n  ---\n  text\n ---\n", ["a: |\n  ---\n  text\n ---\n"]),
        ("----\n---a\n", ["----\n---a\n"]),
        ("a: 1\n...\nb: 2\n", ["a: 1\n", "b: 2\n"]),
        ("%YAML 1.1\n---\na: 1\n", ["a: 1\n"]),
        ("\ufeffa: 1\n", ["a: 1\n"]),
        ("---\n---\r\n...\n---\na: 1\n---\n", ["a: 1\n"]),
        ("\n--- a: 1\n--- b\n...", ["a: 1\n", "b\n"]),
    ],
)
def test_split(text: str, parts: list[str]) -> None:
    assert split(text) == parts


def test_content_and_comments_on_the_marker_line_are_kept() -> None:
    assert [load_one(p) for p in split("--- # c\na: 1\n--- {b: 2}\n--- |\n  x\n")] == [{"a": 1}, {"b": 2}, "x\n"]


@given(st.lists(st.dictionaries(st.text("a-\n.# "), st.text("a-\n.# "), min_size=1), max_size=5))
def test_splitting_finds_what_reading_the_stream_finds(values: list[dict[str, str]]) -> None:
    stream = "---\n".join(dump(v) for v in values)
    assert [load_one(p) for p in split(stream)] == values == [d.value for d in load_all(stream.encode(), name="f")]


def test_splitting_is_linear() -> None:
    started = time.process_time()
    assert len(split("---\na: 1\n" * 100_000)) == 100_000
    assert split("-" * 1_000_000 + "\n" + " " * 1_000_000) != []
    assert split("---" + " " * 1_000_000) == []
    assert split("\n".join(["   "] * 300_000)) == []
    assert time.process_time() - started < 3


# The rule as YAML 1.2.2 words it, character by character: what ``split`` finds faster.
_AS_WRITTEN = re.compile(r"^(?:---|\.\.\.)(?=[ \t\r\n]|\Z)[ \t]*(?:\r?\n)?", re.MULTILINE)


@given(
    st.lists(st.sampled_from(["---", "...", "\n", "\r\n", "\r", " ", "\t", "a: 1", "#", "\ufeff", "-", ".", "\u2028"]))
)
def test_the_fast_way_finds_what_the_rule_says(pieces: list[str]) -> None:
    text = "".join(pieces)
    marks = [0, *(m.end() for m in _AS_WRITTEN.finditer(text))]
    ends = [*(m.start() for m in _AS_WRITTEN.finditer(text)), len(text)]
    parts = (text[a:b].lstrip("\ufeff").lstrip("\r\n") for a, b in zip(marks, ends, strict=True))
    expected = [p for p in parts if re.search(r"^[ \t]*[^\s#%]", p, re.MULTILINE)]
    assert [p.rstrip("\r\n") for p in split(text)] == [p.rstrip("\r\n") for p in expected]


@pytest.mark.parametrize("value", ["1", "|\n  x", ">\n  x", '"x"', "|-\n  x"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_empty_lines_after_a_document_are_no_part_of_it(value: str, line_end: str) -> None:
    document = f"a: {value}\n".replace("\n", line_end)
    assert split(f"{document}{line_end}---\n{document}") == [document, document]


@pytest.mark.parametrize("style", ["|+", ">+", "|2+"])
def test_empty_lines_that_a_scalar_keeps_stay(style: str) -> None:
    document = f"a: {style}\n  x\n\n"
    assert split(f"{document}---\nb: 1\n") == [document, "b: 1\n"]
