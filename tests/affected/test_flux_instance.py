"""FluxInstances: the source and the root of a cluster that the Flux operator makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.flux_instance import root, source_made, sync_name
from bot.model.result import Report

Files = dict[str, str | None]


def instance(**sync: Any) -> dict[str, Any]:
    told = {"kind": "GitRepository", "url": HERE, "ref": "refs/heads/main", "path": "clusters/prod", **sync}
    return {
        "apiVersion": "fluxcd.controlplane.io/v1", "kind": "FluxInstance",
        "metadata": {"name": "flux", "namespace": "flux-system"}, "spec": {"distribution": {}, "sync": told},
    }  # fmt: skip


def flux(name: str, path: str) -> str:
    spec = {"sourceRef": {"kind": "GitRepository", "name": "flux-system"}, "path": path}
    metadata = {"name": name, "namespace": "flux-system"}
    return json.dumps(
        {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": metadata, "spec": spec}
    )


FILES: Files = {
    "operator/instance.yaml": json.dumps(instance()),
    "clusters/prod/a.yaml": flux("a", "./apps/a"),
    "apps/a/cm.yaml": manifest("ConfigMap", "a"),
}


def listed(report: Report) -> dict[str, str]:
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


def test_its_source_is_this_repository(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    repository.git("remote", "add", "origin", HERE)
    report = repository.compare(FILES, {"clusters/prod/b.yaml": flux("b", "./apps/typo")})
    assert str(report.verdict) == "failed"
    assert listed(report) == {"flux-system": "changed", "b": "unrenderable"}


def test_its_path_is_a_root(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    repository.git("remote", "add", "origin", HERE)
    report = repository.compare(FILES, {"clusters/prod/cm.yaml": manifest("ConfigMap", "settings")})
    assert (str(report.verdict), listed(report)) == ("passed", {"flux-system": "changed"})
    moved = repository.compare({}, {"operator/instance.yaml": json.dumps(instance(path="clusters/gone"))})
    assert (str(moved.verdict), listed(moved)["flux-system"]) == ("failed", "broken")


@pytest.mark.parametrize("place", ["clusters/prod/flux-system", "operator"])
def test_one_that_a_kustomization_lists(place: str, repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """As the operator's guides have it: below the path that it names, or beside it."""
    need("kustomize")
    repository.git("remote", "add", "origin", HERE)
    files: Files = {
        **{path: text for path, text in FILES.items() if path != "operator/instance.yaml"},
        f"{place}/instance.yaml": json.dumps(instance()),
        f"{place}/kustomization.yaml": kustomization(resources=["instance.yaml"]),
    }
    report = repository.compare(files, {"clusters/prod/cm.yaml": manifest("ConfigMap", "settings")})
    assert (str(report.verdict), listed(report)) == ("passed", {"flux-system": "changed"})
    moved = repository.compare({}, {f"{place}/instance.yaml": json.dumps(instance(path="clusters/gone"))})
    assert (str(moved.verdict), listed(moved)["flux-system"]) == ("failed", "broken")


def test_another_repository(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    repository.git("remote", "add", "origin", HERE)
    files = {**FILES, "operator/instance.yaml": json.dumps(instance(url="https://git.example/org/other", name="there"))}
    report = repository.compare(files, {"operator/instance.yaml": json.dumps(instance())})
    assert (str(report.verdict), listed(report)["flux-system"]) == ("passed", "added")


@pytest.mark.parametrize(
    ("ref", "told"),
    [("refs/heads/main", {"branch": "main"}), ("refs/tags/v1", {"tag": "v1"}), ("refs/pull/1", {"name": "refs/pull/1"})],
)  # fmt: skip
def test_what_it_makes(ref: str, told: dict[str, str]) -> None:
    made = source_made(instance(ref=ref, name="own"))
    assert made is not None
    assert made["metadata"] == {"name": "own", "namespace": "flux-system"}
    assert made["spec"] == {"url": HERE, "ref": told}
    below = root(instance())
    assert below is not None
    assert below["metadata"] == {"name": "flux-system", "namespace": "flux-system"}


PACKED = "oci://registry.example/org/repo"


def packed(kind: str = "OCIRepository", **spec: Any) -> Files:
    """The same cluster from an artifact that is packed of the repository."""
    below = json.loads(flux("a", "./apps/a"))
    below["spec"] |= {"sourceRef": {"kind": kind, "name": "flux-system"}, **spec}
    oci = instance(kind=kind, url=PACKED, ref="latest")
    return {**FILES, "operator/instance.yaml": json.dumps(oci), "clusters/prod/a.yaml": json.dumps(below)}


def test_an_artifact_that_is_packed_of_this_repository(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    repository.git("remote", "add", "origin", HERE)
    report = repository.compare(packed(), {"apps/a/cm.yaml": manifest("ConfigMap", "a", data={"a": "1"})})
    assert [(unit.source and unit.source.name, unit.environment, str(unit.state)) for unit in report.units] == [
        ("a", "prod", "changed")
    ]
    assert "is called like this repository" in report.units[0].notes[0]
    gone = repository.compare({}, {"apps/a/cm.yaml": None, "apps/b/cm.yaml": manifest("ConfigMap", "a")})
    assert (str(gone.verdict), listed(gone)["a"]) == ("failed", "broken")


def test_the_root_of_such_an_artifact_may_be_anything(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """A part of the repository may be packed as well, and its root tells nothing."""
    need("kustomize")
    repository.git("remote", "add", "origin", HERE)
    report = repository.compare(
        packed(path="./"), {"clusters/prod/a.yaml": packed(path="./", prune=True)["clusters/prod/a.yaml"]}
    )
    assert listed(report) == {"flux-system": "changed", "a": "unrenderable"}


@pytest.mark.parametrize("remote", ["https://git.example/org/other", "https://git.example/other/repo", ""])
def test_an_artifact_of_another_name(remote: str, repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    if remote:
        repository.git("remote", "add", "origin", remote)
    report = repository.compare(packed(), {"clusters/prod/a.yaml": packed(prune=True)["clusters/prod/a.yaml"]})
    assert {unit.source.name: str(unit.state) for unit in report.units if unit.source} == {"a": "unrenderable"}


def test_what_it_makes_of_an_artifact() -> None:
    for ref, told in (("latest", {"tag": "latest"}), ("sha256:ab", {"digest": "sha256:ab"})):
        oci = source_made(instance(kind="OCIRepository", url=PACKED, ref=ref))
        assert oci is not None
        assert (oci["kind"], oci["spec"]) == ("OCIRepository", {"url": PACKED, "ref": told})


@pytest.mark.parametrize("sync", [None, {"kind": "Bucket"}])
def test_an_instance_that_takes_nothing_from_git(sync: object) -> None:
    obj = instance() | {"spec": {"sync": sync}}
    assert (root(obj), source_made(obj), sync_name(obj)) == (None, None, "")


@pytest.mark.parametrize("spec", [7, [], {"sync": 7}, {"sync": {"kind": 7}}, {"sync": {"name": []}}])
def test_a_malformed_instance_is_no_crash(spec: object, repository: GitOpsRepository) -> None:
    files = {"operator/instance.yaml": json.dumps(instance() | {"spec": spec})}
    report = repository.compare(FILES, files)
    assert str(report.verdict) == "failed"
    assert listed(report) == {"flux-system": "broken", "a": "unchanged"}
    assert (source_made(instance() | {"spec": spec}), sync_name(instance() | {"spec": spec})) == (None, "")
