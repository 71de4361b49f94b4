"""The assembly gives every door what that door asks for."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot import assembly, worker
from bot.errors import RetryLater
from bot.model.forge import ForgeKind, PullRequestName, RepositoryName
from bot.model.job import Job, JobKind
from bot.queue.connection import connect
from bot.queue.embedded import embedded
from bot.queue.metrics import RedisMetrics
from bot.queue.tally import Tally
from bot.service import dispatch
from bot.web import wired

REPOSITORY = RepositoryName(ForgeKind.GITHUB, "acme/gitops")
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> assembly.Service:
    for name, value in {
        "GITHUB_APP_ID": "7", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": "a-long-webhook-secret-1",
        "GITHUB_API_URL": "http://127.0.0.1:9/api/v3", "GITLAB_URL": "http://127.0.0.1:9",
        "GITLAB_TOKEN": "glpat-0123456789abcdefgh",
        "GITLAB_WEBHOOK_SECRET": "another-webhook-secret-2", "REDIS_URL": "redis://127.0.0.1:9/0",
        "GATEHOUSE_STATE_DIR": str(tmp_path), "GATEHOUSE_PUBLIC_URL": "https://gatehouse.example",
        "OPA_URL": "http://127.0.0.1:9/opa", "OPA_TOKEN": "opa-token-of-nobody-77",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("GATEHOUSE_CACHE_DIR", raising=False)
    assembly.service.cache_clear()
    try:
        return assembly.service()
    finally:
        assembly.service.cache_clear()


def test_doors_find_what_they_ask_for(service: assembly.Service) -> None:
    web: wired.Service = service
    work: worker.Service = service
    assert callable(web.accept) and callable(work.perform)
    assert set(service.ports.forges) == set(ForgeKind)
    assert service.ports.seal is not None


def test_what_a_service_remembers_lies_with_its_state(service: assembly.Service, tmp_path: Path) -> None:
    assert service.ports.settings.cache == tmp_path / "cache"


def test_policies_and_links_go_where_the_settings_say(service: assembly.Service) -> None:
    engine = service.ports.settings
    assert (engine.opa_url, engine.opa_token) == ("http://127.0.0.1:9/opa", "opa-token-of-nobody-77")
    link = service.ports.link(PullRequestName(REPOSITORY, 1), "a" * 40)
    assert link.startswith("https://gatehouse.example/reports/")


def test_nothing_of_it_shows_a_secret(service: assembly.Service) -> None:
    shown = repr(service.ports) + repr(service.settings) + str(vars(service))
    assert "glpat-0123456789" not in shown and "webhook-secret" not in shown and "PRIVATE KEY" not in shown


def test_requests_to_a_forge_are_counted_at_the_end_of_a_job(
    service: assembly.Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded(tmp_path / "redis") as server:
        metrics = RedisMetrics(connect(server.url))
        monkeypatch.setattr(service, "_calls", Tally(metrics.add))
        with pytest.raises(RetryLater):  # nobody listens there, which is an answer that is counted too
            service.ports.forges[ForgeKind.GITHUB].pull_request(PullRequestName(REPOSITORY, 1))
        monkeypatch.setattr(dispatch, "perform", lambda *_: None)
        service.perform(Job(JobKind.CHECK, REPOSITORY, number=1))
        service.perform(Job(JobKind.CHECK, REPOSITORY, number=1))
        counted = {(row.name, row.labels): row.value for row in metrics.all()}
    told = (("forge", "github"), ("method", "GET"), ("status", "0"))
    assert counted["forge_calls", told] == 3


def test_a_worker_learns_what_jobs_need_before_it_forks(service: assembly.Service) -> None:
    assert "_forges" not in vars(service)
    before = threading.active_count()
    service.prepare()
    assert service.ports.forges is vars(service)["_forges"]
    assert threading.active_count() <= before, "a process with threads had better not fork"


def test_a_redis_that_is_away_does_not_keep_the_web_door_closed(service: assembly.Service) -> None:
    service.warm()


def test_the_web_door_is_warm_before_the_first_delivery(
    service: assembly.Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with embedded(tmp_path / "redis") as server, connect(server.url) as client:
        monkeypatch.setenv("REDIS_URL", server.url)
        web = assembly.service.__wrapped__(patient=False)
        web.warm()
        assert len(client.client_list()) == 1 + 4
        asked = int(client.info("commandstats")["cmdstat_evalsha"]["calls"])
        assert web.ports.queue.put(Job(JobKind.SWEEP, REPOSITORY))
        assert client.info("commandstats")["cmdstat_evalsha"]["calls"] == asked + 1
