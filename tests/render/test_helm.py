"""``helm template``: arguments, files, notes, post-rendering; the same at every level of the sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from made_repository import chart, config_map, program

from bot.errors import ToolError
from bot.model.snapshot import FILE, SYMLINK, Entry
from bot.model.unit import HelmRender, Mount
from bot.process import Limits
from bot.render.base import Material, Raw, RenderError
from bot.render.helm import render
from bot.render.sandbox import Sandbox, detect
from bot.render.tools import Tools

SHOW = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}
data:
  values: {{ .Values | toJson | quote }}
  kube: {{ .Capabilities.KubeVersion.Version | quote }}
  has: {{ .Capabilities.APIVersions.Has "example.org/v1/Thing" | quote }}
"""
CHART = chart("charts/c", show=SHOW)


@pytest.fixture(params=[Sandbox("none"), detect()], ids=lambda level: str(level.level))
def tools(request: pytest.FixtureRequest, need: Callable[[str], str]) -> Tools:
    need("helm")
    return Tools(request.param, Limits(seconds=30))


def rendered(
    part: HelmRender, tools: Tools, files: dict[str, str] | None = None, links: dict[str, str] | None = None,
    dependencies: tuple[tuple[str, str, str], ...] = (),
) -> Raw:  # fmt: skip
    texts = {**CHART, **(files or {}), **(links or {})}
    entries = tuple(Entry(path, SYMLINK if path in (links or {}) else FILE, path) for path in sorted(texts))
    return render(Material(part, entries, lambda entry: texts[entry.oid].encode(), dependencies=dependencies), tools)


def values(raw: Raw) -> dict[str, object]:
    from bot import documents

    found = documents.load_one(raw.documents[0])
    assert isinstance(found, dict)
    parsed = json.loads(found["data"]["values"])
    assert isinstance(parsed, dict)
    return parsed


def test_name_namespace_and_versions(tools: Tools) -> None:
    part = HelmRender("charts/c", "rel", "prod", kube_version="1.31.0", api_versions=("example.org/v1/Thing",))
    text = rendered(part, tools).documents[0]
    assert 'name: "rel", namespace: "prod"' in text
    assert 'kube: "v1.31.0"' in text
    assert 'has: "true"' in text
    assert not text.startswith("#")


def test_later_values_win(tools: Tools) -> None:
    files = {"envs/one.yaml": "a: one\nb: one\nc: one\nd: one\n", "envs/two.yaml": "b: two\nc: two\nd: two\n"}
    part = HelmRender(
        "charts/c", "r", value_files=("envs/one.yaml", "envs/two.yaml"), values=('{"c": "inline", "d": "inline"}',),
        parameters=(("d", "parameter", False), ("list[0]", "x", False), ("n", "1", False), ("s", "1", True)),
    )  # fmt: skip
    assert values(rendered(part, tools, files)) == {
        "a": "one", "b": "two", "c": "inline", "d": "parameter", "list": ["x"], "n": 1, "s": "1",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["a,b.yaml", 'a"b.yaml', "a b.yaml", "-x.yaml", "a=b.yaml", "a\\b.yaml", "é.yaml"])
def test_files_with_names_that_mean_something_to_helm(tools: Tools, name: str) -> None:
    part = HelmRender("charts/c", "r", value_files=(name,), file_parameters=(("text", name),))
    assert values(rendered(part, tools, {name: "v: right\n"})) == {"v": "right", "text": "v: right\n"}


def test_a_values_file_through_links(tools: Tools) -> None:
    part = HelmRender("charts/c", "r", value_files=("link/v.yaml", "charts/c/own.yaml"))
    files, links = {"real/v.yaml": "v: 1\n"}, {"link": "real", "charts/c/own.yaml": "../../real/v.yaml"}
    assert values(rendered(part, tools, files, links)) == {"v": 1}


@pytest.mark.parametrize("file", ["nope.yaml", "../v.yaml", "/etc/hostname", "charts"])
def test_files_that_are_not_there(tools: Tools, file: str) -> None:
    with pytest.raises(RenderError, match=r"The values file .* does not exist; add it or take it out"):
        rendered(HelmRender("charts/c", "r", value_files=(file,)), tools)
    with pytest.raises(RenderError, match="meant for the parameter p, does not exist"):
        rendered(HelmRender("charts/c", "r", file_parameters=(("p", file),)), tools)
    part = HelmRender("charts/c", "r", value_files=(file,), ignore_missing_value_files=True)
    assert values(rendered(part, tools)) == {}


@pytest.mark.parametrize("name", ["", "-x", "--post-renderer=x", "A", "a_b", "a" * 54, "a.", "/repo", "a\nb"])
def test_names_that_helm_would_refuse_or_misread(tools: Tools, name: str) -> None:
    with pytest.raises(RenderError, match="is no name for a Helm release"):
        rendered(HelmRender("charts/c", name), tools)


def test_crds_and_tests(tools: Tools) -> None:
    crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x.example.org}\n"
    test = "apiVersion: v1\nkind: Pod\nmetadata: {name: t, annotations: {helm.sh/hook: test}}\n"
    files = {"charts/c/crds/x.yaml": crd, "charts/c/templates/tests/t.yaml": test}
    for crds, skip, expected in ((True, False, 3), (False, True, 1), (True, True, 2)):
        part = HelmRender("charts/c", "r", include_crds=crds, skip_tests=skip)
        assert len(rendered(part, tools, files).documents) == expected


@pytest.mark.parametrize(("asked", "fits"), [("1.2.0", True), (">=1.0.0 <2", True), ("1.1.0", False), ("~1.1", False)])
def test_a_file_dependency_of_another_version(asked: str, fits: bool, tools: Tools) -> None:
    """Helm itself takes it for a chart that nobody asked for: alias and condition no longer count."""
    files = {
        "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n"
        f"- {{name: d, version: '{asked}', repository: 'file://../d'}}\n",
        "charts/d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 1.2.0\n",
    }
    part, dependencies = HelmRender("charts/c", "r"), (("charts/c", "d", "charts/d"),)
    if fits:
        assert rendered(part, tools, files, dependencies=dependencies).documents
        return
    with pytest.raises(RenderError, match=r"charts/c/Chart.yaml asks for version .* of d"):
        rendered(part, tools, files, dependencies=dependencies)


def test_a_version_that_nobody_could_ask_for_is_none_that_fits(need: Callable[[str], str], tmp_path: Path) -> None:
    text = f'case "$*" in *"dependency list"*) kill -KILL $$;; esac\nexec {need("helm")} "$@"'
    fake = program(tmp_path / "fake-helm", text)
    files = {
        "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n"
        "- {name: d, version: 1.1.0, repository: 'file://../d'}\n",
        "charts/d/Chart.yaml": "apiVersion: v2\nname: d\nversion: 1.2.0\n",
    }
    with pytest.raises(ToolError, match="fake-helm was ended by SIGKILL"):
        rendered(
            HelmRender("charts/c", "r"), Tools(Sandbox("none"), Limits(seconds=30), helm_path=str(fake)), files,
            dependencies=(("charts/c", "d", "charts/d"),),
        )  # fmt: skip


def test_file_dependencies_are_put_in_place(tools: Tools) -> None:
    files = {
        "charts/c/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies:\n"
        "- {name: d, version: 1.0.0, repository: 'file://../d'}\n",
        **chart("charts/d", x="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-d}\n"),
    }
    raw = rendered(HelmRender("charts/c", "r"), tools, files, dependencies=(("charts/c", "d", "charts/d"),))
    assert any("from-d" in text for text in raw.documents)
    with pytest.raises(RenderError, match="where no chart lies: mend the path"):
        rendered(HelmRender("charts/c", "r"), tools, files)


def test_mounts(tools: Tools) -> None:
    mounts = (Mount("charts/c", ""), Mount("envs/v.yaml", "values.yaml"))
    assert values(rendered(HelmRender("", "r", mounts=mounts), tools, {"envs/v.yaml": "v: mounted\n"})) == {
        "v": "mounted"
    }


def test_post_rendering(tools: Tools) -> None:
    patch = {
        "target": {"kind": "ConfigMap"},
        "patch": '[{"op": "add", "path": "/metadata/labels", "value": {"a": "b"}}]',
    }
    part = HelmRender("charts/c", "r", post_patches=json.dumps([{"patches": [patch]}]))
    assert "a: b" in rendered(part, tools).documents[0]


def test_post_rendering_takes_no_other_fields(tools: Tools) -> None:
    step = {
        "resources": ["/etc"],
        "generators": ["x"],
        "namespace": "evil",
        "patches": [{"path": "/etc/passwd"}],
        "images": [],
    }
    part = HelmRender("charts/c", "r", post_patches=json.dumps([step]))
    try:
        assert "evil" not in "".join(rendered(part, tools).documents)
    except RenderError as error:
        assert "passwd" not in str(error)


@pytest.mark.parametrize(
    ("template", "note"),
    [
        ("{{ .Release.Name }}", ""),
        ('{{ lookup "v1" "Secret" "ns" "x" }}', "lookup"),
        ("{{ uuidv4 }}{{ randAlpha 3 }}", "randAlpha, uuidv4"),
        ("a lookup table", ""),
    ],
)
def test_notes(tools: Tools, template: str, note: str) -> None:
    files = {"charts/c/templates/n.yaml": config_map("n", template)}
    notes = rendered(HelmRender("charts/c", "r"), tools, files).notes
    assert [note in text for text in notes] == [True] * bool(note)


@pytest.mark.parametrize("place", ["charts/c/values.yaml", "values.yaml"])
def test_default_files_take_the_place_of_the_charts_own(tools: Tools, place: str) -> None:
    """What only the chart's values.yaml sets is gone; of two files the later one wins, maps are merged."""
    files = {
        "charts/c/values.yaml": "own: 1\nmap: {own: 1}\n",
        "env/a.yaml": "map: {a: 1, b: 1}\nlist: [1, 2]\nnothing: 1\n",
        "env/b.yaml": "map: {b: 2}\nlist: [3]\nnothing: null\n",
    }
    links = {}
    if place == "values.yaml":  # the file may be a symlink: what it points to stays as it is
        files["values.yaml"] = files.pop("charts/c/values.yaml")
        links["charts/c/values.yaml"] = "../../values.yaml"
    part = HelmRender("charts/c", "r", default_files=("env/a.yaml", "env/b.yaml"), values=('{"map": {"a": 9}}',))
    shown = values(rendered(part, tools, files, links))
    assert {key: value for key, value in shown.items() if value is not None} == {"map": {"a": 9, "b": 2}, "list": [3]}


def test_the_charts_own_values_count_where_they_are_listed(tools: Tools) -> None:
    files = {"charts/c/values.yaml": "own: 1\n", "env/a.yaml": "a: 1\n"}
    part = HelmRender("charts/c", "r", default_files=("charts/c/values.yaml", "env/a.yaml"))
    assert values(rendered(part, tools, files)) == {"own": 1, "a": 1}


def test_missing_default_files(tools: Tools) -> None:
    part = HelmRender("charts/c", "r", default_files=("env/a.yaml",))
    with pytest.raises(RenderError, match=r"env/a\.yaml does not exist"):
        rendered(part, tools)
    ignoring = HelmRender("charts/c", "r", default_files=("env/a.yaml",), ignore_missing_value_files=True)
    assert values(rendered(ignoring, tools, {"charts/c/values.yaml": "own: 1\n"})) == {}


def test_default_files_that_flux_refuses(tools: Tools) -> None:
    with pytest.raises(RenderError, match="no mapping"):
        rendered(HelmRender("charts/c", "r", default_files=("env/a.yaml",)), tools, {"env/a.yaml": "[1]\n"})
    files = {"bare/Chart.yaml": "apiVersion: v2\nname: bare\nversion: 1.0.0\n", "env/a.yaml": "a: 1\n"}
    with pytest.raises(RenderError, match=r"has no values\.yaml"):
        rendered(HelmRender("bare", "r", default_files=("env/a.yaml",)), tools, files)
