"""Our one comment on GitHub where lists lag and answers are lost; and deliveries that failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from github_server import Playground, playground

from bot.forge.base import Redelivers, Unavailable
from bot.model.forge import ForgeKind, PullRequestName, Reaction, RepositoryName
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import Delivery, Hook, PullRequest

MARKER = "<!-- gatehouse -->"
POST = "POST *issues/*/comments"
LIST = "GET *issues/*/comments"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path, redeliver=REDELIVERED.append) as made:
        yield made
    REDELIVERED.clear()


REDELIVERED: list[Delivery] = []


@pytest.fixture
def pull(ground: Playground) -> PullRequest:
    ground.world.commit(ground.repository, ground.admin, "change", {"a.yaml": "a: 1\n"}, "Change")
    return ground.world.open_pull(ground.repository, ground.admin, "A change", "change")


def named(pull: PullRequest) -> PullRequestName:
    return PullRequestName(RepositoryName(ForgeKind.GITHUB, "acme/gitops"), pull.number)


def texts(ground: Playground, pull: PullRequest) -> list[str]:
    return [comment.body for comment in ground.world.comments_of(pull)]


def requests(ground: Playground, method: str) -> int:
    return sum(n for (asked, route, _), n in ground.judge.seen.items() if asked == method and "comments" in route)


def test_a_comment_that_says_so_already_is_not_written(ground: Playground, pull: PullRequest) -> None:
    forge = ground.github()
    known = forge.write(named(pull), f"{MARKER}\r\nSo.\n", marker=MARKER)
    assert forge.write(named(pull), f"{MARKER}\nSo.", marker=MARKER, known=known) == known
    assert (requests(ground, "POST"), requests(ground, "PATCH")) == (1, 0)


def test_a_comment_that_does_not_tell_where_it_stands_is_looked_for(
    ground: Playground, pull: PullRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that imitates the API may leave out what GitHub always tells."""
    ground.world.commit(ground.repository, ground.admin, "other", {"b.yaml": "b: 1\n"}, "Change")
    other = ground.world.open_pull(ground.repository, ground.admin, "Another", "other")
    said = ground.world.comment(pull, ground.admin, "/check")
    forge = ground.github()
    client = forge._comments._client
    get, pages = client.get, client.pages
    left_out = {"issue_url", "html_url", "updated_at"}

    def sparse(row: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in row.items() if key not in left_out}

    monkeypatch.setattr(client, "get", lambda *args, **names: sparse(get(*args, **names)))
    monkeypatch.setattr(client, "pages", lambda *args, **names: [sparse(row) for row in pages(*args, **names)])
    found = forge.comment(named(pull), said.id)
    assert found is not None and (found.body, found.edited) == ("/check", False)
    assert forge.comment(named(other), said.id) is None


def test_a_doubtful_comment_is_never_made_twice_however_long_the_list_lags(
    ground: Playground, pull: PullRequest
) -> None:
    """Done, answered by 502, and not in the list: nobody can know, so that only a later run may write."""
    ground.world.faults.add(Fault(FaultKind.AFTER_502, POST))
    ground.world.faults.add(Fault(FaultKind.LIST_LAG, LIST, seconds=3_600))
    with pytest.raises(Unavailable) as caught:
        ground.github().write(named(pull), f"{MARKER}\nOne", marker=MARKER)
    assert caught.value.at is not None
    assert timedelta(0) < caught.value.at - datetime.now(UTC) < timedelta(minutes=1)
    assert texts(ground, pull) == [f"{MARKER}\nOne"]
    ground.world.faults.clear()
    ground.github().write(named(pull), f"{MARKER}\nTwo", marker=MARKER)
    assert texts(ground, pull) == [f"{MARKER}\nTwo"]


def test_a_comment_that_was_only_said_to_have_failed_is_found(ground: Playground, pull: PullRequest) -> None:
    ground.world.faults.add(Fault(FaultKind.AFTER_502, POST))
    known = ground.github().write(named(pull), f"{MARKER}\nOne", marker=MARKER)
    assert [comment.id for comment in ground.world.comments_of(pull)] == [known]
    assert requests(ground, "POST") == 1


def test_a_duplicate_that_cannot_be_removed_now_does_not_stop_us(ground: Playground, pull: PullRequest) -> None:
    bot = ground.world.users[ground.app.user_id]
    first = ground.world.comment(pull, bot, f"{MARKER}\nOne")
    ground.world.comment(pull, bot, f"{MARKER}\nTwo")
    ground.world.faults.add(Fault(FaultKind.BEFORE_502, "DELETE *"))
    assert ground.github().write(named(pull), f"{MARKER}\nThree", marker=MARKER) == first.id
    assert texts(ground, pull) == [f"{MARKER}\nThree", f"{MARKER}\nTwo"]
    ground.github().write(named(pull), f"{MARKER}\nFour", marker=MARKER)
    assert texts(ground, pull) == [f"{MARKER}\nFour"]


def test_what_no_database_holds_is_written_otherwise(ground: Playground, pull: PullRequest) -> None:
    known = ground.github().write(named(pull), f"{MARKER}\na\udcffb\0c", marker=MARKER)
    assert texts(ground, pull) == [f"{MARKER}\na?b\ufffdc"]
    ground.github().write(named(pull), f"{MARKER}\na\udcffb\0c", marker=MARKER, known=known)
    assert requests(ground, "PATCH") == 0


def test_another_app_of_a_like_name_is_not_us(ground: Playground, pull: PullRequest) -> None:
    person = ground.world.add_user("gatehouse")
    other = ground.world.add_app("gatehouse-two", b"", {}, [])
    ground.world.comment(pull, ground.admin, "Hello")
    ground.repository.private = False
    for user in (person, ground.world.users[other.user_id]):
        ground.world.comment(pull, user, f"{MARKER}\nForged")
    ground.github().write(named(pull), f"{MARKER}\nOurs", marker=MARKER)
    assert texts(ground, pull).count(f"{MARKER}\nForged") == 2
    assert [each.is_ours for each in ground.github().comments(named(pull))] == [False, False, False, True]


def test_what_a_deleted_account_said_is_a_ghosts(ground: Playground, pull: PullRequest) -> None:
    from bot.forge.github_words import GHOST, person

    assert person(None) is GHOST
    assert ground.github().reactions(named(pull), 4711) == frozenset()


def test_the_playground_knows_the_three_reactions(ground: Playground, pull: PullRequest) -> None:
    forge, comment = ground.github(), ground.world.comment(pull, ground.admin, "/gatehouse check")
    for reaction in Reaction:
        forge.react(named(pull), comment.id, reaction)
    assert forge.reactions(named(pull), comment.id) == frozenset(Reaction)


# -- deliveries


def delivered(ground: Playground, hook: Hook, guid: str, code: int, minutes_ago: int) -> Delivery:
    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes_ago)
    row = Delivery(ground.world.new_id(), guid, hook.id, "pull_request", "opened", {}, b"{}", at, code=code)
    ground.world.deliveries[row.id] = row
    return row


def test_deliveries_that_nobody_took_are_told_once_and_sent_again(ground: Playground) -> None:
    hook = ground.world.add_hook("http://127.0.0.1:1/", "secret", app_id=ground.app.id)
    other = ground.world.add_hook("http://127.0.0.1:1/", "secret", repository=ground.repository)
    delivered(ground, hook, "too-old", 500, 90)
    delivered(ground, hook, "lost", 502, 50)
    delivered(ground, hook, "mended", 0, 40)
    delivered(ground, hook, "mended", 200, 30)
    delivered(ground, hook, "fine", 202, 20)
    delivered(ground, other, "of-another-hook", 500, 15)
    latest = delivered(ground, hook, "lost", 504, 10)
    forge: Redelivers = ground.github()
    failed = forge.failed_deliveries(datetime.now(UTC) - timedelta(hours=1))
    assert [(each.guid, each.id, each.event, each.tries) for each in failed] == [("lost", latest.id, "pull_request", 2)]
    forge.redeliver(failed[0].id)
    assert [row.id for row in REDELIVERED] == [latest.id]


def test_only_as_many_pages_of_deliveries_are_read_as_are_needed(ground: Playground) -> None:
    hook = ground.world.add_hook("http://127.0.0.1:1/", "secret", app_id=ground.app.id)
    for number in range(350):
        delivered(ground, hook, f"guid-{number}", 500, 350 - number)
    failed = ground.github().failed_deliveries(datetime.now(UTC) - timedelta(minutes=150))
    assert [each.guid for each in failed] == [f"guid-{number}" for number in range(201, 350)]
    assert ground.judge.seen["GET", "/app/hook/deliveries", 200] == 2
