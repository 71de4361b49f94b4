"""Which files Flux takes of a directory without a kustomization, and that nothing else is said to be deployed by it."""

from __future__ import annotations

import pytest
from gitops_repository import GitOpsRepository, flux, kustomization, manifest, states

CM = manifest("ConfigMap", "settings", data={"a": "1"})
ROOT = flux("Kustomization", "apps", path="./apps", sourceRef={"kind": "GitRepository", "name": "flux-system"})
BASE: dict[str, str | None] = {"clusters/prod/apps.yaml": ROOT, "apps/web/settings.yaml": CM}


@pytest.mark.parametrize(
    "path", ["apps/README.md", "apps/web/more.yaml.txt", "apps/web/more.yamll", "apps/web/board.json", "apps/.gitkeep"]
)
def test_what_flux_never_lists_is_deployed_by_nothing(repository: GitOpsRepository, path: str) -> None:
    """Also not where it comes, goes, or lies beside what Flux does list."""
    other = manifest("ConfigMap", "more")
    for before, after in (({}, {path: other}), ({path: "x\n"}, {path: other}), ({path: other}, {path: None})):
        report = repository.compare({**BASE, **before}, after)
        assert not report.units
        assert report.unmapped == (path,)


@pytest.mark.parametrize("name", ["more.yaml", "more.yml"])
def test_what_flux_lists(repository: GitOpsRepository, name: str) -> None:
    report = repository.compare(BASE, {f"apps/web/{name}": manifest("ConfigMap", "more")})
    assert states(report) == {"apps": "changed"}
    assert not report.unmapped


def test_a_kustomization_without_an_ending_counts(repository: GitOpsRepository) -> None:
    report = repository.compare(BASE, {"apps/web/Kustomization": kustomization(resources=[])})
    assert states(report)["apps"] == "changed"


def test_what_a_kustomization_further_down_reads_counts(repository: GitOpsRepository) -> None:
    generated = kustomization(configMapGenerator=[{"name": "board", "files": ["board.json"]}])
    before = {**BASE, "apps/board/kustomization.yaml": generated, "apps/board/board.json": "{}"}
    assert states(repository.compare(before, {"apps/board/board.json": '{"a": 1}'})) == {"apps": "changed"}


def test_the_last_file_of_a_directory_is_what_keeps_it(repository: GitOpsRepository) -> None:
    before: dict[str, str | None] = {"clusters/prod/apps.yaml": ROOT, "apps/.gitkeep": ""}
    assert states(repository.compare(before, {"apps/.gitkeep": None})) == {"apps": "broken"}
