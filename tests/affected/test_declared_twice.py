"""One object in several files of one root: it goes on as long as one of them declares it, and the last one counts."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from fleets import flux
from gitops_repository import GitOpsRepository, chart, kustomization, manifest

from bot.model.result import Report, UnitChange

Files = dict[str, str | None]


def application(name: str, path: str, **directory: object) -> str:
    source: dict[str, object] = {"repoURL": "https://git.example.com/org/repo", "path": path}
    source |= {"directory": directory} if directory else {}
    spec = {"source": source, "destination": {"namespace": "web"}, "project": "default"}
    metadata = {"name": name, "namespace": "argocd"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


REST: Files = {
    "argo/root.yaml": application("root", "apps", recurse=True),
    "one/cm.yaml": manifest("ConfigMap", "one"),
    "two/cm.yaml": manifest("ConfigMap", "two"),
}
ONE, TWO = application("web", "one"), application("web", "two")


def declared(report: Report) -> list[UnitChange]:
    return [unit for unit in report.units if unit.source is not None and unit.source.name == "web"]


def told(report: Report) -> list[tuple[str, str, list[str]]]:
    return [(str(u.state), u.path, [f"{o.state} {o.id.name}" for o in u.objects]) for u in declared(report)]


TURNS = [("changed", "two", ["removed one", "added two"])]
TURNS_BACK = [("changed", "one", ["removed two", "added one"])]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": ONE, "b": ONE}, {"a": None}, [("unchanged", "one", [])], id="the-first-goes"),
        pytest.param({"a": ONE, "b": ONE}, {"b": None}, [("unchanged", "one", [])], id="the-last-goes"),
        pytest.param({"a": ONE, "b": TWO}, {"b": None}, TURNS_BACK, id="the-one-that-counted-goes"),
        pytest.param({"a": ONE, "b": TWO}, {"a": None}, [("unchanged", "two", [])], id="the-other-one-goes"),
        pytest.param({"a": TWO, "b": ONE}, {"a": None, "c": TWO}, TURNS, id="the-other-one-is-renamed-and-wins"),
        pytest.param({"a": ONE, "b": TWO}, {"a": TWO}, [("unchanged", "two", [])], id="what-does-not-count-changes"),
        pytest.param({"a": ONE}, {"b": TWO}, TURNS, id="another-one-comes-and-wins"),
        pytest.param({"b": ONE}, {"a": TWO}, [("unchanged", "one", [])], id="another-one-comes-and-does-not-count"),
        pytest.param({"a/b": ONE, "a": TWO}, {"a": None}, TURNS_BACK, id="a-directory-comes-before-a-file"),
        pytest.param({"a": ONE, "b": ONE}, {"a": None, "b": None}, [("removed", "one", [])] * 2, id="both-go"),
    ],
)
def test_the_object_goes_on(
    before: Files, after: Files, expected: list[tuple[str, str, list[str]]], repository: GitOpsRepository
) -> None:
    old, new = ({f"apps/{name}.yaml": text for name, text in side.items()} for side in (before, after))
    found = told(repository.compare({**REST, **old}, new))
    assert [each[:2] for each in found] == [each[:2] for each in expected]
    assert expected[0][0] == "removed" or [sorted(each[2]) for each in found] == [sorted(each[2]) for each in expected]


@pytest.mark.parametrize(("file", "unmapped"), [("a", ("two/cm.yaml",)), ("c", ())])
def test_what_only_a_copy_takes_that_does_not_count_is_unmapped(
    file: str, unmapped: tuple[str, ...], repository: GitOpsRepository
) -> None:
    """A file that was copied with its name: what the new directory holds is deployed only if the copy comes last."""
    before: Files = {**REST, "two/cm.yaml": None, "apps/b.yaml": ONE}
    repository.commit({"two/cm.yaml": ""})
    report = repository.compare(before, {f"apps/{file}.yaml": TWO, "two/cm.yaml": REST["two/cm.yaml"]})
    assert report.unmapped == unmapped
    assert [each[0] for each in told(report)] == ["unchanged" if unmapped else "changed"]


def test_notes_say_which_counted_and_which_counts(repository: GitOpsRepository) -> None:
    files: Files = {**REST, "apps/a.yaml": TWO, "apps/b.yaml": ONE}
    (unit,) = declared(repository.compare(files, {"apps/a.yaml": None, "apps/more/c.yaml": TWO}))
    assert unit.notes == (
        "Application argocd/web was declared in apps/a.yaml, apps/b.yaml: what was applied last counted, which was "
        "apps/b.yaml.",
        "Application argocd/web is declared in apps/b.yaml, apps/more/c.yaml: what is applied last wins, which is "
        "apps/more/c.yaml. Delete or rename all but one.",
        "It rendered one before.",
    )


def test_what_the_root_leaves_out_does_not_count(repository: GitOpsRepository) -> None:
    files: Files = {**REST, "apps/a.yaml": TWO, "apps/b.yaml": ONE}
    narrow: Files = {"argo/root.yaml": application("root", "apps", recurse=True, exclude="b.yaml")}
    report = repository.compare(files, narrow)
    assert [each[:2] for each in told(report)] == [("changed", "two")]
    assert not any("Delete or rename" in note for unit in declared(report) for note in unit.notes)
    back = repository.compare({}, {"argo/root.yaml": REST["argo/root.yaml"]})
    assert [each[:2] for each in told(back)] == [("changed", "one")]


def test_each_root_prunes_its_own(repository: GitOpsRepository) -> None:
    other: Files = {"argo/other.yaml": application("other", "more")}
    files: Files = {**REST, **other, "apps/a.yaml": ONE, "more/b.yaml": ONE}
    assert [each[:2] for each in told(repository.compare(files, {"apps/a.yaml": None}))] == [("removed", "one")]


def test_without_a_root_each_file_may_be_for_another_cluster(repository: GitOpsRepository) -> None:
    files: Files = {**REST, "argo/root.yaml": None, "apps/a.yaml": ONE, "apps/b.yaml": ONE}
    repository.commit({"argo/root.yaml": ""})
    assert [each[:2] for each in told(repository.compare(files, {"apps/a.yaml": None}))] == [("removed", "one")]


def application_set(name: str, *made: str) -> str:
    source = {"repoURL": "https://git.example.com/org/repo", "path": "one"}
    template = {"metadata": {"name": "{{name}}"}, "spec": {"source": source, "destination": {"namespace": "web"}}}
    spec = {"generators": [{"list": {"elements": [{"name": each} for each in made]}}], "template": template}
    metadata = {"name": name, "namespace": "argocd"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": metadata, "spec": spec}
    return json.dumps(value)


def test_a_set_that_is_there_twice_goes_on(repository: GitOpsRepository) -> None:
    files: Files = {**REST, "apps/a.yaml": application_set("s", "web"), "apps/b.yaml": application_set("s", "web")}
    assert [each[:2] for each in told(repository.compare(files, {"apps/b.yaml": None}))] == [("unchanged", "one")]


def test_a_set_takes_along_what_another_one_would_make(repository: GitOpsRepository) -> None:
    files: Files = {**REST, "apps/a.yaml": application_set("s", "web"), "apps/b.yaml": application_set("t", "web")}
    assert [each[:2] for each in told(repository.compare(files, {"apps/b.yaml": None}))] == [("removed", "one")]


def test_what_a_chart_declares_goes_on_with_it(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    files: Files = {
        **REST,
        **chart("parent", web=ONE),
        "apps/a.yaml": application("parent", "parent"),
        "apps/b.yaml": application("parent", "parent"),
    }
    report = repository.compare(files, {"apps/a.yaml": None})
    assert {str(unit.state) for unit in report.units} == {"unchanged"}


def test_overlays_that_give_a_declaration_two_names_make_two(
    repository: GitOpsRepository, need: Callable[[str], str]
) -> None:
    need("kustomize")
    files: Files = {
        **REST,
        "apps/kustomization.yaml": kustomization(resources=["x", "y"]),
        "apps/x/kustomization.yaml": kustomization(resources=["app.yaml"], nameSuffix="-x"),
        "apps/x/app.yaml": ONE,
        "apps/y/kustomization.yaml": kustomization(resources=["app.yaml"], nameSuffix="-y"),
        "apps/y/app.yaml": TWO,
        "argo/root.yaml": application("root", "apps"),
    }
    less: Files = {"apps/kustomization.yaml": kustomization(resources=["y"]), "apps/x/app.yaml": None}
    report = repository.compare(files, {**less, "apps/x/kustomization.yaml": None})
    assert [str(unit.source) for unit in report.units if str(unit.state) == "removed"] == ["Application argocd/web-x"]


def test_a_build_that_takes_both_fails(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """So nobody knows which of them is in the cluster."""
    need("kustomize")
    files: Files = {
        **REST,
        "clusters/one/sync.yaml": flux("flux-system", "./clusters/one"),
        "clusters/one/a.yaml": flux("web", "./one"),
        "clusters/one/b.yaml": flux("web", "./two"),
    }
    report = repository.compare(files, {"clusters/one/b.yaml": None})
    assert [each[:2] for each in told(report)] == [("removed", "two")]
