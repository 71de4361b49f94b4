"""Which values are secret by their names, where the values themselves read like names."""

from __future__ import annotations

import pytest

from bot.redaction.named import is_secret, may_hold


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ADMIN_CLIENT_SECRET", "dev-notify-secret-key-production9"),
        ("SECRET_KEY", "correct-horse-battery-9-staple"),
        ("DANGEROUS_SALT", "pepper2-pepper2"),
        ("SESSION_SECRET", "one-two-three"),
        ("API_TOKEN", "my-super-secret-token"),
        ("apiToken", "dop_v1_" + "0a1b2c3d" * 8),
        ("vaultToken", "s.1a2b3c4d5e6f7a8b9c0d1e2f"),
        ("client_secret", "df7d395f-e833-49b6-8f3c-0a1b2c3d4e5f"),
    ],
)
def test_words_joined_by_dashes_are_a_secret_under_a_name_that_holds_one(name: str, value: str) -> None:
    assert is_secret(name, value)
    assert may_hold(f"{name}: {value}")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TLS_SECRET", "shop-tls"),
        ("clientSecret", "oauth-client-shop"),
        ("CLIENT_SECRET", "client-secret"),
        ("SECRET_NAME", "shop-database"),
        ("SALT_ROUNDS", "twelve-rounds"),
        ("apiToken", "shop-7d9c5b6f9d-token"),
    ],
)
def test_the_name_of_an_object_is_none(name: str, value: str) -> None:
    assert not is_secret(name, value)
