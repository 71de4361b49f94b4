"""The assembly gives every door what that door asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot import assembly, worker
from bot.model.forge import ForgeKind
from bot.web import wired

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


def test_nothing_of_it_shows_a_secret(service: assembly.Service) -> None:
    shown = repr(service.ports) + repr(service.settings) + str(vars(service))
    assert "glpat-0123456789" not in shown and "webhook-secret" not in shown and "PRIVATE KEY" not in shown
