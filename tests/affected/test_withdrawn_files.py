"""ConfigMaps whose file stays, and which a change takes out of a namespace, or from the Kustomization that deploys them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from deployers import flux
from gitops_repository import GitOpsRepository, kustomization, manifest

from bot.model.result import Report

Files = dict[str, str | None]
TAKES = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars"}]}
OPTIONAL = {"substituteFrom": [{"kind": "ConfigMap", "name": "vars", "optional": True}]}


def values(namespace: str = "", data: str = "one") -> str:
    return manifest("ConfigMap", "vars", data={"a": data}, **({"namespace": namespace} if namespace else {}))


def build(namespace: str = "", *resources: str) -> str:
    return kustomization(resources=list(resources or ["vars.yaml"]), **({"namespace": namespace} if namespace else {}))


def cluster(name: str) -> Files:
    """A root, what deploys the variables of the cluster, and what takes them."""
    return {
        f"clusters/{name}/settings.yaml": flux("settings", f"./settings/{name}"),
        f"clusters/{name}/web.yaml": flux("web", "./apps/web", postBuild=TAKES),
    }


APP: Files = {"apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"})}
BUILT: Files = {
    **APP, **cluster("prod"), **cluster("test"),
    "settings/prod/kustomization.yaml": build("flux-system"), "settings/prod/vars.yaml": values(),
    "settings/test/kustomization.yaml": build("flux-system"), "settings/test/vars.yaml": values(data="two"),
}  # fmt: skip
NAMED: Files = {
    **BUILT, "settings/prod/kustomization.yaml": build(), "settings/prod/vars.yaml": values("flux-system"),
}  # fmt: skip
PLAIN: Files = {**NAMED, "settings/prod/kustomization.yaml": None}
TARGETED: Files = {
    **BUILT, "settings/prod/kustomization.yaml": build(),
    "clusters/prod/settings.yaml": flux("settings", "./settings/prod", targetNamespace="flux-system"),
}  # fmt: skip
LISTED: Files = {**BUILT, "clusters/prod/kustomization.yaml": kustomization(resources=["settings.yaml", "web.yaml"])}


def of_prod(report: Report) -> list[tuple[str, str]]:
    units = (unit for unit in report.units if unit.source is not None and unit.source.name == "web")
    return [(str(unit.state), unit.error) for unit in units if unit.environment == "prod"]


def there(files: Files) -> Files:
    return {path: text for path, text in files.items() if text is not None}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(BUILT, {"settings/prod/kustomization.yaml": build("other")}, id="another namespace"),
        pytest.param(BUILT, {"settings/prod/kustomization.yaml": build()}, id="no namespace"),
        pytest.param(NAMED, {"settings/prod/kustomization.yaml": build("other")}, id="one over that of the file"),
        pytest.param(NAMED, {"settings/prod/vars.yaml": values("other")}, id="another one in the file"),
        pytest.param(NAMED, {"settings/prod/vars.yaml": values()}, id="none in the file"),
        pytest.param(
            TARGETED,
            {"clusters/prod/settings.yaml": flux("settings", "./settings/prod", targetNamespace="other")},
            id="another target",
        ),
        pytest.param(BUILT, {"clusters/prod/settings.yaml": None}, id="nothing deploys it"),
        pytest.param(PLAIN, {"clusters/prod/settings.yaml": None}, id="nothing deploys the directory"),
        pytest.param(
            {**BUILT, "settings/more/cm.yaml": values(data="x").replace("vars", "x")},
            {"clusters/prod/settings.yaml": flux("settings", "./settings/more")},
            id="another path",
        ),
        pytest.param(
            LISTED, {"clusters/prod/kustomization.yaml": kustomization(resources=["web.yaml"])}, id="no more listed"
        ),
    ],
)  # fmt: skip
def test_what_takes_values_from_it_stops(
    repository: GitOpsRepository, need: Callable[[str], str], before: Files, after: Files
) -> None:
    need("kustomize")
    report = repository.compare(there(before), after)
    assert [state for state, _ in of_prod(report)] == ["broken"]
    assert "takes ConfigMap vars away, from which Kustomization web takes values" in of_prod(report)[0][1]
    assert str(report.verdict) == "failed"


MADE = json.dumps(
    {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "made", "namespace": "x"},
     "spec": {"chart": {"spec": {"chart": "charts/c", "sourceRef": {"kind": "GitRepository", "name": "flux-system"}}}}}
)  # fmt: skip
CHART: Files = {
    "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
    "charts/c/templates/settings.yaml": "{{/* made */}}\n" + flux("settings", "./settings/{{ .Values.name }}"),
    "charts/c/values.yaml": "name: prod\n",
}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            {**BUILT, "clusters/prod/web.yaml": flux("web", "./apps/web", postBuild=OPTIONAL)},
            {"settings/prod/kustomization.yaml": build("other")},
            id="optional",
        ),
        pytest.param(
            NAMED, {"settings/prod/kustomization.yaml": build("flux-system"), "settings/prod/vars.yaml": values()},
            id="the build says it now",
        ),
        pytest.param(
            BUILT, {"settings/prod/kustomization.yaml": build(), "settings/prod/vars.yaml": values("flux-system")},
            id="the file says it now",
        ),
        pytest.param(
            BUILT,
            {"settings/prod/kustomization.yaml": build(),
             "clusters/prod/settings.yaml": flux("settings", "./settings/prod", targetNamespace="flux-system")},
            id="the target says it now",
        ),
        pytest.param(
            BUILT,
            {"clusters/prod/settings.yaml": None, "clusters/prod/config.yaml": flux("config", "./settings/prod")},
            id="under another name",
        ),
        pytest.param(
            BUILT, {"clusters/prod/settings.yaml": None, "clusters/prod/kustomization.yaml": kustomization(
                resources=["web.yaml", "../../settings/prod"])},
            id="a build of the cluster lists it",
        ),
        pytest.param(
            {**BUILT, "clusters/prod/settings.yaml": flux("settings", "./settings/prod", prune=False)},
            {"clusters/prod/settings.yaml": None},
            id="nothing is pruned",
        ),
        pytest.param(
            {**BUILT, **CHART}, {"clusters/prod/settings.yaml": None, "clusters/prod/made.yaml": MADE},
            id="a chart makes what deploys it",
        ),
        pytest.param(BUILT, {"clusters/prod/settings.yaml": "a: [\n" + flux("x", "./x")}, id="nobody can read it"),
    ],
)  # fmt: skip
def test_what_stays_where_it_is(
    repository: GitOpsRepository, need: Callable[[str], str], before: Files, after: Files
) -> None:
    need("kustomize"), need("helm")
    report = repository.compare(there(before), after)
    assert "broken" not in [state for state, _ in of_prod(report)]


LONE: Files = {"tmpl/settings/kustomization.yaml": build(), "tmpl/settings/vars.yaml": values("flux-system", "x")}


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"tmpl/vars.yaml": values("flux-system", "x")}, id="a plain directory"),
        pytest.param({"examples/vars.yaml": values("flux-system", "x")}, id="examples"),
        pytest.param(LONE, id="a kustomization that nothing declares"),
    ],
)
@pytest.mark.parametrize(
    "after",
    [
        pytest.param({"settings/prod/vars.yaml": None, "settings/prod/kustomization.yaml": None}, id="deleted"),
        pytest.param({"clusters/prod/settings.yaml": None}, id="deployed no more"),
    ],
)
def test_what_no_declaration_deploys_does_not_stand_in(
    repository: GitOpsRepository, need: Callable[[str], str], more: Files, after: Files
) -> None:
    need("kustomize")
    report = repository.compare(there({**NAMED, **more}), after)
    assert [state for state, _ in of_prod(report)] == ["broken"]
    assert "takes ConfigMap vars away" in of_prod(report)[0][1]


GONE: Files = {"settings/prod/vars.yaml": None, "settings/prod/kustomization.yaml": None}


@pytest.mark.parametrize(
    ("more", "after"),
    [
        pytest.param(
            {"more/vars.yaml": values("flux-system", "x"), "clusters/prod/more.yaml": flux("more", "./more")}, GONE,
            id="a declaration deploys it",
        ),
        pytest.param(
            {"clusters/prod/settings.yaml": None, "clusters/prod/vars.yaml": values("flux-system", "x")}, GONE,
            id="it answered before",
        ),
        pytest.param({}, {**GONE, "clusters/prod/vars.yaml": values("flux-system", "x")}, id="it is new"),
    ],
)  # fmt: skip
def test_what_stands_in_for_all_that(
    repository: GitOpsRepository, need: Callable[[str], str], more: Files, after: Files
) -> None:
    need("kustomize")
    report = repository.compare(there({**BUILT, **more}), after)
    assert "broken" not in [state for state, _ in of_prod(report)]


def test_what_answers_for_another_cluster_goes_on(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """The values of one cluster go; those of the other one are applied by hand, as before."""
    need("kustomize")
    before = there({**BUILT, "clusters/test/settings.yaml": None})
    report = repository.compare(before, GONE)
    found = {unit.environment: str(unit.state) for unit in report.units if unit.source and unit.source.name == "web"}
    assert (found["prod"], found.get("test", "unchanged")) == ("broken", "unchanged")


def test_what_a_failing_kustomization_deployed_stays(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """Its path is mistyped: Flux prunes nothing then, and only it is to be told of."""
    need("kustomize")
    before = there({**BUILT, "clusters/prod/settings.yaml": flux("settings", "./settings/prod")})
    report = repository.compare(before, {"clusters/prod/settings.yaml": flux("settings", "./setings/prod")})
    broken = [unit.source.name for unit in report.units if str(unit.state) == "broken" and unit.source]
    assert (broken, str(report.verdict)) == (["settings"], "failed")
    assert not [note for unit in report.units for note in unit.notes if "of another cluster" in note]
