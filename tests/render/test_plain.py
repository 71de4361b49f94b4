"""Manifests taken as they are."""

from __future__ import annotations

import pytest

from bot.documents import load_one
from bot.errors import TooBig
from bot.model.snapshot import FILE, SYMLINK, Entry
from bot.model.unit import PlainRender, Substitution
from bot.process import Limits
from bot.render.base import Material, Raw, RenderError
from bot.render.plain import render
from bot.render.sandbox import Sandbox
from bot.render.tools import Tools

TOOLS = Tools(Sandbox("none"), Limits())
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


def taken(*texts: str | bytes, substitution: Substitution | None = None, namespace: str = "") -> Raw:
    entries = tuple(Entry(f"d/{n}.yaml", FILE, str(n)) for n in range(len(texts)))
    contents = [text if isinstance(text, bytes) else text.encode() for text in texts]
    part = PlainRender("d", substitution=substitution, namespace=namespace)
    return render(Material(part, entries, lambda entry: contents[int(entry.oid)]), TOOLS)


def names(raw: Raw) -> list[str]:
    return [text.partition("name: ")[2].split()[0].strip("}\"'") for text in raw.documents]


def test_documents_in_the_order_of_files() -> None:
    assert names(taken(OBJECT % "a" + "---\n" + OBJECT % "b", OBJECT % "c")) == ["a", "b", "c"]


def test_lists_are_taken_apart_at_any_depth() -> None:
    inner = (
        '{"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "A", "metadata": {"name": "%s"}}]}'
    )
    text = f'{{"apiVersion": "v1", "kind": "ConfigMapList", "items": [{inner % "x"}, {inner % "y"}]}}'
    assert names(taken(text)) == ["x", "y"]


def test_what_is_no_object_is_counted() -> None:
    raw = taken("a: 1\n---\n- 1\n---\njust text\n---\n" + OBJECT % "a", "kind: X\n")
    assert names(raw) == ["a"]
    assert raw.notes == [
        "4 documents (d/0.yaml:1, d/0.yaml:3, d/0.yaml:5 and 1 more) are no objects of a cluster, and not applied."
    ]
    assert taken("# none\n\nmetadata: {name: x}\n", OBJECT % "a").notes == [
        "1 document (d/0.yaml:3) is no object of a cluster, and not applied."
    ]


def test_what_is_odd_names_file_and_line() -> None:
    twice = f"{OBJECT % 'a'}---\n# more\n{OBJECT % 'b'}data:\n  x: 1\n  'x': 2\n  'y z': 1\n  y z: 2\n"
    nameless = (OBJECT % "''").replace("\n", "\r\n")
    listed = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {generateName: a-}}\n- %s\n"
    raw = taken(twice, nameless, listed % "{apiVersion: v1, kind: Pod}")
    assert raw.notes == [
        "No metadata.name, which no cluster takes: d/1.yaml:1 (ConfigMap), d/2.yaml:1 (Pod).",
        "A key stands twice in one mapping, of which the last one wins: d/0.yaml:11 (x), d/0.yaml:13.",
    ]
    assert "x: 2" in raw.documents[1]
    assert taken(OBJECT % "a", "&".join(("apiVersion: v1\nkind: A\nmetadata: ", "x {name: b}\nspec: *x\n"))).notes == []


def test_an_error_names_the_file_and_the_line() -> None:
    with pytest.raises(RenderError, match=r"^d/1\.yaml:3 "):
        taken(OBJECT % "a", "a: 1\nb: [\n")


def test_symlinks_are_not_read() -> None:
    entries = (Entry("d/a.yaml", FILE, ""), Entry("d/link.yaml", SYMLINK, ""))
    raw = render(Material(PlainRender("d"), entries, lambda _: (OBJECT % "a").encode()), TOOLS)
    assert names(raw) == ["a"]


def test_too_big_stays_the_authors_matter() -> None:
    def read(entry: Entry) -> bytes:
        raise TooBig(f"{entry.path} has 99 MiB")

    with pytest.raises(RenderError, match="99 MiB"):
        render(Material(PlainRender("d"), (Entry("d/a.yaml", FILE, ""),), read), TOOLS)


def test_substitution() -> None:
    raw = taken(OBJECT % "'${NAME}'", substitution=Substitution((("NAME", "web"),)))
    assert names(raw) == ["web"]


@pytest.mark.parametrize("text", ["\ufeff" + OBJECT, OBJECT.replace("\n", "\r\n"), OBJECT + "x: |\n  kind: Secret\n"])
def test_spellings(text: str) -> None:
    assert names(taken(text % "a")) == ["a"]


CRD = (
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\n"
    "spec: {group: example.org, scope: %s, names: {kind: Thing}}\n"
)


@pytest.mark.parametrize(
    ("text", "namespace"),
    [
        (OBJECT % "a", "prod"),
        ("apiVersion: v1\nkind: ConfigMap\n", "prod"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: ''}\n", "prod"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: own}\n", "own"),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n", None),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\n", None),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n", "prod"),
        ("apiVersion: example.org/v1\nkind: ClusterRole\nmetadata: {name: a}\n", "prod"),
        ("apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\n---\n" + CRD % "Cluster", None),
        ("apiVersion: example.org/v1\nkind: Thing\nmetadata: {name: a}\n---\n" + CRD % "Namespaced", "prod"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: odd\n", "odd"),
        ("apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: a}}]\n", "prod"),
    ],
)
def test_a_namespace_for_objects_that_name_none(text: str, namespace: str | None) -> None:
    value = load_one(taken(text, namespace="prod").documents[0])
    assert isinstance(value, dict)
    metadata = value["metadata"]
    assert (metadata.get("namespace") if isinstance(metadata, dict) else metadata) == namespace


def test_no_namespace_is_none() -> None:
    assert "namespace" not in taken(OBJECT % "a").documents[0]


def test_one_object_under_two_names_is_placed_once() -> None:
    """An alias is the same value twice: it must not be changed in place."""
    raw = taken(
        "apiVersion: v1\nkind: List\nitems: [&a {apiVersion: v1, kind: Pod, metadata: {name: a}}, *a]\n", namespace="x"
    )
    assert raw.documents[0] == raw.documents[1]
    assert raw.documents[0].count("namespace: x") == 1
