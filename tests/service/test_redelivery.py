"""Webhooks that GitHub could not deliver are ordered again, each a few times at most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fakes.forge import FakeForge
from fakes.service import fake_ports

from bot.forge.base import FailedDelivery, NotFound
from bot.model.forge import ForgeKind
from bot.service.redelivery import redeliver

NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Forgetful(FakeForge):
    """Some webhooks did not arrive."""

    def __init__(self) -> None:
        super().__init__()
        self.lost: list[FailedDelivery] = []
        self.since: list[datetime] = []
        self.ordered: list[int] = []

    def failed_deliveries(self, since: datetime) -> list[FailedDelivery]:
        self.since.append(since)
        return self.lost

    def redeliver(self, delivery_id: int) -> None:
        self.ordered.append(delivery_id)


def _lost(number: int, tries: int) -> FailedDelivery:
    return FailedDelivery(number, f"guid-{number}", "push", NOW - timedelta(hours=1), tries)


def test_what_was_lost_is_ordered_again_but_not_for_ever(tmp_path: Path) -> None:
    forge: Any = Forgetful()
    ports = fake_ports(forge, tmp_path, now=lambda: NOW)
    forge.lost = [_lost(1, 1), _lost(2, 3), _lost(3, 2)]
    assert redeliver(forge, ports) == 2
    assert forge.ordered == [1, 3]
    redeliver(forge, ports)
    assert forge.since == [NOW - timedelta(days=3), NOW - timedelta(minutes=10)]


def test_what_is_too_much_for_one_time_is_ordered_the_next_time(tmp_path: Path) -> None:
    """A service that was away for hours: what is left over must not fall behind the time that was looked at."""
    forge: Any = Forgetful()
    ports = fake_ports(forge, tmp_path, now=lambda: NOW)
    forge.lost = [_lost(number, 1) for number in range(130)]
    assert redeliver(forge, ports) == 100
    forge.lost = forge.lost[100:]  # the others arrived
    assert redeliver(forge, ports) == 30
    assert forge.ordered == list(range(130))
    assert forge.since[1] == NOW - timedelta(hours=1)
    redeliver(forge, ports)
    assert forge.since[2] == NOW - timedelta(minutes=10)


def test_a_forge_that_tries_by_itself_is_left_alone(tmp_path: Path) -> None:
    forge = FakeForge(ForgeKind.GITLAB)
    assert redeliver(forge, fake_ports(forge, tmp_path)) == 0


class Refusing(FakeForge):
    """One webhook is refused each time; like GitHub it tells of the tries since the time that it is asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.tried = [NOW]

    def failed_deliveries(self, since: datetime) -> list[FailedDelivery]:
        tries = [at for at in self.tried if at >= since]
        return [FailedDelivery(len(self.tried), "guid", "push", tries[-1], len(tries))] if tries else []


def test_what_is_refused_each_time_is_let_be_however_often_the_sweep_looks(tmp_path: Path) -> None:
    forge, now = Refusing(), [NOW]
    forge.redeliver = lambda _: forge.tried.append(now[0])  # type: ignore[attr-defined]
    ports = fake_ports(forge, tmp_path, now=lambda: now[0])
    for _ in range(12):
        now[0] += timedelta(minutes=10)
        redeliver(forge, ports)
    assert len(forge.tried) == 3


def test_one_that_is_gone_holds_up_no_other(tmp_path: Path) -> None:
    forge: Any = Forgetful()
    order = forge.redeliver

    def gone(number: int) -> None:
        if number == 1:
            raise NotFound("GitHub has no such delivery any more.")
        order(number)

    forge.redeliver = gone
    forge.lost = [_lost(1, 1), _lost(2, 1)]
    ports = fake_ports(forge, tmp_path, now=lambda: NOW)
    redeliver(forge, ports)
    assert forge.ordered == [2]
    redeliver(forge, ports)
    assert forge.since[1] == NOW - timedelta(minutes=10)
