"""The playground's GitLab API, asked as anybody might."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from gitlab_playground import PATH, Place, playground

from bot.model.forge import ForgeKind, Permission
from bot.playground.events import Event
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import Protection

PROJECT = f"projects/{quote(PATH, safe='')}"
MR = f"{PROJECT}/merge_requests/1"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with playground(tmp_path / "world") as made:
        yield made


# -- who may ask


def test_without_a_token_only_what_is_public(place: Place) -> None:
    assert place.ask("GET", PROJECT).code == 404
    assert place.ask("GET", "user").code == 401
    place.project.private = False
    assert place.ask("GET", PROJECT).body["path_with_namespace"] == PATH
    place.opened()
    assert place.ask("POST", f"{MR}/notes", {"body": "hello"}).code == 401


def test_tokens_come_in_two_headers_and_wrong_ones_are_refused(place: Place) -> None:
    for headers in ({"PRIVATE-TOKEN": place.token}, {"Authorization": f"Bearer {place.token}"}):
        assert place.ask("GET", "user", **headers).body["username"] == "gatehouse"
    for headers in ({"PRIVATE-TOKEN": "glpat-none"}, {"Authorization": "Bearer none"}):
        assert place.ask("GET", PROJECT, **headers).code == 401


def test_a_token_of_github_is_none_here(place: Place) -> None:
    world = place.world
    app = world.add_app("helper", b"", {"contents": "read"}, [])
    github = world.add_organisation(ForgeKind.GITHUB, "acme-hub", {"owner": Permission.ADMIN})
    token = world.installation_token(world.install(app, github, place.user("owner")))
    assert place.ask("GET", "user", **{"PRIVATE-TOKEN": token.value}).code == 401


def test_scopes(place: Place) -> None:
    place.opened()
    reads = {"PRIVATE-TOKEN": place.world.user_token(place.user("developer"), ["read_api"]).value}
    other = {"PRIVATE-TOKEN": place.world.user_token(place.user("developer"), ["read_repository"]).value}
    assert place.ask("GET", MR, **reads).code == 200
    refused = place.ask("POST", f"{MR}/notes", {"body": "hello"}, **reads)
    assert (refused.code, refused.body["error"]) == (403, "insufficient_scope")
    assert place.ask("GET", MR, **other).code == 403
    assert place.ask("GET", "personal_access_tokens/self", **other).body["scopes"] == ["read_repository"]


def test_what_somebody_may_not_see_is_not_there(place: Place) -> None:
    place.opened()
    for path in (PROJECT, f"projects/{place.project.id}", MR, f"{MR}/notes", f"{PROJECT}/hooks"):
        assert place.ask("GET", path, login="stranger").code == 404
    assert place.ask("GET", f"{PROJECT}/hooks", login="developer").code == 403


# -- paths


def test_a_project_is_one_part_of_the_path(place: Place) -> None:
    ids = {
        place.ask("GET", path, login="developer").body["id"]
        for path in (PROJECT, PROJECT.replace("acme", "ACME"), f"projects/{place.project.id}", f"{PROJECT}/")
    }
    assert ids == {place.project.id}
    for path in (f"projects/{PATH}", PROJECT.replace("%2F", "%252F"), "projects/acme", "nothing/at/all"):
        assert place.ask("GET", path, login="developer").code == 404


def test_a_branch_with_slashes_is_one_part_too(place: Place) -> None:
    place.push("some/branch", {"a": "1"})
    assert (
        place.ask("GET", f"{PROJECT}/repository/branches/some%2Fbranch", login="developer").body["name"]
        == "some/branch"
    )
    assert place.ask("GET", f"{PROJECT}/repository/branches/some/branch", login="developer").code == 404


def test_projects_of_the_other_half_are_not_there(place: Place) -> None:
    row = place.world.create_repository(ForgeKind.GITHUB, "acme/hub", members={"developer": Permission.ADMIN})
    assert place.ask("GET", "projects/acme%2Fhub", login="developer").code == 404
    assert place.ask("GET", f"projects/{row.id}", login="developer").code == 404


# -- lists


def test_pages_are_told_in_headers(place: Place) -> None:
    pull = place.opened()
    for n in range(45):
        place.world.comment(pull, place.user("developer"), f"note {n}")
    first = place.ask("GET", f"{MR}/notes?sort=asc", login="developer")
    assert [note["body"] for note in first.body] == [f"note {n}" for n in range(20)]
    told = {
        name: first.headers[name]
        for name in ("X-Page", "X-Next-Page", "X-Prev-Page", "X-Total", "X-Total-Pages", "X-Per-Page")
    }
    assert told == {
        "X-Page": "1", "X-Next-Page": "2", "X-Prev-Page": "", "X-Total": "45", "X-Total-Pages": "3", "X-Per-Page": "20",
    }  # fmt: skip
    assert 'sort=asc&page=2&per_page=20>; rel="next"' in first.headers["Link"]
    last = place.ask("GET", f"{MR}/notes?sort=asc&page=3", login="developer")
    assert (len(last.body), last.headers["X-Next-Page"]) == (5, "")
    assert 'rel="next"' not in last.headers["Link"]
    assert place.ask("GET", f"{MR}/notes?page=9", login="developer").body == []
    assert len(place.ask("GET", f"{MR}/notes?per_page=1000", login="developer").body) == 45


def test_links_lead_through_the_whole_list(place: Place) -> None:
    for n in range(7):
        place.world.create_repository(ForgeKind.GITLAB, f"acme/r{n}", members={"developer": Permission.WRITE})
    path, seen = "projects?membership=true&pagination=keyset&order_by=id&sort=asc&per_page=3", []
    while path:
        answer = place.ask("GET", path, login="developer")
        seen += [row["path_with_namespace"] for row in answer.body]
        link = answer.headers.get("Link", "")
        parts = urlsplit(link.partition(">")[0].lstrip("<"))
        path = f"{parts.path.removeprefix('/api/v4/')}?{parts.query}" if link else ""
    assert seen == [PATH, *(f"acme/r{n}" for n in range(7))]


def test_newest_first_unless_asked_otherwise(place: Place) -> None:
    pull = place.opened()
    for text in ("one", "two"):
        place.world.comment(pull, place.user("developer"), text)
    assert [note["body"] for note in place.ask("GET", f"{MR}/notes", login="developer").body] == ["two", "one"]


def test_lists_can_lag_and_single_things_do_not(place: Place) -> None:
    pull = place.opened()
    note = place.world.comment(pull, place.user("developer"), "new")
    place.world.faults.add(Fault(FaultKind.LIST_LAG, "GET */notes", seconds=3600))
    assert place.ask("GET", f"{MR}/notes", login="developer").body == []
    assert place.ask("GET", f"{MR}/notes/{note.id}", login="developer").body["body"] == "new"


# -- merge requests


def test_a_merge_is_of_the_head_that_was_seen(place: Place) -> None:
    pull = place.opened()
    seen = pull.head
    place.push("change", {"more.yaml": "b: 1\n"})
    late = place.ask("PUT", f"{MR}/merge", {"sha": seen}, login="developer")
    assert (late.code, late.body["message"][:32]) == (409, "SHA does not match HEAD of sourc")
    assert place.ask("PUT", f"{MR}/merge", {"sha": pull.head}, login="reporter").code == 403
    done = place.ask("PUT", f"{MR}/merge", {"sha": pull.head}, login="developer")
    assert (done.code, done.body["state"]) == (200, "merged")
    assert place.ask("PUT", f"{MR}/merge", login="developer").code == 405


def test_a_required_status_holds_the_merge(place: Place) -> None:
    pull = place.opened()
    place.world.protect(place.project, Protection("main", checks=("gatehouse",)))
    assert place.ask("GET", MR, login="developer").body["detailed_merge_status"] == "ci_must_pass"
    assert place.ask("PUT", f"{MR}/merge", login="developer").code == 405
    place.ask("POST", f"{PROJECT}/statuses/{pull.head}", {"state": "success", "name": "gatehouse"}, login="developer")
    assert place.ask("GET", MR, login="developer").body["head_pipeline"]["status"] == "success"
    assert place.ask("PUT", f"{MR}/merge", login="developer").code == 200


def test_opening_editing_closing(place: Place) -> None:
    place.push("change", {"a.yaml": "a: 1\n"})
    body = {"source_branch": "change", "target_branch": "main", "title": "Draft: it"}
    made = place.ask("POST", f"{PROJECT}/merge_requests", body, login="developer")
    assert (made.code, made.body["iid"], made.body["draft"], made.body["changes_count"]) == (201, 1, True, "1")
    assert place.ask("POST", f"{PROJECT}/merge_requests", body, login="developer").code == 409
    assert place.ask("PUT", MR, {"title": "It"}, login="developer").body["draft"] is False
    assert place.ask("PUT", MR, {"state_event": "close"}, login="developer").body["state"] == "closed"
    assert place.ask("PUT", MR, {"state_event": "reopen"}, login="developer").body["state"] == "opened"
    assert place.ask("PUT", MR, {"state_event": "burn"}, login="developer").code == 400
    assert place.ask("POST", f"{PROJECT}/merge_requests", {"title": "x"}, login="developer").code == 400


def test_versions_are_every_head(place: Place) -> None:
    pull = place.opened()
    first = pull.head
    second = place.push("change", {"more.yaml": "b: 1\n"})
    heads = [row["head_commit_sha"] for row in place.ask("GET", f"{MR}/versions", login="developer").body]
    assert heads == [second, first]


# -- approvals


def test_approvals_survive_a_push_and_are_of_one_person_once(place: Place) -> None:
    pull = place.opened()
    wrong = place.ask("POST", f"{MR}/approve", {"sha": "0" * 40}, login="reviewer")
    assert wrong.code == 409
    assert place.ask("POST", f"{MR}/approve", {"sha": pull.head}, login="reviewer").code == 201
    assert place.ask("POST", f"{MR}/approve", login="reviewer").code == 401
    assert place.ask("POST", f"{MR}/approve", login="reporter").code == 401
    place.push("change", {"more.yaml": "b: 1\n"})
    told = place.ask("GET", f"{MR}/approvals", login="developer").body
    assert [row["user"]["username"] for row in told["approved_by"]] == ["reviewer"]
    assert told["approved_by"][0]["approved_at"].endswith("Z")
    assert place.ask("POST", f"{MR}/unapprove", login="reviewer").code == 201
    assert place.ask("POST", f"{MR}/unapprove", login="reviewer").code == 404


# -- statuses


def test_a_job_takes_its_steps_and_no_others(place: Place) -> None:
    path = f"{PROJECT}/statuses/{place.opened().head}"

    def sent(state: str, **more: str) -> tuple[int, str]:
        answer = place.ask("POST", path, {"state": state, "name": "x", "ref": "change", **more}, login="developer")
        return answer.code, answer.body.get("message", answer.body.get("status"))

    enqueue = 'Cannot transition status via :enqueue from :pending (Reason(s): Status cannot transition via "enqueue")'
    assert sent("pending") == (201, "pending")
    assert sent("pending") == (400, enqueue)
    assert sent("running") == (201, "running")
    assert sent("running")[0] == 400
    assert sent("pending")[0] == 400
    assert sent("success") == (201, "success")
    assert sent("success") == (201, "success")
    assert sent("pending") == (201, "pending")
    assert sent("happy")[0] == 400
    assert sent("failed", description="x" * 256)[0] == 400
    assert sent("failed", target_url="javascript:alert(1)")[0] == 400


def test_each_account_has_jobs_of_its_own(place: Place) -> None:
    head = place.opened().head
    path = f"{PROJECT}/statuses/{head}"
    for login in ("developer", "maintainer"):
        assert place.ask("POST", path, {"state": "running", "name": "x", "ref": "change"}, login=login).code == 201
    rows = place.ask("GET", f"{PROJECT}/repository/commits/{head}/statuses?all=true", login="developer").body
    assert [row["author"]["username"] for row in rows] == ["developer", "maintainer"]
    assert len({row["pipeline_id"] for row in rows}) == 1
    rows = place.ask("GET", f"{PROJECT}/repository/commits/{head}/statuses", login="developer").body
    assert [row["author"]["username"] for row in rows] == ["maintainer"]


def test_the_head_of_a_fork_has_no_branch_here(place: Place) -> None:
    world, reporter = place.world, place.user("reporter")
    fork = world.fork(place.project, reporter)
    head = world.commit(fork, reporter, "mine", {"a.yaml": "1"}, "Mine")
    path = f"{PROJECT}/statuses/{head}"
    assert place.ask("POST", path, {"state": "success"}, login="developer").body == {"message": "404 Commit Not Found"}
    world.open_pull(place.project, reporter, "Mine", "mine", head_repository=fork)
    nowhere = place.ask("POST", path, {"state": "success"}, login="developer")
    assert nowhere.body == {"message": "404 References for commit Not Found"}
    named = place.ask("POST", path, {"state": "success", "ref": "refs/merge-requests/1/head"}, login="developer")
    assert (named.code, named.body["ref"]) == (201, "refs/merge-requests/1/head")
    found = place.ask("GET", f"{PROJECT}/repository/commits/{head}/merge_requests", login="developer").body
    assert [row["iid"] for row in found] == [1]


# -- notes


def test_a_note_of_actions_alone_is_swallowed(place: Place) -> None:
    pull = place.opened()
    heard: list[Event] = []
    place.world.listen(heard.append)
    for body in ("/promote prod", "/label ~a\r\n/cc", "/PROMOTE\n\n"):
        answer = place.ask("POST", f"{MR}/notes", {"body": body}, login="maintainer")
        if "/cc" in body:
            assert (answer.code, answer.body["body"]) == (201, "/cc")
            continue
        assert answer.code == 202 and "id" not in answer.body
    assert [comment.body for comment in place.world.comments_of(pull)] == ["/cc"]
    assert [event.name for event in heard] == ["comment"]


def test_a_line_of_a_bots_note_acts_with_its_rights(place: Place) -> None:
    pull = place.opened()
    answer = place.ask("POST", f"{MR}/notes", {"body": "Report:\n/approve\nend"}, **{"PRIVATE-TOKEN": place.token})
    assert (answer.code, answer.body["body"]) == (201, "Report:\nend")
    assert [place.world.users[review.author_id].login for review in place.world.reviews_of(pull)] == ["gatehouse"]


def test_an_edit_acts_too(place: Place) -> None:
    pull = place.opened()
    made = place.ask("POST", f"{MR}/notes", {"body": "fine"}, login="maintainer").body["id"]
    assert place.ask("PUT", f"{MR}/notes/{made}", {"body": "x\n/close"}, login="maintainer").body["body"] == "x"
    assert not pull.is_open
    assert place.ask("PUT", f"{MR}/notes/{made}", {"body": "/reopen"}, login="maintainer").code == 202
    assert pull.is_open
    assert place.world.comments_of(pull) == []


def test_an_action_that_its_author_may_not_do_is_gone_and_undone(place: Place) -> None:
    pull = place.opened()
    assert place.ask("POST", f"{MR}/notes", {"body": "/merge"}, login="reporter").code == 202
    assert pull.is_open


def test_notes_of_others(place: Place) -> None:
    pull = place.opened()
    note = place.world.comment(pull, place.user("maintainer"), "mine")
    assert place.ask("PUT", f"{MR}/notes/{note.id}", {"body": "yours"}, login="developer").code == 403
    assert place.ask("DELETE", f"{MR}/notes/{note.id}", login="developer").code == 403
    assert place.ask("DELETE", f"{MR}/notes/{note.id}", login="maintainer").code == 204
    assert place.ask("GET", f"{MR}/notes/{note.id}", login="maintainer").code == 404
    assert place.ask("POST", f"{MR}/notes", {"body": "  "}, login="developer").code == 400


def test_emoji_are_once(place: Place) -> None:
    pull = place.opened()
    note = place.world.comment(pull, place.user("developer"), "hello")
    path = f"{MR}/notes/{note.id}/award_emoji"
    made = place.ask("POST", path, {"name": "eyes"}, login="developer")
    assert (made.code, made.body["awardable_type"]) == (201, "Note")
    assert place.ask("POST", path, {"name": "eyes"}, login="developer").code == 404
    assert place.ask("DELETE", f"{path}/{made.body['id']}", login="maintainer").code == 403
    assert place.ask("DELETE", f"{path}/{made.body['id']}", login="developer").code == 204
    assert place.ask("GET", path, login="developer").body == []
    assert (
        place.ask("POST", f"{MR}/award_emoji", {"name": "rocket"}, login="developer").body["awardable_type"]
        == "MergeRequest"
    )


# -- people and webhooks


def test_members_direct_and_inherited(place: Place) -> None:
    def level(path: str, login: str) -> int:
        answer = place.ask("GET", f"{path}/{place.user(login).id}", login="developer")
        return answer.body["access_level"] if answer.code == 200 else 0

    logins = ("owner", "maintainer", "developer", "reporter", "stranger")
    assert [level(f"{PROJECT}/members/all", login) for login in logins] == [50, 40, 30, 20, 0]
    assert [level(f"{PROJECT}/members", login) for login in logins] == [0, 0, 30, 20, 0]
    assert [level("groups/acme%2Fplatform/members", login) for login in logins] == [0, 40, 0, 0, 0]
    assert [level("groups/acme%2Fplatform/members/all", login) for login in logins] == [50, 40, 0, 0, 0]


def test_webhooks_are_the_maintainers_and_keep_their_secret(place: Place) -> None:
    body = {
        "url": "http://bot.example/webhooks/gitlab",
        "token": "s3cret",
        "note_events": True,
        "merge_requests_events": True,
    }
    assert place.ask("POST", f"{PROJECT}/hooks", body, login="developer").code == 403
    made = place.ask("POST", f"{PROJECT}/hooks", body, login="maintainer")
    assert made.code == 201 and "s3cret" not in str(made.body)
    assert (made.body["note_events"], made.body["push_events"], made.body["pipeline_events"]) == (True, True, False)
    path = f"{PROJECT}/hooks/{made.body['id']}"
    changed = place.ask("PUT", path, {"push_events": False, "url": "http://other.example/"}, login="maintainer").body
    assert (changed["push_events"], changed["url"]) == (False, "http://other.example/")
    assert place.world.hooks[made.body["id"]].secret == "s3cret"
    assert [row["id"] for row in place.ask("GET", f"{PROJECT}/hooks", login="maintainer").body] == [made.body["id"]]
    assert place.ask("POST", f"{PROJECT}/hooks", {"url": "ftp://x"}, login="maintainer").code == 400
    assert place.ask("DELETE", path, login="maintainer").code == 204
    assert place.ask("GET", path, login="maintainer").code == 404
