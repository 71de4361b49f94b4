"""Helm charts that fail, ask for more, look at a cluster, roll dice, or never end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_repository import Made, Said, chart, check, config_map, gatehouse

OTHER = {"apps/other/kustomization.yaml": "resources: [a.yaml]\n", "apps/other/a.yaml": config_map("other")}
OTHER_MOVES = {"apps/other/a.yaml": config_map("other", "2")}
CHART = {**OTHER, **chart("charts/c", x=config_map(value="{{ .Values.v }}")), "charts/c/values.yaml": "v: 1\n"}
TEMPLATE = "charts/c/templates/x.yaml"
YAML = "charts/c/Chart.yaml"


@pytest.fixture(autouse=True)
def _helm(need: Callable[[str], str]) -> None:
    need("helm")


def after(path: Path, files: dict[str, str], before: dict[str, str] | None = None) -> Said:
    said = check(Made(path).change(before or CHART, {**OTHER_MOVES, **files}))
    assert said.err == ""
    assert said.states()["apps/other"] == "changed"
    return said


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        pytest.param(TEMPLATE, '{{ fail "not like this" }}', ["c/templates/x.yaml:1", "not like this"], id="fail"),
        pytest.param(TEMPLATE, config_map(value='{{ required "set .Values.need" .Values.need }}'),
                     ["c/templates/x.yaml:4", "set .Values.need"], id="required"),
        pytest.param(TEMPLATE, config_map(value="{{ .Values.v"), ["c/templates/x.yaml", "parse error"], id="syntax"),
        pytest.param(TEMPLATE, config_map(value="{{ .Values.a.b.c }}"), ["c/templates/x.yaml:4", "nil pointer"], id="nil"),
        pytest.param(TEMPLATE, config_map() + " x: [\n", ["YAML parse error", "c/templates/x.yaml", "line 4"], id="yaml"),
        pytest.param("charts/c/values.yaml", "v: [\n", ["values.yaml"], id="values"),
        pytest.param("charts/c/values.schema.json", '{"required": ["need"]}', ["need"], id="schema"),
        pytest.param(YAML, "name: [\n", ["Chart.yaml"], id="chart-yaml"),
        pytest.param(YAML, "apiVersion: v2\nname: ../x\nversion: 1.0.0\n", ["name"], id="chart-name"),
        pytest.param(YAML, "apiVersion: v2\nname: c\nversion: 1.0.0\ntype: library\n", ["library"], id="library"),
        pytest.param(YAML, "apiVersion: v2\nname: c\nversion: 1.0.0\nkubeVersion: '>=99'\n", [">=99"], id="kube-version"),
        pytest.param(YAML, "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n"
                     "- {name: d, version: 1.0.0, repository: 'https://example.org/c'}\n",
                     ["missing in charts/ directory: d", "helm dependency build", "commit charts/"], id="dependency"),
        pytest.param(TEMPLATE, '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}', ["include"], id="loop"),
    ],
)  # fmt: skip
def test_chart_that_fails(tmp_path: Path, file: str, text: str, words: list[str]) -> None:
    said = after(tmp_path / "r", {file: text})
    if "type: library" in text:
        assert said.states()["charts/c"] == "removed"  # it is not deployed any more
        return
    assert (said.code, said.states()["charts/c"]) == (1, "broken")
    for word in words:
        assert word in said.error("charts/c")
    assert "--debug" not in said.error("charts/c")
    assert len(said.error("charts/c")) < 4100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{{ (lookup "v1" "Secret" "a" "b").data | toString }}', "`lookup`, which finds nothing without a cluster"),
        ("{{ randAlphaNum 12 }}", "The chart uses randAlphaNum: these values differ in every render"),
        ("{{ now | date `2006` }}", "The chart uses now"),
    ],
)
def test_chart_that_does_not_give_the_same_everywhere_says_so(tmp_path: Path, text: str, words: str) -> None:
    made = Made(tmp_path / "r").change(CHART, {TEMPLATE: config_map(value=text)})
    said = gatehouse("check", "--repo", str(made.path), "--base", "base", "--head", "head")
    assert said.code == 0
    assert words.split()[2] in said.out.replace("\n", " ")
    assert check(made).states() == {"charts/c": "changed"}


def test_a_chart_that_fails_for_what_it_looks_up_says_so(tmp_path: Path) -> None:
    said = after(tmp_path / "r", {TEMPLATE: '{{ $s := lookup "v1" "Secret" "a" "b" }}{{ $s.data.password }}'})
    assert said.states()["charts/c"] == "broken"
    assert "the chart calls `lookup`, which finds nothing without a cluster" in said.error("charts/c")


def test_network_in_a_template_finds_nobody(tmp_path: Path) -> None:
    said = after(tmp_path / "r", {TEMPLATE: config_map(value='{{ getHostByName "localhost" }}')})
    assert "127.0.0.1" not in said.out


@pytest.mark.parametrize("limit", ["timeout_seconds: 1"])
def test_chart_that_never_ends(tmp_path: Path, limit: str) -> None:
    loop = "{{ range until 9999 }}{{ range until 9999 }}{{ range until 9999 }}{{ end }}{{ end }}{{ end }}"
    before = {**CHART, ".gatehouse.yaml": f"version: 1\nrender: {{{limit}}}\n"}
    said = after(tmp_path / "r", {TEMPLATE: loop}, before)
    assert said.states()["charts/c"] == "broken"
    assert "took longer than 1 s; raise the limit" in said.error("charts/c")


def test_chart_that_fills_the_memory(tmp_path: Path) -> None:
    before = {**CHART, ".gatehouse.yaml": "version: 1\nrender: {memory_mib: 256, timeout_seconds: 20}\n"}
    said = after(tmp_path / "r", {TEMPLATE: "{{ range until 100000000 }}x{{ end }}"}, before)
    assert "used more than 256 MiB of memory; raise the limit" in said.error("charts/c")


def test_alias_bomb_in_values(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
    )
    said = after(tmp_path / "r", {"charts/c/values.yaml": bomb})
    assert "charts/c/values.yaml" in said.error("charts/c")
    assert "aliases" in said.error("charts/c")
