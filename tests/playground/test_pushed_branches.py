"""A branch that somebody pushed becomes a pull request by the page of its repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playground_forge import Scene, ask, scene

from bot.model.forge import ForgeKind
from bot.playground.pushed_branches import suggested_title, without_pull
from bot.playground.serving import LocalForge


@pytest.fixture(params=list(ForgeKind))
def played(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[LocalForge, Scene]]:
    with LocalForge(tmp_path) as forge:
        yield forge, scene(forge.world, request.param)


def test_a_pushed_branch_can_be_opened(played: tuple[LocalForge, Scene]) -> None:
    forge, (world, repository, _, _, ben, _) = played
    base, cookie = f"/{repository.kind}/{repository.path}", "playground-actor=ben"
    assert "Branches without" not in ask(forge.url, base, Cookie=cookie).text
    world.commit(repository, ben, "<b>mine</b>", {"app.yaml": "replicas: 3\n"}, "Thrice\n\nAs the sale begins.\n")
    page = ask(forge.url, base, Cookie=cookie).text
    assert "<option>&lt;b&gt;mine&lt;/b&gt;</option>" in page and "<option>change</option>" not in page
    assert "Branches without" not in ask(forge.url, base, Cookie="playground-actor=olga").text
    form = {"branch": "<b>mine</b>"}
    assert ask(forge.url, f"{base}/-/open", form, Cookie="playground-actor=olga").status == 403
    opened = ask(forge.url, f"{base}/-/open", form, Cookie=cookie)
    assert (opened.status, opened.headers["location"]) == (303, f"{base}/-/pull/2")
    assert world.pull(repository, 2).title == "Thrice" and without_pull(world, repository) == []
    for branch in ("", "nowhere", "main", "<b>mine</b>"):
        assert ask(forge.url, f"{base}/-/open", {"branch": branch}, Cookie=cookie).status in (404, 409, 422), branch


def test_branches_are_listed_as_long_as_they_have_something_new(played: tuple[LocalForge, Scene]) -> None:
    world, repository, pull, ada, ben, _ = played[1]
    for number in (1, 2):
        world.commit(repository, ben, "two", {"app.yaml": f"replicas: {number + 4}\n"}, f"Number {number}\n")
    world.close(pull, ben)
    assert set(without_pull(world, repository)) == {"two", "change"}
    assert suggested_title(repository, "two") == "two"
    world.merge(world.open_pull(repository, ada, "Two", "two"), ada)
    assert without_pull(world, repository) == ["change"]
