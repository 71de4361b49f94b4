"""The forge's clock: the machine's, until a test sets it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class Clock:
    """Aware times in UTC. Once ``set``, time stands still and moves by ``advance`` alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fixed: datetime | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._fixed or datetime.now(UTC)

    def set(self, when: datetime | None) -> None:
        """Stand still at ``when`` (aware); None: the machine's time again."""
        with self._lock:
            self._fixed = when.astimezone(UTC) if when else None

    def advance(self, seconds: float) -> None:
        """Go on by so many seconds; a clock that ran stands still from then on."""
        with self._lock:
            self._fixed = (self._fixed or datetime.now(UTC)) + timedelta(seconds=seconds)
