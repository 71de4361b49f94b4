"""What ``units:`` and ``ignore:`` of the configuration say: one unit for a path, and none where there is none."""

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
from bot.affected.store import Store
from bot.affected.tally import Tally, tally
from bot.affected.units import all_units
from bot.affected.view import View
from bot.config.load import load
from bot.git.repository import Repository
from bot.model.unit import HelmRender, KustomizeRender, PlainRender, Unit

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
OWN = "resources: [a.yaml]\n"
CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
Files = dict[str, str]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("configured") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


def index(repository: Repository, said: str) -> Index:
    return Index(Store(None), repository, load(said.encode(), name="it"), said, Home([HERE]))


def listed(repository: Repository, files: Files, said: str, *, everything: bool = False) -> list[Unit]:
    found = index(repository, said)
    view = found.at(store(Path(repository.directory), [tree(files)])[0])
    units = all_units(view, found.rules, everything=everything)
    if not everything and not view.links():  # a symlink to an overlay is not counted
        assert view.deployed() == len(units)
    return [_whole(view, unit) for unit in units]


def _whole(view: View, unit: Unit) -> Unit:
    return unit if unit.parts else view.unit(unit.key) or unit


def change(
    repository: Repository, files: Files, after: Files, said: str, *, everything: bool = False
) -> tuple[Affected, Tally]:
    base, head = store(Path(repository.directory), [tree(files), tree({**files, **after})])
    found = index(repository, said)
    sides = found.pair(base, head)
    reached = affected(*sides, found.rules, everything=everything)
    counted = tally(*sides, reached)
    assert counted.deployed == index(repository, said).at(head).deployed()
    return reached, counted


def keys(units: list[Unit]) -> list[str]:
    return [unit.key for unit in units]


def application(path: str, name: str = "web", **source: object) -> str:
    return json.dumps(
        {
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
            "spec": {"source": {"repoURL": HERE, "path": path, **source}, "destination": {"namespace": "n"}},
        }
    )  # fmt: skip


# -- root: false


NO_ROOT: dict[str, tuple[Files, str, list[str]]] = {
    "a kustomization": ({"t/kustomization.yaml": OWN, "t/a.yaml": CM, "u/kustomization.yaml": OWN}, "t", ["u"]),
    "a kustomization at the top": ({"kustomization.yaml": OWN, "a.yaml": CM, "u/kustomization.yaml": OWN}, ".", ["u"]),
    "a directory of manifests": ({"t/a.yaml": CM, "t/b.yaml": CM, "u/a.yaml": CM}, "t", ["u/*"]),
    "a directory of which each file is one": ({"t/dev.yaml": CM, "t/prod.yaml": CM, "u/a.yaml": CM}, "t", ["u/*"]),
    "a file that is one": ({"t/dev.yaml": CM, "t/prod.yaml": CM}, "t/dev.yaml", ["t/prod.yaml"]),
    "a file of a directory": ({"t/a.yaml": CM, "t/b.yaml": CM}, "t/a.yaml", ["t/*"]),
    "a chart": ({"t/Chart.yaml": CHART, "t/values-dev.yaml": "a: 1", "u/Chart.yaml": CHART}, "t", ["u@"]),
    "a symlink to an overlay": (
        {"w/overlays/eu/kustomization.yaml": OWN, "w/overlays/us": "link:eu"}, "w/overlays/us", ["w/overlays/eu"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_ROOT)
def test_what_is_no_unit_by_itself(name: str, repository: Repository) -> None:
    files, path, left = NO_ROOT[name]
    assert len(listed(repository, files, "")) > len(left) or name == "a file of a directory"
    assert keys(listed(repository, files, f"units: [{{path: {path}, root: false}}]")) == left


SKELETON: Files = {
    "t/kustomization.yaml": "resources: [a.yaml, ../base]\n", "t/a.yaml": CM,
    "base/kustomization.yaml": OWN, "base/a.yaml": CM,
    "app/kustomization.yaml": OWN, "app/a.yaml": CM,
}  # fmt: skip
NO_SKELETON = "units: [{path: t, root: false, app: skeleton, environment: dev, restrict: false, enable_helm: true}]"


def test_a_template_is_shown_among_all_units_with_what_is_said_of_it(repository: Repository) -> None:
    assert keys(listed(repository, SKELETON, NO_SKELETON)) == ["app"]
    units = listed(repository, SKELETON, NO_SKELETON, everything=True)
    assert [(unit.key, unit.root) for unit in units] == [("app", True), ("base", False), ("t", False)]
    assert (units[2].app, units[2].environment) == ("skeleton", "dev")
    assert units[2].parts == (KustomizeRender("t", restrict=False, enable_helm=True),)


@pytest.mark.parametrize("path", ["t/a.yaml", "t/kustomization.yaml", "base/a.yaml"])
def test_a_change_of_a_template_is_unmapped(path: str, repository: Repository) -> None:
    """Also of what only the template builds on: that it is deployed, nothing says."""
    after = {path: SKELETON[path] + "# changed\n"}
    found, counted = change(repository, SKELETON, after, NO_SKELETON)
    assert (found.pairs, found.unmapped, counted) == ((), (path,), (1, 1))
    found, _ = change(repository, SKELETON, after, NO_SKELETON, everything=True)
    assert "t" in [pair.unit.key for pair in found.pairs]
    assert not any(pair.unit.root for pair in found.pairs)
    assert found.unmapped == ()


def test_a_template_that_an_overlay_takes_is_mapped(repository: Repository) -> None:
    files = {**SKELETON, "app/kustomization.yaml": "resources: [../t]\n"}
    found, counted = change(repository, files, {"t/a.yaml": CM + "data: {a: b}\n"}, NO_SKELETON)
    assert ([pair.unit.key for pair in found.pairs], found.unmapped, counted) == (["app"], (), (1, 0))


def test_an_object_deploys_its_path_whatever_is_said_of_the_path(repository: Repository) -> None:
    files = {**SKELETON, "hack/web.yaml": application("t")}
    assert keys(listed(repository, files, NO_SKELETON)) == ["app", "hack/web.yaml#Application//web"]


def test_what_others_build_on_may_be_a_unit_as_well(repository: Repository) -> None:
    for said in ("units: [{path: base, root: true}]", "units: [{path: base}]"):
        assert keys(listed(repository, SKELETON, said)) == ["app", "config:base", "t"]
        assert keys(listed(repository, SKELETON, said, everything=True)) == ["app", "config:base", "t"]
        found, counted = change(repository, SKELETON, {"base/a.yaml": CM + "data: {a: b}\n"}, said)
        assert ([pair.unit.key for pair in found.pairs], counted) == (["config:base", "t"], (3, 1))


# -- ignore


IGNORED: dict[str, tuple[Files, str, list[str]]] = {
    "a kustomization": ({"docs/x/kustomization.yaml": OWN, "app/kustomization.yaml": OWN}, "docs/", ["app"]),
    "a chart": ({"docs/Chart.yaml": CHART, "docs/values-dev.yaml": "a: 1", "app/Chart.yaml": CHART}, "docs/", ["app@"]),
    "manifests": ({"site/a.yaml": CM, "app/a.yaml": CM}, "site/", ["app/*"]),
    "only a directory's own path": ({"t/x/kustomization.yaml": OWN, "t/x/y/kustomization.yaml": OWN}, "t/*", ["t/x/y"]),
    "files that are not all of a kustomization": ({"app/kustomization.yaml": OWN, "app/a.yaml": CM}, "**/a.yaml", ["app"]),
    "a symlink to an overlay": (
        {"w/overlays/eu/kustomization.yaml": OWN, "w/overlays/us": "link:eu"}, "w/overlays/us/", ["w/overlays/eu"],
    ),
    "what builds on what is deployed": (
        {"test/kustomization.yaml": "resources: [../app]\n", "app/kustomization.yaml": OWN}, "test/", ["app"],
    ),
    "what builds on what builds on what is deployed": (
        {"test/kustomization.yaml": "resources: [base]\n", "test/base/kustomization.yaml": "resources: [../../app]\n",
         "app/kustomization.yaml": "resources: [../shared]\n", "shared/kustomization.yaml": OWN}, "test/", ["app"],
    ),
    "what takes files that are deployed": (
        {"test/kustomization.yaml": "resources: [../app/a.yaml]\n", "app/a.yaml": CM}, "test/", ["app/*"],
    ),
    "what takes an Application": (
        {"test/kustomization.yaml": "resources: [../hack/web.yaml]\n", "hack/web.yaml": application("app"),
         "app/a.yaml": CM}, "test/", ["hack/web.yaml#Application//web"],
    ),
    "an Application": ({"hack/web.yaml": application("app"), "app/a.yaml": CM}, "hack/", ["app/*"]),
    "what an Application deploys": (
        {"hack/web.yaml": application("app"), "app/kustomization.yaml": OWN}, "app/", ["hack/web.yaml#Application//web"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", IGNORED)
def test_what_is_ignored_is_no_unit(name: str, repository: Repository) -> None:
    files, pattern, left = IGNORED[name]
    assert keys(listed(repository, files, f"ignore: ['{pattern}']")) == left


def test_not_even_among_all_units(repository: Repository) -> None:
    files = {"docs/x/kustomization.yaml": "resources: [../y]\n", "docs/y/kustomization.yaml": OWN}
    assert listed(repository, files, "ignore: [docs/]", everything=True) == []
    found, counted = change(repository, files, {"docs/y/a.yaml": CM}, "ignore: [docs/]", everything=True)
    assert (found.pairs, found.unmapped, counted) == ((), (), (0, 0))


READ: dict[str, tuple[Files, str, str]] = {
    "a file that a generator reads": (
        {"app/kustomization.yaml": "configMapGenerator: [{name: c, files: [README.md]}]\n", "app/README.md": "a"},
        "**/*.md", "app/README.md",
    ),
    "a base": (
        {"app/kustomization.yaml": "resources: [../vendor/x]\n", "vendor/x/kustomization.yaml": OWN, "vendor/x/a.yaml": CM},
        "vendor/", "vendor/x/a.yaml",
    ),
    "a base of a base": (
        {"app/kustomization.yaml": "resources: [../vendor/x]\n", "vendor/x/kustomization.yaml": "resources: [../y]\n",
         "vendor/y/kustomization.yaml": OWN, "vendor/y/a.yaml": CM}, "vendor/", "vendor/y/a.yaml",
    ),
    "a component": (
        {"app/kustomization.yaml": "components: [../vendor/x]\n",
         "vendor/x/kustomization.yaml": "kind: Component\nresources: [a.yaml]\n", "vendor/x/a.yaml": CM},
        "vendor/", "vendor/x/a.yaml",
    ),
    "a base outside that only an ignored base takes": (
        {"app/kustomization.yaml": "resources: [../vendor/x]\n", "c.yaml": "just: text\n",
         "vendor/x/kustomization.yaml": "resources: [../../c.yaml]\n"}, "vendor/", "c.yaml",
    ),
    "a chart that is inflated": (
        {"app/kustomization.yaml": "helmGlobals: {chartHome: ../vendor}\nhelmCharts: [{name: web}]\n",
         "vendor/web/Chart.yaml": CHART, "vendor/web/values.yaml": "a: 1"}, "vendor/", "vendor/web/values.yaml",
    ),
    "a chart of an Application": (
        {"hack/web.yaml": application("vendor/web"), "vendor/web/Chart.yaml": CHART, "vendor/web/values.yaml": "a: 1"},
        "vendor/", "vendor/web/values.yaml",
    ),
    "values outside of a chart": (
        {"hack/web.yaml": application("charts/web", helm={"valueFiles": ["/docs/values.yaml"]}),
         "charts/web/Chart.yaml": CHART, "docs/values.yaml": "a: 1"}, "docs/", "docs/values.yaml",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_what_is_ignored_reaches_the_unit_that_reads_it(name: str, repository: Repository) -> None:
    files, pattern, path = READ[name]
    found, counted = change(repository, files, {path: files[path] + "\n# changed\n"}, f"ignore: ['{pattern}']")
    reached = {pair.unit.key for pair in found.pairs}
    assert reached <= {"app", "hack/web.yaml#Application//web"}
    assert reached
    assert (found.unmapped, counted) == ((), (1, 0))


def test_what_an_ignored_base_declares_is_asked_of_the_overlay(repository: Repository) -> None:
    """The chart that an ignored HelmRelease deploys leads to the host whose output shows it."""
    files = {
        "app/kustomization.yaml": "resources: [../vendor/x]\n",
        "vendor/x/kustomization.yaml": "resources: [r.yaml]\n",
        "vendor/x/r.yaml": application("charts/web"),
        "charts/web/Chart.yaml": CHART,
        "charts/web/values.yaml": "a: 1",
    }
    found, _ = change(repository, files, {"charts/web/values.yaml": "a: 2"}, "ignore: [vendor/]")
    assert "t:vendor/x/r.yaml#Application//web" in found.after.hops


# -- one unit for a path


ONE: dict[str, tuple[Files, str, dict[str, list[str]]]] = {
    "a kustomization": ({"a/kustomization.yaml": OWN}, "{path: a, app: x}", {"": ["config:a"], "all": ["config:a"]}),
    "a chart and all its environments": (
        {"a/Chart.yaml": CHART, "a/values-dev.yaml": "a: 1", "a/values-prod.yaml": "a: 1"},
        "{path: a, environment: dev, values: [a/values-dev.yaml]}", {"": ["config:a@dev"]},
    ),
    "manifests": ({"a/x.yaml": CM, "a/prod.yaml": CM}, "{path: a}", {"": ["config:a"]}),
    "one file of several": ({"a/x.yaml": CM, "a/y.yaml": CM}, "{path: a/x.yaml}", {"": ["a/*", "config:a/x.yaml"]}),
    "a kustomization that is said to be manifests": (
        {"a/kustomization.yaml": OWN, "a/a.yaml": CM}, "{path: a, renderer: plain}",
        {"": ["config:a"], "all": ["a", "config:a"]},
    ),
    "a chart beside a kustomization": (
        {"a/Chart.yaml": CHART, "a/kustomization.yaml": OWN}, "{path: a, renderer: kustomize}",
        {"": ["config:a"], "all": ["config:a"]},
    ),
    "manifests that are said to be a kustomization": (
        {"a/x.yaml": CM}, "{path: a, renderer: kustomize}", {"": ["config:a"]},
    ),
    "two releases of a chart in one environment": (
        {"a/Chart.yaml": CHART}, "{path: a, environment: dev, release: x}, {path: a, environment: dev, release: y}",
        {"": ["config:a@dev", "config:a@dev#2"]},
    ),
    "what an Application deploys": (
        {"a/kustomization.yaml": OWN, "hack/web.yaml": application("a")}, "{path: a, app: x}",
        {"": ["hack/web.yaml#Application//web"], "all": ["hack/web.yaml#Application//web"]},
    ),
    "what an Application deploys with more than the path": (
        {"a/kustomization.yaml": OWN, "hack/web.yaml": application("a", kustomize={"namePrefix": "x-"})},
        "{path: a, app: x, renderer: argocd}",
        {"": ["hack/web.yaml#Application//web"], "all": ["hack/web.yaml#Application//web", "a"]},
    ),
    "another render of what an Application deploys": (
        {"a/Chart.yaml": CHART, "b.yaml": "a: 1", "hack/web.yaml": application("a")}, "{path: a, values: [b.yaml]}",
        {"": ["hack/web.yaml#Application//web", "config:a"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ONE)
def test_one_unit_for_a_path(name: str, repository: Repository) -> None:
    files, entries, expected = ONE[name]
    for which, found in expected.items():
        units = listed(repository, files, f"units: [{entries}]", everything=which == "all")
        assert keys(units) == found


def test_what_is_said_of_a_declared_unit(repository: Repository) -> None:
    said = (
        "environments: [dev, {name: prod, aliases: [live]}]\n"
        "units: [{path: a, app: x, environment: live, restrict: false, enable_helm: true},"
        " {path: c, renderer: argocd, namespace: other}]"
    )
    files = {
        "a/kustomization.yaml": OWN, "hack/dev/a.yaml": application("a", "a"),
        "c/Chart.yaml": CHART, "hack/dev/c.yaml": application("c", "c"),
    }  # fmt: skip
    one, two = listed(repository, files, said)
    assert (one.app, one.environment, str(one.source)) == ("x", "prod", "Application a")
    assert one.parts == (KustomizeRender("a", restrict=False, enable_helm=True),)
    assert (two.app, two.environment) == ("c", "dev")
    (part,) = two.parts
    assert isinstance(part, HelmRender)
    assert part.namespace == "other"


def test_an_application_that_comes_takes_the_entry_over(repository: Repository) -> None:
    """The entry only describes what is declared, as soon as something is: an index that moves must see it."""
    files = {"a/kustomization.yaml": OWN, "a/a.yaml": CM}
    found, counted = change(repository, files, {"hack/web.yaml": application("a")}, "units: [{path: a, app: x}]")
    assert {pair.unit.key for pair in found.pairs if pair.head} == {"hack/web.yaml#Application//web"}
    assert counted.deployed == 1


@pytest.mark.parametrize("path", ["a", "a/a.yaml", "l"])
def test_a_unit_goes_with_its_path(path: str, repository: Repository) -> None:
    """Who takes something away breaks nothing, also where the configuration of the base still names it."""
    files = {"a/a.yaml": CM, "a/b/c.yaml": CM, "l": "link:a", "b/a.yaml": CM}
    base, head = store(Path(repository.directory), [tree(files), tree({"b/a.yaml": CM})])
    found = index(repository, f"units: [{{path: {path}}}]")
    for one, other in ((base, head), (head, base)):
        pairs = {pair.unit.key: pair for pair in affected(*found.pair(one, other), found.rules, everything=False).pairs}
        pair = pairs[f"config:{path}"]
        assert (pair.base is None, pair.head is None) == (one == head, other == head)


# -- every other key of an entry


SAID: dict[str, tuple[str, dict[str, object]]] = {
    "nothing": ("path: c", {"app": "web", "environment": "", "part": HelmRender("c", "web")}),
    "an alias": ("path: c, environment: live", {"environment": "prod", "part": HelmRender("c", "web", kube_version="1.30")}),
    "a chart's keys": (
        "path: c, app: x, values: [v.yaml, w.yaml], release: r, namespace: n",
        {"app": "x", "part": HelmRender("c", "r", "n", value_files=("v.yaml", "w.yaml"))},
    ),
    "manifests below": ("path: p, recurse: true, namespace: n", {"part": PlainRender("p", recurse=True, namespace="n")}),
    "a build's keys": (
        "path: k, restrict: false, enable_helm: true", {"part": KustomizeRender("k", restrict=False, enable_helm=True)},
    ),
    "a build like all": ("path: k", {"part": KustomizeRender("k")}),
    "a file": ("path: p/dev.yaml", {"environment": "dev", "part": PlainRender("p/dev.yaml")}),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_what_an_entry_says(name: str, repository: Repository) -> None:
    files = {
        "c/Chart.yaml": CHART, "v.yaml": "a: 1", "w.yaml": "a: 1", "p/a.yaml": CM, "p/b/c.yaml": CM, "p/dev.yaml": CM,
        "k/kustomization.yaml": OWN,
    }  # fmt: skip
    entry, expected = SAID[name]
    said = f"environments: [dev, {{name: prod, aliases: [live], kubernetes: '1.30'}}]\nunits: [{{{entry}}}]"
    (unit,) = (unit for unit in listed(repository, files, said) if unit.key.startswith("config:"))
    found = {"app": unit.app, "environment": unit.environment, "part": unit.parts[0]}
    assert found | expected == found


def test_a_key_that_says_nothing_of_what_is_there_is_told(repository: Repository) -> None:
    files = {"k/kustomization.yaml": OWN, "p/a.yaml": CM}
    said = "units: [{path: k, recurse: true}, {path: p, values: [p/a.yaml]}]"
    assert [unit.notes for unit in listed(repository, files, said)] == [
        ("`recurse` of this unit in .gatehouse.yaml says nothing with renderer kustomize, only with plain.",),
        ("`values` of this unit in .gatehouse.yaml says nothing with renderer plain, only with helm.",),
    ]


# -- keys beside units


def test_another_configuration_is_read_anew(repository: Repository) -> None:
    """The index on disk belongs to one configuration: another one, and the first again, say what a fresh index says."""
    at = store(Path(repository.directory), [tree(SKELETON)])[0]
    kept = Store(None)
    for said in ("", NO_SKELETON, "ignore: [t/]", "", "units: [{path: base}]"):
        found = Index(kept, repository, load(said.encode(), name="it"), said, Home([HERE]))
        units = all_units(found.at(at), found.rules, everything=True)
        assert units == listed(repository, SKELETON, said, everything=True)


def test_directories_of_plain_manifests_that_are_deployed(repository: Repository) -> None:
    files = {"docs/a.yaml": CM, "k/kustomization.yaml": OWN, "k/below/a.yaml": CM}
    assert keys(listed(repository, files, "")) == ["k"]
    assert keys(listed(repository, files, "plain: [docs/, k/below/]")) == ["docs/*", "k", "k/below/*"]


def test_options_of_every_render(repository: Repository) -> None:
    files = {
        "c/Chart.yaml": CHART,
        "k/kustomization.yaml": OWN,
        "hack/k.yaml": application("k2", "k"),
        "k2/Chart.yaml": CHART,
    }
    said = "render: {kube_version: '1.29', enable_helm: true, load_restrictor: None}\nunits: [{path: k}, {path: d/c}]"
    parts = [part for unit in listed(repository, {**files, "d/c/Chart.yaml": CHART}, said) for part in unit.parts]
    assert KustomizeRender("k", restrict=False, enable_helm=True) in parts
    assert [part.kube_version for part in parts if isinstance(part, HelmRender)] == ["1.29"] * 3
    (own,) = (unit.parts for unit in listed(repository, {"k/kustomization.yaml": OWN}, said.partition("units")[0]))
    assert own == (KustomizeRender("k", restrict=False, enable_helm=True),)


def test_names_of_environments_and_applications(repository: Repository) -> None:
    said = (
        "environments: [{name: blue, match: [a/x/]}, {name: green, match: [hack/]}]\n"
        "apps: [{name: shop, match: ['a/*']}]\n"
    )
    files = {
        "a/x/kustomization.yaml": OWN,
        "a/prod/kustomization.yaml": OWN,
        "hack/w.yaml": application("w"),
        "w/a.yaml": CM,
    }
    found = [(unit.path, unit.app, unit.environment) for unit in listed(repository, files, said)]
    assert found == [("a/prod", "shop", "prod"), ("a/x", "shop", "blue"), ("w", "web", "green")]


def test_which_repository_is_meant(repository: Repository) -> None:
    files = {"hack/w.yaml": application("w").replace(HERE, "https://example.org/a/else"), "w/kustomization.yaml": OWN}
    at = store(Path(repository.directory), [tree(files)])[0]
    for known, path in ((HERE, "hack"), ("https://example.org/a/else.git", "w")):
        found = Index(Store(None), repository, load(b"", name="it"), "", Home([known]))
        assert [unit.path for unit in found.at(at).units()] == [path]
