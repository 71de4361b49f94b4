"""Webhooks that GitHub could not deliver: it tries none again by itself, and keeps them for three days.
https://docs.github.com/en/rest/apps/webhooks"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.forge.base import FailedDelivery
from bot.forge.github_app import App
from bot.forge.github_http import utc

_LIST = "/app/hook/deliveries"
_ATTEMPTS = "/app/hook/deliveries/{delivery_id}/attempts"


class Deliveries:
    def __init__(self, app: App) -> None:
        self._app = app

    def failed(self, since: datetime) -> list[FailedDelivery]:
        """Oldest first, those of which no try succeeded; GitHub lists each try by itself, newest first."""

        def is_old(rows: list[Any]) -> bool:
            return utc(rows[-1]["delivered_at"]) < since

        rows = self._app.client.pages(self._app.as_app, _LIST, enough=is_old)
        tries: dict[str, list[Any]] = {}
        for row in rows:
            if utc(row["delivered_at"]) >= since:
                tries.setdefault(row["guid"], []).append(row)
        lost = [each for each in tries.values() if not any(200 <= row["status_code"] < 300 for row in each)]
        return [_failed(each) for each in reversed(lost)]

    def redeliver(self, delivery_id: int) -> None:
        """Let GitHub try once more; it answers before it does."""
        self._app.client.send(self._app.as_app, "POST", _ATTEMPTS, delivery_id=delivery_id)


def _failed(tries: list[Any]) -> FailedDelivery:
    newest = tries[0]
    return FailedDelivery(
        id=int(newest["id"]),
        guid=str(newest["guid"]),
        event=str(newest["event"]),
        at=utc(newest["delivered_at"]),
        tries=len(tries),
    )
