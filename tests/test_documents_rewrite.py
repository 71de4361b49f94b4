"""A text with other values in it."""

from __future__ import annotations

import string

from hypothesis import given
from hypothesis import strategies as st

from bot import documents

LEAVES = st.one_of(st.text(string.printable + "ü𝄞", max_size=20), st.integers(0, 9), st.none(), st.booleans())
VALUES = st.recursive(
    LEAVES,
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text(string.ascii_letters, max_size=3), of, max_size=3),
    max_leaves=8,
)


def replaced(value: object, by: str) -> object:
    """Every text of a value replaced."""
    if isinstance(value, dict):
        return {k: replaced(v, by) for k, v in value.items()}
    if isinstance(value, list):
        return [replaced(v, by) for v in value]
    return by if isinstance(value, str) else value


@given(st.dictionaries(st.text(string.ascii_letters, max_size=3), VALUES, max_size=3), LEAVES.map(str))
def test_what_comes_out_holds_the_values(value: dict[str, object], by: str) -> None:
    for text in (documents.dump(value), documents.dump(value).replace("\n", "\n\n")):
        old = documents.load_one(text)
        new = replaced(old, by)
        assert documents.load_one(documents.rewrite(text, [new])) == new


def test_only_what_differs_is_written_anew() -> None:
    text = "# a\na:   'x'  # b\nc: |\n  ü𝄞\n  y: z\n\nd: [1,   \"x\"]\n"
    new = {"a": "it's", "c": "ü𝄞\ny: <n>\n", "d": [1, 'q"']}
    assert documents.rewrite(text, [new]) == "# a\na:   'it''s'  # b\nc: |\n  ü𝄞\n  y: <n>\n\nd: [1,   \"q\\\"\"]\n"
    assert documents.rewrite(text, [{"e": 1}]) == "e: 1\n"
