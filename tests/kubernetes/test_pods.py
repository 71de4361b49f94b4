"""Pod specifications, wherever they stand."""

from __future__ import annotations

from typing import Any

from bot.kubernetes.pods import pod_specs

_SPEC: dict[str, Any] = {"containers": [{"name": "web"}]}


def test_they_are_found_in_workloads_and_custom_resources() -> None:
    assert pod_specs({"kind": "Deployment", "spec": {"template": {"spec": _SPEC}}}) == [_SPEC]
    assert pod_specs({"kind": "Rollout", "spec": {"stages": [{"pod": _SPEC}]}}) == [_SPEC]


def test_what_the_definition_of_a_kind_says_of_containers_is_no_pod() -> None:
    schema = {"openAPIV3Schema": {"properties": {"template": {"default": _SPEC}}}}
    assert not pod_specs({"kind": "CustomResourceDefinition", "spec": {"versions": [{"schema": schema}]}})
