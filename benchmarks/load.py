"""``python -m benchmarks.load FILE URL RATE``: post the deliveries of a file at a fixed rate, whatever the answers take.

Open loop: each delivery has its instant, and its time is taken from there, so that a server that lags is not spared. FILE
holds a JSON object a line: headers and body. Prints one JSON object: answers by status and the seconds of each.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_THREADS = 48
_LEAD_SECONDS = 0.5


class _Load:
    def __init__(self, rows: Sequence[dict[str, Any]], url: str, rate: float) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._path = parts.hostname or "", parts.port or 80, parts.path
        self._rows = [(row["headers"], row["body"].encode()) for row in rows]
        self._rate = rate
        self._lock = threading.Lock()
        self._next = 0
        self.answers: Counter[int] = Counter()
        self.seconds: list[float] = []
        self._start = time.monotonic() + _LEAD_SECONDS

    def run(self) -> None:
        threads = [threading.Thread(target=self._work) for _ in range(_THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        while True:
            with self._lock:
                number = self._next
                self._next += 1
            if number >= len(self._rows):
                return
            due = self._start + number / self._rate
            time.sleep(max(due - time.monotonic(), 0))
            status = self._posted(*self._rows[number])
            took = time.monotonic() - due
            with self._lock:
                self.answers[status] += 1
                self.seconds.append(took)

    def _posted(self, headers: dict[str, str], body: bytes) -> int:
        """A connection of its own for each, as forges do. 0: no answer."""
        connection = HTTPConnection(self._host, self._port, timeout=30)
        try:
            connection.request("POST", self._path, body, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()


def main(argv: Sequence[str]) -> None:
    file, url, rate = argv
    load = _Load([json.loads(line) for line in Path(file).read_text().splitlines()], url, float(rate))
    load.run()
    print(json.dumps({"answers": load.answers, "seconds": load.seconds}))


if __name__ == "__main__":
    main(sys.argv[1:])
