"""Plain text in the template of a Secret that another kind holds, and parameters that name a variable by its index."""

from __future__ import annotations

from typing import Any

import pytest
from made_evidence import Made, new, resources, rules
from made_evidence import evidence as made_evidence

from bot import documents
from bot.checks.secrets import Secrets
from bot.redaction import MARKER, mask, masked_document

KEY = b"key"
RANDOM = "Zx9Qm2Kp7Rt4Wv6YbN8c"


def held(kind: str, entries: object, field: str = "data") -> dict[str, Any]:
    template: dict[str, Any] = {"template": {field: entries}}
    spec = {
        "SealedSecret": template,
        "PushSecret": template,
        "ExternalSecret": {"target": template},
        "ClusterExternalSecret": {"externalSecretSpec": {"target": template}},
    }[kind]
    return {"apiVersion": "example.org/v1", "kind": kind, "metadata": {"name": "a"}, "spec": spec}


KINDS = ("SealedSecret", "PushSecret", "ExternalSecret", "ClusterExternalSecret")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "hunter2"),
        ("secret", "abcd12345"),
        ("opaque", RANDOM),
        ("config.yaml", "user: {{ .user }}\npassword: hunter2\n"),
        ("app.ini", "[db]\nuser = {{ .user }}\ndb_password = 'hunter2'\n"),
        ("url", "postgres://u:hunter2@{{ .host }}/x"),
        ("password", "4711081512"),
    ],
)
def test_a_literal_is_masked_and_told(kind: str, name: str, value: str) -> None:
    text = documents.dump(held(kind, {name: value}))
    document = masked_document(text, key=KEY)
    assert MARKER.search(document.text) and not any(
        each in document.text for each in ("hunter2", RANDOM, "abcd12345", "4711")
    )
    assert masked_document(document.text, key=KEY).text == document.text
    (said,) = new(Secrets().run(made_evidence(Made(None, text))))
    assert said.rule in ("secrets/password-in-object", "secrets/credential-in-object") and name in said.message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "{{ .password }}"),
        ("apiToken", "x-{{ .token | b64dec }}"),
        ("apiToken", "Bearer ${TOKEN}"),
        ("config.yaml", "user: admin\npassword: {{ .password }}\ntoken: '{{ .token }}'\n"),
        ("url", "postgres://{{ .user }}:{{ .password }}@db/x"),
        ("username", "admin"),
        ("client-id", RANDOM),
        ("tls.crt", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"),
        ("existingSecret", "shop-db"),
        ("note", "put the password here"),
    ],
)
def test_what_is_put_together_or_no_secret_stays(kind: str, name: str, value: str) -> None:
    fields = held(kind, {name: value})
    assert mask(fields, key=KEY) == fields


def test_odd_templates() -> None:
    for entries in ("hunter2", ["a"], None, 3):
        for kind in KINDS:
            mask(held(kind, entries), key=KEY)
    others: list[dict[str, object]] = [{"kind": "ExternalSecret", "spec": 3}, {"kind": ["SealedSecret"], "spec": {}}]
    for odd in others:
        mask(odd, key=KEY)


def test_a_text_that_holds_no_name_is_looked_at() -> None:
    text = documents.dump(held("SealedSecret", {"opaque": RANDOM}, "stringData"))
    assert RANDOM not in masked_document(text, key=KEY).text
    assert RANDOM in masked_document(text.replace("SealedSecret", "Thing"), key=KEY).text


def parameters(*pairs: tuple[str, Any]) -> str:
    rows = [{"name": name, "value": value} for name, value in pairs]
    spec = {"source": {"chart": "a", "helm": {"parameters": rows}}}
    return documents.dump(
        {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "a"}, "spec": spec}
    )


def test_a_parameter_that_names_a_variable_by_its_index() -> None:
    for pairs in (
        (("env[1].name", "DB_PASSWORD"), ("env[1].value", "hunter2"), ("env[0].value", "a")),
        (("web.env[1].value", "hunter2"), ("web.env[1].name", "DB_PASSWORD")),
    ):
        text = parameters(*pairs)
        (made,) = resources(text)
        assert "hunter2" not in made.document.text and "DB_PASSWORD" in made.document.text
        (said,) = new(Secrets().run(made_evidence(Made(None, text))))
        assert (said.rule, "env[1].value" in said.message) == ("secrets/password-in-object", True)


def test_other_parameters_stay() -> None:
    for pairs in (
        (("env[1].name", "LEVEL"), ("env[1].value", "debug")),
        (("env[1].name", "DB_PASSWORD"), ("env[2].value", "hunter2")),
        (("env[1].name", "DB_PASSWORD"), ("env[1].value", "${PASSWORD}")),
        (("env[1].name", 3), ("env[1].value", "hunter2")),
    ):
        text = parameters(*pairs)
        assert masked_document(text, key=KEY).text == text
        assert rules(new(Secrets().run(made_evidence(Made(None, text))))) == []
