"""The secrets check: what it says, what it leaves alone, and that no value gets into what it says."""

from __future__ import annotations

import base64
import json
import string
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_evidence import Made, evidence, new, rules

from bot.checks import detectors, secret_files
from bot.checks.detectors import credentials_in
from bot.checks.secret_files import ChangedFiles
from bot.checks.secrets import Secrets
from bot.model.evidence import Said, Statement
from bot.model.result import Severity
from bot.redaction.random_values import random_values_in

GITHUB = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
AWS = "AKIA" + "QWERTYUIOPASDFGH"
BODY = "MIIEowIBAAKCAQEA7bqH0Zr8xw1vTqkR"
KEY = "-----BEGIN RSA PRIVATE KEY-----\n" + "\n".join([BODY] * 3) + "\n-----END RSA PRIVATE KEY-----\n"
RANDOM = "zX8kQ2mN5pR7tV9wY1aB3cD4eF6gH8jK"


def run(*made: Made, **files: dict[str, str | bytes]) -> Said:
    return Secrets().run(evidence(*made, **files))  # type: ignore[arg-type]


def secret(name: str = "db", **fields: Any) -> str:
    return json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **fields}) + "\n"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def in_file(text: str | bytes, before: str | bytes | None = None, path: str = "notes.txt") -> list[Statement]:
    return new(run(base={path: before} if before is not None else {}, head={path: text}))


# -- objects


@pytest.mark.parametrize(
    "fields",
    [
        {"data": {"password": b64("hunter2")}},
        {"stringData": {"password": "hunter2"}},
        {"data": {"password": "not base64!"}},
        {"data": "hunter2"},
        {"data": {"a": b64("x1"), "password": 12345}},
        {"stringdata": {"a": "hunter2"}},
        {"Data": {"a": b64("hunter2")}},
        {"a": "hunter2"},
        {"metadata": {"name": "db", "stringData": {"a": "hunter2"}}},
        {"kind": "secret", "stringData": {"a": "hunter2"}},
    ],
)
def test_a_plain_secret(fields: dict[str, Any]) -> None:
    said = new(run(Made(None, secret(**fields))))
    assert rules(said) == ["secrets/plain-value"]
    assert "hunter2" not in repr(said) and b64("hunter2") not in repr(said)


@pytest.mark.parametrize(
    "text",
    [
        secret(data={"password": ""}),
        secret(data=None),
        secret(data={"tls.crt": b64("-----BEGIN CERTIFICATE-----"), "ca.crt": b64("x")}),
        secret(stringData={"password": "${DB_PASSWORD}", "other": "<path:secret/data/shop#password>"}),
        secret(stringData={"password": "ENC[AES256_GCM,data:aaaa,iv:bbbb,tag:cccc,type:str]"}),
        secret(type="kubernetes.io/service-account-token"),
        secret(stringData={"username": "admin", "db-host": "db", "port": "5432"}),
        json.dumps({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret",
                    "spec": {"encryptedData": {"password": "AgB" + "x" * 400}}}),
        json.dumps({"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "e"},
                    "spec": {"data": [{"secretKey": "password", "remoteRef": {"key": "shop/db"}}]}}),
        json.dumps({"apiVersion": "secrets-store.csi.x-k8s.io/v1", "kind": "SecretProviderClass", "metadata": {"name": "e"},
                    "spec": {"provider": "vault", "parameters": {"objects": "- objectName: password\n"}}}),
    ],
)  # fmt: skip
def test_what_is_no_plain_secret(text: str) -> None:
    assert not new(run(Made(None, text)))


URL = "postgres://shop:hunter2@db/x"
UNDER_PUBLIC_NAMES = [
    ({"data": {"database": b64(URL)}}, "data.database"),
    ({"data": {"tls.crt": b64("-----BEGIN CERTIFICATE-----\n" + KEY)}}, "data.tls.crt"),
    ({"stringData": {"username": f"bob {GITHUB}"}}, "stringData.username"),
]


@pytest.mark.parametrize(("fields", "where"), UNDER_PUBLIC_NAMES)
def test_a_credential_under_a_public_name(fields: dict[str, Any], where: str) -> None:
    old, rendered = secret(data={"host": b64("db")}), secret(**fields)
    (said,) = new(run(Made(old, rendered)))
    assert (said.rule, where in said.message) == ("secrets/plain-value", True)
    (said,) = in_file(rendered, path="notes/s.yaml")
    assert (said.rule, said.file) == ("secrets/plain-value", "notes/s.yaml")


def test_argo_cd_repositories_without_credentials() -> None:
    labels = {"labels": {"argocd.argoproj.io/secret-type": "repository"}, "name": "repo"}
    fine = secret(metadata=labels, stringData={"url": "https://forge.example/a", "type": "git"})
    assert not new(run(Made(None, fine)))
    wrong = secret(metadata=labels, stringData={"url": "https://forge.example/a", "password": "hunter2"})
    assert rules(new(run(Made(None, wrong)))) == ["secrets/plain-value"]


def test_only_what_the_change_adds_is_new() -> None:
    old = secret(stringData={"a": "hunter2"})
    assert not new(run(Made(old, old)))
    moved = new(run(Made(old, secret(stringData={"a": "hunter2", "b": "hunter3"}))))
    assert [s.at for s in moved] == [("stringData", "b")]
    assert [s.at for s in new(run(Made(old, secret(stringData={"a": "hunter4"}))))] == [("stringData", "a")]
    assert not new(run(Made(old, secret(stringData={}))))
    generated = Made(secret("db-2c4d5f6g7h", stringData={"a": "x1"}), secret("db-b5c6d7f8g9", stringData={"a": "x1"}))
    assert not new(run(generated))


def test_a_value_that_is_no_longer_encoded_was_there_before() -> None:
    encoded, plain = secret(data={"a": b64("hunter2")}), secret(stringData={"a": "hunter2"})
    assert not new(run(Made(encoded, plain))) and not new(run(Made(plain, encoded)))
    assert rules(new(run(Made(encoded, secret(stringData={"a": "hunter3"}))))) == ["secrets/plain-value"]


def test_one_place_holds_and_two_hold() -> None:
    fields = [{"a": GITHUB}, {"a": GITHUB, "b": AWS}]
    made = [
        Made(None, json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": d}))
        for d in fields
    ]
    (one,), (two,) = (new(run(each)) for each in made)
    assert one.message.startswith("`data.a` holds what") and two.message.startswith("`data.a`, `data.b` hold what")


def test_credentials_outside_of_secrets() -> None:
    url = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "c"},
        "data": {"URL": "postgres://u:hunter2@db/x"},
    }
    said = new(run(Made(None, json.dumps(url))))
    assert rules(said) == ["secrets/credential-in-object"] and "hunter2" not in repr(said)
    url["data"] = {"URL": "postgres://$(USER):$(PASSWORD)@db/x"}
    assert not new(run(Made(None, json.dumps(url))))
    crd = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "c"},
           "spec": {"description": "such as https://user:hunter2@host"}}  # fmt: skip
    assert not new(run(Made(None, json.dumps(crd))))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DB_PASSWORD", "hunter2", True), ("adminPassword", "prom-operator", True), ("API_KEY", RANDOM, True),
        ("clientSecret", RANDOM, True), ("DB_PASSWORD", "", False), ("DB_PASSWORD", "$(OTHER)", False),
        ("PASSWORD_FILE", "hunter2", False), ("TOKEN_EXPIRY", "3600", False), ("TOKEN", "3600", False),
        ("existingSecret", "shop-db-credentials", False), ("NO_PASSWORD", "true", False), ("PASSWORD", "/run/secret", False),
        ("PUBLIC_URL", "https://x", False), ("x" * 500 + "PASSWORD", "hunter2", False),
    ],
)  # fmt: skip
def test_names_of_passwords(name: str, value: str, told: bool) -> None:
    env = {"containers": [{"name": "c", "env": [{"name": name, "value": value}]}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": env}
    config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "p"}, "data": {name: value}}
    release = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "p"},
               "spec": {"values": {"deep": [{name: value}]}}}  # fmt: skip
    for made in (pod, config, release):
        said = new(run(Made(None, json.dumps(made))))
        assert rules(said) == (["secrets/password-in-object"] if told else [])
        assert not value or value not in repr(said) or not told


def test_a_container_that_gets_another_name_reads_what_it_read() -> None:
    def pod(*containers: tuple[str, str]) -> str:
        key = {"secretKeyRef": {"name": "db", "key": "password"}}
        env = {"env": [{"name": "PASSWORD", "valueFrom": key}], "envFrom": [{"secretRef": {"name": "more"}}]}
        spec = {"containers": [{"name": name, "image": image, **env} for name, image in containers]}
        return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})

    before = pod(("shop", "shop:1"))
    assert not new(run(Made(before, pod(("app", "shop:1")))))
    assert rules(new(run(Made(before, pod(("app", "other:1")))))) == ["secrets/use"]
    assert rules(new(run(Made(before, pod(("app", "shop:1"), ("more", "shop:1")))))) == ["secrets/use"]
    assert rules(new(run(Made(before, pod(("shop", "shop:1"), ("app", "shop:1")))))) == ["secrets/use"]


def test_a_variable_before_another_does_not_make_it_new() -> None:
    def pod(*names: str) -> str:
        env = [{"name": n, "value": "hunter2"} for n in names]
        spec = {"containers": [{"name": "c", "env": env}]}
        return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})

    assert not new(run(Made(pod("PASSWORD"), pod("LEVEL", "PASSWORD"))))


def test_generators_of_encrypted_files_are_fine() -> None:
    kustomization = "secretGenerator: [{name: db, files: [db.env]}]\n"
    files: dict[str, str | bytes] = {
        "apps/k/base/kustomization.yaml": kustomization,
        "apps/k/kustomization.yaml": "resources: [base]\n",
    }
    made = Made(None, secret("x-db-2c4d5f6g7h", data={"db.env": b64("anything")}), path="apps/k")
    assert not new(
        run(made, head=files | {"apps/k/base/db.env": "a=ENC[AES256_GCM,data:x,iv:y,tag:z,type:str]\nsops_mac=ENC[]"})
    )
    assert rules(new(run(made, head=files | {"apps/k/base/db.env": "a=b"}))) == ["secrets/plain-value"]


# -- who reads what


def _pod(reference: str, variable: str = "PASSWORD", container: str = "web") -> str:
    env = [{"name": variable, "valueFrom": {"secretKeyRef": {"name": reference, "key": "k"}}}]
    spec = {"template": {"spec": {"containers": [{"name": container, "env": env}]}}}
    return json.dumps({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}) + "\n"


def test_another_secret_is_read() -> None:
    said = new(run(Made(_pod("db"), _pod("admin"))))
    assert rules(said) == ["secrets/use"]
    assert "`variable PASSWORD of web` now comes from `admin` (key `k`) instead of `db`" in said[0].message
    assert rules(new(run(Made(_pod("db"), _pod("db", "OTHER"))))) == ["secrets/use"]
    assert rules(new(run(Made(_pod("db"), _pod("db", container="sidecar"))))) == ["secrets/use"]
    assert not new(run(Made(_pod("db-2c4d5f6g7h"), _pod("db-b5c6d7f8g9"))))
    assert not new(run(Made(None, _pod("db"))))


@pytest.mark.parametrize(("prefix", "named"), [({}, ""), ({"prefix": "DB_"}, "DB_* ")])
def test_all_keys_of_a_secret(prefix: dict[str, str], named: str) -> None:
    def pod(secret: str) -> str:
        held = [{"secretRef": {"name": secret}, **prefix}]
        spec = {"containers": [{"name": "web", "envFrom": held}]}
        return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}) + "\n"

    (found,) = new(run(Made(pod("db"), pod("admin"))))
    assert f"`variables {named}of web` now come from `admin` instead of `db`" in found.message


def test_volumes_and_accounts() -> None:
    def pod(volume: object, path: str = "/run") -> str:
        spec = {"containers": [{"name": "c", "volumeMounts": [{"name": "v", "mountPath": path}]}], "volumes": [volume]}
        return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})

    old = pod({"name": "v", "secret": {"secretName": "a"}})
    for other in (
        pod({"name": "v", "secret": {"secretName": "b"}}), pod({"name": "v", "secret": {"secretName": "a"}}, "/tmp"),
        pod({"name": "v", "projected": {"sources": [{"secret": {"name": "b", "items": [{"key": "k", "path": "p"}]}}]}}),
        pod({"name": "v", "csi": {"volumeAttributes": {"secretProviderClass": "b"}}}),
    ):  # fmt: skip
        assert rules(new(run(Made(old, other)))) == ["secrets/use"]
    account = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "a"},
        "imagePullSecrets": [{"name": "r"}],
    }
    assert rules(new(run(Made(json.dumps(account | {"imagePullSecrets": 3}), json.dumps(account))))) == ["secrets/use"]


def _external(name: str, *, target: str = "", store: str = "shop/db") -> str:
    spec = {"secretStoreRef": {"kind": "ClusterSecretStore", "name": "vault"}, "target": {"name": target} if target else {},
            "data": [{"secretKey": "k", "remoteRef": {"key": store, "property": "p"}}]}  # fmt: skip
    return (
        json.dumps(
            {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": name}, "spec": spec}
        )
        + "\n"
    )


@pytest.mark.parametrize("target", ["", "made"])
def test_a_secret_and_what_reads_it_are_told_once(target: str) -> None:
    """Together in one change: at what was there before, and where all is new at what makes it."""
    other, name = _pod("old").replace('"name": "web"', '"name": "other"', 1), target or "db"
    pod, maker = _pod(name), _external("db", target=target)
    both = f"{maker}---\n{pod}"
    (found,) = new(run(Made(other, f"{other}---\n{both}")))
    assert found.object is not None and found.object.kind == "ExternalSecret"
    assert found.message.endswith("whoever can read the Secret that it makes can read that.")
    (found,) = new(run(Made(_pod("old"), both)))
    assert found.object is not None and found.object.kind == "Deployment"
    # The Secret was made by hand: what reads it is as it was, and only where it comes from is new.
    (found,) = new(run(Made(pod, both)))
    assert found.object is not None and found.object.kind == "ExternalSecret"
    # A new object that reads what was made before is told as ever.
    (found,) = new(run(Made(f"{other}---\n{maker}", f"{other}---\n{both}")))
    assert found.object is not None and found.object.kind == "Deployment"


def test_what_a_new_sealed_secret_makes_is_as_what_a_secret_holds() -> None:
    sealed = json.dumps({"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "metadata": {"name": "db"},
                         "spec": {"encryptedData": {}}}) + "\n"  # fmt: skip
    other = _pod("old").replace('"name": "web"', '"name": "other"', 1)
    assert not new(run(Made(other, f"{other}---\n{sealed}---\n{_pod('db')}")))


def test_the_place_behind_a_use() -> None:
    """It is traced to its line."""

    def at(old: str, new_: str) -> list[tuple[str | int, ...]]:
        return [each.at[-3:] for each in new(run(Made(old, new_)))]

    assert at(_pod("db"), _pod("admin")) == [("valueFrom", "secretKeyRef", "name")]
    assert at(_pod("db"), _pod("db").replace('"key": "k"', '"key": "other"')) == [("valueFrom", "secretKeyRef", "key")]
    assert at(_pod("db"), _pod("db", "OTHER")) == [("env", 0, "name")]

    def pod(secret: str, path: str) -> str:
        spec = {"containers": [{"name": "c", "volumeMounts": [{"name": "v", "mountPath": path}]}],
                "volumes": [{"name": "v", "secret": {"secretName": secret}}]}  # fmt: skip
        return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})

    assert at(pod("a", "/run"), pod("b", "/run")) == [(0, "secret", "secretName")]
    assert at(pod("a", "/run"), pod("a", "/tmp")) == [("volumeMounts", 0, "mountPath")]

    def store(key: str, name: str = "password") -> str:
        row = {"secretKey": name, "remoteRef": {"key": key}}
        spec = {"secretStoreRef": {"name": "vault"}, "data": [row]}
        return json.dumps(
            {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "e"}, "spec": spec}
        )

    assert at(store("a"), store("b")) == [(0, "remoteRef", "key")]
    assert at(store("a"), store("a", "token")) == [("data", 0, "secretKey")]
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a"}}
    assert at(json.dumps(account), json.dumps(account | {"imagePullSecrets": [{"name": "r"}]})) == [
        ("imagePullSecrets", 0, "name")
    ]


def test_who_may_read() -> None:
    def role(*verbs: str, **more: object) -> str:
        rule = {"apiGroups": [""], "resources": ["secrets"], "verbs": list(verbs), **more}
        return json.dumps({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
                           "metadata": {"name": "r", "namespace": "n"}, "rules": [rule]}) + "\n---\n"  # fmt: skip

    def binding(*names: str) -> str:
        subjects = [{"kind": "User", "name": n} for n in names]
        return json.dumps({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
                           "metadata": {"name": "b", "namespace": "n"}, "subjects": subjects,
                           "roleRef": {"kind": "Role", "name": "r"}})  # fmt: skip

    assert rules(new(run(Made(role("create"), role("get"))))) == ["secrets/readers"]
    assert rules(new(run(Made(role("get", resourceNames=["a"]), role("get"))))) == ["secrets/readers"]
    assert rules(new(run(Made(role("get") + binding("a"), role("get") + binding("a", "b"))))) == ["secrets/readers"]
    assert not new(run(Made(role("create") + binding("a"), role("create") + binding("a", "b"))))


# -- files


@pytest.mark.parametrize(
    "text",
    [GITHUB, f"key: {AWS}", KEY, "url=https://user:s3cr3tp4ss@db.internal/x", f'apiKey: "{RANDOM}"',
     f"export TOKEN={RANDOM}", "{'password': 'Zx9Qm2Kp7Rt4Wv6YbN8c'}", '{"key": "' + KEY.replace("\n", "\\n") + '"}'],
)  # fmt: skip
def test_credentials_in_files(text: str) -> None:
    said = in_file(f"first line\n{text}\n")
    assert len(said) == 1 and said[0].file == "notes.txt" and said[0].line == 2
    for part in (GITHUB, AWS, RANDOM, "s3cr3tp4ss", "MIIEowIB", "Zx9Qm2Kp7Rt4Wv6YbN8c"):
        assert part not in repr(said)


@pytest.mark.parametrize(
    "text",
    [
        "image: web@sha256:" + "0123456789abcdef" * 4, "checksum/secret: " + "0123456789abcdef" * 4,
        "see https://user:password@example.com", "https://user:<password>@host", "url: postgres://$(U):$(P)@db",
        "password: {{ .Values.password }}", "token: ${TOKEN}", "secretName: shop-db-credentials-production-eu",
        "-----BEGIN RSA PRIVATE KEY-----", "sshKey: the one that begins with BEGIN RSA PRIVATE KEY and so on",
        "AKIAIOSFODNN7EXAMPLE", "password: ENC[AES256_GCM,data:aaaaaaaaaaaaaaaaaaaaaaaaaaaa,iv:b,tag:c,type:str]",
        "token: 123e4567-e89b-12d3-a456-426614174000", "password: AgB" + "xY7" * 200,
        "password: aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "apiKey: changeme-changeme-changeme", "url: https://host/a:b@c",
    ],
)  # fmt: skip
def test_no_credentials(text: str) -> None:
    assert not in_file(text)


def test_an_allow_list_comment_of_the_change_does_not_count() -> None:
    assert in_file(f"{GITHUB}  # pragma: allowlist secret\n")


def test_only_new_lines_count() -> None:
    assert not in_file(f"a\n  {GITHUB}\n", f"{GITHUB}\n")
    assert not new(run(base={"a.txt": f"{GITHUB}\n"}, head={"b.txt": f"x\n{GITHUB}\n"}))
    assert in_file(f"{GITHUB}\n{AWS}\n", f"{GITHUB}\n")[0].line == 2
    other = KEY.replace("MIIE", "MIIF")
    assert rules(in_file(KEY + other, KEY)) == ["secrets/credential"]


def test_files_that_are_not_searched() -> None:
    assert not in_file(b"\0\1" + GITHUB.encode())
    assert not in_file(f"h1:{RANDOM} token={RANDOM}", path="go.sum")
    assert rules(in_file("x" * (4 * 1024 * 1024 + 1))) == ["secrets/not-scanned"]
    assert rules(in_file(GITHUB.encode("utf-16"))) == ["secrets/credential"]
    assert rules(in_file(b"\xff" + GITHUB.encode())) == ["secrets/credential"]


def test_a_secret_that_nothing_renders() -> None:
    text = "# a comment\n" + secret(stringData={"token": GITHUB})
    said = in_file(text, path="other/secret.yaml")
    assert rules(said) == ["secrets/plain-value"] and said[0].line == 2 and GITHUB not in repr(said)
    assert not in_file(text, text + "# more\n", path="other/secret.yaml")
    rendered = Made(None, secret(stringData={"token": GITHUB}))
    assert [s.file for s in new(run(rendered, head={"apps/secret.yaml": text}))] == [""]


def test_literals_of_a_generator() -> None:
    text = "secretGenerator:\n- name: db\n  literals:\n  - password=hunter2\n  - user=shop\n  - other=${X}\n"
    said = in_file(text, path="a/kustomization.yaml")
    assert rules(said) == ["secrets/plain-value"]
    assert "`password`" in said[0].message and "user" not in said[0].message and "hunter2" not in repr(said)


@pytest.mark.parametrize(
    "text",
    ["kind: Secret\ndata: [", "kind: Secret\ndata: 3", "secretGenerator: {}", "secretGenerator: [3, {literals: 4}]",
     "kind: List\nitems: [3, {kind: Secret, metadata: 3, data: {a: {b: c}}}]"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["a.yaml", "kustomization.yaml"])
def test_odd_sources(text: str, path: str) -> None:
    in_file(text, path=path)


@settings(max_examples=50, deadline=None)
@given(st.text(string.ascii_letters + string.digits, min_size=36, max_size=36), st.text(" \n\t#:\"'=", max_size=20))
def test_a_token_is_found_wherever_it_stands(body: str, around: str) -> None:
    from bot.redaction.random_values import is_harmless

    if not is_harmless("ghp_" + body):
        assert credentials_in("x" * 5000 + "\n" + around + "ghp_" + body + "\n" + "y" * 5000)


@pytest.mark.parametrize(
    "piece",
    ["eyJ", "eyJhbGciOi.", "://", "://a:", "BEGIN RSA PRIVATE KEY", "password=", "secret_", "aws", "a.", GITHUB],
)
def test_hostile_lines_take_no_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    start = time.process_time()
    credentials_in(text)
    list(random_values_in(text))
    assert time.process_time() - start < 5


_LEAF = st.none() | st.integers() | st.text(max_size=4)
_KEY = st.sampled_from(["data", "spec", "env", "name", "value", "containers", "volumes", "secret", "rules"])
_ANY = st.recursive(_LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEY, inner))
_KIND = st.sampled_from(["Secret", "ConfigMap", "Role", "ServiceAccount", "ExternalSecret", "HelmRelease", "Pod"])


@given(_ANY, _KIND)
def test_any_shape_can_be_judged(value: object, kind: str) -> None:
    fields = {
        "apiVersion": "v1",
        "kind": kind,
        "metadata": {"generateName": "x"},
        "spec": value,
        "data": value,
        "rules": value,
    }
    run(Made("", json.dumps(fields)), Made(json.dumps(fields | {"spec": 1}), json.dumps(fields), path="b"))


_PIECES = st.sampled_from([
    "AKIA" + "Q3EGRLOX7TZ5MPWN", "ghp_" + "x1" * 18, "https://u:Zk3Xq9Lm@db/x", "password", "api_key", "ſecret", "token",
    "Secret_Key: " + RANDOM, f'apiKey="{RANDOM}"', "İ", ": ", "=", '"', "Zk3Xq9LmP0aBc7Wd2", "deadbeef01" * 4, "-us1", " ",
    "\n", "\n  ", "\t", "aws", "# ", "é", "-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN RSA", "PRIVATE KEY-----", BODY,
    "sk-", "//r/:_authToken=",
])  # fmt: skip


@settings(max_examples=300)
@example(
    ["Zk3Xq9LmP0aBc7Wd2\nhttps://u:Zk3Xq9Lm@db/x"]
)  # the line of a value is not one that holds it in a longer word
@given(st.lists(st.lists(_PIECES, max_size=9).map("".join), min_size=1, max_size=3))
def test_what_is_left_out_before_a_search_would_not_have_been_found(texts: list[str]) -> None:
    paths: dict[str, str | bytes] = {f"f{number}.txt": text for number, text in enumerate(texts)}
    files = ChangedFiles(evidence(head=paths))
    for text in files.head:
        whole, left = "\n".join(text.lines), secret_files._joined(files.telling(text))
        assert list(random_values_in(left)) == list(random_values_in(whole))
        # a value that is twice a part of a longer word may be found at another of the two: what is found is the same
        assert {(f.kind, f.value) for f in credentials_in(left)} == {(f.kind, f.value) for f in credentials_in(whole)}


def test_lines_that_may_tell_are_found_whatever_stands_around_them() -> None:
    quiet = [f"key{n}: value {n}" for n in range(200)]
    telling = ["token: 9f8a7b6c5d4e3f2a1b0c", "https://a:b@c", "AKIA" + "Q" * 16, "x" * 32 + "-us1"]
    lines = [*quiet[:63], telling[0], telling[1], *quiet[63:], *telling[2:]]
    assert list(secret_files._telling(lines)) == [line for line in lines if secret_files._may_tell(line)]
    assert telling[0] in set(secret_files._telling(lines))


def test_of_credentials_only_their_absence_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, object] = {}

    def remember(_topic: str, name: str, ask: Callable[[], object]) -> object:
        if name not in kept:
            kept[name] = ask()
        return kept[name]

    texts = {"a.txt": "https://user:h4rdToGuess@example.com\n", "b.txt": "https://user:@example.com/-us1\n"}
    files = ChangedFiles(replace(evidence(head=texts), remember=remember))
    assert [files.credentials(text)[:1] == [] for text in texts.values()] == [False, True]
    assert list(kept.values()) == [False]
    again = ChangedFiles(replace(evidence(head=texts), remember=remember))
    monkeypatch.setattr(secret_files, "credentials_in", lambda text: [detectors.Found(1, "asked again", text)])
    assert [[each.kind for each in again.credentials(text)] for text in texts.values()] == [["asked again"], []]


def test_who_hides_what_was_found_does_not_search_again(monkeypatch: pytest.MonkeyPatch) -> None:
    files = ChangedFiles(evidence(head={"a.txt": "https://user:h4rdToGuess@example.com\n"}))
    secret_files.statements(files, secret_files.Told(set()))
    monkeypatch.setattr(secret_files, "credentials_in", None)
    assert "h4rdToGuess" in "".join(files.values())


@pytest.mark.parametrize(
    ("name", "value", "severity"),
    [
        ("DB_PASSWORD", "k7Qz9xLm2VbT4cWsR8nYp3", Severity.ERROR),
        ("DB_PASSWORD", "hunter2-Zx81qPw7", Severity.ERROR),
        ("DB_PASSWORD", "hunter2", Severity.WARNING),
        ("DB_PASSWORD", "changeme-Zx81qPw7", Severity.WARNING),
        ("STRIPE_KEY", "k7Qz9xLm2VbT4cWsR8nYp3", Severity.WARNING),
        ("STRIPE_API_KEY", "k7Qz9xLm2VbT4cWsR8nYp3", Severity.ERROR),
    ],
)
def test_a_random_password_in_a_workload_weighs_like_one_in_a_secret(name: str, value: str, severity: Severity) -> None:
    container = {"name": "a", "env": [{"name": name, "value": value}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": {"containers": [container]}}
    said = new(run(Made(None, json.dumps(pod) + "\n")))
    assert [(each.rule, each.severity) for each in said] == [("secrets/password-in-object", severity)]
