"""Which application in which environment: the written rules, as a table."""

from __future__ import annotations

import time

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
    "init-db-production": ("init-db", "production"),
    "load-generator": ("load-generator", ""),
    "src/test-runner/base": ("test-runner", ""),
    "charts/web": ("web", ""),
    "apps/Shop/overlays/PROD": ("Shop", "PROD"),
    "": ("", ""),
    # the region of an environment is no application
    "k8s/prod/eu-west-1": ("", "prod"),
    "k8s/prod/eu": ("", "prod"),
    "web/overlays/prod/eu-west-1": ("web", "prod"),
    "services/api/prod/us-east1": ("api", "prod"),
    "clusters/prod/main": ("main", "prod"),
    "eu-west-1": ("eu-west-1", ""),
    # an environment that is no production
    "overlays/non-prod": ("", "non-prod"),
    "clusters/nonprod": ("", "nonprod"),
    "clusters/Non_Prod": ("", "Non_Prod"),
    "clusters/non-prod-east": ("", "non-prod"),
    "clusters/non-prod-east/overlays/kube-ops-view": ("kube-ops-view", "non-prod"),
    "clusters/eks-pre-prod-1": ("", "pre-prod"),
    "clusters/preprod/apps/web": ("web", "preprod"),
    "variants/non-prod": ("variants", "non-prod"),
    "groups/non-prod/overlays/vault-config-operator": ("vault-config-operator", "non-prod"),
    # several words, numbers, places
    "clusters/dr-eu": ("", "dr"),
    "overlays/eu-disaster-recovery": ("", "disaster-recovery"),
    "clusters/prod-east/values": ("values", "prod"),
    "clusters/prod1": ("", "prod1"),
    "gke-staging-europe-west1/web": ("web", "staging"),
    "web-dev-2/manifests": ("web", "dev"),
    "overlays/eu-test": ("", "test"),
    "overlays/prod-gpu": ("", "prod"),
    # under its whole name
    "envs/prod-eu": ("", "prod-eu"),
    "envs/integration-gpu": ("", "integration-gpu"),
    "envs/integration-non-gpu": ("", "integration-non-gpu"),
    "envs/load-gpu": ("", "load-gpu"),
    "apps/billing/envs/prod-us": ("billing", "prod-us"),
    "env/dev-kind": ("", "dev-kind"),
    "environments/dev.yaml": ("", "dev"),
    "environments/prod-eu/shop.yaml": ("shop", "prod-eu"),
    "envs/common": ("common", ""),
    "stages/live-2": ("", "live-2"),
    # what follows overlays/ need not be an environment
    "groups/prod/overlays/vault-config-operator": ("vault-config-operator", "prod"),
    "groups/geo-east/overlays/efs": ("geo-east", ""),
    "apps/shop/overlays/customer-x": ("shop", ""),
    "deploy/prod/overlays/load-balancer": ("load-balancer", "prod"),
    "apps/shop/k8s/overlays/eu": ("shop", ""),
    # teams, charts and tools with such a name
    "teams/dev-tools/manifests": ("dev-tools", ""),
    "teams/team-dev": ("team-dev", ""),
    "tenants/base/dev-team": ("dev-team", ""),
    "tenants/staging": ("", "staging"),
    "charts/local": ("local", ""),
    "charts/local/templates": ("local", ""),
    "charts/web-prod": ("web-prod", ""),
    "apps/prod-operator": ("prod-operator", ""),
    "apps/dev-portal/base": ("dev-portal", ""),
    "tools/live-reload": ("live-reload", ""),
    "apps/web-test": ("web-test", ""),
    "kubernetes/apps/media/localapp": ("media", ""),
    "shop-prod.yaml": ("shop", "prod"),
    "apps/shop-api-prod": ("shop-api", "prod"),  # the best that is there: no directory says more
    "k8s/shop-prod-eu-1.yaml": ("shop", "prod"),
    "backend/shop-prod": ("backend", "prod"),
    "gke-prod/manifests": ("", "prod"),  # a kind of cluster
    "infra-prod": ("", "prod"),
    "clusters/shop-prod": ("", "prod"),
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


@pytest.mark.parametrize(
    ("path", "environment", "production"),
    [
        ("live/prod/web", "prod", True),
        ("live/production/eu-west-1/web", "production", True),
        ("live/staging/web", "staging", False),
        ("prod/dr/web", "dr", True),
        ("live/web", "live", True),
        ("live/demo", "", False),  # an application that is called so, perhaps
        ("staging/live/web", "", False),
        ("prod/staging/web", "", False),
    ],
)
def test_names_that_do_not_contradict_each_other(path: str, environment: str, production: bool) -> None:
    namer = Namer(Config())
    assert namer.name(path).environment == environment
    assert namer.is_production(namer.name(path).environment) == production


def test_a_configured_live_is_an_environment_among_others() -> None:
    config = Config(environments=(EnvironmentRule("live", production=False), EnvironmentRule("prod", production=True)))
    assert Namer(config).name("live/prod/web").environment == ""


DECLARED = [
    ("clusters/prod/shop.yaml", "apps/shop/base", (), "prod"),
    ("argocd/shop.yaml", "apps/shop/overlays/dev", (), "dev"),
    ("clusters/prod/shop.yaml", "apps/shop/overlays/dev", (), "prod"),  # where it is declared, it is deployed
    ("argocd/shop.yaml", "apps/shop/base", ("staging-eu",), "staging"),
    ("argocd/shop-prod.yaml", "apps/shop/base", (), "prod"),
    ("argocd/shop.yaml", "apps/shop/base", ("here",), ""),
    ("labs/02-first-stage/app.yaml", "stages/test", (), "test"),  # a part of a compound says less than a marker
    ("labs/02-first-stage/app.yaml", "test", (), "stage"),
    ("argocd/shop-prod.yaml", "apps/shop/overlays/dev", (), "prod"),
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


HINTS = [
    ((), ("engineering-prod",), "guestbook", "prod"),
    ((), ("team-a", "web"), "shop-staging", "staging"),
    (("test",), (), "web", "test"),
    ((), ("test", "demo"), "load", ""),
    ((), ("dev-tools",), "dev-portal", ""),
    (("x" * 300 + "-prod",), (), "web", ""),
]


@pytest.mark.parametrize(("hints", "more", "app", "environment"), HINTS)
def test_what_no_path_says(hints: tuple[str, ...], more: tuple[str, ...], app: str, environment: str) -> None:
    named = Namer(Config()).name("guestbook", declared_in="applicationset/list.yaml", hints=hints, more=more, app=app)
    assert named.environment == environment


@pytest.mark.parametrize("path", PATHS)
def test_no_environment_is_production_by_accident(path: str) -> None:
    namer = Namer(Config())
    environment = namer.name(path).environment.lower()
    said = any(word in environment for word in ("prod", "prd", "live", "dr", "disaster"))
    negated = any(word in environment.replace("_", "-") for word in ("non-prod", "nonprod", "pre-prod", "preprod"))
    assert namer.is_production(environment) is (said and not negated)


def test_hostile_names_take_no_time() -> None:
    namer = Namer(Config())
    start = time.process_time()
    for word in ("1" * 4000 + "!", "prod-" + "north" * 800 + "!", "-".join(["pre"] * 2000), "non-" * 1000 + "prod"):
        namer.name(f"apps/{word}/overlays/{word}")
        namer.is_production(word)
    assert time.process_time() - start < 1


def test_order_and_production() -> None:
    namer = Namer(Config())
    ordered = ["unheard-of", "preview", "dev", "qa", "staging", "non-prod", "eu-pre-prod", "production", "dr"]
    assert sorted(ordered[::2] + ordered[1::2], key=namer.rank) == ordered
    assert [namer.is_production(name) for name in ("prod", "eu-prd", "Live", "dev", "productive")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    told = Namer(CONFIG)
    assert sorted(["prod", "omega", "alpha"], key=told.rank) == ["alpha", "omega", "prod"]
    assert (told.is_production("omega"), told.is_production("prod")) == (True, False)


@pytest.mark.parametrize(
    ("values", "environment"),
    [
        (("charts/web/values-prod.yaml",), "prod"),
        (("charts/web/values.yaml", "charts/web/values-common.yaml", "charts/web/values-staging.yaml"), "staging"),
        (("charts/web/prod-values.yaml", "charts/web/values.prod.yaml"), "prod"),
        (("charts/web/envs/prod/values.yaml",), "prod"),
        (("charts/web/values/qa.yaml",), "qa"),
        (("charts/web/values-test.yaml",), "test"),
        (("charts/web/values-eu-prod.yaml", "charts/web/image-prod.yaml"), "prod"),
        (("values/prod/web.yaml", "values/prod/values-eu.yaml"), "prod"),
        (("charts/web/values.yaml",), ""),
        (("charts/web/values-big.yaml", "charts/web/values-load-balancer.yaml"), ""),
    ],
)
def test_the_environment_of_value_files(values: tuple[str, ...], environment: str) -> None:
    named = Namer(Config()).name("charts/web", declared_in="argo/web.yaml", values=values)
    assert (named.environment, named.notes) == (environment, ())


def test_value_files_of_two_environments_tell_none() -> None:
    for values in (("c/values-dev.yaml", "c/values-prod.yaml"), ("envs/dev/values-prod.yaml",)):
        named = Namer(Config()).name("c", declared_in="argo/web.yaml", values=values)
        assert named.environment == ""
        assert "The list of value files names dev and prod" in named.notes[0]


def test_value_files_come_last() -> None:
    values = ("c/values-prod.yaml",)
    assert Namer(Config()).name("c", declared_in="argo/dev/web.yaml", values=values).environment == "dev"
    assert Namer(Config()).name("c", declared_in="argo/web.yaml", hints=("qa",), values=values).environment == "qa"
