"""Which values are secret by their names, where the values themselves read like names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import mask
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


RANDOM = "k7Qz9xLm2VbT4cWsR8nY"


@pytest.mark.parametrize(
    "name",
    [
        "DB_PASSWORD2", "DB_PASSWORD_1", "PASSWORD1", "API_KEY_2", "apiKey2", "JWT_SECRET_V2", "jwtSecretV2", "TOKEN2",
        "ADMIN_TOKEN2", "DBPASS", "REDIS_AUTH", "ADMIN_PW", "BIND_PW", "TRUSTSTORE_PW", "AES_KEY", "STRIPE_KEY",
        "LICENSE_KEY", "BEARER", "AUTHORIZATION", "rootpw", "passwort",
        "SECRET_KEY_BASE", "secret_key_base", "secretKeyBase", "erlangCookie", "RABBITMQ_ERLANG_COOKIE",
        "monitoringPasscode",
    ],
)  # fmt: skip
def test_numbered_and_shortened_names_hold_secrets(name: str) -> None:
    for value in (RANDOM, "GYCNNCzjqXMxQviBfMjRZNls"):
        assert is_secret(name, value)
        assert may_hold(f"{name}: {value}")
        assert may_hold(f"- name: {name}\n  value: {value}\n")


def test_what_is_sent_in_a_header_is_a_secret() -> None:
    assert is_secret("AUTHORIZATION", f"Bearer {RANDOM}")
    assert not is_secret("AUTHORIZATION", "Bearer of bad news")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("tokenReviewer", RANDOM), ("passwordPolicy", RANDOM), ("secretName", "shop-db2"), ("KEYCLOAK_URL", RANDOM),
        ("REDIS_AUTH", "enabled"), ("REDIS_AUTH", "redis-auth-secret-name2"), ("SORT_KEY", "name"), ("cacheKey", "abc"),
        ("SORT_KEY", "createdAtTimestamp2"), ("licenseKey", "enterprise-edition"), ("cacheKey", RANDOM),
        ("PUBLIC_KEY", RANDOM), ("KMS_KEY", "0a1b2c3d-1234-5678-9abc-0a1b2c3d4e5f"), ("bypass", "0.0.0.0/0"),
        ("PASSWORD2", "true"), ("TOKEN_V2", "enabled"), ("stringKey", "theNameOfTheFieldThatIsMeant"), ("key", RANDOM),
        ("valuesKey", "values-production-2.yaml"), ("GOOGLE_TAG_MANAGER_AUTH", RANDOM), ("topologyKey", RANDOM),
    ],
)  # fmt: skip
def test_names_that_only_sound_alike_hold_none(name: str, value: str) -> None:
    assert not is_secret(name, value)


@given(st.text("aK9_-.vV2", max_size=300), st.text("aK9_-.vV2/=", max_size=300))
def test_no_name_is_hostile(name: str, value: str) -> None:
    is_secret(name, value)


@given(
    st.sampled_from(
        ["DB_PASSWORD", "apiKey", "JWT_SECRET", "x_pass", "A_PW", "bearer", "FOO_KEY", "fooKey", "MY-AUTH"]
    ),
    st.sampled_from(["", "2", "_2", "V2", "_V2", "_v10", "1234"]),
)
def test_what_may_hold_a_secret_is_never_left_out(name: str, number: str) -> None:
    if is_secret(name + number, RANDOM):
        assert may_hold(f"{name}{number}: {RANDOM}")


SUM = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    "name", ["checksum/secret", "checksum/api-token", "sha256sum/db-password", "acme.example/hash/token"]
)
def test_the_sum_of_a_secret_is_none(name: str) -> None:
    deployment: dict[str, object] = {
        "kind": "Deployment",
        "spec": {"template": {"metadata": {"annotations": {name: SUM}}}},
        "text": f"annotations:\n  {name}: {SUM}\n",
    }
    assert mask(deployment, key=b"k") == deployment


@pytest.mark.parametrize(
    ("name", "value"), [("checksum/secret", RANDOM), ("checksum-of/secret", RANDOM), ("secret", SUM)]
)
def test_only_a_sum_is_the_sum_of_a_secret(name: str, value: str) -> None:
    pod: dict[str, object] = {"kind": "Pod", "metadata": {"annotations": {name: value}}}
    assert mask(pod, key=b"k") != pod


def test_a_sealed_value_in_the_values_of_a_chart_is_none() -> None:
    sealed = "Ag" + "k7Qz9xLm2VbT4cWsR8nY" * 20 + "=="
    release: dict[str, object] = {"kind": "HelmRelease", "spec": {"values": {"secrets": {"POSTGRES_PASSWORD": sealed}}}}
    assert mask(release, key=b"k") == release
    release["spec"] = {"values": {"secrets": {"POSTGRES_PASSWORD": sealed[:100]}}}
    assert mask(release, key=b"k") != release


@pytest.mark.parametrize("name", ["pass", "requirepass", "masterauth", "LDAP_BIND_PW", "rootPw", "bindpw", "passcode"])
def test_short_values_under_short_names(name: str) -> None:
    assert is_secret(name, "Somm3r24x")
    assert may_hold(f"{name}: Somm3r24x")
    assert not is_secret(name, "true") and not is_secret(name, "shop-db")


@pytest.mark.parametrize("value", ["$slack-token", "$github-privateKey", "$oidc.okta.clientSecret", "$DB_TOKEN"])
def test_keys_of_argocd_and_variables_are_none(value: str) -> None:
    """``$slack-token`` in argocd-notifications-cm is a key of its Secret (argo-cd docs, notifications)."""
    assert not is_secret("token", value)


def test_other_names_say_nothing() -> None:
    assert not any(is_secret(name, "Somm3r24x") for name in ("bypass", "compass", "passthrough", "cookie", "base"))


def test_what_stands_beside_or_above_a_value_names_it() -> None:
    said = {
        "args": ["redis-server", "--requirepass", "Somm3r24x"],
        "values": {"api": {"key": RANDOM}, "nodeSelector": {"key": "pool"}, "cache": {"key": "v2-main"}},
    }
    realm = '{"users": [{"credentials": [{"type": "password", "value": "Somm3r24x"}]}]}'
    masked = mask(
        {"kind": "ConfigMap", "spec": said, "data": {"realm.json": realm, "a.yaml": f"api:\n  key: {RANDOM}\n"}},
        key=b"k",
    )
    text = str(masked)
    assert "Somm3r24x" not in text and RANDOM not in text
    assert "v2-main" in text and "pool" in text
