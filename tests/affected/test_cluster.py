"""The cluster of a unit, as its key tells it."""

from __future__ import annotations

import pytest

from bot.affected.cluster import cluster_of


@pytest.mark.parametrize(
    ("key", "cluster"),
    [
        ("apps/shop/overlays/prod", ("prod",)),
        ("clusters/prod/apps.yaml#Kustomization/flux-system/apps", ("prod",)),
        ("clusters/prod/apps.yaml#Kustomization/flux-system/apps>HelmRelease/web/web", ("prod",)),
        ("clusters/prod/flux-system>Kustomization/flux-system/flux-system", ("prod",)),
        ("clusters/prod/00>Kustomization/flux-system/flux-system>HelmRelease/web/web", ("prod", "00")),
        ("live/alpha>Kustomization/flux-system/apps", ("live/alpha",)),
        ("live/alpha/apps.yaml#Kustomization/flux-system/apps>HelmRelease/web/web", ()),
        ("apps/web", ()),
    ],
)
def test_the_topmost_declaration_tells(key: str, cluster: tuple[str, ...]) -> None:
    assert cluster_of(key) == cluster
