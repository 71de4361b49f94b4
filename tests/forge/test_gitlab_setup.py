"""Setting up on GitLab, on the playground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from gitlab_playground import NAME, Place, playground

from bot.forge.base import Forbidden
from bot.forge.gitlab_setup import EVENTS, GitLabSetup
from bot.model.forge import ForgeKind, RepositoryName
from bot.playground.records import Protection

URL = "https://bot.example/webhooks/gitlab"
TODAY = date(2026, 1, 5)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with playground(tmp_path / "world") as made:
        yield made


def setup_of(place: Place, login: str, *scopes: str) -> GitLabSetup:
    return GitLabSetup(place.world.url, place.world.user_token(place.user(login), scopes or ("api",)).value)


def test_what_a_token_is(place: Place) -> None:
    facts = setup_of(place, "gatehouse", "read_api", "read_repository").token()
    assert (facts.account.id, facts.scopes) == (place.user("gatehouse").id, frozenset({"read_api", "read_repository"}))
    assert facts.expires is None


def test_a_webhook_is_made_once_and_then_set_right(place: Place) -> None:
    setup = setup_of(place, "maintainer")
    made = setup.ensure_hook(NAME, URL, "s3cret")
    assert made.events == set(EVENTS)
    hook = place.world.hooks[made.id]
    hook.events.discard("note_events")
    hook.secret = "another"
    assert setup.ensure_hook(NAME, URL, "s3cret") == made
    assert (hook.secret, hook.signing, "note_events" in hook.events) == ("s3cret", "", True)
    assert list(setup.hooks(NAME)) == [made]


def test_a_signing_token_is_no_secret_that_is_sent(place: Place) -> None:
    made = setup_of(place, "maintainer").ensure_hook(NAME, URL, "whsec_MDEyMw==")
    hook = place.world.hooks[made.id]
    assert (hook.secret, hook.signing) == ("", "whsec_MDEyMw==")


def test_a_webhook_needs_a_maintainer(place: Place) -> None:
    with pytest.raises(Forbidden):
        setup_of(place, "developer").ensure_hook(NAME, URL, "s3cret")


def test_nothing_is_missing_where_all_is_there(place: Place) -> None:
    setup = setup_of(place, "maintainer")
    setup.ensure_hook(NAME, URL, "s3cret")
    place.world.protect(place.project, Protection("main", checks=("gatehouse",)))
    assert setup.missing(NAME, URL, today=TODAY) == []


def test_what_is_missing_is_said(place: Place) -> None:
    said = "\n".join(setup_of(place, "maintainer").missing(NAME, URL, today=TODAY))
    assert "no webhook to https://bot.example" in said and "Pipelines must succeed" in said
    said = "\n".join(setup_of(place, "reporter", "read_api").missing(NAME, URL, today=TODAY))
    assert "lacks the scope api" in said and "role Developer" in said and "but a Maintainer can tell" in said
    nowhere = RepositoryName(ForgeKind.GITLAB, "no/where")
    assert setup_of(place, "reporter").missing(nowhere, URL, today=TODAY) == [
        "The bot's account cannot see no/where: make it a member with the role Developer."
    ]


def test_a_webhook_that_is_double_or_deaf(place: Place) -> None:
    place.world.protect(place.project, Protection("main", checks=("gatehouse",)))
    for _ in range(2):
        place.world.add_hook(URL, "", ["push_events"], repository=place.project)
    assert setup_of(place, "maintainer").missing(NAME, URL, today=TODAY) == [
        f"{NAME.path}: 2 webhooks go to {URL}; remove all but one.",
        f"{NAME.path}: the webhook does not tell merge requests, comments, pipelines.",
    ]


def test_a_token_that_ends_soon(place: Place) -> None:
    token = place.world.user_token(place.user("maintainer"))
    setup = GitLabSetup(place.world.url, token.value)
    setup.ensure_hook(NAME, URL, "s3cret")
    place.world.protect(place.project, Protection("main", checks=("gatehouse",)))
    ends = place.world.now().replace(year=place.world.now().year + 1)
    place.world.tokens[token.value] = replace(token, expires_at=ends)
    assert setup.missing(NAME, URL, today=ends.date()) == [
        f"GITLAB_TOKEN ends on {ends.date()}: make a new one before."
    ]
    assert setup.missing(NAME, URL, today=ends.date().replace(year=ends.year - 1)) == []
