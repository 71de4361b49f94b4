"""Directories called ``test``: the environment of that name, or what tests need."""

from __future__ import annotations

from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository, manifest, states

from bot.model.result import Report

CM = manifest("ConfigMap", "settings", data={"a": "1"})
CM2 = manifest("ConfigMap", "settings", data={"a": "2"})
Files = dict[str, str | None]


@pytest.mark.parametrize(
    ("beside", "path", "environment"),
    [
        (["prod/web/cm.yaml"], "test/web", "test"),
        (["staging/ns.yaml", "dev/ns.yaml"], "test", "test"),
        (["k8s/prod-eu/cm.yaml"], "k8s/Test", "Test"),
        ([], "environments/test/web", "test"),
        ([], "clusters/test", "test"),
        (["clusters/prod/apps/a.txt"], "clusters/test/apps", "test"),
    ],
)
def test_an_environment(repository: GitOpsRepository, beside: list[str], path: str, environment: str) -> None:
    before: Files = dict.fromkeys([*beside, f"{path}/cm.yaml"], CM)
    report = repository.compare(before, {f"{path}/cm.yaml": CM2})
    assert [(unit.environment, unit.state) for unit in report.units] == [(environment, "changed")]
    assert not report.unmapped


@pytest.mark.parametrize(
    ("beside", "path"),
    [
        ([], "test"),
        (["src/prod.yaml"], "test"),
        (["dev/tool.yaml"], "test"),  # what developers need lies there in many repositories
        (["ci/a.yaml", "demo/a.yaml", "live/a.yaml"], "test"),
        (["prod-operator/a.yaml"], "test"),
        (["prod/a.yaml"], "web/test"),
        (["prod/a.yaml"], "tests"),
        (["prod/a.yaml"], "test/fixtures"),
        (["docs/prod/a.yaml"], "docs/test"),
    ],
)
def test_what_tests_need(repository: GitOpsRepository, beside: list[str], path: str) -> None:
    before: Files = dict.fromkeys([*beside, f"{path}/cm.yaml"], CM)
    report = repository.compare(before, {f"{path}/cm.yaml": CM2})
    assert (report.units, report.unmapped) == ((), (f"{path}/cm.yaml",))


def test_another_environment_comes_and_goes(repository: GitOpsRepository, tmp_path: Path) -> None:
    """An index that is moved along says what a new one says."""

    def compare(before: Files, after: Files) -> Report:
        return repository.compare(before, after, cache=tmp_path / "cache")

    assert compare({"test/web/cm.yaml": CM}, {"test/web/cm.yaml": CM2}).unmapped == ("test/web/cm.yaml",)
    assert set(states(compare({}, {"prod/web/cm.yaml": CM, "test/web/cm.yaml": CM}))) == {"prod/web", "test/web"}
    assert states(compare({}, {"test/web/cm.yaml": CM2})) == {"test/web": "changed"}
    assert compare({"prod/web/cm.yaml": None}, {"test/web/cm.yaml": CM}).unmapped == ("test/web/cm.yaml",)
