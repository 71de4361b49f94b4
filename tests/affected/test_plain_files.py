"""Manifest files that stand for an environment each, without any directory for it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest, states

CM = manifest("ConfigMap", "settings", data={"a": "1"})
CM2 = manifest("ConfigMap", "settings", data={"a": "2"})
Files = dict[str, str | None]


def found(repository: GitOpsRepository, *paths: str) -> set[tuple[str, str]]:
    """The units of files that are all changed, with their environments."""
    report = repository.compare(dict.fromkeys(paths, CM), dict.fromkeys(paths, CM2))
    assert all(unit.state == "changed" for unit in report.units)
    assert report.counts.deployed == len(report.units)
    assert not report.unmapped
    return {(unit.path, unit.environment) for unit in report.units}


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["deploy/prod.yaml", "deploy/staging.yml"], {("deploy/prod.yaml", "prod"), ("deploy/staging.yml", "staging")}),
        (["prod.yaml", "dev.json"], {("prod.yaml", "prod"), ("dev.json", "dev")}),
        (["deploy/prod.yaml", "deploy/rbac.yaml"], {("deploy/prod.yaml", "prod"), ("deploy", "")}),
        (["k8s/web-prod.yaml", "k8s/web-dev-eu-1.yaml"], {("k8s/web-prod.yaml", "prod"), ("k8s/web-dev-eu-1.yaml", "dev")}),
        (["environments/prod.yaml", "env/test.yaml"], {("environments/prod.yaml", "prod"), ("env/test.yaml", "test")}),
        (["clusters/eks-pre-prod-1.yaml"], {("clusters/eks-pre-prod-1.yaml", "pre-prod")}),
        # a name that often means something else counts beside one that does not
        (["k8s/canary.yaml", "k8s/demo.yaml"], {("k8s", "")}),
        (["k8s/test.yaml", "k8s/prod.yaml"], {("k8s/test.yaml", "test"), ("k8s/prod.yaml", "prod")}),
        # where the directory names the environment, a file does not name another one
        (["apps/prod/web-dev.yaml", "apps/prod/api.yaml"], {("apps/prod", "prod")}),
        (["overlays/prod/dev.yaml"], {("overlays/prod", "prod")}),
    ],
)  # fmt: skip
def test_names(repository: GitOpsRepository, files: list[str], expected: set[tuple[str, str]]) -> None:
    assert found(repository, *files) == expected


def test_only_its_own_file_reaches_it(repository: GitOpsRepository) -> None:
    before: Files = {"deploy/prod.yaml": CM, "deploy/dev.yaml": CM, "deploy/rbac.yaml": CM}
    assert states(repository.compare(before, {"deploy/prod.yaml": CM2})) == {"deploy/prod.yaml": "changed"}
    assert states(repository.compare({}, {"deploy/rbac.yaml": CM2})) == {"deploy": "changed"}
    # where a file is not there, nothing says that it would be set apart
    added = repository.compare({}, {"deploy/qa.yaml": CM})
    assert states(added) == {"deploy": "unchanged", "deploy/qa.yaml": "added"}
    removed = repository.compare({}, {"deploy/qa.yaml": None})
    assert states(removed) == {"deploy": "unchanged", "deploy/qa.yaml": "removed"}
    assert states(repository.compare({}, {"deploy/rbac.yaml": None})) == {"deploy": "removed"}


def test_names_that_do_not_say_enough(repository: GitOpsRepository) -> None:
    before: Files = dict.fromkeys(("deploy/prod-deployment.yaml", "deploy/dev-deployment.yaml", "web/service.yaml"), CM)
    report = repository.compare(before, dict.fromkeys(before, CM2))
    assert {unit.path: unit.notes for unit in report.units} == {
        "deploy": (
            "deploy belongs to no environment, yet names of its files hold dev, prod: it is one unit of all of them.",
        ),
        "web": (),
    }


def test_beside_a_kustomization_it_is_none(repository: GitOpsRepository) -> None:
    before: Files = {"deploy/kustomization.yaml": kustomization(resources=["base.yaml"]), "deploy/base.yaml": CM}
    report = repository.compare({**before, "deploy/prod.yaml": CM}, {"deploy/prod.yaml": CM2})
    assert not report.units
    assert report.unmapped == ("deploy/prod.yaml",)


@pytest.mark.parametrize("text", ["{", "", "link"])
def test_a_file_that_breaks_stays_a_unit_of_its_own(repository: GitOpsRepository, text: str) -> None:
    base = repository.commit({"deploy/prod.yaml": CM, "deploy/dev.yaml": CM, "deploy/rbac.yaml": CM})
    repository.write({"deploy/prod.yaml": None if text == "link" else text})
    if text == "link":
        (repository.path / "deploy/prod.yaml").symlink_to("nowhere.yaml")
    report = repository.check(base, repository.commit({}))
    assert [unit.path for unit in report.units] == ["deploy/prod.yaml"]
    assert str(report.units[0].state) != "removed"
    assert report.units[0].environment == "prod"


def test_the_rest_stays_a_unit_when_its_only_file_breaks(repository: GitOpsRepository) -> None:
    report = repository.compare({"deploy/prod.yaml": CM, "deploy/rbac.yaml": CM}, {"deploy/rbac.yaml": "{"})
    assert [(unit.path, str(unit.state)) for unit in report.units] == [("deploy", "broken")]


def test_a_name_that_counts_no_longer(repository: GitOpsRepository) -> None:
    """Without the file for production, the one that is called test is shown by the directory again, and no unit itself."""
    report = repository.compare({"k8s/prod.yaml": CM, "k8s/test.yaml": CM}, {"k8s/prod.yaml": None})
    assert states(report) == {"k8s": "added", "k8s/prod.yaml": "removed", "k8s/test.yaml": "removed"}
    assert report.counts.deployed == 1
    report = repository.compare({}, {"k8s/prod.yaml": CM})
    assert states(report) == {"k8s": "removed", "k8s/prod.yaml": "added", "k8s/test.yaml": "added"}


def test_files_that_others_take_are_left_to_them(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """A cluster lists one file of a directory; another one comes beside it, and nothing lists that."""
    need("kustomize")
    before: Files = {
        "infra/dns.yaml": manifest("ConfigMap", "dns"),
        "clusters/prod/apps.yaml": flux("apps", "./apps/prod"),
        "apps/prod/kustomization.yaml": kustomization(resources=["../../infra/dns.yaml"]),
    }
    report = repository.compare(before, {"infra/time.yaml": manifest("ConfigMap", "time")})
    assert [(unit.path, [each.id.name for each in unit.objects]) for unit in report.units] == [("infra", ["time"])]
    report = repository.compare({}, {"infra/dns.yaml": manifest("ConfigMap", "dns", data={"a": "1"})})
    assert states(report) == {"apps/prod": "changed"}
    report = repository.compare({}, {"infra/time.yaml": "{"})
    assert [(unit.path, str(unit.state)) for unit in report.units] == [("infra", "broken")]
