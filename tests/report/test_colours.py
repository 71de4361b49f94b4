"""Colours of YAML: right, escaped, and never at the cost of a character."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report.colours import Side, coloured
from bot.report.escape import html
from bot.report.html_diff import table

YAML = st.text(alphabet=st.sampled_from(list(" \t-:#'\"|>&*!{}[],abc01.\\<&\x00\u202e\r")), max_size=40)


def shown(*lines: str) -> list[str]:
    side = Side()
    return [coloured(line, side.parts(line)) for line in lines]


@pytest.mark.parametrize(
    ("line", "page"),
    [
        ("kind: Deployment", '<span class="k">kind</span>: Deployment'),
        ("  - port: 80", '  - <span class="k">port</span>: <span class="v">80</span>'),
        ("a: true", '<span class="k">a</span>: <span class="v">true</span>'),
        ("a: null", '<span class="k">a</span>: <span class="v">null</span>'),
        ("a: 1.2.3", '<span class="k">a</span>: 1.2.3'),
        ("# why", '<span class="c"># why</span>'),
        ('"a": "<b>"', '<span class="t">&quot;a&quot;</span>: <span class="t">&quot;&lt;b&gt;&quot;</span>'),
        ("", ""),
        ("x" * 2000, "x" * 2000),
    ],
)
def test_what_a_line_looks_like(line: str, page: str) -> None:
    assert shown(line) == [page]


def test_text_of_a_block_is_text() -> None:
    first, second, blank, third, last = shown("  run: |-", "    key: value # no", "", "      # no", "  other: 1")
    assert first == '  <span class="k">run</span>: |-'
    assert second == '<span class="t">    key: value # no</span>'
    assert blank == ""
    assert third == '<span class="t">      # no</span>'
    assert last == '  <span class="k">other</span>: <span class="v">1</span>'


def test_after_a_gap_nothing_is_known_of_a_block() -> None:
    page = table("@@ -1,2 +1,2 @@\n run: |\n   a: 1\n@@ -20,2 +20,2 @@\n   b: 1\n-  c: 1\n+  c: 2\n")
    assert '<span class="t">  a: 1</span>' in page
    assert '  <span class="k">b</span>: <span class="v">1</span>' in page
    assert '<del><span class="v">1</span></del>' in page


def test_a_mark_may_begin_within_a_part() -> None:
    page = table('-image: "registry.example.com/app:one"\n+image: "registry.example.com/app:two"\n')
    begin = '<span class="k">image</span>: <span class="t">&quot;registry.example.com/app:</span>'
    assert f'{begin}<del><span class="t">one</span></del><span class="t">&quot;</span>' in page


@given(st.lists(YAML, max_size=5))
def test_no_character_is_lost_or_left_unescaped(lines: list[str]) -> None:
    for line, page in zip(lines, shown(*lines), strict=True):
        assert re.sub(r'<span class="[ktvc]">|</span>', "", page) == html(line)


def test_colours_can_be_left_out() -> None:
    assert "<span" not in table("-a: 1\n+a: 2\n", colours=False)
