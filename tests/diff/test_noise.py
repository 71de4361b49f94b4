"""Known noise is folded by path, listed, and switchable; everything else stays in sight."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.config.schema import Noise, NoiseRule
from bot.diff.noise import RULES, fold, folding
from bot.diff.resources import pair
from bot.documents import dump
from bot.model.resource import Document, Rendered

A, B = "a" * 64, "b" * 64
WORKLOAD: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "w", "labels": {"helm.sh/chart": "app-1.0.0", "app.kubernetes.io/version": "1"}},
    "spec": {
        "selector": {"matchLabels": {"helm.sh/chart": "app-1.0.0"}},
        "template": {
            "metadata": {
                "labels": {"helm.sh/chart": "app-1.0.0"},
                "annotations": {"checksum/config": A, "rollme": "x"},
            },
            "spec": {"containers": [{"name": "a", "image": "i:1"}]},
        },
        "volumeClaimTemplates": [{"metadata": {"name": "v", "labels": {"helm.sh/chart": "app-1.0.0"}}}],
    },
}
NOISY: list[tuple[tuple[str, ...], str, str]] = [
    (("metadata", "labels", "helm.sh/chart"), "app-1.1.0", "helm-chart-label"),
    (("spec", "template", "metadata", "labels", "helm.sh/chart"), "app-2.0.0-rc.1", "helm-chart-label"),
    (("spec", "template", "metadata", "annotations", "checksum/config"), B, "checksum-annotation"),
    (("spec", "template", "metadata", "annotations", "rollme"), "y", "random-annotation"),
]
REAL: list[tuple[tuple[str | int, ...], object]] = [
    (("metadata", "labels", "app.kubernetes.io/version"), "2"),
    (("metadata", "labels", "helm.sh/chart"), "not a chart"),
    (("spec", "selector", "matchLabels", "helm.sh/chart"), "app-1.1.0"),
    (("spec", "volumeClaimTemplates", 0, "metadata", "labels", "helm.sh/chart"), "app-1.1.0"),
    (("spec", "template", "metadata", "annotations", "checksum/config"), "by hand"),
    (("spec", "template", "spec", "containers", 0, "image"), "i:2"),
    (("metadata", "name"), "checksum/x"),
]


def changed(path: tuple[Any, ...], value: object, fields: dict[str, Any] = WORKLOAD) -> dict[str, Any]:
    result = copy.deepcopy(fields)
    place: Any = result
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return result


def rendered(fields: dict[str, Any]) -> Rendered:
    return Rendered((Document(dump(fields), dump(fields)),))


@given(st.sets(st.sampled_from(NOISY), min_size=1))
def test_nothing_but_noise_is_reported_as_only_noise(steps: set[tuple[tuple[str, ...], str, str]]) -> None:
    head = WORKLOAD
    for path, value, _ in steps:
        head = changed(path, value, head)
    (change,) = pair(rendered(WORKLOAD), rendered(head))
    assert change.only_noise
    assert change.lines == (0, 0)
    assert len(change.noise) == len(steps)
    assert {n.rpartition("(")[2].rstrip(")") for n in change.noise} == {rule for _, _, rule in steps}


@pytest.mark.parametrize(("path", "value", "rule"), NOISY)
def test_each_rule_can_be_switched_off(path: tuple[str, ...], value: str, rule: str) -> None:
    others = folding(Noise(fold=tuple(r for r in NoiseRule if r != rule)))
    (change,) = pair(rendered(WORKLOAD), rendered(changed(path, value)), fold=others)
    assert not change.only_noise
    assert change.lines == (1, 1)
    assert change.noise == ()


@pytest.mark.parametrize(("path", "value"), REAL)
def test_what_looks_like_noise_elsewhere_is_shown(path: tuple[Any, ...], value: object) -> None:
    head = changed(path, value, changed(NOISY[1][0], NOISY[1][1]))
    folded, noisy = fold(WORKLOAD, head, renames={})
    assert folded != head
    assert len(noisy) == 1


def test_a_label_that_appears_or_goes_is_shown() -> None:
    head = copy.deepcopy(WORKLOAD)
    del head["metadata"]["labels"]["helm.sh/chart"]
    assert fold(WORKLOAD, head, renames={}) == (WORKLOAD, ())
    assert fold(head, WORKLOAD, renames={}) == (head, ())


def test_the_version_label_is_noise_only_beside_a_new_chart() -> None:
    alone = changed(("metadata", "labels", "app.kubernetes.io/version"), "2")
    assert fold(WORKLOAD, alone, renames={}) == (WORKLOAD, ())
    both = changed(("metadata", "labels", "helm.sh/chart"), "app-1.1.0", alone)
    folded, noisy = fold(WORKLOAD, both, renames={})
    assert folded == both
    assert 'metadata.labels["app.kubernetes.io/version"] (app-version-label)' in noisy


SEALED: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "s"},
    "stringData": {"password": "ENC[AES256_GCM,data:aaaa]"},
    "sops": {"age": [{"recipient": "age1", "enc": "x"}], "mac": "ENC[AES256_GCM,data:mmmm]", "version": "3.9.0"},
}
UPDATED = {**SEALED, "sops": {**SEALED["sops"], "age": [{"recipient": "age2"}, {"recipient": "age1"}], "mac": "other"}}


def test_metadata_of_sops_is_noise_and_no_danger() -> None:
    (change,) = pair(rendered(SEALED), rendered(UPDATED))
    assert change.only_noise
    assert change.danger == ""
    assert "sops.mac (sops-metadata)" in change.noise


def test_an_encrypted_value_that_differs_beside_it_is_shown() -> None:
    (change,) = pair(rendered(SEALED), rendered(changed(("stringData", "password"), "ENC[other]", UPDATED)))
    assert change.lines == (1, 1)
    assert change.danger == "Secret changes"


def test_what_is_encrypted_no_more_or_decrypted_in_the_cluster_is_shown() -> None:
    plain = {key: value for key, value in SEALED.items() if key != "sops"}
    assert fold(SEALED, plain, renames={})[1] == fold(plain, SEALED, renames={})[1] == ()
    operators = [{**fields, "kind": "SopsSecret"} for fields in (SEALED, UPDATED)]
    assert fold(*operators, renames={})[1] == ()


def test_inputs_stay_as_they_are() -> None:
    before = copy.deepcopy(WORKLOAD)
    fold(WORKLOAD, changed(NOISY[0][0], NOISY[0][1]), renames={})
    assert before == WORKLOAD


def test_items_that_get_the_names_by_which_they_are_found_are_still_found() -> None:
    base = {"l": [{"name": "g-old", "v": "g-old"}, {"name": "g-old"}]}
    head = {"l": [{"name": "g-new", "v": "g-new"}, {"name": "other"}]}
    folded, noisy = fold(base, head, renames={"g-old": "g-new"})
    assert folded == {"l": [{"name": "g-new", "v": "g-new"}, {"name": "g-old"}]}
    assert len(noisy) == 2


def test_the_table_gives_a_reason_for_each_rule() -> None:
    assert len({r.name for r in RULES}) == len(RULES)
    assert all(r.reason for r in RULES)
