"""What a check that affects nothing does not load: start-up is most of its time (docs/performance.md), and an import at the
wrong place is not seen by any other test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

# Rooms and libraries that only a change with an effect needs.
_SPARED = (
    "bot.affected.chart_scope",
    "bot.affected.charts",
    "bot.affected.contents",
    "bot.affected.declared",
    "bot.affected.kustomization_scope",
    "bot.affected.plain_scope",
    "bot.affected.references",
    "bot.affected.sources",
    "bot.config.load",
    "bot.diff",
    "bot.documents",
    "bot.git.work_tree",
    "bot.jobs.changes",
    "bot.model.codec",
    "bot.model.resource",
    "bot.model.unit",
    "bot.redaction",
    "bot.render",
    "concurrent",
    "difflib",
    "html",
    "rich",
    "tempfile",
    "yaml",
)


@pytest.fixture
def shop(repository: GitOpsRepository) -> GitOpsRepository:
    repository.commit(
        {
            "web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
            "web/cm.yaml": manifest("ConfigMap", "settings", data={"a": "1"}),
            "README.md": "hello",
        }
    )
    repository.git("checkout", "-q", "-b", "change")
    return repository


# Of those, what the checks need for a file that no unit reads: they search it for credentials, and ask for its owners.
_JUDGED = ("bot.config.load", "bot.git.work_tree", "bot.jobs.changes", "bot.render.all_renderers", "bot.render.kustomize",
           "rich", "regorus", "opa_client", "detect_secrets", "jsonschema_rs")  # fmt: skip


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    ("change", "spared"),
    [
        pytest.param({}, _SPARED, id="the same commit"),
        pytest.param({"README.md": "good day"}, _JUDGED, id="a file that nothing reads"),
    ],
)
def test_what_is_not_loaded(
    shop: GitOpsRepository, tmp_path: Path, change: dict[str, str | None], spared: tuple[str, ...], form: str
) -> None:
    shop.commit(change)
    words = ["check", "--repo", str(shop.path), "--base", "base", "--head", "change", "--format", form]
    _loaded(words, tmp_path)  # the first run reads the repository
    loaded = _loaded(words, tmp_path)
    assert "bot.affected.index" in loaded
    assert [n for n in loaded if n.startswith(tuple(f"{each}." for each in spared)) or n in spared] == []


def _loaded(words: list[str], cache: Path) -> list[str]:
    ask = "import sys, bot.cli; code = bot.cli.main(sys.argv[1:]); print(*sys.modules, file=sys.stderr); sys.exit(code)"
    done = subprocess.run(
        [sys.executable, "-c", ask, *words],
        env={**os.environ, "GATEHOUSE_CACHE_DIR": str(cache / "cache")}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stderr.split()
