"""Building a kustomization: what is passed, what is refused, and what its errors say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from made_repository import chart, program

from bot.errors import ToolError
from bot.model.snapshot import FILE, Entry
from bot.model.unit import KustomizeRender
from bot.process import Completed, Limits
from bot.redaction.credentials import replace_in_error
from bot.render.base import LimitReached, Material, Raw, RenderError
from bot.render.kustomize import explain, failure, render
from bot.render.rooms import Room
from bot.render.sandbox import Sandbox, detect
from bot.render.tools import Tools

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
LIMITS = Limits(seconds=30)
LEVELS = [Sandbox("none"), detect()]


def build(files: dict[str, str], part: KustomizeRender | None = None, tools: Tools | None = None) -> Raw:
    entries = tuple(Entry(path, FILE, path) for path in sorted(files))
    material = Material(part or KustomizeRender("app"), entries, lambda entry: files[entry.path].encode())
    return render(material, tools or Tools(detect(), LIMITS))


@pytest.fixture(params=LEVELS, ids=lambda level: str(level.level))
def tools(request: pytest.FixtureRequest) -> Tools:
    return Tools(request.param, LIMITS)


def test_documents_in_the_renderers_order(tools: Tools) -> None:
    text = "resources: [b.yaml, a.yaml]\nsortOptions: {order: fifo}\n"
    files = {"app/kustomization.yaml": text, "app/a.yaml": OBJECT, "app/b.yaml": OBJECT.replace("name: a", "name: b")}
    assert ["name: b" in d for d in build(files, tools=tools).documents] == [True, False]


def test_the_root_of_the_repository(tools: Tools) -> None:
    assert (
        len(
            build({"kustomization.yaml": "resources: [a.yaml]", "a.yaml": OBJECT}, KustomizeRender(""), tools).documents
        )
        == 1
    )


def test_restriction(tools: Tools) -> None:
    files = {"app/kustomization.yaml": "resources: [../a.yaml]\n", "a.yaml": OBJECT}
    with pytest.raises(RenderError, match=r"security; file 'a\.yaml' is not in or below 'app'"):
        build(files, tools=tools)
    assert len(build(files, KustomizeRender("app", restrict=False), tools).documents) == 1


def test_masking_leaves_what_is_said_behind_a_quoted_configuration(need: Callable[[str], str]) -> None:
    need("helm")
    generator = "{name: c, releaseName: r, valuesInline: {p: 'hunter2`: x'}, additionalValuesFiles: [../a.yaml]}"
    files = {
        "app/kustomization.yaml": f"helmCharts: [{generator}]\n",
        **chart("app/charts/c", x=OBJECT),
        "a.yaml": "a: 1\n",
    }
    with pytest.raises(RenderError) as caught:
        build(files, KustomizeRender("app", enable_helm=True))
    said = replace_in_error(str(caught.value), "•••")
    assert "security; file 'a.yaml' is not in or below 'app'; where that is meant" in said
    assert "hunter2" in str(caught.value) and "hunter2" not in said


def test_errors_name_paths_of_the_repository(tools: Tools) -> None:
    with pytest.raises(RenderError) as found:
        build({"app/kustomization.yaml": "resources: [nope.yaml]\n"}, tools=tools)
    assert "app/nope.yaml" in str(found.value)
    assert "gatehouse-render" not in str(found.value)
    assert "/repo" not in str(found.value)
    assert "\n" not in str(found.value)


def test_charts_only_when_allowed(need: Callable[[str], str], tools: Tools) -> None:
    need("helm")
    files = {"app/kustomization.yaml": "helmCharts: [{name: c, releaseName: r}]\n", **chart("app/charts/c", x=OBJECT)}
    with pytest.raises(RenderError, match=r"--enable-helm.*render.enable_helm to true.*kustomize.buildOptions"):
        build(files, tools=tools)
    with pytest.raises(RenderError, match=r"--enable-helm.*HelmRelease"):
        build(files, KustomizeRender("app", generate=True), tools)
    assert len(build(files, KustomizeRender("app", enable_helm=True), tools).documents) == 1


def test_vendored_chart_with_a_repository(need: Callable[[str], str], tools: Tools) -> None:
    need("helm")
    text = "helmCharts: [{name: c, releaseName: r, repo: 'https://example.org/c', version: 1.0.0}]\n"
    files = {"app/kustomization.yaml": text, **chart("app/charts/c-1.0.0/c", x=OBJECT)}
    assert len(build(files, KustomizeRender("app", enable_helm=True), tools).documents) == 1


def test_a_dynamic_helm_cannot_be_shut_in(tmp_path: Path) -> None:
    level = detect()
    if level.level != "root+network":
        pytest.skip("this system cannot change the root")
    helm = program(tmp_path / "helm", "echo v4.1.4")
    tools = Tools(level, LIMITS, helm_path=str(helm))
    if not level.shuts_in(tools.kustomize().path):
        pytest.skip("kustomize here needs libraries")
    with pytest.raises(ToolError, match="shared libraries"):
        build({"app/kustomization.yaml": "resources: []\n"}, KustomizeRender("app", enable_helm=True), tools)


@pytest.mark.parametrize(
    "text",
    [
        "resources: [a.yaml]\ntransformers:\n- |\n  apiVersion: builtin\n  kind: PrefixTransformer\n  metadata: {name: p}\n"
        "  prefix: x-\n  fieldSpecs: [{path: metadata/name}]\n",
        "resources: [a.yaml]\ntransformers: [p.yaml]\n",
        "resources: [a.yaml]\ncommonAnnotations: {see: 'https://example.org'}\n",
        "resources: [a.yaml]\nconfigMapGenerator: [{name: g, literals: ['u=https://example.org'], files: [k=a.yaml]}]\n",
        "resources: ['with:colon.yaml']\n",
        'resources: [a.yaml]\npatches: [{patch: \'[{"op": "add", "path": "/data", "value": {"path": "/etc/x"}}]\', '
        "target: {kind: ConfigMap}}]\n",
        'resources: [a.yaml]\npatchesStrategicMerge: [\'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": '
        '{"name": "a"}, "data": {"url": "https://example.org/x", "path": "/etc/x"}}\']\n',
        "resources: [a.yaml]\npatchesStrategicMerge:\n- |-\n  apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: a}\n"
        "  data: {up: ../x}\n",
        'resources: [a.yaml]\ntransformers: [\'{"apiVersion": "builtin", "kind": "PrefixTransformer", "metadata": {"name": '
        '"p"}, "prefix": "x-", "fieldSpecs": [{"path": "metadata/name"}]}\']\n',
        "resources: [a.yaml]\ntransformers: ['{apiVersion: builtin, kind: PatchStrategicMergeTransformer, "
        'metadata: {name: p}, paths: ["{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {a: b}}"]}\']\n',
        "resources: [a.yaml]\ngenerators: ['{apiVersion: builtin, kind: ConfigMapGenerator, metadata: {name: g}, "
        'files: [a.yaml], literals: ["u=https://example.org"]}\']\n',
        "resources: [a.yaml]\npatchesStrategicMerge: ['{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {t: "
        + "x" * 5000
        + "}}']\n",
    ],
)
def test_harmless_kustomizations_build_at_every_level(text: str, tools: Tools) -> None:
    prefix = "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: p}\nprefix: x-\n"
    prefix += "fieldSpecs: [{path: metadata/name}]\n"
    files = {"app/kustomization.yaml": text, "app/a.yaml": OBJECT, "app/p.yaml": prefix, "app/with:colon.yaml": OBJECT}
    assert build(files, tools=tools).documents


def test_plugins_without_restrictor_are_refused_where_nothing_shuts_in() -> None:
    text = "resources: [a.yaml]\ntransformers: [p.yaml]\n"
    files = {
        "app/kustomization.yaml": text,
        "app/a.yaml": OBJECT,
        "app/p.yaml": "apiVersion: builtin\nkind: X\nmetadata: {name: p}\n",
    }
    with pytest.raises(RenderError, match=r"app/kustomization\.yaml uses transformers without a load restrictor"):
        build(files, KustomizeRender("app", restrict=False), Tools(Sandbox("none"), LIMITS))


def test_a_kustomization_that_we_cannot_read_is_not_run_where_nothing_shuts_in() -> None:
    files = {"app/kustomization.yaml": "resources: [a.yaml]\nx: !!binary '?'\n", "app/a.yaml": OBJECT}
    with pytest.raises(RenderError, match=r"app/kustomization\.yaml:2"):
        build(files, tools=Tools(Sandbox("none"), LIMITS))


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (Completed(("k",), 1, b"", b"Error: bad\n  thing\n"), "bad thing"),
        (Completed(("k",), 1, b"", b"# Warning: old\nWarning: x\nlevel=WARN y\nreal\n"), "real"),
        (
            Completed(("k",), 1, b"", b"x with env=[HOME=/tmp/kustomize-helm-123/a] (is 'helm' installed?)"),
            "x (is 'helm' installed?)",
        ),
        (
            Completed(("k",), 1, b"", b'E1122 00:03:10.5 7 run.go:72] "command failed" err=<\n\ttrouble: no x\n >\n'),
            "trouble: no x",
        ),
        (
            Completed(
                ("k",),
                1,
                b"",
                b'E1122 15:17:03.8  16 run.go:72] "command failed" err="no \\"x\\" in \\\\y:\\n\\u00fc"\n',
            ),
            'no "x" in \\y: \u00fc',
        ),
        (
            Completed(("k",), 1, b"", b"merging from generator &{0x1b79b5eac540 <nil>}: id x does not exist"),
            "merging from generator: id x does not exist",
        ),
    ],
)
def test_explain(done: Completed, words: str) -> None:
    with Room() as room:
        said = explain(room, done, "kustomize")
    assert said.startswith(words)
    assert not said.endswith(">")


@pytest.mark.parametrize("missing", ["gone.yaml", 'with "quotes" and \\\\.yaml'])
def test_kubectl_says_what_kustomize_says(missing: str, tools: Tools, need: Callable[[str], str]) -> None:
    said = []
    for path in (need("kustomize"), str(Path(sys.executable).parent / "kubectl")):
        with pytest.raises(RenderError) as error:
            files = {"app/kustomization.yaml": f"resources: [{json.dumps(missing)}]\n"}
            build(files, tools=Tools(tools.sandbox, LIMITS, kustomize_path=path))
        said.append(str(error.value))
    assert said[0] == said[1] and said[0].startswith("accumulating resources: ")


@pytest.mark.parametrize("stderr", [b"", b"unshare: failed to execute /k: Permission denied"])
def test_explain_a_sandbox_that_does_not_work(stderr: bytes) -> None:
    with Room() as room, pytest.raises(ToolError, match="could not be started in the sandbox"):
        explain(room, Completed(("k",), 127, b"", stderr), "kustomize")


@pytest.mark.parametrize(
    ("code", "words"), [(4, "kustomize ended with code 4 and said nothing"), (-9, "kustomize was ended by SIGKILL")]
)
def test_a_program_that_says_nothing_of_its_input(code: int, words: str) -> None:
    with Room() as room, pytest.raises(ToolError, match=words):
        failure(room, Completed(("k",), code, b"", b""), "kustomize")


def test_a_limit_is_no_word_of_the_program() -> None:
    with Room() as room:
        said = failure(room, Completed(("k",), -9, b"", b"x", "took longer than 1 s"), "kustomize")
    assert isinstance(said, LimitReached)
    assert str(said).startswith("The render took longer than 1 s; raise the limit")


TWICE = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  replicas: 2\n  replicas: 3\n"
    "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec: {containers: [{name: c}]}\n"
)
LABELS = "commonLabels: {team: shop}\nresources: [a.yaml, b.yaml]\n"


def test_a_key_that_is_there_twice_is_told_with_the_line_of_the_file() -> None:
    """kustomize counts lines in the object to which it has added labels."""
    with pytest.raises(RenderError, match=r"\Aapp/a\.yaml:7 has the key 'replicas' twice"):
        build({"app/kustomization.yaml": LABELS, "app/a.yaml": TWICE, "app/b.yaml": OBJECT})


def test_which_of_two_files_is_meant_is_not_guessed() -> None:
    files = {"app/kustomization.yaml": LABELS, "app/a.yaml": TWICE, "app/b.yaml": TWICE.replace("name: a", "name: b")}
    with pytest.raises(RenderError, match='mapping key "replicas" already defined'):
        build(files)
