"""Places that the configuration folds or keeps in sight: written as printed, exact, and never without a trace."""

from __future__ import annotations

import copy
from pathlib import Path as FilePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_repository import Made, config_map, gatehouse

from bot.config.resource_paths import parse, wrong_with
from bot.config.schema import Noise, PathRule
from bot.diff import lines
from bot.diff.align import ABSENT, Path, differences, path_text, reorder
from bot.diff.noise import Folding, fold, folding
from bot.diff.resources import pair
from bot.documents import dump
from bot.model.resource import Document, Rendered
from bot.model.result import ImageMove, ObjectChange

# --- paths as printed ---------------------------------------------------------------------------------------------

NASTY = st.text(st.sampled_from("a.*\\\"']b[/ -0é"), max_size=6) | st.text(max_size=8).filter(str.isprintable)
KEYS = NASTY.filter(lambda key: not (key.startswith("[") and key.endswith("]")))
STEPS = KEYS | NASTY.filter(bool).map(lambda name: f"[{name}]")
PLACES = st.lists(STEPS, min_size=1, max_size=4).map(tuple)


@given(PLACES, PLACES)
def test_what_reports_print_names_exactly_this_place(place: Path, other: Path) -> None:
    text = path_text(place)
    assert wrong_with(text) == ""
    assert parse(text).holds(place)
    assert parse(text).holds(other) == (other[: len(place)] == place)


@given(PLACES)
def test_every_printed_path_is_its_own(place: Path) -> None:
    (steps,) = {tuple("".join(pieces) for pieces in parse(path_text(place)).steps)}
    assert steps == place


def test_plain_paths_look_as_ever() -> None:
    path = ("metadata", "labels", "helm.sh/chart", "it's", "[app]", "[0]")
    assert path_text(path) == """metadata.labels["helm.sh/chart"]["it's"][app][0]"""


# --- laws of folding ----------------------------------------------------------------------------------------------

SCALARS = st.sampled_from([1, "x", None, True])
ITEMS = st.lists(SCALARS, max_size=2) | st.dictionaries(st.sampled_from(["a", "b"]), SCALARS, max_size=2).map(
    lambda named: [{"name": name, "v": value} for name, value in named.items()]
)
VALUES = st.recursive(
    SCALARS | ITEMS, lambda inner: st.dictionaries(st.sampled_from(["a", "b", "c/d"]), inner, max_size=3), max_leaves=8
)
OBJECTS = st.dictionaries(st.sampled_from(["a", "b", "c/d", "spec"]), VALUES, max_size=3)
PATTERN_STEPS = st.sampled_from([".a", ".b", '["c/d"]', ".*", "[*]", "[a]", "[0]", ".v", ".spec"])
PATTERNS = st.lists(PATTERN_STEPS, min_size=1, max_size=3).map(lambda steps: "".join(steps).removeprefix("."))
RULES = st.lists(PATTERNS.map(PathRule), max_size=3).map(tuple)


def by(paths: tuple[PathRule, ...], show: tuple[PathRule, ...] = ()) -> Folding:
    return folding(Noise((), paths, show))


def leaves(place: Path, value: Any) -> list[Path]:
    """Where a value that only one side has ends: what must be named for all of it to be named."""
    if isinstance(value, dict) and value:
        return [leaf for key, part in value.items() for leaf in leaves((*place, key), part)]
    if isinstance(value, list) and value:
        named = all(isinstance(part, dict) for part in value)
        return [
            leaf for i, part in enumerate(value) for leaf in leaves((*place, f"[{part['name'] if named else i}]"), part)
        ]
    return [place]


def every(place: Path, value: Any) -> list[Path]:
    """The place and all places within its value."""
    return [tuple(leaf[:n]) for leaf in leaves(place, value) for n in range(len(place), len(leaf) + 1)]


@given(OBJECTS, OBJECTS, RULES, RULES)
def test_named_places_are_folded_and_nothing_else(
    base: dict[str, Any], head: dict[str, Any], paths: tuple[PathRule, ...], show: tuple[PathRule, ...]
) -> None:
    base = reorder(base, head)
    before = copy.deepcopy((base, head))
    folded, noisy = fold(base, head, by=by(paths, show), renames={})
    assert (base, head) == before

    expected = []
    for place, old, new in differences(base, head):
        sides = [side for side in (old, new) if side is not ABSENT]
        whole = [place] if len(sides) == 2 else leaves(place, sides[0])
        named = all(any(parse(rule.path).holds(leaf) for rule in paths) for leaf in whole)
        kept = any(parse(rule.path).holds(within) for rule in show for side in sides for within in every(place, side))
        expected.append((path_text(place), named and not kept))
    assert [text.rpartition(" (diff")[0] for text in noisy] == [text for text, noise in expected if noise]
    assert [path_text(place) for place, _, _ in differences(folded, head)] == [t for t, noise in expected if not noise]


@given(OBJECTS, OBJECTS)
def test_what_is_folded_leaves_no_row(base: dict[str, Any], head: dict[str, Any]) -> None:
    base = reorder(base, head)
    folded, _ = fold(base, head, by=by((PathRule("*"),)), renames={})
    assert [place for place, _, _ in differences(folded, head)] == []
    assert lines.unified(folded, head) == []


@given(OBJECTS, OBJECTS, RULES)
def test_what_is_shown_wins_over_everything(
    base: dict[str, Any], head: dict[str, Any], show: tuple[PathRule, ...]
) -> None:
    folded, _ = fold(base, head, by=by((PathRule("*"),), show), renames={})
    left = {place for place, _, _ in differences(folded, head)}
    for place, _, _ in differences(base, head):
        if any(parse(rule.path).holds(place) for rule in show):
            assert place in left


# --- what a repository gets ---------------------------------------------------------------------------------------

BUILT = 'metadata.annotations["example.com/built"]'


def deployment(
    *, replicas: object = 2, image: str = "i:1", built: str = "", env: tuple[str, ...] = ()
) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "w", **({"annotations": {"example.com/built": built}} if built else {})},
        "spec": {
            **({"replicas": replicas} if replicas is not None else {}),
            "selector": {"matchLabels": {"app": "w"}},
            "template": {"spec": {"containers": [{"name": "c", "image": image, "env": [{"name": e} for e in env]}]}},
        },
    }


def change(base: dict[str, Any], head: dict[str, Any], *paths: str, show: tuple[str, ...] = ()) -> ObjectChange:
    known = Noise(paths=tuple(map(PathRule, paths)), show=tuple(map(PathRule, show)))
    sides = (Rendered((Document(dump(side), dump(side)),)) for side in (base, head))
    (found,) = pair(*sides, fold=folding(known))
    return found


def test_a_named_place_is_folded_named_and_counted() -> None:
    found = change(deployment(built="1"), deployment(built="2"), BUILT)
    assert found.only_noise
    assert found.noise == (f"{BUILT} (diff.noise.paths)",)
    assert found.diff == "  (only known noise differs: 1 folded)"


def test_beside_a_real_change_only_that_is_shown() -> None:
    found = change(deployment(built="1", replicas=1), deployment(built="2", replicas=3), BUILT)
    assert found.lines == (1, 1)
    assert found.noise == (f"{BUILT} (diff.noise.paths)",)


def test_added_and_removed_counts_and_says_so() -> None:
    added = change(deployment(), deployment(built="2"), BUILT)
    removed = change(deployment(built="2"), deployment(), BUILT)
    assert (added.noise, removed.noise) == (
        ("metadata.annotations (diff.noise.paths, added)",),
        ("metadata.annotations (diff.noise.paths, removed)",),
    )
    assert added.only_noise
    assert removed.only_noise


def test_a_new_mapping_with_something_unnamed_in_it_is_shown_whole() -> None:
    head = deployment(built="2")
    head["metadata"]["annotations"]["team"] = "x"
    found = change(deployment(), head, BUILT)
    assert found.noise == ()
    assert found.lines == (3, 0)


def test_a_key_between_others_leaves_no_row() -> None:
    found = change(deployment(replicas=None), deployment(), "spec.replicas")
    assert found.only_noise
    assert found.noise == ("spec.replicas (diff.noise.paths, added)",)


def test_items_that_come_and_go_are_the_list() -> None:
    base, head = deployment(env=("A",)), deployment(env=("A", "BUILD"))
    assert change(base, head, "spec.template.spec.containers[*].env[BUILD]").noise == ()
    assert change(base, head, "spec.template.spec.containers[*].env").only_noise


def test_danger_and_images_are_told_all_the_same() -> None:
    found = change(deployment(), deployment(replicas=0, image="i:2"), "spec.replicas", "spec.template")
    assert found.only_noise
    assert found.danger == "replicas to 0"
    assert found.images == (ImageMove("Deployment/w: c", "i:1", "i:2"),)
    assert len(found.noise) == 2


def test_selectors_and_claims_are_always_shown() -> None:
    base, head = deployment(), deployment()
    head["spec"]["selector"]["matchLabels"]["app"] = "v"
    head["spec"]["volumeClaimTemplates"] = [{"metadata": {"name": "data"}}]
    found = change(base, head, "spec", "*", "spec.*.matchLabels")
    assert found.noise == ()
    assert found.danger == "immutable field spec.selector"
    del base["spec"]
    assert change(base, head, "spec").noise == ()


def test_the_data_of_a_secret_can_be_folded_and_stays_named() -> None:
    def secret(value: str) -> dict[str, Any]:
        return {"kind": "Secret", "metadata": {"name": "s"}, "data": {"password": value, "user": "<secret 0>"}}

    found = change(secret("<secret 1>"), secret("<secret 2>"), "data.password")
    assert found.noise == ("data.password (diff.noise.paths)",)
    assert found.danger == "Secret changes"
    assert found.only_noise


def test_only_the_kinds_that_are_meant() -> None:
    rule = PathRule("spec.replicas", ("StatefulSet", "Rollout"))
    for kind, folded in (("Deployment", False), ("Rollout", True)):
        base, head = ({"kind": kind, "spec": {"replicas": n}} for n in (1, 2))
        assert bool(fold(base, head, by=by((rule,)), renames={})[1]) is folded
        assert bool(fold(base, head, by=by((PathRule("spec"),), (rule,)), renames={})[1]) is not folded


def test_show_keeps_a_built_in_rule_off() -> None:
    base, head = ({"metadata": {"labels": {"helm.sh/chart": f"app-1.{n}.0", "chart": f"app-1.{n}.0"}}} for n in (1, 2))
    known = folding(Noise(show=(PathRule('metadata.labels["helm.sh/chart"]'),)))
    assert fold(base, head, by=known, renames={})[1] == ("metadata.labels.chart (helm-chart-label)",)


def test_objects_that_come_or_go_are_shown_whole() -> None:
    (found,) = pair(Rendered(()), Rendered((Document(dump(deployment()), "x"),)), fold=by((PathRule("*"),)))
    assert found.noise == ()
    assert found.lines[0] > 5


@pytest.mark.parametrize("kind", [["Deployment"], None, {"a": 1}])
def test_an_odd_kind_is_no_kind(kind: object) -> None:
    rule = PathRule("a", ("Deployment",))
    assert fold({"kind": kind, "a": 1}, {"kind": kind, "a": 2}, by=by((rule,)), renames={})[1] == ()


@pytest.mark.parametrize("output", ["text", "markdown", "html"])
def test_the_file_of_the_base_says_what_is_folded_and_every_report_names_it(tmp_path: FilePath, output: str) -> None:
    said = "plain: [apps/]\ndiff: {noise: {paths: [data.a]}}\n"
    before = {"apps/x.yaml": config_map(), ".gatehouse.yaml": said}
    made = Made(tmp_path / "r").change(before, {"apps/x.yaml": config_map(value="2")})
    words = ["check", "--repo", str(made.path), "--base", "base", "--head", "head", "--format", output]
    assert "data.a (diff.noise.paths)" in gatehouse(*words).out

    made.git("checkout", "-q", "--detach", "base")
    made.commit({".gatehouse.yaml": "plain: [apps/]\n"})
    made.git("update-ref", "refs/heads/base", "HEAD")
    assert "diff.noise.paths" not in gatehouse(*words).out
