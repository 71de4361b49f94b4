"""``gatehouse setup gitlab`` against the playground's GitLab: the webhook, its secret, and what may be missing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import UserError
from bot.forge.base import Forbidden
from bot.forge.gitlab_http import Api
from bot.model.forge import ForgeKind, Permission
from bot.playground.records import Repository
from bot.playground.serving import LocalForge
from bot.service_settings import parsed
from bot.settings_file import merged
from bot.setup import gitlab
from bot.setup.gitlab import Stored
from bot.webhooks.gitlab import parse_secrets

BOT = "https://bot.example.com"
PATH = "acme/platform/gitops"


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[LocalForge]:
    (tmp_path / "world").mkdir()
    with LocalForge(tmp_path / "world") as running:
        world = running.world
        for login in ("owner", "maintainer", "developer"):
            world.add_user(login)
        world.add_organisation(ForgeKind.GITLAB, "acme", {"owner": Permission.ADMIN})
        world.add_organisation(ForgeKind.GITLAB, "acme/platform", {"maintainer": Permission.MAINTAIN})
        world.create_repository(ForgeKind.GITLAB, PATH, private=True, members={"developer": Permission.WRITE})
        yield running


def api(forge: LocalForge, login: str, *scopes: str) -> Api:
    return Api(forge.url, forge.world.user_token(forge.world.user(login), scopes or ("api",)).value)


def project(forge: LocalForge) -> Repository:
    (found,) = (row for row in forge.world.repositories.values() if row.path == PATH)
    return found


def stored(forge: LocalForge, file: Path, secrets: str = "") -> Stored:
    values = {"GITLAB_URL": forge.url, "GITLAB_TOKEN": "glpat-0123456789abcdefghij"}
    return Stored(file, values, secrets)


def test_a_webhook_is_made_and_the_service_knows_its_secret(forge: LocalForge, tmp_path: Path) -> None:
    file, said = tmp_path / "settings.env", list[str]()
    made = gitlab.set_up(
        api(forge, "maintainer"), PATH, public_url=BOT, stored=stored(forge, file), say=said.append
    )  # fmt: skip
    assert (made.path, made.is_group) == (PATH, False)
    (hook,) = forge.world.hooks.values()
    assert hook.url == f"{BOT}/webhooks/gitlab"
    assert hook.events == {"push_events", "merge_requests_events", "note_events", "pipeline_events"}
    settings = parsed(merged({"HOME": str(tmp_path)}, str(file)))
    assert settings.gitlab is not None
    (secret,) = parse_secrets(settings.gitlab.webhook_secret)
    assert (secret.scope, secret.value) == (PATH, hook.secret)
    assert settings.gitlab.url == forge.url
    assert hook.secret not in " ".join(said)


def test_a_second_time_gives_a_new_secret_to_the_same_webhook(forge: LocalForge, tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    others = "acme/other:0ther-project-secret-1,acme/:0f-the-wh0le-group-23"
    gitlab.set_up(api(forge, "maintainer"), PATH, public_url=BOT, stored=stored(forge, file, others), say=print)
    first = next(iter(forge.world.hooks.values())).secret
    before = merged({}, str(file))["GITLAB_WEBHOOK_SECRET"]
    gitlab.set_up(api(forge, "maintainer"), PATH, public_url=BOT, stored=stored(forge, file, before), say=print)
    (hook,) = forge.world.hooks.values()
    assert hook.secret != first
    secrets = parse_secrets(merged({}, str(file))["GITLAB_WEBHOOK_SECRET"])
    assert {(row.scope, row.value) for row in secrets} == {
        (PATH, hook.secret), ("acme/other", "0ther-project-secret-1"), ("acme/", "0f-the-wh0le-group-23"),
    }  # fmt: skip


def test_what_is_missing_is_said_at_once(forge: LocalForge, tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    with pytest.raises(UserError) as caught:
        gitlab.set_up(
            api(forge, "developer", "read_api"), PATH, public_url=BOT, stored=stored(forge, file), say=print
        )  # fmt: skip
    assert "has the scopes read_api; it needs api" in str(caught.value)
    assert "developer is Developer of the project; it needs Maintainer" in str(caught.value)
    assert not file.exists()
    assert not forge.world.hooks


def test_a_place_that_nobody_sees_and_a_token_that_is_none(forge: LocalForge, tmp_path: Path) -> None:
    kept = stored(forge, tmp_path / "settings.env")
    with pytest.raises(UserError, match="sees no project and no group acme/nothing"):
        gitlab.set_up(api(forge, "owner"), "acme/nothing", public_url=BOT, stored=kept, say=print)
    with pytest.raises(UserError, match="--public-url"):
        gitlab.set_up(api(forge, "owner"), PATH, public_url="", stored=kept, say=print)
    with pytest.raises(Forbidden, match="does not take the token"):
        gitlab.set_up(Api(forge.url, "glpat-nobody"), PATH, public_url=BOT, stored=kept, say=print)


def test_groups_without_webhooks_keep_their_secrets(forge: LocalForge, tmp_path: Path) -> None:
    """Below Premium GitLab has no webhooks of groups."""
    file = tmp_path / "settings.env"
    before = "acme/other:0ther-project-secret-1"
    with pytest.raises(UserError, match="need GitLab Premium"):
        gitlab.set_up(
            api(forge, "owner"), "acme/platform", public_url=BOT, stored=stored(forge, file, before), say=print
        )  # fmt: skip
    assert merged({}, str(file))["GITLAB_WEBHOOK_SECRET"] == before
