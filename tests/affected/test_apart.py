"""Which of several files of one name is meant, by all that paths tell."""

from __future__ import annotations

import pytest

from bot.affected.apart import Nearness
from bot.affected.naming import Namer
from bot.config.schema import Config

APPS = "clusters/staging/apps.yaml"
NAS = "clusters/tpi-1/apps.yaml"


@pytest.mark.parametrize(
    ("near", "paths"),
    [
        (APPS, ["infra/staging/vars.yaml", "infra/production/vars.yaml"]),
        (APPS, ["infra/base/vars.yaml", "infra/production/vars.yaml"]),
        (APPS, ["clusters/staging/vars.yaml", "infra/staging/vars.yaml", "clusters/production/vars.yaml"]),
        (APPS, ["clusters/vars.yaml", "vars.yaml", "clusters/production/vars.yaml"]),
        (NAS, ["infra/core/tpi-1/vars.yaml", "infra/core/base/vars.yaml", "infra/core/nas/vars.yaml"]),
        (NAS, ["infra/core/tpi-1/vars.yaml", "clusters/vars.yaml", "clusters/nas/vars.yaml"]),
        ("clusters/base/apps.yaml", ["a/vars.yaml", "base/vars.yaml"]),
        ("apps/web/release.yaml", ["apps/web/vars.yaml", "apps/vars.yaml", "a/vars.yaml"]),
    ],
)
def test_the_readers_own_cluster_comes_first_and_another_one_last(near: str, paths: list[str]) -> None:
    nearness = Nearness(near, Namer(Config()))
    assert [path for _, path in nearness.sorted(reversed(paths))] == paths
    assert sorted(paths, key=lambda path: (nearness.level(path), path)) == paths


def test_without_a_namer_none_is_apart() -> None:
    assert [*Nearness(APPS, None).sorted(["clusters/production/vars.yaml", "vars.yaml"])] == [
        (False, "clusters/production/vars.yaml"),
        (False, "vars.yaml"),
    ]
