"""The table of removed and deprecated APIs against the bundled schemas of every version."""

from __future__ import annotations

import pytest

from bot.kubernetes_schemas import bundled, lifecycle
from bot.kubernetes_schemas.versions import Version

_OLDEST, _NEWEST = bundled.versions()[0], bundled.versions()[-1]
_ROWS = sorted(lifecycle.table().items(), key=str)


def _served(api_version: str, kind: str) -> tuple[Version, ...]:
    group, _, version = api_version.rpartition("/")
    return bundled.served_by(group, version, kind)


@pytest.mark.parametrize(("key", "change"), _ROWS, ids=[f"{a} {k}" for (a, k), _ in _ROWS])
def test_is_served_until_the_version_that_removes_it(key: tuple[str, str], change: lifecycle.Change) -> None:
    served = _served(*key)
    if change.removed is None or change.removed > _NEWEST:
        assert served[-1] == _NEWEST
    elif change.removed > _OLDEST:
        assert served[-1] == Version(1, change.removed.minor - 1)
    else:
        assert served == ()


@pytest.mark.parametrize(("key", "change"), _ROWS, ids=[f"{a} {k}" for (a, k), _ in _ROWS])
def test_names_a_replacement_that_is_served(key: tuple[str, str], change: lifecycle.Change) -> None:
    if change.replacement.endswith(("/v1", "/v2", "/v1beta1")):
        assert _served(change.replacement, key[1]), change.replacement


def test_knows_every_beta_that_the_bundled_versions_lost() -> None:
    """Alpha versions come and go; a beta or stable one that goes must be in the table."""
    known = set(lifecycle.table())
    reviews = {"SelfSubjectReview"}
    for older, newer in zip(bundled.versions(), bundled.versions()[1:], strict=False):
        before, after = bundled.bundle(older), bundled.bundle(newer)
        for api_version, kind in before.kinds() - after.kinds():
            if "alpha" not in api_version and kind not in reviews and not kind.endswith("List"):
                assert (api_version, kind) in known


@pytest.mark.parametrize(
    ("api_version", "kind", "removed", "replacement"),
    [  # from the migration guide, by hand
        ("extensions/v1beta1", "Ingress", 22, "networking.k8s.io/v1"),
        ("policy/v1beta1", "PodDisruptionBudget", 25, "policy/v1"),
        ("autoscaling/v2beta2", "HorizontalPodAutoscaler", 26, "autoscaling/v2"),
        ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", 32, "flowcontrol.apiserver.k8s.io/v1"),
        ("batch/v1beta1", "CronJob", 25, "batch/v1"),
    ],
)
def test_says_what_the_guide_says(api_version: str, kind: str, removed: int, replacement: str) -> None:
    found = lifecycle.change(api_version, kind)
    assert found is not None
    assert (found.removed, found.replacement) == (Version(1, removed), replacement)


def test_says_nothing_of_what_is_current() -> None:
    assert lifecycle.change("apps/v1", "Deployment") is None
    assert lifecycle.change("example.org/v1beta1", "Ingress") is None
