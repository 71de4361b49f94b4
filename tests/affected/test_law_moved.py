"""Law: a declaration that moves within what a root takes is neither removed nor added; what comes in another cluster never
hides what goes in this one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from fleets import CHART, application, flux, release
from gitops_repository import GitOpsRepository, kustomization, manifest
from hypothesis import given
from hypothesis import strategies as st
from laws import profile

needs_programs = pytest.mark.skipif(
    shutil.which("kustomize") is None or shutil.which("helm") is None, reason="needs kustomize and helm on PATH"
)

# What takes declarations, and in how many clusters: one declaration of each name lies below each of these directories.
PLAIN = "argo/apps"  # an Argo CD root that searches directories
MORE = "argo/more"  # another one, of which nothing says that it is for the same cluster
LISTED = "argo/listed"  # an Argo CD root that builds a kustomization
SELF = "clusters/{}"  # a cluster's own Flux Kustomization
COMPLETED = "apps/{}"  # a Flux Kustomization that changes what it takes


class Fleet(NamedTuple):
    """Files of declarations by their names, and all that stays as it is."""

    declarations: dict[str, str]
    rest: dict[str, str]

    def files(self) -> dict[str, str]:
        """The repository, with the kustomization that lists its own files."""
        listed = sorted(path.removeprefix(f"{LISTED}/") for path in self.declarations if path.startswith(LISTED))
        return {**self.rest, **self.declarations, f"{LISTED}/kustomization.yaml": kustomization(resources=listed)}


def _cluster(name: str) -> Fleet:
    own, apps = SELF.format(name), COMPLETED.format(name)
    return Fleet(
        {f"{own}/web.yaml": flux("web", "./plain"), f"{apps}/shop.yaml": release("shop", values={"a": "x"})},
        {
            f"{own}/flux-system/kustomization.yaml": kustomization(resources=["sync.yaml"]),
            f"{own}/flux-system/sync.yaml": flux("flux-system", f"./{own}"),
            f"{own}/apps.yaml": flux("apps", f"./{apps}", targetNamespace="apps"),
            f"{apps}/cm.yaml": manifest("ConfigMap", "apps"),
        },
    )


def fleet() -> Fleet:
    found = Fleet(
        {
            f"{PLAIN}/cart.yaml": application("cart", path="plain"),
            f"{LISTED}/bill.yaml": application("bill", path="plain"),
        },
        {
            **CHART,
            "plain/cm.yaml": manifest("ConfigMap", "plain"),
            "argo/roots/apps.yaml": application("apps", path=PLAIN, directory={"recurse": True}),
            "argo/roots/listed.yaml": application("listed", path=LISTED),
            "argo/roots/more.yaml": application("more", path=MORE, directory={"recurse": True}),
            f"{PLAIN}/cm.yaml": manifest("ConfigMap", "apps"),
            f"{MORE}/cm.yaml": manifest("ConfigMap", "more"),
            f"{LISTED}/other.yaml": manifest("ConfigMap", "other"),
        },
    )
    for name in ("one", "two"):
        cluster = _cluster(name)
        found.declarations.update(cluster.declarations)
        found.rest.update(cluster.rest)
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield tmp_path_factory.mktemp("moved")


def states(place: Path, before: Fleet, after: Fleet) -> dict[str, list[str]]:
    """By the kind and name of what declares them, what the change does to units."""
    repository = GitOpsRepository(place / f"{len(list(place.iterdir()))}")
    old, new = before.files(), after.files()
    change = {path: new.get(path) for path in old.keys() | new.keys() if old.get(path) != new.get(path)}
    report = repository.compare(old, change, cache=place.parent / f"{place.name}-cache")
    shutil.rmtree(repository.path)
    found: dict[str, list[str]] = {}
    for unit in report.units:
        if unit.source is not None:
            found.setdefault(f"{unit.source.kind}/{unit.source.name}", []).append(str(unit.state))
    return {name: sorted(each) for name, each in found.items()}


NAMES = st.sampled_from(("web.yaml", "x.yaml", "more/web.yaml", "more/x.yaml", "a/b/c/d.yaml"))


@needs_programs
@profile(quick=15, long=2000)
@given(st.data())
def test_nothing_is_removed_or_added_where_declarations_move(place: Path, data: st.DataObject) -> None:
    before = fleet()
    paths = data.draw(st.lists(st.sampled_from(sorted(before.declarations)), min_size=1, max_size=3, unique=True))
    after = fleet()
    texts = {path: after.declarations.pop(path) for path in paths}
    for path, text in texts.items():
        root = path.rpartition("/")[0]
        to = f"{root}/{data.draw(NAMES)}"
        there = after.declarations.get(to)
        after.declarations[to] = f"{there}\n---\n{text}" if there else text  # two documents of one file
    found = states(place, before, after)
    assert not {"removed", "added"} & {state for each in found.values() for state in each}


CLUSTERS = (
    (SELF.format("one"), SELF.format("two"), "web.yaml", "Kustomization/web"),
    (COMPLETED.format("one"), COMPLETED.format("two"), "shop.yaml", "HelmRelease/shop"),
    (PLAIN, MORE, "cart.yaml", "Application/cart"),
)


@needs_programs
@profile(quick=12, long=1000)
@given(roots=st.sampled_from(CLUSTERS), to=NAMES, copied=st.booleans())
def test_what_comes_in_another_cluster_is_new_there(
    place: Path, roots: tuple[str, str, str, str], to: str, copied: bool
) -> None:
    here, there, file, declared = roots
    before = fleet()
    text = before.declarations[f"{here}/{file}"]
    before.declarations.pop(f"{there}/{file}", "")
    after = Fleet({**before.declarations, f"{there}/{to}": text}, before.rest)
    if not copied:
        del after.declarations[f"{here}/{file}"]
    found = [state for state in states(place, before, after).get(declared, []) if state != "unchanged"]
    assert found == (["added"] if copied else ["added", "removed"])
