"""A Secret with a mistyped field keeps its values as hidden as a right one; what only names a Secret stays readable."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot import documents
from bot.redaction import mask, masked_document

KEY = b"a key of this machine"
VALUE = "CobaltHarbor50xx"
METADATA = {"name": "shop", "namespace": "prod", "labels": {"app": "shop"}}
MISTYPED: dict[str, dict[str, object]] = {
    "small": {"stringdata": {"username": VALUE}},
    "capital": {"StringData": {"username": VALUE}},
    "data": {"Data": {"username": VALUE}},
    "snake": {"string_data": {"username": VALUE}},
    "top level": {"username": VALUE, "list": [VALUE], "deep": {"a": {"b": VALUE}}},
    "in metadata": {"metadata": {**METADATA, "stringData": {"username": VALUE}}},
    "kind in small letters": {"kind": "secret", "stringData": {"username": VALUE}},
    "kind in capitals": {"kind": "SECRET", "data": {"username": VALUE}},
    "no metadata": {"metadata": None, "stringdata": {"username": VALUE}},
}


@pytest.mark.parametrize("how", MISTYPED)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_mistyped_secret_is_masked(how: str, wrapped: bool) -> None:
    made = {"apiVersion": "v1", "kind": "Secret", "metadata": METADATA, "type": "Opaque", **MISTYPED[how]}
    if wrapped:
        made = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"s.yaml": documents.dump(made)}}
    text = masked_document(documents.dump(made), key=KEY).text
    assert VALUE not in text
    assert "username" in text
    masked: Any = documents.load_one(text)
    assert wrapped or masked["type"] == "Opaque"
    assert mask(masked, key=KEY) == masked


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "Kustomization", "spec": {"decryption": {"secretRef": {"kind": "Secret", "name": "sops", "key": "k"}}}},
        {"kind": "Gateway", "spec": {"certificateRefs": [{"kind": "Secret", "name": "tls", "group": ""}]}},
        {"kind": "Set", "spec": {"resources": [{"apiVersion": "v1", "kind": "Secret", "name": "s", "fieldPath": "x"}]}},
        {"apiVersion": "secretsmanager.aws.example.org/v1", "kind": "Secret", "metadata": METADATA, "spec": {}},
        {"apiVersion": "v1", "kind": "Secret", "metadata": METADATA, "type": "Opaque", "immutable": True,
         "sops": {"version": "3.9.0"}},
    ],
)  # fmt: skip
def test_what_is_open_stays(other: dict[str, object]) -> None:
    assert json.dumps(mask(other, key=KEY)) == json.dumps(other)
