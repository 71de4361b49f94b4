"""Every case of the real repositories agrees with a brute-force build of every kustomization (expected.json)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bot.git.repository import Repository
from bot.jobs.check import check
from bot.model.result import Report, UnitState
from bot.model.unit import Renderer
from bot.settings import Settings
from bot.wiring import configuration, opened, resolve

_CORPORA = Path(__file__).resolve().parents[3] / "shared" / "corpora"
_EXPECTED: dict[str, dict[str, Any]] = (
    json.loads((_CORPORA / "expected.json").read_text()) if (_CORPORA / "expected.json").exists() else {}
)
_CASES = [(name, case) for name, cases in _EXPECTED.items() for case in cases] or [("none", "none")]


@pytest.fixture(scope="module")
def clones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {}


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache for all cases: those of one repository have most of their files in common."""
    return tmp_path_factory.mktemp("cache")


def _clone(name: str, corpora: Path, clones: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    if name not in clones:
        clones[name] = tmp_path_factory.mktemp("corpora") / f"{name}.git"
        subprocess.run(["git", "clone", "-q", "--bare", str(corpora / f"{name}.bundle"), str(clones[name])], check=True)
    return clones[name]


def run(path: Path, base: str, head: str, *, everything: bool = True, cache: Path | None = None) -> Report:
    with Repository(path) as repository:
        sides = resolve(repository, base, head, "")
        configured = configuration(repository, sides.base, None)
        with opened(repository, configured, Settings(cache), lambda *_: None) as ports:
            return check(sides, ports, everything=everything)


def _paths(report: Report, *states: UnitState) -> set[str]:
    return {u.path for u in report.units if u.renderer is Renderer.KUSTOMIZE and u.state in states}


@pytest.mark.parametrize(("name", "case"), _CASES)
def test_agrees_with_brute_force(
    name: str,
    case: str,
    corpora: Path,
    clones: dict[str, Path],
    renders: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = _clone(name, corpora, clones, tmp_path_factory)
    expected = _EXPECTED[name][case]
    shutil.rmtree(renders / "index", ignore_errors=True)  # each case is read for itself
    report = run(path, f"case/{case}/base", f"case/{case}/head", cache=renders)
    assert _paths(report, UnitState.CHANGED) == set(expected["changed"])
    assert _paths(report, UnitState.ADDED) == set(expected["added"])
    assert _paths(report, UnitState.REMOVED) == set(expected["removed"])
    assert _paths(report, UnitState.BROKEN) == set(expected["broken_by_head"])
    assert _paths(report, UnitState.FIXED) == set(expected["fixed_by_head"])
    assert _paths(report, UnitState.UNRENDERABLE) <= set(expected["fail_both"])
    # what is listed as unchanged was looked at on both sides; the rest of the failing ones hold no changed path
    assert not _paths(report, UnitState.UNCHANGED) & set(expected["fail_both"])
