"""What a mask stands for, told by the files: the value that a render would show, or none."""

from __future__ import annotations

import base64
import hashlib

import pytest

from bot.documents import load_one
from bot.model.snapshot import Entry
from bot.model.unit import KustomizeRender, ObjectId
from bot.process import Limits
from bot.redaction import mask
from bot.render.base import Material
from bot.render.sandbox import detect
from bot.render.tools import Tools
from bot.render.trace import Tracer
from bot.render.trace_match import Question
from bot.render.trace_sources import Sources
from bot.render.trace_unmasked import unmasked

KEY = b"k" * 32
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: web}\n"
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {PASSWORD: hunter2}\n"
ENCODED = base64.b64encode(b"hunter2").decode()
GENERATED = "secretGenerator: [{name: web, envs: [web.env]}]\n"


def material(files: dict[str, str]) -> Material:
    data = {path: text.encode() for path, text in files.items()}
    entries = tuple(Entry(path, 0o100644, hashlib.sha1(each).hexdigest()) for path, each in sorted(data.items()))
    return Material(KustomizeRender("over"), entries, lambda entry: data[entry.path])


def masked(field: str, value: str) -> dict[str, object]:
    found = load_one(f"{SECRET}{field}: {{PASSWORD: '{value}'}}\n")
    assert isinstance(found, dict)
    return mask(found, key=KEY)


def told(files: dict[str, str], field: str = "data", value: str = ENCODED, kind: str = "Secret") -> str | None:
    hidden = masked(field, value)[field]
    assert isinstance(hidden, dict)
    question = Question(ObjectId("v1", kind, "", "web"), (field, "PASSWORD"))
    return unmasked(question, hidden["PASSWORD"], Sources(material(files)), KEY)


@pytest.mark.parametrize(
    ("kustomization", "file", "text"),
    [
        ("resources: [s.yaml]\n", "s.yaml", f"{OTHER}---\n{SECRET}data: {{PASSWORD: {ENCODED}}}\n"),
        ("resources: [s.yaml]\n", "s.yaml", f"{SECRET}data: {{PASSWORD: {ENCODED}}}\n"),
        (GENERATED, "web.env", "USER=a\nPASSWORD=hunter2\n"),
        ("secretGenerator: [{name: web, literals: ['PASSWORD=hunter2']}]\n", "n", ""),
        ("secretGenerator: [{name: web, literals: [PASSWORD='hunter2']}]\n", "n", ""),
        ("secretGenerator: [{name: web, files: [PASSWORD=w.txt]}]\n", "w.txt", "hunter2"),
        ("patches: [{path: p.yaml}]\n", "p.yaml", f"{SECRET}data: {{PASSWORD: {ENCODED}}}\n"),
    ],
)
def test_the_value_under_the_same_key_is_known_again(kustomization: str, file: str, text: str) -> None:
    files = {"over/kustomization.yaml": kustomization, f"over/{file}": text}
    assert told(files) == ENCODED
    assert told(files, value=base64.b64encode(b"hunter3").decode()) is None
    assert told(files, kind="ConfigMap") is None


def test_a_text_that_is_no_base64_is_as_it_stands() -> None:
    files = {"over/kustomization.yaml": "resources: [s.yaml]\n"}
    assert (
        told(files | {"over/s.yaml": f"{SECRET}stringData: {{PASSWORD: hunter2}}\n"}, "stringData", "hunter2")
        == "hunter2"
    )
    assert told(files | {"over/s.yaml": f"{SECRET}stringData: {{OTHER: hunter2}}\n"}, "stringData", "hunter2") is None


def test_what_several_places_write_in_other_ways_is_not_told() -> None:
    folded = f"{SECRET}data: {{PASSWORD: '{ENCODED[:4]} {ENCODED[4:]}'}}\n"
    files = {"over/kustomization.yaml": f"resources: [s.yaml]\n{GENERATED}", "over/s.yaml": folded}
    assert told(files | {"over/web.env": "PASSWORD=hunter3\n"}) == f"{ENCODED[:4]} {ENCODED[4:]}"
    assert told(files | {"over/web.env": "PASSWORD=hunter2\n"}) is None


def test_a_mask_that_the_files_tell_costs_no_render_of_its_own() -> None:
    plain = "generatorOptions: {disableNameSuffixHash: true}\n"
    files = {"over/kustomization.yaml": GENERATED + plain, "over/web.env": "USER=a\nPASSWORD=hunter2\n"}
    for key, renders in ((KEY, 1), (b"another", 2), (b"", 2)):
        asked = Tracer(material(files), Tools(detect(), Limits()), rendered=[masked("data", ENCODED)], key=key)
        found = asked.trace(ObjectId("v1", "Secret", "", "web"), ("data", "PASSWORD"))
        assert found is not None
        assert (found.file, found.line, asked.renders) == ("over/web.env", 2, renders)
