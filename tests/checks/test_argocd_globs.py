"""Argo CD's patterns: tables of what its libraries do, and laws that hold for every pattern."""

from __future__ import annotations

import fnmatch
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.checks.argocd_globs import glob, is_readable, path


@pytest.mark.parametrize(
    ("pattern", "text", "separators", "wanted"),
    [
        ("*", "", "", True), ("*", "a/b", "", True), ("*", "a/b", "/", False), ("**", "a/b", "/", True),
        ("https://forge/*/app", "https://forge/team/app", "/", True),
        ("https://forge/*/app", "https://forge/team/x/app", "/", False), ("team-*", "team-", "", True),
        ("team-*", "team-a", "", True), ("team-?", "team-", "", False), ("team-?", "team-a", "", True), ("?", "/",
         "/", False),
        ("[abc]x", "bx", "", True), ("[!abc]x", "bx", "", False), ("[!abc]x", "dx", "", True), ("[a-c]x", "bx", "", True),
        ("[!a-c]x", "bx", "", False), ("[a-c0-9]x", "bx", "", False), ("{a,b}-x", "b-x", "", True), ("{a,b}-x", "c-x",
         "", False),
        ("{a,{b,c}}x", "cx", "", True), ("{a*,b}x", "azzx", "", True), ("{,a}x", "x", "", True), ("{a", "{a", "", False),
        ("a}", "a}", "", False), ("[a", "[a", "", False), ("a\\", "a", "", False), ("\\*", "*", "", True), ("\\*",
         "a", "", False),
        ("\\{a,b\\}", "{a,b}", "", True), ("A", "a", "", False), ("", "", "", True), ("", "a", "", False),
        ("a*b*c", "aXbYc", "", True), ("a*b*c", "aXbY", "", False), ("x[]y", "x]y", "", False),
    ],
)  # fmt: skip
def test_gobwas_globs(pattern: str, text: str, separators: str, wanted: bool) -> None:
    assert glob(pattern, text, separators) is wanted


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("*", "Deployment", True), ("*", "", True), ("*", "a/b", False), ("Cluster*", "ClusterRole", True), ("?", "a", True),
        ("[a-c0-9]x", "5x", True), ("[^a-c]x", "bx", False), ("[^a-c]x", "dx", True), ("[!a]x", "!x", True), ("[a",
         "a", False),
        ("[]a]", "]", False), ("[\\]]", "]", True), ("\\*", "*", True), ("{a,b}", "a", False), ("", "", True), ("",
         "apps", False),
        ("*.k8s.io", "networking.k8s.io", True), ("a\\", "a", False), ("[a-]", "a", False),
    ],
)  # fmt: skip
def test_paths_of_go(pattern: str, text: str, wanted: bool) -> None:
    assert path(pattern, text) is wanted


_PLAIN = st.text("abc-./", max_size=12)


@given(_PLAIN)
def test_a_plain_text_is_only_itself(text: str) -> None:
    assert glob(text, text, "/") and path(text, text) and not glob(text, text + "x", "/")


@given(st.lists(_PLAIN, min_size=1, max_size=5), st.lists(st.text("abc-.", max_size=4), min_size=4, max_size=4))
def test_a_star_is_any_run(parts: list[str], runs: list[str]) -> None:
    text = "".join(part + run for part, run in zip(parts, [*runs[: len(parts) - 1], ""], strict=False))
    assert glob("*".join(parts), text) and glob("*".join(parts), text, "/")


@given(st.text("ab*?", max_size=10), st.text("ab", max_size=10))
def test_agrees_with_the_shell(pattern: str, text: str) -> None:
    assert glob(pattern, text) == fnmatch.fnmatchcase(text, pattern) == path(pattern, text)


@given(st.text("ab*?[]{}!^-,\\", max_size=14), st.text("ab[]{}!", max_size=8))
def test_any_pattern_can_be_asked(pattern: str, text: str) -> None:
    assert not (glob(pattern, text) and not is_readable(pattern))
    path(pattern, text)


@given(st.lists(st.text("ab*?", max_size=5), min_size=1, max_size=4), st.text("ab", max_size=6))
def test_braces_are_a_choice(choices: list[str], text: str) -> None:
    assert glob("{" + ",".join(choices) + "}", text) == any(glob(choice, text) for choice in choices)


@pytest.mark.parametrize(
    "pattern", ["*a" * 200, "{a,b}" * 100, "[" * 500, "{" * 500, "**" * 250, "a" * 10_000, "*" * 511 + "b"]
)
def test_hostile_patterns_take_no_time(pattern: str) -> None:
    start = time.process_time()
    glob(pattern, "a" * 1000)
    path(pattern, "a" * 1000)
    assert time.process_time() - start < 2
