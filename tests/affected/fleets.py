"""Two repositories in which units are declared by objects that only some build completes."""

from __future__ import annotations

import json
from typing import Any

from gitops_repository import kustomization, manifest

from bot.documents import dump, load_one

Files = dict[str, str]
HERE = "https://git.example.com/org/repo"
CHART: Files = {
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/values.yaml": "a: one\nreplicas: 1\n",
    "charts/c/templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
    "data:\n  a: {{ .Values.a | quote }}\n  replicas: {{ .Values.replicas | quote }}\n",
}


def flux(name: str, path: str, **spec: Any) -> str:
    spec |= {"path": path, "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}
    value = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"}
    return json.dumps(value | {"metadata": {"name": name, "namespace": "flux-system"}, "spec": spec})


def release(name: str, **spec: Any) -> str:
    source = {"kind": "GitRepository", "name": "flux-system", "namespace": "flux-system"}
    spec |= {"chart": {"spec": {"chart": "charts/c", "sourceRef": source}}}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": name}}
    return json.dumps(value | {"spec": spec})


def application(name: str, **source: Any) -> str:
    spec = {"source": {"repoURL": HERE, **source}, "destination": {"namespace": name}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    return json.dumps(value | {"metadata": {"name": name, "namespace": "argocd"}, "spec": spec})


def _cluster(name: str) -> Files:
    build = {"substitute": {"env": name}, "substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}
    return {
        f"clusters/{name}/settings.yaml": flux("settings", f"./settings/{name}"),
        f"clusters/{name}/apps.yaml": flux("apps", f"./apps/{name}", postBuild=build),
        f"clusters/{name}/more.yaml": flux("more", "./more", targetNamespace=f"more-{name}"),
        f"settings/{name}/kustomization.yaml": kustomization(
            configMapGenerator=[{"name": "settings", "envs": [f"{name}.env"]}],
            generatorOptions={"disableNameSuffixHash": True},
        ),
        f"settings/{name}/{name}.env": f"colour={name}\nsize=1\n",
        f"apps/{name}/kustomization.yaml": kustomization(
            resources=["../base"], namespace=f"web-{name}", patches=[{"path": "release.yaml"}]
        ),
        f"apps/{name}/release.yaml": release("web", values={"a": name}),
    }


FLUX: Files = {
    **CHART,
    **_cluster("staging"),
    **_cluster("prod"),
    "apps/base/kustomization.yaml": kustomization(resources=["release.yaml", "cm.yaml"]),
    "apps/base/release.yaml": release("web", values={"replicas": 2}),
    "apps/base/cm.yaml": manifest("ConfigMap", "web", data={"colour": "${colour}", "env": "${env}"}),
    "more/release.yaml": release("more", valuesFrom=[{"kind": "ConfigMap", "name": "more-values"}]),
    "more/values/kustomization.yaml": kustomization(
        configMapGenerator=[{"name": "more-values", "files": ["values.yaml"]}],
        generatorOptions={"disableNameSuffixHash": True},
    ),
    "more/values/values.yaml": "a: more\nreplicas: 3\n",
}

_ELEMENTS = {"list": {"elements": [{"env": "staging"}, {"env": "prod"}]}}
_TEMPLATE = {
    "metadata": {"name": "web-{{env}}"},
    "spec": {
        "source": {"repoURL": HERE, "path": "charts/c", "helm": {"valueFiles": ["../../values/{{env}}.yaml"]}},
        "destination": {"namespace": "web-{{env}}"},
    },
}
_SET = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "ApplicationSet",
    "metadata": {"name": "web", "namespace": "argocd"},
}
_PATCH = json.dumps([{"op": "add", "path": "/spec/source/helm", "value": {"valueFiles": ["../../values/shop.yaml"]}}])
ARGO: Files = {
    **CHART,
    "argo/root.yaml": application("root", path="argo/apps"),
    "argo/apps/web.yaml": json.dumps(_SET | {"spec": {"generators": [_ELEMENTS], "template": _TEMPLATE}}),
    "argo/apps/plain.yaml": application("plain", path="plain", directory={"recurse": True, "exclude": "*.json"}),
    "argo/apps/shop.yaml": application("shop", path="argo/shop"),
    "argo/shop/kustomization.yaml": kustomization(
        resources=["base"], patches=[{"patch": _PATCH, "target": {"kind": "Application"}}]
    ),
    "argo/shop/base/kustomization.yaml": kustomization(resources=["app.yaml"]),
    "argo/shop/base/app.yaml": application("cart", path="charts/c"),
    "values/staging.yaml": "a: staging\n",
    "values/prod.yaml": "a: prod\nreplicas: 3\n",
    "values/shop.yaml": "a: shop\n",
    "plain/a.yaml": manifest("ConfigMap", "a", data={"a": "1"}),
    "plain/more/b.yaml": manifest("ConfigMap", "b", data={"a": "1"}),
    "plain/more/c.json": manifest("ConfigMap", "c", data={"a": "1"}),
}


def _in_lines(path: str, text: str) -> str:
    """The file with a line for each key, so that the change of a line is one of one thing."""
    return dump(load_one(text)) if path.endswith((".yaml", ".json")) and "/templates/" not in path else text


FLEETS = {
    name: {path: _in_lines(path, text) for path, text in files.items()}
    for name, files in {"flux": FLUX, "argo": ARGO}.items()
}
