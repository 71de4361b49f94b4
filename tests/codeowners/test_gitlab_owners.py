"""CODEOWNERS as GitLab reads it: its documented behaviour with examples of our own, and what its reader really does."""

from __future__ import annotations

import pytest

from bot.codeowners import Codeowners, Dialect, Harm, parse

Row = tuple[str | None, list[str]]


def read(*lines: str) -> Codeowners:
    return parse("\n".join(lines), Dialect.GITLAB)


def rows(file: Codeowners, path: str) -> list[Row]:
    return [(found.section, list(found.owners)) for found in file.owners_of(path)]


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        # the facts that part the forges
        ("docs", "docs a/docs", "docs/a.md"),
        ("internal/x.md", "internal/x.md a/internal/x.md", "internal/y.md"),
        ("foo/bar/", "foo/bar/q baz/foo/bar/q baz/foo/bar/q/r", "foo/bar"),
        ("/apps/[ab].yml", "apps/a.yml apps/b.yml", "apps/c.yml apps/[ab].yml"),
        ("***", "a x/b", ""),
        ("/", "a a/b", ""),
        # documented paths
        ("/README.md", "README.md", "docs/README.md"),
        ("README.md", "README.md app/lib/README.md", "README.mdx"),
        ("/docs/", "docs/a docs/a/b", "docs a/docs/b"),
        ("/docs/*.md", "docs/a.md docs/.md", "docs/a/b.md docs/a.txt"),
        ("/docs/index.*", "docs/index.md docs/index.", "docs/index docs/x/index.md"),
        ("/docs/*spec*", "docs/qa_specs.rb docs/spec", "docs/sp.ec"),
        ("/docs/*/README.md", "docs/api/README.md", "docs/README.md docs/a/b/README.md"),
        ("/docs/**/index.md", "docs/index.md docs/api/index.md docs/a/b/index.md", "index.md"),
        ("lib/", "lib/a ee/lib/a", "lib"),
        ("*.rb", "a.rb .rb x/.y/z.rb", "a.rbx"),
        ("*", "a .gitignore a/.b/c", ""),
        ("/*a*b*c", "abac xaybzac abbc", "bac acb"),
        # Ruby's fnmatch
        ("/docs/**", "docs/a", "docs/a/b docs"),
        ("/a**/b", "a/b axx/b", "a/x/b"),
        ("/**/x/**/y", "x/y a/x/y a/x/b/c/y", "y x"),
        ("/x[!a-c].md", "xd.md x-.md", "xa.md xb.md x.md"),
        ("/x[^a]", "xb", "xa"),
        ("/x[]", "", "x x[]"),
        ("/x[!]", "xy", "x"),
        ("/x[a", "", "xa x[a"),
        ("/x[\\]a]", "x] xa", "xb"),
        ("/x[c-a]", "xc xa", "xb"),
        ("/x\\*", "x*", "xy"),
        ("/x?", "xy x?", "x xyz"),
        ("/{a,b}", "{a,b}", "a b"),
        ("\\#x", "#x a/#x", "x"),
        ("/Docs/", "Docs/a", "docs/a"),
        ("//x", "", "x a/x"),
        ("/x[a/b]c", "xac xbc", "xc x/c"),
    ],
)
def test_what_a_pattern_holds(pattern: str, yes: str, no: str) -> None:
    file = read(f"{pattern} @a")
    assert [path for path in (*yes.split(), *no.split()) if file.owners_of(path)] == yes.split()


def test_spaces_are_escaped() -> None:
    file = read("path\\ with\\ spaces/ @space", "/a\\  @b")
    assert rows(file, "x/path with spaces/a") == [(None, ["@space"])]
    assert rows(file, "a ") == [(None, ["@b"])]


def test_every_section_that_matches_speaks_with_its_last_entry() -> None:
    file = read(
        "* @boss",
        "[Pages]",
        "guide.md @ann @ben",
        "inner/guide.md @cat",
        "[More pages]",
        "guide.md @dan",
    )
    assert rows(file, "guide.md") == [(None, ["@boss"]), ("Pages", ["@ann", "@ben"]), ("More pages", ["@dan"])]
    assert rows(file, "inner/guide.md") == [(None, ["@boss"]), ("Pages", ["@cat"]), ("More pages", ["@dan"])]
    assert rows(file, "other") == [(None, ["@boss"])]


def test_default_owners_fill_entries_without_owners() -> None:
    file = read(
        "[Pages] @writers", "docs/", "[Data] @dba @sam", "model/", "model/setup.md @writers", "model/bad.md none"
    )
    assert rows(file, "docs/a") == [("Pages", ["@writers"])]
    assert rows(file, "model/a") == [("Data", ["@dba", "@sam"])]
    assert rows(file, "model/setup.md") == [("Data", ["@writers"])]
    assert rows(file, "model/bad.md") == [("Data", [])]  # something is written, so the defaults stay away


def test_sections_of_the_same_name_are_one() -> None:
    file = read("[Docs]", "a @a", "[Other]", "a @o", "^[DOCS][2] @late", "b", "[docs]", "c @c")
    assert rows(file, "a") == [("Docs", ["@a"]), ("Other", ["@o"])]
    assert rows(file, "b") == [("Docs", ["@late"])]
    assert rows(file, "c") == [("Docs", ["@c"])]
    assert [s.name for s in file.sections] == [None, "Docs", "Other"]
    assert file.owners_of("b")[0].approvals == 2
    assert file.owners_of("a")[0].approvals == 1


def test_a_section_is_optional_when_all_its_entries_are() -> None:
    file = read("^[Maybe]", "a @a", "^[Half]", "b @b", "[Half]", "c @c", "[Must]", "a @x")
    assert [(f.section, f.optional) for f in file.owners_of("a")] == [("Maybe", True), ("Must", False)]
    assert [f.optional for f in file.owners_of("b")] == [False]


@pytest.mark.parametrize(
    ("header", "name", "optional", "approvals", "owners"),
    [
        ("[S]", "S", False, 1, []),
        ("^[S]", "S", True, 1, []),
        ("[S][5]", "S", False, 5, []),
        ("[S][2] @g @g/sub", "S", False, 2, ["@g", "@g/sub"]),
        ("[Two Words] @u", "Two Words", False, 1, ["@u"]),
        ("[S][0] @u", "S", False, 1, ["@u"]),
        ("[S][] @u", "S", False, 1, ["@u"]),
        ("[S][ 3 ] @u", "S", False, 3, ["@u"]),
        ("[S][q] @u", "S", False, 1, []),
        ("^[S][2] @u", "S", True, 2, ["@u"]),
        ("[S] @a, @b", "S", False, 1, ["@a"]),
        ("[S] junk", "S", False, 1, []),
        ("[S]@u", "S", False, 1, ["@u"]),
        ("[] @u", "", False, 1, ["@u"]),
        ("[S] @@maintainer", "S", False, 1, ["@@maintainer"]),
        ("[ab].yml @u", "ab", False, 1, ["@u"]),
    ],
)
def test_headers(header: str, name: str, optional: bool, approvals: int, owners: list[str]) -> None:
    (found,) = read(header, "x").owners_of("x")
    assert (found.section, found.optional, found.approvals, list(found.owners)) == (name, optional, approvals, owners)


def test_only_the_beginning_of_a_line_opens_a_section() -> None:
    file = read("   [Indented]", "a @a", "before [Middle]", "b @b")
    assert [s.name for s in file.sections] == [None, "Indented"]
    assert rows(file, "b") == [("Indented", ["@b"])]


def test_a_header_that_cannot_be_read_leaves_its_lines_to_the_section_before() -> None:
    file = read("[One]", "a @a", "^[Two", "b @b", "[Three]", "c @c")
    assert rows(file, "b") == [("One", ["@b"])]
    (problem,) = file.problems_of("b")
    assert (problem.line, problem.harm) == (3, Harm.SECTION)
    assert file.problems_of("a") == file.problems_of("c") == ()


def test_a_section_called_codeowners_is_the_unnamed_one() -> None:
    assert rows(read("a @a", "[codeowners]", "b @b"), "b") == [(None, ["@b"])]
    assert rows(read("[X]", "[CodeOwners]", "b @b"), "b") == [(None, ["@b"])]
    assert rows(read("[CodeOwners]", "b @b"), "b") == [("CodeOwners", ["@b"])]


def test_exclusions_take_paths_out_of_their_section_only() -> None:
    file = read("* @all", "!*.rb", "[Ruby]", "*.rb @ruby", "!/config/**/*.rb", "/config/example.rb @late")
    assert rows(file, "a.txt") == [(None, ["@all"])]
    assert rows(file, "app/a.rb") == [("Ruby", ["@ruby"])]
    assert rows(file, "config/x/y.rb") == []
    assert rows(file, "config/example.rb") == []  # a later entry does not bring it back


def test_a_repeated_pattern_keeps_its_first_place_and_takes_the_last_owners() -> None:
    file = read("*.md @a", "docs/*.md @b", "/**/*.md @c")
    assert rows(file, "docs/x.md") == [(None, ["@b"])]
    assert rows(file, "x.md") == [(None, ["@c"])]
    assert file.owners_of("x.md")[0].line == 3
    assert rows(read("!*.md", "*.md @a"), "x.md") == [(None, ["@a"])]
    assert rows(read("*.md @a", "!*.md"), "x.md") == []


def test_there_are_no_comments_behind_owners() -> None:
    file = read("*.go @a # @b")
    assert rows(file, "x.go") == [(None, ["@a", "@b"])]
    (problem,) = file.problems_of("x.go")
    assert (problem.line, problem.column, problem.harm) == (1, 9, Harm.OWNER)
    assert "no comments" in problem.reason


@pytest.mark.parametrize(
    ("text", "owners"),
    [
        ("@user", ["@user"]),
        ("@group/with-nested/sub.group", ["@group/with-nested/sub.group"]),
        ("jane.doe@example.com", ["jane.doe@example.com"]),
        ("@@developer @@Maintainers @@owner", ["@@developer", "@@Maintainers", "@@owner"]),
        ("@@reporter", []),
        ("@user, @other.", ["@user", "@other"]),
        ("@a\t@b  @a", ["@a", "@b"]),
        ("@legal this does not match jane@example.com", ["@legal", "jane@example.com"]),
        ("nobody", []),
        ("@x.git", ["@x.gi"]),
    ],
)
def test_owners(text: str, owners: list[str]) -> None:
    assert rows(read(f"* {text}"), "a") == [(None, owners)]


@pytest.mark.parametrize(
    ("line", "harm", "column", "reason"),
    [
        ("* nobody", Harm.OWNER, 3, "takes that for approved"),
        ("* @a nobody", Harm.OWNER, 6, "nobody is no owner"),
        ("*", Harm.OWNER, 1, "takes that for approved"),
        ("!", Harm.NOTHING, 1, "every path"),
        ("!*.rb @a", Harm.NOTHING, 7, "no owners"),
        ("/x[a @a", Harm.NOTHING, 1, "matches nothing"),
        ("[S", Harm.SECTION, 1, "no closing ]"),
        ("[S][x]", Harm.SECTION, 4, "does not count"),
        ("[S] @a+b", Harm.SECTION, 7, "does not count"),
        ("[S][0]", Harm.NOTHING, 4, "count as one"),
        ("^[S][2]", Harm.NOTHING, 5, "optional"),
        ("[]", Harm.NOTHING, 2, "no name"),
        ("[S]@a", Harm.NOTHING, 1, "form"),
    ],
)
def test_problems_have_a_place_and_a_reason(line: str, harm: Harm, column: int, reason: str) -> None:
    (problem,) = read("#", line).problems
    assert (problem.line, problem.column, problem.harm) == (2, column, harm)
    assert reason in problem.reason


def test_a_problem_of_a_header_matters_for_its_lines() -> None:
    file = read("a @a", "[S] @b @c+d", "b", "c @c", "[T]", "d @d")
    assert [bool(file.problems_of(path)) for path in "abcd"] == [False, True, True, False]


def test_owners_that_do_not_count_matter_where_their_line_decides() -> None:
    file = read("* nobody", "b @b")
    assert [bool(file.problems_of(path)) for path in "ab"] == [True, False]


@pytest.mark.parametrize("pattern", ["/" + "*a" * 60 + "b", "/" + "**/a/" * 60 + "b", "/" + "[a-z]*" * 60 + "_"])
def test_a_hostile_pattern_is_answered_at_once(pattern: str) -> None:
    paths = ["a" * 250, "a/" * 120 + "a"]
    assert [path for path in paths if read(f"{pattern} @a").owners_of(path)] == []


def test_many_sections_are_read_and_far_too_many_are_not() -> None:
    file = read(*(f"[S{n % 1_000}]\n/{n} @a" for n in range(20_000)))
    assert len(file.sections) == 1_001
    assert [f.section for f in file.owners_of("19999")] == ["S999"]
    for line in ("[S{}]\n* @a", "[S{}"):
        file = read(*(line.format(n) for n in range(100_000)))
        assert file.owners_of("x") == ()
        assert [problem.harm for problem in file.problems_of("x")] == [Harm.FILE]


def test_a_pattern_longer_than_any_name_matches_nothing() -> None:
    file = read("/" + "*a" * 500_000 + " @a")
    assert file.owners_of("a" * 200) == ()
