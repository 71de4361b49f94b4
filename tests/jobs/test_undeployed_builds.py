"""A new kustomization without an object, where objects deploy its counterparts."""

from __future__ import annotations

import json
from collections.abc import Callable

from gitops_repository import GitOpsRepository, application, by_path, chart, manifest

Files = dict[str, str | None]
WORDS = "and none deploys this one: nothing here does until one names it."


def kustomization(path: str, *resources: str) -> Files:
    return {
        f"{path}/kustomization.yaml": json.dumps({"resources": [*resources, "cm.yaml"]}),
        f"{path}/cm.yaml": manifest("ConfigMap", path.replace("/", "-")),
    }


def apps(*paths: str) -> Files:
    return {f"argocd/{path.replace('/', '-')}.yaml": application(path.replace("/", "-"), path) for path in paths}


def notes(repository: GitOpsRepository, before: Files, after: Files, path: str) -> str:
    return " ".join(by_path(repository.compare(before, after))[path].notes)


def both(end: str = "") -> Files:
    return {**kustomization(f"apps/billing{end}"), **kustomization(f"apps/orders{end}")}


def test_forgotten_beside_kustomizations_that_objects_deploy(repository: GitOpsRepository) -> None:
    here = both("/overlays/prod") | apps("apps/billing/overlays/prod", "apps/orders/overlays/prod")
    path = "apps/mail/overlays/prod"
    said = notes(repository, here, kustomization(path), path)
    assert said == f"Argo CD or Flux objects deploy apps/billing/overlays/prod and 1 more like it, {WORDS}"


def test_charts_beside_it_count_as_well(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    here = kustomization("apps/billing/base") | chart("apps/orders") | apps("apps/billing/base", "apps/orders")
    assert WORDS in notes(repository, here, kustomization("apps/mail/base"), "apps/mail/base")


def test_paths_that_patches_give_to_applications_count(repository: GitOpsRepository) -> None:
    patches = [
        {"target": {"kind": "Application", "name": name},
         "patch": json.dumps([{"op": "replace", "path": "/spec/source/path", "value": f"apps/{name}"}])}
        for name in ("billing", "orders")
    ]  # fmt: skip
    objects = {f"root/{name}.yaml": application(name, "apps/ENV") for name in ("billing", "orders")}
    root = json.dumps({"resources": ["billing.yaml", "orders.yaml"], "patches": patches})
    here: Files = {**both(), **objects, "root/kustomization.yaml": root}
    assert WORDS in notes(repository, here, kustomization("apps/mail"), "apps/mail")


def test_nothing_is_said_where_habit_or_object_tell_otherwise(repository: GitOpsRepository) -> None:
    mail = kustomization("apps/mail")
    assert notes(repository, both() | apps("apps/billing"), mail, "apps/mail") == ""
    gone = dict.fromkeys(mail)
    assert notes(repository, gone | apps("apps/orders"), mail | apps("apps/mail"), "apps/mail") == ""
    lone: Files = {**dict.fromkeys(both()), **kustomization("other/a"), **apps("other/a")}
    assert notes(repository, lone, kustomization("other/b"), "other/b") == ""
    envs = kustomization("envs/dev") | kustomization("envs/qa") | apps("envs/dev", "envs/qa")
    assert notes(repository, envs, kustomization("envs/prod"), "envs/prod") == ""
