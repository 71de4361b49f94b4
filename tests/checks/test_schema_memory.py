"""Objects of which an earlier run knows that there is nothing to say of them: the answer is the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from schema_evidence import Files, unit

from bot.checks import schema_objects
from bot.checks.schema import Schema, SchemaSettings
from bot.config.judging import UnknownKinds
from bot.model.evidence import Evidence, Said
from bot.model.remember import Remember, ask_again


@pytest.fixture(autouse=True, scope="module")
def everything_is_worth_keeping() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema_objects, "FEW", 0)
        yield


ODD = "^(?:a{900}){900}$"  # costs too much to be looked at


class Kept:
    """What the cache does: answers by name, as JSON."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], str] = {}
        self.asked = 0

    def __call__(self, topic: str, name: str, ask: Callable[[], object]) -> object:
        if (topic, name) not in self.said:
            self.asked += topic == "objects without fault"
            self.said[topic, name] = json.dumps(ask())
        return json.loads(self.said[topic, name])


def definition(kind: str, pattern: str) -> dict[str, Any]:
    size = {"type": "string", "pattern": pattern}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": size}}}}
    names = {"kind": "Thing", "plural": "things", "singular": "thing", "listKind": "ThingList"}
    version = {"name": "v1", "served": kind != "old", "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.example.org"},
        "spec": {"group": "example.org", "scope": "Namespaced", "names": names, "versions": [version]},
    }  # fmt: skip


def thing(size: str) -> dict[str, Any]:
    return {"apiVersion": "example.org/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"size": size}}


def config_map(name: str, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **more}


_BUDGET = {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "b"}, "spec": {}}
_OBJECT = st.one_of(
    st.builds(config_map, st.sampled_from(["a", "b", "A_"]), data=st.just({"a": "b"})),
    st.builds(config_map, st.just("c"), dat=st.just({})),
    st.builds(thing, st.sampled_from(["a", "aaa", "b"])),
    st.just(_BUDGET),
)
_UNITS = st.lists(st.lists(_OBJECT, max_size=4), min_size=1, max_size=3)
_FILES = st.sampled_from(["", "new", "old", "odd"])
_SETTINGS = st.builds(
    SchemaSettings,
    default_version=st.sampled_from(["", "1.25"]),
    unknown_kinds=st.sampled_from(list(UnknownKinds)),
    accepted_kinds=st.sampled_from([(), ("Thing.example.org",)]),
)
_RUN = st.tuples(_UNITS, _FILES, _SETTINGS)


def said(run: tuple[list[list[dict[str, Any]]], str, SchemaSettings], remember: Remember) -> Said:
    objects, crd, settings = run
    texts = {"crd.yaml": json.dumps(definition(crd, ODD if crd == "odd" else "^a*$"))} if crd else {}
    units = tuple(unit(str(number), each) for number, each in enumerate(objects))
    files = Files(texts=texts)
    return Schema(settings).run(Evidence(units, (), files, files, remember=remember))


@given(st.lists(_RUN, min_size=1, max_size=4))
def test_what_is_known_changes_no_answer(runs: list[tuple[Any, str, SchemaSettings]]) -> None:
    kept = Kept()
    for run in [*runs, *runs]:
        assert said(run, kept) == said(run, ask_again)


def test_what_is_known_is_not_asked_again() -> None:
    kept = Kept()
    run = [[config_map("a"), config_map("A_")], [thing("a")]], "new", SchemaSettings()
    assert said(run, kept).head
    assert kept.asked == 2
    said(run, kept)
    assert kept.asked == 2
    said(([[config_map("a")], [thing("aa")]], "new", SchemaSettings()), kept)
    assert kept.asked == 4


def test_what_could_not_be_judged_is_said_each_time() -> None:
    kept = Kept()
    run = [[thing("a")], [thing("a")]], "odd", SchemaSettings()
    first, again = said(run, kept), said(run, kept)
    assert first.notes == again.notes != ()
