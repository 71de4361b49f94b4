"""Secrets of clusters that a controller makes: their clusters are there, and only what they are called is not known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from deployers import cluster
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, manifest

from bot.affected.clusters import made_cluster_labels
from bot.model.result import Report

Files = dict[str, str | None]
LABELS = {"argocd.argoproj.io/secret-type": "cluster", "env": "dev"}
SEALED = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret"}
EXTERNAL = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret"}
METADATA = {"name": "dev", "namespace": "argocd"}


def sealed(**labels: str) -> str:
    template = {"metadata": {"labels": LABELS | labels}}
    return json.dumps(
        SEALED | {"metadata": METADATA, "spec": {"encryptedData": {"config": "AgBx"}, "template": template}}
    )


def external(**labels: str) -> str:
    target = {"target": {"template": {"metadata": {"labels": LABELS | labels}}}}
    return json.dumps(EXTERNAL | {"metadata": METADATA, "spec": target})


def appset(generator: dict[str, object] | None = None) -> str:
    picky = {"clusters": {"selector": {"matchLabels": {"env": "dev"}}}}
    spec = {
        "source": {"repoURL": HERE, "path": "app"},
        "destination": {"server": "{{.server}}", "namespace": "app"},
    }
    return json.dumps({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "goTemplate": True,
            "generators": [generator or picky],
            "template": {"metadata": {"name": "app-{{.name}}"}, "spec": spec},
        },
    })  # fmt: skip


FILES: Files = {
    "app/cm.yaml": manifest("ConfigMap", "app"),
    "argocd/set.yaml": appset(),
    "clusters/dev.yaml": cluster("dev", env="dev"),
    "clusters/prod.yaml": cluster("prod", env="prod"),
}


def listed(report: Report) -> dict[str, str]:
    """What differs of Applications and sets."""
    return {u.source.name: str(u.state) for u in report.units if u.source and str(u.state) != "unchanged"}


@pytest.mark.parametrize("made", [sealed(), external()])
def test_what_was_made_for_a_cluster_whose_secret_is_sealed_is_not_removed(
    repository: GitOpsRepository, made: str
) -> None:
    report = repository.compare(FILES, {"clusters/dev.yaml": made})
    assert (str(report.verdict), listed(report)) == ("failed", {"set": "broken", "app-dev": "broken"})
    (told,) = (unit.error for unit in report.units if unit.source and unit.source.name == "set")
    assert "Secret argocd/dev in clusters/dev.yaml" in told


def test_the_clusters_beside_it_stay_what_they_are(repository: GitOpsRepository) -> None:
    rows = {"list": {"elements": [{"env": "dev"}, {"env": "prod"}]}}
    each = {"clusters": {"selector": {"matchLabels": {"env": "{{.env}}"}}}}
    files = FILES | {"argocd/set.yaml": appset({"matrix": {"generators": [rows, each]}})}
    report = repository.compare(files, {"clusters/dev.yaml": sealed()})
    assert listed(report) == {"set": "broken", "app-dev": "broken"}
    two = FILES | {"clusters/two.yaml": cluster("two", env="dev")}
    report = repository.compare(two, {"clusters/dev.yaml": sealed()})
    assert listed(report) == {"set": "broken", "app-dev": "broken"}


def test_a_sealed_cluster_that_comes_passes_and_is_told(repository: GitOpsRepository) -> None:
    report = repository.compare(FILES, {"clusters/new.yaml": sealed()})
    assert (str(report.verdict), listed(report)) == ("passed", {"set": "unrenderable"})


def test_one_that_no_selector_matches_or_that_goes_is_gone(repository: GitOpsRepository) -> None:
    other = repository.compare(FILES, {"clusters/dev.yaml": sealed(env="other")})
    assert listed(other)["app-dev"] == "removed"
    deleted = repository.compare({"clusters/dev.yaml": FILES["clusters/dev.yaml"]}, {"clusters/dev.yaml": None})
    assert listed(deleted)["app-dev"] == "removed"


def test_the_set_is_read_again_when_a_secret_is_sealed(repository: GitOpsRepository, tmp_path: Path) -> None:
    base = repository.commit(FILES)
    repository.check(base, base, cache=tmp_path)
    head = repository.commit({"clusters/dev.yaml": sealed()})
    assert listed(repository.check(base, head, cache=tmp_path)) == {"set": "broken", "app-dev": "broken"}


def test_the_labels_are_those_that_the_controller_gives() -> None:
    assert made_cluster_labels(json.loads(sealed())) == LABELS
    assert made_cluster_labels(json.loads(external())) == LABELS
    copied = EXTERNAL | {"metadata": METADATA | {"labels": LABELS}, "spec": {}}
    assert made_cluster_labels(copied) == LABELS
    assert made_cluster_labels(SEALED | {"metadata": METADATA | {"labels": LABELS}, "spec": {}}) is None
    assert made_cluster_labels(copied | {"apiVersion": "example.org/v1"}) is None
    assert made_cluster_labels(SEALED | {"metadata": METADATA, "spec": {"template": "text"}}) is None
    assert made_cluster_labels(SEALED | {"metadata": METADATA, "spec": "text"}) is None
