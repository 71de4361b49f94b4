"""Kubernetes' own kinds: table of objects, the version, and what is said of them."""

from __future__ import annotations

import time
from typing import Any

import pytest

from bot.errors import UserError
from bot.kubernetes_schemas import allowed_values, bundled, formats, metadata, sentences
from bot.kubernetes_schemas.problem import Problem
from bot.kubernetes_schemas.validator import Validator
from bot.kubernetes_schemas.versions import Version, parse


def judged(fields: dict[str, Any], version: str = "1.37", **options: bool) -> list[Problem]:
    group, _, api = str(fields["apiVersion"]).rpartition("/")
    validator = bundled.bundle(parse(version)).validator(group, api, fields["kind"])
    assert validator is not None
    return sentences.problems(fields, validator.found(fields), validator.schema, **options)


def deployment(**container: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "app", "image": "app:1", **container}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "creationTimestamp": None},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
        },
    }


def with_spec(**spec: Any) -> dict[str, Any]:
    fields = deployment()
    fields["spec"] |= spec
    return fields


_APP = "spec.template.spec.containers[0]"
_CASES: list[tuple[dict[str, Any], list[tuple[str, str, str]]]] = [
    (deployment(), []),
    (deployment(imagePullPolicy=""), []),
    (deployment(env=None, resources=None), []),
    (
        deployment(resources={"limits": {"cpu": 0.5, "memory": "1.5Gi"}, "requests": {"cpu": "100m", "memory": "1e3"}}),
        [],
    ),
    (deployment(livenessProbe={"httpGet": {"port": "http"}}), []),
    (deployment(livenessProbe={"httpGet": {"port": 80}}), []),
    (
        deployment(imagePulPolicy="Always"),
        [("unknown-field", f"{_APP}.imagePulPolicy is no field of this kind", f"Did you mean {_APP}.imagePullPolicy?")],
    ),
    (
        deployment(volumes=[]),
        [("unknown-field", f"{_APP}.volumes is no field", "Move it to spec.template.spec.volumes, where Kubernetes")],
    ),
    (
        deployment(livenessprobe={}),
        [("unknown-field", f"{_APP}.livenessprobe is no field", f"Did you mean {_APP}.livenessProbe?")],
    ),
    (
        deployment(imagePullPolicy="always"),
        [("bad-value", f'{_APP}.imagePullPolicy is the text "always", which is not allowed', 'Did you mean "Always"?')],
    ),
    (
        deployment(resources={"limits": {"memory": "512MB"}}),
        [("bad-value", f'{_APP}.resources.limits.memory is the text "512MB", which is no quantity', 'such as "512Mi"')],
    ),
    (
        deployment(env=[{"name": "PORT", "value": 8080}]),
        [("wrong-type", f"{_APP}.env[0].value is 8080 but must be a text", 'Write it in quotes: "8080".')],
    ),
    (
        deployment(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]),
        [("duplicate-item", f'{_APP}.env[1] repeats name the text "A" of item 0', "Remove one of them.")],
    ),
    (
        deployment(ports=[{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53}]),
        [],
    ),
    (
        deployment(ports=[{"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53}]),
        [("duplicate-item", f"{_APP}.ports[1] repeats", "Remove one of them.")],
    ),
    (
        with_spec(progressDeadlineSeconds=3_000_000_000),
        [
            (
                "bad-value",
                "spec.progressDeadlineSeconds is 3000000000, which is more than 2147483647",
                "Use 2147483647",
            )
        ],
    ),
    (
        with_spec(replicas="3"),
        [("wrong-type", 'spec.replicas is the text "3" but must be a whole number', "Write 3 without quotes.")],
    ),
    (with_spec(replicas=2.5), [("wrong-type", "spec.replicas is 2.5 but must be a whole number", "whole number")]),
    (with_spec(replicas=None), []),
    (
        with_spec(paused="true"),
        [("wrong-type", 'spec.paused is the text "true" but must be true or false', "without quotes")],
    ),
    (
        with_spec(selector=None),
        [("wrong-type", "spec.selector is null but must be a mapping", "Write a mapping there.")],
    ),
    (
        {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "w"}, "spec": {"template": {}}},
        [("missing-field", "spec.selector is missing, and the API server refuses", "Set spec.selector (a mapping).")],
    ),
    (
        with_spec(template={"spec": {"containers": {"name": "app"}}}),
        [("wrong-type", "spec.template.spec.containers is a mapping but must be a list", "begin each of its items")],
    ),
    (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"A": 1, "b.c/d": True}},
        [
            ("wrong-type", "data.A is 1 but must be a text", 'Write it in quotes: "1".'),
            ("wrong-type", 'data["b.c/d"] is true but must be a text', 'Write it in quotes: "true".'),
        ],
    ),
    (
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "binaryData": {"A": "no base64!"}},
        [("bad-value", 'binaryData.A is the text "no base64!", which is not base64', "Write base64.")],
    ),
    (
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s", "labls": {}}, "spec": {}},
        [("unknown-field", "metadata.labls is no field", "Did you mean metadata.labels?")],
    ),
    (
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [{"name": "a"}]},
            "status": {"conditions": [{"type": "Ready"}]},
        },
        [],
    ),
]


@pytest.mark.parametrize(("fields", "expected"), _CASES, ids=range(len(_CASES)))
def test_says_what_is_wrong(fields: dict[str, Any], expected: list[tuple[str, str, str]]) -> None:
    found = judged(fields)
    assert [p.rule for p in found] == [rule for rule, _, _ in expected]
    for problem, (_, message, fix) in zip(found, expected, strict=True):
        assert problem.message.startswith(message)
        assert fix in problem.fix


def test_the_version_decides() -> None:
    fields = deployment(resizePolicy=[{"resourceName": "cpu", "restartPolicy": "NotRequired"}])
    assert judged(fields, "1.37") == []
    assert [p.rule for p in judged(fields, "1.25")] == ["unknown-field"]


def test_masked_and_encrypted_values_are_not_judged() -> None:
    marker = "<secret 0123456789abcdef>"
    sops = "ENC[AES256_GCM,data:xx,iv:aa,tag:bb,type:int]"
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    assert judged({**secret, "data": {"a": marker, "b": sops}, "stringData": {"c": marker}}) == []
    assert judged({**secret, "data": marker}) == []
    assert judged(with_spec(replicas=sops)) == []
    assert [p.rule for p in judged({**secret, "data": {"a": "!"}})] == ["bad-value"]


def test_variables_of_the_cluster_are_not_judged_where_the_caller_says_so() -> None:
    fields = with_spec(replicas="${REPLICAS}")
    assert [p.rule for p in judged(fields)] == ["wrong-type"]
    assert judged(fields, variables=True) == []


def test_marks_follow_names_and_not_positions() -> None:
    def mark(*containers: str) -> str:
        fields = deployment()
        fields["spec"]["template"]["spec"]["containers"] = [
            {"name": name, **({"imagePulPolicy": "Always"} if name == "app" else {})} for name in containers
        ]
        (problem,) = judged(fields)
        return problem.mark

    assert mark("app") == mark("sidecar", "app")


def test_tolerated_repetitions_are_less_certain() -> None:
    twice = [{"name": "A"}, {"name": "A"}]
    assert [p.certain for p in judged(deployment(env=twice))] == [False]
    fields = deployment()
    fields["spec"]["template"]["spec"]["containers"] *= 2
    assert [(p.rule, p.certain) for p in judged(fields)] == [("duplicate-item", True)]


def test_says_no_more_than_can_be_read() -> None:
    fields = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {f"k{i}": i for i in range(5000)},
    }
    assert len(judged(fields)) == sentences.MOST


def test_hostile_values_stay_on_one_short_line() -> None:
    (problem,) = judged(with_spec(replicas="a\n\x1b[31m" + "x" * 10_000))
    assert "\n" not in problem.message
    assert "\x1b" not in problem.message
    assert len(problem.message) < 200


@pytest.mark.parametrize("value", [float("inf"), 10**400, "\ud800"])
def test_values_that_json_cannot_say_do_not_stop_it(value: object) -> None:
    assert judged(with_spec(replicas=value))


def test_every_kind_of_every_version_compiles() -> None:
    for version in (bundled.versions()[0], bundled.versions()[-1]):
        bundle = bundled.bundle(version)
        for api_version, kind in bundle.kinds():
            group, _, api = api_version.rpartition("/")
            assert isinstance(bundle.validator(group, api, kind), Validator)


def test_a_group_with_the_same_first_label_is_another_group() -> None:
    bundle = bundled.bundle(parse("1.37"))
    assert bundle.validator("apps.example.org", "v1", "Deployment") is None
    assert bundled.served_by("apps.example.org", "v1", "Deployment") == ()
    assert bundled.served_by("../../x", "v1", "Deployment") == ()


@pytest.mark.parametrize(
    ("text", "version", "near"),
    [
        ("1.29", (1, 29), (1, 29)),
        ("v1.30.2-gke.1200", (1, 30), (1, 30)),
        ("1.19", (1, 19), (1, 25)),
        ("1.99.0", (1, 99), (1, 37)),
    ],
)
def test_versions(text: str, version: tuple[int, int], near: tuple[int, int]) -> None:
    assert parse(text) == version
    assert bundled.nearest(parse(text)) == near
    assert bundled.bundle(parse(text)) is bundled.bundle(Version(*near))


@pytest.mark.parametrize("text", ["", "latest", "1", "1.x", "v1.", "1.29\n1.30"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"is no version of Kubernetes; write it as 1\.29"):
        parse(text)


def test_the_lists_of_values_belong_to_fields_that_exist() -> None:
    found = bundled.bundle(bundled.versions()[-1])
    for name in allowed_values.definitions():
        schema = found.closed({"$ref": f"#/$defs/{name}"})["$defs"][name]
        for field in allowed_values.of(name):
            described = schema["properties"][field]
            assert "enum" in described.get("items", described), (name, field)


def test_keys_that_look_like_numbers_are_keys() -> None:
    (problem,) = judged({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"0": 5}})
    assert (problem.place, problem.message) == (("data", "0"), 'data["0"] is 5 but must be a text.')
    (problem,) = judged(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"1": "", "007": 5}}
    )
    assert problem.place == ("data", "007")


def test_long_hostile_texts_cost_little() -> None:
    start = time.process_time()
    fields: dict[str, Any] = with_spec(replicas="${" * 500_000)
    fields["metadata"] = {"name": "a." * 500_000, "labels": {"a" * 500_000: "b" * 500_000}}
    fields |= {"x" * 100_000 + str(i): 1 for i in range(50)} | {f"y{i}": 1 for i in range(20_000)}
    assert len(judged(fields, variables=True)) == sentences.MOST
    assert list(metadata.problems(fields, variables=True))
    assert not formats.FUNCTIONS["duration"]("1" * 1_000_000)
    assert not formats.FUNCTIONS["ipv6"](":" * 1_000_000)
    assert time.process_time() - start < 4
