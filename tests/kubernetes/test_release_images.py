"""Images that the values of a release name."""

from __future__ import annotations

from typing import Any

import pytest

from bot.kubernetes.images import release_fields

DIGEST = "sha256:" + "1" * 64


def release(values: object, **more: Any) -> dict[str, Any]:
    return {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "spec": {"values": values}, **more}


@pytest.mark.parametrize(
    ("values", "images"),
    [
        ({"image": {"repository": "r.example/a", "tag": "1"}}, ["r.example/a:1"]),
        ({"image": {"registry": "r.example", "repository": "a", "tag": 1.5}}, ["r.example/a:1.5"]),
        ({"image": {"repository": "a", "tag": f"1@{DIGEST}"}}, [f"a:1@{DIGEST}"]),
        ({"a": [{"b": {"image": "r.example/a:latest"}}], "initImage": "b:2"}, ["r.example/a:latest", "b:2"]),
        ({"controllers": {"web": {"containers": {"app": {"image": {"repository": "a", "tag": "1"}}}}}}, ["a:1"]),
        ({"sidecar": {"enabled": True, "image": "a:1"}}, ["a:1"]),
        # what is switched off, says no version, or is no image
        ({"sidecar": {"enabled": False, "image": "a:latest", "more": [{"image": "b:1"}]}}, []),
        ({"image": {"repository": "a"}}, []),
        ({"image": {"tag": "1"}}, []),
        ({"image": "a"}, []),
        ({"image": {"repository": "a", "tag": "${TAG}"}}, []),
        ({"image": "https://a.example/logo.png"}, []),
        (None, []),
        ("image: a:1", []),
    ],
)
def test_values(values: object, images: list[str]) -> None:
    assert [found.image for found in release_fields(release(values))] == images
    application = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
    sources: dict[str, Any] = {"spec": {"sources": [3, {"helm": {"valuesObject": values}}]}}
    found = list(release_fields(application | sources))
    assert [each.image for each in found] == images
    assert all(each.at[:5] == ("spec", "sources", 1, "helm", "valuesObject") for each in found)
    assert [
        e.image for e in release_fields(application | {"spec": {"source": sources["spec"]["sources"][1]}})
    ] == images


def test_the_place_is_that_of_the_version() -> None:
    (found,) = release_fields(release({"a": [{"image": {"repository": "x", "tag": "1"}}]}))
    assert (found.at, found.container) == (("spec", "values", "a", 0, "image", "tag"), "spec.values.a[0].image")


@pytest.mark.parametrize("other", [{"kind": "Thing"}, {"apiVersion": "v1"}, {"spec": 3}, {"spec": {"values": [3]}}])
def test_other_objects_have_none(other: dict[str, Any]) -> None:
    assert not list(release_fields(release({"image": "a:1"}, **other)))
