"""``gatehouse owners``: the answer alone, on any commit of any clone."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository

from bot.cli import main


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        code = main(["owners", *words])
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, *capsys.readouterr()


def rows(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    code, out, _ = ask(capsys, *words, "--format", "json")
    assert code == 0
    found: list[dict[str, Any]] = json.loads(out)
    return found


def test_json_has_a_row_for_each_section_that_matches(
    repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit({"CODEOWNERS": "* @all\n^[Docs] @w\n*.md\n[Two][2] @a @b\n*.md\n!x.md\n", ".gitlab-ci.yml": "{}"})
    found = rows(capsys, "--repo", str(repository.path), "a.md", "x.md")
    assert found == [
        {"path": "a.md", "owners": ["@all"], "optional": False, "approvals": 1, "section": None, "line": 1},
        {"path": "a.md", "owners": ["@w"], "optional": True, "approvals": 1, "section": "Docs", "line": 3},
        {"path": "a.md", "owners": ["@a", "@b"], "optional": False, "approvals": 2, "section": "Two", "line": 5},
        {"path": "x.md", "owners": ["@all"], "optional": False, "approvals": 1, "section": None, "line": 1},
        {"path": "x.md", "owners": ["@w"], "optional": True, "approvals": 1, "section": "Docs", "line": 3},
    ]
    assert rows(capsys, "--repo", str(repository.path), "--forge", "github", "a.md") == []  # its last line names nobody


def test_nobody_is_no_row(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit({".github/CODEOWNERS": "/apps/ @a\n/apps/free\n"})
    repo = ("--repo", str(repository.path))
    assert rows(capsys, *repo, "web/x", "apps/free") == []
    _, out, _ = ask(capsys, *repo, "web/x", "apps/free", "apps/y")
    assert out.splitlines() == [
        "web/x: nobody (no line matches)",
        "apps/free: nobody (.github/CODEOWNERS:2, /apps/free)",
        "apps/y: @a (.github/CODEOWNERS:1, /apps/)",
    ]


def test_paths_are_taken_as_people_write_them(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit({"CODEOWNERS": "/apps/x @a\n"})
    found = rows(capsys, "--repo", str(repository.path), "./apps/x", "/apps/x", "apps//x")
    assert [row["path"] for row in found] == ["./apps/x", "/apps/x", "apps//x"]


def test_a_directory_is_answered_by_what_is_in_it(
    repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = "/apps/ @a\n/apps/prod/ @sre\n"
    repository.commit({"CODEOWNERS": lines, "apps/prod/a.yaml": "", "apps/prod/b.yaml": "", "apps/dev/a.yaml": ""})
    repo = ("--repo", str(repository.path))
    asked = ("apps/prod/", "apps/prod", "apps", "apps/dev/../prod/", "apps/new/", "apps/prod/new.yaml")
    found = [(row["path"], row["owners"]) for row in rows(capsys, *repo, *asked)]
    assert found == [
        ("apps/prod/", ["@sre"]), ("apps/prod", ["@sre"]), ("apps", ["@a"]), ("apps", ["@sre"]),
        ("apps/dev/../prod/", ["@sre"]), ("apps/new/", ["@a"]), ("apps/prod/new.yaml", ["@sre"]),
    ]  # fmt: skip
    _, _, error = ask(capsys, *repo, *asked)
    assert error.count("is not in this commit") == 2
    for odd in ("../x", "apps/../../x", ""):
        code, _, error = ask(capsys, *repo, odd)
        assert code == 2 and ("outside of the repository" in error or "names no file" in error)


def test_a_commit_and_a_bare_clone(
    repository: GitOpsRepository, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first = repository.commit({"CODEOWNERS": "* @old\n"})
    repository.commit({"CODEOWNERS": "* @new\n"})
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(repository.path), str(bare)], check=True)
    assert rows(capsys, "--repo", str(bare), "x")[0]["owners"] == ["@new"]
    assert rows(capsys, "--repo", str(bare), "x", "--at", first)[0]["owners"] == ["@old"]
    repository.write({"CODEOWNERS": "* @uncommitted\n"})
    assert rows(capsys, "--repo", str(repository.path), "x")[0]["owners"] == ["@new"]


def test_what_people_should_know_goes_to_standard_error(
    repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit({"README.md": ""})
    repo = ("--repo", str(repository.path))
    code, out, err = ask(capsys, *repo, "x", "--format", "json")
    assert (code, json.loads(out)) == (0, [])
    assert "There is no CODEOWNERS" in err
    repository.commit({".github/CODEOWNERS": "* @a\n/x @b!\n", "docs/CODEOWNERS": "* @c\n"})
    _, _, err = ask(capsys, *repo, "x")
    assert "Owners come from .github/CODEOWNERS, by the rules of GitHub: only one forge looks into .github/." in err
    assert ".github/CODEOWNERS:2:4: @b! is no owner" in err
    assert "docs/CODEOWNERS does not count" in err
    _, _, err = ask(capsys, *repo, "y")
    assert "@b!" not in err


def test_hostile_text_reaches_no_terminal(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.commit({"CODEOWNERS": "*\x1b[31m @a\n/x\x1b]0;t\x07 !\n"})
    _, out, err = ask(capsys, "--repo", str(repository.path), "x\x1b[0m", "x\x1b]0;t\x07")
    assert "\x1b" not in out + err
    assert "\x07" not in out + err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x", "--at", "nowhere"], "nowhere"),
        ([], "PATH"),
        (["x", "--forge", "gitea"], "gitea"),
        (["x", "--at", ""], "--at"),
    ],
)
def test_bad_usage_is_2(
    words: list[str], said: str, repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.commit({"CODEOWNERS": "* @a\n"})
    code, out, err = ask(capsys, "--repo", str(repository.path), *words)
    assert (code, out) == (2, "")
    assert said in err


def test_a_repository_without_commit_is_2(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = ask(capsys, "--repo", str(repository.path), "x")
    assert code == 2
    assert "no commit yet" in err


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = ask(capsys, "--help")
    assert code == 0
    assert "example: gatehouse owners" in " ".join(out.split())


def test_real_ownerless_lines(corpora: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = tmp_path / "govuk.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(corpora / "govuk-image-tags.bundle"), str(clone)], check=True)
    values = [f"charts/app-config/values-{env}.yaml" for env in ("integration", "staging", "production")]
    found = rows(capsys, "--repo", str(clone), *values)
    assert [row["path"] for row in found] == values[2:]
