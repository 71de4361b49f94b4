"""Law: what a difference adds to the number of units is what an index of head, read from scratch, has more."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from laws import profile
from repositories import HERE, Tree, histories, store

from bot.affected.effect import affected
from bot.affected.home import Home
from bot.affected.index import Index
from bot.affected.store import Store
from bot.affected.tally import tally
from bot.config.schema import Config, UnitRule
from bot.git.repository import Repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("law") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


def index(repository: Repository, config: Config) -> Index:
    return Index(Store(None), repository, config, "config", Home([HERE]))


@given(histories())
@profile(quick=30, long=3000)
def test_counting_a_difference_is_counting_head(repository: Repository, trees: list[Tree]) -> None:
    check(repository, trees, Config())


@given(histories())
@profile(quick=15, long=3000)
def test_whatever_the_configuration_says(repository: Repository, trees: list[Tree]) -> None:
    units = (UnitRule("apps/web/base", app="x"), UnitRule("apps/web/overlays/dev", root=False), UnitRule("charts/web"))
    check(repository, trees, Config(units=units, ignore=("shared/", "**/prod/")))


def check(repository: Repository, trees: list[Tree], config: Config) -> None:
    ids = store(Path(repository.directory), trees)
    moved = index(repository, config)
    for base, head in pairwise(ids):
        before, after = moved.pair(base, head)
        found = affected(before, after, moved.rules, everything=False)
        counted = tally(before, after, found)
        lasting = [p for p in found.pairs if p.head and after.unit(p.unit.key) is None and before.unit(p.unit.key)]
        assert counted.deployed - len(lasting) == index(repository, config).at(head).deployed()
        assert 0 <= counted.untouched <= counted.deployed
