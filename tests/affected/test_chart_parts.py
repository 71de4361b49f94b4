"""What lies in the directory of a chart and is no part of it is declared there like anywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from deployers import FLUX_SOURCE, flux
from gitops_repository import GitOpsRepository, application, chart, kustomization
from repositories import HERE, Tree, put, store

from bot.affected.home import Home
from bot.affected.index import Index
from bot.affected.left_out import is_left_out
from bot.affected.store import Store
from bot.config.schema import Config
from bot.git.repository import Repository
from bot.model.result import Report

Files = dict[str, str | None]

TEMPLATE = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Release.Name }}"}\ndata: {v: "{{ .Values.v }}"}\n'


def release(name: str, path: str, v: str) -> str:
    spec = {"chart": {"spec": {"chart": path, "sourceRef": FLUX_SOURCE}}, "values": {"v": v}}
    value = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": spec}
    return json.dumps(value | {"metadata": {"name": name, "namespace": name}})


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("charts") / "r"
    GitOpsRepository(path)
    with Repository(path) as opened:
        yield opened


def declared(bare: Repository, files: Files) -> set[str]:
    """The names of what files declare, without what a kustomization leaves out."""
    tree: Tree = {}
    for path, text in files.items():
        put(tree, path, text or "")
    view = Index(Store(None), bare, Config(), "config", Home([HERE])).at(store(Path(bare.directory), [tree])[0])
    return {unit.source.name for unit in view.units() if unit.source is not None and not is_left_out(view, unit)}


@pytest.mark.parametrize("home", ["", "deploy/chart"], ids=["of the repository", "of a directory"])
@pytest.mark.parametrize(
    ("file", "is_declared"),
    [
        ("app.yaml", True),
        ("argocd/dev.yaml", True),
        ("clusters/prod/apps.yaml", True),
        ("envs/test/app.yaml", True),
        ("test/app.yaml", True),
        ("deploy/templates/app.yaml", True),
        ("templates/app.yaml", False),
        ("templates/more/app.yaml", False),
        ("crds/app.yaml", False),
        ("charts/other/argocd/app.yaml", False),
        ("files/app.yaml", False),
        ("examples/argocd/app.yaml", False),
        ("tests/app.yaml", False),
    ],
)
def test_what_is_declared_below_a_chart(bare: Repository, home: str, file: str, is_declared: bool) -> None:
    lower = f"{home}/{file}".lstrip("/")
    files = {f"{home}/Chart.yaml".lstrip("/"): "apiVersion: v2\nname: web\nversion: 1.0.0\n", "plain/a.yaml": TEMPLATE}
    found = declared(bare, {**files, lower: application("web-dev", "plain")})
    assert found == ({"web-dev"} if is_declared else set())


def test_a_chart_above_another(bare: Repository) -> None:
    files = {**chart("web"), "Chart.yaml": "apiVersion: v2\nname: all\nversion: 1.0.0\n"}
    assert declared(bare, {**files, "web/argocd.yaml": application("a", "web")}) == {"a"}
    inside = {"templates/web/Chart.yaml": files["Chart.yaml"], "templates/web/argocd/a.yaml": application("a", "web")}
    assert declared(bare, {**files, **inside}) == set()


def test_what_a_kustomization_takes_from_the_data_of_a_chart(bare: Repository) -> None:
    files: Files = {**chart("web"), "web/files/app.yaml": application("a", "x"), "x/cm.json": "{}"}
    assert declared(bare, files) == set()
    assert declared(bare, {**files, "kustomization.yaml": kustomization(resources=["web/files/app.yaml"])}) == {"a"}


def changes(report: Report) -> dict[str, str]:
    found = {str(u.source.name if u.source else u.path): str(u.state) for u in report.units}
    return {name: state for name, state in found.items() if state != "unchanged"}


def test_applications_in_the_repository_of_their_chart(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    names = ("dev", "prod")
    base: Files = {
        "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n", "templates/cm.yaml": TEMPLATE, "values.yaml": "v: 0\n",
        **{f"values-{name}.yaml": f"v: {name}\n" for name in names},
        **{f"argocd/{name}.yaml": application(name, ".", helm={"valueFiles": [f"values-{name}.yaml"]}) for name in names},
    }  # fmt: skip
    typo = application("prod", ".", helm={"valueFiles": ["values-prd.yaml"]})
    report = repository.compare(base, {"argocd/prod.yaml": typo})
    assert (changes(report), report.verdict) == ({"prod": "broken"}, "failed")
    change = {"argocd/prod.yaml": base["argocd/prod.yaml"], "argocd/dev.yaml": None}
    assert changes(repository.compare(base, change)) == {"dev": "removed"}


def test_a_release_in_the_directory_of_its_chart(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    need("kustomize")
    base: Files = {
        **chart("web", cm=TEMPLATE), "web/values.yaml": "v: a\nunused: 1\n", "web/values-other.yaml": "v: b\n",
        "web/deploy/release.yaml": release("web", "./web", "c"), "clusters/prod/apps.yaml": flux("apps", "./web/deploy"),
    }  # fmt: skip
    for change, expected in (
        ({"web/templates/cm.yaml": TEMPLATE + "immutable: true\n"}, {"web": "changed"}),
        ({"web/deploy/release.yaml": release("web", "./web", "d")}, {"web": "changed", "apps": "changed"}),
        ({"web/values-other.yaml": "v: z\n"}, {}),
    ):
        report = repository.compare(base, change)
        assert changes(report) == expected
        assert [unit.environment for unit in report.units if unit.source and unit.source.name == "web"] == ["prod"]


def test_a_release_that_the_kustomization_beside_it_forgets(bare: Repository) -> None:
    files: Files = {
        **chart("web", cm=TEMPLATE), "web/deploy/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "web/deploy/a.yaml": release("a", "./web", "a"), "clusters/prod/apps.yaml": flux("apps", "./web/deploy"),
    }  # fmt: skip
    assert declared(bare, {**files, "web/deploy/b.yaml": release("b", "./web", "b")}) == {"a", "apps"}
