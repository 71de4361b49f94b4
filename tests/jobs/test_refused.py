"""Applications that the cluster refuses: broken by the change that makes them so, a note afterwards."""

from __future__ import annotations

import json
from typing import Any

from gitops_repository import GitOpsRepository, manifest

URL = "https://example.com/acme/gitops.git"
SERVER = {"server": "https://kubernetes.default.svc"}
BOTH = {"name": "in-cluster", **SERVER}


def application(destination: dict[str, str]) -> str:
    value: dict[str, Any] = {
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"project": "default", "destination": destination, "source": {"repoURL": URL, "path": "web"}},
    }  # fmt: skip
    return json.dumps(value)


def test_one_that_is_refused_from_now_on(repository: GitOpsRepository) -> None:
    files = {"web/cm.yaml": manifest("ConfigMap", "a", data={"a": "1"})}
    good, bad = application(SERVER), application(BOTH)
    base = repository.commit({**files, "argocd/web.yaml": good})
    head = repository.commit({"argocd/web.yaml": bad, "web/cm.yaml": manifest("ConfigMap", "a", data={"a": "2"})})
    later = repository.commit({"web/cm.yaml": manifest("ConfigMap", "a", data={"a": "3"})})
    (unit,) = [each for each in repository.check(base, head).units if each.path == "web"]
    assert str(unit.state) == "broken"
    assert "has `name` and `server`" in (unit.error or "")
    (unit,) = repository.check(head, later).units
    assert str(unit.state) == "changed"  # somebody may have applied it in another way
    assert [note.partition(": ")[0] for note in unit.notes] == ["The cluster refuses this Application"]
    mended = repository.commit({"argocd/web.yaml": good, "web/cm.yaml": manifest("ConfigMap", "a", data={"a": "4"})})
    (unit,) = [each for each in repository.check(later, mended).units if each.path == "web"]
    assert (str(unit.state), unit.notes) == ("changed", ())
