"""Webhooks through the application, on a real Redis: what is stored, and what each sender is told."""

from __future__ import annotations

import io
import json
import socket
import threading

import pytest
from assembled import Assembled
from deliveries_made import GITHUB_SECRET, GITLAB_SECRET, github_delivery, gitlab_delivery
from flask import Flask
from gunicorn.http.errors import InvalidChunkSize
from web_fixtures import *  # noqa: F403 pytest finds them by their names

from bot import logs
from bot.queue.waiting import Waiting
from bot.service_settings import ServiceSettings, parsed
from bot.web import webhooks
from bot.web.app import LARGEST_BODY
from bot.web.draining import keep_draining
from bot.web.wired import wired


def waits(service: Assembled) -> int:
    return sum(each.jobs for each in service.waiting())


@pytest.mark.parametrize(("path", "made"), [("github", github_delivery), ("gitlab", gitlab_delivery)])
def test_a_delivery_is_stored_once(app: Flask, service: Assembled, path: str, made: object) -> None:
    assert callable(made)
    headers, body = made()
    first = app.test_client().post(f"/webhooks/{path}", headers=headers, data=body)
    again = app.test_client().post(f"/webhooks/{path}", headers=headers, data=body)
    assert (first.status_code, first.get_json()["answer"]) == (202, "accepted")
    assert (again.status_code, again.get_json()["answer"]) == (202, "known")
    assert waits(service) == 1
    counted = {dict(row.labels)["answer"]: row.value for row in service.counted() if row.name == "deliveries"}
    assert counted == {"accepted": 1, "known": 1}


@pytest.mark.parametrize(("path", "made"), [("github", github_delivery), ("gitlab", gitlab_delivery)])
def test_nobody_else_is_heard(app: Flask, service: Assembled, path: str, made: object) -> None:
    assert callable(made)
    headers, body = made(secret="s0mebody-else-entirely-here")
    answer = app.test_client().post(f"/webhooks/{path}", headers=headers, data=body)
    assert answer.status_code == 401
    assert answer.content_type.startswith("text/plain")
    assert "s0mebody" not in answer.text
    assert waits(service) == 0


def test_every_live_secret_is_believed_and_no_other(environ: dict[str, str], service: Assembled) -> None:
    """While a secret is changed, deliveries come under both; one that is bound speaks for its project alone."""
    new, bound = "the-next-secret-77aa91", "0f-acme-al0ne-5c2e"
    several = {
        "GITHUB_WEBHOOK_SECRET": f"{new}, {GITHUB_SECRET}",
        "GITLAB_WEBHOOK_SECRET": f"{new},acme/sub/:{bound}, acme/sub/:{GITLAB_SECRET}",
    }
    client = wired(parsed(environ | several), service).test_client()
    sent = [
        *(("github", github_delivery(id=text[:8], secret=text)) for text in (new, GITHUB_SECRET, bound)),
        *(("gitlab", gitlab_delivery(id=text[:8], secret=text)) for text in (bound, GITLAB_SECRET, new)),
    ]
    answers = [
        client.post(f"/webhooks/{door}", headers=headers, data=body).status_code for door, (headers, body) in sent
    ]
    assert answers == [202, 202, 401, 202, 202, 401]


@pytest.mark.parametrize(("path", "made"), [("github", github_delivery), ("gitlab", gitlab_delivery)])
@pytest.mark.parametrize(("claimed", "told"), [("d-77", "d-77"), ("a b", None), ("x" * 200, None)])
def test_who_is_refused_is_told_by_the_id_that_is_claimed(
    app: Flask, path: str, made: object, claimed: str, told: str | None
) -> None:
    assert callable(made)
    written = io.StringIO()
    logs.set_up(stream=written)
    headers, body = made(id=claimed, secret="s0mebody-else-entirely-here")
    assert app.test_client().post(f"/webhooks/{path}", headers=headers, data=body).status_code == 401
    (line,) = [json.loads(text) for text in written.getvalue().splitlines()]
    assert (line["message"], line.get("delivery"), line["forge"]) == ("A webhook was refused.", told, path)
    assert "s0mebody" not in written.getvalue()


def test_events_of_no_concern_are_fine(app: Flask, service: Assembled) -> None:
    headers, body = github_delivery()
    answer = app.test_client().post("/webhooks/github", headers={**headers, "X-GitHub-Event": "star"}, data=body)
    assert (answer.status_code, answer.get_json()["answer"]) == (202, "ignored")
    assert answer.get_json()["note"]
    assert waits(service) == 0


def test_what_is_no_webhook(app: Flask) -> None:
    headers, body = github_delivery()
    client = app.test_client()
    form = client.post("/webhooks/github", headers={**headers, "Content-Type": "text/plain"}, data=body)
    assert form.status_code == 415
    assert client.get("/webhooks/github").status_code == 405
    assert client.get("/webhooks/github").headers["Allow"] == "POST"
    assert client.post("/webhooks/bitbucket").status_code == 404


def test_a_body_over_the_limit_is_not_read(app: Flask) -> None:
    headers, _ = github_delivery()
    read: list[int] = []

    class Endless:
        def read(self, size: int = -1) -> bytes:
            read.append(size)
            return b"x" * (size if size > 0 else LARGEST_BODY * 2)

    answer = app.test_client().post(
        "/webhooks/github",
        headers=headers,
        environ_overrides={"wsgi.input": Endless(), "CONTENT_LENGTH": str(LARGEST_BODY + 1)},
    )
    assert answer.status_code == 413
    assert read == []


def test_chunks_over_the_limit_are_told_as_such(app: Flask) -> None:
    """No length was told before, so the limit is met on the way."""
    headers, _ = github_delivery()
    chunked = {"wsgi.input": io.BytesIO(b"x" * (LARGEST_BODY + 1)), "wsgi.input_terminated": True}
    answer = app.test_client().post("/webhooks/github", headers=headers, environ_overrides=chunked)
    assert answer.status_code == 413


def test_a_body_that_breaks_off_is_no_defect(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    headers, _ = github_delivery()

    class Broken(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            raise InvalidChunkSize(b"zz")

    broken = {"wsgi.input": Broken(), "wsgi.input_terminated": True}
    answer = app.test_client().post("/webhooks/github", headers=headers, environ_overrides=broken)
    assert (answer.status_code, answer.text) == (400, "the body of the webhook did not arrive whole\n")
    assert "error" not in [record.levelname.lower() for record in caplog.records]


def test_a_forge_that_is_not_configured_has_no_door(environ: dict[str, str], service: Assembled) -> None:
    only = parsed({name: value for name, value in environ.items() if not name.startswith("GITLAB")})
    headers, body = gitlab_delivery()
    assert wired(only, service).test_client().post("/webhooks/gitlab", headers=headers, data=body).status_code == 404


def test_without_redis_github_is_asked_to_come_again(settings: ServiceSettings, away: Assembled) -> None:
    headers, body = github_delivery()
    answer = wired(settings, away).test_client().post("/webhooks/github", headers=headers, data=body)
    assert answer.status_code == 503
    assert "deliver it again" in answer.text


def test_without_redis_gitlab_is_kept_on_disk_until_that_is_full(settings: ServiceSettings, away: Assembled) -> None:
    client = wired(settings, away).test_client()
    for number in (1, 2, 3):
        headers, body = gitlab_delivery(number, id=f"u-{number}")
        answer = client.post("/webhooks/gitlab", headers=headers, data=body)
        assert (answer.status_code, answer.get_json()["answer"]) == (202, "spooled")
    headers, body = gitlab_delivery(4, id="u-4")
    assert client.post("/webhooks/gitlab", headers=headers, data=body).status_code == 503


def test_a_redis_that_says_nothing_is_away(settings: ServiceSettings) -> None:
    headers, body = gitlab_delivery()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mute = Assembled(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", settings.state_dir)
        answer = wired(settings, mute).test_client().post("/webhooks/gitlab", headers=headers, data=body)
    assert (answer.status_code, answer.get_json()["answer"]) == (202, "spooled")


def test_no_answer_tells_of_versions_or_settings(app: Flask, settings: ServiceSettings) -> None:
    client = app.test_client()
    for path in ("/", "/healthz", "/readyz", "/metrics", "/nothing", "/reports/x", "/webhooks/github"):
        answer = client.get(path)
        told = answer.text + json.dumps(dict(answer.headers))
        for word in (*settings.secrets(), str(settings.state_dir), "bot.example.com", "python", "Python", "Flask"):
            assert word not in told
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_defect_is_one_sentence(settings: ServiceSettings, service: Assembled) -> None:
    def broken() -> list[Waiting]:
        raise ZeroDivisionError("a value of somebody")

    service.waiting = broken  # type: ignore[method-assign]
    answer = wired(settings, service).test_client().get("/metrics")
    assert answer.status_code == 500
    assert answer.text == "Gatehouse met a defect of its own; its log says more.\n"


def test_a_large_body_of_somebody_unknown_is_not_even_read(app: Flask) -> None:
    class Never:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("it was read")

    answer = app.test_client().post(
        "/webhooks/github", environ_overrides={"wsgi.input": Never(), "CONTENT_LENGTH": str(LARGEST_BODY)}
    )
    assert answer.status_code == 401


def test_a_large_body_of_the_forge_is_fine(app: Flask, service: Assembled) -> None:
    headers, body = gitlab_delivery()
    answer = app.test_client().post("/webhooks/gitlab", headers=headers, data=body + b" " * 3_000_000)
    assert answer.status_code == 202
    assert waits(service) == 1


def test_the_largest_body_of_a_forge_is_taken_and_one_byte_more_is_not(app: Flask, service: Assembled) -> None:
    headers, body = gitlab_delivery()
    for size, status in ((25 * 1024 * 1024, 202), (25 * 1024 * 1024 + 1, 413)):
        answer = app.test_client().post("/webhooks/gitlab", headers=headers, data=body.ljust(size))
        assert answer.status_code == status
    assert waits(service) == 1


def test_what_waited_on_disk_is_put_when_redis_is_back(
    settings: ServiceSettings, away: Assembled, service: Assembled
) -> None:
    headers, body = gitlab_delivery()
    assert wired(settings, away).test_client().post("/webhooks/gitlab", headers=headers, data=body).status_code == 202
    tries: list[float] = []

    class Over(Exception):
        pass

    def drain() -> int:
        return service.drain() if tries else away.drain()  # the first time it is still away

    def wait(seconds: float) -> None:
        tries.append(seconds)
        if waits(service):
            raise Over

    with pytest.raises(Over):
        keep_draining(drain, wait)
    assert len(tries) == 2
    assert service.drain() == 0


def test_few_large_bodies_are_in_memory_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    headers, body = github_delivery()
    monkeypatch.setattr(webhooks, "_PATIENCE_SECONDS", 0)
    monkeypatch.setattr(webhooks, "_large", threading.BoundedSemaphore(1))
    with webhooks._large:
        large = app.test_client().post("/webhooks/github", headers=headers, data=body + b" " * 3_000_000)
        small = app.test_client().post("/webhooks/github", headers=headers, data=body)
    assert (large.status_code, small.status_code) == (503, 202)
    assert app.test_client().post("/webhooks/github", headers=headers, data=b"x" * 3_000_000).status_code == 401
