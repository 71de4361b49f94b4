"""Where a deletion is shown: at the line of a file that is still there and made it, else at what is gone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_evidence import Made, evidence

from bot.checks.risk import Risk
from bot.model.evidence import Step
from bot.model.unit import ObjectId

CLAIM = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\n"
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: shop}\n"
LISTED = (
    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - other.yaml\n  - claim.yaml\n"
)
UNLISTED = LISTED.replace("  - claim.yaml\n", "")
PROD = "apps/shop/overlays/production"


def places(
    base: dict[str, str], head: dict[str, str], *, way: str = "", made: Made | None = None
) -> list[tuple[str, str, int]]:
    """Rule, file and line of what is said of a unit that loses the claim."""
    given = evidence(made or Made(OTHER + "---\n" + CLAIM, OTHER), base=dict(base), head=dict(head))
    steps = (Step(way, PROD, "refers to it"),) if way else ()
    said = Risk().run(replace(given, units=tuple(replace(unit, way=steps) for unit in given.units))).change
    return [(s.rule, s.file, s.line) for s in said]


def test_cut_out_of_a_file_that_stays() -> None:
    file = f"{PROD}/all.yaml"
    after = OTHER + "---\n" + OTHER.replace("other", "more")
    found = places({file: OTHER + "---\n" + CLAIM + "---\n" + OTHER.replace("other", "more")}, {file: after})
    assert found == [("risk/deletion", file, 6)]  # what is left begins alike


def test_no_longer_listed_and_gone() -> None:
    base = {f"{PROD}/kustomization.yaml": LISTED, f"{PROD}/claim.yaml": CLAIM}
    assert places(base, {f"{PROD}/kustomization.yaml": UNLISTED}) == [
        ("risk/deletion", f"{PROD}/kustomization.yaml", 4)
    ]


def test_no_longer_listed_while_the_file_stays() -> None:
    files = {f"{PROD}/claim.yaml": CLAIM}
    found = places(
        {**files, f"{PROD}/kustomization.yaml": LISTED}, {**files, f"{PROD}/kustomization.yaml": f"# why\n{UNLISTED}"}
    )
    assert found == [("risk/deletion", f"{PROD}/kustomization.yaml", 5)]


def test_the_unit_s_own_list_comes_before_that_of_another() -> None:
    """Two overlays list a shared file, and one change takes it off both lists."""
    other, listed = "apps/shop/overlays/another", LISTED.replace("claim.yaml", "../../base/claim.yaml")
    lists = [f"{folder}/kustomization.yaml" for folder in (other, PROD)]
    before = dict.fromkeys(lists, listed) | {"apps/shop/base/claim.yaml": CLAIM}
    after = dict.fromkeys(lists, listed.replace("  - ../../base/claim.yaml\n", ""))
    assert places(before, after) == [("risk/deletion", f"{PROD}/kustomization.yaml", 4)]


def test_a_file_of_a_plain_directory_that_goes_is_the_one_that_changed() -> None:
    assert places({f"{PROD}/a.yaml": f"{OTHER}---\n{CLAIM}"}, {}) == [("risk/deletion", f"{PROD}/a.yaml", 5)]


def test_values_that_switch_it_off() -> None:
    values = f"{PROD}/values.yaml"
    found = places({values: "a: 1\npersistence: true\n"}, {values: "a: 1\npersistence: false\n"}, way=values)
    assert found == [("risk/deletion", values, 2)]
    elsewhere = places({"other/kustomization.yaml": LISTED}, {"other/kustomization.yaml": UNLISTED})
    assert elsewhere == [("risk/deletion", "", 0)]  # nothing says that it has to do with this unit


@pytest.mark.parametrize(("added", "line"), [("namePrefix: x-\n", 6), ("# why\n\nnamespace: other\n", 6), ("", 0)])
def test_lines_that_were_only_added(added: str, line: int) -> None:
    path = f"{PROD}/kustomization.yaml"
    found = places({path: LISTED}, {path: LISTED + added}, way=path)
    assert found == [("risk/deletion", path if added else "", line)]


def test_a_line_that_was_added_in_the_middle() -> None:
    path = f"{PROD}/patch.yaml"
    patch = "kind: PersistentVolumeClaim\nmetadata:\n  name: data\n"
    found = places({path: patch}, {path: patch.replace("metadata", "$patch: delete\nmetadata")}, way=path)
    assert found == [("risk/deletion", path, 2)]


def test_a_unit_that_goes_with_its_declaration() -> None:
    source = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "shop")
    goes = "{name: shop, namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}"
    declared = f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {goes}\n"
    made = Made(CLAIM, None, source=source, declared_in="clusters/a.yaml")
    found = places({"clusters/a.yaml": f"{OTHER}---\n{declared}"}, {"clusters/a.yaml": OTHER}, made=made)
    assert found == [("risk/deletion", "clusters/a.yaml", 3), ("risk/unit-removed", "clusters/a.yaml", 3)]
    found = places({"clusters/a.yaml": f"{OTHER}---\n{declared}"}, {}, made=made)
    assert found == [("risk/deletion", "clusters/a.yaml", 5), ("risk/unit-removed", "clusters/a.yaml", 5)]


def test_a_unit_that_goes_because_its_root_does_or_loses_it() -> None:
    """Its declaration stays where it is: nothing applies it any more."""
    source = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "shop")
    declared = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\n"
    own = Made(OTHER, None, path="apps/shop", source=source, declared_in="argocd/apps/shop.yaml")

    def place(root: Made, base: dict[str, str], head: dict[str, str]) -> tuple[str, int]:
        given = evidence(own, root, base=base, head=head)
        way = (Step("argocd/root.yaml", root.path, "refers to it"),)
        units = tuple(replace(unit, way=way if unit.path == root.path else ()) for unit in given.units)
        said = Risk().run(replace(given, units=units)).change
        return next((s.file, s.line) for s in said if s.unit == "apps/shop" and s.rule == "risk/unit-removed")

    gone = Made(declared, None, path="argocd/apps")
    assert place(gone, {"argocd/root.yaml": "a: 1\n"}, {}) == ("argocd/root.yaml", 1)
    turned = Made(declared, "", path="argocd/apps")
    assert place(turned, {"argocd/root.yaml": "a: 1\nb: 2\n"}, {"argocd/root.yaml": "a: 1\nb: 3\n"}) == (
        "argocd/root.yaml",
        2,
    )
    lists = ["argocd/apps/kustomization.yaml", LISTED.replace("claim", "shop"), UNLISTED]
    assert place(turned, {lists[0]: lists[1]}, {lists[0]: lists[2]}) == (lists[0], 4)


def test_a_unit_that_goes_with_its_directory() -> None:
    files = {f"{PROD}/a/x.yaml": "a: 1\n", f"{PROD}/b.yaml": OTHER, f"{PROD}/kustomization.yaml": LISTED}
    made = Made(OTHER, None)
    assert places(files, {}, made=made) == [("risk/unit-removed", f"{PROD}/kustomization.yaml", 1)]
    generator = {"clusters/uat.json": "{}"}
    assert places(generator, {}, made=made, way="clusters/uat.json") == [("risk/unit-removed", "clusters/uat.json", 1)]
    assert places({"clusters/uat.json": "{}"}, {}, made=made) == [("risk/unit-removed", "", 0)]


def test_files_that_would_take_too_long_to_compare_have_one_cut() -> None:
    lines = [f"{n % 3}: {n % 2}" for n in range(3000)]
    base, head = ("\n".join(["a: 1", *text, "z: 1"]) for text in (lines, lines[::-1]))
    values = f"{PROD}/values.yaml"
    assert places({values: base}, {values: head}, way=values) == [("risk/deletion", values, 2)]
