"""Law: whatever changes, no kustomization whose build differs is missed, and a build of the closure alone is a build of
the whole repository."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from bench import Bench, check_closures, check_nothing_is_missed
from hypothesis import given
from laws import profile
from repositories import Tree, histories, store

from bot.git.repository import Repository


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    path = tmp_path_factory.mktemp("law")
    subprocess.run(["git", "init", "-q", "--bare", str(path / "r.git")], check=True)
    with Repository(path / "r.git") as opened:
        yield Bench(opened, path)


FAST = shutil.which("kustomize") is not None  # kubectl takes eight times as long to start


@profile(quick=4 if FAST else 3, long=2000)
@given(histories())
def test_no_build_that_differs_is_missed(bench: Bench, trees: list[Tree]) -> None:
    ids = store(Path(bench.repository.directory), trees)
    named = list(zip(ids, trees, strict=True))
    for base, head in [*pairwise(named), (named[0], named[-1]), (named[-1], named[0])]:
        check_nothing_is_missed(bench, base, head)
    for tree, files in named:
        check_closures(bench, tree, files)
