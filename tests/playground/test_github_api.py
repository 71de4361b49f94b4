"""The playground's GitHub refuses, limits and pages as GitHub does, and all of it is held against GitHub's description."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask
from flask.testing import FlaskClient
from github_openapi import Judge, description
from werkzeug.test import TestResponse

from bot.model.forge import ForgeKind, Permission
from bot.playground.faults import Fault, FaultKind
from bot.playground.github_api import ROUTES, github_api, match
from bot.playground.records import Delivery, Token
from bot.playground.world import World

API = "/api/v3"
GRANTED = {
    "metadata": "read",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "members": "read",
}


class Ground:
    """A World behind the API, and the requests of an App and of its installation."""

    def __init__(self, directory: Path, hourly: int = 1_000) -> None:
        self.world = World(directory)
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.root = self.world.add_user("root")
        self.acme = self.world.add_organisation(ForgeKind.GITHUB, "acme", {"root": Permission.ADMIN})
        self.row = self.world.create_repository(ForgeKind.GITHUB, "acme/gitops", private=True)
        self.world.commit(self.row, self.root, "main", {"README.md": "Apps\n"}, "Begin")
        self.app = self.world.add_app("gatehouse", self.public(self.key), GRANTED, ["push"])
        self.installation = self.world.install(self.app, self.acme, self.root)
        server = Flask("playground")
        server.register_blueprint(github_api(self.world, hourly=hourly))
        self.judge = Judge(server.wsgi_app)
        server.wsgi_app = self.judge  # type: ignore[method-assign]
        self.client: FlaskClient = server.test_client()

    @staticmethod
    def public(key: rsa.RSAPrivateKey) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_key().public_bytes(serialization.Encoding.PEM, form)

    def jwt(self, key: rsa.RSAPrivateKey | None = None, algorithm: str = "RS256", **claims: Any) -> str:
        now = int(time.time())
        payload = {"iat": now - 60, "exp": now + 300, "iss": str(self.app.id), **claims}
        return jwt.encode(payload, (key or self.key) if algorithm == "RS256" else "", algorithm=algorithm)

    def token(self, **permissions: str) -> Token:
        return self.world.installation_token(self.installation, permissions=permissions or None)

    def ask(self, method: str, path: str, body: Any = None, *, by: str | Token = "", **headers: str) -> TestResponse:
        value = by.value if isinstance(by, Token) else by or self.token().value
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return self.client.open(
            API + path, method=method, json=body, headers={"Authorization": f"Bearer {value}", **named}
        )

    def pull(self, branch: str = "change") -> int:
        self.world.commit(self.row, self.root, branch, {f"{branch}.yaml": "a: 1\n"}, "Change")
        return self.world.open_pull(self.row, self.root, "A change", branch).number


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    assert not made.judge.problems, "\n".join(made.judge.problems)


# -- who asks


def test_an_app_is_known_by_what_it_signed(ground: Ground) -> None:
    answer = ground.ask("GET", "/app", by=ground.jwt())
    assert (answer.status_code, answer.json and answer.json["slug"]) == (200, "gatehouse")
    assert ground.ask("GET", "/app", by=ground.jwt(iss=str(ground.app.id + 1))).status_code == 401


@pytest.mark.parametrize(
    "claims", [{"exp": -1}, {"exp": 3_600}, {"iat": 600, "exp": 700}, {"iss": "nobody"}, {"exp": "soon"}]
)
def test_a_jwt_that_is_not_good_now_is_refused(ground: Ground, claims: dict[str, Any]) -> None:
    """Numbers are seconds from now."""
    now = int(time.time())
    told: dict[str, Any] = {name: now + value if isinstance(value, int) else value for name, value in claims.items()}
    assert ground.ask("GET", "/app", by=ground.jwt(**told)).status_code == 401


def test_a_jwt_of_another_key_or_of_none_is_refused(ground: Ground) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    head, payload, signature = ground.jwt().split(".")
    for value in (
        ground.jwt(other),
        ground.jwt(algorithm="none"),
        f"{head}.{payload}.",
        f"{head}.{payload}A.{signature}",
        "a.b.c",
        "ghs_nothing",
    ):
        assert ground.ask("GET", "/app", by=value).status_code == 401
    assert ground.client.get(f"{API}/app").status_code == 401


def test_a_new_key_is_good_beside_the_old_one(ground: Ground) -> None:
    new = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ground.app.public_keys.append(ground.public(new))
    assert ground.ask("GET", "/app", by=ground.jwt()).status_code == 200
    assert ground.ask("GET", "/app", by=ground.jwt(new)).status_code == 200


def test_each_credential_is_for_its_own_routes(ground: Ground) -> None:
    assert ground.ask("GET", "/app").status_code == 401
    assert ground.ask("GET", "/repos/acme/gitops", by=ground.jwt()).status_code == 401


def test_a_token_ends_after_an_hour(ground: Ground) -> None:
    token = ground.token()
    assert ground.ask("GET", "/repos/acme/gitops", by=token).status_code == 200
    ground.world.clock.advance(3_601)
    assert ground.ask("GET", "/repos/acme/gitops", by=token).status_code == 401


# -- tokens


def test_a_token_has_what_it_was_asked_for(ground: Ground) -> None:
    route = f"/app/installations/{ground.installation.id}/access_tokens"
    asked = {"repositories": ["gitops"], "permissions": {"metadata": "read", "checks": "read"}}
    answer = ground.ask("POST", route, asked, by=ground.jwt())
    assert answer.status_code == 201
    assert answer.json
    assert answer.json["permissions"] == asked["permissions"]
    head = ground.row.bare.branch("main")
    token = answer.json["token"]
    assert ground.ask("GET", f"/repos/acme/gitops/commits/{head}/check-runs", by=token).status_code == 200
    refused = ground.ask("POST", "/repos/acme/gitops/check-runs", {"name": "x", "head_sha": head}, by=token)
    assert refused.status_code == 403
    assert refused.json
    assert refused.json["message"] == "Resource not accessible by integration"
    assert refused.headers["X-Accepted-GitHub-Permissions"] == "checks=write"


@pytest.mark.parametrize(
    "body",
    [{"permissions": {"administration": "write"}}, {"permissions": {"checks": "admin"}}, {"repositories": ["nothing"]}],
)
def test_a_token_cannot_have_more_than_the_installation(ground: Ground, body: dict[str, Any]) -> None:
    route = f"/app/installations/{ground.installation.id}/access_tokens"
    assert ground.ask("POST", route, body, by=ground.jwt()).status_code == 422


def test_a_suspended_installation_gets_no_token(ground: Ground) -> None:
    ground.installation.suspended = True
    route = f"/app/installations/{ground.installation.id}/access_tokens"
    assert ground.ask("POST", route, {}, by=ground.jwt()).status_code == 403
    told = ground.ask("GET", "/repos/acme/gitops/installation", by=ground.jwt()).json
    assert told
    assert told["suspended_at"]


def test_a_person_with_a_token_may_do_what_their_role_lets_them(ground: Ground) -> None:
    eve = ground.world.add_user("eve")
    token, number = ground.world.user_token(eve), ground.pull()
    assert ground.ask("GET", f"/repos/acme/gitops/pulls/{number}", by=token).status_code == 404
    ground.row.members[eve.id] = Permission.READ
    assert ground.ask("GET", f"/repos/acme/gitops/pulls/{number}", by=token).status_code == 200
    merge = f"/repos/acme/gitops/pulls/{number}/merge"
    assert ground.ask("PUT", merge, {}, by=token).status_code == 403


# -- what may be seen


def test_what_may_not_be_seen_is_not_there(ground: Ground) -> None:
    ground.world.create_repository(ForgeKind.GITHUB, "other/secret", private=True)
    ground.world.create_repository(ForgeKind.GITHUB, "other/open")
    ground.world.create_repository(ForgeKind.GITLAB, "acme/elsewhere")
    for path in ("other/secret", "acme/nothing", "acme/elsewhere"):
        assert ground.ask("GET", f"/repos/{path}").status_code == 404
    assert ground.ask("GET", "/repos/other/open").status_code == 200
    body = {"name": "gatehouse", "head_sha": "0" * 40}
    assert ground.ask("POST", "/repos/other/open/check-runs", body).status_code == 403
    assert ground.ask("POST", "/repos/other/secret/check-runs", body).status_code == 404


def test_a_chosen_repository_is_all_that_an_installation_sees(ground: Ground) -> None:
    ground.world.create_repository(ForgeKind.GITHUB, "acme/other", private=True)
    ground.installation.repositories = {ground.row.id}
    assert ground.ask("GET", "/repos/acme/other").status_code == 404
    told = ground.ask("GET", "/installation/repositories").json
    assert told
    assert (told["total_count"], [row["full_name"] for row in told["repositories"]]) == (1, ["acme/gitops"])


@pytest.mark.parametrize("path", ["/repos/acme/gitops/pulls/x", "/repos/acme/gitops/pulls/99", "/users/nobody"])
def test_other_things_that_are_not_there(ground: Ground, path: str) -> None:
    assert ground.ask("GET", path).status_code == 404


# -- merging by the head that was seen


def test_a_merge_needs_the_head_that_was_seen(ground: Ground) -> None:
    number = ground.pull()
    head = ground.row.bare.branch("change")
    ground.world.commit(ground.row, ground.root, "change", {"b.yaml": "b: 1\n"}, "More")
    route = f"/repos/acme/gitops/pulls/{number}/merge"
    assert ground.ask("PUT", route, {"sha": head}).status_code == 409
    merged = ground.ask("PUT", route, {"sha": ground.row.bare.branch("change"), "merge_method": "squash"})
    assert (merged.status_code, merged.json and merged.json["merged"]) == (200, True)
    assert ground.ask("PUT", route, {}).status_code == 405


# -- pages, ETags, limits


def test_lists_come_in_pages_with_links(ground: Ground) -> None:
    number = ground.pull()
    pull = ground.world.pull(ground.row, number)
    for n in range(25):
        ground.world.comment(pull, ground.root, f"Word {n}")
    route = f"/repos/acme/gitops/issues/{number}/comments"
    first = ground.ask("GET", f"{route}?per_page=10")
    assert first.json
    assert [row["body"] for row in first.json] == [f"Word {n}" for n in range(10)]
    assert 'page=2>; rel="next"' in first.headers["Link"]
    assert 'page=3>; rel="last"' in first.headers["Link"]
    assert 'rel="prev"' not in first.headers["Link"]
    last = ground.ask("GET", f"{route}?per_page=10&page=3")
    assert last.json
    assert len(last.json) == 5
    assert 'rel="next"' not in last.headers["Link"]
    assert "Link" not in ground.ask("GET", route).headers
    assert len(ground.ask("GET", f"{route}?per_page=1000").json or ()) == 25


def test_what_did_not_change_costs_nothing(ground: Ground) -> None:
    token = ground.token()
    first = ground.ask("GET", "/repos/acme/gitops/pulls", by=token)
    again = ground.ask("GET", "/repos/acme/gitops/pulls", by=token, If_None_Match=first.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"] == "999"
    ground.pull()
    changed = ground.ask("GET", "/repos/acme/gitops/pulls", by=token, If_None_Match=first.headers["ETag"])
    assert (changed.status_code, changed.headers["X-RateLimit-Remaining"]) == (200, "998")


def test_the_quota_of_an_hour_ends_and_comes_back(tmp_path: Path) -> None:
    ground = Ground(tmp_path, hourly=2)
    answers = [ground.ask("GET", "/repos/acme/gitops") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert answers[2].headers["X-RateLimit-Remaining"] == "0"
    assert int(answers[2].headers["X-RateLimit-Reset"]) > time.time()
    assert "API rate limit exceeded" in (answers[2].json or {})["message"]
    ground.world.clock.advance(3_600)
    assert ground.ask("GET", "/repos/acme/gitops").status_code == 200


@pytest.mark.parametrize(
    ("kind", "code"),
    [(FaultKind.TOO_MANY, 429), (FaultKind.SECONDARY, 403), (FaultKind.PRIMARY, 403), (FaultKind.BEFORE_502, 502)],
)
def test_faults_are_answers_of_one_route_and_change_nothing(ground: Ground, kind: FaultKind, code: int) -> None:
    route = f"/repos/acme/gitops/issues/{ground.pull()}/comments"
    ground.world.faults.add(Fault(kind, f"POST {API}{route}", seconds=9))
    assert ground.ask("GET", route).status_code == 200
    assert ground.ask("POST", route, {"body": "Hello"}).status_code == code
    assert ground.ask("GET", route).json == []
    assert ground.ask("POST", route, {"body": "Hello"}).status_code == 201


def test_a_list_may_lag_while_the_thing_itself_is_there(ground: Ground) -> None:
    route = f"/repos/acme/gitops/issues/{ground.pull()}/comments"
    ground.world.faults.add(Fault(FaultKind.LIST_LAG, f"GET {API}{route}", seconds=60))
    made = ground.ask("POST", route, {"body": "Hello"}).json
    assert made
    assert ground.ask("GET", route).json == []
    assert ground.ask("GET", f"/repos/acme/gitops/issues/comments/{made['id']}").status_code == 200
    ground.world.clock.advance(61)
    assert len(ground.ask("GET", route).json or ()) == 1


# -- what makes no sense


def _run(**fields: Any) -> dict[str, Any]:
    return {"name": "gatehouse", **fields}


def _noted(**fields: Any) -> dict[str, Any]:
    note = {"path": "a.yaml", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "No", **fields}
    return _run(output={"title": "T", "summary": "S", "annotations": [note]})


BAD_RUNS = {
    "an unknown conclusion": _run(conclusion="fine"),
    "stale, which only GitHub says": _run(conclusion="stale"),
    "an unknown status": _run(status="waiting"),
    "completed without a conclusion": _run(status="completed"),
    "no name": {"name": ""},
    "a name that is no text": {"name": 5},
    "an output without a summary": _run(output={"title": "T"}),
    "a summary of too many bytes": _run(output={"title": "T", "summary": "ä" * 32_768}),
    "a text of too many bytes": _run(output={"title": "T", "summary": "S", "text": "x" * 65_536}),
    "a title that is too long": _run(output={"title": "T" * 256, "summary": "S"}),
    "51 annotations": _run(output={**_noted()["output"], "annotations": _noted()["output"]["annotations"] * 51}),
    "an unknown level": _noted(annotation_level="error"),
    "line 0": _noted(start_line=0),
    "lines in the wrong order": _noted(start_line=2),
    "columns over several lines": _noted(end_line=2, start_column=1),
    "no message": _noted(message=""),
    "a message that is too long": _noted(message="x" * 65_537),
}  # fmt: skip


@pytest.mark.parametrize("body", BAD_RUNS.values(), ids=BAD_RUNS)
def test_a_check_run_that_makes_no_sense_is_refused(ground: Ground, body: dict[str, Any]) -> None:
    head = ground.row.bare.branch("main")
    answer = ground.ask("POST", "/repos/acme/gitops/check-runs", {"head_sha": head, **body})
    assert answer.status_code == 422
    assert answer.json
    assert answer.json["message"] == "Validation Failed"
    assert ground.world.check_runs == {}


def test_a_check_run_needs_a_commit_that_is_there(ground: Ground) -> None:
    answer = ground.ask("POST", "/repos/acme/gitops/check-runs", _run(head_sha="0" * 40))
    assert (answer.status_code, b"No commit found" in answer.data) == (422, True)


def test_a_check_run_of_another_app_cannot_be_changed(ground: Ground) -> None:
    head = ground.row.bare.branch("main")
    other = ground.world.add_app("other", ground.public(ground.key), GRANTED, [])
    run = ground.world.create_check_run(ground.row, other, "gatehouse", head)
    answer = ground.ask("PATCH", f"/repos/acme/gitops/check-runs/{run.id}", {"conclusion": "success"})
    assert (answer.status_code, run.conclusion) == (403, "")


def test_annotations_are_added_and_listed(ground: Ground) -> None:
    head = ground.row.bare.branch("main")
    made = ground.ask(
        "POST", "/repos/acme/gitops/check-runs", {"head_sha": head, **_noted(start_column=1, end_column=3)}
    )
    assert made.json
    route = f"/repos/acme/gitops/check-runs/{made.json['id']}"
    ground.ask("PATCH", route, _noted(path="b.yaml"))
    told = ground.ask("GET", f"{route}/annotations").json
    assert [row["path"] for row in told or ()] == ["a.yaml", "b.yaml"]
    assert (ground.ask("GET", route).json or {})["output"]["annotations_count"] == 2


def test_a_completed_run_stays_as_it_was_concluded(ground: Ground) -> None:
    head = ground.row.bare.branch("main")
    made = ground.ask("POST", "/repos/acme/gitops/check-runs", _run(head_sha=head, conclusion="failure")).json
    assert made
    answer = ground.ask("PATCH", f"/repos/acme/gitops/check-runs/{made['id']}", {"status": "in_progress"}).json
    assert answer
    assert (answer["status"], answer["conclusion"]) == ("completed", "failure")


@pytest.mark.parametrize("body", [{}, {"body": ""}, {"body": "  "}, {"body": 5}, {"body": "x" * 65_537}])
def test_a_comment_that_makes_no_sense_is_refused(ground: Ground, body: dict[str, Any]) -> None:
    assert ground.ask("POST", f"/repos/acme/gitops/issues/{ground.pull()}/comments", body).status_code == 422


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff", b"null", b'{"body":' + b"[" * 100_000])
def test_a_body_that_is_no_object_is_refused(ground: Ground, raw: bytes) -> None:
    route = f"{API}/repos/acme/gitops/issues/{ground.pull()}/comments"
    headers = {"Authorization": f"Bearer {ground.token().value}"}
    assert ground.client.post(route, data=raw, headers=headers).status_code == 400


def test_a_reaction_comes_once_and_can_be_taken_back(ground: Ground) -> None:
    comment = ground.world.comment(ground.world.pull(ground.row, ground.pull()), ground.root, "Hello")
    route = f"/repos/acme/gitops/issues/comments/{comment.id}/reactions"
    made = [ground.ask("POST", route, {"content": "eyes"}) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 200]
    assert ground.ask("POST", route, {"content": "shrug"}).status_code == 422
    assert made[0].json
    assert ground.ask("DELETE", f"{route}/{made[0].json['id']}").status_code == 204
    assert ground.ask("DELETE", f"{route}/{made[0].json['id']}").status_code == 404
    assert ground.ask("GET", route).json == []


def test_an_app_changes_only_its_own_comments(ground: Ground) -> None:
    comment = ground.world.comment(ground.world.pull(ground.row, ground.pull()), ground.root, "Hello")
    route = f"/repos/acme/gitops/issues/comments/{comment.id}"
    assert ground.ask("PATCH", route, {"body": "Bye"}).status_code == 403
    assert ground.ask("DELETE", route).status_code == 403


def test_a_pull_request_is_edited_closed_and_reopened(ground: Ground) -> None:
    route = f"/repos/acme/gitops/pulls/{ground.pull()}"
    told = ground.ask("PATCH", route, {"title": "Other", "body": "Why"}).json
    assert told
    assert (told["title"], told["body"]) == ("Other", "Why")
    states = [(ground.ask("PATCH", route, {"state": state}).json or {})["state"] for state in ("closed", "open")]
    assert states == ["closed", "open"]


def test_pull_requests_are_chosen_and_sorted(ground: Ground) -> None:
    numbers = [ground.pull(f"branch-{n}") for n in range(3)]
    ground.world.close(ground.world.pull(ground.row, numbers[1]), ground.root)

    def asked(query: str) -> list[int]:
        return [row["number"] for row in ground.ask("GET", f"/repos/acme/gitops/pulls?{query}").json or ()]

    assert asked("") == [3, 1]
    assert asked("direction=asc&state=all") == [1, 2, 3]
    assert asked("state=closed") == [2]
    assert asked("head=acme:branch-2") == [3]
    assert asked("base=release") == []


def test_reviews_and_people_are_told(ground: Ground) -> None:
    number, otto = ground.pull(), ground.world.add_user("otto")
    ground.world.add_team(ground.acme, "ops", ["otto"])
    token = ground.world.user_token(otto)
    route = f"/repos/acme/gitops/pulls/{number}/reviews"
    assert ground.ask("POST", route, {"event": "APPROVE"}, by=token).status_code == 200
    assert ground.ask("POST", route, {"event": "LIKE"}, by=token).status_code == 422
    assert ground.ask("POST", route, {"event": "APPROVE", "commit_id": "0" * 40}, by=token).status_code == 422
    assert [row["state"] for row in ground.ask("GET", route).json or ()] == ["APPROVED"]
    assert ground.ask("GET", "/orgs/acme/teams/ops/memberships/otto").status_code == 200
    assert ground.ask("GET", "/orgs/acme/teams/ops/memberships/root").status_code == 404
    assert ground.ask("GET", "/users/otto").status_code == 200
    told = ground.ask("GET", "/repos/acme/gitops/collaborators/otto/permission").json
    assert told
    assert (told["permission"], told["role_name"]) == ("read", "read")


@pytest.mark.parametrize(("method", "route"), [row[:2] for row in ROUTES])
def test_every_route_is_one_of_githubs(method: str, route: str) -> None:
    operation = description().operation(method, route)
    assert operation is not None
    assert operation.route.count("{") == route.count("{")
    assert match(operation.route, route) is not None


def test_nothing_is_sent_again_where_nothing_is_sent(ground: Ground) -> None:
    hook = ground.world.add_hook("http://127.0.0.1:1/", "secret", app_id=ground.app.id)
    row = Delivery(ground.world.new_id(), "guid", hook.id, "ping", "", {}, b"{}", ground.world.now())
    ground.world.deliveries[row.id] = row
    assert ground.ask("POST", f"/app/hook/deliveries/{row.id}/attempts", by=ground.jwt()).status_code == 404
    told = ground.ask("GET", "/app/hook/deliveries", by=ground.jwt()).json
    assert [each["guid"] for each in told or ()] == ["guid"]
