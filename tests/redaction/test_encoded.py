"""Credentials behind base64 in objects that are no Secrets."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import documents
from bot.redaction import credentials, masked_document, needs_masking
from bot.redaction.encoded import may_hold, replace

KEY = b"a key of this machine"
PEM = "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA7bqH0Zr8xw1vTqkR\n-----END PRIVATE KEY-----\n"
HELD = [
    PEM,
    "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9b",
    "postgres://app:CobaltHarbor73@db/app",
    "https://a:hunter2@b/c.git",
]
OPEN = ["-----BEGIN CERTIFICATE-----\nMIIEowIBAAKCAQEA7bqH0Zr8\n-----END CERTIFICATE-----\n", "postgres://db/app",
        "https://host.example.org/a/b",
        "postgres://app:${DB_PASSWORD}@db/app", "ghp_ is how they begin, and no more"]  # fmt: skip


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("text", HELD)
@pytest.mark.parametrize("frame", ["{}", "before {} after", "a={}"])
def test_a_credential_in_base64_is_masked(text: str, frame: str) -> None:
    made = documents.dump({"kind": "ConfigMap", "data": {"a": frame.format(b64(text))}})
    assert needs_masking(made)
    shown = masked_document(made, key=KEY).text
    assert b64(text)[:40] not in shown
    assert "<secret " in shown


@pytest.mark.parametrize("text", OPEN)
def test_what_holds_none_stays(text: str) -> None:
    made = documents.dump({"kind": "ConfigMap", "data": {"a": b64(text)}})
    assert masked_document(made, key=KEY).text == made


@pytest.mark.parametrize("before", ["Basic ", "authorization: basic ", "-H 'Authorization: BASIC "])
def test_a_header_is_masked(before: str) -> None:
    text = before + b64("admin:hunter2")
    assert may_hold(text)
    assert replace(text, lambda _: "M", lambda _: False) == before + "M"


@pytest.mark.parametrize(
    "text", ["Basic configuration", "basic " + b64("no pair at all"), "basic " + b64("a:${PASSWORD}")]
)
def test_other_words_after_basic_stay(text: str) -> None:
    assert replace(text, lambda _: "M", lambda _: False) == text


@given(st.sampled_from(HELD), st.text("aZ9 \n:", max_size=30), st.text(" \n,", max_size=3))
def test_nothing_is_left_out(held: str, before: str, after: str) -> None:
    text = f"{before} {b64(held)}{after}"
    assert may_hold(text)
    assert b64(held) not in replace(text, lambda _: "M", lambda _: True)


def test_logins_at_registries() -> None:
    """What ``docker login`` writes: https://docs.docker.com/reference/cli/docker/login/."""
    auth = base64.b64encode(b"bot:vRt8wKp2bNs5").decode()
    whole = f'{{"auths":{{"ghcr.io":{{"auth":"{auth}"}}}}}}'
    packed = base64.b64encode(whole.encode()).decode()
    for text in (whole, f'  "auth": "{auth}"', json.dumps(whole), f"dockerconfigjson: {packed}"):
        masked = credentials.replace(text, lambda _: "***")
        assert auth not in masked and packed not in masked and "***" in masked
    for text in ('"auth": "oauth2"', '"auth": "dGVzdGluZyBhIHRleHQ="', '{"auths": {"ghcr.io": {}}}', '{"auth": true}'):
        assert credentials.replace(text, lambda _: "***") == text
        assert base64.b64encode(text.encode()).decode() in credentials.replace(
            base64.b64encode(text.encode()).decode(), lambda _: "***"
        )
