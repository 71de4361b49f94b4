"""What the operator is told of a Redis."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis

from bot.queue.condition import concerns


@pytest.fixture
def changed(client: redis.Redis) -> Iterator[redis.Redis]:
    """A Redis whose settings are put back."""
    yield client
    for name, value in (("appendonly", "yes"), ("maxmemory", "0"), ("maxmemory-policy", "noeviction")):
        client.config_set(name, value)


def test_our_own_server_is_well(client: redis.Redis) -> None:
    assert concerns(client) == ()


def test_no_append_only_file(changed: redis.Redis) -> None:
    changed.config_set("appendonly", "no")
    (said,) = concerns(changed)
    assert "set 'appendonly yes'" in said


def test_keys_that_are_dropped(changed: redis.Redis) -> None:
    changed.config_set("maxmemory-policy", "allkeys-lru")
    assert concerns(changed) == (), "as long as memory has no limit"
    changed.config_set("maxmemory", str(1 << 30))
    (said,) = concerns(changed)
    assert "maxmemory-policy allkeys-lru" in said and "set 'maxmemory-policy noeviction'" in said


def test_an_old_one(client: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    real = client.info()
    monkeypatch.setattr(client, "info", lambda: {**real, "redis_version": "6.2.14", "aof_last_write_status": "err"})
    old, unwritten = concerns(client)
    assert "Redis 6.2.14 is too old; the queue needs 7.0 or newer" in old
    assert "cannot write its append-only file" in unwritten
