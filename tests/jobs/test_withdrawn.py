"""ConfigMaps and Secrets that a change takes from what takes values from them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, chart, kustomization, manifest

from bot.model.result import Report, UnitChange

Files = dict[str, str | None]
SOURCE = {"kind": "GitRepository", "name": "flux-system"}
ELSEWHERE = {"chart": "web", "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "charts"}}


def flux(kind: str, **spec: Any) -> str:
    group = {"HelmRelease": "helm.toolkit.fluxcd.io/v2", "Kustomization": "kustomize.toolkit.fluxcd.io/v1"}[kind]
    value = {"apiVersion": group, "kind": kind, "spec": spec}
    return json.dumps(value | {"metadata": {"name": "web", "namespace": "flux-system"}}) + "\n"


def taking(kind: str = "ConfigMap", **more: Any) -> str:
    sources = [{"kind": kind, "name": "vars", **more}]
    return flux("Kustomization", path="./apps/web", sourceRef=SOURCE, postBuild={"substituteFrom": sources})


def files(declared: str, kind: str = "ConfigMap", text: str = "${a}") -> Files:
    held = manifest(kind, "vars", namespace="flux-system", data={"a": "b25l"})
    return {
        "clusters/prod/web.yaml": declared,
        "settings/vars.yaml": held,
        "settings/other.yaml": manifest("ConfigMap", "other"),
        "apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": text}),
    }


def web(report: Report) -> UnitChange:
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.source.name == "web"]
    return unit


EXTERNAL = json.dumps(
    {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "any"},
     "spec": {"target": {"name": "vars"}}}
)  # fmt: skip
RELEASE = flux("HelmRelease", chart={"spec": ELSEWHERE}, valuesFrom=[{"kind": "ConfigMap", "name": "vars"}])


@pytest.mark.parametrize(
    ("declared", "kind"),
    [(taking(), "ConfigMap"), (taking("Secret"), "Secret"), (RELEASE, "ConfigMap")],
    ids=["variables", "variables of a Secret", "values of a chart that lies elsewhere"],
)
def test_what_goes_away_breaks_what_takes_it(
    repository: GitOpsRepository, need: Callable[[str], str], declared: str, kind: str
) -> None:
    need("kustomize")
    report = repository.compare(files(declared, kind), {"settings/vars.yaml": None})
    unit = web(report)
    assert (str(unit.state), str(report.verdict)) == ("broken", "failed")
    assert f"The change takes {kind} vars away, from which" in unit.error


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(files(taking(optional=True)), {"settings/vars.yaml": None}, id="optional"),
        pytest.param(
            files(taking()),
            {"settings/vars.yaml": None, "more/vars.yaml": manifest("ConfigMap", "vars", data={"a": "b25l"})},
            id="it moves",
        ),
        pytest.param(
            files(taking("Secret"), "Secret"),
            {"settings/vars.yaml": None,
             "settings/external.yaml": EXTERNAL},
            id="something else makes it",
        ),
        pytest.param(
            files(taking()) | {"settings/vars.yaml": None, "apps/web/x.yaml": manifest("ConfigMap", "x")},
            {"apps/web/x.yaml": None},
            id="it never was here",
        ),
    ],
)  # fmt: skip
def test_what_is_not_surely_missed(
    repository: GitOpsRepository, need: Callable[[str], str], before: Files, after: Files
) -> None:
    need("kustomize")
    present = {path: text for path, text in before.items() if text is not None}
    report = repository.compare(present, after)
    assert (str(web(report).state), str(report.verdict)) != ("broken", "failed"), web(report).error
    assert str(report.verdict) == "passed"


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_one_that_is_not_put_into_its_namespace_any_more(
    repository: GitOpsRepository, need: Callable[[str], str], kind: str
) -> None:
    """One file, which the root's build puts into two namespaces: the Kustomization in one of them takes it from there."""
    need("kustomize")
    declared = json.loads(taking(kind))
    declared["metadata"].pop("namespace")
    declared["spec"]["sourceRef"]["namespace"] = "flux-system"
    shared = {"resources": ["../../shared/vars.yaml"]}
    before: Files = {
        "clusters/prod/all.yaml": flux("Kustomization", path="./all", sourceRef=SOURCE).replace('"web"', '"all"'),
        "all/kustomization.yaml": kustomization(resources=["one", "two"]),
        "all/one/kustomization.yaml": kustomization(namespace="one", **shared),
        "all/two/kustomization.yaml": kustomization(namespace="two", resources=[*shared["resources"], "web.yaml"]),
        "all/two/web.yaml": json.dumps(declared),
        "shared/vars.yaml": manifest(kind, "vars", data={"a": "b25l"}),
        "apps/web/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"}),
    }
    report = repository.compare(
        before, {"all/two/kustomization.yaml": kustomization(namespace="two", resources=["web.yaml"])}
    )
    assert (str(web(report).state), str(report.verdict)) == ("broken", "failed")
    assert f"{kind} vars" in web(report).error


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_one_that_no_kustomization_lists_any_more(
    repository: GitOpsRepository, need: Callable[[str], str], kind: str
) -> None:
    need("kustomize")
    before = files(taking(kind), kind)
    before["settings/kustomization.yaml"] = kustomization(resources=["vars.yaml", "other.yaml"])
    report = repository.compare(before, {"settings/kustomization.yaml": kustomization(resources=["other.yaml"])})
    assert (str(web(report).state), str(report.verdict)) == ("broken", "failed")
    assert f"{kind} vars" in web(report).error


SOPS = {"a": "ENC[AES256_GCM,data:one]", "b": "ENC[AES256_GCM,data:two]"}


def sops(**data: str) -> str:
    return manifest("Secret", "vars", namespace="flux-system", stringData=data, sops={"version": "3.13.2"})


def test_keys_of_a_secret_are_known(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = files(taking("Secret"), "Secret", "${a} ${b:=${c:=three}}")
    before["settings/vars.yaml"] = sops(**SOPS)
    report = repository.compare(before, {"settings/vars.yaml": sops(a=SOPS["a"])})
    unit = web(report)
    assert str(unit.state) == "changed"
    (change,) = unit.objects
    assert "-  a: ${a} ${b:=${c:=three}}" in change.diff and "+  a: ${a} three" in change.diff


def test_another_value_of_a_secret_is_said(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = files(taking("Secret"), "Secret")
    before["settings/vars.yaml"] = sops(**SOPS)
    report = repository.compare(before, {"settings/vars.yaml": sops(a="ENC[AES256_GCM,data:six]", b=SOPS["b"])})
    unit = web(report)
    assert str(unit.state) == "unchanged"
    assert [note for note in unit.notes if note.startswith("Secret vars changes, from which variables are taken")]


def keyed(key: str, **more: Any) -> str:
    source = {"kind": "ConfigMap", "name": "vars", "valuesKey": key, **more}
    return flux("HelmRelease", chart={"spec": ELSEWHERE}, valuesFrom=[source])


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        (keyed("a"), {"clusters/prod/web.yaml": keyed("b")}, "broken"),
        (keyed("a"), {"settings/vars.yaml": manifest("ConfigMap", "vars", data={"b": "x"})}, "broken"),
        (keyed("a"), {"clusters/prod/web.yaml": keyed("b", optional=True)}, "unrenderable"),
        (keyed("a"), {"settings/vars.yaml": manifest("ConfigMap", "vars", data={})}, "unrenderable"),
        (keyed("b"), {"settings/vars.yaml": manifest("ConfigMap", "vars", data={"a": "x"})}, "unrenderable"),
    ],
    ids=["another key", "the key goes", "optional", "filled by the cluster", "lacking before"],
)
def test_a_key_that_a_config_map_has_not(repository: GitOpsRepository, before: str, after: Files, state: str) -> None:
    """The chart is of a registry: the release is broken nevertheless."""
    unit = web(repository.compare(files(before), after))
    assert str(unit.state) == state
    assert ("of ConfigMap vars, which has no such key" in unit.error) == (state == "broken")


def of_two_clusters(**more: Any) -> Files:
    """Two clusters, each with its own variables, and a directory that both deploy."""
    sources = [{"kind": "ConfigMap", "name": "vars", **more}]
    apps = flux("Kustomization", path="./apps", sourceRef=SOURCE, postBuild={"substituteFrom": sources})
    found: Files = {"apps/cm.yaml": manifest("ConfigMap", "web", data={"a": "${a}"})}
    for name in ("prod", "test"):
        found[f"clusters/{name}/apps.yaml"] = apps
        found[f"clusters/{name}/vars.yaml"] = manifest("ConfigMap", "vars", namespace="flux-system", data={"a": name})
    return found


def of_prod(report: Report) -> UnitChange:
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.environment == "prod"]
    return unit


@pytest.mark.parametrize(
    ("name", "after", "state"),
    [
        ("gone", {"clusters/prod/vars.yaml": None}, "broken"),
        ("renamed", {"clusters/prod/vars.yaml": manifest("ConfigMap", "more", namespace="flux-system")}, "broken"),
        ("for both", {"clusters/prod/vars.yaml": None, "clusters/vars.yaml": manifest("ConfigMap", "vars")}, "changed"),
        (
            "for all",
            {"clusters/prod/vars.yaml": None, "clusters/base/v.yaml": manifest("ConfigMap", "vars")},
            "changed",
        ),
    ],
)
def test_what_only_another_cluster_has_left(
    repository: GitOpsRepository, need: Callable[[str], str], name: str, after: Files, state: str
) -> None:
    need("kustomize")
    assert str(of_prod(repository.compare(of_two_clusters(), after)).state) == state, name


def test_a_cluster_that_always_reads_from_another_one(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """It may deploy that directory too: the values count, and the report says from where they are."""
    need("kustomize")
    before = of_two_clusters()
    del before["clusters/prod/vars.yaml"]
    value = manifest("ConfigMap", "vars", namespace="flux-system", data={"a": "new"})
    unit = of_prod(repository.compare(before, {"clusters/test/vars.yaml": value}))
    assert str(unit.state) == "changed"
    assert any("clusters/test/vars.yaml, which is of another cluster" in note for note in unit.notes)


def source(kind: str, name: str) -> str:
    value = {"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": kind, "spec": {"url": "https://git.example/o/r"}}
    return json.dumps(value | {"metadata": {"name": name, "namespace": "flux-system"}}) + "\n"


def test_what_goes_while_another_cluster_has_the_same(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """What is found instead reads the same, and is not of this cluster: the release in the output of a Kustomization is
    broken nevertheless."""
    need("kustomize")
    before: Files = {"apps/kustomization.yaml": kustomization(resources=["release.yaml"]), "apps/release.yaml": RELEASE}
    lists = ["../../apps", "vars.yaml", "charts.yaml"]
    for name in ("prod", "test"):
        root = flux("Kustomization", path=f"./clusters/{name}", sourceRef=SOURCE).replace('"web"', '"root"')
        before[f"clusters/{name}/root/sync.yaml"] = root
        before[f"clusters/{name}/kustomization.yaml"] = kustomization(resources=lists)
        before[f"clusters/{name}/vars.yaml"] = manifest("ConfigMap", "vars", namespace="flux-system", data={"a": "b"})
        before[f"clusters/{name}/charts.yaml"] = source("HelmRepository", "charts")
    left = kustomization(resources=lists[:-1])
    report = repository.compare(before, {"clusters/prod/charts.yaml": None, "clusters/prod/kustomization.yaml": left})
    broken = [
        (unit.source.name, unit.environment) for unit in report.units if str(unit.state) == "broken" and unit.source
    ]
    assert (broken, str(report.verdict)) == ([("web", "prod")], "failed")


def made_of(name: str) -> str:
    return flux("Kustomization", path="./apps", sourceRef={"kind": "GitRepository", "name": name})


@pytest.mark.parametrize(
    ("after", "error"),
    [
        ({"sources/fleet.yaml": None}, "takes GitRepository fleet away, which is the source of Kustomization web"),
        (
            {"clusters/prod/web.yaml": made_of("flete")},
            "No file has GitRepository flete, and GitRepository fleet is here",
        ),
        ({"clusters/prod/web.yaml": made_of("platform")}, ""),
        ({"clusters/prod/web.yaml": made_of("fleet2")}, ""),
        ({"clusters/prod/web.yaml": made_of("flete"), "sources/more.yaml": source("GitRepository", "flete")}, ""),
    ],
    ids=["gone", "mistyped", "another one, of the cluster", "another version", "a new one"],
)
def test_a_source_that_nothing_is(
    repository: GitOpsRepository, need: Callable[[str], str], after: Files, error: str
) -> None:
    need("kustomize")
    repository.git("remote", "add", "origin", "https://git.example/o/r")
    before: Files = {
        "clusters/prod/web.yaml": made_of("fleet"),
        "sources/fleet.yaml": source("GitRepository", "fleet"),
        "apps/cm.yaml": manifest("ConfigMap", "web"),
    }
    unit = web(repository.compare(before, after))
    assert str(unit.state) == ("broken" if error else "unchanged")
    assert error in unit.error


@pytest.mark.parametrize(
    ("was", "named", "error"),
    [
        ("fleet", "flete", "No file has GitRepository flete, and GitRepository fleet is here: is it meant?"),
        ("flux-system", "flux-sytem", "and GitRepository flux-system is what `flux bootstrap` makes: is it meant?"),
        ("fleet", "platform", ""),
    ],
)
def test_a_release_whose_chart_is_found_under_any_name(
    repository: GitOpsRepository, need: Callable[[str], str], was: str, named: str, error: str
) -> None:
    """The chart's directory is here, so it renders as before; Flux finds no source for it."""
    need("helm")

    def release(name: str) -> str:
        spec = {"chart": "./charts/web", "sourceRef": {"kind": "GitRepository", "name": name}}
        return flux("HelmRelease", chart={"spec": spec})

    root = flux("Kustomization", path="./apps", sourceRef=SOURCE).replace('"web"', '"root"')
    before: Files = {
        "clusters/prod/root.yaml": root,
        "clusters/prod/fleet.yaml": source("GitRepository", "fleet"),
        "apps/kustomization.yaml": kustomization(resources=["web.yaml"]),
        "apps/web.yaml": release(was),
        **chart("charts/web", cm=manifest("ConfigMap", "web")),
    }
    report = repository.compare(before, {"apps/web.yaml": release(named)})
    assert str(web(report).state) == ("broken" if error else "unchanged")
    assert error in web(report).error
    assert any(f"{named} is not in this repository" in note for note in web(report).notes)


OF_A_REGISTRY = {"chart": "web", "version": "1.0.0", "sourceRef": {"kind": "HelmRepository", "name": "web"}}
BUMPED = json.loads(json.dumps(OF_A_REGISTRY).replace("1.0.0", "1.1.0"))
INTO_ANOTHER = json.loads(json.dumps(OF_A_REGISTRY).replace('"name"', '"namespace": "more", "name"'))
CALLED_SO = manifest("Namespace", "web") + "---\n"
WAITING = flux("Kustomization", path="./none", sourceRef=SOURCE, dependsOn=[{"name": "web"}]).replace('"web",', '"x",')


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ("", (BUMPED, {"sources/web.yaml": None}), "The change takes HelmRepository web away"),
        ("", (INTO_ANOTHER, {}), "sources/web.yaml has one: name its namespace"),
        (source("HelmRepository", "web") + "---\n", (INTO_ANOTHER, {"sources/web.yaml": None}), "takes HelmRepository"),
        (CALLED_SO, (BUMPED, {"sources/web.yaml": None}), "The change takes HelmRepository web away"),
        (WAITING + "---\n", (BUMPED, {"sources/web.yaml": None}), "The change takes HelmRepository web away"),
        ("", (BUMPED, {"sources/web.yaml": None, "more/web.yaml": source("HelmRepository", "web")}), ""),
    ],
    ids=["gone", "another namespace", "the same, in one file", "a namespace", "what waits for it", "another file"],
)
def test_a_source_that_only_the_name_of_something_else_is(
    repository: GitOpsRepository, before: str, after: tuple[dict[str, Any], Files], error: str
) -> None:
    """A release is most often called like its source: that its own file changes makes none."""
    spec, more = after
    had: Files = {
        "clusters/prod/web.yaml": before + flux("HelmRelease", chart={"spec": OF_A_REGISTRY}),
        "sources/web.yaml": source("HelmRepository", "web"),
    }
    head = {"clusters/prod/web.yaml": before + flux("HelmRelease", chart={"spec": spec})}
    unit = web(repository.compare(had, {**head, **more}))
    assert (str(unit.state) == "broken") == bool(error)
    assert error in unit.error


@pytest.mark.parametrize(("moved", "verdict"), [(["apps"], "failed"), (["apps", "settings"], "passed")])
def test_a_release_that_goes_into_another_namespace(
    repository: GitOpsRepository, need: Callable[[str], str], moved: list[str], verdict: str
) -> None:
    """The values of the release are what another kustomization puts into a namespace, whatever the file says."""
    need("kustomize")
    release = RELEASE.replace(', "namespace": "flux-system"', "")
    before: Files = {"apps/web.yaml": release}
    for name, file in (("apps", "web.yaml"), ("settings", "vars.yaml")):
        root = flux("Kustomization", path=f"./{name}", sourceRef=SOURCE).replace('"web"', f'"{name}"')
        before[f"clusters/prod/{name}.yaml"] = root
        before[f"{name}/kustomization.yaml"] = kustomization(namespace="one", resources=[file])
    before["settings/vars.yaml"] = manifest("ConfigMap", "vars", namespace="one", data={"values.yaml": ""})
    after = {f"{name}/kustomization.yaml": before[f"{name}/kustomization.yaml"] for name in moved}
    after = {path: text.replace("one", "two") for path, text in after.items() if text is not None}
    report = repository.compare(before, after)
    said = [unit.error for unit in report.units if "ConfigMap vars, from which it takes values, does not" in unit.error]
    assert (len(said), str(report.verdict)) == (1 if verdict == "failed" else 0, verdict)


def generating(kind: str, *names: str, plain: bool = False, configured: bool = True) -> str:
    made = [{"name": name, "literals": ["values.yaml="]} for name in names]
    options = {"generatorOptions": {"disableNameSuffixHash": True}} if plain else {}
    told = {"namespace": "flux-system", **({"configurations": ["names.yaml"]} if configured else {}), **options}
    return kustomization(resources=["web.yaml"], **{f"{kind[0].lower()}{kind[1:]}Generator": made}, **told)


@pytest.mark.parametrize(
    ("before", "after", "error"),
    [
        ({}, {"names": (), "plain": False}, "and apps/kustomization.yaml generates none of that name any more"),
        ({}, {"names": ("more",)}, "and apps/kustomization.yaml generates none of that name any more"),
        ({}, {"names": ("vars",), "configured": False}, "and a kustomization generates that with a hash"),
        ({"plain": True}, {"names": ("more",), "plain": True}, "The change takes {kind} vars away"),
        ({}, {"names": ("vars",), "plain": True}, ""),
    ],
    ids=["gone", "another name", "no configuration", "another name, no hashes", "no hash any more"],
)
@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_a_generated_name_that_is_referred_to_no_more(
    repository: GitOpsRepository,
    need: Callable[[str], str],
    kind: str,
    before: dict[str, bool],
    after: dict[str, Any],
    error: str,
) -> None:
    """Without the configuration kustomize does not write the name with its hash into the release."""
    need("kustomize")
    unit = web(repository.compare(*of_generator(kind, before, after)))
    assert (str(unit.state) == "broken") == bool(error)
    assert error.format(kind=kind) in unit.error


def of_generator(kind: str, before: dict[str, bool], after: dict[str, Any]) -> tuple[Files, Files]:
    field = {"path": "spec/valuesFrom/name", "kind": "HelmRelease"}
    names = {"nameReference": [{"kind": kind, "version": "v1", "fieldSpecs": [field]}]}
    root = flux("Kustomization", path="./apps", sourceRef=SOURCE).replace('"web"', '"root"')
    held: Files = {
        "clusters/prod/root.yaml": root,
        "apps/web.yaml": RELEASE.replace('"kind": "ConfigMap"', f'"kind": "{kind}"'),
        "apps/names.yaml": json.dumps(names),
        "apps/kustomization.yaml": generating(kind, "vars", **before),
    }
    options = {name: value for name, value in after.items() if name != "names"}
    return held, {"apps/kustomization.yaml": generating(kind, *after["names"], **options)}


def test_a_generated_secret_that_a_controller_makes_now(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    before, after = of_generator("Secret", {}, {"names": ()})
    listed = json.loads(str(after["apps/kustomization.yaml"]))
    listed["resources"].append("external.yaml")
    after = {"apps/kustomization.yaml": json.dumps(listed), "apps/external.yaml": EXTERNAL}
    report = repository.compare(before, after)
    assert (str(web(report).state), str(report.verdict)) == ("unrenderable", "passed")
