"""Objects of Flux and Argo CD, as JSON, which is YAML: what tests put into a repository."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

FLUX_SOURCE = {"kind": "GitRepository", "name": "flux-system"}


def flux(name: str, path: str, **spec: Any) -> str:
    """A Kustomization of Flux that builds a directory of the repository under check."""
    value = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"path": path, "prune": True, "sourceRef": FLUX_SOURCE, **spec},
    }  # fmt: skip
    return json.dumps(value) + "\n"


def cluster(name: str, **labels: str) -> str:
    """The Secret by which Argo CD knows a cluster."""
    labels = {"argocd.argoproj.io/secret-type": "cluster", **labels}
    metadata = {"name": f"cluster-{name}", "namespace": "argocd", "labels": labels}
    values = {"name": name, "server": f"https://{name}.example"}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values})


def elements(*values: Mapping[str, Any]) -> dict[str, Any]:
    """The list generator of an ApplicationSet."""
    return {"list": {"elements": list(values)}}
