"""An object that leaves one unit and comes in another one of its environment: listed on both, and said to be the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest

from bot.jobs.moving import moves, with_moves
from bot.model.evidence import Move
from bot.model.result import ObjectChange, ObjectState, UnitChange, UnitState
from bot.model.unit import ObjectId, Renderer

WEB = ObjectId("v1", "ConfigMap", "shop", "web")
BARE = ObjectId("v1", "ConfigMap", "", "web")
SPACE = ObjectId("v1", "Namespace", "", "shop")
APPLICATION = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "a")
REMOVED, ADDED = ObjectState.REMOVED, ObjectState.ADDED


def unit(
    path: str, state: ObjectState, *ids: ObjectId, environment: str = "prod", source: ObjectId | None = None
) -> UnitChange:
    sign = "-" if state is REMOVED else "+"
    danger = "deletes an object" if state is REMOVED else ""
    objects = tuple(ObjectChange(each, state, f"{sign}a: 1", danger=danger) for each in ids)
    return UnitChange(path, Renderer.PLAIN, source, "", environment, UnitState.CHANGED, objects, key=path)


def notes(*told: UnitChange) -> list[str]:
    return [" ".join(each.notes) for each in with_moves(list(told), {}, {})]


def test_files_that_move_between_directories(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("kustomize")
    before = {f"k8s/prod/web/{name}.yaml": manifest("ConfigMap", name, namespace="shop") for name in ("a", "b", "c")}
    after = {"k8s/prod/web/a.yaml": None, "k8s/prod/web/b.yaml": None}
    to = {"k8s/prod/more/a.yaml": manifest("ConfigMap", "a", namespace="shop"),
          "k8s/prod/more/b.yaml": manifest("ConfigMap", "b", namespace="shop", data={"x": "1"})}  # fmt: skip
    found = by_path(repository.compare(before, {**after, **to}))
    assert found["k8s/prod/web"].notes == (
        "Both objects that go here come in k8s/prod/more with this change; 1 of them changed.",
    )
    assert found["k8s/prod/more"].notes == (
        "Both objects that are new here were in k8s/prod/web before; 1 of them changed.",
    )
    assert [each.danger for each in found["k8s/prod/web"].objects] == ["deletes an object; comes in k8s/prod/more"] * 2
    base = {"k8s/base/a.yaml": to["k8s/prod/more/a.yaml"],
            "k8s/base/kustomization.yaml": kustomization(resources=["a.yaml"]),
            "k8s/overlays/prod/kustomization.yaml": kustomization(resources=["../../base"])}  # fmt: skip
    found = by_path(repository.compare({}, {"k8s/prod/more/a.yaml": None, **base}))
    assert found["k8s/prod/more"].notes == ("The object that goes here comes in k8s/overlays/prod with this change.",)
    assert found["k8s/overlays/prod"].notes == ("The object that is new here was in k8s/prod/more before.",)


def test_one_of_several() -> None:
    lost = unit("a", REMOVED, WEB, SPACE)
    assert notes(lost, unit("b", ADDED, WEB, BARE)) == [
        "1 of the 2 objects that go here comes in b with this change.",
        "1 of the 2 objects that are new here was in a before.",
    ]
    assert notes(lost, unit("b", ADDED, WEB), unit("c", ADDED, SPACE))[0] == (
        "Both objects that go here come in b (1), c (1) with this change."
    )
    told = with_moves([lost, unit("b", ADDED, WEB)], {}, {})
    assert [each.danger for each in told[0].objects] == ["deletes an object; comes in b", "deletes an object"]
    assert [each.state for each in told[0].objects] == [REMOVED, REMOVED]  # nothing is taken back


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (unit("a", REMOVED, WEB), unit("b", ADDED, WEB, environment="dev")),
        (unit("a", REMOVED, WEB), unit("b", ADDED, BARE)),
        (unit("a", REMOVED, BARE, source=APPLICATION), unit("b", ADDED, BARE)),
        (unit("a", REMOVED, WEB, source=APPLICATION), unit("b", ADDED, WEB)),
        (unit("clusters/one/a", REMOVED, WEB), unit("clusters/two/a", ADDED, WEB)),
        (unit("prod/eu-west-1/a", REMOVED, WEB), unit("prod/us-east-1/a", ADDED, WEB)),
        (unit("a", REMOVED, ObjectId("v1", "Pod", "x", "a-*")), unit("b", ADDED, ObjectId("v1", "Pod", "x", "a-*"))),
    ],
)
def test_what_may_be_something_else(old: UnitChange, new: UnitChange) -> None:
    assert notes(old, new) == ["", ""]


def test_an_application_that_a_set_makes_from_now_on() -> None:
    """Its root is of no environment, and its own unit is of one."""
    root, own = unit("argo", REMOVED, APPLICATION, environment=""), unit("web", ADDED, APPLICATION, source=APPLICATION)
    assert notes(root, own) == [
        "The object that goes here comes in Application argocd/a with this change.",
        "The object that is new here was in argo before.",
    ]
    (lost, _) = with_moves([root, own], {}, {})
    assert lost.objects[0].danger == "deletes an object; comes in Application argocd/a"
    above = replace(APPLICATION, name="root")
    back = unit("argo", ADDED, APPLICATION, environment="", source=above)
    assert all(notes(back, unit("web", REMOVED, APPLICATION, source=APPLICATION)))
    other = unit("more", ADDED, APPLICATION, environment="dev", source=APPLICATION)
    staging = unit("argo", REMOVED, APPLICATION, environment="staging")
    for told in ((root, own, other), (staging, own)):
        assert not any(notes(*told)), told


def test_several_that_could_be_meant() -> None:
    assert notes(unit("a", REMOVED, WEB), unit("b", ADDED, WEB), unit("c", ADDED, WEB)) == ["", "", ""]
    assert notes(unit("a", REMOVED, WEB), unit("b", REMOVED, WEB), unit("c", ADDED, WEB)) == ["", "", ""]


def test_a_directory_becomes_a_base_and_overlays() -> None:
    """What had no environment comes in several; each object counts once for the one that it goes from."""
    lost = unit("k8s", REMOVED, SPACE, WEB, environment="")
    prod, dev = (unit(f"k8s/overlays/{each}", ADDED, SPACE, WEB, BARE, environment=each) for each in ("prod", "dev"))
    told = with_moves([lost, prod, dev], {}, {})
    assert [each.notes for each in told] == [
        ("Both objects that go here come in k8s/overlays/prod and k8s/overlays/dev with this change.",),
        ("2 of the 3 objects that are new here were in k8s before.",),
        ("2 of the 3 objects that are new here were in k8s before.",),
    ]
    assert [each.danger for each in told[0].objects] == [
        "deletes an object; comes in k8s/overlays/prod and k8s/overlays/dev"
    ] * 2
    other = unit("k8s/overlays/alpha", REMOVED, WEB, environment="alpha")
    assert notes(other, unit("k8s/overlays/staging", ADDED, WEB, environment="staging"))[0] == (
        "The object that goes here comes in k8s/overlays/staging with this change."
    )


def test_the_order_in_which_keys_of_an_entry_are_written_is_no_change() -> None:
    def web(state: ObjectState, first: str, second: str) -> UnitChange:
        sign = "-" if state is REMOVED else "+"
        diff = f"{sign}containers:\n{sign}- {first}\n{sign}  {second}"
        return replace(unit(str(state), state), objects=(ObjectChange(WEB, state, diff),))

    told = notes(web(REMOVED, "image: a:1", "name: a"), web(ADDED, "name: a", "image: a:1"))
    assert told[0] == "The object that goes here comes in added with this change."
    told = notes(web(REMOVED, "image: a:1", "name: a"), web(ADDED, "name: a", "image: a:2"))
    assert told[0] == "The object that goes here comes in added with this change, and is changed."


def test_of_two_without_an_environment_neither_is_meant() -> None:
    one, two = (unit(path, REMOVED, WEB, environment="") for path in ("a", "b"))
    assert notes(one, two, unit("prod", ADDED, WEB)) == ["", "", ""]
    where = unit("clusters/one/a", REMOVED, WEB, environment="")
    assert notes(where, unit("clusters/two/prod", ADDED, WEB)) == ["", ""]


def test_another_usual_name_of_the_environment() -> None:
    stage, staging = (unit("a", REMOVED, WEB, environment="stage"), unit("b", ADDED, WEB, environment="staging"))
    assert notes(stage, staging)[0] == "The object that goes here comes in b with this change."


def test_declared_units_are_told_by_their_object() -> None:
    declared = unit("a", ADDED, SPACE, source=APPLICATION)
    assert notes(unit("a", REMOVED, SPACE), declared)[0] == (
        "The object that goes here comes in Application argocd/a with this change."
    )


def test_the_checks_are_told_where_an_object_comes() -> None:
    lost = unit("a", REMOVED, WEB, SPACE)
    assert moves([lost, unit("b", ADDED, WEB)]) == [{WEB: Move("b", declared=False)}, {}]
    declared = unit("b", ADDED, WEB, source=APPLICATION)
    assert moves([lost, declared]) == [{WEB: Move("Application argocd/a", declared=True)}, {}]
    assert moves([lost, unit("b", ADDED, WEB, environment="dev")]) == [{}, {}]


def test_a_claim_that_moves_is_told_as_one_that_moves(repository: GitOpsRepository) -> None:
    text = manifest("ConfigMap", "a", namespace="shop")
    claim = "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data, namespace: shop}\nspec: {}\n"
    base = repository.commit(
        {
            ".gatehouse.yaml": "version: 1\nchecks: {run: [risk]}\n",
            "k8s/prod/web/a.yaml": text,
            "k8s/prod/web/b.yaml": claim,
        }
    )
    head = repository.commit({"k8s/prod/web/b.yaml": None, "k8s/prod/more/b.yaml": claim})
    (found,) = [f for check in repository.check(base, head).checks for f in check.findings]
    assert (found.rule, found.file) == ("risk/deletion", "k8s/prod/web/b.yaml")
    assert found.message.startswith("It comes in `k8s/prod/more` with this change")
