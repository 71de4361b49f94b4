"""What is wrong with a Redis, for ``gatehouse doctor``. Everything is read by INFO, which hosted ones allow as well."""

from __future__ import annotations

from typing import Any

import redis

from bot.queue.connection import asked

_OLDEST = (7, 0)  # the first that answers SET with NX and GET together


def concerns(client: redis.Redis) -> tuple[str, ...]:
    """Sentences for the operator: what to change, and what happens otherwise; none where all is well. Raises QueueDown."""
    with asked():
        about: dict[str, Any] = client.info()
    found = []
    version = str(about.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < _OLDEST:
        found.append(f"Redis {version} is too old; the queue needs {'.'.join(map(str, _OLDEST))} or newer, or Valkey.")
    if not about.get("aof_enabled"):
        found.append(
            "Redis keeps no append-only file, so jobs that wait are lost when it ends, and come back with the next sweep "
            "only: set 'appendonly yes'."
        )
    elif about.get("aof_last_write_status", "ok") != "ok":
        found.append("Redis cannot write its append-only file; its log says why, and its disk may be full.")
    policy = str(about.get("maxmemory_policy", "noeviction"))
    if int(about.get("maxmemory", 0)) and policy != "noeviction":
        found.append(
            f"Redis drops keys when its memory is full (maxmemory-policy {policy}), which may be jobs and locks: set "
            "'maxmemory-policy noeviction'."
        )
    return tuple(found)
