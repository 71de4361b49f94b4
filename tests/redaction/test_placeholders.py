"""What stands for a secret stays readable; whatever else is beside it does not."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import mask
from bot.redaction.placeholders import is_placeholder

_KEPT = [
    "", "  ", "${DB_PASSWORD}", "$(DB_PASSWORD)", "{{ .Values.password }}", "{{ $password | b64enc }}",
    "<path:secret/data/shop#password>", "<path:secret/data/shop#password | base64encode>", "<password>",
    "vault:secret/data/shop#password", "ref+vault://secret/shop#/password", "op://vault/item/field", "***", "xxxx",
    "{{ op://vault/item/field }}", "$__file{/etc/secrets/smtp}", "$__env{SMTP_PASSWORD}", "${file:/opt/kafka/user:password}",
    "${secrets:kafka/user:password}", "env:API_TOKEN", "CHANGE_ME", "change-me", "CHANGE_ME_IN_PRODUCTION",
    "REPLACE_WITH_REAL_KEY", "your-token-here",
    "${DB_PASSWORD:}", "${spring.datasource.password}", "${DB_PASSWORD:changeme}", "${{ secrets.DB_PASSWORD }}",
    "ENC(G6N718UuyPE5bHyWKyuLQSm02auQPUtm)", "%env(DB_PASSWORD)%", '<%= ENV["DB_PASSWORD"] %>', "\"#{ENV['DB_PASSWORD']}\"",
    '{{ env "DB_PASSWORD" }}', "{{ vault_db_password }}", "{{resolve:secretsmanager:shop:SecretString:password}}",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbCdEf", "__DB_PASSWORD__", "#{db.password}#",
    "%DB_PASSWORD%",
    "placeholder", "PLACEHOLDER", "placeholder-for-sealed-secret", "to-be-replaced", "TO_BE_FILLED_BY_CI", "TODO", "tbd",
    "[REDACTED]", "<REDACTED>", "dummy", "none", "not-used",
]  # fmt: skip
_MASKED = [
    "hunter2", "${PASS:-hunter2}", "${PASS:=x}", "a${PASS}", '{{ "hunter2" }}', "$ecret", "<secret 0123456789abcdef>",
    "vault:hunter2", "*", "x", "<path:hunter2>",
    "${env:-hunter2}", "$__file{}", "env:hunter2", "changeme1", "replacement",
    "{{ op://vault/item/field }}hunter2", "${" + "A" * 400 + "}", "${DB_PASSWORD:hunter2}", '{{ env "a" }}hunter2',
    "dummy2", "placeholder9", "P@ssw0rd", "__hunter2", "ENC(hunter2)", "none-2024",
]  # fmt: skip


@pytest.mark.parametrize("text", _KEPT)
def test_kept(text: str) -> None:
    encoded = base64.b64encode(text.encode()).decode()
    secret: dict[str, object] = {"kind": "Secret", "stringData": {"a": text}, "data": {"b": encoded}}
    assert mask(secret, key=b"k") == secret
    if text.strip() and " " not in text and "/" not in text and "#" not in text:
        url: dict[str, object] = {"kind": "ConfigMap", "data": {"url": f"postgres://user:{text}@db/shop"}}
        assert mask(url, key=b"k") == url


@pytest.mark.parametrize("text", _MASKED)
def test_masked(text: str) -> None:
    assert not is_placeholder(text)


@given(st.sampled_from(_KEPT[2:]), st.text("abcXYZ09", min_size=1, max_size=8))
def test_a_placeholder_with_something_beside_it_is_none(text: str, more: str) -> None:
    if set(text) | set(more) > set("xX"):
        assert not is_placeholder(more + text) or (more + text).startswith(("vault:", "ref+", "op:"))


@given(st.text(max_size=400))
def test_is_quick_and_never_fails(text: str) -> None:
    is_placeholder(text)
