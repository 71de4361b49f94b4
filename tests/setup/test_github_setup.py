"""The manifest flow, with a browser that does what it is told and a GitHub that answers as GitHub does."""

from __future__ import annotations

import html
import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.errors import ToolError, UserError
from bot.forge.github_app import GIT_PERMISSIONS, PERMISSIONS
from bot.playground import bot_account
from bot.service_settings import parsed
from bot.settings_file import merged
from bot.setup.github import set_up
from bot.setup.manifest import CLOUD, exchanged, form_address, manifest, web_address

SECRET = "f00dfeed5e1ec7ed0123456789abcdef"


class GitHub(ThreadingHTTPServer):
    """The one call that there is; ``answer`` is what it says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Calls)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        self.answer: tuple[int, Any] = (
            201,
            {"id": 17, "slug": "gatehouse-x", "html_url": "https://github.com/apps/gatehouse-x", "pem": pem,
             "webhook_secret": SECRET, "client_id": "c", "client_secret": "s"},
        )  # fmt: skip
        self.calls: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}/api/v3"


class Calls(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, GitHub)
        assert "Authorization" not in self.headers
        self.server.calls.append(self.path)
        status, body = self.server.answer
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        if status == 302:
            self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def github() -> Iterator[GitHub]:
    server = GitHub()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def get(url: str, host: str = "") -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class Browser:
    """Sees what is said, opens it, and keeps what it was shown. ``visit`` gets the address of the page, the address that the
    form is posted to, and the manifest in it."""

    def __init__(self, visit: Callable[[str, str, dict[str, Any]], None]) -> None:
        self._visit = visit
        self._thread: threading.Thread | None = None

    def say(self, text: str) -> None:
        address = text.split()[1]
        self._thread = threading.Thread(target=self._go, args=(address,))
        self._thread.start()

    def _go(self, address: str) -> None:
        _, page = get(address + "/")
        action = re.search(r'action="([^"]*)"', page)
        value = re.search(r'name="manifest" value="([^"]*)"', page)
        assert action is not None
        assert value is not None
        self._visit(address, html.unescape(action[1]), json.loads(html.unescape(value[1])))


def state_of(action: str) -> str:
    return urllib.parse.parse_qs(urllib.parse.urlsplit(action).query)["state"][0]


def test_an_app_is_registered_and_its_credentials_start_the_service(github: GitHub, tmp_path: Path) -> None:
    seen: list[tuple[int, str]] = []
    posted: list[tuple[str, dict[str, Any]]] = []

    def visit(address: str, action: str, form: dict[str, Any]) -> None:
        posted.append((action, form))
        state = state_of(action)
        seen.append(get(f"{address}/registered?code=abc123&state=wrong"))
        seen.append(get(f"{address}/registered?state={state}"))
        seen.append(get(f"{address}/nothing"))
        seen.append(get(f"{address}/registered?code=abc123&state={state}", host="evil.example.com"))
        seen.append(get(f"{form['redirect_url']}?code=abc123&state={state}"))

    file = tmp_path / "settings.env"
    made = set_up(
        api_url=github.url, public_url="https://bot.example.com", organization="my org", file=file, replace=False,
        say=Browser(visit).say,
    )  # fmt: skip
    assert made.id == 17
    assert SECRET not in repr(made)
    assert github.calls == ["/api/v3/app-manifests/abc123/conversions"]
    assert [status for status, _ in seen] == [403, 403, 404, 421, 200]
    assert "https://github.com/apps/gatehouse-x/installations/new" in seen[-1][1]
    action, form = posted[0]
    assert action.startswith(f"{github.url.removesuffix('/api/v3')}/organizations/my%20org/settings/apps/new?state=")
    assert form["hook_attributes"] == {"url": "https://bot.example.com/webhooks/github", "active": True}
    settings = parsed(merged({"HOME": str(tmp_path)}, str(file)))
    assert settings.github is not None
    assert (settings.github.app_id, settings.github.webhook_secrets) == (17, (SECRET,))
    assert settings.github.api_url == github.url
    assert settings.public_url == "https://bot.example.com"


def test_an_app_that_is_there_is_not_lost(github: GitHub, tmp_path: Path) -> None:
    file = tmp_path / "settings.env"
    file.write_text("GITHUB_APP_ID=3\n")
    with pytest.raises(UserError, match="--replace"):
        set_up(api_url=github.url, public_url="https://b", organization="", file=file, replace=False, say=print)
    with pytest.raises(UserError, match="--public-url"):
        set_up(api_url=github.url, public_url="", organization="", file=tmp_path / "x", replace=False, say=print)


def test_a_place_that_takes_no_file_is_told_before_anybody_goes_to_github(github: GitHub, tmp_path: Path) -> None:
    """Afterwards the key and the secret of the App would be lost: GitHub shows them once."""
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")

    def say(text: str) -> None:
        raise AssertionError(text)

    place = tmp_path / "gone" / "settings.env"
    with pytest.raises(ToolError, match=r"settings\.env cannot be written"):
        set_up(api_url=github.url, public_url="https://b", organization="", file=place, replace=True, say=say)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, {}), "does not take the code"),
        ((302, {}), "does not take the code"),
        ((201, b"<html>"), "holds no App"),
        ((201, {"id": 3}), "holds no App"),
        (
            (201, {"id": 3, "slug": "s", "html_url": "h", "pem": "cut", "webhook_secret": SECRET}),
            "no private key in PEM",
        ),
    ],
)
def test_what_github_may_answer_instead(github: GitHub, tmp_path: Path, answer: tuple[int, Any], told: str) -> None:
    github.answer = answer
    seen: list[tuple[int, str]] = []

    def visit(address: str, action: str, form: dict[str, Any]) -> None:
        seen.append(get(f"{form['redirect_url']}?code=abc123&state={state_of(action)}"))

    file = tmp_path / "settings.env"
    with pytest.raises(ToolError, match=told):
        set_up(api_url=github.url, public_url="https://b", organization="", file=file, replace=False,
               say=Browser(visit).say)  # fmt: skip
    assert not file.exists()


def test_a_code_is_no_path(github: GitHub) -> None:
    for code in ("../../x", "", "a b", "é", "a" * 300):
        with pytest.raises(ToolError, match="code that is none"):
            exchanged(github.url, code)
    assert github.calls == []


def test_a_github_that_is_away() -> None:
    with pytest.raises(ToolError, match="does not answer"):
        exchanged("http://127.0.0.1:1", "abc")


def test_addresses_of_each_kind_of_github() -> None:
    assert web_address(CLOUD) == "https://github.com"
    assert web_address("https://ghe.example.com/api/v3") == "https://ghe.example.com"
    assert web_address("https://api.acme.ghe.com") == "https://acme.ghe.com"
    assert form_address(CLOUD, "", "s") == "https://github.com/settings/apps/new?state=s"


def test_the_manifest_asks_for_the_least() -> None:
    asked = manifest("https://bot.example.com", "http://127.0.0.1:1/registered")
    assert asked["public"] is False
    writes = {name for name, level in asked["default_permissions"].items() if level != "read"}
    assert writes == {"checks", "pull_requests", "issues"}
    assert asked["default_permissions"].items() >= {**PERMISSIONS, **GIT_PERMISSIONS}.items()
    assert asked["default_permissions"] == bot_account.PERMISSIONS
    assert set(asked["default_events"]) == set(bot_account.EVENTS)
    assert set(asked) <= {
        "name", "url", "hook_attributes", "redirect_url", "callback_urls", "setup_url", "description", "public",
        "default_events", "default_permissions", "request_oauth_on_install", "setup_on_update",
    }  # fmt: skip
