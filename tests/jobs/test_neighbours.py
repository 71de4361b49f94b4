"""Units that the change does not affect, where a check needs them: found, rendered from the cache, bounded, never silent."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository
from made_repository import chart

from bot.affected.neighbours import before
from bot.checks.images import Images
from bot.git.repository import Repository
from bot.jobs import neighbours
from bot.model.result import Finding, FindingState, Report
from bot.settings import Settings
from bot.wiring import configuration, opened

ON = "version: 1\nchecks: {run: [images, risk]}\n"
OLD, NEW = f"1.0@sha256:{'a' * 64}", f"1.1@sha256:{'b' * 64}"
BASE = """apiVersion: apps/v1
kind: Deployment
metadata: {name: shop, namespace: web}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: registry.example/shop}]}
"""
FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: NAME, namespace: flux-system}
spec: {path: ./PATH, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
ARGO = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: NAME, namespace: argocd}
spec:
  source: {repoURL: 'https://forge.example/gitops', path: PATH, helm: {releaseName: shop}}
  destination: {server: 'https://kubernetes.default.svc', namespace: web}
"""


def overlay(version: str, *more: str) -> str:
    name, digest = version.split("@")
    rows = [
        "resources: [../../base]", "images:", "- name: registry.example/shop", f"  newTag: '{name}'",
        f"  digest: {digest}", *more,
    ]  # fmt: skip
    return "\n".join(rows) + "\n"


def shop(**environments: str) -> dict[str, str | None]:
    files: dict[str, str | None] = {
        "apps/shop/base/kustomization.yaml": "resources: [deployment.yaml]\n", "apps/shop/base/deployment.yaml": BASE,
    }  # fmt: skip
    return files | {f"apps/shop/overlays/{e}/kustomization.yaml": overlay(v) for e, v in environments.items()}


def flux(name: str, path: str, cluster: str = "prod") -> dict[str, str | None]:
    return {f"clusters/{cluster}/{name}.yaml": FLUX.replace("NAME", name).replace("PATH", path)}


def found(report: Report, rule: str) -> list[Finding]:
    assert not any(check.reason for check in report.checks)
    return [f for check in report.checks for f in check.findings if f.rule == rule]


def states(report: Report, rule: str) -> list[tuple[str, FindingState]]:
    return [(f.unit, f.state) for f in found(report, rule)]


@pytest.fixture(autouse=True)
def crashes_are_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEHOUSE_DEBUG", "1")


# -- production ahead of the environment before it


def test_production_alone_gets_what_staging_does_not_run(repository: GitOpsRepository) -> None:
    report = repository.compare(
        {".gatehouse.yaml": ON, **shop(dev=NEW, staging=OLD, prod=OLD)},
        {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)},
    )
    assert [unit.path for unit in report.units] == ["apps/shop/overlays/prod"], "the neighbour is no part of the change"
    assert states(report, "images/promotion-order") == [("apps/shop/overlays/prod", FindingState.INTRODUCED)]
    assert "staging" in found(report, "images/promotion-order")[0].message


def test_production_may_follow_staging(repository: GitOpsRepository) -> None:
    report = repository.compare(
        {".gatehouse.yaml": ON, **shop(dev=OLD, staging=NEW, prod=OLD)},
        {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)},
    )
    assert states(report, "images/promotion-order") == []


def test_a_region_that_comes_with_what_production_runs(repository: GitOpsRepository) -> None:
    files = {".gatehouse.yaml": ON, **shop(staging=NEW, **{"prod-eu": OLD})}
    same = {"apps/shop/overlays/prod-us/kustomization.yaml": overlay(OLD)}
    assert states(repository.compare(files, same), "images/promotion-order") == []
    third = {"apps/shop/overlays/prod-ap/kustomization.yaml": overlay(f"1.2@sha256:{'c' * 64}")}
    (said,) = found(repository.compare({}, third), "images/promotion-order")
    assert said.unit == "apps/shop/overlays/prod-ap"


THIRD, FRESH = f"1.2@sha256:{'c' * 64}", f"1.3@sha256:{'d' * 64}"


@pytest.mark.parametrize("was", [OLD, None])
def test_what_production_runs_in_another_cluster(repository: GitOpsRepository, was: str | None) -> None:
    """A cluster that comes, or follows the first one, gets what production runs, though staging went on meanwhile."""
    clusters = {"staging": THIRD, "prod-eu": NEW, **({"prod-us": was} if was else {})}
    files = {".gatehouse.yaml": ON, **shop(**clusters)}
    last = "apps/shop/overlays/prod-us/kustomization.yaml"
    assert states(repository.compare(files, {last: overlay(NEW)}), "images/promotion-order") == []
    both = {path: overlay(FRESH) for path in (last, "apps/shop/overlays/prod-eu/kustomization.yaml")}
    assert len(states(repository.compare(files, both), "images/promotion-order")) == 2, "neither ran it before"


def test_a_change_without_another_image_asks_for_nobody(repository: GitOpsRepository) -> None:
    report = repository.compare(
        {".gatehouse.yaml": ON, **shop(staging=OLD, prod=NEW)},
        {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW, "namePrefix: a-")},
    )
    assert states(report, "images/promotion-order") == []
    assert report.counts.rendered == 2


def test_declared_units_of_one_application(repository: GitOpsRepository) -> None:
    files = {**shop(staging=OLD, prod=OLD)}
    for environment in ("staging", "prod"):
        files |= flux("shop", f"apps/shop/overlays/{environment}", environment)
    report = repository.compare(
        {".gatehouse.yaml": ON, **files}, {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)}
    )
    assert [state for _, state in states(report, "images/promotion-order")] == [FindingState.INTRODUCED]


def test_applications_that_are_called_after_their_environment(repository: GitOpsRepository) -> None:
    files: dict[str, str | None] = {".gatehouse.yaml": ON, **shop(dev=NEW, staging=OLD, prod=OLD)}
    for name, environment in (("shop-prod", "prod"), ("staging-shop", "staging"), ("shop-dev", "dev")):
        path = f"apps/shop/overlays/{environment}"
        files[f"argocd/{name}.yaml"] = (
            ARGO.replace("NAME", name).replace("PATH", path).replace(", helm: {releaseName: shop}", "")
        )
    report = repository.compare(files, {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)})
    assert [unit.app for unit in report.units] == ["shop-prod"], "reports say what is written"
    assert [f.message.split(" the environment")[0][-8:] for f in found(report, "images/promotion-order")] == [
        "staging,"
    ]
    rebuilt = overlay(OLD.replace("a" * 64, "c" * 64))
    other = repository.compare({}, {"apps/shop/overlays/prod/kustomization.yaml": rebuilt})
    assert "in `staging`" in found(other, "images/digest-differs")[0].message
    both = {f"apps/shop/overlays/{e}/kustomization.yaml": overlay(NEW) for e in ("staging", "prod")}
    together = found(repository.compare({}, both), "images/promotion-order")
    assert "at the same moment as staging" in together[0].message


@pytest.mark.parametrize("path", ["overlays/ENV", "platform/overlays/ENV", "clusters/eks-ENV-1"])
def test_environments_of_what_has_no_name(repository: GitOpsRepository, path: str) -> None:
    """Nothing names an application: paths that differ in their environment alone are deployed from one source."""
    places = {e: f"{path.replace('ENV', e)}/kustomization.yaml" for e in ("staging", "prod")}
    up = "../" * places["prod"].count("/")
    base: dict[str, str | None] = {"base/kustomization.yaml": "resources: [d.yaml]\n", "base/d.yaml": BASE}

    def deployed(version: str) -> str:
        return overlay(version).replace("../../base", f"{up}base")

    files = {".gatehouse.yaml": ON, **base, **{each: deployed(OLD) for each in places.values()}}
    alone = repository.compare(files, {places["prod"]: deployed(NEW)})
    assert [unit.app for unit in alone.units] == [""]
    assert "that staging, the environment before it, does not run" in found(alone, "images/promotion-order")[0].message
    together = repository.compare(files, {each: deployed(NEW) for each in places.values()})
    assert "at the same moment as staging" in found(together, "images/promotion-order")[0].message


@pytest.mark.skipif(shutil.which("helm") is None, reason="needs helm")
def test_a_chart_of_which_only_the_values_of_production_change(repository: GitOpsRepository) -> None:
    template = BASE.replace("registry.example/shop", "registry.example/shop:{{ .Values.version }}")
    files: dict[str, str | None] = {".gatehouse.yaml": ON, **chart("charts/shop", deployment=template)}
    for environment in ("dev", "staging", "prod"):
        files[f"charts/shop/values-{environment}.yaml"] = f"version: {OLD}\n"
    report = repository.compare(files, {"charts/shop/values-prod.yaml": f"version: {NEW}\n"})
    (finding,) = found(report, "images/promotion-order")
    assert "that staging, the environment before it, does not run" in finding.message
    assert (finding.file, finding.line) == ("charts/shop/values-prod.yaml", 1)


RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: web}
spec:
  chart: {spec: {chart: CHART, sourceRef: {kind: SOURCE, name: flux-system, namespace: flux-system}}}
  values: {image: {repository: registry.example/shop, tag: VERSION}}
"""


def releases(chart: str, source: str = "GitRepository", **versions: str) -> dict[str, str | None]:
    files: dict[str, str | None] = {".gatehouse.yaml": ON}
    for environment, version in versions.items():
        files |= flux("apps", f"apps/{environment}", environment)
        files[f"apps/{environment}/kustomization.yaml"] = "resources: [shop.yaml]\n"
        files[f"apps/{environment}/shop.yaml"] = (
            RELEASE.replace("CHART", chart).replace("SOURCE", source).replace("VERSION", version)
        )
    return files


def test_releases_of_a_chart_that_is_not_here(repository: GitOpsRepository) -> None:
    """Their values are all that tells which version runs."""
    files = releases("shop", source="HelmRepository", staging=OLD, prod=OLD)
    prod, staging = (f"apps/{environment}/shop.yaml" for environment in ("prod", "staging"))

    def at(version: str) -> str:
        return (files[prod] or "").replace(OLD, version)

    alone = found(repository.compare(files, {prod: at(NEW)}), "images/promotion-order")
    assert [(f.object and f.object.kind, f.file, f.line) for f in alone] == [("HelmRelease", prod, 6)]
    assert not found(repository.compare(files | {staging: at(NEW)}, {prod: at(NEW)}), "images/promotion-order")
    latest = repository.compare(files, {prod: at("latest")})
    assert [(str(f.severity), f.line) for f in found(latest, "images/latest")] == [("error", 6)]


@pytest.mark.skipif(shutil.which("helm") is None, reason="needs helm")
def test_a_release_whose_chart_is_rendered_speaks_for_itself(repository: GitOpsRepository) -> None:
    template = BASE.replace("registry.example/shop", "{{ .Values.image.repository }}:{{ .Values.image.tag }}")
    files = releases("./charts/shop", staging=OLD, prod=OLD) | chart("charts/shop", deployment=template)
    files["clusters/source.yaml"] = (
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\n"
        "metadata: {name: flux-system, namespace: flux-system}\n"
        "spec: {url: 'https://forge.example/gitops', ref: {branch: main}}\n"
    )
    new = {
        f"apps/{e}/shop.yaml": (files[f"apps/{e}/shop.yaml"] or "").replace(OLD, "latest") for e in ("staging", "prod")
    }
    report = repository.compare(files, new)
    assert {f.object and f.object.kind for f in found(report, "images/latest")} == {"Deployment"}
    assert [f.object and f.object.kind for f in found(report, "images/promotion-order")] == ["Deployment"]


def test_both_environments_in_the_output_of_their_clusters(repository: GitOpsRepository) -> None:
    """Where a cluster's kustomization declares its units, staging is no unchanged neighbour of its own change."""
    files: dict[str, str | None] = {".gatehouse.yaml": ON, **shop(staging=OLD, prod=OLD)}
    for environment in ("staging", "prod"):
        files |= flux("shop", f"apps/shop/overlays/{environment}", environment)
        files |= flux("flux-system", f"clusters/{environment}", environment)
        files[f"clusters/{environment}/kustomization.yaml"] = "resources: [shop.yaml, flux-system.yaml]\n"
    both = {f"apps/shop/overlays/{e}/kustomization.yaml": overlay(NEW) for e in ("staging", "prod")}
    report = repository.compare(files, both)
    assert [unit.path for unit in report.units] == ["apps/shop/overlays/prod", "apps/shop/overlays/staging"]
    (finding,) = found(report, "images/promotion-order")
    assert "at the same moment as staging" in finding.message
    alone = repository.compare(files, {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)})
    assert "that staging, the environment before it, does not run" in found(alone, "images/promotion-order")[0].message


def test_unchanged_units_come_from_the_cache(repository: GitOpsRepository, tmp_path: Path) -> None:
    base = repository.commit({".gatehouse.yaml": ON, **shop(staging=OLD, prod=OLD)})
    head = repository.commit({"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)})
    first = repository.check(base, head, cache=tmp_path / "cache")
    again = repository.check(base, head, cache=tmp_path / "cache")
    assert (first.counts.rendered, again.counts.rendered, again.counts.cached) == (3, 0, 3)
    assert states(again, "images/promotion-order") == states(first, "images/promotion-order")
    other = repository.commit({"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW, "nameSuffix: -b")})
    assert repository.check(base, other, cache=tmp_path / "cache").counts.rendered == 1, "only what is new"


def test_a_neighbour_that_does_not_render_is_told(repository: GitOpsRepository) -> None:
    broken = {"apps/shop/overlays/staging/kustomization.yaml": "resources: [missing.yaml]\n"}
    report = repository.compare(
        {".gatehouse.yaml": ON, **shop(staging=OLD, prod=OLD), **broken},
        {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)},
    )
    assert any(note.startswith("apps/shop/overlays/staging cannot be rendered") for note in report.notes)


def test_a_check_that_cannot_ask_blocks_and_says_so(
    repository: GitOpsRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("hunter2")

    monkeypatch.delenv("GATEHOUSE_DEBUG")
    monkeypatch.setattr(Images, "wants", fail)
    report = repository.compare(
        {".gatehouse.yaml": ON, **shop(staging=OLD, prod=OLD)},
        {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)},
    )
    (images,) = (check for check in report.checks if check.name == "images")
    assert (str(report.verdict), str(images.status)) == ("error", "error")
    assert images.reason.startswith("It could not ask for unchanged units") and "hunter2" not in images.reason


def test_what_is_not_looked_at_is_told(repository: GitOpsRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "_MOST", 2)
    files = shop(prod=OLD)
    files |= {f"apps/shop/overlays/staging/{n}/kustomization.yaml": "resources: [../../../base]\n" for n in "abc"}
    report = repository.compare(
        {".gatehouse.yaml": ON, **files}, {"apps/shop/overlays/prod/kustomization.yaml": overlay(NEW)}
    )
    assert any(note.startswith("More unchanged units than are looked at may run") for note in report.notes)


def test_the_environment_before_in_a_view_that_moved(repository: GitOpsRepository) -> None:
    """What a change adds and takes away counts at once, whether the index knows it or not."""
    base = repository.commit({".gatehouse.yaml": ON, **shop(dev=OLD, staging=OLD, prod=OLD)})
    head = repository.commit({"apps/shop/overlays/staging/kustomization.yaml": None, **shop(qa=OLD)})
    with Repository(repository.path) as opened_repository:
        configured = configuration(opened_repository, base, None)
        with opened(opened_repository, configured, Settings(None), lambda *_: None) as ports:
            trees = opened_repository.tree_of(base), opened_repository.tree_of(head)
            views = (*ports.index.pair(*trees), ports.index.at(trees[1]))
            paths = []
            for view in views[1:]:
                asked = before(view, ports.index.rules, "shop", "prod", most=5)
                paths.append([unit.path for unit in asked.units])
    assert paths == [["apps/shop/overlays/qa"]] * 2


# -- one object owned by two units


MANIFEST = BASE.replace("image: registry.example/shop", f"image: 'registry.example/shop:{OLD}'")


def two(first: Mapping[str, str | None], second: Mapping[str, str | None]) -> dict[str, str | None]:
    return {".gatehouse.yaml": ON, **flux("one", "apps/one"), **flux("two", "apps/two"), **first, **second}


def plain(unit: str, text: str = MANIFEST) -> dict[str, str | None]:
    return {f"apps/{unit}/kustomization.yaml": "resources: [a.yaml]\n", f"apps/{unit}/a.yaml": text}


TOUCHED = MANIFEST.replace("spec:\n  selector", "spec:\n  replicas: 3\n  selector")


def test_two_units_that_made_the_same_object_before(repository: GitOpsRepository) -> None:
    report = repository.compare(two(plain("one"), plain("two")), {"apps/two/a.yaml": TOUCHED})
    assert [unit.path for unit in report.units] == ["apps/two"]
    assert states(report, "risk/owned-twice") == [("apps/two", FindingState.EXISTING)]


def test_a_unit_that_begins_to_make_it(repository: GitOpsRepository) -> None:
    other = MANIFEST.replace("name: shop, namespace", "name: other, namespace")
    report = repository.compare(two(plain("one"), plain("two", other)), {"apps/two/a.yaml": MANIFEST})
    assert states(report, "risk/owned-twice") == [("apps/two", FindingState.INTRODUCED)]
    assert found(report, "risk/owned-twice")[0].message.startswith("apps/one deploys the same object")


def test_a_new_unit_of_a_path_that_is_deployed_already(repository: GitOpsRepository) -> None:
    report = repository.compare(
        {".gatehouse.yaml": ON, **flux("one", "apps/one"), **plain("one")}, flux("again", "apps/one")
    )
    assert [state for _, state in states(report, "risk/owned-twice")] == [FindingState.INTRODUCED]


def test_another_cluster_or_namespace_is_another_object(repository: GitOpsRepository) -> None:
    apart = {".gatehouse.yaml": ON, **flux("one", "apps/one"), **flux("two", "apps/two", "staging")}
    files = {**apart, **plain("one"), **plain("two")}
    assert states(repository.compare(files, {"apps/two/a.yaml": TOUCHED}), "risk/owned-twice") == []
    elsewhere = {"apps/two/kustomization.yaml": "namespace: other\nresources: [a.yaml]\n"} | flux("two", "apps/two")
    assert states(repository.compare(elsewhere, {"apps/two/a.yaml": MANIFEST}), "risk/owned-twice") == []


def test_overlays_that_no_object_declares(repository: GitOpsRepository) -> None:
    def of(app: str, folder: str = "overlays", text: str = MANIFEST) -> dict[str, str | None]:
        at = f"apps/{app}/{folder}/prod"
        return {f"{at}/kustomization.yaml": "resources: [a.yaml]\n", f"{at}/a.yaml": text}

    files = {".gatehouse.yaml": ON, **of("one"), **of("two"), **of("three", "us")}
    report = repository.compare(files, {"apps/two/overlays/prod/a.yaml": TOUCHED})
    assert states(report, "risk/owned-twice") == [("apps/two/overlays/prod", FindingState.EXISTING)]
    assert "apps/one/overlays/prod deploys the same" in found(report, "risk/owned-twice")[0].message
    assert states(repository.compare({}, {"apps/three/us/prod/a.yaml": TOUCHED}), "risk/owned-twice") == []


def test_names_that_a_kustomization_completes(repository: GitOpsRepository) -> None:
    inner = {
        "apps/one/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: my-\n",
        "apps/two/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: my-\nnameSuffix: ''\n",
    }
    report = repository.compare({**two(plain("one"), plain("two")), **inner}, {"apps/two/a.yaml": TOUCHED})
    assert states(report, "risk/owned-twice") == [("apps/two", FindingState.EXISTING)]


def test_charts_of_two_applications(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    named = MANIFEST.replace("name: shop, namespace: web", "name: '{{ .Release.Name }}', namespace: web")
    files: dict[str, str | None] = {".gatehouse.yaml": ON, **chart("charts/c", a=named)}
    for name in ("one", "two"):
        files[f"argocd/{name}.yaml"] = ARGO.replace("NAME", name).replace("PATH", "charts/c")
    less = {key: text for key, text in files.items() if key != "argocd/two.yaml"}
    report = repository.compare(less, {"argocd/two.yaml": files["argocd/two.yaml"]})
    assert [state for _, state in states(report, "risk/owned-twice")] == [FindingState.INTRODUCED]


def application(name: str, folder: str, destination: str, path: str = "apps/one") -> dict[str, str | None]:
    text = f"""apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  project: default
  source: {{repoURL: 'https://forge.example/gitops', path: {path}}}
  destination: {{{destination}, namespace: web}}
"""
    return {f"{folder}/{name}.yaml": text}


@pytest.mark.parametrize(
    ("one", "other", "twice"),
    [
        ("server: 'https://live.example'", "server: 'https://live.example/'", True),
        ("server: 'https://live.example'", "server: 'https://test.example'", False),
        ("name: eks-prod", "name: eks-prod", True),
        ("name: workload", "name: workload", False),  # each environment's Argo CD may call its own so
        ("name: in-cluster", "name: in-cluster", False),
        ("server: 'https://kubernetes.default.svc'", "server: 'https://kubernetes.default.svc'", False),
        ("server: 'https://${CLUSTER}'", "server: 'https://${CLUSTER}'", False),
    ],
)
def test_applications_of_two_directories_that_name_one_cluster(
    repository: GitOpsRepository, one: str, other: str, twice: bool
) -> None:
    files = {".gatehouse.yaml": ON, **plain("one"), **application("a", "clusters/prod/one", one)}
    report = repository.compare(files, application("b", "clusters/staging/two", other))
    assert [state for _, state in states(report, "risk/owned-twice")] == [FindingState.INTRODUCED] * twice


def test_an_application_that_turns_to_the_cluster_of_another_one(repository: GitOpsRepository) -> None:
    live, test = "server: 'https://live.example'", "server: 'https://test.example'"
    files = {".gatehouse.yaml": ON, **plain("one"), **plain("two"), **application("a", "live", live),
             **application("b", "test", test, "apps/two")}  # fmt: skip
    report = repository.compare(files, application("b", "test", live, "apps/two"))
    assert states(report, "risk/owned-twice") == [("apps/two", FindingState.INTRODUCED)]
    assert [(each.file, each.line) for each in found(report, "risk/owned-twice")] == [("test/b.yaml", 7)]
    assert states(repository.compare(files, {"apps/two/a.yaml": TOUCHED}), "risk/owned-twice") == []


@pytest.mark.parametrize("style", ["flow", "list", "labels-first", "end-of-file", "json"])
def test_however_the_name_is_written(repository: GitOpsRepository, style: str) -> None:
    body = "apiVersion: v1\nkind: ConfigMap\ndata: {a: b}\n"
    texts = {
        "flow": "{apiVersion: v1, kind: ConfigMap, metadata: {namespace: web, name: same}}\n",
        "list": "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n"
        "  metadata:\n    name: same\n    namespace: web\n",
        "labels-first": body + "metadata:\n  labels:\n    a: b\n\n  # a word\n  namespace: web\n  name: 'same'\n",
        "end-of-file": body + "metadata:\n  namespace: web\n  name: same",
        "json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "same", "namespace": "web"}}\n',
    }
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: same, namespace: web}\ndata: {a: 'VALUE'}\n"
    report = repository.compare(
        two(plain("one", texts[style]), plain("two", other)), {"apps/two/a.yaml": other.replace("VALUE", "2")}
    )
    assert states(report, "risk/owned-twice") == [("apps/two", FindingState.EXISTING)]


def test_many_files_of_one_name_are_bounded(repository: GitOpsRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.affected import neighbours as found_by

    monkeypatch.setattr(found_by, "_MOST_FILES", 2)
    files = two(plain("one"), plain("two"))
    for n in range(4):
        files |= {**plain(f"x{n}"), **flux(f"x{n}", f"apps/x{n}")}
    report = repository.compare(files, {"apps/two/a.yaml": TOUCHED})
    assert any(note.startswith("More unchanged units than are looked at may make") for note in report.notes)
