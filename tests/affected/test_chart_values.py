"""Which values files belong to which environment of a chart, and in which order."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import HERE, Tree, put, store

from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.store import Store
from bot.config.schema import Config
from bot.git.repository import Repository
from bot.model.unit import HelmRender, Unit

CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("values") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


def units(repository: Repository, files: dict[str, str], *, chart: bool = True) -> list[Unit]:
    tree: Tree = {}
    own = {"web/Chart.yaml": CHART, "web/values.yaml": "a: 1\n"} if chart else {}
    for path, text in (own | files).items():
        put(tree, path, text)
    index = Index(Store(None), repository, Config(), "", Home([HERE]))
    return sorted(index.at(store(Path(repository.directory), [tree])[0]).units(), key=lambda unit: unit.key)


def values(repository: Repository, *names: str) -> dict[str, tuple[str, list[str]]]:
    """Variant → its environment, and its values files without the chart's directory."""
    found = {}
    for unit in units(repository, {f"web/{name}": "a: 1\n" for name in names}):
        (part,) = unit.parts
        assert isinstance(part, HelmRender)
        files = [file.removeprefix("web/") for file in part.value_files]
        found[unit.key.partition("@")[2]] = (unit.environment, files)
    return found


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        pytest.param(
            ["values-prod.yaml", "values_dev.yml", "values.qa.yaml"],
            {"prod": ["values-prod.yaml"], "dev": ["values_dev.yml"], "qa": ["values.qa.yaml"]},
            id="beside the chart",
        ),
        pytest.param(
            ["prod.yaml", "dev-values.yaml", "test.yaml", "notes.yaml"],
            {"prod": ["prod.yaml"], "dev": ["dev-values.yaml"]},
            id="the environment's name first, or alone",
        ),
        pytest.param(
            ["values-prod-image.yaml", "values-prod.yaml", "values-image-dev.yaml", "values-dev.yaml"],
            {
                "prod": ["values-prod.yaml", "values-prod-image.yaml"],
                "dev": ["values-dev.yaml", "values-image-dev.yaml"],
            },
            id="images after the values",
        ),
        pytest.param(
            ["values-prod-image-tag.yaml", "image-tag-prod.yaml", "secrets.prod.yaml", "prod-images.yaml"],
            {
                "prod": [
                    "image-tag-prod.yaml",
                    "prod-images.yaml",
                    "secrets.prod.yaml",
                    "values-prod-image-tag.yaml",
                ]
            },
            id="every name of an image file",
        ),
        pytest.param(
            ["values-ha.yaml", "values-ha-image.yaml", "values-eu-image.yaml"],
            {"ha": ["values-ha.yaml", "values-ha-image.yaml"], "eu-image": ["values-eu-image.yaml"]},
            id="a variant that is no environment",
        ),
        pytest.param(
            ["prod/values.yaml", "prod/image.yaml", "prod/values-extra.yaml", "prod/ingress.yaml", "lib/values.yaml"],
            {"prod": ["prod/values.yaml", "prod/values-extra.yaml", "prod/image.yaml"]},
            id="a directory for the environment",
        ),
        *(
            pytest.param(
                [f"{holder}/prod/image.yaml", f"{holder}/prod/values.yaml", f"{holder}/dev/values.yaml"],
                {
                    "prod": [f"{holder}/prod/values.yaml", f"{holder}/prod/image.yaml"],
                    "dev": [f"{holder}/dev/values.yaml"],
                },
                id=f"{holder}/ENV",
            )
            for holder in ("env", "envs", "environments", "values", "stages")
        ),
        pytest.param(
            ["values/prod/b.yaml", "values/prod/a.yaml", "values/prod/values.yaml"],
            {"prod": ["values/prod/values.yaml", "values/prod/a.yaml", "values/prod/b.yaml"]},
            id="every file of values/ENV",
        ),
        pytest.param(
            ["values/prod.yaml", "values/prod-image.yaml", "values/values-dev.yaml", "values/common.yaml"],
            {
                "prod": ["values/common.yaml", "values/prod.yaml", "values/prod-image.yaml"],
                "dev": ["values/common.yaml", "values/values-dev.yaml"],
            },
            id="files in values/",
        ),
        pytest.param(
            ["values-common.yaml", "values-image.yaml", "values-prod.yaml"],
            {"prod": ["values-common.yaml", "values-image.yaml", "values-prod.yaml"]},
            id="what is for all comes first",
        ),
        pytest.param(
            ["values/prod.yaml", "image-tags/prod.yaml", "secrets/dev.yaml", "image/readme.yaml"],
            {"prod": ["values/prod.yaml", "image-tags/prod.yaml"], "dev": ["secrets/dev.yaml"]},
            id="directories of images and secrets",
        ),
        pytest.param(["image.yaml"], {"": ["image.yaml"]}, id="nothing but an image file"),
        pytest.param(
            ["env/prod/values.yaml", "env/prod/eu/values.yaml", "env/prod/us/values.yaml"],
            {
                "prod": ["env/prod/values.yaml"],
                "prod/eu": ["env/prod/values.yaml", "env/prod/eu/values.yaml"],
                "prod/us": ["env/prod/values.yaml", "env/prod/us/values.yaml"],
            },
            id="regions stand on their environment",
        ),
        pytest.param(
            ["ci/test-values.yaml", "ci/values.yaml", "values-schema.yaml", "config/prod.yaml", "templates/prod.yaml"],
            {"": []},
            id="what is no values of an environment",
        ),
        pytest.param(
            ["config/prod/values.yaml", "config/prod/application.yaml"],
            {"prod": ["config/prod/values.yaml"]},
            id="config/ENV/values.yaml",
        ),
    ],
)
def test_files(repository: Repository, names: list[str], expected: dict[str, list[str]]) -> None:
    assert {key: files for key, (_, files) in values(repository, *names).items()} == expected


@pytest.mark.parametrize(
    ("chart", "names", "expected"),
    [
        (
            "helm/chart",
            ["helm/values/prod.yaml", "helm/values/common.yaml", "helm/env/dev/image.yaml", "helm/notes/qa.yaml"],
            {
                "prod": ["helm/values/common.yaml", "helm/values/prod.yaml"],
                "dev": ["helm/values/common.yaml", "helm/env/dev/image.yaml"],
            },
        ),
        (
            "chart",
            ["values.yaml", "values-prod.yaml", "values-ha.yaml", "prod.yaml", "environments/dev/values.yaml"],
            {
                "prod": ["values.yaml", "values-prod.yaml"],
                "dev": ["values.yaml", "environments/dev/values.yaml"],
            },
        ),
        ("charts/web", ["values/web/prod.yaml", "values/api/dev.yaml"], {"prod": ["values/web/prod.yaml"]}),
        ("a/charts/web", ["a/values/web/dev/x.yaml", "values/web/prod.yaml"], {"dev": ["a/values/web/dev/x.yaml"]}),
        ("helm_deploy/web", ["helm_deploy/values-prod.yaml"], {"prod": ["helm_deploy/values-prod.yaml"]}),
        ("helm_deploy/web", ["helm_deploy/values-prod.yaml", "helm_deploy/api/Chart.yaml"], {"": []}),
        # each environment by itself: what is in the chart comes first, and switches off nothing that lies around
        (
            "helm",
            ["helm/values-dev.yaml", "helm/values-local.yaml", "values.yaml", "values-dev.yaml", "values-prod.yaml"],
            {
                "dev": ["values.yaml", "helm/values-dev.yaml", "values-dev.yaml"],
                "local": ["helm/values-local.yaml"],
                "prod": ["values.yaml", "values-prod.yaml"],
            },
        ),
        (
            "charts/web",
            ["charts/web/values-common.yaml", "charts/web/values-example.yaml", "values/web/prod.yaml"],
            {"prod": ["charts/web/values-common.yaml", "values/web/prod.yaml"]},
        ),
        (
            "deploy/gateway",
            ["deploy/gateway/values-local.yaml", "deploy/api/Chart.yaml", "deploy/values/prod/gateway.yaml"],
            {"": [], "local": ["deploy/gateway/values-local.yaml"], "prod": ["deploy/values/prod/gateway.yaml"]},
        ),
        ("deploy/env", ["deploy/env/prod.yaml"], {"prod": ["deploy/env/prod.yaml"]}),
        (
            "helm/app",
            ["helm/values/prod.yaml", "helm/image-tags/prod.yaml", "helm/secrets/dev.yaml", "helm/notes/prod.yaml"],
            {"prod": ["helm/values/prod.yaml", "helm/image-tags/prod.yaml"], "dev": ["helm/secrets/dev.yaml"]},
        ),
        ("helm/app", ["helm/image-tags/prod.yaml", "helm/api/Chart.yaml"], {"": []}),
        ("web", ["values-prod.yaml"], {"prod": ["values-prod.yaml"]}),
        ("chart", ["values.yaml"], {"": []}),
    ],
)  # fmt: skip
def test_values_outside_of_the_chart(
    repository: Repository, chart: str, names: list[str], expected: dict[str, list[str]]
) -> None:
    files = {f"{chart}/Chart.yaml": CHART, **dict.fromkeys(names, "a: 1\n")}
    found = {unit.key.partition("@")[2]: unit.parts for unit in units(repository, files, chart=False)}
    assert {key: [list(p.value_files) for p in parts if isinstance(p, HelmRender)] for key, parts in found.items()} == {
        key: [files] for key, files in expected.items()
    }


def test_environments(repository: Repository) -> None:
    found = values(
        repository, "values-prod-image.yaml", "values-prod-eu.yaml", "env/dev/r1/values.yaml", "values-ha.yaml"
    )
    assert {key: environment for key, (environment, _) in found.items()} == {
        "prod": "prod",
        "prod-eu": "prod-eu",
        "dev/r1": "dev-r1",
        "ha": "",
    }


def test_objects_are_no_values(repository: Repository) -> None:
    found = units(
        repository, {"web/prod.yaml": CM, "web/values/prod/cm.yaml": CM, "web/values-dev.yaml": f"extra:\n- {CM}"}
    )
    assert [unit.key for unit in found] == ["web@dev"]


@pytest.mark.parametrize("name", ["kustomization.yaml", "Chart.yaml"])
def test_a_directory_that_something_else_is_built_from(repository: Repository, name: str) -> None:
    text = CHART.replace("web", "sub") if name == "Chart.yaml" else "resources: []\n"
    found = units(repository, {f"web/env/prod/{name}": text, "web/env/prod/values.yaml": "a: 1\n"})
    assert "web@" in [unit.key for unit in found]
    assert "web@prod" not in [unit.key for unit in found]


def said(repository: Repository, *names: str) -> dict[str, tuple[str, ...]]:
    found = units(repository, {f"web/{name}": "a: 1\n" for name in names})
    return {unit.key: unit.notes for unit in found if unit.notes}


def test_what_is_not_sure_is_said(repository: Repository) -> None:
    assert (
        said(repository, "values-prod.yaml", "values-prod-image.yaml", "env/dev/values.yaml", "env/dev/image.yaml")
        == {}
    )
    (order,) = said(repository, "values-prod.yaml", "env/prod/values.yaml")["web@prod"]
    assert order.endswith("in this order: web/values-prod.yaml, web/env/prod/values.yaml.")
    assert list(said(repository, "values-prod.yaml", "values-common.yaml")) == ["web@prod"]
    (unused,) = said(repository, "env/prod/values.yaml", "env/dev/values.yaml", "env/prod/ingress.yaml")["web@dev"]
    assert unused.endswith("taken for none: web/env/prod/ingress.yaml.")


def test_an_environment_of_which_only_other_files_are_there(repository: Repository) -> None:
    """Image tags that templates read, in files without an ending, of an environment that has the chart's defaults."""
    found = said(repository, "values-prod.yaml", "image-tags/prod/web", "image-tags/test/web")
    assert list(found) == ["web@prod"]
    assert found["web@prod"][0].startswith("web/image-tags/test is for the environment test")
