"""Law: an index that was moved along any differences says what one says that was read from scratch."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import profile
from repositories import HERE, Tree, histories, put, store

from bot.affected.edges import Edge
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.rules import Reader, reader
from bot.affected.shared_name import shared_name
from bot.affected.store import Store
from bot.affected.units import all_units
from bot.affected.values_around import MOST_ENVIRONMENTS
from bot.affected.view import View
from bot.config.schema import Config, UnitRule
from bot.git.repository import Repository
from bot.model.codec import dump_unit
from bot.model.snapshot import FILE, SYMLINK
from bot.model.unit import Unit

CONFIG = Config(units=(UnitRule("infra", app="infra"), UnitRule("charts/web", environment="prod")))
SAYING_MORE = Config(
    units=(UnitRule("apps/web/base", app="x"), UnitRule("apps/web/overlays/dev", root=False), UnitRule("", root=False)),
    ignore=("shared/", "**/prod/"),
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("law") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


def index(repository: Repository, kept: Store, config: Config) -> Index:
    return Index(kept, repository, config, "config", Home([HERE]))


def said(view: View, rules: Reader) -> dict[str, Any]:
    """Everything that a view answers, in a form that can be compared."""
    entries = list(view.walk(""))
    folders = sorted({"", *view.directories("")})
    edges = set(all_edges(view))
    targets = sorted({e.target for e in edges} | {e.path for e in entries})
    names = {name for e in entries for name in view.facts(e).names}
    return {
        "entries": entries,
        "one by one": [view.entry(e.path) for e in entries],
        "folders": folders,
        "children": [view.children(d) for d in folders],
        "directories": [view.directories(d) for d in folders],
        "is_dir": [view.is_dir(t) for t in targets],
        "edges": edges,
        "into": [set(view.into(t)) for t in targets],
        "below": [set(view.below(t)) for t in folders],
        "out_of": {s: set(view.out_of(s)) for s in {e.source for e in edges}},
        "of_scope": {s: set(view.of_scope(s)) for s in {e.scope for e in edges}},
        "units": sorted({dump_unit(whole(view, u)) for u in view.units()}),
        "kustomizations": view.kustomizations(),
        "of_app": {
            app: sorted(view.of_app(app, rules.namer, 10_000))
            for app in {shared_name(u.app, u.environment, rules.namer) for u in all_units(view, rules, everything=True)}
        },
        "all": [dump_unit(whole(view, u)) for u in all_units(view, rules, everything=True)],
        "roots": [dump_unit(whole(view, u)) for u in all_units(view, rules, everything=False)],
        "named": {name: view.named(*name) for name in names},
        "links": {link: view.links().way(link) for link in view.links()},
        "facts": [view.facts(e).dump() for e in entries],
    }


def whole(view: View, unit: Unit) -> Unit:
    """With its parts, which the index does not keep for all."""
    return unit if unit.parts else view.unit(unit.key) or unit


def all_edges(view: View) -> Iterator[Edge]:
    stored = view._store._db.execute("SELECT DISTINCT scope FROM edges").fetchall()
    for scope in {row[0].decode(errors="surrogateescape") for row in stored} | view.replaced:
        yield from view.of_scope(scope)


def differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    wrong: dict[str, Any] = {}
    for key, value in expected.items():
        if found[key] != value:
            wrong[key] = (found[key], value)
            if isinstance(value, set):
                wrong[key] = ("too much", found[key] - value, "too little", value - found[key])
    return wrong


def check(repository: Repository, trees: list[Tree], order: list[int], config: Config = CONFIG) -> None:
    ids = store(Path(repository.directory), trees)
    rules = reader(config)
    fresh = [said(index(repository, Store(None), config).at(tree), rules) for tree in ids]
    kept = Store(None)
    moved = index(repository, kept, config)
    for at in order:
        assert differences(said(moved.at(ids[at]), rules), fresh[at]) == {}, f"moved to {at}"
    for base, head in pairwise(order):
        before, after = moved.pair(ids[base], ids[head])
        assert differences(said(before, rules), fresh[base]) == {}, f"base {base} of {head}"
        assert differences(said(after, rules), fresh[head]) == {}, f"head {head} of {base}"
    assert kept.state()[0] == ids[order[-2] if len(order) > 1 else order[0]]


@profile(quick=25, long=5000)
@given(histories(), st.permutations(range(4)))
def test_a_moved_index_is_a_fresh_one(repository: Repository, trees: list[Tree], order: list[int]) -> None:
    check(repository, trees, order)


@profile(quick=15, long=5000)
@given(histories(), st.permutations(range(4)))
def test_whatever_the_configuration_says(repository: Repository, trees: list[Tree], order: list[int]) -> None:
    check(repository, trees, order, SAYING_MORE)


APPLICATION = (
    '{"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, '
    f'"spec": {{"source": {{"repoURL": "{HERE}", "path": "app"}}}}}}'
)
SET = (
    '{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "s"}, "spec": {"generators": '
    f'[{{"git": {{"repoURL": "{HERE}", "directories": [{{"path": "teams/*"}}]}}}}], "template": {{"metadata": '
    f'{{"name": "{{{{path.basename}}}}"}}, "spec": {{"source": {{"repoURL": "{HERE}", "path": "{{{{path}}}}"}}}}}}}}}}'
)
FLEET = (
    '{"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "s"}, "spec": {"generators": '
    '[{"clusters": {"selector": {"matchLabels": {"a": "b"}}}}], "template": {"metadata": {"name": "{{name}}"}, "spec": '
    f'{{"source": {{"repoURL": "{HERE}", "path": "examples/web"}}}}}}}}}}'
)
LISTED = FLEET.replace('"clusters": {"selector": {"matchLabels": {"a": "b"}}}', '"list": {"elements": [{"name": "x"}]}')
CM = '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}'
A = '{"resources": ["a.yaml"]}'
PLUGIN = '{"apiVersion": "builtin", "kind": "ConfigMapGenerator", "metadata": {"name": "p"}, "files": ["in.txt"]}'
PATCH = (
    '{"resources": [], "patches": [{"patch": "[{kind: HelmRelease, op: replace, path: /spec/path, value: later}]"}]}'
)
CHART = '{"apiVersion": "v2", "name": "c", "version": "1.0.0", "dependencies": [{"name": "l", "repository": "file://../l"}]}'
BARE = '{"apiVersion": "v2", "name": "c", "version": "1.0.0"}'
Files = dict[str, str]
TRAPS: dict[str, tuple[Files, Files]] = {
    "an ApplicationSet that generates nothing, and the first directory": ({"s.yaml": SET}, {"teams/a/x.yaml": CM}),
    "a fleet that begins to deploy a directory": ({"examples/web/a.yaml": CM, "s.yaml": CM}, {"s.yaml": FLEET}),
    "a fleet whose clusters are known from now on": ({"examples/web/a.yaml": CM, "s.yaml": FLEET}, {"s.yaml": LISTED}),
    "a fleet whose directory becomes a chart": (
        {"examples/web/a.yaml": CM, "s.yaml": FLEET}, {"examples/web/Chart.yaml": CHART},
    ),
    "a fleet whose directory becomes a kustomization": (
        {"examples/web/a.yaml": CM, "s.yaml": FLEET}, {"examples/web/kustomization.yaml": A},
    ),
    "a fleet whose chart gets a dependency": (
        {"examples/web/Chart.yaml": CHART.partition(", ")[0] + "}", "examples/l/Chart.yaml": CHART, "s.yaml": FLEET},
        {"examples/web/Chart.yaml": CHART},
    ),
    "a chart around a declaration": ({"d/a.yaml": APPLICATION, "app/x.yaml": CM}, {"d/Chart.yaml": CHART}),
    "a file among templates that is called like a kustomization and says nothing": (
        {"c/Chart.yaml": CHART, "c/templates/kustomization.yaml": '{"resources": []}'}, {"c/x.yaml": CM},
    ),
    "the same, which comes": ({"c/Chart.yaml": CHART}, {"c/templates/kustomization.yaml": '{"resources": []}'}),
    "a chart of which a declaration becomes a template": (
        {"d/templates/a.yaml": APPLICATION, "app/x.yaml": CM}, {"d/Chart.yaml": CHART},
    ),
    "a kustomization that takes a declaration from the data of a chart": (
        {"d/files/a.yaml": APPLICATION, "app/x.yaml": CM, "d/Chart.yaml": CHART},
        {"k/kustomization.yaml": '{"resources": ["../d/files/a.yaml"]}'},
    ),
    "a chart around its Application, and what it depends on": (
        {"app/a.yaml": APPLICATION, "app/Chart.yaml": CHART, "l/x.yaml": CM},
        {"l/Chart.yaml": CHART.replace("../l", "../m")},
    ),
    "a chart around its Application that depends on something else": (
        {"app/a.yaml": APPLICATION, "app/Chart.yaml": CHART, "l/Chart.yaml": CHART.replace("../l", "../m")},
        {"app/Chart.yaml": CHART.replace("../l", "../m")},
    ),
    "an Application of a chart whose dependency depends on something else": (
        {"d.yaml": APPLICATION, "app/Chart.yaml": CHART, "l/Chart.yaml": CHART},
        {"l/Chart.yaml": CHART.replace("../l", "../m")},
    ),
    "a declaration that becomes a patch": (
        {"d/a.yaml": APPLICATION, "d/kustomization.yaml": A},
        {"d/kustomization.yaml": '{"patches": [{"path": "a.yaml"}]}'},
    ),
    "a kustomization above plain manifests, by a symlink that turns": (
        {"plain/a.yaml": CM, "kustomization.yaml": "link:nowhere", "k": A}, {"kustomization.yaml": "link:k"},
    ),
    "a kustomization above plain manifests, behind a symlink": (
        {"plain/a.yaml": CM, "kustomization.yaml": "link:k"}, {"k": A},
    ),
    "a reader of all plain manifests": (
        {"plain/a.yaml": CM, "b.yaml": CM},
        {"d.yaml": APPLICATION.replace('"path": "app"', '"path": ".", "directory": {"recurse": true}')},
    ),
    "a plugin directory that leads through symlinks to nothing": (
        {"app/kustomization.yaml": '{"generators": ["gen"]}', "app/gen/kustomization.yaml": "link:one",
         "app/gen/one": "link:../two", "app/gen/p.yaml": PLUGIN},
        {"app/two": '{"resources": ["p.yaml"]}'},
    ),
    "a plugin configuration behind another that comes": (
        {"app/kustomization.yaml": '{"generators": ["gen"]}', "app/gen/kustomization.yaml": '{"resources": ["p.yaml"]}'},
        {"app/gen/p.yaml": PLUGIN},
    ),
    "a kustomization that cannot be read, and what it may mean": (
        {"app/kustomization.yaml": "resources: [my file.yaml, ../later\n"}, {"later/a.yaml": CM, "app/my file.yaml": CM},
    ),
    "a patch that may name a directory": ({"app/kustomization.yaml": PATCH}, {"later/a.yaml": CM}),
    "a dependency of a chart, that was read already": (
        {"charts/c/Chart.yaml": CHART, "charts/l/Chart.yaml": CHART.replace("../l", "../m")},
        {"charts/c/values-dev.yaml": "a: 1"},
    ),
    "a values file behind a symlink": (
        {"charts/c/Chart.yaml": CHART, "charts/c/values-dev.yaml": "link:../v.yaml"}, {"charts/v.yaml": "a: 1"},
    ),
    "a directory that becomes a symlink": (
        {"s.yaml": SET, "teams/a/x.yaml": CM, "real/x.yaml": CM}, {"teams/a": "link:../real"},
    ),
    "a file that is set apart, and what it makes of another": (
        {"k8s/test.yaml": CM, "k8s/a.yaml": CM}, {"k8s/prod.yaml": CM},
    ),
    "a file that is set apart without being a manifest": ({"k8s/prod.yaml": CM, "k8s/a.yaml": CM}, {"k8s/prod.yaml": "a"}),
    "values beside the directory of a chart": ({"web/chart/Chart.yaml": CHART}, {"web/values-dev.yaml": "a: 1"}),
    "values below a directory beside a chart at the top": ({"chart/Chart.yaml": CHART}, {"env/dev/image.yaml": "a: 1"}),
    "values in a directory of the chart's name": (
        {"charts/c/Chart.yaml": CHART, "values/c/dev.yaml": CM}, {"values/c/dev.yaml": "a: 1", "values/c/qa.yaml": "a: 1"},
    ),
    "a region below the values of an environment": (
        {"c/Chart.yaml": CHART, "c/env/dev/values.yaml": "a: 1"}, {"c/env/dev/eu/values.yaml": "a: 1"},
    ),
    "a chart among the values of an environment": (
        {"c/Chart.yaml": CHART, "c/env/dev/values.yaml": "a: 1"}, {"c/env/dev/kustomization.yaml": "link:nowhere"},
    ),
    "values around the only chart": ({"charts/c/Chart.yaml": BARE}, {"environments/dev/values.yaml": "a: 1", "dev": "x"}),
    "values around a chart that are objects, and cease to be": (
        {"charts/c/Chart.yaml": BARE, "deploy/values-dev.yaml": CM}, {"deploy/values-dev.yaml": "a: 1"},
    ),
    "another chart beside the only one": (
        {"charts/c/Chart.yaml": BARE, "environments/dev/values.yaml": "a: 1"}, {"other/d/Chart.yaml": BARE},
    ),
    "another chart that becomes a library": (
        {"charts/c/Chart.yaml": BARE, "environments/dev/values.yaml": "a: 1", "d/Chart.yaml": BARE},
        {"d/Chart.yaml": BARE.replace("}", ', "type": "library"}')},
    ),
    "another chart that becomes a dependency": (
        {"charts/c/Chart.yaml": BARE, "environments/dev/values.yaml": "a: 1", "charts/l/Chart.yaml": BARE},
        {"charts/c/Chart.yaml": CHART},
    ),
    "a chart of the same name, and one that makes it a part": (
        {"charts/c/Chart.yaml": BARE, "charts/d/Chart.yaml": BARE, "e/charts/c/Chart.yaml": BARE,
         "environments/dev/c.yaml": "a: 1"},
        {"e/Chart.yaml": BARE},
    ),
    "values of a name that is one of several": (
        {"charts/c/Chart.yaml": BARE, "charts/d/Chart.yaml": BARE},
        {"environments/dev/c.yaml": "a: 1", "environments/d/qa.yaml": "a: 1", "env/qa/c/values.yaml": "a: 1"},
    ),
    "a kustomization among values around charts": (
        {"charts/c/Chart.yaml": BARE, "charts/d/Chart.yaml": BARE, "environments/dev/c.yaml": "a: 1",
         "environments/dev/d/values.yaml": "a: 1"},
        {"environments/dev/kustomization.yaml": '{"resources": []}',
         "environments/dev/d/kustomization.yaml": '{"resources": []}'},
    ),
    "a kustomization that comes to read the values of the only chart": (
        {"charts/c/Chart.yaml": BARE, "environments/dev/values.yaml": "a: 1", "k/kustomization.yaml": A, "k/a.yaml": CM},
        {"k/kustomization.yaml": '{"configMapGenerator": [{"name": "v", "files": ["../environments/dev/values.yaml"]}]}'},
    ),
    "an Application that comes to read the values of the only chart": (
        {"charts/c/Chart.yaml": BARE, "environments/dev/values.yaml": "a: 1"},
        {"d.yaml": APPLICATION.replace('"path": "app"', '"path": "environments/dev"')},
    ),
    "a set that looks at the values of the only chart": (
        {"charts/c/Chart.yaml": BARE, "environments/dev/values.yaml": "a: 1"},
        {"s.yaml": SET.replace('"directories": [{"path": "teams/*"}]', '"files": [{"path": "environments/*/values.yaml"}]')},
    ),
    "values around a chart that has some of its own": (
        {"charts/c/Chart.yaml": BARE, "charts/c/values-dev.yaml": "a: 1", "charts/d/Chart.yaml": BARE},
        {"environments/dev/c.yaml": "a: 1", "environments/qa/c/values.yaml": "a: 1", "values/c/prod.yaml": "a: 1"},
    ),
    "another chart beside the only one that has values of its own": (
        {"charts/c/Chart.yaml": BARE, "charts/c/values-dev.yaml": "a: 1", "environments/qa/values.yaml": "a: 1"},
        {"other/d/Chart.yaml": BARE},
    ),
    "values that are called like a chart beside": (
        {"charts/c/Chart.yaml": BARE, "charts/d/Chart.yaml": BARE, "values/d.yaml": CM},
        {"values/c.yaml": "a: 1", "values/d.yaml": "a: 1"},
    ),
    "an Application that comes to read values that are called like a chart": (
        {"charts/c/Chart.yaml": BARE, "values/c.yaml": "a: 1"},
        {"d.yaml": APPLICATION.replace('"path": "app"', '"path": "values"')},
    ),
    "directories of environments that become too many": (
        {"charts/c/Chart.yaml": BARE, "charts/d/Chart.yaml": BARE, "environments/dev/c.yaml": "a: 1"}
        | {f"environments/d{number}/x": "x" for number in range(MOST_ENVIRONMENTS - 1)},
        {"environments/e/x": "x"},
    ),
    "a directory of an environment that begins like another one": (
        {"charts/c/Chart.yaml": BARE, "environments/dev-eu/values.yaml": "a: 1", "environments/dev/eu/values.yaml": "a: 1",
         "environments/dev/values.yaml": "a: 1", "environments/dev-eu/eu/values.yaml": "a: 1"},
        {"environments/dev.eu/values.yaml": "a: 1"},
    ),
    "an Application that leaves out what it took": (
        {"app/a.yaml": CM, "app/b.yaml": CM, "app/c/d.yaml": CM, "d.yaml": APPLICATION},
        {"d.yaml": APPLICATION.replace('"path": "app"', '"path": "app", "directory": {"include": "a*"}')},
    ),
    "an Application that searches below": (
        {"app/a.yaml": CM, "app/c/d.yaml": CM, "d.yaml": APPLICATION},
        {"d.yaml": APPLICATION.replace('"path": "app"', '"path": "app", "directory": {"recurse": true}')},
    ),
    "a chart around what is called like a kustomization": (
        {"c/templates/kustomization.yaml": "{{ broken", "k/kustomization.yaml": '{"resources": ["../c/templates"]}',
         "d.yaml": APPLICATION.replace('"app"', '"c/templates"'), "c/templates/a.yaml": CM}, {"c/Chart.yaml": CHART},
    ),
    "a template of a chart that becomes a kustomization": (
        {"c/Chart.yaml": CHART, "c/templates/a.yaml": CM,
         "c/templates/kustomization.yaml": '{"kind": "Kustomization", "spec": {"path": "a"}}'},
        {"c/templates/kustomization.yaml": A},
    ),
    "a symlink that a kustomization lists, and that turns to a declaration": (
        {"k/kustomization.yaml": '{"resources": ["../shared"]}', "shared": "link:base", "base/kustomization.yaml": A,
         "base/a.yaml": CM, "d/a.yaml": APPLICATION, "app/x.yaml": CM},
        {"shared": "link:d/a.yaml"},
    ),
    "a symlink to a template of a chart": (
        {"c/Chart.yaml": CHART, "c/templates/kustomization.yaml": "link:../../k", "k": "{{ broken"}, {"k": A},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_traps(repository: Repository, name: str) -> None:
    files, change = TRAPS[name]
    base: Tree = {}
    for path, text in files.items():
        write(base, path, text)
    head = dict(base)
    for path, text in change.items():
        write(head, path, text)
    check(repository, [base, head], [0, 1, 0, 1])


def write(tree: Tree, path: str, text: str) -> None:
    put(tree, path, text.removeprefix("link:"), SYMLINK if text.startswith("link:") else FILE)
