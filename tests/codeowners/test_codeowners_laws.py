"""Laws: git agrees about the patterns that both take alike, and the fast search about every file with a slow one."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.codeowners import Codeowners, Dialect, parse

_NAMES = st.text("ab.", min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
PATHS = st.lists(st.lists(_NAMES, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)
_PARTS = st.lists(
    st.sampled_from(["a", "b", "ab", ".", "*", "?", "**", "[ab]", "[!a]", "[", "\\*", "\\a"]), min_size=1, max_size=3
)
_SEGMENTS = st.one_of(st.just("**"), st.just("*"), _NAMES, _PARTS.map("".join))


@st.composite
def patterns(draw: st.DrawFn) -> str:
    body = "/".join(draw(st.lists(_SEGMENTS, min_size=1, max_size=4)))
    return draw(st.sampled_from(["", "/"])) + body + draw(st.sampled_from(["", "/"]))


# -- git as the oracle of GitHub's patterns


def _taken_alike(pattern: str) -> bool:
    """Whether GitHub and .gitignore mean the same. Not so: brackets, ``a/*`` (all that is below, for git), ``***``, and
    trailing ``**/`` (directories only, for git)."""
    names = pattern.rstrip("/").split("/")
    return not (
        "[" in pattern
        or "***" in pattern
        or "//" in pattern
        or not pattern.strip("/")
        or names[-1] in ("**", "*")
        or set(names) & {".", ".."}
    )


@pytest.fixture(scope="module")
def ignoring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ignoring")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    return folder


def _ignored(folder: Path, pattern: str, paths: list[str]) -> set[str]:
    (folder / ".git" / "info").mkdir(exist_ok=True)
    (folder / ".git" / "info" / "exclude").write_text(pattern + "\n")
    asked = subprocess.run(
        ["git", "-C", str(folder), "-c", f"core.excludesFile={os.devnull}", "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(paths), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert asked.returncode in (0, 1), asked.stderr
    return set(asked.stdout.split("\0")) - {""}


@given(pattern=patterns().filter(_taken_alike), paths=PATHS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_git_agrees_where_github_and_gitignore_are_alike(ignoring: Path, pattern: str, paths: list[str]) -> None:
    file = parse(f"{pattern} @a", Dialect.GITHUB)
    assert {path for path in paths if file.owners_of(path)} == _ignored(ignoring, pattern, paths)


# -- the fast search and a slow one


def _github_regex(pattern: str) -> str:
    """The pattern as one regular expression, built the straightforward way."""
    names = pattern.strip("/").split("/")
    anchored = pattern.startswith("/") or len(names) > 1
    folder = pattern.endswith("/") or names[-1] == "**"
    while names and names[-1] == "**":
        names.pop()
    text = "" if anchored else "(?:.*/)?"
    for number, name in enumerate(names):
        if name == "**":
            text += "(?:.*/)?"
            continue
        for part in re.findall(r"\\.|.", name):
            text += {"*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part[-1]))
        text += "/" if number < len(names) - 1 else ""
    if not names:
        return ".+"
    if folder:
        return text + "/.+" if names[-1:] != [""] else text
    return text if names[-1] == "*" else text + "(?:/.+)?"


@given(lines=st.lists(patterns().filter(lambda p: "[" not in p), min_size=1, max_size=8), paths=PATHS)
@settings(max_examples=400, deadline=None)
def test_a_slow_reading_of_github_agrees(lines: list[str], paths: list[str]) -> None:
    file = parse("\n".join(f"{pattern} @u{n}" for n, pattern in enumerate(lines)), Dialect.GITHUB)
    skipped = {problem.line - 1 for problem in file.problems}
    for path in paths:
        held = [n for n, p in enumerate(lines) if n not in skipped and re.fullmatch(_github_regex(p), path)]
        assert [found.line - 1 for found in file.owners_of(path)] == held[-1:]


def _fnmatch(pattern: str, path: str) -> bool:
    """Ruby's ``File.fnmatch?`` with FNM_PATHNAME and FNM_DOTMATCH, name by name and by trying everything."""
    head, found, rest = _first_name(pattern)
    name, more, below = path.partition("/")
    if head == "**" and found:
        return _fnmatch(rest, path) or (bool(more) and _fnmatch(pattern, below))
    if not _name_matches(head, name):
        return False
    return _fnmatch(rest, below) if found and more else not found and not more


def _first_name(pattern: str) -> tuple[str, bool, str]:
    """Up to the first slash that is in no bracket; a backslash before it is nothing."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "[":
            at = _closing(pattern, at)
        elif pattern[at] == "\\":
            at += 1
        elif pattern[at] == "/":
            return pattern[:at], True, pattern[at + 1 :]
        at += 1
    return pattern, False, ""


def _closing(pattern: str, at: int) -> int:
    at += 2 if pattern[at + 1 : at + 2] in ("!", "^") else 1
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at


def _name_matches(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return _name_matches(pattern[1:], name) or (bool(name) and _name_matches(pattern, name[1:]))
    if not name:
        return False
    if pattern[0] == "?":
        return _name_matches(pattern[1:], name[1:])
    if pattern[0] == "[":
        end = _closing(pattern, 0)
        inside = pattern[1:end]
        negated = inside[:1] in ("!", "^")
        members = inside[negated:].replace("\\", "")
        return (
            end < len(pattern) and (name[0] in members) is not negated and _name_matches(pattern[end + 1 :], name[1:])
        )
    if pattern[0] == "\\" and len(pattern) > 1:
        pattern = pattern[1:]
    return pattern[0] == name[0] and _name_matches(pattern[1:], name[1:])


def _normal(pattern: str) -> str:
    if pattern == "*":
        return "/**/*"
    text = pattern if pattern.startswith("/") else f"/**/{pattern}"
    return f"{text}**/*" if text.endswith("/") else text


ENTRIES = st.lists(st.tuples(st.sampled_from(["", "", "!"]), patterns()), min_size=1, max_size=6)


def _gitlab(sections: list[list[tuple[str, str]]]) -> Codeowners:
    lines = [f"[S{n}]\n" + "\n".join(f"{mark}{p} @u" for mark, p in own) for n, own in enumerate(sections)]
    return parse("\n".join(lines), Dialect.GITLAB)


@given(sections=st.lists(ENTRIES, min_size=1, max_size=3), paths=PATHS)
@settings(max_examples=150, deadline=None)
def test_a_slow_reading_of_gitlab_agrees(sections: list[list[tuple[str, str]]], paths: list[str]) -> None:
    if any(mark == "" and p.startswith("[") for own in sections for mark, p in own):
        return  # a header
    file = _gitlab(sections)
    for path in paths:
        expected = []
        for number, own in enumerate(sections):
            kept = {_normal(p): mark for mark, p in own}
            held = [key for key in kept if _fnmatch(key, f"/{path}")]
            if held and not any(kept[key] for key in held):
                expected.append((f"S{number}", held[-1]))
        found = [(answer.section, _normal(answer.pattern)) for answer in file.owners_of(path)]
        assert found == expected


@given(data=st.binary(max_size=200), dialect=st.sampled_from(Dialect))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_and_every_line_is_accounted_for(data: bytes, dialect: Dialect) -> None:
    file = parse(data, dialect)
    file.owners_of("a/b")
    last = data.count(b"\n") + 1
    assert all(1 <= problem.line <= last and problem.column >= 1 and problem.reason for problem in file.problems)
    assert all(1 <= entry.line <= last for entry in file.entries)
    assert set(file.problems_of("a/b")) <= set(file.problems)


def test_many_lines_are_answered_fast() -> None:
    """No goal here, only that the way grows with lines plus files and not with their product."""
    text = "\n".join(f"/apps/app-{n}/ @o/t{n}\n**/app-{n}-*/x.yaml @u" for n in range(5_000))
    file = parse(text, Dialect.GITHUB)
    paths = [f"apps/app-{n}/base/app-{n}-a/x.yaml" for n in range(1_000)]
    assert {found.owners for path in paths for found in file.owners_of(path)} == {("@u",)}
