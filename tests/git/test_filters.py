"""Files under a filter are named where this machine would run it, and asked for only where attributes speak of filters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from made_repository import Made, check, config_map

from bot.git.command import git
from bot.git.repository import Repository
from bot.process import Completed

ATTRIBUTES = {
    ".gitattributes": "*.secret filter=rot\n*.other filter=unknown\nopen.secret -filter\n",
    "a.yaml": "a: 1\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Made:
    made = Made(tmp_path / "r")
    made.commit({**ATTRIBUTES, "d/x.secret": "1", "open.secret": "1", "d/y.other": "1"}, "base")
    made.git("config", "filter.rot.clean", "exit 1")
    return made


def named(made: Made) -> tuple[str, ...]:
    with Repository(made.path) as repository:
        repository.work_tree()
        return repository.filtered


def test_changed_files_under_a_filter_are_named(made: Made) -> None:
    assert named(made) == ()
    made.write({"d/x.secret": "2", "open.secret": "2", "d/y.other": "2", "a.yaml": "a: 2\n", "d/new\n.secret": "1"})
    assert named(made) == ("d/new\n.secret", "d/x.secret")
    made.git("config", "--unset", "filter.rot.clean")
    assert named(made) == ()


def test_git_is_asked_only_where_it_may_be_one(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def counted(*words: Any, **more: Any) -> Completed:
        asked.append(words)
        return git(*words, **more)

    monkeypatch.setattr("bot.git.filters.git", counted)
    made.write({"d/x.secret": "2"})
    assert named(made) == ("d/x.secret",)
    assert len(asked) == 1
    made.commit({".gitattributes": "*.yaml text\n", "d/e/.gitattributes": "*.secret filter=rot\n"}, "without")
    made.write({"d/x.secret": "3"})
    assert named(made) == ()
    assert len(asked) == 1
    made.write({"d/e/f/x.secret": "1"})
    assert named(made) == ("d/e/f/x.secret",)


def test_a_check_of_the_work_tree_says_it(tmp_path: Path) -> None:
    made = Made(tmp_path / "r")
    made.commit({".gitattributes": "*.yaml filter=rot\n", "apps/x/kustomization.yaml": "resources: [a.yaml]\n"})
    made.commit({"apps/x/a.yaml": config_map()}, "base")
    made.git("config", "filter.rot.process", "false")
    made.write({"apps/x/a.yaml": config_map(value="2")})
    (note,) = check(made, head=None).report["notes"]
    assert note.startswith("No git filter is run")
    assert note.endswith("as a commit would hold them: apps/x/a.yaml.")
