"""What a change does to a unit, in one word."""

from __future__ import annotations

from collections.abc import Callable

from gitops_repository import GitOpsRepository, application, chart, kustomization, manifest, states

from bot.jobs.changes import state_of
from bot.model.resource import Failed
from bot.model.result import UnitState
from bot.report.concerns import stops

ONE, OTHER = manifest("ConfigMap", "one"), manifest("ConfigMap", "other")


def test_an_object_that_goes_to_another_file_of_its_directory_changes_nothing(repository: GitOpsRepository) -> None:
    report = repository.compare({"deploy/a.yaml": f"{OTHER}---\n{ONE}"}, {"deploy/a.yaml": ONE, "deploy/b.yaml": OTHER})
    assert states(report) == {"deploy": "unchanged"}


def test_but_not_where_the_last_of_two_counts(repository: GitOpsRepository) -> None:
    first, last = manifest("ConfigMap", "one", data={"a": "1"}), manifest("ConfigMap", "one", data={"a": "2"})
    files = {"deploy/a.yaml": first, "deploy/b.yaml": last}
    report = repository.compare({**files}, {"deploy/a.yaml": last, "deploy/b.yaml": first})
    (unit,) = report.units
    assert (str(unit.state), [str(each.id) for each in unit.objects]) == ("changed", ["ConfigMap one"])
    assert "which is deploy/b.yaml" in unit.notes[0]


def test_what_fails_on_both_sides_is_unrenderable() -> None:
    lay_elsewhere, is_wrong = Failed("its chart is in a registry", elsewhere=True), Failed("must specify --enable-helm")
    assert state_of(lay_elsewhere, is_wrong) is state_of(is_wrong, is_wrong) is UnitState.UNRENDERABLE
    assert state_of(None, is_wrong) is UnitState.UNRENDERABLE


def test_without_its_option_a_chart_is_not_called_new(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    chart = {"name": "web", "repo": "https://charts.example.com/", "version": "1.2.3", "releaseName": "web"}
    options = {"kustomize.buildOptions": "--enable-helm"}
    report = repository.compare(
        {
            "argocd/cm.yaml": manifest("ConfigMap", "argocd-cm", namespace="argocd", data=options),
            "argocd/web.yaml": application("web", "web"),
            "web/kustomization.yaml": kustomization(helmCharts=[chart]),
        },
        {"argocd/cm.yaml": manifest("ConfigMap", "argocd-cm", namespace="argocd")},
    )
    (unit,) = (unit for unit in report.units if unit.path == "web")
    assert (str(report.verdict), str(unit.state)) == ("failed", "unrenderable")
    assert [(each.label, each.units) for each in stops(report)] == [("does not build any more", ("web",))]


def test_a_namespace_that_the_deployment_gives_anyway_moves_no_object(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    need("helm")
    deployed = [application(name, name).replace('"destination": {', '"destination": {"namespace": "shop", ')
                for name in ("web", "api")]  # fmt: skip
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api\n"
    report = repository.compare(
        {
            "argocd/apps.yaml": "---\n".join(deployed),
            "web/kustomization.yaml": kustomization(resources=["one.yaml"]),
            "web/one.yaml": ONE,
            **chart("api", config=config),
        },
        {
            "web/kustomization.yaml": kustomization(resources=["one.yaml"], namespace="shop"),
            "api/templates/config.yaml": f"{config}  namespace: {{{{ .Release.Namespace }}}}\n",
        },
    )
    found = {
        unit.path: [(str(each.state), str(each.id), each.danger) for each in unit.objects] for unit in report.units
    }
    assert found == {
        "web": [("changed", "ConfigMap shop/one", "")],
        "api": [("changed", "ConfigMap shop/api", "")],
    }
