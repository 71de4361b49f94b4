"""Counts of one process, told to Redis now and then: a delivery is not to wait for its being counted."""

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

    def count(self, name: str, labels: dict[str, str]) -> None:
        """One more."""
        with self._lock:
            self._counts[name, tuple(sorted(labels.items()))] += 1

    def tell(self) -> None:
        """Tell what was counted since the last time."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for (name, labels), amount in counts.items():
            self._add(name, dict(labels), amount)

    def keep_telling(self, wait: Callable[[float], object] = time.sleep) -> None:
        """For a thread of its own, as long as the process lives."""
        while True:
            wait(_SECONDS)
            self.tell()
