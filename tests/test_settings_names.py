"""The names of settings are fixed: each does what it says, from the environment and from a file alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.errors import UserError
from bot.service_settings import ServiceSettings, parsed
from bot.settings_file import SECRETS, merged
from bot.webhooks.gitlab import Secret, parse_secrets

FIRST, SECOND = "k3yB0ardCat-8f2e1d7a", "0therCat-77aa91bb0c"


def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


KEYS = (pem(), pem())
BOTH = {
    "GITHUB_APP_ID": "17", "GITHUB_PRIVATE_KEY": KEYS[0], "GITHUB_WEBHOOK_SECRET": FIRST,
    "GITLAB_TOKEN": FIRST, "GITLAB_WEBHOOK_SECRET": FIRST, "HOME": "/nowhere",
}  # fmt: skip
Read = Callable[[Any], object]
TOLD: dict[str, tuple[str, Read, object]] = {
    "GITHUB_API_URL": ("https://h/api/v3", lambda s: s.github.api_url, "https://h/api/v3"),
    "GITHUB_APP_ID": ("18", lambda s: s.github.app_id, 18),
    "GITHUB_PRIVATE_KEY": (KEYS[1], lambda s: s.github.private_key, KEYS[1]),
    "GITHUB_WEBHOOK_SECRET": (SECOND, lambda s: s.github.webhook_secrets, (SECOND,)),
    "GITLAB_URL": ("https://h/sub", lambda s: s.gitlab.url, "https://h/sub"),
    "GITLAB_TOKEN": (SECOND, lambda s: s.gitlab.token, SECOND),
    "GITLAB_WEBHOOK_SECRET": (SECOND, lambda s: s.gitlab.webhook_secret, SECOND),
    "REDIS_URL": ("redis://h/1", lambda s: s.redis_url, "redis://h/1"),
    "OPA_URL": ("http://h:8181", lambda s: s.opa_url, "http://h:8181"),
    "OPA_TOKEN": (SECOND, lambda s: s.opa_token, SECOND),
    "GATEHOUSE_PUBLIC_URL": ("https://bot.h", lambda s: s.public_url, "https://bot.h"),
    "GATEHOUSE_STATE_DIR": ("/srv/state", lambda s: s.state_dir, Path("/srv/state")),
    "PORT": ("9000", lambda s: s.port, 9000),
}
SEVERAL: dict[str, tuple[tuple[str, str], Read, object]] = {
    "GITHUB_PRIVATE_KEY": (KEYS, lambda s: s.github.private_keys, KEYS),
    "GITHUB_WEBHOOK_SECRET": ((FIRST, SECOND), lambda s: s.github.webhook_secrets, (FIRST, SECOND)),
    "GITLAB_TOKEN": ((FIRST, SECOND), lambda s: s.gitlab.tokens, (FIRST, SECOND)),
    "GITLAB_WEBHOOK_SECRET": (
        (FIRST, f"shop/deploy:{SECOND}"),
        lambda s: parse_secrets(s.gitlab.webhook_secret),
        (Secret(FIRST), Secret(SECOND, "shop/deploy")),
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_each_name_is_read_from_the_environment(name: str) -> None:
    text, read, wanted = TOLD[name]
    assert read(parsed(BOTH)) != wanted
    assert read(parsed(BOTH | {name: text})) == wanted


@pytest.mark.parametrize("name", TOLD)
def test_each_name_is_read_from_the_settings_file(name: str, tmp_path: Path) -> None:
    text, read, wanted = TOLD[name]
    file = tmp_path / "settings.env"
    line = text.strip().replace("\n", "\\n")
    file.write_text(f"{name}={line}\n")
    rest = {key: value for key, value in BOTH.items() if key != name}
    assert read(parsed(merged(rest, str(file)))) == wanted


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_is_read_from_a_file_of_its_own(name: str, tmp_path: Path) -> None:
    text, read, wanted = TOLD[name]
    (tmp_path / "secret").write_text(f"{text}\n")
    rest = {key: value for key, value in BOTH.items() if key != name}
    assert read(parsed(rest | {f"{name}_FILE": str(tmp_path / "secret")})) == wanted


@pytest.mark.parametrize("of_file", [False, True])
@pytest.mark.parametrize("name", SEVERAL)
def test_the_secrets_of_forges_may_be_several(name: str, of_file: bool, tmp_path: Path) -> None:
    texts, read, wanted = SEVERAL[name]
    (tmp_path / "secret").write_text(", ".join(texts))
    rest = {key: value for key, value in BOTH.items() if key != name}
    told = {f"{name}_FILE": str(tmp_path / "secret")} if of_file else {name: ",".join(texts)}
    settings: ServiceSettings = parsed(rest | told)
    assert read(settings) == wanted
    assert all(any(text.rpartition(":")[2].strip() in each for each in settings.secrets()) for text in texts)


@pytest.mark.parametrize(
    ("name", "text"), [("REDIS_URL", "redis://a:1/0,redis://b:2/0"), ("OPA_TOKEN", f"{FIRST},{SECOND}")]
)
def test_where_one_value_is_meant_two_are_refused(name: str, text: str) -> None:
    with pytest.raises(UserError) as refused:
        parsed(BOTH | {name: text})
    assert name in str(refused.value) and SECOND not in str(refused.value)
