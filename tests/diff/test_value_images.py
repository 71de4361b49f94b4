"""Images that move in the values of a Helm release: by the conventions of charts, and only where they leave no doubt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.diff.images import moves
from bot.diff.resources import pair
from bot.documents import dump, load_one
from bot.model.resource import Document, Rendered
from bot.model.result import ImageMove

DIGEST = "sha256:" + "0" * 64


def release(values: object) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "podinfo"},
        "spec": {"chart": {"spec": {"chart": "podinfo", "version": "6.x"}}, "values": values},
    }


def application(**spec: object) -> dict[str, Any]:
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "shop"}, "spec": spec}


def found(values: object) -> dict[str, str]:
    """Images of a release that is new, by place."""
    return {m.container.removeprefix("HelmRelease/podinfo: "): m.to_image for m in moves(None, release(values))}


def test_a_tag_moves() -> None:
    base, head = ({"image": {"repository": "ghcr.io/stefanprodan/podinfo", "tag": tag}} for tag in ("6.5.0", "6.6.0"))
    assert moves(release(base), release(head)) == (
        ImageMove(
            "HelmRelease/podinfo: values.image",
            "ghcr.io/stefanprodan/podinfo:6.5.0",
            "ghcr.io/stefanprodan/podinfo:6.6.0",
        ),
    )


IMAGES: list[tuple[str, dict[str, str]]] = [
    ("image: {repository: a/b, tag: v1}", {"values.image": "a/b:v1"}),
    ("image: {repository: a/b}", {"values.image": "a/b"}),
    ("image: {repository: a/b, tag: '', digest: ''}", {"values.image": "a/b"}),
    (f"image: {{repository: a/b, digest: '{DIGEST}'}}", {"values.image": f"a/b@{DIGEST}"}),
    (f"image: {{repository: a, tag: 1.2.3, digest: '{DIGEST}'}}", {"values.image": f"a:1.2.3@{DIGEST}"}),
    (f"image: {{repository: a, tag: '1@{DIGEST}'}}", {"values.image": f"a:1@{DIGEST}"}),
    ("image: {registry: quay.io, repository: a/b, tag: 7}", {"values.image": "quay.io/a/b:7"}),
    ("image: {registry: 'host:5000', repository: a, tag: 1.10}", {"values.image": "host:5000/a:1.1"}),
    ("image: nginx:1.27", {"values.image": "nginx:1.27"}),
    (f"image: 'quay.io/a@{DIGEST}'", {"values.image": f"quay.io/a@{DIGEST}"}),
    ("curlImage: curl:8", {"values.curlImage": "curl:8"}),
    ("controller: {admission: {image: {repository: a, tag: b}}}", {"values.controller.admission.image": "a:b"}),
    ("image: {engine: {repository: a, tag: b}}", {"values.image.engine": "a:b"}),
    ("images: {api: {repository: a, tag: b}}", {"values.images.api": "a:b"}),
    ("sidecars: [{name: s, image: 'a:1'}]", {"values.sidecars[s].image": "a:1"}),
    ("'a.b': {image: a:1}", {'values["a.b"].image': "a:1"}),
    ("containers: {main: {image: {repository: a, tag: b}}}", {"values.containers.main.image": "a:b"}),
    ("extra: {containers: [{name: c, image: 'a:1'}]}", {"c": "a:1"}),
    ("containers: [{name: c, image: {repository: a, tag: b}}]", {"values.containers[c].image": "a:b"}),
]


@pytest.mark.parametrize(("values", "images"), IMAGES)
def test_what_is_an_image(values: str, images: dict[str, str]) -> None:
    assert found(load_one(values)) == images


NONE = [
    "image: {tag: v2}",  # of an image that only the chart knows
    "image: nginx",  # the tag is elsewhere, or the text is a part of a name
    "git: {repository: acme/gitops, tag: v1}",
    "image: {repository: 'https://git.example.com/a', tag: v1}",
    "image: {repository: a, tag: '${TAG}'}",
    "image: {repository: '{{ .Values.x }}', tag: v1}",
    "image: '{{ .image }}:1'",
    "image: {repository: {a: b}, tag: 1}",
    "image: {repository: a, tag: 'b c'}",
    "imagePullPolicy: a:1",
    "image: ''",
    "image: true",
    "image: [a:1]",
    "[1, 2]",
    "text",
    "",
]


@pytest.mark.parametrize("values", NONE)
def test_what_is_none_or_leaves_doubt(values: str) -> None:
    assert found(load_one(values)) == {}


def test_only_in_releases_and_applications() -> None:
    other = {**release({"image": "a:1"}), "apiVersion": "example/v1"}
    assert moves(None, other) == ()
    assert moves({"spec": None}, {"apiVersion": 1, "kind": ["HelmRelease"], "spec": []}) == ()
    assert moves(None, {**release({}), "spec": "x"}) == ()


def test_an_application_with_values() -> None:
    text, tree = "image: {repository: a, tag: '1'}\n", {"image": {"repository": "a", "tag": "2"}}
    base, head = application(source={"helm": {"values": text}}), application(source={"helm": {"valuesObject": tree}})
    assert moves(base, head) == (ImageMove("Application/shop: values.image", "a:1", "a:2"),)
    both = application(source={"helm": {"values": text, "valuesObject": tree}})
    assert moves(head, both) == ()
    broken = application(source={"helm": {"values": "a: [\n"}})
    assert moves(broken, head) == (ImageMove("Application/shop: values.image", "", "a:2"),)


def test_an_application_with_kustomize_images() -> None:
    def shop(*images: object) -> dict[str, Any]:
        return application(source={"kustomize": {"images": list(images)}})

    assert moves(shop("acme/api:1", "web=quay.io/web:1", 7, "a b"), shop("web=quay.io/web:2", "acme/api:1")) == (
        ImageMove("Application/shop: kustomize.images[web]", "quay.io/web:1", "quay.io/web:2"),
    )


def test_parameters_of_an_application() -> None:
    def shop(tag: str, *more: object, values: object = None) -> dict[str, Any]:
        parameters = [{"name": "image.tag", "value": tag}, *more]
        return application(source={"helm": {"parameters": parameters, **({"valuesObject": values} if values else {})}})

    named = {"name": "image.repository", "value": "quay.io/shop"}
    place = "Application/shop: values.image"
    assert moves(shop("1", named), shop("2", named)) == (ImageMove(place, "quay.io/shop:1", "quay.io/shop:2"),)
    values = {"image": {"repository": "shop", "tag": "1"}, "other": {"image": "b:1"}}
    assert moves(shop("1.10", values=values), shop("2.0", values=values)) == (
        ImageMove(place, "shop:1.10", "shop:2.0"),
    )
    assert values["image"] == {"repository": "shop", "tag": "1"}
    assert moves(shop("1"), shop("2")) == ()  # of an image that only the chart knows
    assert moves(None, shop("1", {"name": "image", "value": "a:1"})) == (ImageMove(place, "", "a:1"),)
    odd = [7, {"name": "a[0].image", "value": "a:1"}, {"name": "x.image"}, {"name": "b" + ".b" * 50, "value": "1"}]
    assert moves(None, shop("1", *odd)) == ()
    assert moves(None, application(source={"helm": {"parameters": "x"}})) == ()


def test_images_that_flux_lays_over() -> None:
    def images(tag: str) -> list[object]:
        moved = {"name": "old", "newName": "quay.io/new", "newTag": tag}
        return [
            {"name": "shop", "newTag": tag},
            moved,
            {"name": "same"},
            {"newTag": tag},
            "odd",
            {"name": "a b", "newTag": "1"},
        ]

    def kustomization(tag: str) -> dict[str, Any]:
        head = {"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization", "metadata": {"name": "apps"}}
        return head | {"spec": {"images": images(tag)}}

    assert moves(kustomization("1"), kustomization("2")) == (
        ImageMove("Kustomization/apps: images[shop]", "shop:1", "shop:2"),
        ImageMove("Kustomization/apps: images[old]", "quay.io/new:1", "quay.io/new:2"),
    )
    patched = {**release({}), "spec": {"postRenderers": [{}, {"kustomize": {"images": images("1")}}]}}
    assert [(m.container, m.to_image) for m in moves(None, patched)] == [
        ("HelmRelease/podinfo: postRenderers[1].images[shop]", "shop:1"),
        ("HelmRelease/podinfo: postRenderers[1].images[old]", "quay.io/new:1"),
    ]
    assert moves(None, {**patched, "spec": {"postRenderers": "x"}}) == ()


def test_an_application_with_several_sources() -> None:
    def shop(tag: str, *before: object) -> dict[str, Any]:
        values = {"image": {"repository": "a", "tag": tag}}
        return application(source={"helm": {"valuesObject": {"image": "old:1"}}}, sources=[
            *before, {"chart": "web", "helm": {"valuesObject": values}}])  # fmt: skip

    (move,) = moves(shop("1"), shop("2", {"ref": "values"}, "odd"))
    assert move == ImageMove("Application/shop: sources[web].values.image", "a:1", "a:2")


def test_sources_of_one_chart_are_told_by_position() -> None:
    def shop(*images: str) -> dict[str, Any]:
        return application(sources=[{"chart": "c", "helm": {"valuesObject": {"image": i}}} for i in images])

    assert moves(shop("a:1", "b:1"), shop("a:2", "b:1")) == (
        ImageMove("Application/shop: sources[0].values.image", "a:1", "a:2"),
    )


def test_the_change_of_a_release_tells_its_images() -> None:
    sides = (release({"image": {"repository": "a", "tag": tag}}) for tag in "12")
    (change,) = pair(*(Rendered((Document(dump(side), dump(side)),)) for side in sides))
    assert [(m.from_image, m.to_image) for m in change.images] == [("a:1", "a:2")]


LEAVES = st.sampled_from(["a:1", "a", "", "x y", None, 1.5, True, "v1", "https://a/b"])
KEYS = st.sampled_from(["image", "images", "repository", "tag", "registry", "digest", "containers", "name", "fooImage"])
VALUES = st.recursive(LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(KEYS, v, max_size=5), max_leaves=20)


@given(VALUES)
def test_whatever_values_hold_equal_sides_move_nothing(values: Any) -> None:
    assert moves(release(values), release(values)) == ()
    assert all(" " not in image and "://" not in image for image in found(values).values())
