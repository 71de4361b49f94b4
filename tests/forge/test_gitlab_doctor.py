"""What is missing for the bot on GitLab, on the playground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from gitlab_playground import NAME, Place, playground

from bot.forge.gitlab_doctor import missing
from bot.forge.gitlab_http import Api
from bot.model.forge import ForgeKind, RepositoryName
from bot.playground.records import Protection

URL = "https://bot.example/webhooks/gitlab"
TODAY = date(2026, 1, 5)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with playground(tmp_path / "world") as made:
        yield made


def api_of(place: Place, login: str, *scopes: str) -> Api:
    return Api(place.world.url, place.world.user_token(place.user(login), scopes or ("api",)).value)


def complete(place: Place) -> None:
    place.world.add_hook(URL, "s3cret", ["*"], repository=place.project)
    place.world.protect(place.project, Protection("main", checks=("gatehouse",)))


def test_nothing_is_missing_where_all_is_there(place: Place) -> None:
    complete(place)
    assert missing(api_of(place, "maintainer"), NAME, URL, today=TODAY) == []


def test_what_is_missing_is_said(place: Place) -> None:
    said = "\n".join(missing(api_of(place, "maintainer"), NAME, URL, today=TODAY))
    assert "no webhook to https://bot.example" in said and "Pipelines must succeed" in said
    said = "\n".join(missing(api_of(place, "reporter", "read_api"), NAME, URL, today=TODAY))
    assert "lacks the scope api" in said and "role Developer" in said and "but a Maintainer can tell" in said
    nowhere = RepositoryName(ForgeKind.GITLAB, "no/where")
    assert missing(api_of(place, "reporter"), nowhere, URL, today=TODAY) == [
        "The bot's account cannot see no/where: make it a member with the role Developer."
    ]


def test_a_webhook_that_is_double_or_deaf(place: Place) -> None:
    place.world.protect(place.project, Protection("main", checks=("gatehouse",)))
    for _ in range(2):
        place.world.add_hook(URL, "", ["push_events"], repository=place.project)
    assert missing(api_of(place, "maintainer"), NAME, URL, today=TODAY) == [
        f"{NAME.path}: 2 webhooks go to {URL}; remove all but one.",
        f"{NAME.path}: the webhook does not tell merge requests, comments, pipelines.",
    ]


def test_a_token_that_ends_soon(place: Place) -> None:
    complete(place)
    token = place.world.user_token(place.user("maintainer"))
    ends = place.world.now().replace(year=place.world.now().year + 1)
    place.world.tokens[token.value] = replace(token, expires_at=ends)
    api, last = Api(place.world.url, token.value), ends.date()
    assert missing(api, NAME, URL, today=last) == [f"GITLAB_TOKEN ends on {last}: make a new one before."]
    assert missing(api, NAME, URL, today=last.replace(year=last.year - 1)) == []
