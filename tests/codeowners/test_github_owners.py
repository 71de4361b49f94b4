"""CODEOWNERS as GitHub reads it: the pattern table, lines and what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.codeowners import Codeowners, Dialect, Harm, parse
from bot.codeowners.parse import LIMIT


def read(*lines: str) -> Codeowners:
    return parse("\n".join(lines), Dialect.GITHUB)


def owners(file: Codeowners, path: str) -> list[str]:
    (found,) = file.owners_of(path)
    return list(found.owners)


def test_the_pattern_table_agrees(corpora: Path) -> None:
    cases = json.loads((corpora / "codeowners" / "github-patterns.json").read_text())
    asked = [(case["pattern"], path, is_match) for case in cases for path, is_match in case["paths"].items()]
    assert len(asked) > 150
    wrong = [row for row in asked if bool(read(f"{row[0]} @a").owners_of(row[1])) is not row[2]]
    assert wrong == []


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("docs", "docs/a.md docs a/docs a/docs/b/c", "docs.md mydocs/a"),
        ("/docs", "docs/a.md docs docs/x/y", "a/docs"),
        ("internal/x.md", "internal/x.md", "a/internal/x.md"),
        ("foo/bar/", "foo/bar/q foo/bar/q/r", "baz/foo/bar/q foo/bar"),
        ("/apps/[ab].yml", "apps/[ab].yml", "apps/a.yml apps/b.yml"),
        ("docs/*", "docs/a.md", "docs/a/b.md a/docs/b.md"),
        ("docs/a*", "docs/a.md docs/abc/d.md", "docs/b.md"),
        ("*.js", "a.js b/c.js lib.js/readme", "a.jsx js"),
        ("apps/", "apps/x a/apps/y/z", "apps"),
        ("**/logs", "logs/a build/logs/a deep/ly/logs", "logs.txt"),
        ("/**", "a a/b", ""),
        ("**", "a a/b", ""),
        ("a/**/b", "a/b a/x/b a/x/y/b/c", "b a/bc x/a/b"),
        ("x?z", "xyz a/xyz/q", "xz x/z xyyz"),
        ("/x*y*z.md", "xyz.md x1y2z.md", "xzy.md a/xyz.md x/yz.md"),
        ("*", "a a/b/c .hidden", ""),
        ("/*a*b*c", "abac xaybzac abbc", "bac acb"),
        ("Docs/", "Docs/a", "docs/a"),
        ("caf\u00e9/", "caf\u00e9/a", "cafe/a"),
        ("a**b", "ab axb axb/c", "a/b"),
    ],
)
def test_what_a_pattern_holds(pattern: str, yes: str, no: str) -> None:
    file = read(f"{pattern} @a")
    assert not file.problems
    assert [path for path in (*yes.split(), *no.split()) if file.owners_of(path)] == yes.split()


def test_what_is_escaped_is_itself() -> None:
    file = read("/a\\ b/c @space", "f\\*o @star", "f\\?o @mark", "/q\\x @x")
    assert owners(file, "a b/c") == ["@space"]
    assert owners(file, "f*o") == ["@star"]
    assert owners(file, "f?o") == ["@mark"]
    assert owners(file, "qx") == ["@x"]
    assert file.owners_of("fxo") == ()


def test_the_last_line_that_matches_decides_alone() -> None:
    file = read("* @all", "*.js @js @web", "/apps/ @apps", "/apps/github", "/apps/github/keep @keeper")
    assert owners(file, "README.md") == ["@all"]
    assert owners(file, "src/a.js") == ["@js", "@web"]
    assert owners(file, "apps/a.js") == ["@apps"]
    assert owners(file, "apps/github/a.js") == []
    assert owners(file, "apps/github/keep/a") == ["@keeper"]
    (found,) = file.owners_of("src/a.js")
    assert (found.optional, found.approvals, found.section, found.line, found.pattern) == (False, 1, None, 2, "*.js")
    assert read("/apps/ @a").owners_of("web/a") == ()


def test_comments_and_blanks() -> None:
    file = read(
        "# * @nobody",
        "",
        "   ",
        "\t*.go\t@a\t@b # @c",
        "*.js @js #This is an inline comment",
        "*.ts @a#b",
        "*.md # @x\r",
    )
    assert not file.problems
    assert owners(file, "x.go") == ["@a", "@b"]
    assert owners(file, "x.js") == ["@js"]
    assert owners(file, "x.ts") == ["@a"]
    assert owners(file, "x.md") == []
    assert [entry.line for entry in file.entries] == [4, 5, 6, 7]


def test_windows_line_ends() -> None:
    file = parse("* @a\r\n*.go @b\r\n", Dialect.GITHUB)
    assert owners(file, "x.go") == ["@b"]
    assert not file.problems


@pytest.mark.parametrize(
    "owner",
    ["@user", "@user-1", "@org/team", "@org/team.name", "@corp_user", "a.b+c@example.co.uk", "@o/t_x"],
)
def test_owners(owner: str) -> None:
    assert owners(read(f"* {owner}"), "x") == [owner]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("!secret.yml @a", 1, "no !"),
        ("\\#x @a", 1, "\\#"),
        ("/ @a", 1, "matches nothing"),
        ("a/***/b @a", 3, "***"),
        ("* @a user", 6, "user is no owner"),
        ("  * @@maintainer", 5, "roles are GitLab's"),
        ("* @org/parent/team", 3, "without its parent teams"),
        ("* @", 3, "no owner"),
        ("* a@b", 3, "no owner"),
        ("a//b @a", 2, "empty name"),
        ("a\\", 2, "backslash"),
        ("[Docs Team] @x", 7, "Team] is no owner"),
        ("* @a\u00a0@b", 3, "no owner"),
    ],
)
def test_an_invalid_line_is_skipped_with_its_place_and_reason(line: str, column: int, reason: str) -> None:
    file = read("* @before", line)
    (problem,) = file.problems
    assert (problem.line, problem.column, problem.harm) == (2, column, Harm.LINE)
    assert reason in problem.reason
    assert owners(file, "x") == ["@before"]


def test_an_invalid_line_matters_where_it_would_have_decided() -> None:
    file = read("* @all", "/prod/ @bad!", "/dev/ @x!", "/dev/ @dev", "!/prod/secret @a")
    assert [p.line for p in file.problems] == [2, 3, 5]
    assert [p.line for p in file.problems_of("prod/a")] == [2]
    assert [p.line for p in file.problems_of("prod/secret")] == [2, 5]
    assert file.problems_of("dev/a") == ()
    assert file.problems_of("other") == ()


def test_a_section_of_gitlab_is_a_pattern_here() -> None:
    file = read("[S][2] @t", "^[S]")
    assert owners(file, "[S][2]") == ["@t"]
    assert owners(file, "^[S]/x") == []


def test_too_large_or_binary_is_nothing_and_said() -> None:
    for data in (b"* @a\n" + b"#" * LIMIT, b"* @a\n\0"):
        file = parse(data, Dialect.GITHUB)
        assert file.owners_of("x") == ()
        (problem,) = file.problems_of("x")
        assert problem.harm is Harm.FILE
        assert "ignored" in problem.reason
    assert not parse(b"* @a\n" + b"#" * (LIMIT - 10), Dialect.GITHUB).problems


def test_a_byte_order_mark_spoils_the_first_line() -> None:
    file = parse("\ufeff* @a\n*.go @b\n".encode(), Dialect.GITHUB)
    assert file.owners_of("x") == ()
    assert owners(file, "x.go") == ["@b"]
    assert [p.harm for p in file.problems_of("x")] == [Harm.FILE]


def test_bytes_that_are_not_utf_8_match_the_same_bytes() -> None:
    file = parse(b"/caf\xe9 @a\n", Dialect.GITHUB)
    assert owners(file, b"caf\xe9".decode("utf-8", "surrogateescape")) == ["@a"]


@pytest.mark.parametrize("pattern", ["/" + "*a" * 60 + "b", "/" + "**/a/" * 60 + "b", "*" * 2 + "/*a*a*a*a*a*a*b" * 20])
def test_a_hostile_pattern_is_answered_at_once(pattern: str) -> None:
    paths = ["a" * 250, "a/" * 120 + "a"]
    assert [path for path in paths if read(f"{pattern} @a").owners_of(path)] == []
