"""What GitLab, or whatever stands before it, may answer: the port by real HTTP on answers that a test writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from flask import Flask, Response, jsonify, redirect, request
from gitlab_playground import serving
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.forge.base import Conflict, Forbidden, NotFound, Unavailable
from bot.forge.gitlab import GitLab
from bot.forge.gitlab_http import Api, Refused
from bot.forge.gitlab_people import head_at
from bot.model.forge import ForgeKind, Person, PullRequest, PullRequestName, RepositoryName, State, Status

TOKEN = "glpat-abcdefghijklmnopqrst"
NAME = RepositoryName(ForgeKind.GITLAB, "acme/gitops")
PULL = PullRequestName(NAME, 1)
NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
HEAD = "1" * 40
Answers = dict[str, Any]


@contextmanager
def gitlab_of(answers: Answers, prefix: str = "") -> Iterator[tuple[str, list[str]]]:
    """A server that answers ``METHOD route`` with what is written (a value as JSON, or a call); its address and what it was
    asked."""
    app = Flask("scripted")
    asked: list[str] = []

    @app.route("/<path:_>", methods=["GET", "POST", "PUT"])
    def answer(_: str) -> Any:
        what = f"{request.method} {request.path.removeprefix(f'{prefix}/api/v4/')}"
        asked.append(what)
        found = answers.get(what)
        if callable(found):
            return found()
        return jsonify(found) if found is not None else (jsonify(message="404 Not found"), 404)

    with serving(app) as url:
        yield url + prefix, asked


@contextmanager
def api_of(answer: Callable[[], Any]) -> Iterator[Api]:
    with gitlab_of({"GET thing": answer, "POST thing": answer}) as (url, _):
        yield Api(url, TOKEN, now=lambda: NOW, pause=lambda _: None)


def merge_request(**changed: Any) -> Answers:
    row = {"iid": 1, "title": "T", "author": {"id": 7, "username": "dev"}, "sha": HEAD, "source_branch": "change"}
    rest = {
        "target_branch": "main",
        "state": "opened",
        "source_project_id": 5,
        "target_project_id": 5,
        "web_url": "http://x/1",
    }
    return {"GET projects/acme/gitops": {"id": 5}, "GET user": {"id": 1, "username": "bot"},
            "GET projects/5/merge_requests/1": {**row, **rest, **changed}}  # fmt: skip


# -- addresses


@pytest.mark.parametrize(
    "url", ["", "gitlab.com", "ftp://gitlab.com", "https://", "https://me:secret@gitlab.com", "https://gitlab.com/?a=1"]
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UserError, match="GITLAB_URL") as told:
        Api(url, TOKEN)
    assert "secret" not in str(told.value)


def test_a_gitlab_below_a_path() -> None:
    with gitlab_of(merge_request(), "/tools/gitlab") as (url, asked):
        found = GitLab(f"{url}/", TOKEN).pull_request(PULL)
    assert found.head == HEAD
    assert asked == ["GET projects/acme/gitops", "GET projects/5/merge_requests/1"]


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_redirects_are_refused_and_nobody_else_sees_the_token(code: int) -> None:
    seen: list[str] = []
    other = Flask("other")

    @other.route("/<path:_>", methods=["GET", "POST"])
    def see(_: str) -> str:
        seen.append(request.headers.get("PRIVATE-TOKEN", ""))
        return "{}"

    with serving(other) as elsewhere, api_of(lambda: redirect(f"{elsewhere}/api/v4/thing", code)) as api:
        with pytest.raises(NotFound, match="elsewhere"):
            api.get("/thing")
        with pytest.raises(NotFound, match="elsewhere"):
            api.post("/thing", {})
    assert seen == []


def test_a_next_page_on_another_host_is_not_followed() -> None:
    seen: list[str] = []
    other = Flask("other")

    @other.route("/<path:_>")
    def see(_: str) -> str:
        seen.append(request.headers.get("PRIVATE-TOKEN", ""))
        return "[]"

    with serving(other) as elsewhere:
        link = f'<{elsewhere}/evil?page=2>; rel="next"'
        with (
            api_of(lambda: Response("[]", headers={"Link": link}, content_type="application/json")) as api,
            pytest.raises(Forbidden, match="the token is for"),
        ):
            api.listed("/thing")
    assert seen == []


def test_a_next_page_by_the_name_that_gitlab_has_for_itself() -> None:
    def pages() -> Response:
        last = request.args.get("page") == "2"
        link = '<http://internal.name/api/v4/thing?page=2>; rel="next"'
        headers = {} if last else {"Link": link}
        return Response('[{"n": 2}]' if last else '[{"n": 1}]', headers=headers, content_type="application/json")

    with api_of(pages) as api:
        assert api.listed("/thing") == [{"n": 1}, {"n": 2}]


# -- errors


@pytest.mark.parametrize(
    ("code", "body", "error", "words"),
    [
        (400, {"message": {"note": ["can't be blank"]}}, Refused, "can't be blank"),
        (401, {"message": "401 Unauthorized"}, Forbidden, "set GITLAB_TOKEN"),
        (403, {"error": "insufficient_scope", "error_description": "more"}, Forbidden, "a token with the scope api"),
        (403, {"message": "403 Forbidden"}, Forbidden, "a higher role"),
        (404, {"message": "404 Project Not Found"}, NotFound, "404 Project Not Found"),
        (409, {"message": "SHA does not match"}, Conflict, "SHA does not match"),
        (422, {"error": "no"}, Refused, "422: no"),
        (500, {"message": "500 Internal Server Error"}, Unavailable, "GET /thing now"),
        (503, "<html>", Unavailable, "503"),
    ],
)
def test_errors_say_who_can_do_what(code: int, body: Any, error: type[Exception], words: str) -> None:
    with api_of(lambda: (body, code)) as api, pytest.raises(error, match=words):
        api.get("/thing")


def test_an_error_that_quotes_the_token_does_not_pass_it_on() -> None:
    with api_of(lambda: ({"message": f"bad {TOKEN}\nand\r\n{'x' * 9000}"}, 400)) as api, pytest.raises(Refused) as told:
        api.get("/thing")
    assert TOKEN not in str(told.value)
    assert len(str(told.value)) < 500 and "\n" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize(
    ("code", "headers", "seconds"),
    [
        (429, {"Retry-After": "30"}, 30),
        (429, {"Retry-After": "30", "RateLimit-Reset": "1"}, 30),
        (429, {"RateLimit-Reset": str(int(NOW.timestamp()) + 45)}, 45),
        (429, {"RateLimit-Reset": "12"}, 0),  # long ago
        (429, {"Retry-After": format_datetime(NOW + timedelta(seconds=20), usegmt=True)}, 20),
        (429, {}, 60),
        (429, {"Retry-After": "soon"}, 60),
        (429, {"Retry-After": "9" * 30}, 60),
        (429, {"Retry-After": "999999"}, 3600),
        (503, {"Retry-After": "5"}, 5),
    ],
)
def test_when_to_come_again(code: int, headers: dict[str, str], seconds: int) -> None:
    with api_of(lambda: ("{}", code, headers)) as api, pytest.raises(Unavailable) as told:
        api.get("/thing")
    assert told.value.at == NOW + timedelta(seconds=seconds)


def test_nobody_there() -> None:
    with serving(Flask("gone")) as url:
        pass
    seen: list[tuple[str, str, int]] = []
    api = Api(url, TOKEN, observe=lambda m, r, s, _: seen.append((m, r, s)), pause=lambda _: None)
    with pytest.raises(Unavailable, match="does not answer") as told:
        api.get("/thing")
    assert told.value.at is None and TOKEN not in str(told.value)
    assert seen == [("GET", "thing", 0)] * 3


@pytest.mark.parametrize("body", ["<html>Sign in</html>", "[1, 2]", "null", '"text"', "{"])
def test_answers_that_are_no_api(body: str) -> None:
    for kind in ("text/html", "application/json"):
        with api_of(lambda kind=kind: Response(body, content_type=kind)) as api:  # type: ignore[misc]
            for act in (lambda: api.get("/thing"), lambda: api.listed("/thing"), lambda: api.post("/thing", {})):
                with pytest.raises(Unavailable, match="not its API"):
                    act()


def test_writes_are_sent_once() -> None:
    with gitlab_of({"POST thing": lambda: ("{}", 502)}) as (url, asked), pytest.raises(Unavailable):
        Api(url, TOKEN, pause=lambda _: None).post("/thing", {})
    assert asked == ["POST thing"]


# -- merge requests


def test_a_head_that_gitlab_does_not_know_yet() -> None:
    with gitlab_of(merge_request(sha=None)) as (url, _), pytest.raises(Unavailable, match="does not know the head"):
        GitLab(url, TOKEN).pull_request(PULL)


@pytest.mark.parametrize(
    ("state", "is_open", "is_merged"),
    [("opened", True, False), ("closed", False, False), ("merged", False, True), ("locked", False, False)],
)
def test_states(state: str, is_open: bool, is_merged: bool) -> None:
    with gitlab_of(merge_request(state=state, work_in_progress=True)) as (url, _):
        found = GitLab(url, TOKEN).pull_request(PULL)
    assert (found.is_open, found.is_merged, found.is_draft) == (is_open, is_merged, True)


@pytest.mark.parametrize("odd", [{"iid": None}, {"iid": "1"}, {"author": None}, {"author": []}, {"title": 5}])
def test_an_answer_of_another_shape_is_an_error(odd: Answers) -> None:
    with gitlab_of(merge_request(**odd)) as (url, _), pytest.raises(Unavailable, match="no proper"):
        GitLab(url, TOKEN).pull_request(PULL)


def test_statuses_go_where_the_merge_request_looks() -> None:
    """Its own pipeline came after the first status: that one is ended where it was begun."""
    sent: list[Answers] = []
    own = {"name": "gatehouse", "author": {"id": 1}, "description": "", "created_at": "2026-01-05T08:00:00Z"}
    rows = [
        {**own, "id": 10, "status": "running", "ref": "change", "pipeline_id": 70},
        {**own, "id": 11, "status": "running", "ref": "change", "pipeline_id": 71, "author": {"id": 2}},
        {**own, "id": 12, "status": "success", "ref": "refs/merge-requests/1/head", "pipeline_id": 72},
    ]

    def take() -> Any:
        sent.append(request.get_json())
        return {"id": 12}

    pipeline = {"sha": HEAD, "ref": "refs/merge-requests/1/head"}
    answers = merge_request(head_pipeline=pipeline)
    answers[f"POST projects/5/statuses/{HEAD}"] = take
    answers[f"GET projects/5/repository/commits/{HEAD}/statuses"] = rows
    with gitlab_of(answers) as (url, _):
        forge = GitLab(url, TOKEN)
        forge.pull_request(PULL)
        forge.publish(NAME, HEAD, Status("gatehouse", State.PASSED, "Fine"), branch="change")
    assert [(body["ref"], body["state"], body.get("pipeline_id")) for body in sent] == [
        ("refs/merge-requests/1/head", "success", None),
        ("change", "success", 70),
    ]


def test_a_newer_pipeline_has_none_of_our_statuses_until_they_are_set_in_it() -> None:
    own = {"name": "gatehouse", "author": {"id": 1}, "description": "Fine", "created_at": "2026-01-05T08:00:00Z"}
    rows = [{**own, "id": 10, "status": "success", "ref": "change", "pipeline_id": 70}]

    def take() -> Any:
        body = request.get_json()
        rows.append({**own, "id": 11, "status": "running", "ref": body["ref"], "pipeline_id": body["pipeline_id"]})
        return rows[-1]

    answers = merge_request(head_pipeline={"id": 71, "sha": HEAD, "ref": "change", "project_id": 5})
    answers[f"POST projects/5/statuses/{HEAD}"] = take
    answers[f"GET projects/5/repository/commits/{HEAD}/statuses"] = lambda: jsonify(rows)
    with gitlab_of(answers) as (url, _):
        forge = GitLab(url, TOKEN)
        assert [status.state for status in forge.published(NAME, HEAD)] == [State.PASSED]
        forge.pull_request(PULL)
        assert forge.published(NAME, HEAD) == []
        forge.publish(NAME, HEAD, Status("gatehouse", State.PENDING, "checking"), branch="change")
        assert [status.state for status in forge.published(NAME, HEAD)] == [State.PENDING]


def test_a_status_that_was_begun_in_an_older_pipeline_is_ended_there() -> None:
    own = {"name": "gatehouse", "author": {"id": 1}, "description": "", "created_at": "2026-01-05T08:00:00Z"}
    rows: list[Answers] = []
    newest = [70]

    def take() -> Any:
        body = request.get_json()
        pipeline = body.get("pipeline_id", newest[0])
        under_way = [row for row in rows if (row["status"], row["pipeline_id"]) == ("running", pipeline)]
        row = under_way[0] if under_way else {**own, "id": len(rows), "ref": "change", "pipeline_id": pipeline}
        rows.extend([] if under_way else [row])
        row["status"] = body["state"]
        return row

    answers = merge_request()
    answers[f"POST projects/5/statuses/{HEAD}"] = take
    answers[f"GET projects/5/repository/commits/{HEAD}/statuses"] = lambda: jsonify(rows)
    with gitlab_of(answers) as (url, asked):
        forge = GitLab(url, TOKEN)
        forge.pull_request(PULL)
        for state in (State.PENDING, State.PASSED):
            forge.publish(NAME, HEAD, Status("gatehouse", state, "Fine"), branch="change")
        assert f"GET projects/5/repository/commits/{HEAD}/statuses" not in asked
        forge.publish(NAME, HEAD, Status("gatehouse", State.PENDING, "Fine"), branch="change")
        newest[0] = 71
        forge.publish(NAME, HEAD, Status("gatehouse", State.FAILED, "Fine"), branch="change")
    assert [(row["status"], row["pipeline_id"]) for row in rows] == [
        ("success", 70),
        ("failed", 70),
        ("failed", 71),
    ]


@pytest.mark.parametrize(("parents", "is_held"), [([HEAD, "3" * 40], True), (["4" * 40, "3" * 40], False)])
def test_a_merged_results_pipeline_holds_the_merge_request(parents: list[str], is_held: bool) -> None:
    merge, sent = "2" * 40, []
    own = {"id": 9, "name": "gatehouse", "author": {"id": 1}, "description": "", "created_at": "2026-01-05T08:00:00Z"}

    def take() -> Any:
        sent.append((request.path.rpartition("/")[2], request.get_json()["ref"], request.get_json().get("pipeline_id")))
        return {"id": 1, "pipeline_id": 71}

    answers = merge_request(head_pipeline={"id": 71, "sha": merge, "ref": "refs/merge-requests/1/merge"})
    answers[f"GET projects/5/repository/commits/{merge}"] = {"parent_ids": parents}
    answers[f"GET projects/5/repository/commits/{merge}/statuses"] = []
    answers[f"GET projects/5/repository/commits/{HEAD}/statuses"] = [
        {**own, "status": "failed", "ref": "change", "pipeline_id": 70}
    ]
    answers[f"POST projects/5/statuses/{HEAD}"] = answers[f"POST projects/5/statuses/{merge}"] = take
    with gitlab_of(answers) as (url, asked):
        forge = GitLab(url, TOKEN)
        for _ in range(2):
            forge.pull_request(PULL)
        assert bool(forge.published(NAME, HEAD)) is not is_held
        forge.publish(NAME, HEAD, Status("gatehouse", State.PENDING, "checking"), branch="change")
    assert asked.count(f"GET projects/5/repository/commits/{merge}") == 1
    assert sent == [(HEAD, "change", None), *([(merge, "refs/merge-requests/1/merge", 71)] if is_held else [])]


def test_a_pipeline_that_is_gone_leaves_the_status_to_the_newest_one() -> None:
    sent: list[Answers] = []

    def take() -> Any:
        sent.append(request.get_json())
        return ({"message": "404 Not Found"}, 404) if "pipeline_id" in sent[-1] else {"id": 1, "pipeline_id": 72}

    answers = merge_request(head_pipeline={"id": 71, "sha": HEAD, "ref": "change"})
    answers[f"POST projects/5/statuses/{HEAD}"] = take
    with gitlab_of(answers) as (url, _):
        forge = GitLab(url, TOKEN)
        forge.pull_request(PULL)
        forge.publish(NAME, HEAD, Status("gatehouse", State.PENDING, "checking"), branch="change")
    assert [body.get("pipeline_id") for body in sent] == [71, None]


@pytest.mark.parametrize(
    "pipeline", [None, {"sha": "2" * 40, "ref": "refs/merge-requests/1/head"}, {"sha": HEAD, "ref": "other"}]
)
def test_without_a_pipeline_of_its_own_the_branch_is_the_ref(pipeline: Answers | None) -> None:
    sent: list[Answers] = []
    answers = merge_request(head_pipeline=pipeline)
    answers[f"POST projects/5/statuses/{HEAD}"] = lambda: sent.append(request.get_json()) or {"id": 1}  # type: ignore[func-returns-value]
    with gitlab_of(answers) as (url, _):
        forge = GitLab(url, TOKEN)
        forge.pull_request(PULL)
        forge.publish(NAME, HEAD, Status("gatehouse", State.PASSED, "Fine"), branch="change")
    assert [body["ref"] for body in sent] == ["change"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            {"name": "env/staging", "protected": True},
            "The branch env/staging is protected.*allow the bot's account to merge",
        ),
        ({"name": "env/staging", "protected": False}, "403 Forbidden.*higher role"),
        (None, "403 Forbidden.*higher role"),
    ],
)
def test_a_protected_branch_is_told_where_a_status_is_forbidden(row: Answers | None, said: str) -> None:
    answers = merge_request(source_branch="env/staging")
    answers[f"POST projects/5/statuses/{HEAD}"] = lambda: ({"message": "403 Forbidden"}, 403)
    answers["GET projects/5/repository/branches/env/staging"] = row
    with gitlab_of(answers) as (url, _):
        forge = GitLab(url, TOKEN)
        forge.pull_request(PULL)
        with pytest.raises(Forbidden, match=said):
            forge.publish(NAME, HEAD, Status("gatehouse", State.PENDING, "checking"), branch="env/staging")


def test_changed_files_of_a_gitlab_that_cannot_tell() -> None:
    diffs = [{"old_path": "a", "new_path": "b"}]
    for count, told in (("1", ["a", "b"]), ("2", None), ("1000+", None), (None, None)):
        answers = merge_request(changes_count=count) | {"GET projects/5/merge_requests/1/diffs": diffs}
        with gitlab_of(answers) as (url, _):
            assert GitLab(url, TOKEN).changed_files(PULL) == told
    with gitlab_of(merge_request(changes_count="1")) as (url, _):
        assert GitLab(url, TOKEN).changed_files(PULL) is None


# -- approvals


PULL_REQUEST = PullRequest(PULL, "T", Person(7, "dev"), HEAD, "change", "acme/gitops", "main", True)


def test_approvals_of_a_gitlab_that_tells_no_time() -> None:
    """Its own notes of them tell it, the latest of each person; without one nobody knows which head was approved."""
    notes = [
        {
            "system": True,
            "body": "approved this merge request",
            "author": {"id": 8},
            "created_at": "2026-01-05T08:01:00Z",
        },
        {
            "system": False,
            "body": "approved this merge request",
            "author": {"id": 8},
            "created_at": "2026-01-05T09:00:00Z",
        },
        {
            "system": True,
            "body": "approved this merge request",
            "author": {"id": 8},
            "created_at": "2026-01-05T08:03:00Z",
        },
    ]
    versions = [
        {"head_commit_sha": HEAD, "created_at": "2026-01-05T08:02:00Z"},
        {"head_commit_sha": "2" * 40, "created_at": "2026-01-05T08:00:00Z"},
    ]
    path = "GET projects/5/merge_requests/1"
    answers = merge_request() | {
        f"{path}/approvals": {
            "approved_by": [{"user": {"id": 8, "username": "one"}}, {"user": {"id": 9, "username": "two"}}]
        },
        f"{path}/notes": notes,
        f"{path}/versions": versions,
    }
    with gitlab_of(answers) as (url, _):
        found = GitLab(url, TOKEN).approvals(PULL_REQUEST)
    assert [(a.person.login, a.commit) for a in found] == [("one", HEAD), ("two", "")]


def version(seconds: int, head: str) -> Answers:
    return {"created_at": (NOW + timedelta(seconds=seconds)).isoformat(), "head_commit_sha": head}


@given(st.lists(st.integers(0, 20), min_size=1, unique=True), st.integers(-1, 21))
def test_the_head_at_a_moment_is_the_newest_before_it(times: list[int], at: int) -> None:
    found = head_at([version(seconds, str(seconds)) for seconds in times], NOW + timedelta(seconds=at))
    before = [seconds for seconds in times if seconds < at]
    expected = max(before) if before else min(times) if min(times) == at else None
    assert found == ("" if expected is None else str(expected))


def test_without_a_time_or_versions_no_head() -> None:
    assert head_at([version(0, HEAD)], None) == ""
    assert head_at([], NOW) == ""
    assert head_at([{"created_at": None, "head_commit_sha": HEAD}], NOW) == ""


# -- people


@pytest.mark.parametrize(
    "row",
    [{"access_level": 40, "state": "blocked"}, {"access_level": 40, "membership_state": "awaiting", "state": "active"}],
)
def test_a_membership_that_is_not_in_force(row: Answers) -> None:
    answers = merge_request() | {
        "GET projects/5/members/all/9": row,
        "GET projects/5": {"id": 5, "visibility": "private"},
    }
    with gitlab_of(answers) as (url, _):
        assert GitLab(url, TOKEN).permission(NAME, Person(9, "nine")) == 0


@pytest.mark.parametrize(
    ("level", "word"),
    [
        (5, "NONE"),
        (10, "READ"),
        (15, "TRIAGE"),
        (20, "TRIAGE"),
        (30, "WRITE"),
        (40, "MAINTAIN"),
        (50, "ADMIN"),
        (60, "ADMIN"),
    ],
)
def test_access_levels(level: int, word: str) -> None:
    answers = merge_request() | {"GET projects/5/members/all/9": {"access_level": level}}
    with gitlab_of(answers) as (url, _):
        assert GitLab(url, TOKEN).permission(NAME, Person(9, "nine")).name == word


def test_a_group_that_gitlab_does_not_show_holds_nobody() -> None:
    answers = merge_request() | {"GET users": [], "GET groups/secret/members/9": lambda: ("{}", 403)}
    with gitlab_of(answers) as (url, _):
        assert GitLab(url, TOKEN).is_member(NAME, "@secret", Person(9, "nine")) is False


@pytest.mark.parametrize(
    ("odd", "is_told"),
    [
        ({}, True),
        ({"type": "DiscussionNote"}, True),
        ({"type": "DiffNote"}, False),
        ({"system": True}, False),
        ({"internal": True}, False),
        ({"confidential": True}, False),
    ],
)
def test_which_notes_are_the_conversation(odd: Answers, is_told: bool) -> None:
    at = "2026-01-05T08:00:00Z"
    row = {"id": 3, "body": "x", "author": {"id": 9, "username": "nine"}, "created_at": at, "updated_at": at, **odd}
    path = "GET projects/5/merge_requests/1/notes"
    answers = merge_request() | {
        path: [row],
        f"{path}/3": row,
        "GET users/9": {"id": 9, "username": "nine", "bot": False},
    }
    with gitlab_of(answers) as (url, _):
        forge = GitLab(url, TOKEN)
        assert [one.id for one in forge.comments(PULL)] == ([3] if is_told else [])
        assert (forge.comment(PULL, 3) is not None) == is_told


@pytest.mark.parametrize("login", ["project_12_bot_3a5f", "group_9_bot", "service_account_group_5_x", "support-bot"])
def test_accounts_of_tokens_are_bots(login: str) -> None:
    row = {"id": 3, "body": "x", "author": {"id": 9, "username": login}, "created_at": "2026-01-05T08:00:00Z"}
    notes = {"GET projects/5/merge_requests/1/notes": [{**row, "updated_at": "2026-01-05T08:00:00.900Z", "type": None}]}
    with gitlab_of(merge_request() | notes) as (url, _):
        [found] = GitLab(url, TOKEN).comments(PULL)
    assert found.author.is_bot and not found.edited
