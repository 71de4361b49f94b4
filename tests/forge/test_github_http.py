"""How requests to GitHub are made: what is tried again and what is not, limits, pages, ETags, and what is never told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, Response, request
from github_server import Playground, keys, playground
from werkzeug.serving import make_server

from bot.errors import UserError
from bot.forge.base import Conflict, Forbidden, ForgeError, NotFound, Unavailable
from bot.forge.github import GitHub
from bot.forge.github_http import Client
from bot.forge.github_refusals import Doubtful, Invalid
from bot.model.forge import ForgeKind, Permission, PullRequestName, RepositoryName, State, Status
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import PullRequest

MARKER = "<!-- gatehouse -->"


class Somebody:
    name = account = "somebody"

    def header(self) -> str:
        return "Bearer s3cret-token"

    def renew(self, refused: str) -> bool:
        return False


class Answers:
    """A server that answers one request after the other with what it is given, and notes what it was asked."""

    def __init__(self) -> None:
        self.given: list[Response] = []
        self.asked: list[str] = []
        app = Flask("answers")
        app.add_url_rule("/api/v3/<path:rest>", view_func=self._answer, methods=["GET", "POST", "PATCH", "PUT"])
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.url = f"http://127.0.0.1:{self._server.port}/api/v3"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _answer(self, rest: str) -> Response:
        self.asked.append(f"{request.method} {request.full_path.rstrip('?')}")
        return self.given.pop(0)

    def give(self, code: int, body: str = "{}", **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.given.append(Response(body, code, headers=named, content_type="application/json"))

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def answers() -> Iterator[Answers]:
    server = Answers()
    yield server
    server.close()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def client(answers: Answers, pauses: list[float]) -> Client:
    return Client(answers.url, pause=pauses.append)


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Playground]:
    with playground(tmp_path) as made:
        yield made


def opened(ground: Playground) -> PullRequest:
    ground.world.commit(ground.repository, ground.admin, "change", {"a.yaml": "a: 1\n"}, "Change")
    return ground.world.open_pull(ground.repository, ground.admin, "A change", "change")


def named(pull: PullRequest) -> PullRequestName:
    return PullRequestName(RepositoryName(ForgeKind.GITHUB, "acme/gitops"), pull.number)


# -- tries


def test_what_reads_is_tried_three_times_with_short_waits(
    client: Client, answers: Answers, pauses: list[float]
) -> None:
    answers.give(502, "<html>")
    answers.give(500)
    answers.give(200, '{"a": 1}')
    assert client.get(Somebody(), "/thing") == {"a": 1}
    assert len(answers.asked) == 3
    assert 0 < sum(pauses) < 5


def test_after_three_tries_the_forge_is_unavailable(client: Client, answers: Answers) -> None:
    for _ in range(3):
        answers.give(503, '{"message": "Down for tea"}')
    with pytest.raises(Unavailable, match=r"503.*Down for tea") as caught:
        client.get(Somebody(), "/thing")
    assert not isinstance(caught.value, Doubtful)


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_what_writes_is_tried_once(client: Client, answers: Answers, pauses: list[float], method: str) -> None:
    answers.give(502)
    with pytest.raises(Doubtful):
        client.send(Somebody(), method, "/thing", {})
    assert (len(answers.asked), pauses) == (1, [])


def test_a_page_that_is_no_json_is_no_answer(client: Client, answers: Answers) -> None:
    answers.give(200, "<html>Maintenance</html>")
    with pytest.raises(Doubtful):
        client.send(Somebody(), "POST", "/thing", {})


def test_nobody_there_is_unavailable() -> None:
    seen: list[tuple[str, str, int]] = []
    client = Client(
        "http://127.0.0.1:1/api/v3", pause=lambda _: None, observe=lambda m, r, s, _: seen.append((m, r, s))
    )
    with pytest.raises(Unavailable):
        client.get(Somebody(), "/thing/{x}", x=1)
    assert seen == [("GET", "/thing/{x}", 0)] * 3


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_server_that_hangs_is_left_after_the_timeout(answers: Answers, method: str) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Client(f"http://127.0.0.1:{silent.getsockname()[1]}", pause=lambda _: None, timeout=1)
        with pytest.raises(Unavailable, match="did not answer"):
            client.get(Somebody(), "/x") if method == "GET" else client.send(Somebody(), "POST", "/x", {})


def test_the_child_of_a_fork_has_a_connection_of_its_own(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first = client._requester()
    assert client._requester() is first
    monkeypatch.setattr("os.getpid", lambda: 1)
    assert client._requester() is not first


# -- limits


@pytest.mark.parametrize(
    ("code", "headers", "body", "seconds"),
    [
        (429, {"Retry_After": "37"}, "{}", 37),
        (403, {"Retry_After": "37"}, "{}", 37),
        (429, {}, "{}", 60),
        (403, {}, '{"message": "You have exceeded a secondary rate limit."}', 60),
        (403, {}, '{"message": "You have triggered an abuse detection mechanism."}', 60),
        (403, {"Retry_After": "99999999"}, "{}", 7_200),
    ],
)
def test_a_limit_says_when_to_come_again_and_nothing_waits(
    client: Client, answers: Answers, pauses: list[float], code: int, headers: dict[str, str], body: str, seconds: int
) -> None:
    answers.give(code, body, **headers)
    before = datetime.now(UTC)
    with pytest.raises(Unavailable) as caught:
        client.get(Somebody(), "/thing")
    assert caught.value.at is not None
    assert before + timedelta(seconds=seconds) <= caught.value.at <= datetime.now(UTC) + timedelta(seconds=seconds)
    assert (len(answers.asked), pauses) == (1, [])


def test_the_hourly_limit_says_when_it_is_over(client: Client, answers: Answers) -> None:
    reset = int(datetime.now(UTC).timestamp()) + 1_800
    answers.give(403, '{"message": "API rate limit exceeded"}', X_RateLimit_Remaining="0", X_RateLimit_Reset=str(reset))
    with pytest.raises(Unavailable) as caught:
        client.send(Somebody(), "POST", "/thing", {})
    assert caught.value.at == datetime.fromtimestamp(reset + 1, UTC)


# -- refusals


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (307, NotFound),
        (401, Forbidden),
        (403, Forbidden),
        (404, NotFound),
        (410, NotFound),
        (409, Conflict),
        (422, Invalid),
        (400, ForgeError),
    ],
)
def test_refusals_are_the_ports_errors_in_one_line(
    client: Client, answers: Answers, code: int, error: type[ForgeError]
) -> None:
    answers.give(
        code,
        '{"message": "No\\n\\u001b[31m' + "x" * 5_000 + '", "errors": [{"field": "body", "code": "missing"}, "why"]}',
    )
    with pytest.raises(error) as caught:
        client.get(Somebody(), "/thing")
    assert len(str(caught.value)) < 600
    assert str(caught.value).isprintable()
    assert "s3cret" not in str(caught.value)


def test_a_missing_permission_is_named(client: Client, answers: Answers) -> None:
    answers.give(
        403, '{"message": "Resource not accessible by integration"}', X_Accepted_GitHub_Permissions="checks=write"
    )
    with pytest.raises(Forbidden, match="checks=write"):
        client.send(Somebody(), "POST", "/thing", {})


# -- pages and ETags


def test_pages_are_followed(client: Client, answers: Answers) -> None:
    answers.give(200, "[1, 2]", Link=f'<{answers.url}/repositories/5/thing?page=2&per_page=100>; rel="next"')
    answers.give(200, "[3]", Link=f'<{answers.url}/thing?page=1>; rel="first"')
    assert client.pages(Somebody(), "/thing", query={"state": "open"}) == [1, 2, 3]
    assert answers.asked == [
        "GET /api/v3/thing?per_page=100&state=open",
        "GET /api/v3/repositories/5/thing?page=2&per_page=100",
    ]


@pytest.mark.parametrize(
    "other", ["http://evil.example/api/v3/thing?page=2", "https://{here}/api/v3/x", "http://{here}/elsewhere"]
)
def test_a_next_page_elsewhere_is_not_followed(client: Client, answers: Answers, other: str) -> None:
    here = answers.url.split("/")[2]
    answers.give(200, "[1]", Link=f'<{other.format(here=here)}>; rel="next"')
    with pytest.raises(ForgeError, match="not followed"):
        client.pages(Somebody(), "/thing")
    assert len(answers.asked) == 1


def test_a_redirect_to_another_host_is_not_followed(client: Client, answers: Answers) -> None:
    answers.give(301, "{}", Location="http://evil.example/api/v3/thing")
    with pytest.raises(ForgeError, match="GITHUB_API_URL"):
        client.get(Somebody(), "/thing")


def test_what_did_not_change_is_not_sent_again(client: Client, answers: Answers) -> None:
    answers.give(200, '{"a": 1}', ETag='"1"')
    answers.give(304, "")
    answers.give(200, '{"a": 2}', ETag='"2"')
    assert [client.get(Somebody(), "/thing") for _ in range(3)] == [{"a": 1}, {"a": 1}, {"a": 2}]


def test_a_full_page_is_asked_for_anew(client: Client, answers: Answers) -> None:
    """It has the same ETag when another page comes after it."""
    rows = str(list(range(100)))
    answers.give(200, rows, ETag='"1"')
    answers.give(200, rows, ETag='"1"', Link=f'<{answers.url}/thing?page=2>; rel="next"')
    answers.give(200, "[100]")
    assert len(client.pages(Somebody(), "/thing")) == 100
    assert len(client.pages(Somebody(), "/thing")) == 101


# -- what is told


def test_every_call_is_told_by_its_route(ground: Playground) -> None:
    calls: list[tuple[str, str, int, float]] = []
    forge = ground.github(observe=lambda *call: calls.append(call))
    forge.pull_request(named(opened(ground)))
    assert [call[:3] for call in calls] == [
        ("GET", "/repos/{owner}/{repo}/installation", 200),
        ("POST", "/app/installations/{installation_id}/access_tokens", 201),
        ("GET", "/repos/{owner}/{repo}/pulls/{pull_number}", 200),
    ]
    assert all(call[3] > 0 for call in calls)


def test_no_token_is_logged_or_shown(ground: Playground, caplog: pytest.LogCaptureFixture) -> None:
    forge, name = ground.github(), named(opened(ground))
    with caplog.at_level(logging.DEBUG):
        for logger in ("github", "github.Requester", "urllib3"):
            caplog.set_level(logging.DEBUG, logger)
        forge.write(name, f"{MARKER}\nHello", marker=MARKER)
        access = forge.access(name.repository)
        credential = forge.app.credential(name.repository)
    tokens = list(ground.world.tokens)
    assert len(tokens) == 2
    shown = caplog.text + repr(access) + repr(credential) + repr(forge.app.installation(name.repository))
    assert not any(token in shown for token in tokens)
    assert credential.header().removeprefix("Bearer ") in tokens


def test_a_key_that_is_none_is_refused_without_a_word_of_it() -> None:
    with pytest.raises(UserError, match="GITHUB_PRIVATE_KEY") as caught:
        GitHub(base_url="http://127.0.0.1:1", app_id="1", private_key="-----BEGIN RSA-----\nc2VjcmV0\n")
    assert "c2VjcmV0" not in str(caught.value)
    assert caught.value.__cause__ is None


# -- addresses of git


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://api.github.com", "https://github.com/acme/gitops.git"),
        ("https://git.acme.example/api/v3/", "https://git.acme.example/acme/gitops.git"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com/acme/gitops.git"),
    ],
)
def test_git_is_where_the_api_is(base: str, url: str) -> None:
    forge = GitHub(base_url=base, app_id="1", private_key=keys().private)
    assert forge._clone_url(RepositoryName(ForgeKind.GITHUB, "acme/gitops")) == url


def test_git_gets_a_token_that_reads_one_repository(ground: Playground) -> None:
    import base64

    access = ground.github().access(RepositoryName(ForgeKind.GITHUB, "acme/gitops"))
    assert access.url == ground.world.clone_url(ground.repository)
    kind, _, value = access.header.partition("Basic ")
    user, _, token = base64.b64decode(value).decode().partition(":")
    row = ground.world.tokens[token]
    assert (kind, user) == ("Authorization: ", "x-access-token")
    assert row.permissions == {"contents": "read", "metadata": "read"}
    assert row.repositories == {ground.repository.id}


def test_another_host_gets_no_token(ground: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ground.world, "clone_url", lambda _: "http://evil.example/acme/gitops.git")
    with pytest.raises(ForgeError, match="another host"):
        ground.github().access(RepositoryName(ForgeKind.GITHUB, "acme/gitops"))


def test_permissions_in_a_public_repository_are_those_of_everybody(ground: Playground) -> None:
    ground.repository.private = False
    eve = ground.world.add_user("eve")
    from bot.model.forge import Person

    forge, repository = ground.github(), RepositoryName(ForgeKind.GITHUB, "acme/gitops")
    assert forge.permission(repository, Person(eve.id, "eve")) is Permission.READ
    assert forge.permission(repository, Person(eve.id + 1, "eve")) is Permission.NONE  # somebody took the login


def test_the_quota_ends_in_a_time_to_come_again(tmp_path: Path) -> None:
    with playground(tmp_path, hourly=3) as ground:
        forge, name = ground.github(), named(opened(ground))
        forge.pull_request(name)
        head = forge.pull_request(name).head  # not changed: costs nothing
        forge.changed_files(name)
        forge.published(name.repository, head)
        with pytest.raises(Unavailable) as caught:
            forge.publish(name.repository, head, Status("gatehouse", State.PENDING, "Looking"))
        assert caught.value.at is not None
        assert caught.value.at > datetime.now(UTC)


def test_faults_of_the_playground_are_what_they_say(ground: Playground) -> None:
    name = named(opened(ground))
    for kind in (FaultKind.TOO_MANY, FaultKind.SECONDARY, FaultKind.PRIMARY):
        ground.world.faults.add(Fault(kind, "GET *pulls*", seconds=30))
        forge = ground.github()
        with pytest.raises(Unavailable) as caught:
            forge.pull_request(name)
        assert caught.value.at is not None
        asked = ground.judge.seen.total()
        with pytest.raises(Unavailable) as again:
            forge.open_pull_requests(name.repository)
        assert again.value.at is not None
        assert abs(again.value.at - caught.value.at) < timedelta(seconds=1)
        assert ground.judge.seen.total() == asked  # who is limited does not go on asking
    assert ground.github().pull_request(name).is_open


def test_a_wait_ends(client: Client, answers: Answers) -> None:
    answers.give(429, Retry_After="0")
    answers.give(200, '{"a": 1}')
    with pytest.raises(Unavailable):
        client.get(Somebody(), "/thing")
    assert client.get(Somebody(), "/thing") == {"a": 1}
