"""Webhooks that did not arrive: GitHub keeps them, and tries again only when it is told to."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

from bot.forge.base import NotFound, Redelivers

if TYPE_CHECKING:
    from bot.forge.base import FailedDelivery, Forge
    from bot.service.ports import Ports

_KEPT = timedelta(days=3)  # https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
_OVERLAP = timedelta(minutes=10)  # what was under way when it was last asked
_MOST_TRIES = 3
_MOST_AT_ONCE = 100
_log = logging.getLogger("gatehouse.service")


def redeliver(forge: Forge, ports: Ports) -> int:
    """Order again what was lost since the last time, of a forge that can; how many those were. What is lost for good, the
    sweep of its repository finds. Raises RetryLater and ForgeError."""
    if not hasattr(forge, "failed_deliveries"):
        return 0
    able, key, now = cast(Redelivers, forge), f"redelivered:{forge.kind}", ports.now()
    failed = able.failed_deliveries(_since(ports.memory.note(key), now))
    lost = [each for each in failed if max(each.tries, _ordered(each, ports) + 1) < _MOST_TRIES]
    for delivery in lost[:_MOST_AT_ONCE]:
        told = {"delivery": delivery.guid, "event": delivery.event}
        try:
            able.redeliver(delivery.id)
            _log.warning("a webhook is ordered again", extra=told)
        except NotFound as error:
            _log.warning("a webhook cannot be ordered again", extra={**told, "why": error})
        ports.memory.set_note(_key(delivery), str(_ordered(delivery, ports) + 1), seconds=int(_KEPT.total_seconds()))
    left = lost[_MOST_AT_ONCE:]
    seen = min(now, left[0].at + _OVERLAP) if left else now  # the next time begins with those
    ports.memory.set_note(key, seen.isoformat())
    return len(lost) - len(left)


def _ordered(delivery: FailedDelivery, ports: Ports) -> int:
    """How often that was: what the forge tells are tries of the last minutes alone."""
    noted = ports.memory.note(_key(delivery))
    return int(noted) if noted.isdecimal() else 0


def _key(delivery: FailedDelivery) -> str:
    return f"ordered webhook {delivery.guid}"


def _since(noted: str, now: datetime) -> datetime:
    try:
        last = datetime.fromisoformat(noted).astimezone(UTC)
    except ValueError:
        return now - _KEPT
    return max(last - _OVERLAP, now - _KEPT)
