"""Escapes that could spell a word which is searched for: found fast, and as an expression over the whole text finds them."""

from __future__ import annotations

import re

import hypothesis.strategies as st
import pytest
from hypothesis import given
from laws import profile

from bot.affected.contents import read_facts
from bot.affected.escaped import is_escaped
from bot.affected.facts import Role

_WHOLE = re.compile(rb"""^(?:[{\["'?&!*-]|apiVersion|kind).*\\""", re.MULTILINE)
_PIECES = (
    b"\\",
    b"\\",
    b"\n",
    b"\r\n",
    b"kind",
    b"apiVersion",
    b'"',
    b"'",
    b"- ",
    b"-",
    b"{",
    b"?",
    b" ",
    b"a: ",
    b"b",
)


@profile(quick=300, long=20_000)
@given(st.lists(st.sampled_from(_PIECES), max_size=30).map(b"".join))
def test_it_is_what_the_expression_finds(text: bytes) -> None:
    assert is_escaped(text) is (_WHOLE.search(text) is not None)


@pytest.mark.parametrize("data", [b'"\\x6bind": Pod\napiVersion: v1\n', b'{"\\u006bind": "Pod", "apiVersion": "v1"}'])
def test_a_word_that_an_escape_spells_is_read(data: bytes) -> None:
    assert read_facts(Role.MANIFEST, data, "a.yaml").manifest
