"""The port of GitLab, by real python-gitlab over HTTP, on the playground."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from gitlab_playground import NAME, PATH, Place, playground

from bot.forge.base import Forbidden, Forge, ForgeError, NotFound, Unavailable
from bot.forge.gitlab import GitLab
from bot.forge.gitlab_quick_actions import QuickAction
from bot.forge.gitlab_values import is_conversation
from bot.model.forge import (
    Annotation,
    ForgeKind,
    Permission,
    Person,
    PullRequestName,
    Reaction,
    RepositoryName,
    State,
    Status,
)
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import User

MARKER = "<!-- gatehouse:report -->"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with playground(tmp_path / "world") as made:
        yield made


def person(user: User) -> Person:
    return Person(user.id, user.login, user.is_bot)


def test_it_is_a_forge(place: Place) -> None:
    forge: Forge = place.forge
    assert (forge.kind, forge.comment_limit) == (ForgeKind.GITLAB, 1_000_000)
    assert place.token not in repr(forge)


# -- repositories


def test_repositories_are_those_where_the_account_is_a_developer(place: Place) -> None:
    world, bot = place.world, place.user("gatehouse")
    more = [
        world.create_repository(ForgeKind.GITLAB, f"acme/many/r{n:03d}", members={"gatehouse": Permission.WRITE})
        for n in range(120)
    ]
    world.create_repository(ForgeKind.GITLAB, "acme/public", private=False)
    world.create_repository(ForgeKind.GITLAB, "acme/readable", members={bot.login: Permission.TRIAGE})
    world.create_repository(ForgeKind.GITHUB, "acme/elsewhere", members={bot.login: Permission.ADMIN})
    found = place.forge.repositories()
    assert [name.path for name in found] == [PATH, *(row.path for row in more)]
    assert {name.forge for name in found} == {ForgeKind.GITLAB}


def test_a_repository_that_is_hidden_or_missing_is_not_found(place: Place) -> None:
    place.world.create_repository(ForgeKind.GITLAB, "other/secret", private=True)
    for path in ("other/secret", "no/where", "acme"):
        with pytest.raises(NotFound, match="nothing there that the bot's account may see"):
            place.forge.open_pull_requests(RepositoryName(ForgeKind.GITLAB, path))


def test_access_holds_the_token_in_a_header_only(place: Place) -> None:
    access = place.forge.access(NAME)
    assert access.url == f"{place.world.url}/git/gitlab/{PATH}.git"
    kind, _, secret = access.header.removeprefix("Authorization: ").partition(" ")
    assert (kind, base64.b64decode(secret).decode()) == ("Basic", f"oauth2:{place.token}")
    assert place.token not in repr(access)


def test_access_is_not_given_to_another_host(place: Place) -> None:
    place.world.url = "http://elsewhere.example.com"
    with pytest.raises(Forbidden, match=r"elsewhere\.example\.com.*the token is not sent"):
        place.forge.access(NAME)


# -- pull requests


def test_a_merge_request_as_it_is(place: Place) -> None:
    pull = place.opened(draft=True)
    found = place.forge.pull_request(place.name(pull))
    assert found.name == place.name(pull)
    assert (found.title, found.author) == ("Draft: A change", person(place.user("developer")))
    assert (found.head, found.head_branch, found.base_branch) == (pull.head, "change", "main")
    assert (found.is_open, found.is_merged, found.is_draft, found.is_fork) == (True, False, True, False)
    assert found.url.endswith(f"/{PATH}/-/merge_requests/1")


def test_the_head_moves_with_a_push(place: Place) -> None:
    pull = place.opened()
    head = place.push("change", {"more.yaml": "b: 2\n"})
    assert place.forge.pull_request(place.name(pull)).head == head == pull.head


def test_closed_and_merged(place: Place) -> None:
    closed, merged = place.opened("one"), place.opened("two")
    place.world.close(closed, place.user("developer"))
    place.world.merge(merged, place.user("maintainer"))
    states = [place.forge.pull_request(place.name(pull)) for pull in (closed, merged)]
    assert [(found.is_open, found.is_merged) for found in states] == [(False, False), (False, True)]
    assert place.forge.open_pull_requests(NAME) == []


def test_a_missing_merge_request_is_not_found(place: Place) -> None:
    with pytest.raises(NotFound):
        place.forge.pull_request(PullRequestName(NAME, 7))


def test_a_fork_and_a_fork_that_is_gone(place: Place) -> None:
    world = place.world
    reporter = place.user("reporter")
    fork = world.fork(place.project, reporter)
    world.commit(fork, reporter, "mine", {"a.yaml": "a: 2\n"}, "Mine")
    pull = world.open_pull(place.project, reporter, "From outside", "mine", head_repository=fork)
    fork.members[place.user("gatehouse").id] = Permission.READ
    found = place.forge.pull_request(place.name(pull))
    assert (found.head_repository, found.is_fork, found.head) == ("reporter/gitops", True, pull.head)
    fork.members.clear()  # a private fork that the bot cannot see
    assert place.forge.pull_request(place.name(pull)).head_repository == ""
    world.delete_repository(fork)
    gone = place.forge.pull_request(place.name(pull))
    assert (gone.head_repository, gone.is_fork) == ("", True)
    assert [one.head_repository for one in place.forge.open_pull_requests(NAME)] == [""]


def test_open_merge_requests_are_all_of_them(place: Place) -> None:
    developer = place.user("developer")
    place.world.commit(place.project, place.user("owner"), "release", {"v": "1"}, "A branch")
    for n in range(103):
        place.opened(f"b{n}", base_branch="release" if n < 2 else "main")
    place.world.close(place.world.pull(place.project, 5), developer)
    assert {one.name.number for one in place.forge.open_pull_requests(NAME)} == set(range(1, 104)) - {5}
    assert {one.name.number for one in place.forge.open_pull_requests(NAME, "release")} == {1, 2}


def test_changed_files_have_old_and_new_names(place: Place) -> None:
    place.push("main", {"gone.yaml": "x: 1\n", "old.yaml": "some: long\ntext: here\nthat: is moved\n"}, author="owner")
    files = {
        "gone.yaml": None,
        "old.yaml": None,
        "new.yaml": "some: long\ntext: here\nthat: is moved\n",
        "é.yaml": "a: 1\n",
    }
    pull = place.opened("move", files)
    assert place.forge.changed_files(place.name(pull)) == ["gone.yaml", "new.yaml", "old.yaml", "é.yaml"]


def test_changed_files_over_many_pages_and_past_the_limit(place: Place) -> None:
    some = place.opened("some", {f"f{n}.yaml": "a: 1\n" for n in range(250)})
    found = place.forge.changed_files(place.name(some))
    assert found is not None and len(found) == 250
    many = place.opened("many", {f"g{n}.yaml": "a: 1\n" for n in range(1001)})
    assert place.forge.changed_files(place.name(many)) is None


# -- people


@pytest.mark.parametrize(
    ("login", "permission"),
    [
        ("owner", Permission.ADMIN),
        ("maintainer", Permission.MAINTAIN),
        ("developer", Permission.WRITE),
        ("reporter", Permission.TRIAGE),
        ("stranger", Permission.NONE),
    ],
)
def test_permission_is_the_highest_role(place: Place, login: str, permission: Permission) -> None:
    assert place.forge.permission(NAME, person(place.user(login))) is permission


def test_a_stranger_reads_what_is_public(place: Place) -> None:
    place.project.private = False
    assert place.forge.permission(NAME, person(place.user("stranger"))) is Permission.READ
    place.project.members[place.user("stranger").id] = Permission.READ
    assert place.forge.permission(NAME, person(place.user("stranger"))) is Permission.READ


@pytest.mark.parametrize(
    ("owner", "login", "is_member"),
    [
        ("@developer", "developer", True),
        ("@Developer", "developer", True),
        ("@reviewer", "developer", False),
        ("@acme", "owner", True),
        ("@acme/platform", "maintainer", True),
        ("@ACME/Platform", "maintainer", True),
        ("@acme/platform", "owner", False),  # of a group above: no direct member
        ("@acme", "maintainer", False),
        ("@acme/none", "owner", False),
        ("@@developers", "developer", True),
        ("@@developer", "developer", True),
        ("@@Developers", "developer", True),
        ("@@developers", "reviewer", False),  # by a group only
        ("@@maintainers", "maintainer", False),
        ("@@maintainers", "developer", False),
        ("@@owners", "developer", False),
        ("@@admins", "developer", False),
        ("developer@example.com", "developer", True),
        ("Developer@Example.com", "developer", True),
        ("reviewer@example.com", "developer", False),
        ("developer", "developer", False),
        ("", "developer", False),
        ("@", "developer", False),
        ("@@", "developer", False),
        ("@a/../b", "developer", False),
    ],
)
def test_owners_as_codeowners_writes_them(place: Place, owner: str, login: str, is_member: bool) -> None:
    assert place.forge.is_member(NAME, owner, person(place.user(login))) is is_member


def test_an_address_in_a_name_is_no_address(place: Place) -> None:
    place.user("stranger").name = "owner@example.com"
    assert place.forge.is_member(NAME, "owner@example.com", person(place.user("stranger"))) is False


def test_a_login_that_somebody_else_has_now(place: Place) -> None:
    place.user("developer").login = "renamed"
    taken = place.world.add_user("developer", email="other@example.com")
    before = Person(place.user("renamed").id, "developer")
    assert place.forge.is_member(NAME, "@developer", before) is False
    assert place.forge.is_member(NAME, "@developer", person(taken)) is True


# -- approvals


def test_an_approval_is_of_the_head_that_was_there(place: Place) -> None:
    world = place.world
    world.clock.set(START)
    pull = place.opened()
    first = pull.head
    world.clock.advance(60)
    world.approve(pull, place.user("reviewer"))
    world.clock.advance(60)
    place.push("change", {"more.yaml": "b: 2\n"})
    world.clock.advance(60)
    world.approve(pull, place.user("maintainer"))
    found = {a.person.login: a for a in place.forge.approvals(place.forge.pull_request(place.name(pull)))}
    assert found["reviewer"].commit == first != pull.head
    assert found["reviewer"].at == START + timedelta(minutes=1)
    assert found["maintainer"].commit == pull.head


def test_an_approval_that_is_taken_back_is_none(place: Place) -> None:
    pull = place.opened()
    place.world.approve(pull, place.user("reviewer"))
    place.world.unapprove(pull, place.user("reviewer"))
    assert place.forge.approvals(place.forge.pull_request(place.name(pull))) == []


def test_neither_authors_nor_the_bot_approve(place: Place) -> None:
    pull = place.opened()
    place.world.approve(pull, place.user("developer"))
    place.world.approve(pull, place.user("gatehouse"))
    assert place.forge.approvals(place.forge.pull_request(place.name(pull))) == []


# -- statuses


def status(state: State, name: str = "gatehouse", title: str = "It is so", url: str = "") -> Status:
    return Status(name, state, title, "summary", (Annotation("a.yaml", 1, "error", "t", "m"),), url)


def test_a_status_goes_from_pending_to_its_end(place: Place) -> None:
    pull = place.opened()
    place.forge.publish(NAME, pull.head, status(State.PENDING, title="Working"), branch="change")
    [begun] = place.forge.published(NAME, pull.head)
    assert (begun.name, begun.state, begun.title) == ("gatehouse", State.PENDING, "Working")
    place.forge.publish(NAME, pull.head, status(State.PASSED, url="https://x.example/r"), branch="change")
    [ended] = place.forge.published(NAME, pull.head)
    assert (ended.state, ended.title) == (State.PASSED, "It is so")
    [row] = place.world.statuses_of(place.project, pull.head)
    assert (row.ref, row.state, row.target_url) == ("change", "success", "https://x.example/r")


@pytest.mark.parametrize("state", list(State))
def test_the_same_status_twice_is_no_error(place: Place, state: State) -> None:
    pull = place.opened()
    for _ in range(2):
        place.forge.publish(NAME, pull.head, status(state), branch="change")
    assert [one.state for one in place.forge.published(NAME, pull.head)] == [state]


def test_after_an_end_it_can_begin_again(place: Place) -> None:
    pull = place.opened()
    for state in (State.PENDING, State.FAILED, State.PENDING, State.PASSED):
        place.forge.publish(NAME, pull.head, status(state), branch="change")
        assert [one.state for one in place.forge.published(NAME, pull.head)] == [state]


def test_others_statuses_do_not_count(place: Place) -> None:
    pull = place.opened()
    place.world.set_status(place.project, place.user("developer"), pull.head, "gatehouse", "success", ref="change")
    assert place.forge.published(NAME, pull.head) == []
    place.forge.publish(NAME, pull.head, status(State.FAILED), branch="change")
    place.world.set_status(place.project, place.user("developer"), pull.head, "gatehouse", "success", ref="change")
    assert [one.state for one in place.forge.published(NAME, pull.head)] == [State.FAILED]


def test_many_statuses_are_all_told(place: Place) -> None:
    pull = place.opened()
    for n in range(130):
        place.world.set_status(place.project, place.user("gatehouse"), pull.head, f"s{n}", "success", ref="change")
    assert len(place.forge.published(NAME, pull.head)) == 130


def test_long_titles_are_cut_and_long_links_left_out(place: Place) -> None:
    pull = place.opened()
    place.forge.publish(
        NAME, pull.head, status(State.FAILED, title="x" * 300, url="https://x.example/" + "y" * 300), branch="change"
    )
    [row] = place.world.statuses_of(place.project, pull.head)
    assert (len(row.description), row.description[-1], row.target_url) == (255, "…", "")


def test_a_status_on_the_head_of_a_fork(place: Place) -> None:
    world, reporter = place.world, place.user("reporter")
    fork = world.fork(place.project, reporter)
    world.commit(fork, reporter, "mine", {"a.yaml": "a: 2\n"}, "Mine")
    pull = world.open_pull(place.project, reporter, "From outside", "mine", head_repository=fork)
    GitLab(world.url, place.token).publish(NAME, pull.head, status(State.PENDING))  # nobody looked at it before
    place.forge.pull_request(place.name(pull))
    place.forge.publish(NAME, pull.head, status(State.PASSED))
    rows = world.statuses_of(place.project, pull.head)
    assert [(row.ref, row.state) for row in rows] == [(f"refs/merge-requests/{pull.number}/head", "success")]


@pytest.mark.parametrize("before", ["running", "success"])
def test_a_status_of_a_former_head_follows_the_one_that_is_there(place: Place, before: str) -> None:
    """It stands in the pipeline of the merge request, where another process set it."""
    pull = place.opened("mine")
    former, ref = pull.head, f"refs/merge-requests/{pull.number}/head"
    place.world.set_status(place.project, place.user("gatehouse"), former, "gatehouse", before, ref=ref)
    place.push("mine", {"a.yaml": "a: 3\n"})
    place.forge.pull_request(place.name(pull))
    place.forge.publish(NAME, former, status(State.ERROR), branch="mine")
    rows = place.world.statuses_of(place.project, former)
    assert {(row.ref, row.state) for row in rows if row.state != before} == {(ref, "failed")}
    assert not any(row.state == "running" for row in rows)


def test_a_status_needs_the_role_of_a_developer(place: Place) -> None:
    pull = place.opened()
    with pytest.raises(Forbidden, match="higher role"):
        place.client("reporter").publish(NAME, pull.head, status(State.PASSED), branch="change")
    with pytest.raises(NotFound):
        place.forge.publish(NAME, "0" * 40, status(State.PASSED), branch="change")


@pytest.mark.parametrize("kind", [FaultKind.AFTER_502, FaultKind.BEFORE_502])
def test_a_status_survives_a_502(place: Place, kind: FaultKind) -> None:
    pull = place.opened()
    place.forge.publish(NAME, pull.head, status(State.PENDING), branch="change")
    place.world.faults.add(Fault(kind, "POST */statuses/*"))
    place.forge.publish(NAME, pull.head, status(State.FAILED), branch="change")
    assert [one.state for one in place.forge.published(NAME, pull.head)] == [State.FAILED]
    assert len(place.world.statuses_of(place.project, pull.head)) == 1


# -- comments


def test_the_one_comment_is_made_then_edited(place: Place) -> None:
    name = place.name(place.opened())
    first = place.forge.write(name, f"{MARKER}\none", marker=MARKER)
    assert place.forge.write(name, f"{MARKER}\ntwo", marker=MARKER) == first
    assert place.forge.write(name, f"{MARKER}\nthree", marker=MARKER, known=first) == first
    [comment] = place.forge.comments(name)
    assert (comment.id, comment.body, comment.is_ours) == (first, f"{MARKER}\nthree", True)
    assert comment.url.endswith(f"/merge_requests/{name.number}#note_{first}")


def test_the_same_body_is_not_sent_again(place: Place) -> None:
    name = place.name(place.opened())
    first = place.forge.write(name, f"{MARKER}\none\n", marker=MARKER)
    place.calls.clear()
    assert place.forge.write(name, f"{MARKER}\none\n", marker=MARKER, known=first) == first
    assert {method for method, _, _ in place.calls} == {"GET"}


def test_others_comments_with_our_marker_are_theirs(place: Place) -> None:
    pull = place.opened()
    forged = place.world.comment(pull, place.user("developer"), f"{MARKER}\nforged")
    made = place.forge.write(place.name(pull), f"{MARKER}\nours", marker=MARKER, known=forged.id)
    assert made != forged.id
    assert forged.body == f"{MARKER}\nforged"


def test_a_known_comment_that_is_gone_is_made_anew(place: Place) -> None:
    pull = place.opened()
    first = place.forge.write(place.name(pull), f"{MARKER}\none", marker=MARKER)
    place.world.delete_comment(place.world.comments[first], place.user("gatehouse"))
    assert place.forge.comment(place.name(pull), first) is None
    second = place.forge.write(place.name(pull), f"{MARKER}\ntwo", marker=MARKER, known=first)
    assert second != first
    assert [comment.body for comment in place.forge.comments(place.name(pull))] == [f"{MARKER}\ntwo"]


def test_a_comment_of_another_merge_request_is_none(place: Place) -> None:
    one, two = place.opened("one"), place.opened("two")
    comment = place.world.comment(one, place.user("developer"), "hello")
    assert place.forge.comment(place.name(two), comment.id) is None


def test_the_conversation_is_whole_and_without_the_rest(place: Place) -> None:
    pull, developer = place.opened(), place.user("developer")
    for n in range(130):
        place.world.comment(pull, developer, f"say {n}")
    system = place.world.comment(pull, developer, "approved this merge request", system=True)
    line = place.world.comment(pull, developer, "here", path="change.yaml", line=1)
    found = place.forge.comments(place.name(pull))
    assert [comment.body for comment in found] == [f"say {n}" for n in range(130)]
    assert [place.forge.comment(place.name(pull), gone.id) for gone in (system, line)] == [None, None]


@pytest.mark.parametrize("key", ["system", "internal", "confidential"])
def test_notes_that_are_not_for_all_are_no_conversation(key: str) -> None:
    assert is_conversation({"type": None, "system": False, "internal": False})
    assert not is_conversation({"type": None, "system": False, key: True})


def test_an_edited_comment_is_told(place: Place) -> None:
    place.world.clock.set(START)
    pull = place.opened()
    comment = place.world.comment(pull, place.user("developer"), "first")
    before = place.forge.comment(place.name(pull), comment.id)
    assert before is not None and not before.edited and before.created_at == START
    place.world.clock.advance(5)
    place.world.edit_comment(comment, place.user("developer"), "second")
    after = place.forge.comment(place.name(pull), comment.id)
    assert after is not None and after.edited and after.body == "second"
    place.world.clock.advance(60)
    liked = place.world.comment(pull, place.user("developer"), "third")
    place.world.clock.advance(5)
    place.forge.react(place.name(pull), liked.id, Reaction.SEEN)
    after = place.forge.comment(place.name(pull), liked.id)
    assert after is not None and after.edited  # which is all that GitLab tells, here and there


def test_bots_are_known_as_such(place: Place) -> None:
    pull = place.opened()
    helper = place.world.add_user("helper", is_bot=True)
    place.project.members[helper.id] = Permission.WRITE
    comment = place.world.comment(pull, helper, "beep")
    found = place.forge.comment(place.name(pull), comment.id)
    assert found is not None and found.author.is_bot and not found.is_ours
    place.world.approve(pull, helper)
    (approval,) = place.forge.approvals(place.forge.pull_request(place.name(pull)))
    assert approval.person.is_bot


def test_a_502_after_a_comment_was_made_makes_no_second_one(place: Place) -> None:
    name = place.name(place.opened())
    place.world.faults.add(Fault(FaultKind.AFTER_502, "POST */notes"))
    made = place.forge.write(name, f"{MARKER}\none", marker=MARKER)
    assert [comment.id for comment in place.forge.comments(name)] == [made]


def test_with_lists_that_lag_the_next_try_finds_it(place: Place) -> None:
    name = place.name(place.opened())
    place.world.faults.add(Fault(FaultKind.AFTER_502, "POST */notes"))
    place.world.faults.add(Fault(FaultKind.LIST_LAG, "GET */notes", seconds=3600))
    with pytest.raises(Unavailable):
        place.forge.write(name, f"{MARKER}\none", marker=MARKER)
    place.world.faults.clear()
    place.forge.write(name, f"{MARKER}\ntwo", marker=MARKER)
    assert [comment.body for comment in place.forge.comments(name)] == [f"{MARKER}\ntwo"]


def test_a_text_that_is_not_ours_or_too_long_is_not_sent(place: Place) -> None:
    pull = place.opened()
    for body in ("no marker", MARKER.ljust(1_000_001, "x")):
        with pytest.raises(ForgeError):
            place.forge.write(place.name(pull), body, marker=MARKER)
    assert place.world.comments_of(pull) == []


def test_a_line_that_would_act_is_not_sent(place: Place) -> None:
    pull = place.opened()
    with pytest.raises(QuickAction, match="Line 3"):
        place.forge.write(place.name(pull), f"{MARKER}\ntext\n/approve", marker=MARKER)
    assert place.world.comments_of(pull) == []
    assert place.world.reviews_of(pull) == []


# -- reactions


def test_reactions_are_once_and_ours(place: Place) -> None:
    pull = place.opened()
    name = place.name(pull)
    comment = place.world.comment(pull, place.user("developer"), "@gatehouse check")
    place.world.react(comment, place.user("developer"), "rocket")
    place.world.react(comment, place.user("gatehouse"), "thumbsup")
    for reaction in (Reaction.SEEN, Reaction.SEEN, Reaction.REFUSED):
        place.forge.react(name, comment.id, reaction)
    assert place.forge.reactions(name, comment.id) == {Reaction.SEEN, Reaction.REFUSED}
    assert len(comment.reactions) == 4


@pytest.mark.parametrize("kind", [FaultKind.AFTER_502, FaultKind.BEFORE_502])
def test_a_reaction_survives_a_502(place: Place, kind: FaultKind) -> None:
    pull = place.opened()
    comment = place.world.comment(pull, place.user("developer"), "@gatehouse check")
    place.world.faults.add(Fault(kind, "POST */award_emoji"))
    place.forge.react(place.name(pull), comment.id, Reaction.SEEN)
    assert place.forge.reactions(place.name(pull), comment.id) == {Reaction.SEEN}


def test_a_reaction_under_nothing_is_not_found(place: Place) -> None:
    with pytest.raises(NotFound):
        place.forge.react(place.name(place.opened()), 4711, Reaction.SEEN)


# -- credentials and limits


def test_a_wrong_token_is_told_without_it(place: Place) -> None:
    forge = GitLab(place.world.url, "glpat-nobody-has-this")
    with pytest.raises(Forbidden, match="does not take the token") as told:
        forge.repositories()
    assert "glpat" not in str(told.value)


def test_a_token_of_too_little_scope(place: Place) -> None:
    pull = place.opened()
    reads = place.client("gatehouse", "read_api")
    assert reads.pull_request(place.name(pull)).head == pull.head
    with pytest.raises(Forbidden, match="a token with the scope api"):
        reads.publish(NAME, pull.head, status(State.PASSED), branch="change")


def test_a_limit_is_told_with_its_time_and_nothing_is_tried_again(place: Place) -> None:
    name = place.name(place.opened())
    place.forge.pull_request(name)
    place.calls.clear()
    for kind, route in ((FaultKind.TOO_MANY, "GET *"), (FaultKind.TOO_MANY, "POST *")):
        place.world.faults.add(Fault(kind, route, seconds=90))
    began = datetime.now(UTC)
    for act in (lambda: place.forge.pull_request(name), lambda: place.forge.write(name, MARKER, marker=MARKER)):
        with pytest.raises(Unavailable) as told:
            act()
        assert told.value.at is not None and told.value.at - began >= timedelta(seconds=89)
    assert [status for _, _, status in place.calls].count(429) == 2


def test_a_read_is_tried_again_after_a_502(place: Place) -> None:
    pull = place.opened()
    place.forge.comments(place.name(pull))
    place.world.faults.add(Fault(FaultKind.BEFORE_502, "GET *", times=2))
    assert place.forge.comments(place.name(pull)) == []


def test_every_call_is_observed_by_its_route(place: Place) -> None:
    pull = place.opened()
    place.forge.pull_request(place.name(pull))
    place.forge.publish(NAME, pull.head, status(State.PENDING), branch="change")
    assert place.calls == [
        ("GET", "projects/:id", 200),
        ("GET", "projects/:id/merge_requests/:number", 200),
        ("GET", "user", 200),
        ("POST", "projects/:id/statuses/:sha", 201),
    ]
