"""Declarations below declarations that only an output shows: a change of what the lowest deploys is asked from the top."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, application, chart, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]


def states(report: Report) -> dict[str, str]:
    names = (unit.source.name if unit.source else unit.path for unit in report.units)
    told = (str(unit.state) for unit in report.units)
    return {name: state for name, state in zip(names, told, strict=True) if state != "unchanged"}


SHOP: Files = {
    **chart("shop", cm=manifest("ConfigMap", "shop", data={"r": "{{ .Values.r }}", "h": "{{ .Values.h }}"})),
    "shop/values-prod.yaml": "r: one\n",
    "shop/values-dev.yaml": "r: none\n",
}
OF_SHOP = application(
    "prod", "shop", helm={"valueFiles": ["values-prod.yaml"], "parameters": [{"name": "h", "value": "x"}]}
)
MAKES: Files = {**chart("apps", shop=OF_SHOP.replace("prod", "{{ .Values.env }}")), "apps/values.yaml": "env: prod\n"}
LISTED: Files = {
    "root/kustomization.yaml": kustomization(resources=["apps.yaml"]),
    "root/apps.yaml": application("apps", "apps"),
}
RENAMED: Files = {**LISTED, "root/kustomization.yaml": kustomization(resources=["apps.yaml"], namePrefix="a-")}
OTHER = application("other", "apps", helm={"parameters": [{"name": "env", "value": "dev"}]})
# Another Application of the chart lies in a file, so that the chart is no unit by itself.
TWICE: Files = {**chart("boot", apps=application("apps", "apps")), "other.yaml": OTHER}


@pytest.mark.parametrize(
    "files",
    [{**LISTED, **MAKES}, {**RENAMED, **MAKES}, {**TWICE, **MAKES}],
    ids=["listed", "renamed", "twice"],
)
def test_a_chart_of_applications_whose_application_only_an_output_completes(
    files: Files, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize"), need("helm")
    report = repository.compare({**SHOP, **files}, {"shop/values-prod.yaml": "r: two\n"})
    assert states(report) == {"prod": "changed"}
    report = repository.compare({}, {"shop/values-prod.yaml": None})
    assert states(report) == {"prod": "broken"}


PATCH = [{"op": "replace", "path": "/spec/source/path", "value": "shop"}]
PATCHES: Files = {
    "root/apps.yaml": application("apps", "apps", kustomize={"nameSuffix": "-b"}),
    "apps/kustomization.yaml": kustomization(
        resources=["shop.yaml"], patches=[{"target": {"kind": "Application"}, "patch": json.dumps(PATCH)}]
    ),
    "apps/shop.yaml": application("prod", "nowhere", helm={"valueFiles": ["values-prod.yaml"]}),
}


def test_a_patched_application_below_one_that_only_an_output_completes(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize"), need("helm")
    report = repository.compare({**SHOP, **LISTED, **PATCHES}, {"shop/values-prod.yaml": None})
    assert states(report) == {"prod-b": "broken"}


def application_set(pattern: str) -> str:
    here = "https://example.com/acme/gitops.git"
    template = json.loads(application("{{.path.basename}}", "{{.path.path}}"))
    spec = {
        "goTemplate": True,
        "generators": [{"git": {"repoURL": here, "directories": [{"path": pattern}]}}],
        "template": {field: template[field] for field in ("metadata", "spec")},
    }
    metadata = {"name": "set", "namespace": "argocd"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


SET: Files = {
    "root/kustomization.yaml": kustomization(resources=["set.yaml"]),
    "root/set.yaml": application_set("apps/*"),
    "apps/wrong/kustomization.yaml": kustomization(resources=["missing.yaml"]),
}
for _each in ("one", "two", "three"):
    SET[f"apps/{_each}/kustomization.yaml"] = kustomization(resources=["cm.yaml"])
    SET[f"apps/{_each}/cm.yaml"] = manifest("ConfigMap", _each)


def test_what_a_set_makes_besides_is_neither_listed_nor_rendered(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    report = repository.compare(SET, {"apps/two/cm.yaml": manifest("ConfigMap", "two", data={"a": "b"})})
    assert [(unit.path, str(unit.state)) for unit in report.units] == [("apps/two", "changed")]
    assert report.counts.rendered <= 3  # both sides of it, and its host


SET_OF_CHART: Files = {
    **chart("sets", set=re.sub(r"{{\.[^}]*}}", r"{{`\g<0>`}}", application_set("apps/*"))),
    **{path: text for path, text in SET.items() if path.startswith("apps/")},
}


@pytest.mark.parametrize("files", [SET, SET_OF_CHART], ids=["listed", "of a chart"])
def test_a_directory_without_manifests_that_a_set_takes(
    files: Files, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """Argo CD makes an Application of each directory, whatever it holds."""
    need("kustomize"), need("helm")
    report = repository.compare(files, {"apps/docs/README.md": "Read me.\n", "docs/README.md": "Read me.\n"})
    assert [(unit.path, str(unit.state)) for unit in report.units] == [("apps/docs", "added")]
    assert report.unmapped == ("docs/README.md",)
    report = repository.compare({}, {"apps/docs/README.md": None})
    assert [(unit.path, str(unit.state)) for unit in report.units] == [("apps/docs", "removed")]
    assert report.unmapped == ()
