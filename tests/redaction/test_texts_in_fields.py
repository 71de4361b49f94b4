"""Secrets in a text of YAML, JSON, INI or variables that stands in a field of an object."""

from __future__ import annotations

import json

import pytest

from bot import documents
from bot.diff import resources
from bot.model.resource import Rendered
from bot.redaction import mask, masked_document

KEY = b"a key of this machine"
UUID = "df7d395f-e833-49b6-b19c-eea8a54fb06a"
MIXED = "S3cr3tPassw0rd2025"
NAMES = ("client_secret", "clientSecret", "apiKey", "password", "adminPassword", "accessToken")
FORMS = {
    "yaml": "auth:\n  # who asks\n  {name}: {value}\n  user: shop\n",
    "quoted": "auth:\n  {name}: \"{value}\"\n  user: 'ü𝄞'\n",
    "list": "clients:\n- {name}: '{value}'\n  user: shop\n",
    "json": '{{"auth": {{"{name}": "{value}", "user": "shop"}}}}',
    "text in text": "files:\n  conf.yaml: |\n    auth:\n      {name}: {value}\n      user: shop\n",
    "ini": "[auth]\n{name} = {value}\nuser = shop\n",
    "variables": "USER=shop\n{name}={value}\n",
    "template": "{{{{ if x }}}}\nauth:\n  {name}: {value}\n{{{{ end }}}}\n",
}
PLACES = {
    "helm.values": lambda text: {"kind": "Application", "spec": {"source": {"helm": {"values": text}}}},
    "ConfigMap": lambda text: {"kind": "ConfigMap", "data": {"conf": text}},
    "HelmRelease": lambda text: {"kind": "HelmRelease", "spec": {"values": {"extra": text}}},
    "annotation": lambda text: {"kind": "Deployment", "metadata": {"annotations": {"x/conf": text}}},
}  # fmt: skip


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_a_secret_in_a_text_is_not_shown_but_its_change_is(place: str, form: str, name: str) -> None:
    for one, two in ((UUID, "ab" + UUID[2:]), (MIXED, MIXED + "9")):
        objects = [PLACES[place](FORMS[form].format(name=name, value=value)) for value in (one, two)]
        sides = [
            Rendered((masked_document(documents.dump({"apiVersion": "v1", **made}), key=KEY),)) for made in objects
        ]
        (change,) = resources.pair(*sides)
        assert one[2:] not in change.diff
        assert "(masked, before)" in change.diff and "(masked, after)" in change.diff
        assert "user" not in change.diff or "masked" not in change.diff.partition("user")[2].split("\n")[0]


@pytest.mark.parametrize("value", [UUID, MIXED])
@pytest.mark.parametrize("name", NAMES)
def test_values_as_an_object_hold_the_same_secrets(name: str, value: str) -> None:
    made: dict[str, object] = {"kind": "Application", "spec": {"helm": {"valuesObject": {"auth": {name: value}}}}}
    assert value not in json.dumps(mask(made, key=KEY))


def test_a_short_password_in_values_and_what_stands_around_it() -> None:
    """It is read as YAML, not by its look; nothing else of the text is written anew."""
    text = "# mine\nb:   {password: hunter}   # theirs\na:\n    - password: >-\n        hunter\n    - x\n"
    made: dict[str, object] = {"kind": "Application", "spec": {"helm": {"values": text}}}
    masked = str(mask(made, key=KEY)["spec"])
    assert "hunter" not in masked
    assert "# mine\\nb:   {password: <named " in masked and "}   # theirs\\na:\\n    - password: " in masked


@pytest.mark.parametrize(
    "text",
    [
        "x: &p {password: hunter}\ny: *p\n",
        "x:\n  <<: {password: hunter}\n",
        "password: hunter\npassword: hunter\n",
        "password: !!str hunter\n",
        "a: &a hunter\npassword: *a\n",
        "---\na: 1\n---\npassword: hunter\n",
    ],
)
def test_every_way_of_writing_it(text: str) -> None:
    made: dict[str, object] = {"kind": "Application", "spec": {"helm": {"values": text}}}
    assert "password" in str(mask(made, key=KEY))
    assert "hunter" not in str(mask(made, key=KEY)).replace("a: &a hunter", "").replace("a: hunter", "")


@pytest.mark.parametrize(
    "text",
    [
        "dex:\n  clientSecret: $dex.github.clientSecret\n",
        "auth:\n  existingSecret: shop-db\n  secretName: shop\n",
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  data:\n  - secretKey: username\n",
        "#!/bin/sh\nTOKEN=$(cat /run/token)\nsecret: ${SECRET}\n",
        "tls:\n  secretName: shop-tls-2024\nid: " + UUID + "\n",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    made: dict[str, object] = {"kind": "ConfigMap", "data": {"a": text}}
    assert mask(made, key=KEY) == made


def test_hostile_texts_end() -> None:
    nested = "password: hunter\n"
    for _ in range(12):
        nested = "a: |\n" + "".join(f" {row}\n" for row in nested.splitlines())
    for text in (nested, "secret" * 100_000, "secret: " * 50_000, "a: [" * 500 + "password: x"):
        mask({"kind": "ConfigMap", "data": {"a": text}}, key=KEY)


@pytest.mark.parametrize(
    "text",
    [
        "curl -u admin:CobaltHarbor88 https://x",
        "curl -s --user 'admin:CobaltHarbor88' https://x",
        "redis-cli -a CobaltHarbor88 ping",
        "app:CobaltHarbor88@tcp(db:3306)/app",
        "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=CobaltHarbor88abcdefgh==;",
        "https://x.blob.example.net/c?sv=2020&sig=CobaltHarbor88abcd%3D",
        "admin:$apr1$x1$CobaltHarbor88abcdefgh.",
        "admin:$2y$10$CobaltHarbor88abcdefghCobaltHarbor88",
    ],
)
def test_what_commands_and_connections_hold(text: str) -> None:
    shown = masked_document(documents.dump({"kind": "ConfigMap", "data": {"a": text}}), key=KEY).text
    assert "CobaltHarbor88" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "curl -u admin:$PASSWORD https://x", "curl --unix-socket /run/a.sock http://x", "redis-cli -a $AUTH ping",
        "redis-cli -h redis-master-0", "app@tcp(db:3306)/app", "app:${PW}@tcp(db:3306)/app", "price: $25", "echo $2 $5",
    ],
)  # fmt: skip
def test_commands_without_passwords_stay(text: str) -> None:
    made = documents.dump({"kind": "ConfigMap", "data": {"a": text}})
    assert masked_document(made, key=KEY).text == made


PATCH = "- op: {op}\n  path: /data/{name}\n  value: {value}\n"


@pytest.mark.parametrize("op", ["add", "replace", "test"])
@pytest.mark.parametrize("place", ["text", "fields"])
def test_what_a_json_patch_writes_under_the_name_of_a_secret(place: str, op: str) -> None:
    for name, is_masked in (("password", True), ("API_TOKEN", True), ("host", False)):
        text = PATCH.format(op=op, name=name, value=MIXED)
        patch: object = text if place == "text" else documents.load_one(text)
        made: dict[str, object] = {
            "kind": "Application",
            "spec": {"source": {"kustomize": {"patches": [{"patch": patch}]}}},
        }
        assert (MIXED not in json.dumps(mask(made, key=KEY))) is is_masked


def test_other_values_beside_a_path_stay() -> None:
    made: dict[str, object] = {
        "kind": "A",
        "spec": [{"path": "/data/password", "value": "x1"}, {"op": "In", "value": "x2"}],
    }
    assert mask(made, key=KEY) == made


def test_the_data_of_a_secret_in_values_of_a_chart() -> None:
    secret = {"main": {"stringData": {"USER": "shop", "ANY": "hunter2"}}}
    made: dict[str, object] = {"kind": "HelmRelease", "spec": {"values": {"secrets": secret}}}
    assert "hunter2" not in masked_document(documents.dump(made), key=KEY).text
    other: dict[str, object] = {"kind": "Table", "spec": {"stringData": {"ANY": "hunter2"}}}
    assert mask(other, key=KEY) == other


def test_a_header_in_the_fields_of_any_object() -> None:
    made: dict[str, object] = {"kind": "Middleware", "spec": {"headers": {"Authorization": f"Bearer {MIXED}"}}}
    assert MIXED not in json.dumps(mask(made, key=KEY))
    free: dict[str, object] = {
        "kind": "Page",
        "spec": {"authorization": "Bearer tokens are sent", "a": {"authorization": "RBAC"}},
    }
    assert mask(free, key=KEY) == free
