"""Differences and fields of large documents, kept between runs: a later run says exactly what the first one said."""

from __future__ import annotations

import tempfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from hypothesis import given
from laws import profile
from test_documents_writer import VALUES

from bot import documents
from bot.config.schema import Noise, PathRule
from bot.diff import remembered
from bot.diff.noise import folding
from bot.diff.resources import Memory, pair, read
from bot.model.remember import ask_again
from bot.model.resource import Document, Rendered
from bot.model.result import ImageMove, ObjectChange, ObjectState
from bot.model.unit import ObjectId
from bot.redaction import masked_document
from bot.render.cache import Cache

_LONG = "padding " * 3000


def _rendered(image: str, name: str = "settings") -> Rendered:
    deployment: dict[str, Any] = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}},
    }  # fmt: skip
    settings = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": {"a": _LONG, "b": image}}
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"a": f"hunter2-{image}-Zq9x"},
    }
    return Rendered(tuple(masked_document(documents.dump(each), key=b"k") for each in (deployment, settings, secret)))


def test_a_later_run_says_what_the_first_one_said(tmp_path: Path) -> None:
    sides = (_rendered("web:1", "settings-7h8ckh2m5t"), _rendered("web:2", "settings-kk2m5t7h8c"))
    fresh = pair(*sides)
    assert len(fresh) == 3
    for _ in range(2):
        assert pair(*sides, memory=Memory(remember=Cache(tmp_path).remember)) == fresh
    (kept,) = tmp_path.glob("??/*")
    kept.write_bytes(kept.read_bytes()[:-1])
    assert pair(*sides, memory=Memory(remember=Cache(tmp_path).remember)) == fresh


def test_what_is_remembered_is_not_compared_again(tmp_path: Path) -> None:
    sides = (_rendered("web:1"), _rendered("web:2"))
    found = pair(*sides, memory=Memory(remember=Cache(tmp_path).remember))
    unreadable = (Rendered(tuple(replace(d, text="[" + " " * 20_000) for d in side.documents)) for side in sides)
    assert pair(*unreadable, memory=Memory(remember=Cache(tmp_path).remember)) == found


def test_other_sides_and_other_noise_are_compared_anew(tmp_path: Path) -> None:
    one, two, three = map(_rendered, ("web:1", "web:2", "web:3"))
    shown = folding(Noise(paths=(PathRule("data.b"),)))
    for sides in ((one, two), (two, one), (one, three), (one, Rendered(())), (Rendered(()), one)):
        assert pair(*sides, memory=Memory(remember=Cache(tmp_path).remember)) == pair(*sides)
    assert pair(one, two, fold=shown, memory=Memory(remember=Cache(tmp_path).remember)) == pair(one, two, fold=shown)
    assert pair(one, two, fold=shown) != pair(one, two)


def test_every_field_of_a_change_comes_back(tmp_path: Path) -> None:
    whole = ObjectChange(
        ObjectId("v1", "A", "n", "x"), ObjectState.REMOVED, "- a\n+ é", ObjectId("v2", "B", "m", "y"), ("n (why)",),
        "stays", (ImageMove("c", "a:1", "a:2"),), only_noise=True,
    )  # fmt: skip
    empty = ObjectChange(whole.id, ObjectState.ADDED, "")
    assert all(
        getattr(whole, field.name) != getattr(empty, field.name) for field in fields(whole) if field.name != "id"
    )
    large = [Document(_LONG, "1")]
    for _ in range(2):
        assert remembered.changes(large, [], 1, Cache(tmp_path).remember, lambda: (whole, empty)) == (whole, empty)


@profile(quick=30, long=5000)
@given(VALUES)
def test_the_fields_of_a_large_object_come_back_as_they_were_read(value: object) -> None:
    document = Document(documents.dump({"kind": "A", "a": value, "b": _LONG}), "1")
    with tempfile.TemporaryDirectory() as directory:
        found = [read(document, remember) for remember in (Cache(Path(directory)).remember,) * 2]
    assert [repr(each) for each in found] == [repr(read(document, ask_again))] * 2
