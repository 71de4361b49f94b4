"""Kinds of custom resources, as the text of a file tells them."""

from __future__ import annotations

import time

import pytest

from bot.affected.contents import read_facts
from bot.affected.facts import USED, Role


def used(text: str) -> list[str]:
    names = read_facts(Role.MANIFEST, text.encode(), "a.yaml").names
    return [name for kind, name in names if kind == USED]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n", ["external-secrets.io/v1 ExternalSecret"]),
        ("kind: HTTPRoute\napiVersion: gateway.networking.k8s.io/v1\n", ["gateway.networking.k8s.io/v1 HTTPRoute"]),
        ('apiVersion: "a.io/v1"\nkind: "A"\n---\napiVersion: b.io/v1beta1\nkind: B\n', ["a.io/v1 A", "b.io/v1beta1 B"]),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n", ["argoproj.io/v1alpha1 Rollout"]),
        # Kubernetes' own, and those of Argo CD and Flux
        ("apiVersion: v1\nkind: Service\n", []),
        ("apiVersion: apps/v1\nkind: Deployment\n", []),
        ("apiVersion: networking.k8s.io/v1\nkind: Ingress\n", []),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\n", []),
        ("apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: a}\n", []),
        ("apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n", []),
        # written otherwise
        ("{apiVersion: a.io/v1, kind: A}\n", []),
        ("apiVersion: a.io/v1\nmetadata: {name: a}\nkind: A\n", []),
        ("data:\n  apiVersion: a.io/v1\n  kind: A\n", []),
    ],
)
def test_kinds_in_a_text(text: str, found: list[str]) -> None:
    assert used(text) == found


def test_a_long_text_takes_no_time() -> None:
    started = time.process_time()
    assert not used("apiVersion: " + "a." * 500_000 + "\nkind: A\n" + "kind: B\n" * 100_000)
    assert time.process_time() - started < 2
