"""A real Redis, settings for both forges, and the application on them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from assembled import Assembled
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from deliveries_made import GITHUB_SECRET, GITLAB_SECRET, GITLAB_TOKEN
from flask import Flask

from bot.queue.connection import connect
from bot.queue.embedded import Embedded, embedded
from bot.service_settings import ServiceSettings, parsed
from bot.web.wired import wired

__all__ = ["app", "away", "emptied", "environ", "pem", "redis_server", "service", "settings"]


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    with embedded(tmp_path_factory.mktemp("state")) as running:
        yield running


@pytest.fixture
def emptied(redis_server: Embedded) -> Iterator[redis.Redis]:
    with connect(redis_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture(scope="session")
def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@pytest.fixture
def environ(redis_server: Embedded, tmp_path: Path, pem: str) -> dict[str, str]:
    return {
        "GITHUB_APP_ID": "17",
        "GITHUB_PRIVATE_KEY": pem,
        "GITHUB_WEBHOOK_SECRET": GITHUB_SECRET,
        "GITLAB_TOKEN": GITLAB_TOKEN,
        "GITLAB_WEBHOOK_SECRET": GITLAB_SECRET,
        "REDIS_URL": redis_server.url,
        "GATEHOUSE_STATE_DIR": str(tmp_path / "state"),
        "GATEHOUSE_PUBLIC_URL": "https://bot.example.com",
    }


@pytest.fixture
def settings(environ: dict[str, str]) -> ServiceSettings:
    return parsed(environ)


@pytest.fixture
def service(settings: ServiceSettings, emptied: redis.Redis) -> Assembled:
    return Assembled(settings.redis_url, settings.state_dir)


@pytest.fixture
def away(settings: ServiceSettings, tmp_path: Path) -> Assembled:
    """The same with a Redis that is not there."""
    return Assembled(f"unix://{tmp_path}/nobody.sock", settings.state_dir)


@pytest.fixture
def app(settings: ServiceSettings, service: Assembled) -> Flask:
    return wired(settings, service)
