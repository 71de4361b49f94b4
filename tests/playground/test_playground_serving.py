"""The server of the playground: what may stand around it, and its hourly limit."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.errors import UserError
from bot.playground.serving import LocalForge


def _asked(forge: LocalForge, path: str, token: str = "") -> int:
    host, port = forge.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=60)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        return connection.getresponse().status
    finally:
        connection.close()


def test_what_stands_around_it_hears_every_request(tmp_path: Path) -> None:
    heard: list[str] = []

    def around(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def hears(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            heard.append(environ["PATH_INFO"])
            return application(environ, start)

        return hears

    (tmp_path / "git").mkdir()
    with LocalForge(tmp_path / "git", around=around) as forge:
        assert _asked(forge, "/nothing") == 404
        assert _asked(forge, "/api/v3/app") == 401
    assert heard == ["/nothing", "/api/v3/app"]


def test_the_hourly_limit_can_be_another_one(tmp_path: Path) -> None:
    (tmp_path / "git").mkdir()
    with LocalForge(tmp_path / "git", hourly=1) as forge:
        token = forge.world.user_token(forge.world.add_user("mona"), ("repo",)).value
        assert [_asked(forge, "/api/v3/repos/acme/nothing", token) for _ in range(2)] == [404, 403]


def test_a_port_for_which_rights_lack_is_not_called_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refused(*_: object, **__: object) -> socket.socket:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.create_server", refused)
    with pytest.raises(UserError, match="The port 80 needs more rights than you have"):
        LocalForge(tmp_path, port=80)
