"""The usual words for environments and places: what each means by itself, as tables."""

from __future__ import annotations

import pytest

from bot.affected.environment_words import is_usually_production, places_of

PRODUCTION = {
    "prod": True, "prod-eu": True, "eu-prd": True, "prod2": True, "eks-prod-1": True, "Live": True, "dr-eu": True,
    "disaster-recovery": True, "non-prod": False, "nonprod": False, "non-prod-east": False, "NON_PROD": False,
    "pre-prod": False, "pre-prod-1": False, "preprod": False, "eu-preproduction": False, "not-prod": False,
    "productive": False, "dev": False, "staging-eu": False, "integration-gpu": False, "": False,
}  # fmt: skip


@pytest.mark.parametrize("environment", PRODUCTION)
def test_what_is_production(environment: str) -> None:
    assert is_usually_production(environment) is PRODUCTION[environment]


PLACES = {
    "clusters/east/web.yaml": ("east",),
    "clusters/team-a/overlays/x/web.yaml": ("team-a", "x"),
    "apps/eu-west/web.yaml": ("eu-west",),
    "apps/eu/us2/web.yaml": ("eu", "us2"),
    "apps/east/web.yaml": (),  # one word that is no continent may be anything
    "apps/web/cluster.yaml": (),
    "eu-west-1.yaml": (),
}


@pytest.mark.parametrize("path", PLACES)
def test_the_places_in_a_path(path: str) -> None:
    assert places_of(path) == PLACES[path]
