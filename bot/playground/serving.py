"""A forge that runs: a world in a directory, its webhooks, and its server on a port of this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from flask import Blueprint
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from bot.errors import UserError
from bot.playground.app import create_app
from bot.playground.github_api import HOURLY
from bot.playground.webhooks import Sender
from bot.playground.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class _Quiet(WSGIRequestHandler):
    """Says nothing of requests: whoever wants to know reads the world."""

    def log(self, type: str, message: str, *args: object) -> None:
        pass


class LocalForge:
    """A context manager. ``directory`` must be there and empty; ``port`` 0: a free one. ``world``, ``sender`` and ``url``
    are there from the start; requests are answered within the block. ``hourly``: the requests of an installation in an
    hour. ``around`` may put something between the server and the application, which then hears all requests. Raises
    UserError where the port is taken."""

    def __init__(
        self,
        directory: Path,
        *,
        port: int = 0,
        host: str = "127.0.0.1",
        hourly: int = HOURLY,
        around: Callable[[WSGIApplication], WSGIApplication] = lambda application: application,
    ) -> None:
        from bot.playground.parts import apis, wires

        self.world = World(directory)
        self.sender = Sender(self.world, wires())
        self._server = self._listening(host, port, apis(self.world, self.sender, hourly), around)
        self.url = f"http://{host}:{self._server.port}"
        self.world.url = self.url
        self._thread = threading.Thread(target=self._server.serve_forever, name="playground", daemon=True)

    def _listening(
        self,
        host: str,
        port: int,
        blueprints: Sequence[Blueprint],
        around: Callable[[WSGIApplication], WSGIApplication],
    ) -> BaseWSGIServer:
        try:
            listener = socket.create_server((host, port), backlog=512)
        except PermissionError as error:
            raise UserError(
                f"The port {port} needs more rights than you have: name one over 1023, or 0 for any."
            ) from error
        except OSError as error:
            raise UserError(f"The port {port} is taken: name another one, or 0 for any.") from error
        with listener:  # the server works on a copy of it
            app = around(create_app(self.world, blueprints))
            return make_server(host, port, app, threaded=True, request_handler=_Quiet, fd=listener.fileno())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.sender.close()
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()
