"""Counts of one process, told to Redis now and then: nothing that is counted is to wait for that."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

_SECONDS = 1.0


class Tally:
    """``add`` is told name, labels and how much more; it never raises."""

    def __init__(self, add: Callable[[str, dict[str, str], float], None]) -> None:
        self._add = add
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
        self._told = time.monotonic()

    def count(self, name: str, labels: dict[str, str]) -> None:
        """One more."""
        with self._lock:
            self._counts[name, tuple(sorted(labels.items()))] += 1

    def tell(self) -> None:
        """Tell what was counted since the last time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
            self._told = time.monotonic()
        for (name, labels), amount in counts.items():
            self._add(name, dict(labels), amount)

    def tell_if_due(self) -> None:
        """The same, where that was a second ago: for a process without a thread that keeps telling."""
        if time.monotonic() - self._told >= _SECONDS:
            self.tell()

    def keep_telling(self, wait: Callable[[float], object] = time.sleep) -> None:
        """For a thread of its own, as long as the process lives."""
        while True:
            wait(_SECONDS)
            self.tell()
