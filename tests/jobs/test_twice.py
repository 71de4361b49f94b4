"""One object in two files: what is applied last is what is compared, and a note names the files."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report, UnitChange

Files = dict[str, str | None]
HERE = "https://git.example/org/repo"
APPS: Files = {"apps/a/cm.yaml": manifest("ConfigMap", "a"), "apps/b/cm.yaml": manifest("ConfigMap", "b")}


def deployment(replicas: int, **fields: str) -> str:
    return manifest("Deployment", "web", spec={"replicas": replicas}, **fields)


def application(path: str, name: str = "web") -> str:
    spec = {"source": {"repoURL": HERE, "path": path}, "destination": {"namespace": "web"}}
    metadata = {"name": name, "namespace": "argocd"}
    return json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec})


def the(report: Report, key: str) -> UnitChange:
    (unit,) = (unit for unit in report.units if unit.key == key)
    return unit


def shown(unit: UnitChange) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (str(o.id), str(o.state), tuple(row for row in o.diff.split("\n") if row.startswith(("+", "-"))))
        for o in unit.objects
    ]


NOTE = "Deployment web is in deploy/a.yaml, deploy/b.yaml: what is applied last wins, which is deploy/b.yaml."


@pytest.mark.parametrize(
    ("before", "after", "rows"),
    [
        pytest.param({"deploy/a.yaml": 1}, {"deploy/b.yaml": 2}, ("-  replicas: 1", "+  replicas: 2"), id="comes-last"),
        pytest.param({"deploy/b.yaml": 1}, {"deploy/a.yaml": 2}, (), id="comes-first"),
        pytest.param({"deploy/a.yaml": 1, "deploy/b.yaml": 2}, {"deploy/a.yaml": 3}, (), id="first-changes"),
        pytest.param(
            {"deploy/a.yaml": 1, "deploy/b.yaml": 2}, {"deploy/b.yaml": 3}, ("-  replicas: 2", "+  replicas: 3"),
            id="last-changes",
        ),
        pytest.param(
            {"deploy/a.yaml": 1, "deploy/b.yaml": 2}, {"deploy/b.yaml": None}, ("-  replicas: 2", "+  replicas: 1"),
            id="last-goes",
        ),
    ],
)  # fmt: skip
def test_the_last_file_counts(
    before: dict[str, int], after: dict[str, int | None], rows: tuple[str, ...], repository: GitOpsRepository
) -> None:
    old: Files = {name: deployment(n) for name, n in before.items()}
    new: Files = {name: None if n is None else deployment(n) for name, n in after.items()}
    report = repository.compare({**old, "deploy/other.yaml": manifest("ConfigMap", "web")}, new)
    unit = the(report, "deploy/*")
    assert shown(unit) == ([("Deployment web", "changed", rows)] if rows else [])
    assert unit.notes == (NOTE,)
    assert str(unit.state) == ("changed" if rows else "unchanged")


def test_in_one_file(repository: GitOpsRepository) -> None:
    report = repository.compare(
        {"deploy/a.yaml": deployment(1)}, {"deploy/a.yaml": f"{deployment(1)}---\n{deployment(2)}"}
    )
    unit = the(report, "deploy/*")
    assert shown(unit) == [("Deployment web", "changed", ("-  replicas: 1", "+  replicas: 2"))]
    assert unit.notes == ("Deployment web is twice in deploy/a.yaml: what is applied last wins, the lower one.",)


def test_another_namespace_or_kind_is_another_object(repository: GitOpsRepository) -> None:
    files: Files = {"deploy/a.yaml": deployment(1), "deploy/b.yaml": deployment(1, namespace="other")}
    report = repository.compare(files, {"deploy/a.yaml": deployment(2), "deploy/c.yaml": manifest("Service", "web")})
    unit = the(report, "deploy/*")
    assert sorted(name for name, _, _ in shown(unit)) == ["Deployment web", "Service web"]
    assert unit.notes == ()


def test_two_declarations_in_one_directory(repository: GitOpsRepository) -> None:
    files = {**APPS, "argocd/a.yaml": application("apps/a"), "other/a.yaml": application("apps/a")}
    report = repository.compare(files, {"argocd/b.yaml": application("apps/b")})
    declared = the(report, "argocd/b.yaml#Application/argocd/web")
    assert declared.notes == (
        "Application argocd/web is declared in argocd/a.yaml, argocd/b.yaml: what is applied last wins. "
        "Delete or rename all but one.",
    )
    plain = the(report, "argocd/*")
    assert [state for _, state, _ in shown(plain)] == ["changed"]
    assert "which is argocd/b.yaml" in plain.notes[0]


def application_set(name: str, *made: str) -> str:
    source = {"repoURL": HERE, "path": "apps/a"}
    template = {"metadata": {"name": "{{name}}"}, "spec": {"source": source, "destination": {"namespace": "web"}}}
    spec = {"generators": [{"list": {"elements": [{"name": each} for each in made]}}], "template": template}
    metadata = {"name": name, "namespace": "argocd"}
    return json.dumps(
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": metadata, "spec": spec}
    )


def test_two_sets_that_make_one_application(repository: GitOpsRepository) -> None:
    """In another directory it may be another cluster's."""
    files: Files = {**APPS, "sets/a.yaml": application_set("a", "web", "shop")}
    other = application_set("b", "web", "blog")
    report = repository.compare(files, {"sets/b.yaml": other, "clusters/b.yaml": other})
    notes = {unit.key: unit.notes for unit in report.units if unit.source}
    assert notes == {
        "sets/b.yaml#Application/argocd/web": (
            "ApplicationSet a in sets/a.yaml makes Application argocd/web too: Argo CD leaves it to the set that made it "
            "first, and b fails. Give one of them another name.",
        ),
        "sets/b.yaml#Application/argocd/blog": (),
        "clusters/b.yaml#Application/argocd/web": (),
        "clusters/b.yaml#Application/argocd/blog": (),
    }


def test_two_declarations_in_one_file(repository: GitOpsRepository) -> None:
    files = {**APPS, "argocd/a.yaml": application("apps/a")}
    report = repository.compare(files, {"argocd/a.yaml": f"{application('apps/a')}\n---\n{application('apps/gone')}"})
    unit = the(report, "argocd/a.yaml#Application/argocd/web")
    assert (str(report.verdict), str(unit.state)) == ("failed", "broken")
    assert "argocd/a.yaml holds Application argocd/web twice: the lower one counts." in unit.notes
    again = repository.compare({}, {"apps/gone/cm.yaml": manifest("ConfigMap", "c")})
    assert str(the(again, unit.key).state) == "fixed"


def test_what_a_kustomization_lists_twice_is_broken(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    files: Files = {"deploy/kustomization.yaml": kustomization(resources=["a.yaml"]), "deploy/a.yaml": deployment(1)}
    both = kustomization(resources=["a.yaml", "b.yaml"])
    report = repository.compare(files, {"deploy/kustomization.yaml": both, "deploy/b.yaml": deployment(2)})
    assert (str(report.verdict), str(the(report, "deploy").state)) == ("failed", "broken")


def test_files_that_may_be_of_several_environments_lose_nothing(repository: GitOpsRepository) -> None:
    """They may never be applied together."""
    files: Files = {"deploy/dev-web.yaml": deployment(1), "deploy/prod-web.yaml": deployment(2)}
    report = repository.compare(files, {"deploy/dev-web.yaml": deployment(3), "deploy/prod-web.yaml": deployment(4)})
    unit = the(report, "deploy/*")
    assert len(unit.objects) == 2
    assert "belongs to no environment" in unit.notes[0]
