"""The one place where text becomes harmless: laws, and the tables that show what is meant."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sample_reports import NASTY

from bot.report import escape

SNIPPETS = [
    "`", "``", "```", "````", "~~~", "|", "\\", "\\|", "<", ">", "<!--", "-->", "</details>", "</summary>", "<b>",
    "<script>", "![a](b)", "[a](b)", "[a]: http://b", "https://x.example", "www.x.example", "a@b.example", "@org/team",
    "#1", "!2", "*", "_", "**a**", "\n", "\r", "\n/approve", "\t", " ", "  ", "&lt;", "&", "$`x`$", ":smile:",
    "1.", "- ", "# ",
    "\x1b[31m", "\x9b", "\x00", "\u202e", "\u2028", "\ufeff", "\udcff", "\ud800", "'", '"', "word", "é",
]  # fmt: skip
hostile_text = st.one_of(
    st.text(alphabet=st.characters(codec=None), max_size=60),
    st.lists(st.sampled_from(SNIPPETS), max_size=12).map("".join),
)
markdown = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def inline(text: str) -> list[Token]:
    """The inline tokens of a text that must be one paragraph."""
    tokens = markdown.parse(text)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"], text
    return tokens[1].children or []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("a\r\n", "a\\r\n"),
        ("path\udcff\udc80", r"path\xff\x80"),
        ("\ud800", r"\ud800"),
        ("\x85\u2028", r"\u0085\u2028"),
        ("abc\u202efed", r"abc\u202efed"),
        ("\U000e0041", r"\U000e0041"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("grüße ⚠️ 日本語", "grüße ⚠️ 日本語"),
        ("\ttab\nline", "\ttab\nline"),
    ],
)
def test_unseen_characters_are_shown(text: str, shown: str) -> None:
    assert escape.visible(text) == shown


def test_every_unseen_character_of_unicode_is_covered() -> None:
    unseen = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    missed = [
        hex(number)
        for number in range(0x110000)
        if unicodedata.category(chr(number)) in unseen
        and chr(number) not in "\t\n"
        and escape.visible(chr(number)) == chr(number)
    ]
    assert missed == []


@given(hostile_text)
def test_visible_text_can_be_printed_and_encoded(text: str) -> None:
    shown = escape.one_line(text)
    shown.encode()
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)


@given(hostile_text)
def test_html_has_no_markup(text: str) -> None:
    assert not set("<>\"'") & set(escape.html(text))
    assert "\n" not in escape.html_line(text)


@given(hostile_text, st.integers(min_value=5, max_value=80))
def test_shortened_text_fits_and_keeps_both_ends(text: str, width: int) -> None:
    short = escape.shorten(text, width)
    assert len(short) <= width
    assert short == text or (text.startswith(short[: width // 2]) and text.endswith(short[-((width - 1) // 2) :]))


@settings(max_examples=400)
@given(hostile_text)
def test_code_is_one_code_element_that_shows_the_text(text: str) -> None:
    tokens = inline(f"before {escape.code(text or 'x', 10_000)} after")
    kinds = [token.type for token in tokens]
    shown = "".join(token.content for token in tokens if token.type in {"code_inline", "text"})
    assert kinds in (["text", "code_inline", "text"], ["text", "html_inline", "text", "html_inline", "text"]), kinds
    assert shown.replace(escape.JOINER, "") == f"before {escape.one_line(text or 'x')} after"


@settings(max_examples=300)
@given(hostile_text)
@example("a|b")
@example("a\\")
@example("a\\|b")
def test_code_stays_in_its_table_cell(text: str) -> None:
    for cell in (escape.code(text), escape.prose(text), escape.word(text)):
        tokens = markdown.parse(f"| a | b |\n|---|---|\n| {cell} | end |")
        assert sum(token.type == "tr_open" for token in tokens) == 2
        assert [token.content for token in tokens if token.type == "inline"][-1] == "end"


@settings(max_examples=400)
@given(hostile_text)
def test_prose_makes_nothing_but_words_and_code(text: str) -> None:
    written = escape.prose(text)
    tokens = inline(f"x {written}")
    assert {token.type for token in tokens} <= {"text", "code_inline", "html_inline"}
    assert {token.content for token in tokens if token.type == "html_inline"} <= {"<code>", "</code>"}
    outside = re.sub(r"`[^`]*`|<code>[^<]*</code>", "", written)
    assert not re.search(r"[@#<>\\`*_~|$&\[\]]|://|www\.|^/", outside), outside


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a Job's template cannot be changed in place", "a Job's template cannot be changed in place"),
        ("add it to apps/a/kustomization.yaml:4.", "add it to `apps/a/kustomization.yaml:4`."),
        ("the base (https://x.example/y) is remote", "the base (`https://x.example/y`) is remote"),
        ("two lines\nof a tool", "two lines of a tool"),
        ("change `spec.template` (`a:b`).", "change `spec.template` (`a:b`)."),
        ("``a` `b c` `", "<code>&#96;&#96;a&#96;</code> `b c` <code>&#96;</code>"),
        (
            "`variable A of web` now comes from `b` (key `c d`): it",
            "`variable A of web` now comes from `b` (key `c d`): it",
        ),
        ("`a b`, `c` and (`d e`; `f`).", "`a b`, `c` and (`d e`; `f`)."),
        ("a ` b", "a <code>&#96;</code> b"),
        ("ask @org/team and #1", "ask `@org/team` and `#1`"),
        ("a_b *c* d", "`a_b *c*` d"),
        ("1. not a list, but 2 objects", "`1`. not a list, but 2 objects"),
        ("commit deadbeef01 in GH-12", "commit `deadbeef01` in `GH-12`"),
    ],
)
def test_prose_reads_like_the_sentence(text: str, written: str) -> None:
    assert escape.prose(text) == written


@settings(max_examples=400)
@given(hostile_text)
def test_word_is_safe_in_markdown_and_in_a_summary(text: str) -> None:
    written = escape.word(text, 10_000)
    tokens = inline(f"x {written} y")
    assert {token.type for token in tokens} <= {"text", "html_inline"}
    assert re.sub(r"^<code>|</code>$", "", written).find("<") == -1


@settings(max_examples=400)
@given(hostile_text)
def test_a_fence_holds_its_text(text: str) -> None:
    tokens = markdown.parse(f"{escape.fence(text, 'diff')}\n\nafter")
    assert [token.type for token in tokens] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    written = escape.fence(text, "diff")
    assert not any(line.startswith("/") for line in written.split("\n"))
    assert "<!--" not in written
    assert "</details" not in written.lower()


def test_nasty_text_in_a_fence_is_still_readable() -> None:
    written = escape.fence(NASTY)
    assert written.startswith("`````\n")
    assert "\n /approve\n" in written
    assert escape.JOINER in written


@given(st.text(alphabet="`<a&\n ", max_size=40))
def test_a_sentence_in_html_loses_nothing_and_makes_no_tags(text: str) -> None:
    made = escape.html_prose(text)
    bare = made.replace("<code>", "").replace("</code>", "")
    assert "<" not in bare and made.count("<code>") == made.count("</code>")
    assert bare.replace("`", "") == escape.html(text.replace("`", ""))


def test_a_sentence_in_html_shows_code() -> None:
    assert escape.html_prose("set `a<b` or `c`") == "set <code>a&lt;b</code> or <code>c</code>"
    assert escape.html_prose("a lone ` stays") == "a lone ` stays"
