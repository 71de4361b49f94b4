"""Counts of all processes, as Prometheus takes them."""

from __future__ import annotations

from pathlib import Path

import redis

from bot.queue.connection import connect
from bot.queue.metrics import METRICS, Metric, RedisMetrics


def test_counts_add_up_over_processes(client: redis.Redis) -> None:
    one, other = RedisMetrics(client), RedisMetrics(client)
    one.add("deliveries", {"forge": "github", "event": "push"})
    other.add("deliveries", {"event": "push", "forge": "github"}, 2)
    one.add("deliveries", {"event": 'a "quoted" \n name', "forge": "gitlab"})
    one.add("sweeps")
    assert one.all() == other.all() == [
        Metric("deliveries", (("event", 'a "quoted" \n name'), ("forge", "gitlab")), 1),
        Metric("deliveries", (("event", "push"), ("forge", "github")), 3),
        Metric("sweeps", (), 1),
    ]  # fmt: skip


def test_a_histogram_is_cumulative(client: redis.Redis) -> None:
    metrics = RedisMetrics(client)
    for seconds in (0.05, 3.0, 1000.0):
        metrics.observe("check_seconds", {"forge": "github"}, seconds)
    rows = {(metric.name, dict(metric.labels).get("le", "")): metric.value for metric in metrics.all()}
    assert rows["check_seconds_bucket", "0.1"] == 1
    assert rows["check_seconds_bucket", "2.5"] == 1
    assert rows["check_seconds_bucket", "5"] == 2
    assert rows["check_seconds_bucket", "300"] == 2
    assert rows["check_seconds_bucket", "+Inf"] == rows["check_seconds_count", ""] == 3
    assert rows["check_seconds_sum", ""] == 1003.05


def test_what_others_wrote_there_is_left_out(client: redis.Redis) -> None:
    client.hset(METRICS, mapping={"no json": "1", '["a"]': "no number", '{"a":1}': "1", "[]": "1"})
    assert RedisMetrics(client).all() == []


def test_nothing_fails_for_a_count(tmp_path: Path) -> None:
    RedisMetrics(connect(f"unix://{tmp_path}/none.sock", tries=0)).add("deliveries")
