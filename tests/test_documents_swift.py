"""The swift reader of YAML: where it answers, it answers as the reader of everything does."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given
from laws import profile

from bot import documents
from bot.documents import reader, swift
from bot.documents.errors import DocumentError

_SCALARS = (
    "a", "b c", "", "~", "null", "true", "yes", "No", "on", "OFF", "y", "n", "0", "-0", "007", "0o17", "0x1F", "0b11",
    "1_000", "1e3", "1.5e3", ".5", "1.", "+1", "-1", "0.10", "08", "1e400", ".inf", "-.INF", ".nan", "12:30:00",
    "2001-12-14",
    "18446744073709551616", "0573e07d", "0_7", "1.2.3", "=", "<<", "x: y", "x # c", "x#c", "'it''s'", "'yes'", '"0644"',
    '"a\\tb"', '"\\x41\\u00e9"', "'a", '"', "&x 1", "*x", "!!str 1", "!foo 1", "! 1", "!x", "a !b", "a && b", "2>&1",
    "%x", "@x", "`x`", "- a", "?", "-", ":", "[1, yes, 'x']", "{a: 1, b: [c]}", "{a, b: }", "[", "{a: 1", "|\n   x\n   y",
    "|-\n   x\n\n", "|+\n   x\n\n", ">\n   x\n    y\n\n   z", "|2\n    x", "x\n   y", "\tx", "x\t", "é", "😀", "\u00a0x",
    "\u2028", "\u0085", "\ufeffx", "x\x01", "a\\", "!!binary aGk=", "!<tag:x> b", "!has(x)", "x, !y",
)  # fmt: skip
_KEYS = (
    "a",
    "b",
    "c",
    "yes",
    "on",
    "1",
    "true",
    "null",
    "1.5",
    "<<",
    "'x'",
    '"y"',
    "!z",
    "a b",
    "a:b",
    "x-y/z",
    "0x1",
    "~",
    "?",
)
_BETWEEN = (
    "\n", "\n", "\n", "\r\n", "\r", "\u2028", "\n# c\n", "\n\n", "\n---\n", "\n--- # c\n", "\n...\n", "\n--- a\n",
    "\n%YAML 1.1\n---\n",
)  # fmt: skip
_KEY, _SCALAR, _DEPTH = st.sampled_from(_KEYS), st.sampled_from(_SCALARS), st.integers(0, 3)


def _line(key: str, scalar: str, depth: int, item: bool) -> str:
    return f"{'  ' * depth}{'- ' if item else ''}{key}: {scalar}" if key != "?" else f"{'  ' * depth}- {scalar}"


_LINES = st.builds(_line, _KEY, _SCALAR, _DEPTH, st.booleans())
_TEXTS = st.lists(st.tuples(_LINES, st.sampled_from(_BETWEEN)), max_size=7).map(
    lambda found: "".join(line + between for line, between in found)
)


def _by_all(text: str, monkeypatch: pytest.MonkeyPatch) -> object:
    with monkeypatch.context() as patched:
        patched.setattr(reader, "_by_parts", lambda *_: None)
        return _read(text)


def _read(text: str) -> object:
    try:
        found = documents.load_all(text.encode(), name="x")
    except DocumentError as error:
        return str(error)
    return [(repr(each.value), each.line) for each in found]


@pytest.fixture(scope="module")
def patching() -> pytest.MonkeyPatch:
    return pytest.MonkeyPatch()


@profile(quick=700, long=200_000)
@given(_TEXTS)
def test_both_readers_agree(patching: pytest.MonkeyPatch, text: str) -> None:
    assert _read(text) == _by_all(text, patching)


@pytest.mark.parametrize("scalar", _SCALARS)
@pytest.mark.parametrize(
    "form", ["a: {}\n", "- {}\n", "{}\n", "a:\n  {}\n", "a:\n- b: {}\n  c: 1\n", "[{}]\n", "{{a: {}}}\n"]
)
def test_both_readers_agree_on_each_scalar(monkeypatch: pytest.MonkeyPatch, form: str, scalar: str) -> None:
    text = form.format(scalar)
    assert _read(text) == _by_all(text, monkeypatch)


@pytest.mark.parametrize("key", _KEYS)
def test_both_readers_agree_on_each_key(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    assert _read(f"{key}: 1\n") == _by_all(f"{key}: 1\n", monkeypatch)


def test_what_programs_print_needs_no_other_reader() -> None:
    text = "data:\n  a: \"true\"\n  b: 'yes it is'\n  c: |\n    !has(x) && 2>&1\nkind: ConfigMap\n"
    assert swift.value_of(text) == documents.load_one(text)


@pytest.mark.parametrize(
    "text",
    ["a: yes", "a: 0644", "1: a", "a: &x 1", "a: !!str 1", "a: !x 1", "a: 1\na: 2", "<<: {a: 1}", "a: [", "a: \x01"],
)
def test_what_is_left_to_the_other_reader(text: str) -> None:
    with pytest.raises(swift.Other):
        swift.value_of(text)


def test_keys_that_stand_twice_are_still_found() -> None:
    assert documents.find_duplicate_keys(b"a: 1\n---\nb:\n  c: 1\n  c: 2\n", name="x") == [("c", 5)]
    assert documents.find_duplicate_keys(b"a: 1\n---\nb:\n  c: 1\n", name="x") == []


def test_aliases_are_counted_for_a_whole_file() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(5)
    )
    assert documents.load_all(bomb.encode(), name="x")
    with pytest.raises(DocumentError, match="alias"):
        documents.load_all("---\n".join([bomb] * 20).encode(), name="x")


@pytest.mark.parametrize("text", ["a: " + "[" * 3000, "- " * 5000 + "a", "a: " + "{b: " * 150 + "}" * 150])
def test_deep_texts_end_at_once(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert _read(text) == _by_all(text, monkeypatch)
