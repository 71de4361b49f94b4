"""What is pasted into a file of variables becomes keys: none that holds a secret is shown, and ordinary ones stay."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import documents
from bot.checks.secret_sources import Written
from bot.checks.secrets import _in_file
from bot.diff import resources
from bot.model.resource import Rendered
from bot.redaction import mask, masked_document, scrub

KEY = b"a key of this machine"
LINE = "MIIEuwIBADANBgkqhkiG9w0BAQEFAASCBKUwggShAgEAAoIBAQDKcUk3VKT0xcxM"


def generated(text: str, kind: str = "Secret") -> dict[str, Any]:
    """What a generator makes of a file of variables."""
    pairs = [line.partition("=") for line in text.split("\n") if line]
    encoded = kind == "Secret"
    values = {key: base64.b64encode(value.encode()).decode() if encoded else value for key, _, value in pairs}
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "s"}, "data": values}


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@given(st.binary(min_size=160, max_size=600))
def test_the_lines_of_a_pasted_key_are_hidden(kind: str, data: bytes) -> None:
    body = base64.b64encode(b"\x30\x82\x04\xbb\x02\x01\x00\x30\x0d" + b"7Zq\x81k%" * 16 + data).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    text = "\n".join(("TLS_KEY=-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----"))
    shown = masked_document(documents.dump(generated(text, kind)), key=KEY).text
    masked: Any = documents.load_one(shown)
    assert "TLS_KEY" in masked["data"]
    assert [key for key in masked["data"] if key != "TLS_KEY" and not key.startswith("<secret ")] == []
    assert mask(masked, key=KEY) == masked


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@pytest.mark.parametrize(
    "line",
    ["PASSWORD: hunter2-prod", LINE, 3 * LINE, "API_TOKEN: 'Zk3vQ9xLr2TbW8mN'", "TOKEN Zk3vQ9xLr2TbW8mN",
     "a1b2c3d4e5f60718a9bacbdc", "7f3a9c1e-5b2d-4e8f-9a6c-0d1b3e5f7a90", "Q2hhbmdlTWU5ODc2NTQzMjE=="],
)  # fmt: skip
def test_a_line_with_a_secret_is_hidden(kind: str, line: str) -> None:
    shown = masked_document(documents.dump(generated(line, kind)), key=KEY).text
    assert not any(word in shown for word in line.strip("=").split(": ")[-1:])
    assert "<secret " in shown


def test_one_line_has_the_same_mask_on_both_sides() -> None:
    sides = [
        Rendered((masked_document(documents.dump(generated(text)), key=KEY),))
        for text in (f"{LINE}\nA=1", f"{LINE}\nA=2")
    ]
    (change,) = resources.pair(*sides)
    assert [row[:5] for row in change.diff.split("\n") if row[0] in "+-"] == ["-  A:", "+  A:"]


@pytest.mark.parametrize("kind", ["Secret", "ConfigMap"])
@pytest.mark.parametrize(
    "key",
    ["TOKEN", "tls.crt", "AWS_ACCESS_KEY_ID", "S3_ACCESS_KEY_ID_2", "my-application.properties",
     "userDatabasePasswordOfProd", "SPRING_DATASOURCE_HIKARI_MAXIMUM_POOL_SIZE", "_.a-B9",
     "${APP_NAME}-config.yaml", "k8s-oauth2-proxy-v1.yaml",
     "id_ed25519", ".dockerconfigjson", "GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET", "log4j2-spring-production.xml"],
)  # fmt: skip
@pytest.mark.parametrize("value", ["", None, "x y"])
def test_ordinary_keys_stay(kind: str, key: str, value: str | None) -> None:
    made: dict[str, object] = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "s"}, "data": {key: value}}
    masked: Any = mask(made, key=KEY)
    assert list(masked["data"]) == [key]


def test_an_invalid_key_of_a_configmap_that_says_nothing_secret_stays() -> None:
    made: dict[str, object] = {"kind": "ConfigMap", "data": {"conf/app.yaml": "a: 1", "LOG_LEVEL: debug": ""}}
    assert mask(made, key=KEY) == made


def test_a_repeated_line_is_not_quoted() -> None:
    said = scrub("configmap tls illegally repeats the key `MIIE/0xL hunter2`")
    assert "hunter2" not in said
    assert scrub("configmap tls illegally repeats the key `TLS_KEY`").endswith("`TLS_KEY`")


def test_a_finding_on_a_file_does_not_quote_it() -> None:
    said = _in_file(
        Written("k.yaml", 1, "s", {"PASSWORD: hunt": "er2", "PLAIN": "abc123"}), ["PASSWORD: hunt", "PLAIN"]
    )
    assert "hunt" not in said.message
    assert "`PLAIN`" in said.message
