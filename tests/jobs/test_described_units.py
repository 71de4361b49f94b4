"""An entry under ``units:`` for what the output of another unit declares: one unit, with what the entry says of it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.git.repository import Repository
from bot.jobs.units import discovered
from bot.model.unit import Unit
from bot.settings import Settings
from bot.wiring import configuration, opened


def flux(name: str, path: str, **spec: object) -> str:
    value = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": name, "namespace": "flux-system"},
        "spec": {"path": path, "prune": True, "sourceRef": {"kind": "GitRepository", "name": "flux-system"}, **spec},
    }  # fmt: skip
    return json.dumps(value) + "\n"


FILES: dict[str, str | None] = {
    "clusters/staging/apps.yaml": flux("apps", "./apps"),
    "apps/kustomization.yaml": kustomization(resources=["web.yaml"], namePrefix="x-"),
    "apps/web.yaml": flux("web", "./web"),
    "web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
    "web/cm.yaml": manifest("ConfigMap", "web", data={"a": "1"}),
}


def units(repository: GitOpsRepository, commit: str) -> tuple[list[Unit], list[str]]:
    with Repository(repository.path) as opened_repository:
        tree = opened_repository.tree_of(commit)
        configured = configuration(opened_repository, tree, None)
        with opened(opened_repository, configured, Settings(None), lambda *_: None) as ports:
            return discovered(ports.index.at(tree), ports, everything=False)


@pytest.mark.parametrize(
    ("said", "app", "environment"),
    [
        ("units: [{path: web, app: shop, environment: live}]", "shop", "prod"),
        ("units: [{path: web, app: shop, renderer: flux}]", "shop", "staging"),
        ("apps: [{name: shop, match: [web]}]", "shop", "staging"),
    ],
)
def test_one_unit_with_what_is_said_of_it(
    said: str, app: str, environment: str, repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    config = f"environments: [staging, {{name: prod, aliases: [live]}}]\n{said}\n"
    base = repository.commit({**FILES, ".gatehouse.yaml": config})
    found = [(unit.path, unit.app, unit.environment) for unit in units(repository, base)[0]]
    assert [unit for unit in found if unit[0] == "web"] == [("web", app, environment)]
    head = repository.commit({"web/cm.yaml": manifest("ConfigMap", "web", data={"a": "2"})})
    assert [(unit.path, unit.app, unit.environment) for unit in repository.check(base, head).units] == [
        ("web", app, environment)
    ]


def test_patterns_of_an_environment_hold_for_what_a_cluster_shows(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    config = "environments: [staging, {name: prod, match: [web/]}]\n"
    base = repository.commit({**FILES, ".gatehouse.yaml": config})
    assert [unit.environment for unit in units(repository, base)[0] if unit.path == "web"] == ["prod"]


def test_entries_that_speak_of_nothing(repository: GitOpsRepository) -> None:
    entries = ("gone, root: false", "away", "web, renderer: argocd", "web, renderer: plain")
    config = f"units: [{', '.join(f'{{path: {entry}}}' for entry in entries)}]\n"
    files = {path: FILES[path] for path in ("web/kustomization.yaml", "web/cm.yaml")}
    found, notes = units(repository, repository.commit({**files, ".gatehouse.yaml": config}))
    assert [unit.key for unit in found] == ["config:web"]
    assert notes == [
        "`units` in .gatehouse.yaml names gone, which is not in the repository.",
        "`units` in .gatehouse.yaml names away, which is not in the repository.",
        "`units` in .gatehouse.yaml says that argocd deploys web; no object does.",
    ]
