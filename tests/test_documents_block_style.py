"""Reading row by row gives what nodes give, or nothing at all."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from bot.documents import block_style, dump
from bot.documents.compose import Refused, compose_all
from bot.documents.construct import Constructor

Read = tuple[list[tuple[object, int]], list[tuple[str, int]]]

KEYS = ("a", "b", "c-d", "e.f/g", '"q"', "'q'", "1", "on", "~", "a b", "a:b", "?", "<<", "n", "x" * 20)
VALUES = (
    "", "1", "x", "x y", "- x", "-", "-x", "a: b", "a:b", "x #y", "# y", "x#y", "'x'", "'x", "y'", "'a ''b'' c'", "'x' # y",
    '"x"', '"x', 'y"', '"a \\"b\\" \\n"', '"\\u0041"', '"\\', "[]", "{}", "[a, 1]", "{a: 1, a: 2}", "[a", "{{ x }}", "|",
    "|-",
    "|+", "|2", ">-", ">", ">1+", "| # y", "|x", "!x y", "&x y", "*x", "%x", "@x", "`x", ",", "null", "yes", "0x1F", "1e3",
    "=", "? x", ":", ":x", "x:", "\tx", "x\t", "x\ty", "...", "---", "x\u2028y", "\xe9", "x  ",
)  # fmt: skip
ROWS = st.builds(
    lambda indent, dashes, key, colon, value: " " * indent + dashes + (key + colon if key else "") + value,
    st.integers(0, 6), st.sampled_from(("", "", "", "- ", "-  ", "- - ", "-")), st.sampled_from((None, *KEYS)),
    st.sampled_from((": ", ": ", ": ", ":", " : ", ":  ")), st.sampled_from(VALUES),
)  # fmt: skip
BLANK = st.sampled_from(("", "", " ", "   ", "      ", "# y", "  # y", "---", "--- ", "...", "\t"))
# Rows that go together more often than chance has it.
NEAR = st.lists(st.one_of(ROWS, ROWS, ROWS, BLANK), min_size=1, max_size=8)


def by_nodes(text: str) -> Read | None:
    constructor = Constructor([])
    try:
        found = [(constructor.value(node), node.start_mark.line + 1) for node in compose_all(text)]
    except (yaml.YAMLError, Refused):
        return None
    return [each for each in found if each[0] is not None], sorted(constructor.duplicates or (), key=lambda d: d[1])


def by_rows(text: str) -> Read | None:
    duplicates: list[tuple[str, int]] = []
    found = block_style.read(text, duplicates)
    return None if found is None else (found, duplicates)


def holds(text: str) -> bool:
    """Whether the law holds; types and order count."""
    fast = by_rows(text)
    return fast is None or repr(fast) == repr(by_nodes(text))


@example(['a: "b \\', "  c\\n\\n", "", '  \\  d \\u0041"', 'e: "f\\x"'], "\n")
@given(NEAR, st.sampled_from(("\n", "", "\n\n", "\n  \n")))
@example(["a: |2", "   x", "", "    ", "  y", "b: >", "", "   x", "  y", "  z", "", "c: |+", " x", "", ""], "\n")
@example(["a: b", "  c", "", "  - d", "e: 'f", "", "  g  ", "  '", 'h: "i', '  j\\n"'], "\n")
@example(["a:", "- - b: 1", "    c: 2", "  - d", "- e:", "  - f", "  g: h"], "\n")
def test_rows_give_what_nodes_give(rows: list[str], end: str) -> None:
    assert holds("\n".join(rows) + end)


LEAVES = st.one_of(
    st.text("ab \n-:#'\"\\|>&{}[],?~01exo._=\xe9", max_size=12), st.integers(), st.booleans(), st.none(), st.floats()
)
TREES = st.recursive(
    LEAVES, lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text("ab1-~ ", max_size=3), each, max_size=3)
)


@given(TREES)
def test_what_is_written_is_read_the_same(value: object) -> None:
    text = dump(value)
    assert holds(text)


READ = """\
# of a program
apiVersion: v1
kind: ConfigMap
metadata: {name: a, labels: {}}   # in brackets
data:
  script.sh: |-
    if true; then
    \techo "tabs: inside"

      fi
  folded: >
    one
    two

    three
      four
  quoted: 'don''t
    break

    it'
  double: "a \\"b\\"\\n
    c"
  escaped: "\\u0041\\
    \\ b

    c"
  plain: goes on
    here
  on: off
items:
- name: x
  args: ["--a", b]
- - nested
  -
    - deep
-
below:
  the key
empty:
  {}
last: ~
---
- 1
- 0x10
"""


def test_what_programs_write_is_read() -> None:
    found = by_rows(READ)
    assert found is not None
    assert repr(found) == repr(by_nodes(READ))
    assert [line for _, line in found[0]] == [2, 43]


@pytest.mark.parametrize(
    "text",
    ["a: &x 1\nb: *x\n", "a: !!str 1\n", "a: 1\n b: 2\n", "a: b: c\n", "a: 'x\n", "a\n", "<<: {a: 1}\n", "a: \x07\n",
     "? a\n: b\n", "a: [&x 1]\nb: *x\n", "a:\n  b\n  c: d\n",
     "%YAML 1.1\n---\na: 1\n", "a: 1\r\n", "a: |\n\tx\n", "a: [b\n  ]\n", "- a\nb: c\n", "a:\n  - b\n  c: d\n"],
)  # fmt: skip
def test_in_doubt_it_gives_nothing(text: str) -> None:
    assert by_rows(text) is None


def test_keys_that_are_there_already_are_told_with_their_lines() -> None:
    found = by_rows("a: 1\nb:\n  a: 2\n  a: {c: 1, c: 2}\nyes: 1\n'true': 2\na:\n- x\n")
    assert found is not None
    assert found[1] == [("a", 4), ("c", 4), ("true", 6), ("a", 7)]


@pytest.mark.parametrize(
    "text",
    ["- " * 100_000, "a: '" + "x\n  " * 200_000 + "'\n", "a: >\n" + "  x\n" * 200_000, "a: x\n" + "  y\n" * 200_000,
     "a: |\n" + "\n" * 400_000 + "  x\n", "'" * 400_000, "a: x\n" + "\n" * 400_000, "a" * 400_000 + ": x\n",
     "a:\n" * 200_000],
)  # fmt: skip
def test_hostile_texts_cost_no_more_than_their_size(text: str) -> None:
    start = time.process_time()
    block_style.read(text, [])
    assert time.process_time() - start < 2
