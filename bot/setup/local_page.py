"""The page on this machine from which a browser goes to GitHub, and to which GitHub sends it back.

It listens on the loopback address alone, answers only who asks for it by that name (another site's page cannot, RFC 9110,
7.2), and takes one answer: the one with the state that it sent.
"""

from __future__ import annotations

import hmac
import json
import threading
from collections.abc import Callable
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bot.errors import GatehouseError, ToolError

BACK = "/registered"
_LOOK_SECONDS = 0.5
_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class LocalPage:
    """One visit of one person. ``exchange`` takes the code and returns the sentence that the person reads at the end; what
    it raises is told to both sides."""

    def __init__(self, state: str, exchange: Callable[[str], str]) -> None:
        self._state, self._exchange = state, exchange
        self._form = ""
        self._error: GatehouseError | None = None
        self._answered, self._finished, self._over = threading.Lock(), False, threading.Event()
        page = self

        class Handler(BaseHTTPRequestHandler):
            """One request of the browser."""

            timeout = 10
            server_version, sys_version = "gatehouse", ""

            def do_GET(self) -> None:
                status, body = page.answer(self.path, self.headers.get("Host", ""))
                data = body.encode()
                self.send_response(status)
                for name, value in {**_HEADERS, "Content-Length": str(len(data))}.items():
                    self.send_header(name, value)
                self.send_header(
                    "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'"
                )
                self.end_headers()
                self.wfile.write(data)
                if page._finished:
                    page._over.set()  # now that the person has been told

            def log_message(self, *_: Any) -> None:
                """The address holds a code."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._host = f"127.0.0.1:{self._server.server_port}"
        self.address = f"http://{self._host}"

    def shows(self, action: str, manifest: dict[str, Any]) -> None:
        """What the page posts, and where to."""
        hidden = f'<input type="hidden" name="manifest" value="{escape(json.dumps(manifest))}">'
        button = '<button type="submit">Continue at GitHub</button>'
        words = "GitHub asks for a name, shows what Gatehouse may do, and sends you back here."
        self._form = f'<p>{words}</p><form method="post" action="{escape(action)}">{hidden}{button}</form>'

    def wait(self, seconds: float) -> None:
        """Answer until GitHub sent the browser back. Raises ToolError where nobody came in so many seconds, and what
        ``exchange`` raised."""
        thread = threading.Thread(target=self._server.serve_forever, args=(_LOOK_SECONDS,), daemon=True)
        thread.start()
        try:
            if not self._over.wait(seconds):
                raise ToolError(f"Nobody came back from GitHub within {seconds / 60:g} minutes; begin again.")
        finally:
            self._server.shutdown()
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self._server.server_close()

    def answer(self, target: str, host: str) -> tuple[int, str]:
        """Status and page for one request."""
        if host != self._host:
            return 421, _page("This page answers only under its own address.")
        parts = urlsplit(target)
        if parts.path == "/":
            return 200, _page("", self._form)
        if parts.path != BACK:
            return 404, _page("There is nothing here.")
        asked = parse_qs(parts.query)
        code, state = asked.get("code", [""])[0], asked.get("state", [""])[0]
        if not code or not hmac.compare_digest(state.encode(), self._state.encode()):
            return 403, _page("This does not come from the page that was opened here; begin again.")
        if not self._answered.acquire(blocking=False):  # for good: there is one answer
            return 200, _page("This is done already.")
        try:
            return 200, _page(self._exchange(code))
        except GatehouseError as error:
            self._error = error
            return 502, _page(str(error))
        finally:
            self._finished = True


def _page(text: str, form: str = "") -> str:
    told = f"<p>{escape(text)}</p>" if text else ""
    begin = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Gatehouse</title><h1>Gatehouse</h1>'
    return f"{begin}{told}{form}</html>\n"
