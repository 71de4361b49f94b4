"""Counters and histograms of all processes, in one hash of Redis. The web tells them to Prometheus.

A histogram is kept as Prometheus tells it: cumulative counts of what was at most so big (label ``le``), a sum and a count.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import NamedTuple

import redis

from bot.queue.connection import asked, text

METRICS = "gatehouse:metrics"
SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_log = logging.getLogger("gatehouse.metrics")


class Metric(NamedTuple):
    """``name`` ends in ``_bucket``, ``_sum`` or ``_count`` where it is of a histogram; labels are sorted by name."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float


class RedisMetrics:
    """``add`` and ``observe`` never raise: what is counted matters less than what is being done."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def add(self, name: str, labels: Mapping[str, str] | None = None, amount: float = 1) -> None:
        """Count so much more."""
        self._add({_field(name, labels or {}): amount})

    def observe(self, name: str, labels: Mapping[str, str] | None = None, value: float = 0) -> None:
        """Add a value (seconds) to a histogram with the bounds ``SECONDS``."""
        given = labels or {}
        rows = {_field(f"{name}_bucket", {**given, "le": f"{le:g}"}): 1.0 for le in SECONDS if value <= le}
        rows[_field(f"{name}_bucket", {**given, "le": "+Inf"})] = 1.0
        self._add({**rows, _field(f"{name}_sum", given): value, _field(f"{name}_count", given): 1.0})

    def all(self) -> list[Metric]:
        """Everything that was counted, in order. Raises QueueDown."""
        with asked():
            rows = self._redis.hgetall(METRICS)
        return sorted(metric for field, value in rows.items() if (metric := _metric(text(field), text(value))))

    def _add(self, rows: dict[str, float]) -> None:
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                for field, amount in rows.items():
                    pipe.hincrbyfloat(METRICS, field, amount)
                pipe.execute()
        except redis.RedisError:
            _log.debug("a count was lost")


def _field(name: str, labels: Mapping[str, str]) -> str:
    return json.dumps([name, *sorted(labels.items())], separators=(",", ":"))


def _metric(field: str, value: str) -> Metric | None:
    try:
        row = json.loads(field)
        if not isinstance(row, list):
            return None
        name, *labels = row
        return Metric(str(name), tuple((str(key), str(what)) for key, what in labels), float(value))
    except (ValueError, TypeError):
        return None
