"""From changed paths to what they reach, and why; and the files that a render gets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import HERE, Tree, put, store

from bot.affected.closure import Closure, closure
from bot.affected.index import Index
from bot.affected.lookup import Home, ViewLookup
from bot.affected.reach import Hop, reach
from bot.affected.store import Store
from bot.affected.view import View
from bot.config.schema import Config
from bot.git.repository import Repository
from bot.model.snapshot import FILE, SUBMODULE, SYMLINK
from bot.model.unit import HelmRender, KustomizeRender, Mount, Overlay, PlainRender, Render

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec: {path: ./clusters/prod/shop, sourceRef: {kind: GitRepository, name: flux-system}}
"""
SOURCE = f"""apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: flux-system, namespace: flux-system}}
spec: {{url: {HERE}}}
"""
FILES = {
    "base/kustomization.yaml": "resources: [a.yaml, ../shared/b.yaml]\n",
    "base/a.yaml": CM,
    "base/README.md": "read me",
    "shared/b.yaml": CM,
    "link": "link:base",
    "apps/dev/kustomization.yaml": "resources: [../../base]\n",
    "apps/prod/kustomization.yaml": "resources: [../../link]\ncomponents: [../../extra]\n",
    "extra/kustomization.yaml": "kind: Component\npatches: [{path: p.yaml}]\n",
    "extra/p.yaml": CM,
    "top/kustomization.yaml": "resources: [../apps/prod]\n",
    "ring/a/kustomization.yaml": "resources: [../b]\n",
    "ring/b/kustomization.yaml": "resources: [../a, missing.yaml]\n",
    "clusters/prod/shop.yaml": FLUX,
    "clusters/prod/source.yaml": SOURCE,
    "clusters/prod/shop/x.yaml": CM,
    "clusters/prod/shop/more/y.yaml": CM,
    "charts/c/Chart.yaml": "name: c\nversion: 1.0.0\ndependencies: [{name: l, repository: 'file://../l'}]\n",
    "charts/c/values.yaml": "a: 1\n",
    "charts/c/values-prod.yaml": "a: 2\n",
    "charts/c/templates/link.yaml": "link:../../../shared/b.yaml",
    "charts/l/Chart.yaml": "name: l\nversion: 1.0.0\n",
    "plain/a.yaml": CM,
    "plain/deep/b.yaml": CM,
    "plain/notes.txt": "no manifest",
    "vendored": "submodule",
    "out/kustomization.yaml": "resources: [../../elsewhere, https://example.com/a.yaml, ../vendored/x]\n",
    "broken/kustomization.yaml": "resources: [../shared/b.yaml\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("reach") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


@pytest.fixture(scope="module")
def view(repository: Repository) -> View:
    return view_of(repository, FILES)


def view_of(repository: Repository, files: dict[str, str]) -> View:
    tree: Tree = {}
    for path, text in files.items():
        mode = SYMLINK if text.startswith("link:") else FILE
        put(tree, path, text.removeprefix("link:"), mode)
    tree.pop("vendored", None)
    (name,) = store(Path(repository.directory), [tree])
    if "vendored" in files:
        name = with_submodule(repository, name)
    return Index(Store(None), repository, Config(), "", Home([HERE])).at(name)


def with_submodule(repository: Repository, tree: str) -> str:
    run = ["git", "-C", repository.directory]
    listed = subprocess.run([*run, "ls-tree", tree], check=True, capture_output=True).stdout
    listed += f"{SUBMODULE:o} commit {'1' * 40}\tvendored\n".encode()
    done = subprocess.run([*run, "mktree", "--missing"], input=listed, check=True, capture_output=True)
    return done.stdout.decode().strip()


SHOP = "clusters/prod/shop.yaml#Kustomization/flux-system/shop"
REACHED: dict[str, set[str]] = {
    "base/a.yaml": {"k:base", "k:apps/dev", "k:apps/prod", "k:top"},
    "shared/b.yaml": {"k:base", "k:apps/dev", "k:apps/prod", "k:top", "u:charts/c@prod", "k:broken"},
    "base/kustomization.yaml": {"k:base", "k:apps/dev", "k:apps/prod", "k:top"},
    "base/Kustomization": {"k:base", "k:apps/dev", "k:apps/prod", "k:top"},  # not there: it would be a second one
    "base/README.md": set(),
    "link": {"k:apps/prod", "k:top"},
    "extra/p.yaml": {"k:extra", "k:apps/prod", "k:top"},
    "ring/b/missing.yaml": {"k:ring/b", "k:ring/a"},
    "clusters/prod/shop/more/new.yaml": {f"u:{SHOP}"},
    "clusters/prod/shop.yaml": {f"u:{SHOP}", "u:clusters/prod/*"},
    "charts/l/templates/new.yaml": {"u:charts/c@prod", "u:charts/l@"},
    "charts/c/values-prod.yaml": {"u:charts/c@prod"},
    "plain/deep/new.yaml": {"u:plain/deep/*"},
    "plain/new.yaml": {"u:plain/*"},
    "nowhere": set(),
}


@pytest.mark.parametrize("path", REACHED)
def test_what_a_path_reaches(path: str, view: View) -> None:
    found = reach(view, [path])
    assert {node for node in found.hops if node[0] in "ku"} == REACHED[path]
    assert found.from_path(path) == set(found.hops)


def test_the_way_is_told_hop_by_hop(view: View) -> None:
    assert reach(view, ["base/a.yaml"]).way("k:top") == [
        Hop("base/a.yaml", "base", "refers to it"),
        Hop("base", "apps/prod", "refers to it"),
        Hop("apps/prod", "top", "refers to it"),
    ]
    assert reach(view, ["ring/b/missing.yaml"]).way("k:ring/a")[-1].to == "ring/a"


def test_which_paths_reach_something(view: View) -> None:
    found = reach(view, ["base/a.yaml", "base/README.md", "plain/a.yaml"])
    assert found.paths_reaching({"k:top"}) == {"base/a.yaml"}
    assert found.paths_reaching({"k:top", "u:plain/*"}) == {"base/a.yaml", "plain/a.yaml"}
    assert found.kustomizations == {"base", "apps/dev", "apps/prod", "top"}
    assert found.units == {"plain/*"}


SHOP_FILES = {"clusters/prod/shop/x.yaml", "clusters/prod/shop/more/y.yaml"}
CHART = {p for p in FILES if p.startswith("charts/")} | {"shared/b.yaml"}
CLOSURES: list[tuple[Render, set[str]]] = [
    (KustomizeRender("base"), {"base/kustomization.yaml", "base/a.yaml", "shared/b.yaml"}),
    (KustomizeRender("extra"), {"extra/kustomization.yaml", "extra/p.yaml"}),
    (
        KustomizeRender("apps/prod"),
        {"apps/prod/kustomization.yaml", "link", "base/kustomization.yaml", "base/a.yaml", "shared/b.yaml",
         "extra/kustomization.yaml", "extra/p.yaml"},
    ),
    (KustomizeRender("ring/a"), {"ring/a/kustomization.yaml", "ring/b/kustomization.yaml"}),
    (KustomizeRender("broken"), {"broken/kustomization.yaml", "shared/b.yaml"}),
    (KustomizeRender("clusters/prod/shop", restrict=False, generate=True), SHOP_FILES),
    (
        KustomizeRender("clusters/prod/shop", generate=True, overlay=Overlay(components=("../../../extra",))),
        SHOP_FILES | {"extra/kustomization.yaml", "extra/p.yaml"},
    ),
    (
        KustomizeRender("app", mounts=(Mount("base", "app"),)),
        {"base/kustomization.yaml", "base/a.yaml", "base/README.md", "shared/b.yaml"},
    ),
    (HelmRender("charts/c", "r", value_files=("charts/c/values-prod.yaml",)), CHART),
    (PlainRender("plain"), {"plain/a.yaml"}),
    (PlainRender("plain", recurse=True), {"plain/a.yaml", "plain/deep/b.yaml"}),
    (PlainRender("plain", recurse=True, exclude="deep/*"), {"plain/a.yaml"}),
    (PlainRender("plain/a.yaml"), {"plain/a.yaml"}),
]  # fmt: skip


@pytest.mark.parametrize(("part", "files"), CLOSURES)
def test_the_files_of_a_render(part: Render, files: set[str], view: View) -> None:
    found = closure(view, part)
    assert set(found.files) == files
    assert [row[0] for row in found.key()] == sorted(files)


def test_what_leaves_the_repository_is_named(view: View) -> None:
    found = closure(view, KustomizeRender("out"))
    assert found.outside == [("out/kustomization.yaml", "../../elsewhere")]
    assert found.remote == [("out/kustomization.yaml", "https://example.com/a.yaml")]
    assert found.submodules == ["vendored"]


def test_what_is_missing_is_named(view: View) -> None:
    assert closure(view, KustomizeRender("ring/a")).missing == ["ring/b/missing.yaml"]
    assert closure(view, KustomizeRender("nowhere")).missing == ["nowhere", "nowhere/kustomization.yaml"]


def test_charts_beside_a_chart_are_named(view: View) -> None:
    assert closure(view, HelmRender("charts/c", "r")).chart_dependencies == [("charts/c", "l", "charts/l")]


def test_a_symlink_that_climbs_out_over_another_is_no_way_out(repository: Repository) -> None:
    """``d/e/up`` is the root, so ``d/e/up/..`` is above it, although its text stays inside the repository."""
    files = {
        "d/e/up": "link:../..",
        "one": "link:d/e/up/..",
        "two": "link:one/..",
        "app/kustomization.yaml": "configMapGenerator: [{name: a, files: [../two/etc/hostname]}]\n",
        "d/e/f": "",
    }
    view = view_of(repository, files)
    found: Closure = closure(view, KustomizeRender("app", restrict=False))
    assert found.outside
    assert set(found.files) <= set(files)


NEAR = {
    "clusters/dev/vars.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars}\ndata: {where: dev}\n",
    "clusters/prod/vars.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars}\ndata: {where: prod}\n",
    "clusters/prod/eu/other.yaml": CM,
    "vars.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: here}\ndata: {where: root}\n",
}


@pytest.mark.parametrize(
    ("near", "namespace", "where"),
    [
        ("clusters/prod/eu/app.yaml", "", "prod"),
        ("clusters/dev/app.yaml", "any", "dev"),
        ("clusters/dev/app.yaml", "here", "root"),  # the exact namespace before the nearest file
        ("elsewhere/app.yaml", "", "dev"),
        ("", "", "dev"),
    ],
)
def test_the_nearest_of_several_manifests_answers(
    near: str, namespace: str, where: str, repository: Repository
) -> None:
    lookup = ViewLookup(view_of(repository, NEAR), Home([]), near=near)
    found = lookup.find("ConfigMap", namespace, "vars")
    assert found is not None
    assert found["data"]["where"] == where
