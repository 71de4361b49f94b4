"""Plain manifests that hold an object which no cluster takes: new ones stop the change, old ones have a note."""

from __future__ import annotations

import pytest
from gitops_repository import GitOpsRepository, by_path, states

Files = dict[str, str | None]
CM = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: "1"\n'
OTHER = CM.replace("settings", "other")
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: web}
  source: {repoURL: https://example.org/acme/here.git, path: k8s, directory: {recurse: true}}
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (CM.replace("kind:", "knd:"), "k8s/cm.yaml:1 is an object without `kind` (it has `knd`)"),
        (
            CM.replace("apiVersion:", "apiversion:"),
            "k8s/cm.yaml:1 is an object without `apiVersion` (it has `apiversion`)",
        ),
        (CM.replace("kind: ConfigMap\n", ""), "is an object without `kind`, which no cluster takes"),
        (f"{OTHER}---\n{CM.replace('kind:', 'kin:')}", "without `kind`"),
        (CM.replace("name: settings", "namespace: web"), "without `metadata.name`"),
    ],
)
@pytest.mark.parametrize("more", [{}, {"k8s/other.yaml": OTHER}, {"argocd/web.yaml": APPLICATION}])
def test_a_mistake(repository: GitOpsRepository, text: str, words: str, more: Files) -> None:
    report = repository.compare({"k8s/cm.yaml": CM, **more}, {"k8s/cm.yaml": text})
    found = by_path(report)["k8s"]
    assert (str(found.state), found.objects, str(report.verdict)) == ("broken", (), "failed")
    assert words in found.error


def test_a_new_unit(repository: GitOpsRepository) -> None:
    report = repository.compare({"a.txt": ""}, {"k8s/cm.yaml": CM, "k8s/other.yaml": OTHER.replace("kind:", "knd:")})
    assert (states(report), str(report.verdict)) == ({"k8s": "unrenderable"}, "failed")


@pytest.mark.parametrize(
    "text",
    [
        "replicas: 2\nkind: web\nmetadata: {}\n",  # values
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods: 50\n",
        "apiVersion: v1\nkind: ConfigMapList\nmetadata: {resourceVersion: ''}\nitems: [{metadata: {name: a}}]\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {generateName: run-}\n",
        "groups: []\n",
        "",
    ],
)
def test_no_mistake(repository: GitOpsRepository, text: str) -> None:
    report = repository.compare({"k8s/cm.yaml": CM}, {"k8s/new.yaml": text, "k8s/cm.yaml": CM.replace('"1"', '"2"')})
    assert (states(report), str(report.verdict)) == ({"k8s": "changed"}, "passed")


def test_what_was_there_before_has_a_note(repository: GitOpsRepository) -> None:
    half = OTHER.replace("kind:", "knd:")
    before: Files = {"k8s/cm.yaml": CM, "k8s/half.yaml": half}
    report = repository.compare(before, {"k8s/cm.yaml": CM.replace('"1"', '"2"'), "k8s/half.yaml": f"# x\n{half}"})
    found = by_path(report)["k8s"]
    assert (str(found.state), str(report.verdict)) == ("changed", "passed")
    assert "k8s/half.yaml" in found.notes[0]
    mended = repository.compare({}, {"k8s/half.yaml": OTHER})
    assert states(mended) == {"k8s": "changed"}
