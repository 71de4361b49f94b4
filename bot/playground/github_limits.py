"""The hourly quota of each installation. https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

from __future__ import annotations

import threading
from datetime import datetime

from bot.playground.errors import Refused

_HOUR = 3600


class Exhausted(Refused):
    """The quota is used up."""

    status = 403


class Quota:
    """``hourly``: how many requests each caller has in an hour."""

    def __init__(self, hourly: int) -> None:
        self._hourly = hourly
        self._lock = threading.Lock()
        self._used: dict[tuple[str, int], int] = {}

    def spend(self, who: str, now: datetime) -> None:
        """One more request. Raises Exhausted."""
        with self._lock:
            key = (who, self._hour(now))
            if self._used.get(key, 0) >= self._hourly:
                raise Exhausted(f"API rate limit exceeded for {who}.")
            self._used[key] = self._used.get(key, 0) + 1

    def give_back(self, who: str, now: datetime) -> None:
        """A conditional request whose answer had not changed costs nothing."""
        with self._lock:
            self._used[who, self._hour(now)] -= 1

    def headers(self, who: str, now: datetime) -> dict[str, str]:
        used = self._used.get((who, self._hour(now)), 0)
        return {
            "X-RateLimit-Limit": str(self._hourly),
            "X-RateLimit-Remaining": str(self._hourly - used),
            "X-RateLimit-Used": str(used),
            "X-RateLimit-Reset": str((self._hour(now) + 1) * _HOUR),
            "X-RateLimit-Resource": "core",
        }

    def _hour(self, now: datetime) -> int:
        return int(now.timestamp()) // _HOUR
