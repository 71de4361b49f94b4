"""A declaration that the kustomization of its directory does not list, while it lists others, is not deployed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest
from hypothesis import given
from hypothesis import strategies as st
from laws import profile
from repositories import HERE, Tree, put, store

from bot.affected.home import Home
from bot.affected.index import Index
from bot.affected.left_out import is_left_out
from bot.affected.store import Store
from bot.affected.units import all_units
from bot.affected.view import View
from bot.config.schema import Config
from bot.git.repository import Repository
from bot.model.result import Report

Files = dict[str, str | None]


def argo(name: str, path: str, **source: object) -> str:
    spec = {"project": "default", "source": {"repoURL": HERE, "path": path, **source},
            "destination": {"server": "https://kubernetes.default.svc"}}  # fmt: skip
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value) + "\n"


def app(name: str) -> Files:
    """An application as home clusters lay it out: what Flux builds, and the object that says so above it."""
    return {
        f"apps/tools/{name}/ks.yaml": flux(name, f"./apps/tools/{name}/app"),
        f"apps/tools/{name}/app/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        f"apps/tools/{name}/app/cm.yaml": manifest("ConfigMap", name, data={"a": "1"}),
    }


def tools(*resources: str) -> Files:
    return {"apps/tools/kustomization.yaml": kustomization(resources=list(resources))}


BASE: Files = {"flux/ks.yaml": flux("apps", "./apps"), **tools("web/ks.yaml"), **app("web")}


def listed(report: Report) -> dict[str, str]:
    return {u.source.name: str(u.state) for u in report.units if u.source is not None and str(u.state) != "unchanged"}


def test_a_forgotten_line(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    report = repository.compare(BASE, app("blog"))
    assert listed(report) == {}
    assert report.unmapped == tuple(sorted(app("blog")))
    assert listed(repository.compare({}, tools("web/ks.yaml", "blog/ks.yaml"))) == {"apps": "changed", "blog": "added"}


def test_what_is_taken_off(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = {**BASE, **app("blog"), **tools("web/ks.yaml", "blog/ks.yaml")}
    report = repository.compare(before, tools("web/ks.yaml"))
    assert listed(report) == {"apps": "changed", "blog": "removed"}
    assert report.unmapped == ()
    for text in (manifest("ConfigMap", "blog", data={"a": "2"}), "a: [", None):
        report = repository.compare({}, {"apps/tools/blog/app/cm.yaml": text})
        assert (listed(report), report.unmapped, report.verdict) == ({}, ("apps/tools/blog/app/cm.yaml",), "passed")
    report = repository.compare({}, {"apps/tools/blog/ks.yaml": None})
    assert (listed(report), report.unmapped) == ({}, ("apps/tools/blog/ks.yaml",))


def test_an_application_and_its_manifests(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    cm = manifest("ConfigMap", "settings", data={"a": "1"})
    files: Files = {
        "root.yaml": argo("root", "apps"), "apps/kustomization.yaml": kustomization(resources=["a.yaml"]),
        "apps/a.yaml": argo("a", "a"), "a/cm.yaml": cm,
    }  # fmt: skip
    report = repository.compare(files, {"apps/b.yaml": argo("b", "b"), "b/cm.yaml": cm})
    assert (listed(report), report.unmapped) == ({}, ("apps/b.yaml", "b/cm.yaml"))
    assert report.counts.deployed == 3


HAND = {"apps/tools/hand.yaml": flux("hand", "./hand"), "hand/cm.yaml": manifest("ConfigMap", "hand", data={"a": "1"})}
LISTED = {"x/kustomization.yaml": kustomization(resources=["../apps/tools/hand.yaml"])}


@pytest.mark.parametrize(("resources", "deployed"), [(["a.yaml"], 3), (["a.yaml", "b.yaml"], 4)])
def test_what_a_new_kustomization_leaves_out_is_counted_off_once(
    repository: GitOpsRepository, need: Callable[[str], str], resources: list[str], deployed: int
) -> None:
    """What lies in ``bootstrap``, the root in it, and what that takes."""
    need("kustomize")
    files: Files = {"bootstrap/root.yaml": argo("root", "apps")}
    for name in ("a", "b", "c"):
        files[f"apps/{name}.yaml"] = argo(name, f"deploy/{name}")
        files[f"deploy/{name}/cm.yaml"] = manifest("ConfigMap", name)
    report = repository.compare(files, {"apps/kustomization.yaml": kustomization(resources=resources)})
    assert report.counts.deployed == deployed
    assert 0 <= report.counts.untouched <= deployed


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({**HAND, **tools("cm.yaml"), "apps/tools/cm.yaml": manifest("ConfigMap", "x")}, id="no sibling"),
        pytest.param({**HAND, "apps/tools/hand.yaml": flux("hand", "./apps/tools")}, id="takes its own directory"),
        pytest.param({**HAND, "apps/tools/hand.yaml": flux("hand", "./apps")}, id="takes what is above"),
        pytest.param({**HAND, "apps/tools/hand.yaml": flux("hand", "./prod"),
                      "prod/kustomization.yaml": kustomization(resources=["../apps/tools"])}, id="builds on it"),
        pytest.param({**HAND, "apps/tools/hand.yaml": flux("hand", "./prod"),
                      "prod/more.yaml": flux("more", "./apps/tools")}, id="declares what builds it"),
        pytest.param({**HAND, **LISTED}, id="another lists it"),
        pytest.param({**HAND, "root.yaml": argo("root", "apps", directory={"recurse": True})}, id="Argo CD searches"),
        pytest.param({**HAND, "apps/tools/hand.yaml": None, "apps/tools/web/app/more/hand.yaml": None,
                      "apps/tools/web/more/hand.yaml": flux("hand", "./hand"),
                      "apps/tools/web/ks.yaml": flux("web", "./apps/tools/web/more")}, id="another takes its place"),
        pytest.param({**HAND, "apps/tools/kustomization.yaml": kustomization(
            kind="Component", apiVersion="kustomize.config.k8s.io/v1alpha1", resources=["web/ks.yaml"])},
            id="a component"),
    ],
)  # fmt: skip
def test_what_is_deployed_all_the_same(repository: GitOpsRepository, need: Callable[[str], str], files: Files) -> None:
    need("kustomize")
    base = {path: text for path, text in {**BASE, **files}.items() if text is not None}
    if "flux/ks.yaml" in base and "root.yaml" in base:
        del base["flux/ks.yaml"]
    place = next(path for path in base if path.endswith("hand.yaml"))
    report = repository.compare(base, {place: base[place].replace("true", "false")})
    assert report.unmapped == ()
    with Repository(repository.path) as opened:
        view = index(opened).at(opened.tree_of("HEAD"))
        (unit,) = (unit for unit in view.units() if unit.source is not None and unit.source.name == "hand")
        assert not is_left_out(view, unit)
        assert not unit.left_out_by or unit.path not in ("apps", "apps/tools")  # so it is counted


def index(repository: Repository) -> Index:
    return Index(Store(None), repository, Config(), "config", Home([HERE]))


# -- the law of the index, on these layouts


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("law") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


_PLACES = ("apps/a.yaml", "apps/b.yaml", "apps/sub/c.yaml", "d.yaml")
_CONTENTS = (
    flux("one", "./apps"), flux("one", "./x"), argo("two", "apps", directory={"recurse": True}), argo("two", "apps/sub"),
    manifest("ConfigMap", "cm"), "kind: [",
)  # fmt: skip
_LINES = st.lists(st.sampled_from(("a.yaml", "b.yaml", "sub/c.yaml", "sub", "c.yaml")), max_size=2, unique=True)


_KUSTOMIZATIONS = tuple(f"{folder}kustomization.yaml" for folder in ("", "apps/", "apps/sub/"))


@st.composite
def histories(draw: Callable[[st.SearchStrategy[Any]], Any]) -> list[Tree]:
    """A tree in which every file is there, and what a few changes of one file each make of it."""
    trees: list[Tree] = [{}]
    for path in (*_KUSTOMIZATIONS, *_PLACES):
        _write(trees[0], path, draw)
    for path in draw(st.lists(st.sampled_from((*_KUSTOMIZATIONS, *_PLACES)), min_size=1, max_size=4)):
        trees.append(dict(trees[-1]))
        if trees[-1].pop(path, None) is None or draw(st.booleans()):
            _write(trees[-1], path, draw)
    return trees


def _write(tree: Tree, path: str, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
    if path in _PLACES:
        put(tree, path, draw(st.sampled_from(_CONTENTS)))
    else:
        kind = draw(st.sampled_from(("Kustomization", "Kustomization", "Component")))
        put(tree, path, kustomization(kind=kind, resources=draw(_LINES)))


_A, _B, _C = flux("a", "./x"), flux("b", "./x"), flux("c", "./x")
_LAID: Files = {"apps/a.yaml": _A, "apps/b.yaml": _B, "apps/sub/c.yaml": _C}
_BOTH = {"apps/kustomization.yaml": kustomization(resources=["a.yaml"])}
_NONE = {"apps/kustomization.yaml": kustomization(resources=[])}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(_NONE, _BOTH, id="begins to list one"),
        pytest.param({}, _BOTH, id="comes"),
        pytest.param({**_BOTH, "apps/a.yaml": "a: 1"}, {"apps/a.yaml": _A}, id="what it lists is a declaration now"),
        pytest.param(_BOTH, {"apps/sub/kustomization.yaml": kustomization(resources=[])}, id="a nearer one"),
        pytest.param(
            _BOTH, {"apps/kustomization.yaml": kustomization(kind="Component", resources=["a.yaml"])}, id="part"
        ),
    ],
)
def test_an_index_is_told_when_a_kustomization_begins_to_leave_out(
    bare: Repository, before: Files, after: Files
) -> None:
    trees: list[Tree] = [{}, {}]
    for path, text in {**_LAID, **before}.items():
        put(trees[0], path, text or "")
        put(trees[1], path, text or "")
    for path, text in after.items():
        put(trees[1], path, text or "")
    for way in (trees, trees[::-1]):
        base, head = store(Path(bare.directory), way)
        moved, fresh = index(bare).pair(base, head)[1], index(bare).at(head)
        assert said(moved) == said(fresh)


@given(histories())
@profile(quick=50, long=3000)
def test_an_index_that_is_moved_knows_what_is_left_out(bare: Repository, found: list[Tree]) -> None:
    ids = store(Path(bare.directory), found)
    moved = index(bare)
    for base, head in pairwise(ids):
        for view, tree in zip(moved.pair(base, head), (base, head), strict=True):
            assert said(view) == said(index(bare).at(tree))


def said(view: View) -> tuple[object, ...]:
    units = sorted(((u.key, u.left_out_by, is_left_out(view, u)) for u in view.units()), key=repr)
    rules = index_rules()
    return units, [u.key for u in all_units(view, rules, everything=True)]


def index_rules() -> Any:
    from bot.affected.rules import reader

    return reader(Config())
