"""The check that a worker does before its first job: it is a whole one, and nothing is left of it."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.model.result import CheckStatus
from bot.service.rehearsal import rehearse
from bot.settings import from_environment


def test_it_judges_a_change_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, need: Callable[[str], str]
) -> None:
    need("kustomize")
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    settings = from_environment({"GATEHOUSE_CACHE_DIR": str(tmp_path / "cache"), "OPA_URL": "http://127.0.0.1:9"})
    report = rehearse(settings)
    assert [unit.path for unit in report.units] == ["app/overlays/prod"]
    ran = {result.name: result.status for result in report.checks}
    assert {"schema", "policy", "images"} <= {
        name for name, status in ran.items() if status in (CheckStatus.PASSED, CheckStatus.FAILED)
    }
    assert [finding.rule for result in report.checks for finding in result.findings if finding.line], (
        "a line was looked for"
    )
    assert not list(place.iterdir())
    assert not (tmp_path / "cache").exists()
    assert threading.active_count() == 1, "a process with threads had better not fork"
    assert {"pygments", "yaml", "jsonschema_rs"} <= set(sys.modules)
