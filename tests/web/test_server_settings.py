"""What gunicorn is told."""

from __future__ import annotations

from gunicorn.config import Config
from gunicorn.http import RequestParser

from bot.web.serving import settings


def test_no_header_changes_the_path_that_a_proxy_saw() -> None:
    """gunicorn believes SCRIPT_NAME from this machine, where a proxy may run that passes on what strangers send; then
    ``/x/metrics`` would be ``/metrics``, whatever that proxy keeps inside."""
    config = Config()
    for name, value in settings(1).items():
        config.set(name, value)
    asked = b"GET /x/metrics HTTP/1.1\r\nHost: bot\r\nSCRIPT_NAME: /x\r\nPATH_INFO: /metrics\r\n\r\n"
    request = next(RequestParser(config, iter([asked]), ("127.0.0.1", 1)))
    assert [name for name, _ in request.headers] == ["HOST"]
