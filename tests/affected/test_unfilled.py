"""Placeholders that an ApplicationSet leaves in what it makes."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.declarations import read_declared
from bot.affected.unfilled import UNFILLED

ELEMENTS = {"list": {"elements": [{"app": "web", "branch": "main", "ns": "shop"}]}}
SOURCE = {"repoURL": HERE, "path": "web", "targetRevision": "{{branch}}"}
IN_CLUSTER: dict[str, Any] = {"clusters": {}}


def made(generator: dict[str, Any], change: dict[str, Any], **spec: Any) -> list[str]:
    """The notes about placeholders in the Applications of a set whose template has these fields in its ``spec``."""
    name = "{{.app}}" if spec.get("goTemplate") else "{{app}}"
    template = {"project": "default", "source": SOURCE, "destination": {"name": "in-cluster", "namespace": "{{ns}}"}}
    value = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {
            "generators": [generator],
            "template": {"metadata": {"name": name}, "spec": {**template, **change}},
            **spec,
        },
    }
    notes = [note for each in read_declared(value, FakeLookup({"web/cm.yaml": "a: b\n"})) for note in each.notes]
    return [note.removeprefix(UNFILLED) for note in notes if note.startswith(UNFILLED)]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"source": {**SOURCE, "targetRevision": "{{ brnch }}"}}, "spec.source.targetRevision holds '{{ brnch }}'"),
        ({"source": {**SOURCE, "repoURL": "https://x/{{brnch}}"}}, "spec.source.repoURL holds '{{brnch}}'"),
        ({"sources": [SOURCE, {"repoURL": HERE, "ref": "v", "targetRevision": "{{brnch}}"}]}, "spec.sources[1].target"),
        ({"sources": [{"repoURL": "https://x", "chart": "{{brnch}}"}]}, "spec.sources[0].chart holds"),
        ({"project": "{{brnch}}"}, "spec.project holds"),
        ({"destination": {"namespace": "a-{{brnch}}"}}, "spec.destination.namespace holds '{{brnch}}'"),
        ({"destination": {"server": "{{brnch}}"}}, "spec.destination.server holds"),
        ({"destination": {"name": "{{brnch}}"}}, "spec.destination.name holds"),
    ],
)
def test_what_can_have_no_braces(change: dict[str, Any], where: str) -> None:
    (note,) = made(ELEMENTS, change)
    assert note.startswith(where)
    assert note.endswith("ApplicationSet argocd/set has no parameter of that name (did you mean branch?)")


def test_a_go_template_without_the_parameter() -> None:
    source = {**SOURCE, "targetRevision": "{{.brnch}}"}
    change = {"source": source, "destination": {"namespace": "{{.ns}}"}}
    (note,) = made(ELEMENTS, change, goTemplate=True)
    assert note.startswith("spec.source.targetRevision holds '<no value>'")
    assert not made(ELEMENTS, {**change, "source": {**source, "targetRevision": "{{.branch}}"}}, goTemplate=True)


@pytest.mark.parametrize(
    ("generator", "change"),
    [
        (ELEMENTS, {}),
        (ELEMENTS, {"source": {**SOURCE, "helm": {"values": "a: '{{ .Values.b }}'"}}}),
        (IN_CLUSTER, {"project": "{{metadata.labels.team}}"}),
        (IN_CLUSTER, {"project": "{{team}}"}),  # of a cluster that is not described here
        (ELEMENTS, {"project": "{{metadata.labels.team}}"}),  # which the Secret of a cluster may have in its overlay
        (ELEMENTS, {"project": "${{ values.team }}"}),  # of a skeleton
        (ELEMENTS, {"project": "{{team}}", "source": {**SOURCE, "repoURL": "https://x/${ORG}"}}),
        (ELEMENTS, {"info": [{"name": "a", "value": "{{b}}"}]}),
    ],
)
def test_what_may_be_right(generator: dict[str, Any], change: dict[str, Any]) -> None:
    assert not made(generator, change)
