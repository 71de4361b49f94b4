"""Tokens of the App: few, small, for one repository each; and installations that come, go and are suspended."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from github_server import PERMISSIONS, Playground, keys, playground
from hypothesis import given
from hypothesis import strategies as st

from bot.forge.base import Forbidden, NotFound, Unavailable
from bot.forge.github_app import App, granted
from bot.forge.github_http import Client
from bot.forge.github_refusals import Doubtful
from bot.forge.shelf import SealedShelf
from bot.model.forge import ForgeKind, RepositoryName, State, Status
from bot.playground.faults import Fault, FaultKind

REPOSITORY = RepositoryName(ForgeKind.GITHUB, "acme/gitops")
TOKENS = "POST", "/app/installations/{installation_id}/access_tokens", 201


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path) as made:
        yield made


def test_many_threads_ask_for_one_token(ground: Playground) -> None:
    forge = ground.github()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: forge.open_pull_requests(REPOSITORY), range(24)))
    assert ground.judge.seen[TOKENS] == 1


def test_a_token_is_for_one_repository_with_what_is_needed(ground: Playground) -> None:
    ground.world.create_repository(ForgeKind.GITHUB, "acme/other", private=True)
    ground.github().open_pull_requests(REPOSITORY)
    (token,) = ground.world.tokens.values()
    assert token.repositories == {ground.repository.id}
    assert token.permissions == {
        "metadata": "read",
        "checks": "write",
        "pull_requests": "write",
        "issues": "write",
        "members": "read",
    }
    assert token.permissions.items() <= PERMISSIONS.items()


def test_what_was_not_granted_is_not_asked_for_and_missed_where_it_is_needed(ground: Playground) -> None:
    ground.installation.permissions = {"metadata": "read", "pull_requests": "read", "checks": "read"}
    forge = ground.github()
    assert forge.open_pull_requests(REPOSITORY) == []
    head = ground.repository.bare.branch("main")
    with pytest.raises(Forbidden, match="checks=write"):
        forge.publish(REPOSITORY, head, Status("gatehouse", State.PENDING, "Looking"))


LEVELS = st.sampled_from(["read", "write", "admin"])
NAMES = st.sampled_from(["checks", "issues", "contents"])


@given(st.dictionaries(NAMES, LEVELS), st.dictionaries(NAMES, LEVELS))
def test_never_more_than_is_wanted_or_given(wanted: dict[str, str], given_: dict[str, str]) -> None:
    order = ["read", "write", "admin"]
    asked = granted(wanted, given_)
    assert asked.keys() == wanted.keys() & given_.keys()
    for name, level in asked.items():
        assert order.index(level) == min(order.index(wanted[name]), order.index(given_[name]))


def test_a_token_is_asked_for_again_before_it_ends(ground: Playground) -> None:
    now = [datetime.now(UTC)]
    app = App(Client(ground.base_url), app_id=str(ground.app.id), private_key=keys().private, now=lambda: now[0])
    first = app.credential(REPOSITORY).header()
    now[0] += timedelta(minutes=45)
    assert app.credential(REPOSITORY).header() == first
    now[0] += timedelta(minutes=6)
    assert app.credential(REPOSITORY).header() != first


def test_a_token_that_was_taken_back_is_replaced_at_once(ground: Playground) -> None:
    forge = ground.github()
    forge.open_pull_requests(REPOSITORY)
    ground.world.tokens.clear()
    head = ground.repository.bare.branch("main")
    forge.publish(REPOSITORY, head, Status("gatehouse", State.PENDING, "Looking"))
    assert len(ground.world.runs_of(ground.repository, head)) == 1
    assert ground.judge.seen[TOKENS] == 2


def test_git_gets_another_token_too_once_one_was_taken_back(ground: Playground) -> None:
    forge = ground.github()
    before = forge.access(REPOSITORY).header
    ground.world.tokens.clear()
    forge.open_pull_requests(REPOSITORY)
    assert forge.access(REPOSITORY).header != before


def test_a_repository_made_anew_under_its_name_is_seen_at_once(ground: Playground) -> None:
    forge = ground.github()
    forge.open_pull_requests(REPOSITORY)
    (token,) = ground.world.tokens.values()
    token.repositories = set()  # that of one which is gone
    assert forge.open_pull_requests(REPOSITORY) == []
    (_, token) = ground.world.tokens.values()
    token.repositories = set()
    assert forge.published(REPOSITORY, ground.repository.bare.branch("main")) == []  # what a merge group asks first


def test_the_app_has_to_be_installed(ground: Playground) -> None:
    with pytest.raises(NotFound, match="not installed for acme/elsewhere"):
        ground.github().access(RepositoryName(ForgeKind.GITHUB, "acme/elsewhere"))


def test_a_suspended_installation_is_said_and_left_out(ground: Playground) -> None:
    ground.installation.suspended = True
    forge = ground.github()
    with pytest.raises(Forbidden, match="suspended"):
        forge.open_pull_requests(REPOSITORY)
    assert forge.repositories() == []


def test_an_installation_that_is_resumed_is_at_work_at_once(ground: Playground, tmp_path: Path) -> None:
    ground.installation.suspended = True
    forge = ground.github(shelf=SealedShelf(tmp_path / "tokens", "secret"))
    with pytest.raises(Forbidden, match="suspended"):
        forge.open_pull_requests(REPOSITORY)
    ground.installation.suspended = False
    assert forge.open_pull_requests(REPOSITORY) == []


def test_an_installation_that_was_made_anew_is_found(ground: Playground) -> None:
    forge = ground.github()
    forge.open_pull_requests(REPOSITORY)
    old = ground.world.installations.pop(ground.installation.id)
    new = replace(old, id=ground.world.new_id())
    ground.world.installations[new.id] = new
    ground.world.tokens.clear()
    assert forge.open_pull_requests(REPOSITORY) == []


def test_what_an_owner_grants_later_is_asked_for_with_the_next_token(ground: Playground) -> None:
    ground.installation.permissions = {"metadata": "read", "pull_requests": "read", "checks": "write"}
    forge = ground.github()
    forge.open_pull_requests(REPOSITORY)
    ground.installation.permissions = {"metadata": "read", "pull_requests": "read"}
    ground.world.tokens.clear()
    assert forge.open_pull_requests(REPOSITORY) == []  # less than what was known: looked up again
    (token,) = ground.world.tokens.values()
    assert token.permissions == {"metadata": "read", "pull_requests": "read"}


@pytest.mark.parametrize("kind", [FaultKind.AFTER_502, FaultKind.BEFORE_502])
def test_a_lost_token_is_asked_for_again(ground: Playground, kind: FaultKind) -> None:
    ground.world.faults.add(Fault(kind, "POST *access_tokens"))
    assert ground.github().open_pull_requests(REPOSITORY) == []


def test_where_no_token_is_to_be_had_a_write_is_not_in_doubt(ground: Playground) -> None:
    ground.world.faults.add(Fault(FaultKind.BEFORE_502, "POST *access_tokens", times=0))
    with pytest.raises(Unavailable) as caught:
        ground.github().publish(REPOSITORY, "0" * 40, Status("gatehouse", State.PENDING, "Looking"))
    assert not isinstance(caught.value, Doubtful)


def test_repositories_of_all_installations_are_listed(ground: Playground) -> None:
    for number in range(120):
        row = replace(ground.repository, id=ground.world.new_id(), path=f"acme/app-{number}")
        ground.world.repositories[row.id] = row
    mona = ground.world.add_user("mona")
    own = ground.world.create_repository(ForgeKind.GITHUB, "mona/dots")
    ground.world.create_repository(ForgeKind.GITHUB, "mona/secret", private=True)
    ground.world.install(ground.app, ground.world.namespace(own), mona, [own])
    names = [str(each.path) for each in ground.github().repositories()]
    assert len(names) == 122
    assert {"acme/gitops", "acme/app-119", "mona/dots"} < set(names)
    assert "mona/secret" not in names


@pytest.mark.parametrize("permissions", [{}, {"members": "read"}])
def test_teams_need_a_permission_that_is_named(ground: Playground, permissions: dict[str, str]) -> None:
    from bot.model.forge import Person

    otto = ground.world.add_user("otto")
    ground.world.add_team(ground.acme, "ops", ["otto"])
    ground.installation.permissions = {"metadata": "read", **permissions}
    person = Person(otto.id, "otto")
    if permissions:
        assert ground.github().is_member(REPOSITORY, "@acme/ops", person)
    else:
        with pytest.raises(Forbidden, match="members=read"):
            ground.github().is_member(REPOSITORY, "@acme/ops", person)
