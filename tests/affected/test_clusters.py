"""The clusters generator of ApplicationSets over Secrets of the repository."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.affected.contents import read_facts
from bot.affected.declarations import read_declared
from bot.affected.facts import Role
from bot.affected.sources import CLUSTER_SECRETS, Declared
from bot.model.unit import CannotRender

PASSWORD = "correct-horse-battery-staple-7"
IN_CLUSTER = "https://kubernetes.default.svc"


def secret(name: str, server: str = "", *, encoded: bool = False, namespace: str = "argocd", **labels: str) -> str:
    values = {"name": name, "server": server or f"https://{name}.example", "config": json.dumps({"password": PASSWORD})}
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    metadata = {
        "name": f"cluster-{name}".lower(),
        "namespace": namespace,
        "labels": {"argocd.argoproj.io/secret-type": "cluster", **labels},
        "annotations": {"region": "eu", "kubectl.kubernetes.io/last-applied-configuration": PASSWORD},
    }
    kept = {"data": data} if encoded else {"stringData": values}
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, **kept})


def application_set(clusters: dict[str, Any], name: str, path: str = "apps/web", **spec: Any) -> dict[str, Any]:
    source = {"repoURL": HERE, "path": path}
    server = "{{.server}}" if spec.get("goTemplate") else "{{server}}"
    template = {"metadata": {"name": name}, "spec": {"source": source, "destination": {"server": server}}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": [{"clusters": clusters}], "template": template} | spec,
    }


FILES = {"apps/web/kustomization.yaml": "resources: []\n", "apps/prod/kustomization.yaml": "resources: []\n"}


def read(obj: dict[str, Any], *secrets: str, files: dict[str, str] | None = None) -> list[Declared]:
    kept = {f"clusters/{number}.yaml": text for number, text in enumerate(secrets)}
    return read_declared(obj, FakeLookup(FILES | kept | (files or {})))


def names(obj: dict[str, Any], *secrets: str, files: dict[str, str] | None = None) -> list[str]:
    return [one.id.name for one in read(obj, *secrets, files=files)]


def reason(declared: list[Declared]) -> str:
    (part,) = declared[-1].parts
    assert isinstance(part, CannotRender)
    return part.reason


def selector(**labels: str) -> dict[str, Any]:
    return {"selector": {"matchLabels": labels}}


@pytest.mark.parametrize("encoded", [False, True])
def test_one_application_for_each_cluster(encoded: bool) -> None:
    text = "{{name}}/{{nameNormalized}}/{{server}}/{{project}}/{{metadata.labels.env}}/{{metadata.annotations.region}}"
    obj = application_set({}, f"{text}/{{{{values.tier}}}}")
    obj["spec"]["generators"][0]["clusters"]["values"] = {"tier": "of-{{name}}"}
    assert names(obj, secret("Prod_EU", encoded=encoded, env="prod")) == [
        # what a cluster does not have stays as it is written, as for every name that Argo CD does not know
        f"in-cluster/in-cluster/{IN_CLUSTER}//{{{{metadata.labels.env}}}}/{{{{metadata.annotations.region}}}}/of-in-cluster",
        "Prod_EU/prod-eu/https://Prod_EU.example//prod/eu/of-Prod_EU",
    ]


def test_with_go_templates() -> None:
    obj = application_set(
        selector(env="prod"), "{{.nameNormalized}}-{{.metadata.labels.env}}-{{.values.a}}", goTemplate=True
    )
    obj["spec"]["generators"][0]["clusters"]["values"] = {"a": "{{.metadata.annotations.region}}"}
    assert names(obj, secret("A", env="prod"), secret("b", env="dev")) == ["a-prod-eu"]


def test_an_index_that_a_cluster_does_not_have() -> None:
    """Labels are texts to Go, of which a missing one is empty; of a mapping of anything it is nothing."""
    obj = application_set(
        selector(env="prod"), 'a{{ index .metadata.labels "none" }}b{{ index .metadata "none" }}', goTemplate=True
    )
    obj["spec"]["generators"][0]["clusters"]["values"] = {"a": "b"}
    assert names(obj, secret("a", env="prod")) == ["ab<no value>"]


def test_a_selector_leaves_out_the_cluster_without_a_secret() -> None:
    secrets = (secret("a", env="prod"), secret("b", env="dev"), secret("c"))
    assert names(application_set({}, "{{name}}"), *secrets) == ["in-cluster", "a", "b", "c"]
    assert names(application_set({"selector": {}}, "{{name}}"), *secrets) == ["in-cluster", "a", "b", "c"]
    assert names(application_set(selector(env="prod"), "{{name}}"), *secrets) == ["a"]
    expression = {"key": "env", "operator": "Exists"}
    assert names(application_set({"selector": {"matchExpressions": [expression]}}, "{{name}}"), *secrets) == ["a", "b"]


def test_the_cluster_it_runs_in_may_have_a_secret_or_be_switched_off() -> None:
    obj = application_set({}, "{{name}}")
    assert names(obj) == ["in-cluster"]
    assert names(obj, secret("here", IN_CLUSTER)) == ["here"]
    off = {"argocd/cm.yaml": manifest("ConfigMap", "argocd-cm", data={"cluster.inClusterEnabled": "false"})}
    assert names(obj, secret("a"), files=off) == ["a"]


def merge_of(*selectors: dict[str, Any]) -> dict[str, Any]:
    children = [{"clusters": {**one, "values": {f"at{n}": "x"}}} for n, one in enumerate(selectors)]
    merge = {"mergeKeys": ["server"], "generators": children}
    return application_set({}, "web-{{name}}", generators=[{"merge": merge}])


def test_what_lays_nothing_over_the_clusters_of_a_merge_hides_none() -> None:
    """Overrides of an environment that has no cluster (any more) are common: they say nothing about the others."""
    obj = merge_of(selector(addon="yes"), selector(env="prod"), selector(env="dev"))
    assert names(obj, secret("a", addon="yes", env="dev"), secret("b", env="dev")) == ["web-a"]
    listed = merge_of(selector(addon="yes"), selector(env="prod"))
    listed["spec"]["generators"][0]["merge"]["generators"][0] = {"list": {"elements": [{"server": "https://a"}]}}
    assert "none that its selector matches" in reason(read(listed, secret("b", env="dev")))
    assert "does not say" in reason(read(obj))


def test_flat_list() -> None:
    obj = application_set({"flatList": True}, "{{range .clusters}}{{.name}}-{{end}}", goTemplate=True)
    assert names(obj, secret("a"), secret("b")) == ["in-cluster-a-b-"]


def test_other_secrets_are_no_clusters_of_this_argo_cd() -> None:
    other = json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "stringData": {"name": "x"}})
    repository = secret("r").replace('"cluster"', '"repository"')
    assert names(application_set({}, "{{name}}"), other, repository, secret("b", namespace="else")) == ["in-cluster"]


def test_that_there_may_be_more_is_noted() -> None:
    (one,) = read(application_set({}, "{{name}}"))
    assert "Argo CD may know more of them" in one.notes[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "lists the clusters registered in Argo CD, which this repository does not say"),
        (secret("a", env="dev"), "none that its selector matches"),
        (secret("ENC[AES256_GCM,data:x]", env="prod"), "is encrypted"),
        (secret("a", env="prod").replace('"server": "https', '"other": "https'), "has no name or no server"),
        (secret("a", encoded=True, env="prod").replace(base64.b64encode(b"a").decode(), "?"), "no text in base64"),
    ],
)
def test_what_is_not_known_is_said(text: str, words: str) -> None:
    declared = read(application_set(selector(env="prod"), "{{name}}"), *([text] if text else []))
    assert words in reason(declared)
    assert PASSWORD not in repr(declared)


# -- checks

BASE = {
    "apps/web/kustomization.yaml": kustomization(resources=["a.yaml"]),
    "apps/web/a.yaml": manifest("ConfigMap", "a"),
    "apps/prod/kustomization.yaml": kustomization(resources=["../web"]),
    "argocd/set.yaml": json.dumps(application_set({}, "web-{{name}}", "apps/web")),
    "argocd/clusters/a.yaml": secret("a", env="prod"),
}


def applications(repository: GitOpsRepository, *commits: str, cache: Path | None = None) -> dict[str, str]:
    report = repository.check(*commits, cache=cache)
    return {unit.source.name: str(unit.state) for unit in report.units if unit.source}


def test_clusters_come_change_and_go(repository: GitOpsRepository, tmp_path: Path) -> None:
    steps: list[dict[str, str | None]] = [
        {**BASE},
        {"argocd/clusters/b.yaml": secret("b")},
        {"argocd/clusters/b.yaml": secret("b", IN_CLUSTER)},
        {"argocd/clusters/a.yaml": None},
    ]
    commits = [repository.commit(step) for step in steps]
    cache = tmp_path / "cache"
    found = [applications(repository, base, head, cache=cache) for base, head in pairwise(commits)]
    assert found[0] == {"web-in-cluster": "unchanged", "web-a": "unchanged", "web-b": "added"}
    assert found[1] == {"web-in-cluster": "removed", "web-a": "unchanged", "web-b": "changed"}
    assert found[2] == {"web-a": "removed", "web-b": "unchanged"}
    assert found == [applications(repository, *pair) for pair in pairwise(commits)]


def test_a_label_moves_a_cluster_to_another_path(repository: GitOpsRepository) -> None:
    obj = application_set(selector(env="prod"), "web-{{name}}", "apps/{{metadata.labels.env}}")
    base = repository.commit({**BASE, "argocd/set.yaml": json.dumps(obj)})
    head = repository.commit({"argocd/clusters/a.yaml": secret("a", env="dev")})
    assert applications(repository, base, head) == {"web-a": "removed", "set": "unrenderable"}


def test_credentials_are_not_kept(repository: GitOpsRepository, tmp_path: Path) -> None:
    base = repository.commit(BASE)
    cache = tmp_path / "cache"
    report = repository.check(base, repository.commit({"argocd/clusters/b.yaml": secret("b")}), cache=cache)
    assert {"web-a", "web-b"} <= {unit.source.name for unit in report.units if unit.source}
    kept = b"".join(path.read_bytes() for path in cache.rglob("*") if path.is_file())
    assert b"set.yaml" in kept
    for word in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode(), "https://a.example"):
        assert word.encode() not in kept
    assert PASSWORD not in repr(report)


LABEL = "argocd.argoproj.io/secret-type"


def holds(text: str) -> bool:
    return (CLUSTER_SECRETS, "") in read_facts(Role.MANIFEST, text.encode(), "a.yaml").names


@pytest.mark.parametrize(
    "text",
    [
        secret("a"),
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [json.loads(secret("a"))]}),
        f"kind: Secret\nmetadata: {{name: a, labels: {{{LABEL}: cluster}}}}\n---\napiVersion: v1\nkind: ConfigMap\n",
        f"{{{{ if .Values.a }}}}\napiVersion: v1\nkind: Secret\nmetadata:\n  labels:\n    {LABEL}: cluster\n",
        f'{{{{ if }}}}\napiVersion: v1\nkind: "\\x53ecret"\nmetadata:\n  labels:\n    {LABEL}: cluster\n',
        f"apiVersion: v1\nkind: Secret\nmetadata: {{name: a, labels: [{LABEL}]}}\n",
    ],
)
def test_files_that_may_hold_a_cluster(text: str) -> None:
    assert holds(text)


SELECTOR = {"selector": {"matchLabels": {LABEL: "cluster"}}}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(application_set(SELECTOR, "a-{{name}}")),
        secret("a").replace(': "cluster"', ': "repository"'),
        f"{{{{ if }}}}\napiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  a: {{{LABEL}: cluster}}\n",
    ],
)
def test_files_that_only_speak_of_clusters(text: str) -> None:
    assert not holds(text)


def test_a_set_that_lists_clusters_says_nothing_of_others(repository: GitOpsRepository) -> None:
    def made(name: str, path: str) -> dict[str, Any]:
        obj = application_set(SELECTOR, f"{name}-{{{{name}}}}", path)
        return {**obj, "metadata": {"name": name, "namespace": "argocd"}}

    files = {"sets/a.yaml": json.dumps(made("a", "a")), "sets/b.yaml": json.dumps(made("b", "b"))}
    report = repository.compare(
        {**files, "a/cm.yaml": manifest("ConfigMap", "a"), "b/cm.yaml": manifest("ConfigMap", "b")},
        {"sets/a.yaml": json.dumps(made("a", "./a"))},
    )
    assert [unit.source.name for unit in report.units if unit.source] == ["a"]
