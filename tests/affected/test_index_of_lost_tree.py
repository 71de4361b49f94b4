"""An index that describes a tree which git no longer has is made anew."""

from __future__ import annotations

import subprocess
from pathlib import Path

from bot.affected.home import Home
from bot.affected.index import Index
from bot.affected.store import Store
from bot.affected.units import all_units
from bot.config.schema import Config
from bot.git.repository import Repository


def _units(path: Path, index_file: Path) -> list[str]:
    """The units of the work tree, whose tree exists only as long as the repository is open."""
    with Repository(path) as repository:
        store = Store(index_file)
        index = Index(store, repository, Config(), "", Home(()))
        found = all_units(index.at(repository.work_tree()), index.rules, everything=False)
        store.close()
    return [unit.path for unit in found]


def test_a_tree_that_is_gone_costs_a_first_reading(tmp_path: Path) -> None:
    path = tmp_path / "clone"
    subprocess.run(["git", "init", "-q", str(path)], check=True)
    for name in ("one", "two"):
        (path / name).mkdir()
        (path / name / "kustomization.yaml").write_text("resources: []\n")
        assert name in _units(path, tmp_path / "index.sqlite")
