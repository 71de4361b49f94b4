"""docs/forges.md says of webhooks and commands what is so."""

from __future__ import annotations

import re
from pathlib import Path

from bot.model.forge import ForgeKind, Permission
from bot.webhooks import base, commands, github
from bot.webhooks.gitlab import Secret, parse_secrets

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "forges.md").read_text()


def section(title: str) -> str:
    return re.split(r"^##+ ", PAGE.split(f"# {title}\n", 1)[1], maxsplit=1, flags=re.MULTILINE)[0]


def test_every_event_and_every_command_is_named() -> None:
    events = {*github._EVENTS, *github._INSTALLATIONS}
    assert events <= set(re.findall("`([a-z_]+)`", section("Webhooks")))
    assert set(commands.KNOWN) - {"promote"} <= set(re.findall("`([a-z]+)`", section("Commands")))


def test_every_permission_is_named() -> None:
    named = re.findall(r"^\| `?([a-z]+)`? \|", section("Who may do what"), re.MULTILINE)
    assert [word for word in named if word != "permission"] == [level.name.lower() for level in reversed(Permission)]


def test_the_numbers_are_those_of_the_code() -> None:
    assert f"at most {base.MAX_BODY // 2**20} MB" in section("Webhooks")
    assert commands.MOST == 10
    assert "up to ten" in section("Commands")


def test_the_examples_are_read_as_the_page_says() -> None:
    (line,) = re.findall("GITLAB_WEBHOOK_SECRET=(.*)", section("Secrets"))
    assert parse_secrets(line) == (Secret("SECRET1", "shop/deploy"), Secret("SECRET2", "infra/"), Secret("SECRET3"))
    for forge, written in ((ForgeKind.GITHUB, "/check"), (ForgeKind.GITLAB, "@bot check")):
        for text in (written, "/gatehouse check"):
            assert f"`{text}`" in section("Commands")
            assert [found.name for found in commands.parse(text, forge=forge, bot_name="bot")] == ["check"]
