"""A check reads of a host's output what the change may concern: the cost does not grow with what is beside it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from fake_lookup import HERE
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected import declarations, declared
from bot.affected.concerned import Concerned
from bot.model.result import Report

Files = dict[str, str | None]
VARS = {"kind": "ConfigMap", "name": "vars"}
SOURCE = {"kind": "GitRepository", "name": "flux-system"}


def application(name: str, path: str = "") -> str:
    spec = {"source": {"repoURL": HERE, "path": path or f"apps/{name}"}, "destination": {"namespace": name}}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value) + "\n"


def flux(name: str, path: str, **spec: Any) -> str:
    value = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": name}}
    return json.dumps({**value, "spec": {"sourceRef": SOURCE, "path": path, **spec}}) + "\n"


def fleet(count: int) -> Files:
    names = [f"app-{number:02}" for number in range(count)]
    files: Files = {f"apps/{name}/cm.yaml": manifest("ConfigMap", name) for name in names}
    files |= {f"argocd/{name}.yaml": application(name) for name in names}
    files["argocd/kustomization.yaml"] = kustomization(resources=[f"{name}.yaml" for name in names], namespace="argocd")
    return files


def counted(monkeypatch: pytest.MonkeyPatch, holder: Any, name: str) -> list[object]:
    calls: list[object] = []
    real = getattr(holder, name)

    def count(*words: Any, **options: Any) -> Any:
        calls.append(words[0])
        return real(*words, **options)

    monkeypatch.setattr(holder, name, count)
    return calls


@pytest.mark.parametrize(
    "change",
    [
        {"apps/app-03/cm.yaml": manifest("ConfigMap", "other")},
        {"argocd/app-03.yaml": application("app-03", "apps/app-04")},
    ],
    ids=["what one deploys", "one of them"],
)
def test_what_is_read_does_not_grow(
    repository: GitOpsRepository,
    need: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    change: Files,
    tmp_path: Any,
) -> None:
    need("kustomize")
    base = repository.commit(fleet(30))
    repository.check(base, base, cache=tmp_path)
    head = repository.commit(change)
    objects = counted(monkeypatch, declarations, "read_declared")
    fields = counted(monkeypatch, declared, "refs")
    report = repository.check(base, head, cache=tmp_path)
    assert {u.source.name: str(u.state) for u in report.units if u.source} == {"app-03": "changed"}
    assert len(objects) < 15
    assert len(fields) <= 2


def shown(report: Report) -> list[tuple[str, str, str, str]]:
    return [(unit.key, unit.path, str(unit.state), str(unit.source)) for unit in report.units]


FLEET = fleet(4)
PREFIXED: Files = {**FLEET, "argocd/kustomization.yaml": kustomization(
    resources=[f"app-{number:02}.yaml" for number in range(4)], namePrefix="our-"
)}  # fmt: skip
PATCHED: Files = {**FLEET, "argocd/kustomization.yaml": kustomization(
    resources=[f"app-{number:02}.yaml" for number in range(4)],
    patches=[{"target": {"kind": "Application", "name": "app-01"},
              "patch": json.dumps([{"op": "replace", "path": "/spec/source/path", "value": "apps/app-02"}])}],
)}  # fmt: skip
OWN: Files = {
    "clusters/one/kustomization.yaml": kustomization(resources=["self.yaml", "web.yaml", "shop.yaml"]),
    "clusters/one/self.yaml": flux("flux-system", "./clusters/one", targetNamespace="flux-system"),
    "clusters/one/web.yaml": flux("web", "./apps/web"),
    "clusters/one/shop.yaml": flux("shop", "./apps/shop", postBuild={"substituteFrom": [VARS]}),
    "apps/web/cm.yaml": manifest("ConfigMap", "web"),
    "apps/shop/cm.yaml": manifest("ConfigMap", "shop", data={"a": "${a}"}),
}  # fmt: skip
GENERATED: Files = {**OWN, "clusters/one/vars.env": "a=1\n", "clusters/one/kustomization.yaml": kustomization(
    resources=["self.yaml", "web.yaml", "shop.yaml"], generatorOptions={"disableNameSuffixHash": True},
    configMapGenerator=[{"name": "vars", "envs": ["vars.env"]}],
)}  # fmt: skip


@pytest.mark.parametrize(
    ("files", "change"),
    [
        pytest.param(FLEET, {"apps/app-01/cm.yaml": manifest("ConfigMap", "x")}, id="plain"),
        pytest.param(PREFIXED, {"apps/app-01/cm.yaml": manifest("ConfigMap", "x")}, id="prefix"),
        pytest.param(PATCHED, {"apps/app-02/cm.yaml": manifest("ConfigMap", "x")}, id="patch"),
        pytest.param(OWN, {"apps/web/cm.yaml": manifest("ConfigMap", "x")}, id="own cluster"),
        pytest.param(OWN, {"clusters/one/web.yaml": flux("web", "./apps/shop")}, id="declaration"),
        pytest.param(OWN, {"clusters/one/self.yaml": flux("flux-system", "./clusters/one")}, id="the host"),
        pytest.param(GENERATED, {"clusters/one/vars.env": "a=2\n"}, id="variables"),
    ],
)
def test_the_report_is_the_one_of_reading_all(
    repository: GitOpsRepository,
    need: Callable[[str], str],
    monkeypatch: pytest.MonkeyPatch,
    files: Files,
    change: Files,
) -> None:
    need("kustomize")
    base = repository.commit(files)
    head = repository.commit(change)
    found = shown(repository.check(base, head))
    assert len(found) > 0
    monkeypatch.setattr(Concerned, "passed_over", lambda *_: frozenset())
    assert found == shown(repository.check(base, head))
