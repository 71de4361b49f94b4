"""A law and a measure: an answer's line holds the value, and nearly everything that files set is answered.

Layers are generated so that every scalar is a word of its own, except where a layer repeats what is below it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from laws import profile

from bot.model.snapshot import Entry
from bot.model.unit import KustomizeRender, ObjectId
from bot.process import Limits
from bot.render.base import Material
from bot.render.sandbox import detect
from bot.render.tools import Tools
from bot.render.trace import Tracer
from bot.render.trace_alike import leaves
from bot.render.trace_match import Question

_TOOLS = Tools(detect(), Limits())


@dataclass
class Layers:
    files: dict[str, str] = field(default_factory=dict)
    words: int = 0

    def word(self) -> str:
        self.words += 1
        return f"w{self.words:04d}x"


def _workload(layers: Layers, name: str, containers: int) -> str:
    items = [
        {
            "name": f"c{n}",
            "image": f"registry.example/{layers.word()}:{layers.word()}",
            "env": [{"name": layers.word().upper(), "value": layers.word()}],
        }
        for n in range(containers)
    ]
    body = {
        "metadata": {"name": name, "annotations": {f"example.org/{layers.word()}": layers.word()}},
        "spec": {"replicas": layers.words + 10, "template": {"spec": {"containers": items}}},
    }
    return "# a comment\napiVersion: apps/v1\nkind: Deployment\n" + _yaml(body)


def _yaml(value: object) -> str:
    """Block style of the ordinary kind, written without the code under test."""
    import yaml

    return yaml.safe_dump(value, sort_keys=False)


@st.composite
def repositories(draw: st.DrawFn, *, odd: bool = False) -> dict[str, str]:
    layers = Layers()
    names = [f"app{n}" for n in range(draw(st.integers(1, 3)))]
    manifests = [_workload(layers, name, draw(st.integers(1, 2))) for name in names]
    layers.files["base/all.yaml"] = "---\n".join(manifests)
    layers.files["base/kustomization.yaml"] = "resources: [all.yaml]\n"
    below = "base"
    for depth in range(draw(st.integers(1, 2))):
        below = _overlay(draw, layers, names, below, f"over{depth}", odd=odd)
    layers.files = {
        path: text.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))) for path, text in layers.files.items()
    }
    return layers.files | {"top/kustomization.yaml": f"resources: [../{below}]\n"}


def _overlay(draw: st.DrawFn, layers: Layers, names: list[str], below: str, path: str, *, odd: bool) -> str:
    value: dict[str, object] = {"resources": [f"../{below}"]}
    name = draw(st.sampled_from(names))
    if draw(st.booleans()):
        patch = {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": [
            {"name": "c0", "env": [{"name": layers.word().upper(), "value": layers.word()}]}]}}}}  # fmt: skip
        layers.files[f"{path}/patch.yaml"] = "apiVersion: apps/v1\nkind: Deployment\n" + _yaml(patch)
        value["patches"] = [{"path": "patch.yaml"}]
    if draw(st.booleans()):
        operation = {"op": "replace", "path": "/spec/template/spec/containers/0/env/0/value", "value": layers.word()}
        text = _yaml([operation]) if draw(st.booleans()) else json.dumps([operation])
        target = {"kind": "Deployment", "name": name}
        value["patches"] = [*value.get("patches", []), {"target": target, "patch": text}]  # type: ignore[misc]
    if draw(st.booleans()):
        image = layers.files["base/all.yaml"].partition("image: ")[2].partition(":")[0]
        value["images"] = [{"name": image, "newTag": layers.word()}]
    if draw(st.booleans()):
        value["replicas"] = [{"name": name, "count": draw(st.sampled_from([layers.words + 200, 11]))}]
    if draw(st.booleans()):
        value["labels"] = [{"pairs": {layers.word(): layers.word()}}]
    if odd:
        _odd_fields(draw, layers, name, path, value)
    layers.files[f"{path}/kustomization.yaml"] = _yaml(value)
    return path


def _odd_fields(draw: st.DrawFn, layers: Layers, name: str, path: str, value: dict[str, object]) -> None:
    """What writes values in ways of its own: prefixes, the namespace (a Namespace's name), replacements, variables."""
    odd = draw(st.sampled_from(["", "secret", "prefix", "namespace", "replacements", "vars"]))
    if odd == "prefix":
        value["namePrefix"] = f"{layers.word()}-"
    elif odd == "secret":
        word = layers.word()
        secret = {"metadata": {"name": word}, "stringData": {"user": layers.word(), "token": layers.word()}}
        kind = "apiVersion: v1\nkind: Secret\n"
        layers.files[f"{path}/secret.yaml"] = kind + _yaml(secret)
        value["resources"] = [*value["resources"], "secret.yaml"]  # type: ignore[misc]
        if draw(st.booleans()):
            over = {"metadata": {"name": word}, "stringData": {"user": layers.word()}}
            layers.files[f"{path}/over.yaml"] = kind + _yaml(over)
            value["patches"] = [*value.get("patches", []), {"path": "over.yaml"}]  # type: ignore[misc]
    elif odd == "namespace":
        own = layers.word()
        given = draw(st.sampled_from([own, layers.word()]))
        layers.files[f"{path}/team.yaml"] = f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {own}\n"
        value["resources"] = [*value["resources"], "team.yaml"]  # type: ignore[misc]
        value["namespace"] = given
    elif odd == "replacements":
        field_path = draw(
            st.sampled_from(["spec.template.spec.containers.0.env.0.value", "metadata.annotations.given"])
        )
        target = {"select": {"kind": "Deployment"}, "fieldPaths": [field_path], "options": {"create": True}}
        source = {"kind": "Deployment", "name": name, "fieldPath": "spec.template.spec.containers.0.env.0.name"}
        value["replacements"] = [{"source": source, "targets": [target]}]
    elif odd == "vars":
        reference = {"kind": "Deployment", "name": name, "apiVersion": "apps/v1"}
        variable = layers.word().upper()
        value["vars"] = [{"name": variable, "objref": reference, "fieldref": {"fieldpath": "spec.replicas"}}]
        patch = {"metadata": {"name": name}, "spec": {"template": {"spec": {"containers": [
            {"name": "c0", "env": [{"name": layers.word().upper(), "value": f"$({variable})"}]}]}}}}  # fmt: skip
        layers.files[f"{path}/vars.yaml"] = "apiVersion: apps/v1\nkind: Deployment\n" + _yaml(patch)
        value["patches"] = [*value.get("patches", []), {"path": "vars.yaml"}]  # type: ignore[misc]


@profile(quick=5, long=500)
@given(repositories())
def test_every_answer_holds_the_value_and_nearly_all_are_answered(files: dict[str, str]) -> None:
    entries = tuple(Entry(path, 0o100644, path) for path in sorted(files))
    asked = Tracer(Material(KustomizeRender("top"), entries, lambda entry: files[entry.path].encode()), _TOOLS)
    assert asked.objects()
    questions = _questions(asked)
    answers = asked.trace_all([question for question, _ in questions])
    for (question, value), origin in zip(questions, answers, strict=True):
        if origin is not None:
            line = files[origin.file].split("\n")[origin.line - 1]
            piece = str(value).rpartition(":")[2] if question.path[-1] == "image" else str(value)
            assert piece in line, (question, origin, line)
    known = sum(origin is not None for origin in answers)
    assert known / len(questions) > 0.95, [q for (q, _), o in zip(questions, answers, strict=True) if o is None]


@profile(quick=5, long=500)
@given(repositories(odd=True))
def test_looking_never_says_otherwise_than_a_render(files: dict[str, str]) -> None:
    entries = tuple(Entry(path, 0o100644, f"{path} {files[path]}") for path in sorted(files))
    material = Material(KustomizeRender("top"), entries, lambda entry: files[entry.path].encode())
    proving = Tracer(material, _TOOLS, look=False)
    looking = Tracer(material, _TOOLS, most_renders=0, rendered=[_masked(proving.fields(o)) for o in proving.objects()])
    questions = [question for question, _ in _questions(looking)]
    for question, seen, proven in zip(
        questions, looking.trace_all(questions), proving.trace_all(questions), strict=True
    ):
        assert seen is None or proven is None or seen == proven, (question, seen, proven)


def _masked(fields: dict[str, object]) -> dict[str, object]:
    """An object as those see it who look for the lines of findings."""
    secrets = fields.get("stringData")
    hidden = dict.fromkeys(secrets, "<secret 0123456789abcdef>") if isinstance(secrets, dict) else {}
    return {**fields, "stringData": hidden} if hidden else fields


def _questions(asked: Tracer) -> list[tuple[Question, object]]:
    found: list[tuple[ObjectId, tuple[str | int, ...], object]] = [
        (wanted, path, value) for wanted in asked.objects() for path, value in leaves(asked.fields(wanted))
    ]
    return [(Question(wanted, path), value) for wanted, path, value in found if value is not None]
