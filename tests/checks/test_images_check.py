"""The images check on tables of images, on real changes and on hostile values."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_evidence import Files, Made, evidence, new, resources, rules

from bot.checks.images import Images
from bot.checks.images_built import Built
from bot.kubernetes.images import image_fields, reference
from bot.model.evidence import Said
from bot.model.result import Severity

D1, D2 = "sha256:" + "1" * 64, "sha256:" + "2" * 64


def pod(*images: str, name: str = "web", kind: str = "Deployment") -> str:
    listed = [{"name": f"c{i}", "image": image} for i, image in enumerate(images)]
    spec = {"template": {"spec": {"containers": listed}}}
    return json.dumps({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}) + "\n"


def run(*made: Made, **files: dict[str, str | bytes]) -> Said:
    return Images().run(evidence(*made, **files))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "repository", "tag", "digest"),
    [
        ("nginx", "nginx", "", ""),
        ("nginx:1.2", "nginx", "1.2", ""),
        (f"nginx:1.2@{D1}", "nginx", "1.2", D1),
        (f"nginx@{D1}", "nginx", "", D1),
        ("localhost:5000/a/b", "localhost:5000/a/b", "", ""),
        ("localhost:5000/a/b:v1", "localhost:5000/a/b", "v1", ""),
        ("[2001:db8::1]:5000/a:v1", "[2001:db8::1]:5000/a", "v1", ""),
        ("Registry.Example/a__b/c-d:v1", "Registry.Example/a__b/c-d", "v1", ""),
    ],
)
def test_parts_of_a_reference(text: str, repository: str, tag: str, digest: str) -> None:
    assert reference(text) == (repository, tag, digest)


@pytest.mark.parametrize(
    "text",
    ["", " ", "Nginx", "a b", "nginx:", "nginx@", "nginx:1.2@sha256:12", "a//b", "https://r.example/a", "-a", "a:b:c",
     "x" * 2000, "a:" + "t" * 129, f"a@{D1[:-4]}", f"a:1@{D1}ab", f"a@sha512:{'1' * 64}"],
)  # fmt: skip
def test_no_reference(text: str) -> None:
    assert reference(text) is None


@given(st.text(max_size=80))
def test_a_reference_is_read_back(text: str) -> None:
    found = reference(text)
    if found is not None:
        assert text == found.repository + (f":{found.tag}" if found.tag else "") + (
            f"@{found.digest}" if found.digest else ""
        )


@given(st.from_regex(r"\A[a-z0-9._/-]{0,60}\Z"))
def test_long_names_take_no_time(text: str) -> None:
    reference(text * 10 + "!")


def test_every_place_that_holds_an_image() -> None:
    text = """
apiVersion: example.org/v1
kind: Custom
metadata: {name: a}
spec:
  jobTemplate:
    spec:
      template:
        spec:
          initContainers: [{name: i, image: 'a:1'}]
          containers: [{name: c, image: 'b:1'}, {image: 'c:1'}, {name: none}, {name: odd, image: 3}, text]
          ephemeralContainers: [{name: e, image: 'd:1'}]
          volumes: [{name: v, image: {reference: 'e:1'}}, {name: other, emptyDir: {}}]
"""
    found = list(image_fields(resources(text)[0].fields))
    assert [(f.container, f.image) for f in found] == [
        ("i", "a:1"), ("c", "b:1"), ("containers[1]", "c:1"), ("e", "d:1"), ("volume v", "e:1"),
    ]  # fmt: skip
    assert found[1].at == ("spec", "jobTemplate", "spec", "template", "spec", "containers", 0, "image")


@pytest.mark.parametrize(
    ("image", "production", "wanted"),
    [
        ("web", True, [("images/latest", Severity.ERROR)]),
        ("web:latest", False, [("images/latest", Severity.WARNING)]),
        ("web:1.2", True, [("images/not-pinned", Severity.WARNING)]),
        ("web:1.2", False, [("images/not-pinned", Severity.INFO)]),
        (f"web:latest@{D1}", True, []),
        (f"web@{D1}", True, []),
        ("auto", True, []),
        ("REPLACE_ME", True, [("images/invalid", Severity.ERROR)]),
        ("web: 1", False, [("images/invalid", Severity.WARNING)]),
        ("registry/web:${TAG}", True, []),
    ],
)
def test_one_image(image: str, production: bool, wanted: list[tuple[str, Severity]]) -> None:
    said = run(Made(None, pod(image), production=production))
    assert [(s.rule, s.severity) for s in said.head] == wanted
    assert not said.base


def test_an_image_that_was_unpinned_before_is_no_news_when_its_tag_moves() -> None:
    assert not new(run(Made(pod("web:1.2"), pod("web:1.3"))))
    assert rules(new(run(Made(pod("web:1.2"), pod("web:1.2", "proxy:3"))))) == ["images/not-pinned"]


def test_a_tag_that_becomes_latest_mends_nothing() -> None:
    said = run(Made(pod("web:1.2"), pod("web:latest")))
    assert (rules(said.base), rules(said.head)) == ([], ["images/latest"])
    mended = run(Made(pod("web:1.2", "proxy:1"), pod(f"web:1.2@{D1}", "proxy:latest")))
    assert rules(mended.base) == ["images/not-pinned"]


def test_what_skaffold_builds_is_not_judged() -> None:
    skaffold = "apiVersion: skaffold/v4beta1\nkind: Config\nbuild: {artifacts: [{image: web}, text, {image: 3}]}\n"
    files: dict[str, str | bytes] = {"apps/skaffold.yaml": skaffold}
    assert not run(Made(None, pod("web")), head=files).head
    assert run(Made(None, pod("other")), head=files).head
    assert run(Made(None, pod("web")), head={"elsewhere/skaffold.yaml": skaffold}).head


@pytest.mark.parametrize("text", ["{", "a: 1", "[]", "apiVersion: skaffold/v1\nbuild: 3\nprofiles: {}", "x" * 300_000])
def test_odd_skaffold_files(text: str) -> None:
    assert not Built(Files({"skaffold.yaml": text})).holds("a/b", "web")


def test_one_tag_with_two_digests() -> None:
    inside = run(Made(None, pod(f"web:1@{D1}", f"web:1@{D2}")))
    assert rules(inside.head) == ["images/digest-differs"]
    assert "in container `c0`" in inside.head[0].message
    staging = Made(pod(f"web:1@{D1}"), pod(f"web:1@{D1}"), path="apps/shop/overlays/staging", environment="staging")
    across = run(replace(staging, production=False), Made(pod(f"web:1@{D1}"), pod(f"web:1@{D2}")))
    assert "in `staging`" in next(s for s in new(across) if s.rule == "images/digest-differs").message
    other = replace(staging, app="another")
    assert "images/digest-differs" not in rules(new(run(other, Made(pod(f"web:1@{D1}"), pod(f"web:1@{D2}")))))


def test_docker_hub_has_several_names() -> None:
    assert rules(run(Made(None, pod(f"nginx:1@{D1}", f"docker.io/library/nginx:1@{D2}"))).head) == [
        "images/digest-differs"
    ]


def test_another_place_of_an_image_that_was_not_pinned_before() -> None:
    """A CronJob of the program that the Deployment runs brings no image that was not there."""
    job = "---\n" + pod("web:1", name="nightly", kind="CronJob")
    assert not new(run(Made(pod("web:1"), pod("web:1") + job)))
    assert not new(run(Made(pod("web:0"), pod("web:1") + job)))
    assert rules(new(run(Made(pod("other:1"), pod("other:1") + job)))) == ["images/not-pinned"]
    assert rules(new(run(Made(pod(f"web:1@{D1}"), pod(f"web:1@{D1}") + job)))) == ["images/not-pinned"]
    # One that was pinned, and another one of the same name that was not.
    mixed = pod("web:1") + "---\n" + pod(f"web:1@{D1}", name="b")
    assert not new(run(Made(mixed, mixed + job)))
    assert rules(new(run(Made(mixed, mixed.replace(f"@{D1}", ""))))) == ["images/not-pinned"]


def test_one_digest_with_two_tags() -> None:
    assert rules(run(Made(None, pod(f"web:1@{D1}", f"web:2@{D1}"))).head) == ["images/tag-differs"]


def test_a_tag_that_moves_without_its_digest() -> None:
    assert rules(new(run(Made(pod(f"web:1@{D1}"), pod(f"web:2@{D1}"))))) == ["images/tag-without-digest"]
    assert not new(run(Made(pod(f"web:1@{D1}"), pod(f"web:2@{D2}"))))
    assert not new(run(Made(pod(f"web:1@{D1}"), pod(f"other:2@{D1}"))))


def _stages(staging: tuple[str, str], production: tuple[str, str]) -> Said:
    before = Made(pod(staging[0]), pod(staging[1]), path="apps/shop/overlays/staging", environment="staging")
    return run(replace(before, production=False), Made(pod(production[0]), pod(production[1])))


@pytest.mark.parametrize(
    ("staging", "production", "words"),
    [
        (("web:1", "web:2"), ("web:1", "web:2"), "at the same moment as staging"),
        (("web:1", "web:1"), ("web:1", "web:2"), "does not run"),
        (("web:2", "web:3"), ("web:1", "web:2"), ""),  # promoted while staging moves on
        (("web:2", "web:2"), ("web:1", "web:2"), ""),
        (("other:1", "other:2"), ("web:1", "web:2"), ""),  # another name there: nobody knows
        (("web:1", "web:2"), ("web:1", "web:1"), ""),
        ((f"web:1@{D1}", f"web:1@{D2}"), (f"web:1@{D1}", f"web:1@{D2}"), "at the same moment as staging"),
    ],
)
def test_order_of_promotion(staging: tuple[str, str], production: tuple[str, str], words: str) -> None:
    said = [s for s in _stages(staging, production).change if s.rule == "images/promotion-order"]
    assert [words in s.message for s in said] == ([True] if words else [])


def test_an_application_that_is_new_everywhere_has_nothing_to_promote() -> None:
    staging = Made(None, pod("web:1"), path="apps/shop/overlays/staging", environment="staging", production=False)

    def promoted(*made: Made) -> list[Severity]:
        return [s.severity for s in run(*made).change if s.rule == "images/promotion-order"]

    assert promoted(staging, Made(None, pod("web:1"))) == [Severity.INFO]
    known = replace(staging, base=pod("web:0"))
    assert promoted(known, Made(None, pod("web:1"))) == [Severity.WARNING]  # staging has not run it yet
    assert promoted(staging, Made(pod("web:0"), pod("web:1"))) == [Severity.WARNING]


def test_an_application_that_is_new_in_units_with_others() -> None:
    """One overlay that lists all applications: what is new is an object, and no unit."""
    other = pod("other:1", name="other") + "---\n"

    def promoted(production: str, before: str = other, image: str = "web:1", staging: str = other) -> list[Severity]:
        place = Made(staging, other + pod(image), path="apps/shop/overlays/staging", environment="staging")
        made = run(replace(place, production=False), Made(before, production))
        return [s.severity for s in made.change if s.rule == "images/promotion-order"]

    assert promoted(other + pod("web:1")) == [Severity.INFO]
    # Staging ran another version of it, production ran it, an object that was there runs it, staging does not run it.
    assert promoted(other + pod("web:1"), staging=other + pod("web:0")) == [Severity.WARNING]
    assert promoted(other + pod("web:1"), other + pod("web:0")) == [Severity.WARNING]
    assert promoted(pod("other:1", "web:1", name="other") + "---\n" + pod("web:1")) == [Severity.WARNING]
    assert promoted(other + pod("web:2")) == [Severity.WARNING]


def test_a_cluster_that_takes_a_directory_as_it_was() -> None:
    def promoted(**files: dict[str, str]) -> list[str]:
        path = "apps/shop/overlays/production"
        staging = Made(
            pod("web:2.0"), pod("web:2.0"), path="apps/shop/overlays/staging", environment="staging", production=False
        )
        given = evidence(staging, Made(None, pod("web:1.0"), path=path), base=files["base"], head=files["head"])
        return [s.rule for s in Images().run(given).change if s.rule == "images/promotion-order"]

    base = {"apps/shop/overlays/production/kustomization.yaml": "images: [{name: web, newTag: '1.0'}]\n"}
    declared = {"clusters/prod-us/apps.yaml": "path: ./apps/shop/overlays/production\n"}
    assert promoted(base=base, head={**base, **declared}) == []
    moved = {name: text.replace("1.0", "0.9") for name, text in base.items()}
    assert promoted(base=moved, head={**base, **declared}) == ["images/promotion-order"]
    assert promoted(base={}, head={**base, **declared}) == ["images/promotion-order"]


@pytest.mark.parametrize(("before", "after"), [(f"web:1@{D1}", "web:1"), ("web:1", f"web:1@{D1}")])
def test_a_digest_that_comes_or_goes_is_no_other_version(before: str, after: str) -> None:
    def promoted(staging: str, old: str, new: str) -> list[str]:
        place = Made(
            pod(staging), pod(staging), path="apps/shop/overlays/staging", environment="staging", production=False
        )
        made = run(place, Made(pod(old), pod(new)))
        return [s.rule for s in made.change if s.rule == "images/promotion-order"]

    assert promoted("web:2", before, after) == promoted(before, "web:0", after) == []
    assert promoted("web:2", f"web:1@{D1}", f"web:1@{D2}") == ["images/promotion-order"]
    assert promoted("web:2", f"web@{D1}", "web") == ["images/promotion-order"]


def test_nothing_is_guessed_where_the_environment_before_is_not_affected() -> None:
    assert not run(Made(pod("web:1"), pod("web:2"))).change
    unknown = Made(pod("web:1"), pod("web:2"), path="x", environment="", production=False)
    assert not run(unknown, Made(pod("web:1"), pod("web:2"))).change


_LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
_KEY = st.sampled_from(["containers", "image", "volumes", "reference", "spec", "name"])


@given(st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEY, inner, max_size=3)))
def test_any_shape_can_be_asked(value: object) -> None:
    assert all(isinstance(f.image, str) and f.image for f in image_fields(value))


def test_hostile_texts_stay_on_one_line() -> None:
    said = run(Made(None, pod("A\n\x1b[31m::set-output`" + "b" * 3000)))
    message = said.head[0].message
    assert message.isprintable() and len(message) < 400 and message.count("`") == 2


def test_one_tag_with_two_digests_in_an_environment_that_does_not_change() -> None:
    staging = Made(
        pod(f"web:1@{D1}"), pod(f"web:1@{D1}"), "apps/shop/overlays/staging", environment="staging", production=False
    )

    def differs(head: str, neighbour: Made, base: str = f"web:1@{D1}") -> list[str]:
        made = evidence(Made(pod(base), pod(head)))
        said = new(Images().run(replace(made, neighbours=(neighbour.unit(),))))
        assert all(s.unit == made.units[0].key for s in said)
        return [rule for rule in rules(said) if rule == "images/digest-differs"]

    assert differs(f"web:1@{D2}", staging) == ["images/digest-differs"]
    assert differs(f"web:2@{D2}", staging) == differs(f"web:1@{D1}", staging, f"web:1@{D2}") == []
    assert differs(f"web:1@{D2}", replace(staging, app="other")) == []
    assert differs(f"web:1@{D2}", staging, f"web:1@{D2}") == []  # it was so before
    odd = replace(staging, base=pod(f"web:1@{D1}", f"web:1@{D2}"), head=pod(f"web:1@{D1}", f"web:1@{D2}"))
    assert differs("api:1", odd) == []  # the other environment's own matter


def test_production_alone_turns_to_another_repository() -> None:
    def order(before: str, after: str, staging: str, staging_after: str = "") -> list[str]:
        stage = Made(pod(staging), pod(staging_after or staging), "apps/shop/overlays/staging", environment="staging",
                     production=False)  # fmt: skip
        made = replace(evidence(Made(pod(before), pod(after))), neighbours=(stage.unit(),))
        return [rule for rule in rules(new(Images().run(made))) if rule == "images/promotion-order"]

    old, evil = f"reg.example/web:1@{D1}", f"evil.example/web:1@{D2}"
    assert order(old, evil, old) == ["images/promotion-order"]
    assert order(old, old, evil) == []
    assert order(old, evil, f"staging.example/web:1@{D1}") == []  # each environment has a registry of its own
    assert order(old, evil, evil) == []  # staging turned to it first


# -- custom resources


def custom(spec: object, version: str = "apps.example/v1", kind: str = "App") -> str:
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": {"name": "a"}, "spec": spec}) + "\n"


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (
            {"image": {"repository": "r.io/x", "tag": "1", "digest": D1}},
            (("spec", "image", "tag"), "spec.image", f"r.io/x:1@{D1}"),
        ),
        (
            {"image": {"registry": "r.io", "repository": "x", "tag": 2}},
            (("spec", "image", "tag"), "spec.image", "r.io/x:2"),
        ),
        (
            {"image": {"repository": "x", "tag": "1"}, "imageDigest": D1},
            (("spec", "image", "tag"), "spec.image", f"x:1@{D1}"),
        ),
        (
            {"image": "r.io/x", "imageTag": "1", "imageDigest": D1},
            (("spec", "imageTag"), "spec.image", f"r.io/x:1@{D1}"),
        ),
        (
            {"image": {"repository": "x", "digest": D1}},
            (("spec", "image", "digest"), "spec.image", f"x@{D1}"),
        ),
        ({"sidecarImage": "nginx:latest"}, (("spec", "sidecarImage"), "spec.sidecarImage", "nginx:latest")),
        ({"imageName": "r.io/pg:17.2"}, (("spec", "imageName"), "spec.imageName", "r.io/pg:17.2")),
        (
            {"parts": [{"name": "web", "image": "r.io:5000/x:1"}]},
            (("spec", "parts", 0, "image"), "spec.parts[web].image", "r.io:5000/x:1"),
        ),
    ],
)
def test_images_of_custom_resources(spec: object, wanted: tuple[object, ...]) -> None:
    assert [(f.at, f.container, f.image) for f in image_fields(json.loads(custom(spec)))] == [wanted]


@pytest.mark.parametrize(
    "spec",
    [
        {"image": {"repository": "r.io/x"}, "version": "1"},  # the operator knows the rest
        {"image": "r.io:5000/x"},
        {"image": "busybox"},
        {"imageName": "busybox"},
        {"image": "*/x:*"},
        {"image": {"type": "string", "tag": "a"}},
        {"image": ["a:1"], "baseImage": 3, "theImage": {}},
        {"imageTag": "1", "imageDigest": D1},
        {"output": {"image": "r.io/x:latest"}},
        {"description": "see nginx:latest", "images": "nginx:latest"},
    ],
)
def test_what_may_be_no_image_of_a_custom_resource(spec: object) -> None:
    assert list(image_fields(json.loads(custom(spec)))) == []


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("v1", "ConfigMap"),
        ("apps/v1", "Deployment"),
        ("networking.k8s.io/v1", "Ingress"),
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("helm.toolkit.fluxcd.io/v2", "HelmRelease"),
        ("image.toolkit.fluxcd.io/v1", "ImageRepository"),
        ("argoproj.io/v1alpha1", "Application"),
        ("kyverno.io/v1", "ClusterPolicy"),
        ("policies.kyverno.io/v1", "ValidatingPolicy"),
    ],
)
def test_kinds_whose_image_is_something_else(version: str, kind: str) -> None:
    assert list(image_fields(json.loads(custom({"image": "nginx:latest"}, version, kind)))) == []


def test_patterns_of_a_policy_engine_are_no_images() -> None:
    pattern = {"spec": {"initContainers": [{"image": "eu.r.io/* | r.io/*"}], "containers": [{"image": "!*:latest"}]}}
    rule = {"rules": [{"name": "no-latest", "validate": {"pattern": pattern}}]}
    assert new(run(Made(None, custom(rule, "kyverno.io/v1", "ClusterPolicy")))) == []
    assert rules(new(run(Made(None, custom(rule, "notkyverno.io/v1", "App"))))) == ["images/invalid"] * 2


def test_containers_of_a_custom_resource_are_told_once() -> None:
    listed = {"template": {"containers": [{"name": "c", "image": "nginx:1"}]}}
    assert [f.at[-1] for f in image_fields(json.loads(custom(listed)))] == ["image"]


def test_a_custom_resource_whose_tag_moves_and_digest_stays() -> None:
    def of(tag: str, digest: str = D1) -> str:
        return custom({"image": {"repository": "r.io/x", "tag": tag, "digest": digest}})

    (found,) = new(run(Made(of("1"), of("2"))))
    assert (found.rule, found.at) == ("images/tag-without-digest", ("spec", "image", "tag"))
    assert new(run(Made(of("1"), of("2", D2)))) == []
    assert rules(new(run(Made(None, custom({"sidecarImage": "nginx:latest"}))))) == ["images/latest"]


def release(values: object, kind: str = "HelmRelease", **spec: Any) -> str:
    group = "helm.toolkit.fluxcd.io/v2" if kind == "HelmRelease" else "argoproj.io/v1alpha1"
    made = {"apiVersion": group, "kind": kind, "metadata": {"name": "feed"}, "spec": {"values": values, **spec}}
    return json.dumps(made) + "\n"


REGISTRY: dict[str, Any] = {
    "chart": {"spec": {"chart": "redis", "sourceRef": {"kind": "HelmRepository", "name": "bitnami"}}}
}
TEMPLATE: dict[str, Any] = {"chartRef": {"kind": "OCIRepository", "name": "app-template"}}


@pytest.mark.parametrize("spec", [REGISTRY, TEMPLATE])
def test_images_in_the_values_of_a_chart_that_is_not_here(spec: dict[str, Any]) -> None:
    def deep(tag: str) -> str:
        container = {"image": {"repository": "ghcr.io/acme/feed", "tag": tag}}
        return release({"controllers": {"main": {"containers": {"app": container}}}}, **spec)

    made = Made(None, deep("latest"), environment="prod", production=True)
    (said,) = new(run(made))
    assert (said.rule, said.severity) == ("images/latest", Severity.ERROR)
    assert said.at == ("spec", "values", "controllers", "main", "containers", "app", "image", "tag")
    assert rules(new(run(Made(deep(f"1.0@{D1}"), deep("1.1"))))) == ["images/not-pinned"]
    assert rules(new(run(Made(deep(f"1.0@{D1}"), deep(f"1.1@{D1}"))))) == ["images/tag-without-digest"]
    assert not new(run(Made(None, deep(f"1.1@{D2}"))))


def test_the_order_of_promotion_holds_for_values_as_well() -> None:
    def of(tag: str, digest: str) -> str:
        return release({"image": {"repository": "ghcr.io/acme/feed", "tag": tag, "digest": digest}}, **REGISTRY)

    staging = Made(of("1.1", D1), of("1.1", D1), environment="staging", production=False)
    ahead = Made(of("1.0", D2), of("1.2", "sha256:" + "3" * 64))
    assert rules(new(run(staging, ahead))) == ["images/promotion-order"]
    assert not new(run(staging, replace(ahead, head=of("1.1", D1))))


@pytest.mark.parametrize(
    "made",
    [
        release({"image": {"repository": "ghcr.io/acme/feed", "tag": "latest"}}),
        release({"image": {"repository": "ghcr.io/acme/feed"}}, **REGISTRY),
        release({"image": {"tag": "1.2"}, "pullPolicy": "Always"}, **REGISTRY),
        release({"sidecar": {"enabled": False, "image": "a/b:latest", "more": [{"image": "a/c:latest"}]}}, **REGISTRY),
        release({"image": {"repository": "ghcr.io/acme/feed", "tag": "latest"}},
                chart={"spec": {"sourceRef": {"kind": "GitRepository", "name": "here"}}}),
        release({}, kind="Application", source={"path": "a", "helm": {"valuesObject": {"image": "a/b:latest"}}}),
    ],
)  # fmt: skip
def test_values_that_say_nothing_or_that_the_chart_here_shows(made: str) -> None:
    assert not new(run(Made(None, made)))


def test_images_in_the_values_of_a_chart_of_another_git_repository() -> None:
    def of(tag: str, kind: str = "GitRepository") -> str:
        chart = {"spec": {"chart": "./stable/feed", "sourceRef": {"kind": kind, "name": "charts"}}}
        return release({"java": {"image": f"ghcr.io/acme/feed:{tag}"}}, chart=chart)

    (said,) = new(run(Made(of("1.0"), of("latest"))))
    assert (said.rule, said.severity, said.at) == ("images/latest", Severity.ERROR, ("spec", "values", "java", "image"))
    staging = Made(of("1.1"), of("1.1"), environment="staging", production=False)
    assert rules(new(run(staging, Made(of("1.0"), of("1.2"))))) == ["images/promotion-order"]
    assert not new(run(staging, Made(of("1.0"), of("1.1"))))
    assert rules(new(run(Made(of("1.0", "Bucket"), of("latest", "Bucket"))))) == ["images/latest"]
    here = {"stable/feed/Chart.yaml": "name: feed\n"}
    made = Made(of("1.0"), of("latest"))  # what the chart renders tells of it
    assert not new(Images().run(evidence(made, base=here))) and not new(Images().run(evidence(made, head=here)))


def test_images_in_the_values_of_an_application() -> None:
    source = {"chart": "redis", "helm": {"valuesObject": {"image": {"repository": "bitnami/redis", "tag": "latest"}}}}
    for spec in ({"source": source}, {"sources": [{"ref": "values"}, source]}):
        assert rules(new(run(Made(None, release({}, kind="Application", **spec))))) == ["images/latest"]


def test_the_same_digest_in_another_registry_is_the_same_image() -> None:
    staging = Made(
        pod(f"eu.example/shop/web@{D1}"), pod(f"eu.example/shop/web@{D1}"), environment="staging", production=False
    )
    before = pod(f"eu.example/shop/web@{D2}")
    for digest in (D1, D2):  # what staging runs, and what production ran
        assert not new(run(staging, Made(before, pod(f"us.example/copies/web@{digest}"))))
    other = pod("us.example/copies/web@sha256:" + "3" * 64)
    known = Made(
        pod(f"us.example/copies/web@{D2}"), pod(f"us.example/copies/web@{D2}"), environment="staging", production=False
    )
    assert rules(new(run(known, Made(pod(f"us.example/copies/web@{D2}"), other)))) == ["images/promotion-order"]


def test_who_deploys_an_image_changes_and_not_the_image() -> None:
    staging = Made(pod(f"web:1@{D1}"), pod(f"web:1@{D1}"), environment="staging", production=False)
    gone = Made(pod(f"web:0@{D2}"), None, path="old/production", app="shop")
    comes = Made(None, pod(f"web:0@{D2}"), path="new/production")
    assert not [each for each in new(run(staging, gone, comes)) if each.rule == "images/promotion-order"]
    assert rules(new(run(staging, comes))) == ["images/promotion-order"]


@pytest.mark.parametrize(
    ("staging", "production", "told"),
    [
        (("web:1.0.0", f"web:1.0.0@{D1}"), ("web:1.0.0", f"web:1.0.0@{D1}"), False),
        (("web:1.1.0", "web:1.1.0"), ("web:1.0.0", f"web:1.0.0@{D1}"), False),
        (("web:1.0.0", "web:1.0.0"), ("web:1.0.0", f"web:1.1.0@{D1}"), True),
        ((f"web:1.0.0@{D1}", f"web:1.0.0@{D1}"), (f"web:1.0.0@{D1}", f"web:1.0.0@{D2}"), True),
        (("web:1.0.0", "web:1.0.0"), ("web:latest", f"web:latest@{D1}"), True),
    ],
)
def test_a_digest_behind_the_same_tag_is_no_other_version(
    staging: tuple[str, str], production: tuple[str, str], told: bool
) -> None:
    assert any(s.rule == "images/promotion-order" for s in _stages(staging, production).change) is told
