"""Which application in which environment: the written rules, as a table."""

from __future__ import annotations

import pytest

from bot.affected.naming import Namer
from bot.config.schema import AppRule, Config, EnvironmentRule

PATHS = {
    "apps/shop/overlays/prod": ("shop", "prod"),
    "apps/shop/overlays/eu-production": ("shop", "production"),
    "apps/shop/base": ("shop", ""),
    "deploy/overlays/staging": ("", "staging"),
    "environments/dev/apps/blog": ("blog", "dev"),
    "environments/dev/blog.yaml": ("blog", "dev"),
    "clusters/production/blog": ("blog", "production"),
    "clusters/team-a/blog": ("blog", ""),
    "envs/qa": ("", "qa"),
    "k8s/web": ("web", ""),
    "init-db-production": ("", "production"),
    "load-generator": ("load-generator", ""),
    "src/test-runner/base": ("test-runner", ""),
    "charts/web": ("web", ""),
    "apps/Shop/overlays/PROD": ("Shop", "PROD"),
    "": ("", ""),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_says_its_name(path: str) -> None:
    named = Namer(Config()).name(path)
    assert (named.app, named.environment) == PATHS[path]
    assert named.notes == ()


def test_two_environments_are_not_guessed() -> None:
    named = Namer(Config()).name("overlays/dev/overlays/prod")
    assert named.environment == ""
    assert "dev and prod" in named.notes[0]
    assert ".gatehouse.yaml" in named.notes[0]


DECLARED = [
    ("clusters/prod/shop.yaml", "apps/shop/base", (), "prod"),
    ("argocd/shop.yaml", "apps/shop/overlays/dev", (), "dev"),
    ("clusters/prod/shop.yaml", "apps/shop/overlays/dev", (), "prod"),  # where it is declared, it is deployed
    ("argocd/shop.yaml", "apps/shop/base", ("staging-eu",), "staging"),
    ("argocd/shop-prod.yaml", "apps/shop/base", (), "prod"),
    ("argocd/shop.yaml", "apps/shop/base", ("here",), ""),
]


@pytest.mark.parametrize(("file", "path", "hints", "environment"), DECLARED)
def test_a_declaration_says_more_than_its_path(file: str, path: str, hints: tuple[str, ...], environment: str) -> None:
    named = Namer(Config()).name(path, declared_in=file, hints=hints, app="web")
    assert (named.app, named.environment) == ("web", environment)


CONFIG = Config(
    environments=(
        EnvironmentRule("alpha", match=("live/first/**",)),
        EnvironmentRule("omega", match=("live/last/**",), production=True, aliases=("Z",)),
        EnvironmentRule("prod", production=False),
    ),
    apps=(AppRule("store", match=("**/shop/**",)),),
)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("live/first/overlays/prod", ("first", "alpha")),
        ("live/last/shop/x", ("store", "omega")),
        ("apps/shop/overlays/z", ("store", "omega")),
        ("apps/web/overlays/prod", ("web", "prod")),
    ],
)
def test_the_configuration_overrules(path: str, name: tuple[str, str]) -> None:
    named = Namer(CONFIG).name(path)
    assert (named.app, named.environment) == name


def test_order_and_production() -> None:
    namer = Namer(Config())
    shuffled = ["production", "qa", "unheard-of", "dev", "staging", "preview", "dr"]
    assert sorted(shuffled, key=namer.rank) == ["unheard-of", "preview", "dev", "qa", "staging", "production", "dr"]
    assert [namer.is_production(name) for name in ("prod", "eu-prd", "Live", "dev", "productive")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    told = Namer(CONFIG)
    assert sorted(["prod", "omega", "alpha"], key=told.rank) == ["alpha", "omega", "prod"]
    assert (told.is_production("omega"), told.is_production("prod")) == (True, False)
