"""Under which name units of several environments are one application."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.affected.naming import Namer
from bot.affected.shared_name import shared_name
from bot.config.schema import Config, EnvironmentRule

NAMER = Namer(Config())

SHARED = {
    ("orders-prod", "prod"): "orders",
    ("orders-production", "prod"): "orders",
    ("orders-prd", "production"): "orders",
    ("orders_prod", "prod"): "orders",
    ("prod-orders", "prod"): "orders",
    ("prod.orders-web", "prod"): "orders-web",
    ("orders-pre-prod", "pre-prod"): "orders",
    ("disaster-recovery-orders", "dr"): "orders",
    ("Orders-PROD", "prod"): "Orders",
    ("orders-prod1", "prod1"): "orders",
    ("orders-prod-eu-1", "prod"): "orders",
    ("orders-prod-eu", "prod-eu"): "orders",
    ("orders-prod", "prod-eu"): "orders",
    ("orders-canary-east", "canary-east"): "orders",
    # of another environment, a part of a word, in the middle, nothing else
    ("orders-prod", "staging"): "orders-prod",
    ("orders-prod", ""): "orders-prod",
    ("orders-pre-prod", "dev"): "orders-pre-prod",
    ("ordersprod", "prod"): "ordersprod",
    ("product", "prod"): "product",
    ("a-prod-b", "prod"): "a-prod-b",
    ("prod", "prod"): "prod",
    ("prod-eu", "prod-eu"): "prod-eu",
    ("", "prod"): "",
    ("--", "prod"): "--",
}


@pytest.mark.parametrize(("app", "environment"), SHARED, ids=str)
def test_names(app: str, environment: str) -> None:
    assert shared_name(app, environment, NAMER) == SHARED[app, environment]


PATHS = {
    ("overlays/prod", "prod"): "/overlays/",
    ("overlays/production", "prod"): "/overlays/",
    ("platform/overlays/prod", "prod"): "/platform/overlays/",
    ("clusters/eks-prod-1", "prod"): "/clusters/eks",
    ("clusters/prod-eu-1/web", "prod"): "/clusters//web",
    # without the name of the environment, or with more than one
    ("overlays/prod", "staging"): "",
    ("overlays/prod", ""): "",
    ("prod/overlays/prod", "prod"): "",
    ("", "prod"): "",
    (f"{'a/' * 600}prod", "prod"): "",
}


@pytest.mark.parametrize(("path", "environment"), PATHS, ids=lambda text: text[:30])
def test_paths_of_what_has_no_name(path: str, environment: str) -> None:
    assert shared_name("", environment, NAMER, path) == PATHS[path, environment]
    assert shared_name("shop", environment, NAMER, path) == "shop", "a name says more"


def test_names_of_the_configuration() -> None:
    namer = Namer(Config(environments=(EnvironmentRule(name="blue", aliases=("bl",)), EnvironmentRule(name="red"))))
    assert shared_name("orders-bl", "blue", namer) == "orders"
    assert shared_name("blue-orders", "blue", namer) == "orders"
    assert shared_name("orders-red", "blue", namer) == "orders-red"


@given(st.text("xyz-._", max_size=12), st.sampled_from(("dev", "staging", "pre-prod", "prod", "qa")))
def test_what_is_written_around_a_name_goes_and_a_word_of_it_stays(app: str, environment: str) -> None:
    assert shared_name(app, environment, NAMER) == app, "none of these letters make an environment"
    if any(letter in "xyz" for letter in app):
        for named in (f"{app}-{environment}", f"{environment}-{app}"):
            assert shared_name(named, environment, NAMER).strip("-._") == app.strip("-._")


def test_a_name_of_any_length_takes_no_time() -> None:
    start = time.process_time()
    for word in ("prod-eu-", "prod-", "-", "eu-"):
        shared_name(word * 200_000 + "x", "prod", NAMER)
        shared_name(word * 30 + "x", "prod", NAMER)
    assert time.process_time() - start < 1
