"""A declaration whose file got another name is one unit; what may be another cluster's stays apart."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import pytest
from fleets import CHART, flux, release
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]


def application(name: str, path: str, **directory: object) -> str:
    source: dict[str, object] = {"repoURL": "https://git.example.com/org/repo", "path": path}
    if directory:
        source["directory"] = directory
    spec = {"source": source, "destination": {"namespace": "web"}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value) + "\n"


APPS = {"web/cm.yaml": manifest("ConfigMap", "web")}


@pytest.mark.parametrize(
    ("before", "after", "states"),
    [
        ("argo/a.yaml", "argo/b.yaml", ["unchanged"]),
        ("clusters/prod/web.yaml", "clusters/prod/apps/web.yaml", ["unchanged"]),
        ("clusters/one/web.yaml", "clusters/two/web.yaml", ["added", "removed"]),
        ("clusters/prod/web.yaml", "clusters/staging/web.yaml", ["added", "removed"]),
        ("clusters/prod/eu-west-1/web.yaml", "clusters/prod/us-east-1/web.yaml", ["added", "removed"]),
        ("argo/web.yaml", "argo/more/web.yaml", ["unchanged"]),
        ("argo/web.yaml", "apps/web.yaml", ["unchanged"]),  # there is no other that could be meant
    ],
)
def test_a_file_that_moves(before: str, after: str, states: list[str], repository: GitOpsRepository) -> None:
    files: Files = {**APPS, before: application("web", "web")}
    report = repository.compare(files, {before: None, after: application("web", "web")})
    assert sorted(str(unit.state) for unit in report.units if unit.source) == states


def test_what_failed_before_does_not_block_under_another_name(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """Gone in one cluster and new in another, with the failure that it had."""
    need("kustomize")
    files: Files = {
        "clusters/one/web.yaml": application("web", "web"),
        "web/kustomization.yaml": kustomization(resources=["no.yaml"]),
    }
    after: Files = {"clusters/one/web.yaml": None, "clusters/two/web.yaml": application("web", "web")}
    report = repository.compare(files, after)
    states = sorted(str(unit.state) for unit in report.units if unit.source)
    assert (states, str(report.verdict)) == (["removed", "unrenderable"], "passed")
    other = repository.compare(
        {}, {"clusters/two/web.yaml": None, "clusters/one/shop.yaml": application("shop", "web")}
    )
    assert str(other.verdict) == "failed"


def test_it_moves_and_turns_elsewhere(repository: GitOpsRepository) -> None:
    files: Files = {**APPS, "argo/a.yaml": application("web", "web"), "other/cm.yaml": manifest("ConfigMap", "other")}
    report = repository.compare(files, {"argo/a.yaml": None, "argo/b.yaml": application("web", "other")})
    (unit,) = (unit for unit in report.units if unit.source)
    assert (str(unit.state), sorted(o.id.name for o in unit.objects)) == ("changed", ["other", "web"])


def test_two_of_one_name_stay_apart(repository: GitOpsRepository) -> None:
    both = application("web", "web")
    files: Files = {**APPS, "argo/a.yaml": both, "argo/b.yaml": both}
    report = repository.compare(files, {"argo/a.yaml": None, "argo/b.yaml": None, "argo/c.yaml": both})
    assert sorted(str(unit.state) for unit in report.units if unit.source) == ["added", "removed", "removed"]


def listed(report: Report) -> list[tuple[str, str]]:
    """(declaring object, what the change does to its unit) of every unit that an object declares."""
    return sorted((str(unit.source), str(unit.state)) for unit in report.units if unit.source)


def moved(files: Mapping[str, str | None], before: str, after: str) -> Files:
    """The change that moves a file, or everything below a directory."""
    below = {path: text for path, text in files.items() if path == before or path.startswith(f"{before}/")}
    return dict.fromkeys(below) | {after + path[len(before) :]: text for path, text in below.items()}


def test_a_third_of_the_name_stays(repository: GitOpsRepository) -> None:
    """Nobody can tell which of the two is now in the other directory."""
    both = application("web", "web")
    files: Files = {**APPS, "argo/a.yaml": both, "one/a.yaml": both}
    assert [state for _, state in listed(repository.compare(files, moved(files, "argo/a.yaml", "two/a.yaml")))] == [
        "added",
        "removed",
    ]


ROOTS: Files = {
    **APPS,
    "roots/one.yaml": application("one", "apps/one", recurse=True),
    "roots/two.yaml": application("two", "apps/two", recurse=True),
    "apps/one/web.yaml": application("web", "web"),
    "apps/two/x.yaml": manifest("ConfigMap", "x"),
}


@pytest.mark.parametrize(
    ("to", "states"),
    [
        ("apps/one/team/web.yaml", ["unchanged"]),
        ("apps/two/web.yaml", ["added", "removed"]),  # the one deletes it, the other makes it
        ("more/web.yaml", ["added", "removed"]),  # the one deletes it, and nothing here makes it again
    ],
)
def test_what_a_root_takes(repository: GitOpsRepository, to: str, states: list[str]) -> None:
    report = repository.compare(ROOTS, moved(ROOTS, "apps/one/web.yaml", to))
    assert [state for name, state in listed(report) if name.endswith("web")] == states


@pytest.mark.parametrize(
    ("to", "narrow", "states"),
    [
        ("web.yml", {"include": "*.yaml"}, ["added", "removed"]),
        ("old-web.yaml", {"exclude": "old-*"}, ["added", "removed"]),
        ("shop.yaml", {"include": "{web,shop}.yaml"}, ["unchanged"]),
        ("web.yml", {"recurse": True}, ["unchanged"]),
    ],
)
def test_a_new_name_that_its_root_leaves_out(
    repository: GitOpsRepository, to: str, narrow: dict[str, object], states: list[str]
) -> None:
    files: Files = {**ROOTS, "roots/one.yaml": application("one", "apps/one", **narrow)}
    report = repository.compare(files, moved(files, "apps/one/web.yaml", f"apps/one/{to}"))
    assert [state for name, state in listed(report) if name.endswith("web")] == states


def test_roots_that_something_takes_are_one_cluster(repository: GitOpsRepository) -> None:
    files: Files = {**ROOTS, "top.yaml": application("top", "roots")}
    report = repository.compare(files, moved(files, "apps/one/web.yaml", "apps/two/web.yaml"))
    assert [state for name, state in listed(report) if name.endswith("web")] == ["unchanged"]


def test_a_root_that_moves_with_all_it_takes(repository: GitOpsRepository) -> None:
    after = {**moved(ROOTS, "apps", "applications"), **moved(ROOTS, "roots", "argo")}
    after |= {f"argo/{name}.yaml": application(name, f"applications/{name}", recurse=True) for name in ("one", "two")}
    assert [state for _, state in listed(repository.compare(ROOTS, after))] == ["unchanged"] * 3


RELEASES: Files = {
    **CHART,
    "clusters/main/apps.yaml": flux("apps", "./apps", targetNamespace="web"),
    "apps/web.yaml": f"{release('web')}\n---\n{release('shop')}\n",
    "apps/cm.yaml": manifest("ConfigMap", "web"),
}
REST = manifest("ConfigMap", "web")


@pytest.mark.parametrize(
    "after",
    [
        moved(RELEASES, "apps/web.yaml", "apps/shop.yaml"),
        moved(RELEASES, "apps/web.yaml", "apps/web/releases.yaml"),
        {"apps/web.yaml": release("web"), "apps/more/shop.yaml": release("shop")},
        {**moved(RELEASES, "apps", "web"), "clusters/main/apps.yaml": flux("apps", "./web", targetNamespace="web")},
    ],
    ids=["renamed", "below", "split", "directory"],
)
def test_releases_that_a_flux_kustomization_completes(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files
) -> None:
    need("kustomize"), need("helm")
    assert {state for _, state in listed(repository.compare(RELEASES, after))} == {"unchanged"}


def test_a_declaration_that_completes_others_goes_to_another_file(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    """What it declares in turn has its key from it."""
    need("kustomize"), need("helm")
    files: Files = {**RELEASES, "apps/kustomization.yaml": kustomization(resources=["web.yaml"])}
    report = repository.compare(files, moved(files, "clusters/main/apps.yaml", "clusters/main/more.yaml"))
    assert {state for _, state in listed(report)} == {"unchanged"}


@pytest.mark.parametrize("there", ["prod", "two"])
def test_what_goes_in_one_cluster_and_comes_in_another(
    repository: GitOpsRepository, need: Callable[[str], str], there: str
) -> None:
    need("kustomize"), need("helm")
    names = ("staging" if there == "prod" else "one", there)
    roots = {f"clusters/{name}/apps.yaml": flux("apps", f"./apps/{name}", targetNamespace="web") for name in names}
    rest = {f"apps/{name}/cm.yaml": REST for name in names}
    files: Files = {**CHART, **roots, **rest, f"apps/{names[0]}/web.yaml": release("web")}
    report = repository.compare(files, moved(files, f"apps/{names[0]}/web.yaml", f"apps/{names[1]}/web.yaml"))
    releases = [state for name, state in listed(report) if name.startswith("HelmRelease")]
    assert releases == ["added", "removed"]
