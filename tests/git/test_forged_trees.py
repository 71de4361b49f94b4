"""A tree can be forged with paths that git would never check out: they are refused before anything is laid out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.git.repository import Repository


def git(path: Path, *words: str, data: bytes = b"") -> str:
    done = subprocess.run(["git", "-C", str(path), *words], input=data, check=True, capture_output=True)
    return done.stdout.decode().strip()


def tree(path: Path, mode: str, name: str, oid: str) -> str:
    row = f"{mode} {name}\0".encode() + bytes.fromhex(oid)
    return git(path, "hash-object", "-t", "tree", "-w", "--stdin", "--literally", data=row)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare")
    return tmp_path


@pytest.mark.parametrize("names", [("..",), ("a", "..", "..", ".."), (".",), ("a", ".")])
def test_a_path_that_climbs_is_refused(names: tuple[str, ...], path: Path) -> None:
    blob = git(path, "hash-object", "-w", "--stdin", data=b"evil")
    empty = git(path, "mktree", data=b"")
    found = tree(path, "100644", "x", blob)
    for name in reversed(names):
        found = tree(path, "40000", name, found)
    with Repository(path) as repository:
        with pytest.raises(UserError, match="leads out of it"):
            list(repository.entries(found))
        with pytest.raises(UserError, match="leads out of it"):
            repository.changes(empty, found)


@pytest.mark.parametrize("names", [("..a", "b"), ("a..", ".b"), ("...",), (".github",)])
def test_dots_in_a_name_are_fine(names: tuple[str, ...], path: Path) -> None:
    blob = git(path, "hash-object", "-w", "--stdin", data=b"fine")
    found = tree(path, "100644", "x", blob)
    for name in reversed(names):
        found = tree(path, "40000", name, found)
    with Repository(path) as repository:
        assert [entry.path for entry in repository.entries(found)] == ["/".join((*names, "x"))]
