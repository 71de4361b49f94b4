"""Values that lie neither in their chart nor beside it: of the one chart that can be meant, else of none."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import HERE, store, tree

from bot.affected.effect import Affected, affected
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.rules import reader
from bot.affected.store import Store
from bot.affected.values_around import MOST_ENVIRONMENTS
from bot.config.schema import Config, UnitRule
from bot.git.repository import Repository
from bot.model.unit import HelmRender

CHART = '{"apiVersion": "v2", "name": "c", "version": "1.0.0"}'
LIBRARY = '{"apiVersion": "v2", "name": "l", "version": "1.0.0", "type": "library"}'
USER = '{"apiVersion": "v2", "name": "c", "version": "1.0.0", "dependencies": [{"name": "l", "repository": "file://../l"}]}'
CM = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}'
Files = dict[str, str]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("around") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


def values(repository: Repository, files: Files, config: Config | None = None) -> dict[str, list[str]]:
    """Values files by the keys of units, of those that have any."""
    index = Index(Store(None), repository, config or Config(), "", Home([HERE]))
    units = index.at(store(Path(repository.directory), [tree(files)])[0]).units()
    parts = ((unit.key, part) for unit in units if not unit.declared_in for part in unit.parts)
    return {key: list(part.value_files) for key, part in parts if isinstance(part, HelmRender) and part.value_files}


def plain(*paths: str) -> Files:
    return dict.fromkeys(paths, "a: 1\n")


@pytest.mark.parametrize(
    ("chart", "path"),
    [
        ("charts/shop", "environments/prod.yaml"),
        ("charts/shop", "environments/prod/values.yaml"),
        ("charts/shop", "environments/prod/shop.yaml"),
        ("charts/shop", "environments/prod/shop/values.yaml"),
        ("charts/shop", "envs/prod/values.yaml"),
        ("charts/shop", "environments/prod/eu-west-1/values.yaml"),
        ("charts/shop", "values/prod.yaml"),
        ("charts/shop", "values/prod/shop.yaml"),
        ("charts/shop", "values-prod.yaml"),
        ("charts/shop", "deploy/values-prod.yaml"),
        ("charts/shop", "deploy/environments/prod/values.yaml"),
        ("helm/charts/shop", "helm/values/prod.yaml"),
        ("deploy/charts/shop", "deploy/env/prod/values.yaml"),
        ("shop", "values-prod.yaml"),
        ("a/b/charts/shop", "a/envs/prod/values.yaml"),
    ],
)
def test_values_of_the_only_chart(repository: Repository, chart: str, path: str) -> None:
    parts = {
        f"{chart}/charts/redis/Chart.yaml": CHART, "lib/Chart.yaml": LIBRARY, "environments/ns.yaml": CM,
        f"{chart}/../l/Chart.yaml".replace(f"{chart}/..", chart.rpartition("/")[0] or "."): CHART,
    }  # fmt: skip
    files = {name.removeprefix("./"): text for name, text in parts.items()} | {f"{chart}/Chart.yaml": USER}
    (found,) = values(repository, files | plain(path)).values()
    assert found == [path]


def test_values_for_all_come_first(repository: Repository) -> None:
    files = {
        "charts/shop/Chart.yaml": CHART,
        **plain("values/common.yaml", "values/prod.yaml", "values/prod/shop.yaml"),
    }
    assert values(repository, files) == {
        "charts/shop@prod": ["values/common.yaml", "values/prod.yaml", "values/prod/shop.yaml"]
    }


@pytest.mark.parametrize(
    "path",
    [
        "environments/prod/web.yaml",
        "environments/prod/web/values.yaml",
        "environments/web/prod.yaml",
        "values/web/prod.yaml",
        "k8s/values/prod/values-web.yaml",
    ],
)
def test_of_several_charts_the_name_tells(repository: Repository, path: str) -> None:
    charts = dict.fromkeys(("charts/web/Chart.yaml", "charts/api/Chart.yaml"), CHART)
    assert values(repository, charts | plain(path)) == {"charts/web@prod": [path]}


def test_values_that_are_called_like_the_chart_beside_are_for_all_environments(repository: Repository) -> None:
    names = ("helm/charts/web", "helm/charts/api", "helm/charts/common", "helm/charts/test", "other/mail")
    charts = {f"{name}/Chart.yaml": CHART for name in names}
    files = charts | plain(
        "helm/values/web.yaml", "helm/values/prod/web.yaml", "helm/charts/web/values-local.yaml", "helm/values/api.yml",
        "helm/values/common.yaml", "helm/values/test.yaml", "helm/values/mail.yaml", "values/web.yaml",
    )  # fmt: skip
    assert values(repository, files) == {
        "helm/charts/web@prod": ["helm/values/web.yaml", "helm/values/prod/web.yaml"],
        "helm/charts/web@local": ["helm/values/web.yaml", "helm/charts/web/values-local.yaml"],
        "helm/charts/api@": ["helm/values/api.yml"],
    }
    assert values(repository, charts | {"helm/values/web.yaml": CM}) == {}
    named = json.dumps(APPLICATION).replace("environments/prod/values.yaml", "helm/values/web.yaml")
    assert values(repository, charts | plain("helm/values/web.yaml") | {"a.yaml": named}) == {}


@pytest.mark.parametrize(
    "files",
    [
        {**plain("environments/prod/values.yaml", "values-prod.yaml"), "b/api/Chart.yaml": CHART},
        {**plain("environments/prod/web.yaml"), "b/web/Chart.yaml": CHART},
        plain("environments/prod/redis.yaml", "values-redis-prod.yaml", "environments/prod/redis/values.yaml"),
        {"environments/prod/values.yaml": CM},
        {**plain("environments/prod/values.yaml"), "environments/prod/kustomization.yaml": "{}"},
    ],
    ids=["two charts", "two of one name", "another name", "objects", "something else is built there"],
)
def test_whose_they_are_is_not_guessed(repository: Repository, files: Files) -> None:
    assert values(repository, {"charts/web/Chart.yaml": CHART, **files}) == {}


APPLICATION = {
    "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"},
    "spec": {"sources": [
        {"repoURL": "https://charts.example", "chart": "redis", "targetRevision": "1.0.0",
         "helm": {"valueFiles": ["$here/environments/prod/values.yaml"]}},
        {"repoURL": HERE, "ref": "here"},
    ]},
}  # fmt: skip
RIVALS = {"charts/web/Chart.yaml": CHART, **plain("environments/prod/values.yaml", "environments/dev/values.yaml")}


def test_what_something_else_names_is_not_taken(repository: Repository) -> None:
    assert len(values(repository, RIVALS)) == 2
    assert values(repository, RIVALS | {"a.yaml": json.dumps(APPLICATION)}) == {}
    rule = UnitRule("charts/other", values=("environments/prod/values.yaml",))
    files = RIVALS | {"charts/other/Chart.yaml": LIBRARY}
    assert len(values(repository, files)) == 2
    assert [*values(repository, files, Config(units=(rule,)))] == ["config:charts/other"]


def test_an_ignored_chart_is_no_other(repository: Repository) -> None:
    files = RIVALS | {"examples/Chart.yaml": CHART}
    assert values(repository, files) == {}
    assert len(values(repository, files, Config(ignore=("examples/",)))) == 2


def test_a_directory_of_too_many_is_none_of_environments(repository: Repository) -> None:
    many = (f"environments/prod-{number}/values.yaml" for number in range(MOST_ENVIRONMENTS + 1))
    assert values(repository, {"charts/web/Chart.yaml": CHART, **plain(*many)}) == {}


def effect(repository: Repository, files: Files, head: Files) -> Affected:
    index = Index(Store(None), repository, Config(), "", Home([HERE]))
    before, after = index.pair(*store(Path(repository.directory), [tree(files), tree(head)]))
    return affected(before, after, reader(Config()), everything=False)


def notes(repository: Repository, files: Files, change: Files) -> tuple[str, ...]:
    return effect(repository, files, files | change).notes


def test_what_belongs_to_nothing_is_named_where_a_unit_goes(repository: Repository) -> None:
    names = ("deploy/helm/web", "deploy/helm/mail", "deploy/charts/api")
    charts = {f"{name}/Chart.yaml": CHART for name in names}
    here = charts | plain(
        "deploy/helm/values/prod/web.yaml", "deploy/values/api/prod.yaml", "deploy/values/api/dev.yaml"
    )
    left = ("deploy/helm/values/prod/web.yaml", "deploy/values/api/prod.yaml")
    stray = plain("deploy/helm/values/prod/wbe.yaml", "deploy/values/api/README.md", "deploy/helm/values/README.md")
    found = effect(repository, here, {path: text for path, text in (here | stray).items() if path not in left})
    gone = {pair.base.key for pair in found.pairs if pair.base and not pair.head}
    assert gone == {"deploy/helm/web@prod", "deploy/charts/api@prod"}
    assert set(found.unmapped) == set(stray)


@pytest.mark.parametrize("path", ["environments/prod/values.yaml", "values-prod.yaml", "values/prod.yaml"])
def test_a_note_says_how_to_say_whose_they_are(repository: Repository, path: str) -> None:
    charts = dict.fromkeys(("charts/web/Chart.yaml", "charts/api/Chart.yaml"), CHART)
    (note,) = notes(repository, charts | plain(path), {path: "a: 2\n"})
    assert note == (
        f"{path} looks like values of the environment prod, and nothing here says of which chart (charts/api, charts/web): "
        f"an entry for each environment under `units` in .gatehouse.yaml does, as "
        f"`{{path: charts/api, environment: prod, values: [{path}]}}`."
    )


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("environments/prod/redis/values.yaml", "redis"),
        ("charts/redis/values-prod.yml", "redis"),
        ("environments/prod/redis-values.yaml", "redis"),
        ("k8s/ingress/prod.values.yaml", "ingress"),
        ("environments/prod/redis/values-extra.yaml", "redis"),
        ("environments/prod/values-extra.yaml", "extra"),
    ],
)
def test_no_chart_is_proposed_for_values_that_are_called_after_none(
    repository: Repository, path: str, name: str
) -> None:
    charts = dict.fromkeys(("charts/web/Chart.yaml", "charts/api/Chart.yaml"), CHART)
    (note,) = notes(repository, charts | plain(path), {path: "a: 2\n"})
    assert note == (
        f"{path} looks like values of the environment prod, and no chart here is called {name}: if a chart that lies here "
        "(charts/api, charts/web) is installed with it, an entry under `units` in .gatehouse.yaml says so."
    )


@pytest.mark.parametrize("file", ["values-prod.yaml", "prod/values-more.yaml"])
@pytest.mark.parametrize("directory", ["charts/web", "b/web"])
def test_the_chart_that_values_are_called_after_is_proposed(repository: Repository, directory: str, file: str) -> None:
    charts = {f"{name}/Chart.yaml": CHART for name in ("charts/api", "charts/mail", directory)}
    path = f"charts/some/web/{file}"
    (note,) = notes(repository, charts | plain(path), {path: "a: 2\n"})
    assert f"says of which chart ({directory})" in note and f"{{path: {directory}, environment: prod" in note


def test_no_note_where_there_is_no_chart_or_no_environment(repository: Repository) -> None:
    assert notes(repository, {}, plain("environments/prod/values.yaml")) == ()
    charts = dict.fromkeys(("charts/web/Chart.yaml", "charts/api/Chart.yaml"), CHART)
    assert notes(repository, charts, plain("values-eu.yaml", "config/prod.yaml", "environments/prod/notes.yaml")) == ()
