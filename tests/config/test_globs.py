"""Path patterns against a table and against an oracle that tries everything."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.config.globs import Globs, wrong_with

TABLE = [
    # pattern, paths it holds, paths it does not hold
    ("prod", ["prod"], ["apps/prod", "prod/a", "prods", "Prod", ""]),
    ("apps/*", ["apps/web", "apps/.hidden"], ["apps", "apps/web/base"]),
    ("apps/*/base", ["apps/web/base"], ["apps/base", "apps/a/b/base"]),
    ("a/**", ["a", "a/b", "a/b/c"], ["ab", "b/a"]),
    ("a/", ["a", "a/b", "a/b/c"], ["ab", "b/a"]),
    ("**", ["", "a", "a/b"], []),
    ("**/prod", ["prod", "a/prod", "a/b/prod"], ["prod/a", "a/xprod"]),
    ("**/overlays/prod/", ["overlays/prod", "a/overlays/prod/b"], ["a/overlays"]),
    ("a/**/z", ["a/z", "a/b/z", "a/b/c/z"], ["a", "z", "a/zz"]),
    ("a/**/b/**/c", ["a/b/c", "a/x/b/y/z/c", "a/b/b/c"], ["a/c", "a/b"]),
    ("values-*.yaml", ["values-prod.yaml", "values-.yaml"], ["values.yaml", "x/values-prod.yaml"]),
    ("v?", ["v1", "vé", "v{"], ["v", "v12", "v/"]),
    ("*a*b*", ["ab", "xaybz", "aab"], ["ba", "a", "b"]),
]


@pytest.mark.parametrize(("pattern", "holds", "holds_not"), TABLE, ids=[row[0] for row in TABLE])
def test_table(pattern: str, holds: list[str], holds_not: list[str]) -> None:
    globs = Globs([pattern])
    assert [p for p in holds if not globs.match(p)] == []
    assert [p for p in holds_not if globs.match(p)] == []


@pytest.mark.parametrize(
    ("pattern", "because"),
    [
        ("/a", "starts with /"),
        ("!a", "no negation"),
        ("a/{dev,prod}", "holds {"),
        ("a[bc]", "holds ["),
        ("a\\*", "holds \\"),
        ("a/**.yaml", "stands alone"),
        ("a//b", "empty"),
        ("../a", "empty, . or .."),
        ("./a", "empty, . or .."),
        ("", "empty"),
        ("a//", "empty"),
    ],
)
def test_what_is_not_a_pattern_is_refused_with_the_reason(pattern: str, because: str) -> None:
    assert because in wrong_with(pattern)
    with pytest.raises(ValueError, match="pattern"):
        Globs([pattern])


def test_the_first_pattern_that_holds_the_path_is_told() -> None:
    globs = Globs(["apps/", "**/prod", "x"])
    assert (globs.first("apps/prod"), globs.first("c/prod"), globs.first("y")) == ("apps/", "**/prod", None)
    assert not Globs([])


def oracle_name(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(oracle_name(pattern[1:], name[i:]) for i in range(len(name) + 1))
    return bool(name) and pattern[0] in ("?", name[0]) and oracle_name(pattern[1:], name[1:])


def oracle_path(pattern: list[str], path: list[str]) -> bool:
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(oracle_path(pattern[1:], path[i:]) for i in range(len(path) + 1))
    return bool(path) and oracle_name(pattern[0], path[0]) and oracle_path(pattern[1:], path[1:])


NAMES = st.text("ab", min_size=1, max_size=4)
SEGMENTS = st.one_of(st.just("**"), st.text("ab?*", min_size=1, max_size=5).filter(lambda s: "**" not in s))


@given(st.lists(SEGMENTS, min_size=1, max_size=5), st.lists(NAMES, max_size=6))
@example(["**", "a", "**", "a"], ["a", "b", "a", "a"])
@example(["*a*a"], ["aba"])
def test_agrees_with_trying_everything(pattern: list[str], path: list[str]) -> None:
    assert Globs(["/".join(pattern)]).match("/".join(path)) == oracle_path(pattern, path)


@given(st.lists(SEGMENTS, min_size=1, max_size=4), st.lists(NAMES, max_size=6))
def test_a_trailing_slash_is_two_stars(pattern: list[str], path: list[str]) -> None:
    text = "/".join(pattern)
    assert Globs([text + "/"]).match("/".join(path)) == Globs([text + "/**"]).match("/".join(path))


def test_a_hostile_pattern_costs_no_more_than_its_length_times_the_path() -> None:
    started = time.process_time()
    assert not Globs(["*a" * 200 + "b"]).match("a" * 2000)
    assert not Globs(["**/a/" * 100 + "b"]).match("/".join(["a"] * 2000))
    assert time.process_time() - started < 5
