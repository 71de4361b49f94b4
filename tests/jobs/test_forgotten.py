"""A new directory that the kustomization above it forgot, while it lists those beside it, and new Applications that the root
of their directory does not take."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from deployers import flux
from gitops_repository import GitOpsRepository, by_path, chart, kustomization, manifest

Files = dict[str, str | None]
OWN = kustomization(resources=["cm.yaml"])


def app(name: str) -> Files:
    return {f"apps/{name}/kustomization.yaml": OWN, f"apps/{name}/cm.yaml": manifest("ConfigMap", name)}


def test_a_line_is_forgotten(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before: Files = {**app("web"), "apps/kustomization.yaml": kustomization(resources=["web"])}
    report = repository.compare(before, app("shop"))
    assert by_path(report)["apps/shop"].notes == (
        "apps/kustomization.yaml lists what lies beside it, and not this: nothing here deploys it until that file names it.",
    )


def test_nothing_is_said_where_nothing_lists_what_lies_beside(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before: Files = {**app("web"), **app("prod"), "apps/kustomization.yaml": kustomization(namePrefix="x-")}
    assert by_path(repository.compare(before, app("shop")))["apps/shop"].notes == ()
    listing: Files = {"apps/kustomization.yaml": kustomization(resources=["web"])}
    assert by_path(repository.compare(listing, app("staging")))["apps/staging"].notes == ()


def service(name: str, *environments: str) -> Files:
    found: Files = {f"services/{name}/base/{path.rpartition('/')[2]}": text for path, text in app(name).items()}
    overlay = kustomization(resources=["../../base"])
    return found | {f"services/{name}/overlays/{each}/kustomization.yaml": overlay for each in environments}


def environment(name: str, *services: str) -> Files:
    paths = [f"../../services/{service}/overlays/{name}" for service in services]
    return {f"environments/{name}/kustomization.yaml": kustomization(resources=paths)}


def test_an_environment_that_lists_the_overlays_of_other_services(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before = service("web", "dev", "prod") | service("api", "dev", "prod")
    before |= environment("dev", "web", "api") | environment("prod", "web", "api")
    after = service("shop", "dev", "prod") | environment("dev", "web", "api", "shop")
    found = by_path(repository.compare(before, after))
    assert {path: unit.notes for path, unit in found.items()} == {
        "environments/dev": (),
        "services/shop/overlays/prod": (
            "environments/prod/kustomization.yaml builds on services/api/overlays/prod and 1 more like it, and not on this: "
            "nothing here deploys it until that file names it.",
        ),
    }


def test_what_builds_on_the_others_is_deployed(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = service("web", "prod") | service("api", "prod") | environment("prod", "web", "api")
    before["clusters/prod/apps.yaml"] = flux("apps", "./environments/prod")
    report = repository.compare(before, service("shop", "prod"))
    assert by_path(report) == {} and set(report.unmapped) == set(service("shop", "prod"))


def test_a_directory_further_up_lists_the_only_one_beside_it(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before: Files = {f"envs/dev/{path}": text for path, text in app("web").items()}
    before["envs/dev/kustomization.yaml"] = kustomization(resources=["apps/web"])
    after = {f"envs/dev/{path}": text for path, text in app("shop").items()}
    (unit,) = repository.compare(before, after).units
    assert unit.notes == (
        "envs/dev/kustomization.yaml builds on envs/dev/apps/web, and not on this: "
        "nothing here deploys it until that file names it.",
    )


def test_each_service_is_built_on_by_its_own(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """Another one more does not look forgotten, and neither does an overlay beside those that build on each other."""
    need("kustomize")
    cluster = kustomization(resources=["../../../services/web/overlays/prod"])
    before: Files = {**service("web", "prod"), "clusters/one/web/kustomization.yaml": cluster}
    before |= {"services/web/overlays/qa/kustomization.yaml": kustomization(resources=["../prod"])}
    after: Files = {**service("shop", "prod"), "services/web/overlays/eu/kustomization.yaml": OWN}
    after["services/web/overlays/eu/cm.yaml"] = manifest("ConfigMap", "web")
    found = by_path(repository.compare(before, after))
    assert {path: unit.notes for path, unit in found.items()} == {
        "services/shop/overlays/prod": (), "services/web/overlays/eu": (),
    }  # fmt: skip


def application(name: str, path: str, **directory: Any) -> str:
    source = {"repoURL": "https://git.example/o/r", "path": path, "directory": directory}
    spec = {"project": "default", "source": source, "destination": {"server": "https://kubernetes.default.svc"}}
    metadata = {"name": name, "namespace": "argocd"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


def test_an_application_under_a_name_that_its_root_leaves_out(repository: GitOpsRepository) -> None:
    before: Files = {
        "boot/root.yaml": application("root", "apps", recurse=True, include="{*/application.yaml,*/set.yaml}"),
        "apps/web/application.yaml": application("web", "apps/web/k8s"),
        "apps/web/k8s/cm.yaml": manifest("ConfigMap", "web"),
        "apps/shop/k8s/cm.yaml": manifest("ConfigMap", "shop"),
    }
    shop = application("shop", "apps/shop/k8s")
    notes = by_path(repository.compare(before, {"apps/shop/application.yml": shop}))["apps/shop/k8s"].notes
    assert notes == (
        "Application argocd/root (boot/root.yaml) leaves apps/shop/application.yml out by the include or exclude of its "
        "directory, and nothing else here takes it: it is deployed only if somebody applies it by hand.",
    )
    renamed: Files = {"apps/shop/application.yml": None, "apps/shop/application.yaml": shop}
    assert by_path(repository.compare({}, renamed))["apps/shop/k8s"].notes == ()


def test_a_root_that_leaves_itself_out_says_nothing_of_itself(repository: GitOpsRepository) -> None:
    before: Files = {"apps/web/cm.yaml": manifest("ConfigMap", "web"), "apps/web.yaml": application("web", "apps/web")}
    report = repository.compare(before, {"apps/root.yaml": application("root", "apps", exclude="root.yaml")})
    assert not [note for note in by_path(report)["apps"].notes if "root.yaml" in note]


def test_where_the_one_above_is_deployed_its_files_are_unmapped(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    listing = {"apps/kustomization.yaml": kustomization(resources=["web"])}
    before: Files = {**app("web"), **listing, "clusters/prod/apps.yaml": flux("apps", "./apps")}
    declared = {"apps/shop/cm.yaml": flux("more", "./more"), "more/cm.yaml": manifest("ConfigMap", "more")}
    report = repository.compare(before, {**app("shop"), **declared})
    assert (by_path(report), report.unmapped) == (
        {},
        ("apps/shop/cm.yaml", "apps/shop/kustomization.yaml", "more/cm.yaml"),
    )
    report = repository.compare({}, {"apps/kustomization.yaml": kustomization(resources=["web", "shop"])})
    assert {unit.source.name: str(unit.state) for unit in report.units if unit.source is not None} == {
        "apps": "changed",
        "more": "added",
    }


def test_what_something_else_takes_too_is_not_unmapped(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    cm = manifest("ConfigMap", "shared")
    base = {"shared/kustomization.yaml": OWN, "shared/cm.yaml": cm, "apps/web/kustomization.yaml": kustomization()}
    listing = {"apps/kustomization.yaml": kustomization(resources=["web"])}
    new = kustomization(resources=["../../shared"])
    after = {"apps/shop/kustomization.yaml": new, "shared/cm.yaml": cm.replace("shared", "other")}
    takes = {"apps/web/kustomization.yaml": new, "clusters/prod/apps.yaml": flux("apps", "./apps")}
    report = repository.compare({**base, **listing, **takes}, after)
    assert [(unit.path, str(unit.state)) for unit in report.units] == [("apps", "changed")]
    assert report.unmapped == ("apps/shop/kustomization.yaml",)


def application_set(name: str, *directories: dict[str, object]) -> str:
    git = {"git": {"repoURL": "https://git.example/o/r", "directories": list(directories)}}
    generators = [{"matrix": {"generators": [{"list": {"elements": [{"env": "dev"}]}}, git]}}]
    spec = {"project": "default", "source": {"repoURL": "https://git.example/o/r", "path": "{{path}}"}}
    template = {"metadata": {"name": "{{path.basename}}"}, "spec": spec}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": name}}
    return json.dumps(value | {"spec": {"generators": generators, "template": template}}) + "\n"


ALL: dict[str, object] = {"path": "apps/*"}
NOT_OLD: dict[str, object] = {"path": "apps/old", "exclude": True}


def test_what_a_set_excludes_is_unmapped(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    before: Files = {
        "sets.yaml": application_set("apps", ALL, NOT_OLD),
        **chart("apps/web", cm=manifest("ConfigMap", "web")),
        **chart("apps/db", cm=manifest("ConfigMap", "db")),
    }
    after: Files = {**dict.fromkeys(chart("apps/web", cm="")), **chart("apps/old", cm=manifest("ConfigMap", "web"))}
    report = repository.compare(before, after)
    assert {unit.path: str(unit.state) for unit in report.units} == {"apps/web": "removed"}
    assert report.unmapped == ("apps/old/Chart.yaml", "apps/old/templates/cm.yaml")
    more = repository.compare({}, {**chart("apps/new", cm=manifest("ConfigMap", "new"))})
    assert {unit.path: str(unit.state) for unit in more.units} == {"apps/new": "added"}


def test_but_not_where_another_one_takes_it(repository: GitOpsRepository) -> None:
    """Here one whose clusters nobody sees."""
    other = application_set("other", ALL).replace('{"list": {"elements": [{"env": "dev"}]}}', '{"clusters": {}}')
    before: Files = {
        "sets.yaml": application_set("apps", ALL, NOT_OLD),
        "other.yaml": other,
        **chart("apps/db", cm=manifest("ConfigMap", "db")),
    }
    report = repository.compare(before, {**chart("apps/old", cm=manifest("ConfigMap", "old"))})
    assert report.unmapped == ()


def test_a_pattern_may_hold_parameters_in_front(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    taken: dict[str, object] = {"path": "clusters/{{env}}/apps/*"}
    before: Files = {
        "sets.yaml": application_set("apps", taken, {"path": "clusters/{{env}}/apps/off-*", "exclude": True}),
        **chart("clusters/dev/apps/db", cm=manifest("ConfigMap", "db")),
    }
    files = chart("clusters/dev/apps/off-web", cm=manifest("ConfigMap", "web"))
    report = repository.compare(before, files)
    assert (report.units, report.unmapped) == ((), tuple(sorted(files)))
    other = chart("clusters/dev/apps/on", cm=manifest("ConfigMap", "on"))
    assert {unit.path: str(unit.state) for unit in repository.compare({}, other).units} == {
        "clusters/dev/apps/on": "added"
    }


def test_a_name_that_only_parameters_know_leaves_out_nothing_for_sure(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("helm")
    taken: dict[str, object] = {"path": "clusters/{{name}}/*"}
    unsure: dict[str, object] = {"path": "clusters/{{name}}/{{metadata.labels.off}}", "exclude": True}
    seen = '{"list": {"elements": [{"env": "dev"}]}}'
    unseen = application_set("apps", taken, unsure).replace(
        seen, '{"clusters": {"selector": {"matchLabels": {"a": "b"}}}}'
    )
    files = chart("clusters/east/web", cm=manifest("ConfigMap", "web"))
    report = repository.compare({"sets.yaml": unseen}, files)
    assert report.unmapped == ()


def test_with_all_units_a_note_says_so(repository: GitOpsRepository) -> None:
    before: Files = {"sets.yaml": application_set("apps", ALL, NOT_OLD), **chart("apps/db")}
    report = repository.compare(before, {**chart("apps/old", cm=manifest("ConfigMap", "old"))}, everything=True)
    assert by_path(report)["apps/old"].notes == (
        "ApplicationSet apps (sets.yaml) excludes it, and nothing else here deploys it.",
    )
