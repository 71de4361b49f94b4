"""Rendered value → file and line, on real builds: every mechanism, and never a wrong line."""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Callable

import pytest

from bot.model.snapshot import Entry
from bot.model.unit import HelmRender, KustomizeRender, ObjectId, Overlay, PlainRender, Render, Substitution
from bot.process import Limits
from bot.render.base import Material
from bot.render.sandbox import detect
from bot.render.tools import Tools
from bot.render.trace import ITSELF, Origin, Tracer
from bot.render.trace_match import Question

Files = dict[str, str | bytes]
WEB = ObjectId("apps/v1", "Deployment", "", "web")
CONTAINER = ("spec", "template", "spec", "containers", 0)
DEPLOYMENT = """\
    # the shop's window
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      labels: {tier: front}
    spec:
      replicas: 1
      template:
        metadata:
          annotations: {"example.org/team": "blue"}
        spec:
          containers:
          - name: app
            image: registry.example/shop:1.0  # built nightly
            env:
            - name: LEVEL
              value: "info"
            - name: COLOUR
              value: red
            ports:
            - containerPort: 8080
    """
BASE = {"base/web.yaml": DEPLOYMENT, "base/kustomization.yaml": "resources: [web.yaml]\n"}


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools(detect(), Limits())


def material(part: Render, files: Files) -> Material:
    data = {p: t if isinstance(t, bytes) else textwrap.dedent(t).encode() for p, t in files.items()}
    entries = tuple(Entry(path, 0o100644, hashlib.sha1(each).hexdigest()) for path, each in sorted(data.items()))
    return Material(part, entries, lambda entry: data[entry.path])


def tracer(tools: Tools, files: Files, path: str = "over", *, look: bool = True) -> Tracer:
    return Tracer(material(KustomizeRender(path), files), tools, look=look)


def over(text: str, **files: str) -> Files:
    """The base, an overlay, and more files of the overlay (``name__yaml`` for ``name.yaml``)."""
    more = {f"over/{name.replace('__', '.')}": content for name, content in files.items()}
    return {**BASE, "over/kustomization.yaml": "resources: [../base]\n" + textwrap.dedent(text), **more}


def place(origin: Origin | None) -> str:
    return "unknown" if origin is None else f"{origin.file}:{origin.line} {origin.how}"


MERGE_PATCH = """\
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      replicas: 1
      template:
        spec:
          containers:
          - name: side
            image: side:9
          - name: app
            env:
            - name: COLOUR
              value: red
    """
CASES: list[tuple[str, Files, ObjectId, tuple[str | int, ...], str]] = [
    ("nothing touches it", over(""), WEB, ("spec", "replicas"), "base/web.yaml:8 resource"),
    ("an image with a comment behind it", over(""), WEB, (*CONTAINER, "image"), "base/web.yaml:15 resource"),
    ("a key with a slash", over(""), WEB, ("spec", "template", "metadata", "annotations", "example.org/team"),
     "base/web.yaml:11 resource"),
    ("the name", over(""), WEB, ("metadata", "name"), "base/web.yaml:5 resource"),
    ("the kind", over(""), WEB, ("kind",), "base/web.yaml:3 resource"),
    ("the version", over(""), WEB, ("apiVersion",), "base/web.yaml:2 resource"),
    ("a patch that sets the value it had", over("patches: [{path: p.yaml}]\n", p__yaml=MERGE_PATCH), WEB,
     ("spec", "replicas"), "over/p.yaml:6 patch"),
    ("a list that the patch put an item in front of", over("patches: [{path: p.yaml}]\n", p__yaml=MERGE_PATCH), WEB,
     ("spec", "template", "spec", "containers", 1, "env", 0, "value"), "over/p.yaml:15 patch"),
    ("an item that the patch leaves alone", over("patches: [{path: p.yaml}]\n", p__yaml=MERGE_PATCH), WEB,
     ("spec", "template", "spec", "containers", 1, "env", 1, "value"), "base/web.yaml:18 resource"),
    ("the name of an item that a patch picks", over("patches: [{path: p.yaml}]\n", p__yaml=MERGE_PATCH), WEB,
     ("spec", "template", "spec", "containers", 1, "name"), "base/web.yaml:14 resource"),
    ("the last of two patches", over("""\
        patches:
        - target: {kind: Deployment}
          patch: |-
            - {op: replace, path: /spec/replicas, value: 3}
        - patch: |
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              # enough
              replicas: 3
        """), WEB, ("spec", "replicas"), "over/kustomization.yaml:12 patch"),
    ("the first of two patches, the second is for another kind", over("""\
        patches:
        - target: {kind: Deployment}
          patch: '[{"op": "replace", "path": "/spec/replicas", "value": 3}]'
        - target: {kind: StatefulSet}
          patch: '[{"op": "replace", "path": "/spec/replicas", "value": 3}]'
        """), WEB, ("spec", "replicas"), "over/kustomization.yaml:4 patch"),
    ("JSON patch with ~1", over("""\
        patches:
        - target: {name: web}
          patch: |-
            - op: add
              path: /spec/template/metadata/annotations/example.org~1team
              value: green
        """), WEB, ("spec", "template", "metadata", "annotations", "example.org/team"), "over/kustomization.yaml:7 patch"),
    ("JSON patch that appends", over("""\
        patchesJson6902:
        - target: {group: apps, version: v1, kind: Deployment, name: web}
          path: add.json
        """, add__json="""\
        [
          {"op": "add", "path": "/spec/template/spec/containers/0/env/-",
           "value": {"name": "EXTRA",
                     "value": "red"}}
        ]
        """), WEB, (*CONTAINER, "env", 2, "value"), "over/add.json:4 patch"),
    ("a JSON patch in quotes over two lines", over("""\
        patches:
        - target: {kind: Deployment}
          patch: '[{"op": "replace", "path": "/spec/template/spec/containers/0/env/0/value",
            "value": "debug"}]'
        """), WEB, (*CONTAINER, "env", 0, "value"), "over/kustomization.yaml:5 patch"),
    ("patchesStrategicMerge, inline", over("""\
        patchesStrategicMerge:
        - |-
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: web}
          spec: {replicas: 5}
        """), WEB, ("spec", "replicas"), "over/kustomization.yaml:7 patch"),
    ("images: newTag", over('images: [{name: registry.example/shop, newTag: "1.0"}]\n'), WEB, (*CONTAINER, "image"),
     "over/kustomization.yaml:2 images"),
    ("images: the same tag twice", over("""\
        images:
        - name: registry.example/other
          newTag: 2.0.1
        - name: registry.example/shop
          newTag: 2.0.1
        """), WEB, (*CONTAINER, "image"), "over/kustomization.yaml:6 images"),
    ("images: digest and tag", over("""\
        images:
        - name: registry.example/shop
          newTag: 2.0.1
          digest: sha256:1111111111111111111111111111111111111111111111111111111111111111
        """), WEB, (*CONTAINER, "image"), "over/kustomization.yaml:5 images"),
    ("replicas", over("replicas:\n- name: web\n  count: 7\n"), WEB, ("spec", "replicas"),
     "over/kustomization.yaml:4 replicas"),
    ("namespace", over("namespace: shop\n"), ObjectId("apps/v1", "Deployment", "shop", "web"), ("metadata", "namespace"),
     "over/kustomization.yaml:2 namespace"),
    ("prefix and suffix", over("namePrefix: eu-\nnameSuffix: -one\n"), ObjectId("apps/v1", "Deployment", "", "eu-web-one"),
     ("metadata", "name"), "base/web.yaml:5 resource"),
    ("a value under a prefix", over("namePrefix: eu-\nnamespace: shop\n"),
     ObjectId("apps/v1", "Deployment", "shop", "eu-web"), ("spec", "replicas"), "base/web.yaml:8 resource"),
    ("labels", over("labels:\n- pairs:\n    tier: front\n"), WEB, ("metadata", "labels", "tier"),
     "over/kustomization.yaml:4 label"),
    ("commonLabels in a selector", over("commonLabels:\n  app: front\n"), WEB, ("spec", "selector", "matchLabels", "app"),
     "over/kustomization.yaml:3 label"),
    ("commonAnnotations", over("commonAnnotations:\n  note: front\n"), WEB, ("metadata", "annotations", "note"),
     "over/kustomization.yaml:3 annotation"),
    ("a replacement's source", over("""\
        resources: [../base, settings.yaml]
        replacements:
        - source: {kind: ConfigMap, name: settings, fieldPath: data.colour}
          targets:
          - select: {kind: Deployment}
            fieldPaths: ["spec.template.spec.containers.[name=app].env.[name=COLOUR].value"]
        """, settings__yaml="""\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings}
        data:
          colour: red
        """), WEB, (*CONTAINER, "env", 1, "value"), "over/settings.yaml:5 resource"),
]  # fmt: skip
for _name, _files, *_ in CASES:  # a second `resources:` replaces the first
    _text = str(_files["over/kustomization.yaml"])
    if _text.count("resources:") == 2:
        _files["over/kustomization.yaml"] = _text.removeprefix("resources: [../base]\n")


@pytest.mark.parametrize("look", [True, False], ids=["", "by renders alone"])
@pytest.mark.parametrize(("files", "wanted", "path", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_kustomize(
    tools: Tools, files: Files, wanted: ObjectId, path: tuple[str | int, ...], expected: str, *, look: bool
) -> None:
    assert place(tracer(tools, files, look=look).trace(wanted, path)) == expected


GENERATED: Files = {
    "over/kustomization.yaml": """\
        configMapGenerator:
        - name: settings
          literals:
          - colour=red
          - quoted="a=b"
          envs: [more.env]
          files: [page.html, other=page2.html]
          options: {labels: {team: blue}}
        secretGenerator:
        - name: secret
          literals: [password=not-a-secret-value]
          options: {disableNameSuffixHash: true}
        """,
    "over/more.env": "# first\nSIZE=large\n\nTEXT=red\n",
    "over/page.html": "<p>\n hello\n</p>\n",
    "over/page2.html": "<p>\n two\n</p>\n",
}


@pytest.mark.parametrize(
    ("kind", "key", "expected"),
    [
        ("ConfigMap", "colour", "over/kustomization.yaml:4 generator"),
        ("ConfigMap", "quoted", "over/kustomization.yaml:5 generator"),
        ("ConfigMap", "SIZE", "over/more.env:2 generator"),
        ("ConfigMap", "TEXT", "over/more.env:4 generator"),
        ("ConfigMap", "page.html", "over/page.html:1 generator"),
        ("ConfigMap", "other", "over/page2.html:1 generator"),
        ("Secret", "password", "over/kustomization.yaml:11 generator"),
    ],
)
def test_generators(tools: Tools, kind: str, key: str, expected: str) -> None:
    asked = tracer(tools, GENERATED)
    wanted = next(o for o in asked.objects() if o.kind == kind)
    assert place(asked.trace(wanted, ("data", key))) == expected


def test_the_name_of_a_generated_object_and_a_reference_to_it(tools: Tools) -> None:
    files = over("""\
        configMapGenerator:
        - name: settings
          literals: [a=b]
        patches:
        - patch: |
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec: {template: {spec: {containers: [{name: app, envFrom: [{configMapRef: {name: settings}}]}]}}}
        """)
    asked = tracer(tools, files)
    settings = next(o for o in asked.objects() if o.kind == "ConfigMap")
    assert settings.name.startswith("settings-")
    assert place(asked.declared(settings)) == "over/kustomization.yaml:3 generator"
    assert asked.trace(settings, ("kind",)) is None  # no line says it


def test_components_and_nested_overlays(tools: Tools) -> None:
    files = over("components: [../comp]\n", x__txt="")
    files["comp/kustomization.yaml"] = """\
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        patches:
        - target: {kind: Deployment}
          patch: |-
            - op: replace
              path: /spec/template/spec/containers/0/env/0/value
              value: debug
        """
    files["top/kustomization.yaml"] = (
        "resources: [../over]\nimages: [{name: registry.example/shop, newName: mirror.example/shop}]\n"
    )
    asked = tracer(tools, files, "top")
    assert place(asked.trace(WEB, (*CONTAINER, "env", 0, "value"))) == "comp/kustomization.yaml:8 patch"
    assert place(asked.trace(WEB, (*CONTAINER, "image"), "name")) == "top/kustomization.yaml:2 images"
    assert place(asked.trace(WEB, (*CONTAINER, "image"), "tag")) == "base/web.yaml:15 resource"


def test_the_name_of_an_image_that_an_entry_picks_by_it(tools: Tools) -> None:
    asked = tracer(tools, over("images: [{name: registry.example/shop, newTag: '7'}]\n"))
    origin = asked.trace(WEB, (*CONTAINER, "image"), "name")
    assert place(origin) == "base/web.yaml:15 resource"
    assert origin is not None
    assert not origin.whole


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_lines_of_a_file_of_many_documents_are_those_an_editor_shows(tools: Tools, ending: str) -> None:
    text = "\ufeff# übersicht\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  text: |\n"
    text += "    one\n    two\n  same: x\n---\n\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata:\n"
    text += "  é: '☃'\n  same: x\n"
    files: Files = {
        "over/kustomization.yaml": "resources: [all.yaml]\n",
        "over/all.yaml": text.replace("\n", ending).encode(),
    }
    asked = tracer(tools, files)
    a, b = (ObjectId("v1", "ConfigMap", "", name) for name in "ab")
    assert [place(asked.trace(a, ("data", key))) for key in ("text", "same")] == [
        "over/all.yaml:7 resource", "over/all.yaml:10 resource"]  # fmt: skip
    assert place(asked.trace(b, ("data", "same"))) == "over/all.yaml:18 resource"


def test_an_alias_is_set_where_its_anchor_stands(tools: Tools) -> None:
    text = """\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: a}
        data:
          one: &shared blue
          two: *shared
          three: blue
        """
    asked = tracer(tools, {"over/kustomization.yaml": "resources: [a.yaml]\n", "over/a.yaml": text})
    wanted = ObjectId("v1", "ConfigMap", "", "a")
    assert [place(asked.trace(wanted, ("data", key)))[:13] for key in ("one", "two", "three")] == [
        "over/a.yaml:5", "over/a.yaml:5", "over/a.yaml:7"]  # fmt: skip


def test_what_no_line_sets_is_unknown(tools: Tools) -> None:
    asked = tracer(tools, over(""))
    assert asked.trace(WEB, ("spec", "nothing")) is None
    assert asked.trace(WEB, ("spec", "template")) is None
    assert asked.trace(ObjectId("v1", "Service", "", "web"), ("spec",)) is None
    assert place(asked.nearest(WEB, (*CONTAINER, "resources", "limits"))) == "base/web.yaml:14 resource"


def test_a_mapping_that_is_meant_itself_is_where_something_in_it_stands(tools: Tools) -> None:
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n"
    patch = f"{head}  strategi:\n    empty: ''\n    type: Recreate\n"
    asked = tracer(tools, over("patches: [{path: p.yaml}]\n", p__yaml=patch))
    assert place(asked.nearest(WEB, ("spec", "strategi", ITSELF))) == "over/p.yaml:7 patch"
    assert place(asked.nearest(WEB, ("spec", "strategi"))) == place(asked.declared(WEB)), "for what it lacks"
    assert place(asked.nearest(WEB, ("spec", "nothing", ITSELF))) == place(asked.declared(WEB))


def test_a_kustomization_that_does_not_build_knows_nothing(tools: Tools) -> None:
    assert tracer(tools, {"over/kustomization.yaml": "resources: [gone.yaml]\n"}).trace(WEB, ("kind",)) is None


def test_many_questions_share_renders(tools: Tools) -> None:
    data = "".join(f"  key{n}: value-{n}\n" for n in range(50))
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n" + data
    asked = tracer(tools, {"over/kustomization.yaml": "resources: [a.yaml]\n", "over/a.yaml": text}, look=False)
    wanted = ObjectId("v1", "ConfigMap", "", "a")
    found = asked.trace_all([Question(wanted, ("data", f"key{n}")) for n in range(50)])
    assert [o.line for o in found if o] == list(range(5, 55))
    assert asked.renders == 1


def test_the_names_of_many_objects_share_a_render(tools: Tools) -> None:
    names = [f"settings-{n}" for n in range(9)]
    maps = "---\n".join(f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n" for name in names)
    patches = "".join(
        f"- patch: '{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{a: b}}}}'\n"
        for name in names
    )
    text = f"namePrefix: eu-\nresources: [all.yaml]\npatches:\n{patches}"
    asked = tracer(tools, {"over/kustomization.yaml": text, "over/all.yaml": maps}, look=False)
    wanted = [ObjectId("v1", "ConfigMap", "", f"eu-{name}") for name in names]
    found = asked.trace_all([Question(each, ("metadata", "name")) for each in wanted])
    assert [place(o) for o in found] == [f"over/all.yaml:{4 + 5 * n} resource" for n in range(9)]
    assert asked.renders == 1


def test_a_name_that_another_object_brings_is_told_from_one_that_stands_there(tools: Tools) -> None:
    text = """\
        resources: [all.yaml]
        replacements:
        - source: {kind: ConfigMap, name: web, fieldPath: metadata.name}
          targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]
        """
    maps = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n---\n" + textwrap.dedent(DEPLOYMENT)
    asked = tracer(tools, {"over/kustomization.yaml": text, "over/all.yaml": maps})
    config = ObjectId("v1", "ConfigMap", "", "web")
    found = asked.trace_all([Question(each, ("metadata", "name")) for each in (config, WEB)])
    assert place(found[0]) == "over/all.yaml:4 resource"
    assert place(found[1]) in ("over/all.yaml:4 resource", "unknown")  # and never the Deployment's own line, 10


def test_what_is_rendered_already_is_not_rendered_again(tools: Tools) -> None:
    rendered = tracer(tools, over("")).fields(WEB)
    asked = Tracer(material(KustomizeRender("over"), over("")), tools, rendered=[rendered], look=False)
    assert place(asked.trace(WEB, ("spec", "replicas"))) == "base/web.yaml:8 resource"
    assert asked.renders == 1


def test_a_new_name_is_looked_for_where_it_stands_before_names_of_other_objects(tools: Tools) -> None:
    hooks = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hooks}\n"
    kustomization = "resources: [../base, hooks.yaml]\npatches: [{path: p.yaml, target: {kind: ConfigMap}}]\n"
    patch = "- op: replace\n  path: /metadata/name\n  value: web.example.org\n"
    files: Files = {**BASE, "over/kustomization.yaml": kustomization, "over/hooks.yaml": hooks, "over/p.yaml": patch}
    asked = tracer(tools, files)
    found = asked.declared(ObjectId("v1", "ConfigMap", "", "web.example.org"))
    assert (place(found), asked.renders) == ("over/p.yaml:3 patch", 1)


def test_a_masked_value_is_looked_for_as_it_is(tools: Tools) -> None:
    masked = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "secret"}, "type": "Opaque",
              "data": {"password": "<secret 0123456789abcdef>"}}  # fmt: skip
    asked = Tracer(material(KustomizeRender("over"), GENERATED), tools, rendered=[masked])
    secret = ObjectId("v1", "Secret", "", "secret")
    assert place(asked.trace(secret, ("data", "password"))) == "over/kustomization.yaml:11 generator"


def test_what_flux_lays_over_is_unknown_even_where_a_file_says_the_same(tools: Tools) -> None:
    laid = Overlay(
        images='[{"name": "registry.example/shop", "newTag": "1.0"}]',
        patches='[{"patch": "[{\\"op\\": \\"replace\\", \\"path\\": \\"/spec/replicas\\", \\"value\\": 1}]",'
        ' "target": {"kind": "Deployment"}}]',
    )
    substitution = Substitution((("LEVEL", "red"),))
    files = {**over(""), "base/web.yaml": DEPLOYMENT.replace('"info"', "${LEVEL}")}
    asked = Tracer(material(KustomizeRender("over", overlay=laid, substitution=substitution), files), tools)
    assert asked.fields(WEB)["kind"] == "Deployment"
    assert asked.trace(WEB, (*CONTAINER, "image")) is None
    assert asked.trace(WEB, ("spec", "replicas")) is None
    assert asked.trace(WEB, (*CONTAINER, "env", 0, "value")) is None
    assert place(asked.trace(WEB, (*CONTAINER, "env", 1, "value"))) == "base/web.yaml:20 resource"


def test_renders_are_bounded(tools: Tools) -> None:
    asked = Tracer(material(KustomizeRender("over"), over("")), tools, most_renders=0, look=False)
    assert asked.trace(WEB, ("spec", "replicas")) is None
    assert asked.renders == 0


def test_plain_manifests(tools: Tools) -> None:
    one = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: same}\n"
    listed = """\
        apiVersion: v1
        kind: List
        items:
        - apiVersion: v1
          kind: ConfigMap
          metadata: {name: b}
          data:
            x: same
        """
    asked = Tracer(material(PlainRender("m"), {"m/1.yaml": one, "m/2.yaml": one, "m/3.yaml": listed}), tools)
    a, b = (ObjectId("v1", "ConfigMap", "", name) for name in "ab")
    assert place(asked.trace(a, ("data", "x"))) == "m/2.yaml:4 resource"  # the later one is what stays applied
    assert place(asked.trace(b, ("data", "x"))) == "m/3.yaml:8 resource"


CHART: Files = {
    "chart/Chart.yaml": 'apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: "1.2.3"\n',
    "chart/values.yaml": """\
        replicas: 2
        port: 80
        image:
          repository: registry.example/shop
          tag: ''
        colour: red
        level: info
        """,
    "chart/templates/web.yaml": """\
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          replicas: {{ .Values.replicas }}
          paused: false
          template:
            metadata:
              annotations:
                colour: {{ .Values.colour | quote }}
                level: {{ .Values.level | upper }}
            spec:
              containers:
              - name: app
                image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
        """,
    "env/prod.yaml": "# production\nreplicas: 2\nlevel: info\n",
    "env/eu.yaml": "other: red\n",
}


@pytest.mark.parametrize(
    ("path", "part", "expected"),
    [
        (("spec", "replicas"), "", "env/prod.yaml:2 values"),
        (("spec", "template", "metadata", "annotations", "colour"), "", "chart/values.yaml:6 values"),
        (("spec", "template", "metadata", "annotations", "level"), "", "unknown"),  # the template changes it
        (("spec", "paused"), "", "chart/templates/web.yaml:7 template"),
        ((*CONTAINER, "image"), "", "chart/Chart.yaml:4 chart"),
        ((*CONTAINER, "image"), "name", "chart/values.yaml:4 values"),
        (("metadata", "name"), "", "chart/templates/web.yaml:4 template"),
        (("kind",), "", "chart/templates/web.yaml:2 template"),
    ],
)
def test_helm(tools: Tools, need: Callable[[str], str], path: tuple[str | int, ...], part: str, expected: str) -> None:
    need("helm")
    asked = Tracer(material(HelmRender("chart", "shop", value_files=("env/prod.yaml", "env/eu.yaml")), CHART), tools)
    assert place(asked.trace(WEB, path, part)) == expected
