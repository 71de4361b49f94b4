"""Which units a change pairs up, and which directories are units by themselves."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from repositories import HERE, store, tree

from bot.affected.effect import Affected, affected
from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.roots import is_root
from bot.affected.store import Store
from bot.affected.units import all_units
from bot.affected.view import View
from bot.config.schema import Config, UnitRule
from bot.git.repository import Repository
from bot.model.unit import KustomizeRender, PlainRender, Renderer

CM = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
OWN = "resources: [a.yaml]\n"
Files = dict[str, str]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    path = tmp_path_factory.mktemp("units") / "r.git"
    subprocess.run(["git", "init", "-q", "--bare", str(path)], check=True)
    with Repository(path) as opened:
        yield opened


def index(repository: Repository) -> Index:
    return Index(Store(None), repository, Config(), "", Home([HERE]))


def view_of(repository: Repository, files: Files) -> View:
    return index(repository).at(store(Path(repository.directory), [tree(files)])[0])


def compare(repository: Repository, before: Files, after: Files, *, everything: bool = False) -> Affected:
    base, head = store(Path(repository.directory), [tree(before), tree(after)])
    reader = index(repository)
    return affected(*reader.pair(base, head), reader.rules, everything=everything)


def said(found: Affected) -> dict[str, str]:
    """Key of each affected unit, and on which sides it is."""
    return {p.unit.key: ("b" if p.base else "") + ("h" if p.head else "") for p in found.pairs}


ROOTS: dict[str, tuple[Files, set[str]]] = {
    "nothing refers to it": ({"a/kustomization.yaml": OWN}, {"a"}),
    "another refers to it": ({"a/kustomization.yaml": OWN, "b/kustomization.yaml": "resources: [../a]\n"}, {"b"}),
    "another refers to it in another case": (
        {"a/kustomization.yaml": OWN, "b/kustomization.yaml": "Resources: [../a]\n"}, {"b"},
    ),
    "another refers to it through a symlink": (
        {"a/kustomization.yaml": OWN, "l": "link:a", "b/kustomization.yaml": "resources: [../l]\n"}, {"b"},
    ),
    "a component": ({"a/kustomization.yaml": "kind: Component\nresources: [x]\n"}, set()),
    "only itself": ({"a/kustomization.yaml": "resources: [../a]\n"}, {"a"}),
    "a circle that nothing uses": (
        {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"}, {"a", "b"},
    ),
    "a circle that something uses": (
        {"a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n",
         "c/kustomization.yaml": "resources: [../a]\n"}, {"c"},
    ),
    "it names the file, not the directory": (
        {"a/kustomization.yaml": OWN, "a/a.yaml": CM, "b/kustomization.yaml": "resources: [../a/a.yaml]\n"}, {"a", "b"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROOTS)
def test_roots(name: str, repository: Repository) -> None:
    files, roots = ROOTS[name]
    view = view_of(repository, files)
    assert {d for d in view.kustomizations() if is_root(view, d)} == roots
    rules = index(repository).rules
    assert {u.path for u in all_units(view, rules, everything=False)} == roots
    assert {u.path for u in all_units(view, rules, everything=True)} == set(view.kustomizations())


FLUX = {
    "flux/a.yaml": "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: all}\n"
    "spec: {path: ./apps, sourceRef: {kind: GitRepository, name: flux-system}}\n",
    "apps/web/kustomization.yaml": "resources: [a.yaml, ../../shared/cm.yaml]\n",
    "apps/web/a.yaml": CM,
    "apps/web/deep/kustomization.yaml": OWN,
    "apps/teams/one/kustomization.yaml": OWN,
    "apps/teams/plain.yaml": CM,
    "shared/cm.yaml": CM,
    "elsewhere/kustomization.yaml": OWN,
}  # fmt: skip


def roots(view: View) -> set[str]:
    return {d for d in view.kustomizations() if is_root(view, d)}


def test_flux_builds_the_kustomizations_that_it_lists(repository: Repository) -> None:
    """Only the first on each way down: what lies below one is not looked at."""
    view = view_of(repository, FLUX)
    assert roots(view) == {"apps/web/deep", "elsewhere"}
    found = {u.path: u for u in all_units(view, index(repository).rules, everything=True)}
    (part,) = found["apps/web"].parts
    assert isinstance(part, KustomizeRender)
    assert not part.restrict  # files beside it may be loaded, as they are when Flux builds it
    assert not found["apps/web"].root


def test_what_flux_does_not_see_it_does_not_build(repository: Repository) -> None:
    view = view_of(repository, FLUX | {"apps/.sourceignore": "/web/kustomization.yaml\n"})
    assert roots(view) == {"apps/web", "elsewhere"}
    own = FLUX | {"apps/kustomization.yaml": "resources: [web]\n"}
    assert roots(view_of(repository, own)) == {"apps/teams/one", "apps/web/deep", "elsewhere"}
    missing = {k: v for k, v in FLUX.items() if k != "flux/a.yaml"}
    assert roots(view_of(repository, missing)) == {"apps/teams/one", "apps/web", "apps/web/deep", "elsewhere"}


def test_a_kustomization_that_comes_below_a_listed_directory(repository: Repository) -> None:
    after = FLUX | {"apps/new/kustomization.yaml": OWN, "apps/new/a.yaml": CM}
    assert said(compare(repository, FLUX, after)) == {"flux/a.yaml#Kustomization//all": "bh"}
    above = FLUX | {"apps/teams/kustomization.yaml": "resources: [plain.yaml]\n"}
    assert said(compare(repository, FLUX, above)) == {"flux/a.yaml#Kustomization//all": "bh"}
    ignored = FLUX | {"apps/.sourceignore": "/web/kustomization.yaml\n"}
    assert "apps/web" in said(compare(repository, ignored, ignored | {"apps/web/a.yaml": CM + "# more\n"}))
    assert "apps/web/deep" in said(compare(repository, FLUX, FLUX | {"apps/web/deep/a.yaml": CM}))


LINKED = {
    "web/overlays/eu/kustomization.yaml": "resources: [../../base]\n",
    "web/overlays/asia/kustomization.yaml": OWN,
    "web/overlays/us": "link:eu",
    "web/base/kustomization.yaml": OWN,
    "web/base/a.yaml": CM,
    "shared/latest": "link:../web/overlays/eu",
}  # fmt: skip


def test_an_overlay_that_is_a_symlink_is_a_unit(repository: Repository) -> None:
    view = view_of(repository, LINKED)
    assert {u.path for u in all_units(view, index(repository).rules, everything=False)} == {
        "web/overlays/eu", "web/overlays/asia", "web/overlays/us",
    }  # fmt: skip
    base = LINKED | {"web/base/a.yaml": CM + "# more\n"}
    assert said(compare(repository, LINKED, base)) == {"web/overlays/eu": "bh", "web/overlays/us": "bh"}
    turned = compare(repository, LINKED, LINKED | {"web/overlays/us": "link:asia"})
    assert said(turned) == {"web/overlays/us": "bh"}
    assert turned.unmapped == ()
    gone = {path: text for path, text in LINKED.items() if path != "web/overlays/us"}
    assert said(compare(repository, LINKED, gone)) == {"web/overlays/us": "b"}
    assert said(compare(repository, gone, LINKED)) == {"web/overlays/us": "h"}
    nowhere = compare(repository, LINKED, LINKED | {"web/overlays/us": "link:none"})
    assert said(nowhere) == {"web/overlays/us": "b"}


@pytest.mark.parametrize(
    "user",
    [
        {"all/kustomization.yaml": "resources: [../web/overlays/us]\n"},
        {"all/kustomization.yaml": "resources: [../web/overlays/us/a.yaml]\n"},
        {"app.yaml": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\n"
         f"spec: {{source: {{repoURL: {HERE}, path: web/overlays/us}}, destination: {{}}}}\n"},
    ],
)  # fmt: skip
def test_a_symlink_that_something_uses_is_only_another_name(user: Files, repository: Repository) -> None:
    view = view_of(repository, LINKED | user)
    found = [u for u in all_units(view, index(repository).rules, everything=False) if u.path == "web/overlays/us"]
    assert [u.declared_in for u in found] == [path for path in user if path == "app.yaml"]
    base = {"web/base/a.yaml": CM + "# more\n"}
    kept = {key: sides for key, sides in said(compare(repository, LINKED, LINKED | user | base)).items() if "us" in key}
    assert kept == {"web/overlays/us": "bh"}  # it does not go because something begins to use it


BASE = {"base/kustomization.yaml": OWN, "base/a.yaml": CM, "app/kustomization.yaml": "resources: [../base]\n"}
PAIRS: dict[str, tuple[Files, Files, dict[str, str]]] = {
    "a file of the base": (BASE, BASE | {"base/a.yaml": CM + "data: {a: b}\n"}, {"app": "bh"}),
    "the overlay goes": (BASE, {k: v for k, v in BASE.items() if k[0] == "b"}, {"app": "b"}),
    "an overlay comes": (BASE, BASE | {"new/kustomization.yaml": "resources: [../base]\n"}, {"new": "h"}),
    "the base goes": (BASE, {k: v for k, v in BASE.items() if k[0] == "a"}, {"app": "bh"}),
    "the base is renamed": (
        BASE, {k.replace("base", "core"): v.replace("base", "core") for k, v in BASE.items()}, {"app": "bh"},
    ),
    "a directory of manifests": ({"plain/a.yaml": CM}, {"plain/a.yaml": CM, "plain/b.yaml": CM}, {"plain/*": "bh"}),
    "a directory of manifests becomes a kustomization": (
        {"plain/a.yaml": CM}, {"plain/a.yaml": CM, "plain/kustomization.yaml": OWN}, {"plain/*": "b", "plain": "h"},
    ),
    "a file that nothing reads": (BASE, BASE | {"README.md": "read me"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_pairs(name: str, repository: Repository) -> None:
    before, after, expected = PAIRS[name]
    assert said(compare(repository, before, after)) == expected
    mirror = {key: sides.translate({98: "h", 104: "b"}) for key, sides in expected.items()}
    assert said(compare(repository, after, before)) == {k: "bh" if len(v) == 2 else v for k, v in mirror.items()}


def test_the_kustomizations_in_between(repository: Repository) -> None:
    change = BASE | {"base/a.yaml": CM + "data: {a: b}\n"}
    assert said(compare(repository, BASE, change, everything=True)) == {"app": "bh", "base": "bh"}


def test_what_reaches_nothing_is_unmapped(repository: Repository) -> None:
    dead = {"lone/kustomization.yaml": "kind: Component\nresources: [a.yaml]\n", "lone/a.yaml": CM}
    after = BASE | dead | {"README.md": "x", "base/a.yaml": CM + "# more\n", "gone/of/nobody.txt": ""}
    found = compare(repository, BASE | dead, {**after, "lone/a.yaml": CM + "# more\n"})
    assert found.unmapped == ("README.md", "gone/of/nobody.txt", "lone/a.yaml")


TOOLS = {
    "fleet/web/fleet.yaml": "defaultNamespace: web\n",
    "fleet/web/overlays/eu/deployment_patch.yaml": "a: 1\n",
    "fleet/web/README.md": "a",
    "jsonnet/main.jsonnet": "{}",
    "skaffold.yaml": "apiVersion: skaffold/v4\nkind: Config\n",
    "deploy/Tiltfile": "x",
    "notes/a.yaml": "a: 1\n",
}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["fleet/web/fleet.yaml"], ["fleet/web/fleet.yaml belongs to Rancher Fleet"]),
        (["fleet/web/overlays/eu/deployment_patch.yaml"], ["deployment_patch.yaml belongs to Rancher Fleet"]),
        (["fleet/web/fleet.yaml", "fleet/web/overlays/eu/deployment_patch.yaml"], ["fleet.yaml and 1 more belong to"]),
        (
            ["skaffold.yaml", "deploy/Tiltfile"],
            ["skaffold.yaml belongs to Skaffold", "deploy/Tiltfile belongs to Tilt"],
        ),
        (["jsonnet/main.jsonnet"], ["belongs to Jsonnet or Tanka"]),
        (["fleet/web/README.md", "notes/a.yaml"], []),
    ],
)
def test_files_of_tools_that_are_not_read_are_named(
    changed: list[str], words: list[str], repository: Repository
) -> None:
    found = compare(repository, TOOLS, TOOLS | {path: TOOLS[path] + "# more\n" for path in changed})
    assert [part in note for part, note in zip(words, found.notes, strict=True)] == [True] * len(words)
    gone = compare(repository, TOOLS, {path: text for path, text in TOOLS.items() if path not in changed})
    assert found.notes == gone.notes


def fan_out(units: int, label: str = "a") -> Files:
    files = {"base/kustomization.yaml": OWN, "base/a.yaml": CM.replace("c}", f"{label}}}")}
    return files | {f"apps/a{n}/kustomization.yaml": "resources: [../../base]\n" for n in range(units)}


def test_what_is_asked_of_the_index_grows_with_the_units_and_no_faster(repository: Repository) -> None:
    """A base under ten thousand units must not cost more a unit than one under ten."""
    asked: list[int] = []
    for units in (20, 40, 80):
        base, head = store(Path(repository.directory), [tree(fan_out(units)), tree(fan_out(units, "b"))])
        kept = Store(None)
        reader = Index(kept, repository, Config(), "", Home([HERE]))
        sides = reader.pair(base, head)
        questions: list[str] = []
        kept._db.set_trace_callback(questions.append)
        assert len(affected(*sides, reader.rules, everything=False).pairs) == units
        kept._db.set_trace_callback(None)
        asked.append(len(questions))
    assert asked[2] - asked[1] == 2 * (asked[1] - asked[0])
    assert asked[1] - asked[0] <= 20 * 5


def test_answers_of_the_index_are_forgotten_when_it_moves(repository: Repository) -> None:
    """What one view asked must not answer for another state of the same store."""
    first, second, third = (fan_out(1), fan_out(2), {"base/kustomization.yaml": OWN, "base/a.yaml": CM})
    ids = store(Path(repository.directory), [tree(first), tree(second), tree(third)])
    kept = index(repository)
    for turn in (0, 1, 2, 0, 2, 1):
        view = kept.at(ids[turn])
        roots = {d for d in view.kustomizations() if is_root(view, d)}
        assert roots == [{"apps/a0"}, {"apps/a0", "apps/a1"}, {"base"}][turn]


def test_the_namespace_of_a_configured_plain_unit(repository: Repository) -> None:
    config = Config(
        units=(UnitRule("d", renderer=Renderer.PLAIN, namespace="team"), UnitRule("e", renderer=Renderer.PLAIN))
    )
    ids = store(Path(repository.directory), [tree({"d/a.yaml": CM, "e/a.yaml": CM})])
    reader = Index(Store(None), repository, config, "", Home([HERE]))
    units = {unit.path: unit for unit in all_units(reader.at(ids[0]), reader.rules, everything=False)}
    assert (units["d"].parts, units["e"].parts) == ((PlainRender("d", namespace="team"),), (PlainRender("e"),))
