"""Figures for Prometheus (``/metrics``): what all processes counted in Redis, and how the queue stands just now.

Names begin with ``gatehouse_``; no label names a repository, a person or a setting, because anyone who reaches the service
may read them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.errors import RetryLater
from bot.queue.metrics import Metric as Counted
from bot.queue.waiting import Waiting

_ABOUT = {
    "deliveries": "Webhook deliveries by forge, event and answer.",
    "verdicts": "Final statuses that were published, by state.",
    "gate_seconds": "Time that the gate took for one pull request.",
    "forge_calls": "Calls to the API of a forge, by method and status.",
    "failures": "Jobs that failed for good, by kind.",
}
_PARTS = ("_bucket", "_sum", "_count")


class Sources(NamedTuple):
    """Where figures come from; both raise RetryLater."""

    counted: Callable[[], Iterable[Counted]]
    waiting: Callable[[], Iterable[Waiting]]


def text(sources: Sources) -> bytes:
    """All figures in the text format of Prometheus. While Redis is away only that is told."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(sources))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def describe(self) -> list[Metric]:
        """Nothing is known before it is asked for."""
        return []

    def collect(self) -> Iterator[Metric]:
        """What Redis knows."""
        up = GaugeMetricFamily("gatehouse_redis_up", "Whether Redis answers.")
        try:
            waiting, counted = list(self._sources.waiting()), list(self._sources.counted())
        except RetryLater:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from _queues(waiting)
        yield from _families(counted)


def _queues(waiting: list[Waiting]) -> Iterator[Metric]:
    length = GaugeMetricFamily("gatehouse_queue_length", "Jobs that wait, by queue.", labels=["queue"])
    later = GaugeMetricFamily("gatehouse_queue_later", "Jobs that wait for their time, by queue.", labels=["queue"])
    age = GaugeMetricFamily(
        "gatehouse_queue_oldest_seconds", "How long the oldest waiting job has waited, by queue.", labels=["queue"]
    )
    for each in waiting:
        length.add_metric([each.queue], each.jobs)
        later.add_metric([each.queue], each.later)
        age.add_metric([each.queue], each.oldest_seconds)
    yield length
    yield later
    yield age


def _families(counted: list[Counted]) -> Iterator[Metric]:
    """Counters and histograms, put together from their rows."""
    families: dict[str, CounterMetricFamily | HistogramMetricFamily] = {}
    for row in counted:
        part = next((part for part in _PARTS if row.name.endswith(part)), "")
        name = row.name.removesuffix(part) if part else row.name.removesuffix("_total")
        about = _ABOUT.get(name, f"Counted: {name}.")
        if name not in families:
            kind = HistogramMetricFamily if part else CounterMetricFamily
            families[name] = kind(f"gatehouse_{name}", about)
        ending = part or "_total"
        families[name].add_sample(f"gatehouse_{name}{ending}", dict(row.labels), row.value)
    yield from families.values()
