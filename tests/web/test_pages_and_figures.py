"""Report pages behind signed links, health, and figures."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
import redis
from assembled import Assembled
from deliveries_made import github_delivery, gitlab_delivery
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from web_fixtures import *  # noqa: F403 pytest finds them by their names

from bot.model.forge import ForgeKind, PullRequestName, RepositoryName, State
from bot.model.outcome import Outcome
from bot.queue.tally import Tally
from bot.report.links import Links
from bot.report.style import CSS
from bot.service_settings import ServiceSettings
from bot.web import wired as wired_module
from bot.web.wired import wired

NAME = PullRequestName(RepositoryName(ForgeKind.GITHUB, "acme/gitops"), 3)
HEAD = "a" * 40


def outcome(page: str, head: str = HEAD) -> Outcome:
    return Outcome("key", head, "b" * 40, State.PASSED, "Fine", (), "comment", page)


def path(settings: ServiceSettings, head: str = HEAD, *, age: float = 0) -> str:
    link = Links(settings.link_keys(), settings.public_url, now=lambda: 1_800_000_000 - age).link(NAME, head)
    return link.removeprefix(settings.public_url)


def test_a_page_is_shown_with_its_style_and_nothing_else(
    app: Flask, settings: ServiceSettings, service: Assembled
) -> None:
    page = f"<!doctype html>\n<style>{CSS}</style>\n<p>all of it</p>"
    service.memory.remember(NAME, outcome(page))
    link = Links(settings.link_keys(), settings.public_url).link(NAME, HEAD)
    answer = app.test_client().get(link.removeprefix(settings.public_url))
    assert answer.status_code == 200
    assert answer.text == page
    style = re.search(r"(?s)<style>(.*?)</style>", page)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = answer.headers["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_pages_that_cannot_be_shown_say_what_to_do(app: Flask, settings: ServiceSettings, service: Assembled) -> None:
    client = app.test_client()
    good = Links(settings.link_keys(), settings.public_url).link(NAME, HEAD).removeprefix(settings.public_url)
    gone = client.get(good)
    assert gone.status_code == 410
    assert "/gatehouse check" in gone.text
    service.memory.remember(NAME, outcome("<html>", head="c" * 40))
    moved = client.get(good)
    assert moved.status_code == 410
    assert "moved on" in moved.text
    assert "<html>" not in moved.text.replace('<html lang="en">', "")
    service.memory.remember(NAME, outcome(""))
    without = client.get(good)
    assert (without.status_code, "too large" in without.text, "/gatehouse check" in without.text) == (410, True, False)
    expired = client.get(path(settings, age=10 * 365 * 86_400))
    assert expired.status_code == 410
    assert "30 days" in expired.text
    forged = client.get(good[:-4] + "AAAA")
    assert forged.status_code == 404


def test_the_place_of_reports_may_be_away(settings: ServiceSettings, away: Assembled) -> None:
    link = Links(settings.link_keys(), settings.public_url).link(NAME, HEAD).removeprefix(settings.public_url)
    assert wired(settings, away).test_client().get(link).status_code == 503


def test_alive_and_ready(app: Flask, settings: ServiceSettings, away: Assembled) -> None:
    assert app.test_client().get("/healthz").get_json() == {"alive": True}
    ready = app.test_client().get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["parts"]["redis"] == ready.get_json()["parts"]["disk"] == "ok"
    unready = wired(settings, away).test_client().get("/readyz")
    assert unready.status_code == 503
    assert unready.get_json()["parts"]["redis"] == "failing"


def test_a_disk_that_takes_nothing_is_not_ready(settings: ServiceSettings, service: Assembled) -> None:
    settings.state_dir.parent.mkdir(parents=True, exist_ok=True)
    settings.state_dir.write_text("a file where a directory should be")
    answer = wired(settings, service).test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["parts"]["disk"] == "failing"


def figures(app: Flask) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = app.test_client().get("/metrics").text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_figures_tell_of_queue_deliveries_verdicts_and_times(app: Flask, service: Assembled) -> None:
    headers, body = github_delivery()
    app.test_client().post("/webhooks/github", headers=headers, data=body)
    service.metrics.add("verdicts", {"state": "passed"})
    service.metrics.observe("gate_seconds", {}, 0.3)
    service.metrics.observe("gate_seconds", {}, 700)
    found = figures(app)
    assert found["gatehouse_redis_up", ()] == 1
    assert found["gatehouse_queue_length", (("queue", "gatehouse-checks"),)] == 1
    assert found["gatehouse_queue_oldest_seconds", (("queue", "gatehouse-checks"),)] >= 0
    labels = (("answer", "accepted"), ("event", "pull_request.opened"), ("forge", "github"))
    assert found["gatehouse_deliveries_total", labels] == 1
    assert found["gatehouse_verdicts_total", (("state", "passed"),)] == 1
    assert found["gatehouse_gate_seconds_bucket", (("le", "0.5"),)] == 1
    assert found["gatehouse_gate_seconds_bucket", (("le", "+Inf"),)] == 2
    assert found["gatehouse_gate_seconds_count", ()] == 2
    assert found["gatehouse_gate_seconds_sum", ()] == 700.3


def test_invented_events_are_counted_together(
    settings: ServiceSettings, service: Assembled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wired_module, "_MOST_EVENTS", 2)
    client = wired(settings, service).test_client()
    for number, kind in enumerate(["issue", "emoji", "one", "two", "issue"]):
        headers, _ = gitlab_delivery(id=f"u-{number}")
        client.post("/webhooks/gitlab", headers=headers, json={"object_kind": kind})
    counted = {dict(each.labels)["event"]: each.value for each in service.counted() if each.name == "deliveries"}
    assert counted == {"issue": 2, "emoji": 1, "other": 2}


def test_counts_are_told_together_and_once() -> None:
    told: list[tuple[str, dict[str, str], float]] = []
    tally = Tally(lambda name, labels, amount: told.append((name, labels, amount)))
    for answer in ("accepted", "known", "accepted"):
        tally.count("deliveries", {"answer": answer})
    tally.tell()
    tally.tell()
    assert told == [("deliveries", {"answer": "accepted"}, 2), ("deliveries", {"answer": "known"}, 1)]


def test_without_redis_only_that_is_told(settings: ServiceSettings, away: Assembled) -> None:
    assert figures(wired(settings, away)) == {("gatehouse_redis_up", ()): 0}


def test_the_age_of_the_oldest_job(app: Flask, service: Assembled, emptied: redis.Redis) -> None:
    headers, body = github_delivery()
    app.test_client().post("/webhooks/github", headers=headers, data=body)
    (key,) = list(emptied.scan_iter("rq:job:*"))
    emptied.hset(key, "enqueued_at", "2020-01-01T00:00:00.000000Z")
    assert figures(app)["gatehouse_queue_oldest_seconds", (("queue", "gatehouse-checks"),)] > 10**7


def test_without_kustomize_it_is_not_ready_and_without_helm_it_is(
    settings: ServiceSettings, service: Assembled, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, told, status in (("HELM", "missing", 200), ("KUSTOMIZE", "failing", 503)):
        monkeypatch.setenv(f"GATEHOUSE_{name}", "/nowhere/at/all")
        answer = wired(settings, service).test_client().get("/readyz")
        assert (answer.status_code, answer.get_json()["parts"][name.lower()]) == (status, told)
        assert "/nowhere" not in answer.text
