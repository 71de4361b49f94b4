"""Unified diffs as rows of two columns."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report.hunks import DiffRow, RowKind, diff_rows, differing

lines = st.lists(st.sampled_from(["a", "b", "- c", "+ d", "@@ -1 +1 @@", "", "  e: f", "\\ x"]), max_size=12)


def test_rows_carry_both_numbers_and_pair_edits() -> None:
    rows = list(diff_rows("@@ -5,3 +7,4 @@\n a\n-b\n-c\n+B\n d\n@@ -20 +22 @@\n-x\n"))
    assert rows == [
        DiffRow(RowKind.GAP),
        DiffRow(RowKind.SAME, 5, "a", 7, "a"),
        DiffRow(RowKind.EDIT, 6, "b", 8, "B"),
        DiffRow(RowKind.REMOVED, 7, "c"),
        DiffRow(RowKind.SAME, 8, "d", 9, "d"),
        DiffRow(RowKind.GAP),
        DiffRow(RowKind.REMOVED, 20, "x"),
    ]


def test_a_diff_from_the_first_line_has_no_gap() -> None:
    assert [row.kind for row in diff_rows("@@ -0,0 +1,2 @@\n+a\n+b\n")] == [RowKind.ADDED, RowKind.ADDED]
    assert [row.new_number for row in diff_rows("@@ -0,0 +1,2 @@\n+a\n+b\n")] == [1, 2]


def test_a_hunk_may_say_where_instead_of_which_line() -> None:
    rows = list(diff_rows("@@ spec.template @@\n a\n-b\n+c\n@@ @@\n+d\n@@ -3 +4 @@ data.key\n+e\n"))
    assert rows == [
        DiffRow(RowKind.GAP, new="spec.template"),
        DiffRow(RowKind.SAME, 0, "a", 0, "a"),
        DiffRow(RowKind.EDIT, 0, "b", 0, "c"),
        DiffRow(RowKind.GAP),
        DiffRow(RowKind.ADDED, new="d"),
        DiffRow(RowKind.GAP, new="data.key"),
        DiffRow(RowKind.ADDED, new_number=4, new="e"),
    ]


def test_removed_lines_after_added_ones_are_another_run() -> None:
    assert [row.kind for row in diff_rows("+a\n-b\n c\n")] == [RowKind.ADDED, RowKind.REMOVED, RowKind.SAME]


def test_a_hunk_header_that_is_none_is_a_line() -> None:
    assert list(diff_rows("@@x")) == [DiffRow(RowKind.SAME, 1, "@@x", 1, "@@x")]


def test_no_diff_no_rows() -> None:
    assert list(diff_rows("")) == []


@given(lines, lines)
def test_no_line_is_lost_and_numbers_are_right(old: list[str], new: list[str]) -> None:
    diff = "".join(f"{line}\n" for line in list(difflib.unified_diff(old, new, lineterm=""))[2:])
    for row in diff_rows(diff):
        if row.old_number:
            assert old[row.old_number - 1] == row.old
        if row.new_number:
            assert new[row.new_number - 1] == row.new
    shown_old = {row.old_number for row in diff_rows(diff)} - {0}
    removed = difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes()
    assert all(
        number + 1 in shown_old for tag, start, end, *_ in removed if tag != "equal" for number in range(start, end)
    )


@pytest.mark.parametrize(
    ("old", "new", "marked"),
    [
        ("  image: ledger:1.4.0", "  image: ledger:1.5.0", ("4", "5")),
        ("  LOG_LEVEL: info", "  LOG_LEVEL: debug", ("info", "debug")),
        ("  replicas: 2", "  replicas: 2 # why", ("", " # why")),
        ("  name: a", "  name: a", ("", "")),
    ],
)
def test_differing_words_are_marked(old: str, new: str, marked: tuple[str, str]) -> None:
    span = differing(old, new)
    assert span is not None
    assert (old[span[0] : span[1]], new[span[0] : span[2]]) == marked


def test_lines_with_nothing_in_common_are_not_marked() -> None:
    assert differing("        - from:", "        - {}") is None or differing("abc: def", "xyz-123") is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_outside_the_marks_both_lines_are_equal(old: str, new: str) -> None:
    span = differing(old, new)
    if span is not None:
        start, old_end, new_end = span
        assert old[:start] == new[:start]
        assert old[old_end:] == new[new_end:]
        assert start <= old_end
        assert start <= new_end
