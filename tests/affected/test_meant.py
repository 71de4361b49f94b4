"""Which directory a mistyped path means."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from gitops_repository import GitOpsRepository, manifest

from bot.affected.index import Index
from bot.affected.lookup import Home
from bot.affected.meant import is_one_slip, nearest
from bot.affected.store import Store
from bot.affected.view import View
from bot.config.schema import Config
from bot.git.repository import Repository


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("tenant", "tenants", True),
        ("wastebim", "wastebin", True),
        ("wbe", "web", True),
        ("Web", "web", True),
        ("aab", "ab", True),
        ("a", "", True),
        ("web", "web", False),
        ("web", "shop", False),
        ("web-a", "web-bc", False),
        ("abcd", "badc", False),
    ],
)
def test_one_slip(one: str, other: str, expected: bool) -> None:
    assert (is_one_slip(one, other), is_one_slip(other, one)) == (expected, expected)


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> Iterator[View]:
    repository = GitOpsRepository(tmp_path_factory.mktemp("meant") / "r")
    paths = ("apps/web/prod", "apps/shop", "envs/eu-1", "envs/eu-2", "apps/shop/prod")
    commit = repository.commit({f"{path}/cm.yaml": manifest("ConfigMap", "web") for path in paths})
    with Repository(repository.path) as opened:
        yield Index(Store(None), opened, Config(), "", Home([])).at(opened.tree_of(commit))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("apps/wbe/prod", "apps/web/prod"),
        ("app/web/prod", "apps/web/prod"),
        ("apps/web/prd", "apps/web/prod"),
        ("apps/wbe", "apps/web"),
        ("apps/wbe/dev", ""),
        ("envs/eu-3", ""),
        ("other/web", ""),
        ("apps/web", ""),
    ],
)
def test_nearest(view: View, path: str, expected: str) -> None:
    assert nearest(view, path) == expected
