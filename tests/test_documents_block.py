"""The reader of block style: what it answers is what the reader of everything says; and it answers where it should."""

from __future__ import annotations

import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from laws import profile
from test_documents_writer import VALUES

from bot.documents import dump
from bot.documents.block import read
from bot.documents.compose import Refused
from bot.documents.construct import Constructor
from bot.documents.errors import DocumentError
from bot.documents.reader import nodes_of

# What lines consist of, also where they are wrong.
_KEYS = [
    "a",
    "b",
    "metadata",
    "'q r'",
    '"x"',
    "on",
    "1",
    "0x1",
    "~",
    "a b",
    "?",
    "<<",
    "k.e/y-1",
    ".5",
    "$ref",
    "--",
    "é",
]
_WORDS = [
    "", "x", "x y", "x  ", "1", "1e3", "true", "~", "null", "- x", "-x", "-", "--- x", "x:y", "x: y", "x:", "x #c", "x#c",
    "# c", "'x'", "'x", "x'", "it''s'", "'it''s' # c", "'a'b", '"x"', '"x', 'x"', '"a\\n\\u00e9"', '"a\\', '\\ b"',
    '"\\ud800"', "''", '""', "|", "|-", "|+", ">", ">-", "|2", "|2-", ">2", "| # c", "{}", "[]", "[a, 'b', 1]", "[a,]",
    "[ a ]", "{a: b}", "[a", "&a x", "*a", "!!str x", "@x", "`x", "%x", "? x", ": x", "\tx", "x\ty", "é", "\u2028", "\x07",
    "...", "=", "<<", "!", "2001-01-01", "0o7", "x\\", "x]",
]  # fmt: skip
_COLUMNS = st.integers(0, 6)
_LINES = st.one_of(
    st.builds(
        lambda n, d, k, w: f"{' ' * n}{'- ' * d}{k}:{w and ' '}{w}",
        _COLUMNS, st.sampled_from([0, 0, 0, 1, 1, 2]), st.sampled_from(_KEYS), st.sampled_from(_WORDS),
    ),
    st.builds(lambda n, d, w: f"{' ' * n}{'- ' * d}{w}", _COLUMNS, st.sampled_from([0, 1, 1, 2]), st.sampled_from(_WORDS)),
    st.sampled_from(["---", "--- ", "--- # c", "...", "", "  ", "# c", "  # c", "-", " -", "\t", "a:\t1", "-  a: 1", " x"]),
)  # fmt: skip
# Nearly right: a line below another is at its column, or two further.
_STEPS = st.lists(st.tuples(st.sampled_from([0, 0, 0, 2, 2, -2, -4, 1]), st.booleans(), st.sampled_from(_KEYS[:3]),
                            st.sampled_from(_WORDS)), max_size=12)  # fmt: skip


def _stepped(steps: list[tuple[int, bool, str, str]]) -> str:
    rows, column = [], 0
    for step, is_item, key, word in steps:
        column = max(0, column + step)
        rows.append(f"{' ' * column}{'- ' * is_item}{key}:{word and ' '}{word}")
    return "\n".join(rows) + "\n"


def _agree(text: str) -> bool:
    """Whether the reader answers; it must agree with the other one then."""
    found = read(text)
    if found is None:
        return False
    constructor = Constructor(duplicates=[])
    try:
        every = [(constructor.value(node), node.start_mark.line + 1) for node in nodes_of(text, "a text")]
    except (DocumentError, Refused) as error:
        raise AssertionError(f"{text!r} is read as {found.documents}, and is {error}") from error
    assert repr(found.documents) == repr([each for each in every if each[0] is not None]), text
    assert found.repeats == bool(constructor.duplicates), text
    return True


@profile(quick=1500, long=300_000)
@given(st.lists(_LINES, max_size=8), st.booleans())
@example(["a: |", "  x", "", "   ", "b:", "- 'x", "", "  y'", "- c"], True)
@example(["a: 'x", "  '", 'b: "x\\', '  y"', 'c: "', '  x"'], True)
@example(["a: >-", "  x", "  y", "", "", "  z", "b: >-", "  x", "   y"], True)
@example(["a: x", "", "  y", "", "  # c", "b: 1"], True)
@example(["a: |", "  x"], False)
@example(['a: "x\\ ', ' y"'], True)
@example(["a:", "  x", "  y", "b:", "  'z'", "c: |2-", "     x", "    y"], True)
@example(["- a:", "  - b", "- - c", "  - d", "-", "- e: f", "  g: h"], True)
def test_whatever_it_answers_is_what_the_other_reader_says(lines: list[str], ends: bool) -> None:
    _agree("\n".join(lines) + "\n" * ends)


@profile(quick=1000, long=200_000)
@given(_STEPS)
def test_whatever_it_answers_to_what_is_nearly_right_too(steps: list[tuple[int, bool, str, str]]) -> None:
    _agree(_stepped(steps))


@profile(quick=200, long=20_000)
@given(VALUES, st.sampled_from([20, 80, 1000]), st.randoms(use_true_random=False))
def test_whatever_it_answers_to_what_programs_write_with_an_error(value: object, width: int, chance: object) -> None:
    for text in (dump(value), yaml.safe_dump(value, width=width, allow_unicode=True)):
        _agree(text)
        at = chance.randrange(len(text))  # type: ignore[attr-defined]
        _agree(text[:at] + chance.choice(" \n:#'\"-|>") + text[at + 1 :])  # type: ignore[attr-defined]


def test_it_answers_what_programs_write() -> None:
    value = {
        "a": [{"b": "x: 'y'", "c": ["1", 1, None]}, [[True], {}]],
        "t": "one\n\n two\n",
        "l": "word " * 60,
        "e": [],
        "q": "é\t",
    }
    for text in (dump(value), yaml.safe_dump(value, allow_unicode=True), f"# c\n{dump(value)}---\n# d\n{dump(value)}"):
        assert _agree(text)


def test_it_gives_up_where_it_may_be_wrong() -> None:
    for text in (
        "a: &b 1\n", "a: *b\n", "a: !!str 1\n", "? a\n: b\n", "a: {b: c}\n", "a\n", "<<: {a: 1}\n", "a: 1\n  b: 2\n",
        "a: x: y\n", "1: a\n", "a:\tb\n", "%YAML 1.1\n---\na: 1\n", "a: 1\n...\n", "- a\nb: 1\n", "a: |\n x",
    ):  # fmt: skip
        assert read(text) is None, text


def test_a_hundred_levels_are_enough() -> None:
    def deep(levels: int) -> str:
        return "\n".join(f"{' ' * n}a:" for n in range(levels))

    assert _agree(deep(99))
    assert read(deep(150)) is None


def test_a_key_that_stands_twice_is_noticed() -> None:
    twice, once = read("a:\n  b: 1\n  b: 2\n"), read("a:\n- b: 1\n- b: 2\n")
    assert twice is not None and twice.repeats
    assert once is not None and not once.repeats
