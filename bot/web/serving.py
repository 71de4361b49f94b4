"""gunicorn: how the web door is run, by ``gatehouse web`` and by a Procfile's ``gunicorn`` alike.

Threads wait for Redis and for slow senders, processes use the cores. What logs has no access log: addresses of report pages
are as good as their contents.
"""

from __future__ import annotations

import logging
import os
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from gunicorn import glogging
from gunicorn.app.base import BaseApplication

from bot import logs

_READ_SECONDS = 10  # how long a sender may say nothing within a request
_SETTINGS: dict[str, Any] = {
    "worker_class": "bot.web.patience.Threads",
    "threads": 100,  # most of which wait for slow senders: of those that have read a request few ask Redis at once
    "backlog": 2048,
    "keepalive": 20,
    "timeout": 60,
    "graceful_timeout": 5,
    "limit_request_line": 4094,
    "limit_request_fields": 60,
    "forwarder_headers": "",  # by SCRIPT_NAME a stranger behind a proxy of this machine would have other paths than it sees
    "accesslog": None,
    "control_socket_disable": True,
    "max_requests": 0,
    "proc_name": "gatehouse-web",
}


class Logger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's messages in our logs."""

    def setup(self, cfg: object) -> None:
        """Instead of handlers of its own: whatever is set up at the root. A Procfile's gunicorn comes here first."""
        if not logging.getLogger().handlers:
            logs.set_up()
        for name in ("gunicorn.error", "gunicorn.access"):
            logger = logging.getLogger(name)
            logger.handlers[:] = []
            logger.propagate = True
        self.error_log.setLevel(logging.INFO)
        self.cfg = cfg

    def access(self, *_: object) -> None:
        """None is kept."""


def settings(processes: int) -> dict[str, Any]:
    """gunicorn's settings for so many processes."""
    return {**_SETTINGS, "workers": processes, "logger_class": Logger, "when_ready": _be_patient_no_longer}


def _be_patient_no_longer(server: Any) -> None:
    """Connections inherit this from what listens (socket(7), SO_RCVTIMEO): a sender that stops in the middle frees its
    thread."""
    for listener in server.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _READ_SECONDS, 0))


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn in this process. ``make`` is called in each of its processes, after the fork."""

    def __init__(self, make: Callable[[], Flask], options: Mapping[str, Any]) -> None:
        self._make, self._options = make, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._make()


def serve(make: Callable[[], Flask], bind: str, *, processes: int) -> None:
    """Serve at ``HOST:PORT`` or ``fd://N`` until a signal ends it; ends the process."""
    Server(make, {**settings(processes), "bind": [bind]}).run()


def processes() -> int:
    """As many as there are cores that this process may use, two at least and four at most: a delivery costs about one
    millisecond."""
    return min(max(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 2), 4)


def set_up_logs(secrets: tuple[str, ...]) -> None:
    logs.set_up(secrets)
    logging.getLogger("gunicorn.error").setLevel(logging.INFO)
