"""The unified diff: right, readable, and bounded in time."""

from __future__ import annotations

import random
import re
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot import documents
from bot.diff import lines

ITEM = st.sampled_from(["a", "b", "c"]) | st.fixed_dictionaries({"name": st.sampled_from("xyz")})
ITEMS = st.lists(ITEM, max_size=30)
TEXT = st.text("ab\n", max_size=20)
VALUES = st.fixed_dictionaries({"k": ITEMS, "text": TEXT, "m": st.dictionaries(st.text("pq"), ITEMS)})


def applied(base: object, head: object, spans: list[lines.Span]) -> list[str]:
    old, new = documents.rows(base), documents.rows(head)
    result: list[str] = []
    at = 0
    for span in spans:
        result += [r for r, _ in old[at : span.a]] + [r for r, _ in new[span.c : span.d]]
        at = span.b
    return result + [r for r, _ in old[at:]]


@given(VALUES, VALUES)
def test_applying_the_spans_to_base_gives_head(base: dict[str, Any], head: dict[str, Any]) -> None:
    spans = lines.changed(documents.rows(base), documents.rows(head))
    assert "\n".join(applied(base, head, spans)) + "\n" == documents.dump(head)


@given(VALUES, VALUES)
def test_rows_are_what_dump_writes(base: dict[str, Any], head: dict[str, Any]) -> None:
    assert "\n".join(r for r, _ in documents.rows(base)) + "\n" == documents.dump(base)
    assert lines.unified(base, base) == []
    assert bool(lines.unified(base, head)) == (documents.dump(base) != documents.dump(head))


def test_large_values_take_the_same_path_and_are_right() -> None:
    dice = random.Random(7)
    base = {
        "versions": [{"name": f"v{i}", "schema": {f"f{j}": {"type": "string"} for j in range(400)}} for i in range(5)]
    }
    head = {"versions": [{"name": f"v{i}", "schema": {f"f{j}": {"type": dice.choice(["string"] * 30 + ["int"])} for j in
            range(400) if dice.random() > 0.02}} for i in range(5)]}  # fmt: skip
    spans = lines.changed(documents.rows(base), documents.rows(head))
    assert "\n".join(applied(base, head, spans)) + "\n" == documents.dump(head)
    gone = sum(s.b - s.a for s in spans)
    assert gone < 500  # two rows for each field that is gone, one for each type


def test_the_worst_case_is_bounded_and_says_that_it_is_cut() -> None:
    base, head = ({"x": [{"a": i % m, "b": i % n} for i in range(15_000)]} for m, n in ((7, 5), (11, 3)))
    started = time.process_time()
    rows = lines.unified(base, head)
    assert time.process_time() - started < 5
    assert len(rows) == lines.MAX_ROWS + 1
    assert "more rows of this diff are not shown" in rows[-1]


def test_hunks_name_the_place_and_keep_three_rows_around() -> None:
    def spec(value: int) -> dict[str, Any]:
        return {"list": [{"name": "a", "v": [1, 2]}, {"name": "b", "v": [value]}], "text": "one\ntwo\n"}

    base, head = {"spec": spec(3), "z": {"q": 1}}, {"spec": spec(4), "z": {"q": 2}}
    assert lines.unified(base, head) == [
        "@@ -6,9 +6,9 @@ spec.list[b].v",
        "     - 2",
        "   - name: b",
        "     v:",
        "-    - 3",
        "+    - 4",
        "   text: |",
        "     one",
        "     two",
        " z:",
        "-  q: 1",
        "+  q: 2",
    ]
    (first, *_) = lines.unified({"d": {"t": "a\nb\n"}}, {"d": {"t": "a\nc\n"}})
    assert first == "@@ -1,4 +1,4 @@ d.t"
    assert lines.unified({"a": 1}, {"a": 2})[0] == "@@ -1,1 +1,1 @@"


def test_far_changes_are_separate_hunks() -> None:
    base = {f"k{i:02}": i for i in range(30)}
    rows = lines.unified(base, {**base, "k03": "x", "k25": "y"})
    assert [r for r in rows if r.startswith("@@")] == ["@@ -1,7 +1,7 @@", "@@ -23,7 +23,7 @@"]
    assert len(rows) == 2 * (1 + 3 + 2 + 3)


def test_paths_cannot_break_out_of_the_heading() -> None:
    (first, *_) = lines.unified({"a\n+x\x1b[31m": {"b": 1}}, {"a\n+x\x1b[31m": {"b": 2}})
    assert first == '@@ -1,2 +1,2 @@ ["a\ufffd+x\ufffd[31m"]'


def test_hidden_characters_are_seen() -> None:
    rows = lines.unified({"a": "x"}, {"a": "x\u202e\u200b\x1b"})
    assert rows[-1] == '+a: "x\\u202e\\u200b\\x1b"'


@given(VALUES, VALUES)
def test_the_ranges_are_those_of_a_unified_diff(base: Any, head: Any) -> None:
    """Applied to base as patch(1) would, by the ranges alone, the diff gives head."""
    old, new = ([row for row, _ in documents.rows(value)] for value in (base, head))
    result: list[str] = []
    at = count = 0
    hunk: list[str] = []
    for row in [*lines.unified(base, head), "@@ -0,0 +0,0 @@"]:
        if not row.startswith("@@"):
            hunk.append(row)
            continue
        if hunk:
            taken = [r[1:] for r in hunk if r[0] in " -"]
            assert old[at : at + len(taken)] == taken
            assert len(taken) == count
            result += [r[1:] for r in hunk if r[0] in " +"]
            at += len(taken)
        ranges = re.match(r"@@ -(\d+),(\d+) \+(\d+),(\d+) @@", row)
        assert ranges
        start, count = int(ranges[1]), int(ranges[2])
        begin = start - 1 if count else start
        if row != "@@ -0,0 +0,0 @@":
            result += old[at:begin]
            at = begin
        hunk = []
    assert result + old[at:] == new
