"""Lines that need no render, and all that makes looking doubtful."""

from __future__ import annotations

import hashlib
import textwrap

import pytest

from bot.model.snapshot import Entry
from bot.model.unit import KustomizeRender, Mount, ObjectId, Overlay, PlainRender, Render, Substitution
from bot.render.base import Material
from bot.render.trace_alike import Object
from bot.render.trace_look import Look
from bot.render.trace_match import Question
from bot.render.trace_sources import Sources
from bot.render.trace_writers import NAME

WEB = ObjectId("apps/v1", "Deployment", "", "web")
IMAGE = ("spec", "containers", 0, "image")
MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  containers:
  - {name: app, image: "shop:1.0"}
"""
RENDERED: Object = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
    "spec": {"replicas": 3, "containers": [{"name": "app", "image": "shop:1.0"}]},
}  # fmt: skip
DEFAULT = KustomizeRender("over")
SUBSTITUTED = KustomizeRender("over", substitution=Substitution((("A", "web"),)))


def look(files: dict[str, str], part: Render = DEFAULT, *, more: tuple[Object, ...] = ()) -> Look:
    data = {path: textwrap.dedent(text).encode() for path, text in files.items()}
    entries = tuple(Entry(path, 0o100644, hashlib.sha1(text).hexdigest()) for path, text in sorted(data.items()))
    material = Material(part, entries, lambda entry: data[entry.path])
    return Look(material, Sources(material), [RENDERED, *more])


def over(text: str = "", **files: str) -> dict[str, str]:
    more = {f"over/{name.replace('__', '.')}": content for name, content in files.items()}
    kustomization = "resources: [../base]\n" + textwrap.dedent(text)
    base = {"base/web.yaml": MANIFEST, "base/kustomization.yaml": "resources: [web.yaml]\n"}
    return {**base, "over/kustomization.yaml": kustomization, **more}


def line(seen: Look, path: tuple[str | int, ...], value: object) -> int:
    spot = seen.spot(Question(WEB, path), value)
    return spot.line if spot else 0


def lines(seen: Look) -> tuple[int, int, int]:
    return line(seen, NAME, "web"), line(seen, ("spec", "replicas"), 3), line(seen, IMAGE, "shop:1.0")


NAMED_OTHERWISE = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s}\n"
NAMING = "- {op: replace, path: /metadata/name, value: %s}\n"
REPLACED = "replacements: [{source: {kind: ConfigMap, name: c}, targets: [%s]}]\n"
JSON_PATCH = "patches: [{target: {kind: Deployment}, path: p.yaml}]\n"
SMP = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {paused: true}\n"


@pytest.mark.parametrize(
    "files",
    [
        over(),
        over("labels: [{pairs: {team: blue}}]\nnamespace: team-a\n"),
        over("patches: [{path: p.yaml}]\n", p__yaml=SMP),
        over("patches: [{path: p.yaml, target: {kind: Deployment, name: web}}]\n", p__yaml=SMP),
        over("images: [{name: other, newTag: '2.0'}]\nreplicas: [{name: web2, count: 4}]\n"),
        over("configMapGenerator: [{name: settings, literals: [a=b]}]\n"),
        over("vars: []\nconfigurations: [c.yaml]\n", c__yaml="images: [{path: spec/x, kind: Y}]\n"),
        over(REPLACED % "{fieldPaths: [data.x, spec.replica]}"),
        over("namePrefix: we\n", b__yaml=NAMED_OTHERWISE % "xb"),
        over(
            JSON_PATCH,
            p__yaml="- {op: add, path: /spec/paused, value: 3}\n- {op: add, path: /spec/x, value: 'shop:1.0'}\n",
        ),
        over(JSON_PATCH, p__yaml="- {op: add, path: /spec/containers/0/name, value: web}\n"),
    ],
    ids=[
        "bare",
        "labels and namespace",
        "a patch of something else",
        "with a target",
        "others",
        "a generator",
        "variables",
        "replacements of something else",
        "a prefix",
        "a patch of other fields",
        "a patch of another name",
    ],
)
def test_what_stands_in_one_file_is_seen(files: dict[str, str]) -> None:
    assert lines(look(files)) == (4, 6, 8)


def test_plain_manifests_are_seen() -> None:
    assert lines(look({"m/web.yaml": MANIFEST}, PlainRender("m"))) == (4, 6, 8)
    assert lines(look({"m/web.yaml": MANIFEST}, SUBSTITUTED)) == (4, 6, 8)


@pytest.mark.parametrize(
    ("files", "part"),
    [
        (over("replacements: [{path: r.yaml}]\n", r__yaml="{}\n"), DEFAULT),
        (over(REPLACED % "{}"), DEFAULT),  # the name, without saying so
        (over(REPLACED % '{fieldPaths: ["*"]}'), DEFAULT),
        (over(REPLACED % r'{fieldPaths: ["metadata\.x"]}'), DEFAULT),
        (over("namePrefix: w\n", b__yaml=NAMED_OTHERWISE % "eb"), DEFAULT),  # either may have become it
        (over("namePrefix: w\n" + JSON_PATCH, p__yaml=NAMING % "eb"), DEFAULT),
        (over(JSON_PATCH, p__yaml="- {op: replace, path: /kind, value: Deployment}\n"), DEFAULT),
        (over(JSON_PATCH, p__yaml="[{op: add, path: /x, value: &a web}, {op: add, path: /metadata/name, value: *a}]"),
         DEFAULT),
        (over("helmCharts: [{name: x}]\n"), DEFAULT),
        (over("transformers: [t.yaml]\n", t__yaml="{}\n"), DEFAULT),
        (over("newer: [c.yaml]\n"), DEFAULT),
        (over(JSON_PATCH, p__yaml="[{op: copy, from: /a, path: /b}]\n"), DEFAULT),
        (over(JSON_PATCH, p__yaml="- {op: move, from: /a, path: /b}\n"), DEFAULT),
        (over(JSON_PATCH, p__yaml="- &a {op: add, value: 1}\n- {<<: *a, path: /b}\n"), DEFAULT),
        (over("patches: [{path: p.yaml, options: {allowNameChange: true}}]\n", p__yaml=SMP), DEFAULT),
        (over("patches: [{path: p.yaml}]\n", p__yaml=SMP.replace(
            "name: web", "name: web, annotations: {internal.config.kubernetes.io/allowNameChange: enabled}")), DEFAULT),
        (over("patches: [{path: p.yaml}]\n", p__yaml="a: [\n"), DEFAULT),
        (over("patches:\n- target: {kind: Deployment}\n  patch: ' [{op: remove, path: /a}]'\n"), DEFAULT),
        (over("resources: [\n"), DEFAULT),
        (over(b__yaml=NAMED_OTHERWISE % "web"), DEFAULT),  # twice
        (over(b__yaml=NAMED_OTHERWISE % "${A}"), SUBSTITUTED),
        (over(), KustomizeRender("over", overlay=Overlay(name_prefix="x-"))),
        (over(), KustomizeRender("over", enable_helm=True)),
        (over(), KustomizeRender("over", mounts=(Mount("a", "b"),))),
    ],
)  # fmt: skip
def test_where_anything_else_may_have_written_it_looking_is_not_enough(files: dict[str, str], part: Render) -> None:
    assert lines(look(files, part)) == (0, 0, 0)


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (over("patches: [{path: p.yaml}]\n", p__yaml=SMP.replace("paused: true", "replicas: 3")), (4, 0, 8)),
        (
            over("patches:\n- patch: |\n" + textwrap.indent(SMP.replace("paused: true", "replicas: 3"), "    ")),
            (4, 0, 8),
        ),
        (
            over("patches: [{path: p.yaml}]\n", p__yaml=SMP.replace("true", "&n 3")),
            (4, 0, 8),
        ),  # an alias may bring it there
        (over(REPLACED % "{fieldPaths: [spec.replicas]}"), (4, 0, 8)),
        (over(REPLACED % '{fieldPaths: ["spec.containers.[name=app].image"]}'), (4, 6, 0)),
        (over(REPLACED % "{fieldPaths: [spec.containers.0]}"), (4, 6, 0)),
        (over(REPLACED % "{fieldPaths: [spec]}"), (4, 0, 0)),
        (over("vars: []\n" + JSON_PATCH, p__yaml="- {op: add, path: /spec/replicas, value: $(N)}\n"), (4, 0, 8)),
        (over("replicas: [{name: web, count: 3}]\n"), (4, 0, 8)),
        (over("images: [{name: shop, newTag: '1.0'}]\n"), (4, 6, 0)),
        (over('images: [{name: shop, newTag: "\\x31.0"}]\n'), (4, 6, 0)),  # written with an escape
        (over(JSON_PATCH, p__yaml=NAMING % "web"), (0, 0, 0)),  # which of two it is, is not seen either
        (over(JSON_PATCH, p__yaml="- {op: replace, path: /metadata, value: {name: web}}\n"), (0, 0, 0)),
        (over(JSON_PATCH, p__yaml="- {op: add, path: /spec/replicas, value: 3}\n"), (4, 0, 8)),
    ],
)
def test_a_value_that_a_patch_or_a_kustomization_holds_as_well_needs_a_render(
    files: dict[str, str], expected: tuple[int, int, int]
) -> None:
    assert lines(look(files)) == expected


MANY = """\
# of an operator
apiVersion: v1
kind: ConfigMap
metadata: {name: web}
---
"""


def test_of_a_file_with_many_documents_only_those_that_matter_are_read() -> None:
    definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: web.x}\n---\n"
    seen = look({**over(), "base/web.yaml": MANY + definition + MANIFEST})
    assert lines(seen) == (13, 15, 17)
    read = {name for name in seen._sources._shelf.spots if name[0] == "base/web.yaml"}
    assert read == {("base/web.yaml", name[1], len(MANY + definition) - len("---\n")) for name in read}
    directed = "%YAML 1.1\n---\n" + MANIFEST
    assert lines(look({**over(), "base/web.yaml": directed})) == (6, 8, 10)
    assert lines(look({**over(), "base/web.yaml": MANIFEST + "---\n" + MANIFEST})) == (0, 0, 0)


def test_two_objects_of_one_name_need_a_render() -> None:
    other: Object = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "two"}}
    assert lines(look(over(), more=(other,))) == (0, 0, 0)


def test_a_value_that_stands_twice_at_its_keys_needs_a_render() -> None:
    twice = MANIFEST + '  - {name: side, image: "shop:1.0"}\n'
    assert lines(look({**over(), "base/web.yaml": twice})) == (4, 6, 0)


def test_what_an_anchor_or_another_text_holds_is_not_seen() -> None:
    anchored = MANIFEST.replace("replicas: 3", "paused: &n 3\n  replicas: *n")
    assert lines(look({**over(), "base/web.yaml": anchored})) == (4, 0, 9)


SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\nstringData:\n  user: shop\n  '1': x\n"
HIDDEN = "<secret 0123456789abcdef>"


@pytest.mark.parametrize(
    ("kustomization", "patch", "expected"),
    [
        ("", "", 5),
        ("namespace: x\n", "", 5),
        ("patches: [{path: p.yaml}]\n", SECRET.replace("user: shop", "other: x"), 5),
        ("patches: [{path: p.yaml}]\n", SECRET, 0),
        (JSON_PATCH, "- {op: add, path: /stringData, value: {user: y}}\n", 0),
        (JSON_PATCH, "- {op: add, path: /x, value: &a y}\n- {op: add, path: /y, value: *a}\n", 0),
        (REPLACED % "{fieldPaths: [stringData]}", "", 0),
        ("configurations: [p.yaml]\n", "labels: [{path: stringData, create: true}]\n", 0),
        ("secretGenerator: [{name: other}]\n", "", 0),
    ],
)
def test_a_masked_value_has_the_line_of_its_key_where_nothing_else_writes_there(
    kustomization: str, patch: str, expected: int
) -> None:
    files = {"over/kustomization.yaml": f"resources: [s.yaml]\n{kustomization}", "over/s.yaml": SECRET}
    data = {"user": HIDDEN, "1": HIDDEN}
    rendered: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "web"}, "stringData": data}
    seen = look(files | ({"over/p.yaml": patch} if patch else {}), more=(rendered,))
    secret = ObjectId("v1", "Secret", "", "web")
    spot = seen.spot(Question(secret, ("stringData", "user")), HIDDEN)
    assert (spot.line if spot else 0) == expected
    assert seen.spot(Question(secret, ("stringData", "1")), HIDDEN) is None  # in a JSON pointer it could be a position
    assert line(look(over()), ("spec", "replicas"), HIDDEN) == 0


def test_the_name_of_a_namespace_is_that_of_the_kustomization() -> None:
    namespace: Object = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team"}}
    files = over("namespace: team\n", b__yaml="apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n")
    files["over/kustomization.yaml"] += "resources: [../base, b.yaml]\n"
    seen = look(files, more=(namespace,))
    assert seen.spot(Question(ObjectId("v1", "Namespace", "", "team"), NAME), "team") is None
