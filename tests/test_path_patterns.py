"""Go's path patterns, and that none of them takes long."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.path_patterns import dir_pattern, file_pattern, pathspec, segment_pattern

DIRECTORIES = {
    "apps/*": (["apps/web", "apps/a.b"], ["apps", "apps/web/base", "x/apps/web"]),
    "apps/*-prod": (["apps/a-prod", "apps/-prod", "apps/a-prod-prod"], ["apps/a-prod-x", "apps/a/b-prod"]),
    "**": (["apps"], ["apps/web"]),
    "a?c": (["abc"], ["a/c", "ac"]),
    "[a-c]x": (["ax", "cx"], ["dx", "-x"]),
    "[^a]x": (["bx", "!x"], ["ax", "x"]),
    "[!a]x": (["ax", "!x"], ["bx"]),  # ! is a character like any other here
    "{a,b}": (["{a,b}"], ["a"]),
    "a\\*": (["a*"], ["ab"]),
    "[a": ([], ["a", "[a"]),
    "a\\": ([], ["a", "a\\"]),
    "[]": ([], ["a", "[]"]),
    "[a-]": ([], ["a", "-"]),
    "[b-a]": ([], ["a", "b"]),
    "a*b*c": (["abc", "axbxc", "abbcc"], ["ab", "acb", "a/b/c"]),
}
FILES = {
    "**/values.yaml": (["values.yaml", "a/values.yaml", "a/b/values.yaml"], ["a/values.yml", "xvalues.yaml"]),
    "a/**/b": (["a/b", "a/x/b", "a/x/y/b", "a/b/b"], ["a/b/c", "b", "xa/b"]),
    "a/**": (["a", "a/b", "a/b/c"], ["b/a"]),
    "**/a/**/b/*.yaml": (["a/b/c.yaml", "x/a/y/b/c.yaml", "a/a/b/b/c.yaml"], ["a/b/c/d.yaml", "b/a/c.yaml"]),
    "a**b": (["ab", "axb"], ["a/b"]),  # ** counts as a whole segment only
    "{dev,prod}/v.yaml": (["dev/v.yaml", "prod/v.yaml"], ["devprod/v.yaml", "{dev,prod}/v.yaml"]),
    "{a/**,b}/{x,y{1,2}}": (["a/x", "a/q/y2", "b/y1"], ["a/y", "b/q/x"]),
    "{**/,*}x/y": (["x/y", "a/b/x/y", "ax/y"], ["a/bx/y"]),
    "[!a]": (["b"], ["a", "!/"]),
    "\\{a,b\\}": (["{a,b}"], ["a"]),
    "{a": ([], ["a", "{a"]),
    "{a,}b": (["ab", "b"], ["b,"]),
    "{" * 5 + "a,b" + "}" * 5: (["a", "b"], []),
    "{a,b}" * 9: ([], ["ababababa"]),  # more choices than anyone writes
    "x" * 1025: ([], ["x" * 1025]),
}


@pytest.mark.parametrize("pattern", DIRECTORIES)
def test_directories(pattern: str) -> None:
    yes, no = DIRECTORIES[pattern]
    assert [path for path in (*yes, *no) if dir_pattern(pattern).match(path)] == yes


@pytest.mark.parametrize("pattern", FILES)
def test_files(pattern: str) -> None:
    yes, no = FILES[pattern]
    assert [path for path in (*yes, *no) if file_pattern(pattern).match(path)] == yes


def naive(pattern: list[str], path: list[str]) -> bool:
    """Whether segments match segments, by trying everything."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(naive(pattern[1:], path[at:]) for at in range(len(path) + 1))
    if not path:
        return False
    text = re.escape(pattern[0]).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(text, path[0]) is not None and naive(pattern[1:], path[1:])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(
    st.lists(st.one_of(st.just("**"), st.text("ab*?", min_size=1, max_size=6)), min_size=1, max_size=6),
    st.lists(st.text("ab", min_size=1, max_size=5), min_size=1, max_size=7),
)
def test_never_going_back_finds_what_trying_everything_finds(pattern: list[str], path: list[str]) -> None:
    pattern = [part if part.strip("*") or part == "**" else "*" for part in pattern]
    assert file_pattern("/".join(pattern)).match("/".join(path)) == naive(pattern, path)


@pytest.mark.parametrize(
    "pattern",
    ["*a" * 500, "**/a/" * 200 + "b", "/".join(["*a*a*a*b"] * 100), "{a,b}" * 200, "[a-z]*" * 170, "?*" * 512],
)
def test_hostile_patterns_take_no_time(pattern: str) -> None:
    start = time.process_time()
    for path in ("a" * 4000, "a/" * 2000 + "a", "/".join(["a" * 200] * 20)):
        dir_pattern(pattern).match(path)
        file_pattern(pattern).match(path)
        segment_pattern(pattern).match(path)
        pathspec(pattern).match(path)
    assert time.process_time() - start < 2


TREE = [
    "a/b.json",
    "a/x/b.json",
    "a/x/y/b.json",
    "ab.json",
    "b.json",
    "a/[x]/b.json",
    "c/{a,b}/d",
    "c/a/d",
    "a b/c",
    "é/z.json",
]
SPECS = [
    "a/*.json", "a/*/b.json", "a/**/b.json", "**/b.json", "*.json", "b.json", "a", "a/", "a/x", "a?b.json", "a[/]b.json",
    "a/[!b]/b.json", "a/[^b]/b.json", "a/[x]/b.json", "a/[x", "c/{a,b}/d", "c/*/d", "./a/*", "a/../b.json", "", ".", "..",
    "*", "**", "a/*/*/b.json", "?/b.json", "a\\b.json", "a/\\[x\\]/b.json", "*/", "a/*/", "x*", "a//b.json", "é/*",
]  # fmt: skip


def test_pathspecs_are_git_s(tmp_path: Path) -> None:
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    run = ["git", "-C", str(tmp_path)]
    subprocess.run([*run, "init", "-q"], check=True)
    subprocess.run([*run, "add", "-A"], check=True)
    for spec in SPECS:
        done = subprocess.run([*run, "ls-files", "-z", "--", spec or "."], capture_output=True, check=False)
        expected = sorted(done.stdout.decode().split("\0")[:-1])
        assert sorted(path for path in TREE if pathspec(spec).match(path)) == expected, spec
