"""Another version of a dependency that lies elsewhere: nothing can be rendered, and the note says what the change does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from gitops_repository import GitOpsRepository

from bot.model.result import Report

Items = list[dict[str, Any]]
REPOSITORY = "https://charts.example.com/bitnami"


def umbrella(*items: dict[str, Any]) -> str:
    return json.dumps({"apiVersion": "v2", "name": "redis", "version": "0.0.1", "dependencies": items}) + "\n"


def dependency(version: object, name: str = "redis", **fields: str) -> dict[str, Any]:
    return {"name": name, "version": version, "repository": REPOSITORY, **fields}


def notes(report: Report) -> list[str]:
    (unit,) = report.units
    assert str(unit.state) == "unrenderable"
    return [note for note in unit.notes if "dependency" in note]


def test_both_versions_are_told(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    file = "platform/redis/Chart.yaml"
    base = {file: umbrella(dependency("19.0.1"), dependency(1.5, "gone"), dependency("7", "same", alias="mine"))}
    head = umbrella(
        dependency("20.0.0"),
        dependency("7", "same", alias="mine"),
        dependency("2", "new", repository="https://me:secret@x"),
    )
    assert notes(repository.compare(base, {file: head})) == [
        f"{file}: dependency redis 19.0.1 → 20.0.0 ({REPOSITORY}).",
        f"{file}: dependency new none → 2 (https://me:•••@x).",
        f"{file}: dependency gone 1.5 → none ({REPOSITORY}).",
    ]
    assert not notes(repository.compare({}, {"platform/redis/values.yaml": "a: 1\n"}))
    assert not notes(repository.compare({}, {file: head.replace("0.0.1", "0.0.2")}))


def test_what_is_malformed_is_no_dependency(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    file = "platform/redis/Chart.yaml"
    broken = '{"apiVersion": "v2", "name": "redis", "version": "0.0.1", "dependencies": ["a", {"name": [1]}]}\n'
    report = repository.compare({file: broken}, {file: broken.replace("0.0.1", "0.0.2")})
    assert str(report.verdict) == "passed"
