"""A hostile repository tries to run programs, to reach the network and to read the machine's files.

Each attack meets the sandbox as far as this system has one, and once none at all: then it must be refused before it runs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from made_repository import Link, Made, chart, check, config_map

LOOT = "LOOT-of-this-machine"
OTHER = {"apps/other/kustomization.yaml": "resources: [a.yaml]\n", "apps/other/a.yaml": config_map("other")}
OTHER_MOVES = {"apps/other/a.yaml": config_map("other", "2")}
X = {**OTHER, "apps/x/kustomization.yaml": "resources: [a.yaml]\n", "apps/x/a.yaml": config_map()}
FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: x, namespace: flux-system}
spec:
  path: ./apps/x
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""
GENERATOR = "apiVersion: builtin\nkind: ConfigMapGenerator\nmetadata: {name: s}\nfiles: [%s]\n"
PATCHER = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: s}\npath: %s\n"
FUNCTION = (
    "apiVersion: v1\nkind: G\nmetadata:\n  name: g\n  annotations:\n    config.kubernetes.io/function: |\n      %s\n"
)


@pytest.fixture(params=["on", "off"])
def sandbox(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GATEHOUSE_SANDBOX", request.param)
    return str(request.param)


@pytest.fixture
def loot(tmp_path: Path) -> Iterator[Path]:
    """A file of the machine that no repository may read."""
    path = tmp_path / "machine" / "loot.yaml"
    path.parent.mkdir()
    path.write_text(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: stolen}}\ndata: {{k: {LOOT}}}\n")
    yield path
    assert path.exists()


def attack(path: Path, files: Mapping[str, object], before: dict[str, str] | None = None) -> str:
    """Make the change; the unit must be broken, the other one must not. Returns what is said."""
    said = check(Made(path / "r").change(before or X, {**OTHER_MOVES, **files}))
    assert LOOT not in said.out + said.err
    assert said.err == ""
    assert said.code == 1, said.out
    assert said.states() == {"apps/x": "broken", "apps/other": "changed"}
    return said.error("apps/x")


UNRESTRICTED = {**X, "clusters/prod/x.yaml": FLUX}  # Flux builds without a load restrictor


def several(path: Path, cases: Mapping[str, Mapping[str, object]], before: Mapping[str, str]) -> dict[str, Any]:
    """Each case is a change of ``apps/x``; all are made at once, each in a unit of its own. Returns the unit of each case in
    the report, in which nothing of the machine may be, and the other unit as always."""
    places = {case: f"apps/x{number}" for number, case in enumerate(cases)}
    old = {name: text for place in places.values() for name, text in _there(before, place).items()}
    new = {name: text for case, place in places.items() for name, text in _there(cases[case], place).items()}
    said = check(Made(path / "r").change(old, {**OTHER_MOVES, **new}))
    assert [case for case, place in places.items() if LOOT in repr(said.units[place])] == []
    assert LOOT not in said.out + said.err
    assert said.err == ""
    assert said.states().keys() >= {*places.values(), "apps/other"}
    assert said.states()["apps/other"] == "changed"
    return {case: said.units[place] for case, place in places.items()}


def _there(files: Mapping[str, object], place: str) -> dict[str, str]:
    """The files of ``apps/x`` in another place, with what declares it."""
    name = place.removeprefix("apps/")
    moved: dict[str, str] = {}
    for path, content in files.items():
        text = re.sub(r"\bapps/x\b", place, str(content)).replace("{name: x, namespace", f"{{name: {name}, namespace")
        moved[re.sub(r"^apps/x/", f"{place}/", path).replace("prod/x.yaml", f"prod/{name}.yaml")] = text
    return moved


def attacks(path: Path, cases: Mapping[str, Mapping[str, object]], before: Mapping[str, str] = X) -> dict[str, str]:
    """Make several changes in one repository; all units must be broken but the other one. Returns what is said of each."""
    found = several(path, cases, before)
    assert [case for case, unit in found.items() if unit["change"] != "broken"] == []
    return {case: unit["error"].replace(unit["path"], "apps/x") for case, unit in found.items()}


def absolute(loot: Path) -> str:
    return str(loot)


def rising(loot: Path) -> str:
    return "../" * 20 + str(loot)[1:]


WAYS = (absolute, rising)


NAMING_A_FILE = {
    "resource": "resources: [a.yaml, '%s']\n",
    "key-in-capitals": "Resources: [a.yaml, '%s']\n",
    "generator": "resources: [a.yaml]\nconfigMapGenerator: [{name: s, files: ['%s']}]\n",
    "generator-key": "resources: [a.yaml]\nconfigMapGenerator: [{name: s, Files: ['k=%s']}]\n",
    "secret-generator": "resources: [a.yaml]\nsecretGenerator: [{name: s, envs: ['%s']}]\n",
    "patch": "resources: [a.yaml]\npatches: [{path: '%s', target: {kind: ConfigMap}}]\n",
    "replacement": "resources: [a.yaml]\nreplacements: [{path: '%s'}]\n",
    "openapi": "resources: [a.yaml]\nopenapi: {path: '%s'}\n",
    "crd": "resources: [a.yaml]\ncrds: ['%s']\n",
    "configuration": "resources: [a.yaml]\nconfigurations: ['%s']\n",
    "generators": "resources: [a.yaml]\ngenerators: ['%s']\n",
}


def test_file_of_the_machine(tmp_path: Path, sandbox: str, loot: Path) -> None:
    cases = {
        f"{name}, {way.__name__}": {"apps/x/kustomization.yaml": text % way(loot)}
        for name, text in NAMING_A_FILE.items()
        for way in WAYS
    }
    for case, error in attacks(tmp_path, cases, UNRESTRICTED).items():
        assert "loot.yaml" in error or "unknown field" in error, case


@pytest.mark.parametrize("before", [X, UNRESTRICTED], ids=["restricted", "flux"])
@pytest.mark.parametrize("form", ["inline", "file", "directory"])
def test_file_of_the_machine_by_a_builtin_plugin(
    tmp_path: Path, sandbox: str, loot: Path, form: str, before: dict[str, str]
) -> None:
    """So few units that each program is shut in by unshare(1)."""
    cases: dict[str, dict[str, object]] = {}
    for way in WAYS:
        text = GENERATOR % way(loot)
        files: dict[str, object] = {"apps/x/g.yaml": text}
        if form == "directory":
            files = {"apps/x/d/kustomization.yaml": "resources: [g.yaml]\n", "apps/x/d/g.yaml": text}
        named = {"inline": "|\n  " + text.replace("\n", "\n  "), "file": "g.yaml", "directory": "d"}[form]
        files["apps/x/kustomization.yaml"] = f"resources: [a.yaml]\ngenerators:\n- {named}\n"
        cases[way.__name__] = files
    for case, error in attacks(tmp_path, cases, before).items():
        assert sandbox == "on" or "apps/x/kustomization.yaml" in error, case


@pytest.mark.parametrize("target", [absolute, rising])
def test_symlink_to_a_file_of_the_machine(
    tmp_path: Path, sandbox: str, loot: Path, target: Callable[[Path], str]
) -> None:
    files = {"apps/x/kustomization.yaml": "resources: [l.yaml]\n", "apps/x/l.yaml": Link(target(loot))}
    assert "leads out of the repository" in attack(tmp_path, files, UNRESTRICTED)


def test_symlink_through_a_symlink_to_a_file_of_the_machine(tmp_path: Path, sandbox: str, loot: Path) -> None:
    deep = "d/" * 15
    files = {
        "apps/x/kustomization.yaml": "resources: [l.yaml]\n",
        f"apps/x/{deep}up": Link("../" * 15),
        "apps/x/l.yaml": Link(f"{deep}up/../../../../../../../../../../../..{loot}"),
    }
    assert "apps/x/l.yaml" in attack(tmp_path, files, UNRESTRICTED)


PLUGINS = {
    "exec": FUNCTION % "exec: {path: ./run.sh}",
    "container": FUNCTION % "container: {image: example.org/evil, network: true}",
    "starlark": FUNCTION % "starlark: {path: ./run.star, name: x}",
    "legacy": "apiVersion: example.org/v1\nkind: Evil\nmetadata: {name: g}\n",
}


def test_plugin_that_is_a_program(tmp_path: Path, sandbox: str) -> None:
    mark = tmp_path / "ran"
    program = f"#!/bin/sh\ntouch {mark}\n"
    cases = {
        f"{name} in {field}": {
            "apps/x/kustomization.yaml": f"resources: [a.yaml]\n{field}: [g.yaml]\n", "apps/x/g.yaml": text,
            "apps/x/run.sh": program, "apps/x/run.star": "", "apps/x/plugin/example.org/v1/evil/Evil": program,
        }
        for name, text in PLUGINS.items() for field in ("generators", "transformers", "validators")
    }  # fmt: skip
    for case, error in attacks(tmp_path, cases).items():
        assert "plugin" in error, case
    assert not mark.exists()


@pytest.mark.parametrize("form", ["inline", "file"])
def test_address_by_a_builtin_plugin(tmp_path: Path, sandbox: str, form: str) -> None:
    text = PATCHER % "http://127.0.0.1:9/patch.yaml"
    named = "|\n  " + text.replace("\n", "\n  ") if form == "inline" else "g.yaml"
    files = {"apps/x/kustomization.yaml": f"resources: [a.yaml]\ntransformers:\n- {named}\n", "apps/x/g.yaml": text}
    error = attack(tmp_path, files)
    assert "http://127.0.0.1:9/patch.yaml" in error
    assert "refused" not in error  # nobody knocked at that port
    if sandbox == "off":
        assert "never fetched" in error


SWORN = "apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: s}"


ON_ONE_LINE = {
    "generator": "generators: ['{SWORN, files: [\"LOOT\"]}']",
    "spellings": "generators: ['{SWORN, FILES: [x.txt], files: [\"k=LOOT\"]}']",
    "spellings-turned": "generators: ['{SWORN, files: [\"LOOT\"], FILES: [x.txt]}']",
    "merged": "generators: ['{SWORN, <<: {files: [\"LOOT\"]}}']",
    "broken-generator-as-path": "generators: [\"{a: [\\n/../LOOT\"]",
    "broken-patch-as-path": "patchesStrategicMerge: [\"a: [\\n/../LOOT\"]",
    "broken-old-patch-as-path": "patches: [\"a: [\\n/../LOOT\"]",
    "brace-as-path": "patchesStrategicMerge: [\"{a: b/../../LOOT\"]",
    "patch": "transformers: ['{apiVersion: builtin, kind: PatchTransformer, metadata: {name: s}, path: \"LOOT\"}']",
    "paths": "transformers: ['{apiVersion: builtin, kind: PatchStrategicMergeTransformer, metadata: {name: s}, "
                     "paths: [\"LOOT\"]}']",
    "paths-inline": "transformers: ['{apiVersion: builtin, kind: PatchStrategicMergeTransformer, metadata: {name: s}, "
                     "paths: [\"{a: [/../LOOT\"]}']",
}  # fmt: skip


@pytest.mark.parametrize("before", [X, UNRESTRICTED], ids=["restricted", "flux"])
def test_file_of_the_machine_by_a_document_on_one_line(
    tmp_path: Path, sandbox: str, loot: Path, before: dict[str, str]
) -> None:
    cases = {
        f"{name}, {way.__name__}": {
            "apps/x/kustomization.yaml": "resources: [a.yaml]\n"
            + text.replace("SWORN", SWORN).replace("LOOT", way(loot))
            + "\n",
            "apps/x/x.txt": "x",
        }
        for name, text in ON_ONE_LINE.items()
        for way in WAYS
    }
    assert attacks(tmp_path, cases, before).keys() == cases.keys()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("generators: ['{SWORN, files: [\"ADDRESS\"]}']", id="generator"),
        pytest.param("generators: ['{SWORN, files: [\"k=ADDRESS\"], Files: [a.yaml]}']", id="spellings"),
        pytest.param("patchesStrategicMerge: ['ADDRESS: y']", id="mapping"),
        pytest.param('patchesStrategicMerge: ["ADDRESS: y\\n"]', id="mapping-of-lines"),
        pytest.param("transformers: ['ADDRESS: y']", id="transformer"),
    ],
)
def test_address_by_a_document_on_one_line(tmp_path: Path, sandbox: str, text: str) -> None:
    """Also where a file of that very path is in the repository: kustomize fetches all the same."""
    files: dict[str, object] = {
        "apps/x/kustomization.yaml": f"resources: [a.yaml]\n{text.replace('SWORN', SWORN)}\n".replace(
            "ADDRESS", "http://127.0.0.1:9/x"
        ),
        "apps/x/http:/127.0.0.1:9/x": "apiVersion: v1\n", "apps/x/http:/127.0.0.1:9/x: y": "apiVersion: v1\n",
    }  # fmt: skip
    assert "refused" not in attack(tmp_path, files)  # nobody knocked at that port


def test_directory_that_is_named_like_a_document(tmp_path: Path, sandbox: str, loot: Path) -> None:
    """``[d]`` parses as a list; kustomize finds no object in it and builds the directory of that name."""
    files: dict[str, object] = {
        "apps/x/kustomization.yaml": "resources: [a.yaml]\ngenerators: ['[d]']\n",
        "apps/x/[d]/kustomization.yaml": "resources: [g.yaml]\n",
        "apps/x/[d]/g.yaml": GENERATOR % "http://127.0.0.1:9/x",
    }
    assert "refused" not in attack(tmp_path, files)


def test_charts_are_not_inflated_unasked(tmp_path: Path, sandbox: str) -> None:
    text = "resources: [a.yaml]\nhelmCharts: [{name: c, repo: 'https://127.0.0.1:9/c', version: 1.0.0}]\n"
    said = attack(tmp_path, {"apps/x/kustomization.yaml": text})
    assert "--enable-helm" in said
    assert "set render.enable_helm to true in .gatehouse.yaml" in said


WITH_HELM = {**X, ".gatehouse.yaml": "version: 1\nrender: {enable_helm: true}\n"}


@pytest.mark.parametrize(
    "field",
    [
        "helmCharts: [{name: c, repo: '%s'}]", "helmCharts: [{Name: c, Repo: '%s', version: 1.0.0}]",
        "helmChartInflationGenerator: [{chartName: c, chartRepoUrl: '%s'}]",
    ],
)  # fmt: skip
def test_chart_of_a_repository_is_never_pulled(
    tmp_path: Path, sandbox: str, field: str, need: Callable[[str], str]
) -> None:
    need("helm")
    text = "resources: [a.yaml]\n" + field % "https://127.0.0.1:9/c"
    error = attack(tmp_path, {"apps/x/kustomization.yaml": text}, WITH_HELM)
    assert "takes the chart c from https://127.0.0.1:9/c" in error
    assert "never fetched" in error


PULLED = "apiVersion: builtin, kind: HelmChartInflationGenerator, metadata: {name: s}"


@pytest.mark.parametrize(
    "fields",
    [
        "helmCharts: [{name: c, repo: 'https://127.0.0.1:9/c', REPO: ''}]",
        "helmCharts: [{name: c, REPO: '', repo: 'https://127.0.0.1:9/c'}]",
    ],
)
def test_chart_of_a_repository_in_two_spellings(
    tmp_path: Path, sandbox: str, fields: str, need: Callable[[str], str]
) -> None:
    need("helm")
    error = attack(tmp_path, {"apps/x/kustomization.yaml": f"resources: [a.yaml]\n{fields}\n"}, WITH_HELM)
    assert "takes the chart c from https://127.0.0.1:9/c" in error


@pytest.mark.parametrize("way", [absolute, rising])
@pytest.mark.parametrize(
    "text",
    ["helmCharts: [{name: 'WAY'}]", "generators: ['{PULLED, Name: \"WAY\"}']",
     "helmChartInflationGenerator: [{chartName: 'WAY'}]"],
)  # fmt: skip
def test_chart_of_the_machine_by_its_name(
    tmp_path: Path, sandbox: str, way: Callable[[Path], str], text: str, need: Callable[[str], str]
) -> None:
    need("helm")
    Made(tmp_path / "machine").write(chart("charts/c", x=config_map(value=LOOT)))
    named = way(tmp_path / "machine/charts/c")
    text = text.replace("PULLED", PULLED).replace("WAY", named)
    attack(tmp_path, {"apps/x/kustomization.yaml": f"resources: [a.yaml]\n{text}\n"}, WITH_HELM)


EVIL = """\
apiVersion: v1
name: evil
version: 0.1.0
type: postrenderer/v1
runtime: subprocess
runtimeConfig:
  platformCommand:
  - command: sh
    args: ["-c", "touch MARK; cat"]
"""


POST_RENDERED = (
    "helmGlobals: {configHome: ./apps/x/evil}\nhelmCharts: [{name: c, releaseName: NAME}]\n",
    "helmGlobals: {ConfigHome: ./apps/x/evil}\nhelmCharts: [{name: c, ReleaseName: NAME, releasename: r}]\n",
    "helmChartInflationGenerator: [{chartName: c, helmHome: ./apps/x/evil, releaseName: NAME}]\n",
    "generators: ['{PULLED, name: c, configHome: ./apps/x/evil, releaseName: NAME}']\n",
    "generators: ['{PULLED, name: c, releaseName: NAME}']\n",
    "generators: [g.yaml]\n",
)


def test_helm_runs_no_program_of_the_repository(tmp_path: Path, sandbox: str, need: Callable[[str], str]) -> None:
    need("helm")
    cases: dict[str, dict[str, object]] = {}
    for name in ("--post-renderer=evil", "--post-renderer=/bin/sh"):
        for text in POST_RENDERED:
            mark = tmp_path / f"ran-{len(cases)}"
            cases[f"{name} by {text}"] = {
                **chart("apps/x/charts/c", x=config_map("mine")),
                "apps/x/kustomization.yaml": (
                    "configMapGenerator: [{name: e, files: [evil/.data/plugins/evil/plugin.yaml]}]\n"
                    + text.replace("PULLED", PULLED).replace("NAME", name)
                ),
                "apps/x/g.yaml": f"{{{PULLED}, name: c, configHome: ./apps/x/evil, releaseName: {name}}}",
                "apps/x/evil/.data/plugins/evil/plugin.yaml": EVIL.replace("MARK", str(mark)),
            }
    assert len(attacks(tmp_path, cases, WITH_HELM)) == 12
    assert list(tmp_path.glob("ran-*")) == []


@pytest.mark.parametrize("way", [absolute, rising])
def test_chart_of_the_machine(
    tmp_path: Path, sandbox: str, way: Callable[[Path], str], need: Callable[[str], str]
) -> None:
    need("helm")
    Made(tmp_path / "machine").write(chart("charts/c", x=config_map(value=LOOT)))
    home = way(tmp_path / "machine/charts")
    text = f"resources: [a.yaml]\nhelmGlobals: {{chartHome: '{home}'}}\nhelmCharts: [{{name: c}}]\n"
    attack(tmp_path, {"apps/x/kustomization.yaml": text}, WITH_HELM)


def test_vendored_chart_is_inflated(tmp_path: Path, sandbox: str, need: Callable[[str], str]) -> None:
    need("helm")
    text = "resources: [a.yaml]\nhelmCharts: [{name: c, releaseName: r, valuesFile: v.yaml}]\n"
    files = {**chart("apps/x/charts/c", x=config_map("mine", "{{ .Values.v }}")), "apps/x/v.yaml": "v: HELLO\n"}
    said = check(Made(tmp_path / "r").change(WITH_HELM, {**OTHER_MOVES, **files, "apps/x/kustomization.yaml": text}))
    assert (said.err, said.states()["apps/x"]) == ("", "changed")
    assert "HELLO" in said.units["apps/x"]["diff"]


# -- Helm


CHARTED = {**OTHER, **chart("apps/x", x=config_map(value="{{ .Values.v }}")), "apps/x/values.yaml": "v: 1\n"}


CALLS = (
    '{{ .Files.Get "%s" }}', '{{ (.Files.Glob "%s").AsConfig }}', '{{ tpl "{{ .Files.Get `%s` }}" . }}',
    "{{ range .Files.Lines `%s` }}{{ . }}{{ end }}",
)  # fmt: skip


def test_template_cannot_read_the_machine(tmp_path: Path, sandbox: str, loot: Path, need: Callable[[str], str]) -> None:
    need("helm")
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  a: >-\n    got "
    cases = {
        call % way.__name__: {"apps/x/templates/x.yaml": f"{text}{call % way(loot)}\n"}
        for call in CALLS
        for way in WAYS
    }
    for case, unit in several(tmp_path, cases, CHARTED).items():
        assert unit["change"] == "changed", case


@pytest.mark.parametrize("call", ['{{ env "HOME" }}', '{{ expandenv "$PATH" }}'])
def test_template_cannot_see_the_environment(
    tmp_path: Path, sandbox: str, call: str, need: Callable[[str], str]
) -> None:
    need("helm")
    assert "not defined" in attack(tmp_path, {"apps/x/templates/x.yaml": config_map(value=call)}, CHARTED)


RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: x, namespace: prod}
spec:
  releaseName: %s
  interval: 1m
  chart: {spec: {chart: ./apps/x, sourceRef: {kind: GitRepository, name: flux-system}, valuesFiles: [%s]}}
"""


@pytest.mark.parametrize("name", ["--post-renderer=/bin/sh", "-f/etc/passwd", "../x", "--help", "a b", "/repo"])
def test_release_name_that_is_an_option(tmp_path: Path, sandbox: str, name: str, need: Callable[[str], str]) -> None:
    need("helm")
    files = {**CHARTED, "clusters/prod/x.yaml": RELEASE % ("x", "")}
    made = Made(tmp_path / "r").change(files, {"clusters/prod/x.yaml": RELEASE % (f"'{name}'", "")})
    said = check(made)
    assert (said.code, said.states()["apps/x"]) == (1, "broken")
    assert repr(name) in said.error("apps/x")
    assert "release" in said.error("apps/x")


@pytest.mark.parametrize("way", [absolute, rising])
def test_values_file_of_the_machine(
    tmp_path: Path, sandbox: str, loot: Path, way: Callable[[Path], str], need: Callable[[str], str]
) -> None:
    need("helm")
    loot.write_text(f"v: {LOOT}\n")
    files = {**CHARTED, "clusters/prod/x.yaml": RELEASE % ("x", "")}
    said = check(Made(tmp_path / "r").change(files, {"clusters/prod/x.yaml": RELEASE % ("x", way(loot))}))
    assert LOOT not in said.out + said.err
    assert said.states()["apps/x"] == "broken"


APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: x, namespace: argocd}
spec:
  destination: {namespace: prod, server: https://kubernetes.default.svc}
  source:
    repoURL: https://example.org/o/r
    path: apps/x
    helm:
%s
"""


@pytest.mark.parametrize("way", [absolute, rising])
@pytest.mark.parametrize("field", ["fileParameters: [{name: v, path: '%s'}]", "valueFiles: ['%s']"])
def test_argocd_file_of_the_machine(
    tmp_path: Path, sandbox: str, loot: Path, way: Callable[[Path], str], field: str, need: Callable[[str], str]
) -> None:
    need("helm")
    loot.write_text(f"v: {LOOT}\n")
    files = {**CHARTED, "clusters/prod/x.yaml": APPLICATION % "      releaseName: x"}
    text = APPLICATION % f"      {field % way(loot)}"
    said = check(Made(tmp_path / "r").change(files, {"clusters/prod/x.yaml": text}))
    assert LOOT not in said.out + said.err
    assert said.states()["apps/x"] in ("broken", "changed")


def test_argocd_plugin_is_never_run(tmp_path: Path, sandbox: str) -> None:
    before = {**X, "clusters/prod/x.yaml": APPLICATION.replace("    helm:\n%s\n", "")}
    text = APPLICATION.replace("helm:\n%s", "plugin: {name: evil, env: [{name: A, value: b}]}")
    said = check(Made(tmp_path / "r").change(before, {"clusters/prod/x.yaml": text}))
    assert [u["change"] for u in said.report["units"] if u["renderer"] == "argocd"] == ["broken"]
    assert "plugin" in said.error("apps/x")
