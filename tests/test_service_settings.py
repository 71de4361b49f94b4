"""Settings of the service: what it starts with, what it refuses, and that no secret is ever told."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from bot.errors import UserError
from bot.pem import fault_of
from bot.service_settings import ServiceSettings, parsed
from bot.settings_file import merged, state_dir

SECRET = "k3yB0ardCat-8f2e1d7a"
TOKEN = "token-of-the-bot-5f0c9a11"


@pytest.fixture(scope="module")
def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture
def github(pem: str) -> dict[str, str]:
    return {"GITHUB_APP_ID": "17", "GITHUB_PRIVATE_KEY": pem, "GITHUB_WEBHOOK_SECRET": SECRET}


GITLAB = {"GITLAB_TOKEN": TOKEN, "GITLAB_WEBHOOK_SECRET": SECRET}


def refusal(environ: dict[str, str]) -> str:
    with pytest.raises(UserError) as caught:
        parsed(environ)
    return str(caught.value)


def test_github_by_the_environment(github: dict[str, str], pem: str) -> None:
    settings = parsed(github | {"GITHUB_API_URL": "https://ghe.example.com/api/v3/", "PORT": "9000"})
    assert settings.github is not None
    assert settings.gitlab is None
    assert settings.github.api_url == "https://ghe.example.com/api/v3"
    assert (settings.github.app_id, settings.port) == (17, 9000)
    assert settings.github.private_key == pem
    assert settings.github.webhook_secrets == (SECRET,)


def test_gitlab_has_its_cloud_as_default() -> None:
    settings = parsed(GITLAB)
    assert settings.gitlab is not None
    assert settings.gitlab.url == "https://gitlab.com"
    assert settings.gitlab.token == TOKEN
    assert settings.redis_url == settings.public_url == ""


def test_a_key_may_have_its_line_ends_written_out(github: dict[str, str], pem: str) -> None:
    settings = parsed(github | {"GITHUB_PRIVATE_KEY": pem.strip().replace("\n", "\\n")})
    assert settings.github is not None
    assert settings.github.private_key == pem


def test_several_values_of_a_secret(github: dict[str, str]) -> None:
    settings = parsed(github | {"GITHUB_WEBHOOK_SECRET": f"{SECRET}, {TOKEN} "})
    assert settings.github is not None
    assert settings.github.webhook_secrets == (SECRET, TOKEN)
    assert len(set(settings.link_keys())) == 2


def test_secrets_from_files(github: dict[str, str], pem: str, tmp_path: Path) -> None:
    for name in ("GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"):
        (tmp_path / name).write_text(github.pop(name) + "\n")
        github[f"{name}_FILE"] = str(tmp_path / name)
    settings = parsed(github)
    assert settings.github is not None
    assert settings.github.private_key == pem
    assert settings.github.webhook_secrets == (SECRET,)
    (tmp_path / "GITHUB_WEBHOOK_SECRET").write_text("\n")
    assert "which is empty" in refusal(github)
    (tmp_path / "GITHUB_WEBHOOK_SECRET").unlink()
    assert "cannot be read: No such file" in refusal(github)
    assert "Both GITHUB_WEBHOOK_SECRET and GITHUB_WEBHOOK_SECRET_FILE" in refusal(
        github | {"GITHUB_WEBHOOK_SECRET": SECRET}
    )


def test_no_forge_is_refused() -> None:
    assert "No forge is configured" in refusal({})
    assert "No forge is configured" in refusal({"GITHUB_API_URL": "https://api.github.com"})


@pytest.mark.parametrize("name", ["GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"])
def test_nothing_of_github_may_be_missing(github: dict[str, str], name: str) -> None:
    del github[name]
    assert f"{name} is missing" in refusal(github)


@pytest.mark.parametrize("name", sorted(GITLAB))
def test_nothing_of_gitlab_may_be_missing(name: str) -> None:
    assert f"{name} is missing" in refusal({n: v for n, v in GITLAB.items() if n != name})


@pytest.mark.parametrize("nothing", ["  ", "\n", ",", " , ,"])
def test_secrets_of_spaces_and_commas_are_none(github: dict[str, str], nothing: str) -> None:
    for name in ("GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET"):
        assert refusal(github | {name: nothing}).count(name) == 1
    for name in GITLAB:
        assert refusal(GITLAB | {name: nothing}).count(name) == 1


def test_the_number_of_the_app_is_no_secret_and_in_no_file(github: dict[str, str], tmp_path: Path) -> None:
    del github["GITHUB_APP_ID"]
    assert "GITHUB_APP_ID is missing" in refusal(github | {"GITHUB_APP_ID_FILE": str(tmp_path / "none")})


def test_addresses_that_are_not_quite_the_api(github: dict[str, str]) -> None:
    assert "https://api.github.com" in refusal(github | {"GITHUB_API_URL": "https://github.com/"})
    found = parsed(GITLAB | {"GITLAB_URL": "https://gitlab.example.com/sub/api/v4/"}).gitlab
    assert found is not None and found.url == "https://gitlab.example.com/sub"


def test_a_secret_has_one_line(github: dict[str, str]) -> None:
    """Two values below each other would be one that nobody has, and in a header the end of it."""
    assert "separated by commas" in refusal(github | {"GITHUB_WEBHOOK_SECRET": f"{SECRET}\n{TOKEN}"})
    assert "separated by commas" in refusal(GITLAB | {"GITLAB_TOKEN": f"{TOKEN}\nX-Other: header"})


def test_files_may_begin_with_the_mark_of_an_editor(github: dict[str, str], tmp_path: Path) -> None:
    """Editors on Windows write a byte order mark."""
    secret, settings = tmp_path / "secret", tmp_path / "settings.env"
    secret.write_text(f"{SECRET}\r\n", encoding="utf-8-sig")
    settings.write_text(f"GITHUB_WEBHOOK_SECRET_FILE={secret}\r\n", encoding="utf-8-sig")
    del github["GITHUB_WEBHOOK_SECRET"]
    found = parsed(merged(github, str(settings))).github
    assert found is not None and found.webhook_secrets == (SECRET,)


def test_all_problems_come_at_once(github: dict[str, str]) -> None:
    said = refusal(
        github
        | GITLAB
        | {
            "GITHUB_APP_ID": "seventeen",
            "GITHUB_API_URL": "api.github.com",
            "REDIS_URL": "http://:hidden-word@h",
            "GATEHOUSE_PUBLIC_URL": "https://me:hidden-word@bot.example.com",
            "PORT": "70000",
        }
    )
    for part in (
        "GITHUB_APP_ID is no whole number", "GITHUB_API_URL is no address", "REDIS_URL is no address",
        "GATEHOUSE_PUBLIC_URL has a user", "PORT is no whole number",
    ):  # fmt: skip
        assert part in said
    assert "hidden-word" not in said


@pytest.mark.parametrize("word", ["changeme", "a" * 40, "your_webhook_secret_here", "<put-your-secret-here>", "test"])
def test_secrets_that_somebody_could_guess_are_told_and_stop_nobody(github: dict[str, str], word: str) -> None:
    for environ in (github | {"GITHUB_WEBHOOK_SECRET": word}, GITLAB | {"GITLAB_WEBHOOK_SECRET": word}):
        (warning,) = parsed(environ).warnings
        assert "WEBHOOK_SECRET" in warning and word not in warning
    assert parsed(github | GITLAB).warnings == ()


def test_a_broken_key_is_told_without_quoting_it(github: dict[str, str], pem: str) -> None:
    lines = pem.splitlines()
    for broken in (pem[:-200], "\n".join([*lines[:10], *lines[12:]]), "no key", pem.replace("RSA ", "", 1)):
        said = refusal(github | {"GITHUB_PRIVATE_KEY": broken})
        assert "GITHUB_PRIVATE_KEY is " in said
        assert lines[3] not in said


@pytest.mark.parametrize("form", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_both_forms_of_a_key_are_whole(form: PrivateFormat) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    assert fault_of(key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()) == ""
    locked = key.private_bytes(Encoding.PEM, form, BestAvailableEncryption(b"word")).decode()
    assert "passphrase" in fault_of(locked)


def test_no_secret_is_shown(github: dict[str, str], pem: str) -> None:
    settings = parsed(github | GITLAB | {"REDIS_URL": "redis://:pass-word-x@h/0", "OPA_TOKEN": "opa-token-11"})
    shown = repr(settings)
    for text in (SECRET, TOKEN, "pass-word-x", "opa-token-11", pem.splitlines()[1]):
        assert text not in shown
        assert any(text in secret for secret in settings.secrets())


def test_link_keys_do_not_come_from_what_a_project_knows(github: dict[str, str]) -> None:
    one, other = parsed(GITLAB), parsed(GITLAB | {"GITLAB_WEBHOOK_SECRET": "another-secret-of-the-hook"})
    assert one.link_keys() == other.link_keys()
    both = parsed(github | GITLAB)
    assert len(both.link_keys()) == 2
    assert SECRET.encode() not in both.link_keys()


def test_a_settings_file_gives_what_the_environment_lacks(tmp_path: Path) -> None:
    file = tmp_path / "bot.env"
    file.write_text(f"# ours\n\nexport GITLAB_TOKEN='{TOKEN}'\nGITLAB_WEBHOOK_SECRET=\"{SECRET}\"\nPORT = 1234\n")
    settings: ServiceSettings = parsed(merged({"PORT": "4321"}, str(file)))
    assert settings.port == 4321
    assert settings.gitlab is not None
    assert (settings.gitlab.token, settings.gitlab.webhook_secret) == (TOKEN, SECRET)
    assert merged({"GATEHOUSE_ENV_FILE": str(file)})["PORT"] == "1234"


def test_the_file_in_the_state_directory_is_read_by_itself(tmp_path: Path) -> None:
    environ = {"GATEHOUSE_STATE_DIR": str(tmp_path)}
    assert merged(environ) == environ
    (tmp_path / "settings.env").write_text("PORT=1234\n")
    assert merged(environ)["PORT"] == "1234"


def test_a_settings_file_is_strict_and_quotes_no_value(tmp_path: Path) -> None:
    file = tmp_path / "bot.env"
    file.write_text("GITLAB_TOKN=hidden-word\nhidden-word\n")
    with pytest.raises(UserError) as caught:
        merged({}, str(file))
    assert "Line 1 sets 'GITLAB_TOKN'" in str(caught.value)
    assert "Line 2 is not NAME=value" in str(caught.value)
    assert "hidden-word" not in str(caught.value)
    with pytest.raises(UserError, match="cannot be read"):
        merged({}, str(tmp_path / "none"))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UserError, match="not UTF-8"):
        merged({}, str(file))


def test_where_the_state_is() -> None:
    assert state_dir({"GATEHOUSE_STATE_DIR": "/srv/x", "HOME": "/h"}) == Path("/srv/x")
    assert state_dir({"XDG_STATE_HOME": "/s", "HOME": "/h"}) == Path("/s/gatehouse")
    assert state_dir({"XDG_STATE_HOME": "relative", "HOME": "/h"}) == Path("/h/.local/state/gatehouse")


@pytest.mark.parametrize("name", ["GATEHOUSE_CACHE_MIB", "GATEHOUSE_WORKERS"])
def test_numbers_of_the_engine_are_looked_at_as_well(name: str) -> None:
    assert f"{name} is no whole number" in refusal(GITLAB | {name: "512M"})
    assert parsed(GITLAB | {name: "4"})


@pytest.mark.parametrize(("path", "fine"), [("", True), ("/", True), ("/3", True), ("/shop", False), ("/-1", False)])
def test_a_database_of_redis_is_a_number(path: str, fine: bool) -> None:
    if fine:
        assert parsed(GITLAB | {"REDIS_URL": f"redis://h{path}"}).redis_url
    else:
        assert "REDIS_URL is no address" in refusal(GITLAB | {"REDIS_URL": f"redis://h{path}"})
