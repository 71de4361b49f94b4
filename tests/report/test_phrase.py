"""Paths one after the other, without what they share; sentences one after the other."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.report.phrase import sentences, shortened


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ((), ()),
        (("a/b/c.yaml",), ("a/b/c.yaml",)),
        (("a/b/c.yaml", "a/b/d.yaml"), ("a/b/c.yaml", "…/d.yaml")),
        (("a/c.yaml", "a/d.yaml"), ("a/c.yaml", "a/d.yaml")),  # saves nothing
        (("a/b/c", "a/b/c/d.yaml"), ("a/b/c", "…/d.yaml")),
        (("a/b/c", "a/b/c"), ("a/b/c", "…/c")),
        (("a/b/overlays/prod", "a/b/base", "a/b/base/w.yaml"), ("a/b/overlays/prod", "…/base", "…/w.yaml")),
        (("a/b/cd", "a/b/ce"), ("a/b/cd", "…/ce")),
        (("x", "y"), ("x", "y")),
    ],
)
def test_what_is_shared_with_the_path_before_is_left_out(paths: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert shortened(paths) == expected


_PATHS = st.lists(st.lists(st.sampled_from(["a", "b", "long"]), min_size=1, max_size=5).map("/".join), max_size=6)


@given(_PATHS)
def test_a_path_can_be_read_from_the_one_before_it(paths: list[str]) -> None:
    for number, shown in enumerate(shortened(paths)):
        if shown.startswith("…/"):
            rest = shown.removeprefix("…/")
            before = f"{paths[number - 1]}/"
            assert rest
            assert paths[number] == posixpath.join(paths[number].removesuffix(rest), rest)
            assert before.startswith(paths[number].removesuffix(rest))
        else:
            assert shown == paths[number]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (("It has no owner", "Give it one"), ("It has no owner.", "Give it one")),
        (("No.", "Why?", "So"), ("No.", "Why?", "So")),
        (("It runs `x` \n", "Stop it."), ("It runs `x`.", "Stop it.")),
        (("Alone", ""), ("Alone",)),
        (("", "Alone"), ("Alone",)),
        (("", " "), ()),
    ],
)
def test_a_sentence_ends_before_the_next_one(said: tuple[str, ...], expected: tuple[str, ...]) -> None:
    assert sentences(*said) == expected
