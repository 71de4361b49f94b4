"""What a change does to a unit, in one word."""

from __future__ import annotations

from gitops_repository import GitOpsRepository, manifest, states

ONE, OTHER = manifest("ConfigMap", "one"), manifest("ConfigMap", "other")


def test_an_object_that_goes_to_another_file_of_its_directory_changes_nothing(repository: GitOpsRepository) -> None:
    report = repository.compare({"deploy/a.yaml": f"{OTHER}---\n{ONE}"}, {"deploy/a.yaml": ONE, "deploy/b.yaml": OTHER})
    assert states(report) == {"deploy": "unchanged"}


def test_but_not_where_the_last_of_two_counts(repository: GitOpsRepository) -> None:
    first, last = manifest("ConfigMap", "one", data={"a": "1"}), manifest("ConfigMap", "one", data={"a": "2"})
    files = {"deploy/a.yaml": first, "deploy/b.yaml": last}
    report = repository.compare({**files}, {"deploy/a.yaml": last, "deploy/b.yaml": first})
    (unit,) = report.units
    assert (str(unit.state), [str(each.id) for each in unit.objects]) == ("changed", ["ConfigMap one"])
    assert "which is deploy/b.yaml" in unit.notes[0]
