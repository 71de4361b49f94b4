"""What is told of a directory for which a unit in some output stands; and what is not told of what has nothing to do with
a change."""

from __future__ import annotations

import json
from collections.abc import Callable

from deployers import flux
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest, states

Files = dict[str, str | None]
URL = "https://git.example/o/r"
CM, CM2 = manifest("ConfigMap", "x", data={"a": "1"}), manifest("ConfigMap", "x", data={"a": "2"})


def application(path: str, **source: object) -> str:
    spec = {"project": "default", "source": {"repoURL": URL, "path": path, **source},
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "x"}}  # fmt: skip
    return json.dumps(
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "plain"}, "spec": spec}
    )


def test_what_an_application_of_a_chart_leaves_out_is_unmapped(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    files: Files = {
        "apps/Chart.yaml": "apiVersion: v2\nname: apps\nversion: 1.0.0\n",
        "apps/templates/plain.yaml": application("plain", directory={"include": "in-*.yaml"}),
        "plain/in-a.yaml": CM, "plain/template.yaml": CM,
    }  # fmt: skip
    report = repository.compare(files, {"plain/template.yaml": CM2})
    assert (states(report), report.unmapped) == ({}, ("plain/template.yaml",))
    report = repository.compare({}, {"plain/in-a.yaml": CM2})
    assert (states(report), report.unmapped) == ({"plain": "changed"}, ())


def test_a_unit_that_breaks_is_told_once(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """Not by the build of its directory too, as if somebody deployed that beside it."""
    need("kustomize")
    files: Files = {
        "flux/ks.yaml": flux("apps", "./apps"),
        "apps/kustomization.yaml": kustomization(resources=["web.yaml"]),
        "apps/web.yaml": flux("web", "./web", postBuild={"substitute": {"A": "1"}}),
        "web/kustomization.yaml": kustomization(resources=["cm.yaml"]), "web/cm.yaml": CM,
    }  # fmt: skip
    report = repository.compare(files, {"web/cm.yaml": manifest("ConfigMap", "x", data={"a": "${A"})})
    assert [(u.path, str(u.state)) for u in report.units if u.path == "web"] == [("web", "broken")]


def test_what_only_looks_up_an_object_of_a_root_is_not_asked(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """Flux's own files hold the source that everything names."""
    need("kustomize")
    source = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository",
              "metadata": {"name": "flux-system", "namespace": "flux-system"}, "spec": {"url": URL}}  # fmt: skip
    own = "clusters/prod/flux-system"
    files: Files = {
        f"{own}/gotk-sync.yaml": flux("flux-system", "./clusters/prod") + "---\n" + json.dumps(source) + "\n",
        f"{own}/cm.yaml": CM, f"{own}/kustomization.yaml": kustomization(resources=["cm.yaml", "gotk-sync.yaml"]),
        "clusters/prod/far.yaml": flux("far", "./far"),
        "far/kustomization.yaml": kustomization(resources=["https://example.org/far.yaml"]),
    }  # fmt: skip
    report = repository.compare(files, {f"{own}/cm.yaml": CM2})
    assert "far" not in states(report)
    assert "changed" in states(report).values()


def test_that_there_was_nothing_is_no_note_on_what_there_is(repository: GitOpsRepository) -> None:
    files: Files = {"argocd/plain.yaml": application("plain", directory={"include": "in-*.yaml"}), "plain/x.yaml": CM}
    unit = by_path(repository.compare(files, {"plain/in-a.yaml": CM}))["plain"]
    assert not [note for note in unit.notes if "nothing is applied" in note]
    unit = by_path(repository.compare({}, {"plain/in-a.yaml": None}))["plain"]
    assert [note for note in unit.notes if "nothing is applied" in note]
