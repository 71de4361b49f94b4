"""gunicorn's threads, of which a request may hold one only so long: whoever sends a byte now and then keeps nobody waiting.

gunicorn itself bounds how long a sender may say nothing, and not how long a request may take to arrive (gunicorn docs,
"Deploying Gunicorn": it is for a proxy to buffer slow clients, and not everybody has one).
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

WHOLE_SECONDS = 30.0  # forges give up after ten, Enterprise servers of GitHub after thirty
_LOOK_SECONDS = 2.0


class UnderWay:
    """Connections of which a request is being read or answered, and since when."""

    def __init__(self, seconds: float = WHOLE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._since: dict[socket.socket, float] = {}

    def begins(self, connection: socket.socket) -> None:
        with self._lock:
            self._since[connection] = self._clock()

    def ends(self, connection: socket.socket) -> None:
        with self._lock:
            self._since.pop(connection, None)

    def hear_no_more(self) -> None:
        """Nothing more is read of a request that takes too long. What was read of it may still be answered."""
        now = self._clock()
        with self._lock:
            for connection, since in self._since.items():
                if now - since > self._seconds:
                    with contextlib.suppress(OSError):
                        connection.shutdown(socket.SHUT_RD)


class Threads(ThreadWorker):  # type: ignore[misc]
    """gunicorn's gthread with that limit."""

    def init_process(self) -> None:
        self._under_way = UnderWay()
        threading.Thread(target=self._look, name="slow senders", daemon=True).start()
        super().init_process()

    def handle(self, conn: Any) -> Any:
        connection = conn.sock
        self._under_way.begins(connection)
        try:
            return super().handle(conn)
        finally:
            self._under_way.ends(connection)

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            self._under_way.hear_no_more()
