"""Which keys are secret beyond doubt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.redaction import RANDOM, mask
from bot.redaction.named import is_secret
from bot.redaction.random_keys import is_secret_key

BASE64 = "k3Jd82mLpQ9vXz7RtYbN4cWfHs6gTeUaZ1oKiPlM"
HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


@pytest.mark.parametrize(
    "name",
    [
        "AWS_SECRET_ACCESS_KEY", "secretAccessKey", "secretkey", "SECRET_KEY", "s3.secret-key", "STRIPE_API_KEY", "apiKey",
        "DD_APIKEY", "ENCRYPTION_KEY", "encryptionKey", "JWT_SIGNING_KEY", "privateKey", "MEILI_MASTER_KEY", "JWT_KEY",
        "SECRET_KEY_BASE",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [BASE64, HEX])
def test_a_key_that_is_secret(name: str, value: str) -> None:
    assert is_secret_key(name, value)
    assert is_secret(name, value), "what weighs more is found in the first place"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # public, no more than a name, or nobody knows what for
        ("PUBLIC_KEY", BASE64), ("publicApiKey", BASE64), ("cacheKey", BASE64), ("existingSecretKey", BASE64),
        ("tlsPrivateKey", BASE64), ("checksumSecretKey", HEX), ("HASH_API_KEY", HEX), ("STRIPE_KEY", BASE64),
        ("key", BASE64),
        ("AWS_ACCESS_KEY_ID", BASE64), ("accessKey", BASE64), ("SECRET_KEY_NAME", BASE64), ("KMS_PRIVATE_KEY", BASE64),
        ("partitionKey", BASE64), ("licenseKey", BASE64), ("APP_KEY", BASE64), ("turkey", BASE64), ("", BASE64),
        # what a page carries to every browser
        ("NEXT_PUBLIC_API_KEY", BASE64), ("VITE_API_KEY", BASE64), ("FIREBASE_API_KEY", BASE64), ("MAPS_API_KEY", BASE64),
        ("ALGOLIA_SEARCH_API_KEY", HEX[:32]), ("apiKey", "AIzaSyA9xLm2VbT4cWsR8nYp3k7Qz9xLm2VbT4c"),
        ("STRIPE_API_KEY", "pk_live_k7Qz9xLm2VbT4cWsR8nYp3"),
        # a value that may be something else
        ("API_KEY", "my-api-key-of-the-shop-2024"), ("secretKey", "DB_PASSWORD"), ("SECRET_KEY", "changeme-Zx81qPw7k3Jd82"),
        ("API_KEY", "0a1b2c3d-1234-5678-9abc-0a1b2c3d4e5f"), ("ENCRYPTION_KEY", "ThisIsTheEncryptionKey2024"),
        ("ENCRYPTION_KEY", "aaaaaaaabbbbbbbbccccccccdddddddd"), ("SECRET_KEY", "Zx81qPw7"), ("API_KEY", ""),
        ("signingKey", "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE3k9xLm2VbT4cWsR8nYp3k7Qz9xLm"),
    ],
)  # fmt: skip
def test_a_key_that_keeps_its_weight(name: str, value: str) -> None:
    assert not is_secret_key(name, value)


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "encryptionKey"])
def test_in_variables_and_configmaps_and_no_field_of_any_object(name: str) -> None:
    masked: Any = mask(
        {"kind": "ConfigMap", "data": {name: BASE64, "PUBLIC_KEY": BASE64, "lines": f"{name}={BASE64}\n"}}, key=b"k"
    )
    assert RANDOM.search(masked["data"][name]) and not RANDOM.search(masked["data"]["PUBLIC_KEY"])
    assert not RANDOM.search(str(mask({"kind": "Thing", "spec": {"sub": {name: BASE64}}}, key=b"k")))


@given(st.text("apiKEY_secret", max_size=250), st.text("kJ8/=-", max_size=600))
def test_no_name_is_hostile(name: str, value: str) -> None:
    is_secret_key(name, value)


def test_the_key_of_a_laravel_application() -> None:
    value = f"base64:{BASE64}abc="
    assert is_secret_key("APP_KEY", value) and is_secret("APP_KEY", value)
    assert not is_secret_key("CACHE_KEY", value) and not is_secret_key("APP_KEY", BASE64)
