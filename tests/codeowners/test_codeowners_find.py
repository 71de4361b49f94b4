"""Which file counts, for which forge."""

from __future__ import annotations

import pytest

from bot.codeowners import Dialect, File, Found, Harm, find

GITHUB, GITLAB = Dialect.GITHUB, Dialect.GITLAB


def found(files: dict[str, str], dialect: Dialect | None = None) -> Found:
    there = {path: File(text.encode()) for path, text in files.items()}
    return find(there.get, dialect)


@pytest.mark.parametrize(
    ("dialect", "order"),
    [
        (GITHUB, [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"]),
        (GITLAB, ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]),
    ],
)
def test_the_first_place_counts_and_the_others_are_named(dialect: Dialect, order: list[str]) -> None:
    files = {path: f"* @at{number}" for number, path in enumerate(order)}
    for number, path in enumerate(order):
        answer = found(files, dialect)
        assert answer.path == path
        assert set(answer.unread) == set(files) - {path}
        assert answer.owners.owners_of("x")[0].owners == (f"@at{number}",)
        del files[path]
    assert found({}, dialect).path == ""
    assert found({}, dialect).owners.owners_of("x") == ()


@pytest.mark.parametrize(
    ("files", "dialect", "why"),
    [
        ({".github/CODEOWNERS": ""}, GITHUB, "looks into .github/"),
        ({".gitlab/CODEOWNERS": ""}, GITLAB, "looks into .gitlab/"),
        ({".github/CODEOWNERS": "", ".gitlab-ci.yml": ""}, GITHUB, "looks into .github/"),
        ({"CODEOWNERS": "", ".gitlab-ci.yml": ""}, GITLAB, ".gitlab-ci.yml"),
        ({"CODEOWNERS": "* @a\n[Docs] @b\nx\n"}, GITLAB, "sections"),
        ({"docs/CODEOWNERS": "^[Docs][2]\r\nx @a\n".replace("\r", "")}, GITLAB, "sections"),
        ({"CODEOWNERS": "* @a\n/apps/[id]/x @b\n"}, GITHUB, "nothing points"),
        ({".github/CODEOWNERS": "", ".gitlab/CODEOWNERS": ""}, GITHUB, "nothing points"),
        ({".github/CODEOWNERS": "", ".gitlab/CODEOWNERS": "", ".gitlab-ci.yml": ""}, GITLAB, ".gitlab-ci.yml"),
        ({}, GITHUB, "nothing points"),
    ],
)
def test_the_forge_is_told_by_what_is_there(files: dict[str, str], dialect: Dialect, why: str) -> None:
    answer = found(files)
    assert answer.dialect is dialect
    assert why in answer.why


def test_what_is_told_counts_more() -> None:
    answer = found({".github/CODEOWNERS": "* @hub", "docs/CODEOWNERS": "* @lab"}, GITLAB)
    assert (answer.path, answer.why, answer.unread) == (
        "docs/CODEOWNERS",
        "--forge or the remotes of the clone say so",
        (".github/CODEOWNERS",),
    )


def test_a_symlink_is_not_followed() -> None:
    answer = find({"CODEOWNERS": File(b"docs/owners.txt", symlink=True)}.get, GITHUB)
    assert answer.owners.owners_of("x") == ()
    assert [problem.harm for problem in answer.owners.problems_of("x")] == [Harm.FILE]
