"""Applications with several sources, of which one is a chart of a registry: the repository's own part is compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization, manifest
from gitops_repository import application as root
from gitops_repository import chart as chart_of

from bot.affected.pairs import Pair
from bot.jobs.partly import partly
from bot.model.resource import Document, Failed, Outcome, Rendered
from bot.model.result import UnitChange
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender, Render, Renderer, Unit

HERE = "https://git.example.com/org/repo"
OWN = {"repoURL": HERE, "path": "own"}


def chart(version: str = "1.2.3") -> dict[str, Any]:
    return {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": version}


def application(*sources: dict[str, Any]) -> str:
    spec = {"sources": list(sources), "destination": {"namespace": "web"}, "project": "default"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web"}, "spec": spec}
    return json.dumps(value) + "\n"


def claim(name: str, **spec: object) -> str:
    value = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}
    return json.dumps(value) + "\n"


FILES: dict[str, str | None] = {
    "argo/web.yaml": application(chart(), OWN),
    "own/cm.yaml": manifest("ConfigMap", "kept"),
    "own/pvc.yaml": claim("media", accessModes=["ReadWriteOnce"]),
    "more/cm.yaml": manifest("ConfigMap", "more"),
}


def compared(repository: GitOpsRepository, after: dict[str, str | None]) -> UnitChange:
    report = repository.compare(FILES, after)
    (unit,) = [unit for unit in report.units if unit.source is not None and unit.source.name == "web"]
    assert str(report.verdict) == "passed"
    return unit


DEPLOYMENT = manifest(
    "Deployment", "app", spec={"template": {"spec": {"containers": [{"name": "app", "image": "example.com/app:1"}]}}}
)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        pytest.param({"own/pvc.yaml": None}, ["removed media"], id="an object goes"),
        pytest.param({"own/app.yaml": DEPLOYMENT}, ["added app"], id="one comes"),
        pytest.param({"own/cm.yaml": manifest("ConfigMap", "kept", data={"a": "1"})}, ["changed kept"], id="one differs"),
        pytest.param({"argo/web.yaml": application(chart("2.0.0"), OWN)}, [], id="another version of the chart"),
        pytest.param({"argo/web.yaml": application(OWN, chart())}, [], id="another order"),
        pytest.param(
            {"argo/web.yaml": application(chart("2.0.0"), {"repoURL": HERE, "path": "more"})},
            ["added more", "removed kept", "removed media"],
            id="another path",
        ),
        pytest.param(
            {"argo/web.yaml": application(chart(), {"repoURL": HERE, "path": "more"}, OWN)}, ["added more"],
            id="one more source",
        ),
        pytest.param(
            {"argo/web.yaml": application(chart())}, ["removed kept", "removed media"], id="one source less"
        ),
    ],
)  # fmt: skip
def test_what_differs_in_what_is_here_is_shown(
    repository: GitOpsRepository, after: dict[str, str | None], expected: list[str]
) -> None:
    unit = compared(repository, after)
    assert sorted(f"{each.state} {each.id.name}" for each in unit.objects) == expected
    assert str(unit.state) == "unrenderable"
    assert "chart redis" in unit.error
    own = "Shown is only its part in this repository" if expected else "Its part in this repository (own) is the same"
    assert any(note.startswith(own) and "other sources make is not known" in note for note in unit.notes)


def test_danger_and_images_are_told(repository: GitOpsRepository) -> None:
    unit = compared(repository, {"own/pvc.yaml": None, "own/app.yaml": DEPLOYMENT})
    assert [bool(each.danger) for each in unit.objects if str(each.state) == "removed"] == [True]
    assert [move.to_image for each in unit.objects for move in each.images] == ["example.com/app:1"]


def test_a_new_application_shows_what_of_it_is_here(repository: GitOpsRepository) -> None:
    before = {**FILES, "argo/web.yaml": None, "own/cm.yaml": None, "own/pvc.yaml": None}
    report = repository.compare({path: text for path, text in before.items() if text}, FILES)
    (unit,) = [unit for unit in report.units if unit.source is not None]
    assert (str(unit.state), str(report.verdict)) == ("unrenderable", "passed")
    assert sorted(f"{each.state} {each.id.name}" for each in unit.objects) == ["added kept", "added media"]


def test_one_that_goes_shows_what_goes_with_it(repository: GitOpsRepository) -> None:
    unit = compared(repository, {"argo/web.yaml": None, "own/cm.yaml": None, "own/pvc.yaml": None})
    assert str(unit.state) == "removed"
    assert sorted(f"{each.state} {each.id.name}" for each in unit.objects) == ["removed kept", "removed media"]


@pytest.mark.parametrize("sources", [(chart(), OWN), (OWN, chart())], ids=["last", "first"])
def test_what_breaks_here_stops_the_merge_and_shows_nothing(
    repository: GitOpsRepository, sources: tuple[dict[str, Any], ...]
) -> None:
    files = {**FILES, "argo/web.yaml": application(*sources)}
    report = repository.compare(files, {"own/cm.yaml": "a: [\n", "own/pvc.yaml": None})
    (unit,) = [unit for unit in report.units if unit.source is not None]
    assert (str(unit.state), unit.objects, str(report.verdict)) == ("broken", (), "failed")


def test_what_is_mended_here_is_not_called_new(repository: GitOpsRepository) -> None:
    report = repository.compare({**FILES, "own/pvc.yaml": "a: [\n"}, {"own/pvc.yaml": claim("media")})
    (unit,) = [unit for unit in report.units if unit.source is not None]
    assert (str(unit.state), unit.objects, str(report.verdict)) == ("unrenderable", (), "passed")


def test_checks_judge_what_is_here(repository: GitOpsRepository) -> None:
    config = {"checks": {"run": ["risk", "schema"]}}
    wrong = {"accesModes": ["ReadWriteOnce"], "accessModes": ["ReadWriteOnce"]}
    files = {**FILES, ".gatehouse.yaml": json.dumps(config), "own/known.yaml": claim("known", **wrong)}
    report = repository.compare(files, {"own/pvc.yaml": None, "own/cm.yaml": claim("new", **wrong)})
    found = {(f.rule, f.object.name if f.object else "", str(f.state)) for c in report.checks for f in c.findings}
    assert {
        ("risk/deletion", "media", "introduced"),
        ("schema/unknown-field", "new", "introduced"),
        ("schema/unknown-field", "known", "existing"),
    } <= found
    assert str(report.verdict) == "failed"
    places = {f.rule: (f.file, f.line) for c in report.checks for f in c.findings if str(f.state) == "introduced"}
    assert places["schema/unknown-field"] == ("own/cm.yaml", 1)


# -- which part is which


def made(*names: str) -> Rendered:
    return Rendered(tuple(Document(name, name) for name in names))


def side(*parts: tuple[Render, Outcome]) -> tuple[Unit, Failed]:
    unit = Unit("web", "own", Renderer.ARGOCD, tuple(part for part, _ in parts))
    outcomes = tuple(outcome for _, outcome in parts)
    return unit, Failed("no chart", elsewhere=True, parts=outcomes)


LOST = CannotRender("chart a"), Failed("chart a", elsewhere=True)
OTHER = CannotRender("chart b"), Failed("chart b", elsewhere=True)
A, B, C = ((PlainRender(name), made(name)) for name in "abc")
VENDORED = HelmRender("charts/a", "a"), made("of the chart")


@pytest.mark.parametrize(
    ("base", "head", "old", "new"),
    [
        pytest.param([LOST, A], [LOST, A], ["a"], ["a"], id="the same"),
        pytest.param([LOST, A], [A, OTHER], ["a"], ["a"], id="moved"),
        pytest.param([LOST, A], [OTHER, B], ["a"], ["b"], id="other paths"),
        pytest.param([LOST, A, B], [LOST, B], ["b", "a"], ["b"], id="one goes"),
        pytest.param([LOST, B], [LOST, A, B], ["b"], ["a", "b"], id="one comes"),
        pytest.param([LOST, A, B], [LOST, C, B], ["a", "b"], ["c", "b"], id="one of two"),
        pytest.param([LOST, A, OTHER], [VENDORED, A, OTHER], ["a"], ["a"], id="a chart that comes here is not new"),
        pytest.param([VENDORED, A, OTHER], [LOST, A, OTHER], ["a"], ["a"], id="one that goes elsewhere is not gone"),
        pytest.param(
            [LOST, A], [LOST, (KustomizeRender("a"), made("built"))], ["a"], ["built"], id="another way to render"
        ),
        pytest.param([LOST, A, B], [LOST, (A[0], Failed("no")), B], ["b"], ["b"], id="a part that fails"),
    ],
)  # fmt: skip
def test_parts_belong_together(
    base: list[tuple[Render, Outcome]], head: list[tuple[Render, Outcome]], old: list[str], new: list[str]
) -> None:
    (was, before), (now, after) = side(*base), side(*head)
    found = partly(Pair(was, now), before, after)
    assert found is not None and found.base is not None and found.head is not None
    assert [each.text for each in found.base.documents] == old
    assert [each.text for each in found.head.documents] == new


def test_nothing_is_said_where_no_part_is_here() -> None:
    unit, failed = side(LOST, OTHER)
    assert partly(Pair(unit, unit), failed, failed) is None


def test_many_sources_take_no_time() -> None:
    parts = [(PlainRender(f"a{number}"), made()) for number in range(5_000)]
    (was, before), (now, after) = side(LOST, *parts), side(LOST, *reversed(parts))
    found = partly(Pair(was, now), before, after)
    assert found is not None and len(found.pair.unit.parts) == 5_000


@pytest.mark.parametrize("own", ["kustomization", "plain"])
def test_its_own_directory_is_no_unit_beside_it_where_a_chart_makes_it(
    repository: GitOpsRepository, need: Callable[[str], str], own: str
) -> None:
    need("helm")
    need("kustomize")
    made: dict[str, str | None] = {
        **chart_of("apps", web=application(chart(), OWN)),
        "argo/root.yaml": root("apps", "apps"),
        "own/cm.yaml": manifest("ConfigMap", "kept"),
    }
    if own == "kustomization":
        made["own/kustomization.yaml"] = kustomization(resources=["cm.yaml"])
    report = repository.compare(made, {"own/cm.yaml": manifest("ConfigMap", "kept", data={"a": "1"})})
    (unit,) = report.units
    assert (unit.source and unit.source.name, str(unit.state)) == ("web", "unrenderable")
    assert [f"{each.state} {each.id.name}" for each in unit.objects] == ["changed kept"]
    assert [str(unit.source) for unit in repository.compare({}, {"own/cm.yaml": "a: [\n"}).units] == [str(unit.source)]
