"""Credentials of a GitHub App: the JWT that it signs itself, and the tokens that its installations get.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from github import Auth

from bot.errors import UserError
from bot.forge.shelf import Shelf

TOKEN_LEFT = timedelta(minutes=10)  # what a token that is handed out is good for, at least


class Jwt:
    """The App itself, by a token that it signs (RFC 7519) and that is good for five minutes. Raises UserError where the key
    is none."""

    name = account = "app"

    def __init__(self, app_id: str, private_key: str) -> None:
        try:
            self._auth = Auth.AppAuth(app_id, private_key)
            self.header()
        except Exception:  # whatever the libraries say of it may quote the key
            raise UserError(
                "GITHUB_PRIVATE_KEY is not the private key of a GitHub App: it has to be the whole PEM file that GitHub "
                "gave, and GITHUB_APP_ID the App's id."
            ) from None

    def header(self) -> str:
        return f"Bearer {self._auth.token}"

    def renew(self, refused: str) -> bool:  # noqa: ARG002
        return False


class InstallationToken:
    """The token of one installation for one repository and purpose: asked for once, by whoever comes first. ``account`` is
    the installation, to which GitHub counts what is asked; ``refused`` is called where GitHub does not take it any more."""

    def __init__(
        self,
        account: str,
        purpose: str,
        *,
        ask: Callable[[], tuple[str, datetime]],
        refused: Callable[[], None],
        now: Callable[[], datetime],
        shelf: Shelf,
    ) -> None:
        self.account = account
        self.name = f"{account} {purpose}"
        self._shelf = shelf
        self._ask = ask
        self._refused = refused
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._until = datetime.min.replace(tzinfo=UTC)

    def __repr__(self) -> str:
        return f"InstallationToken({self.name})"

    def value(self) -> str:
        with self._lock:
            if not self._is_good():
                with self._shelf.alone(self.name):
                    self._token, self._until = self._shelf.get(self.name) or ("", self._until)
                    if not self._is_good():
                        self._token, self._until = self._ask()
                        self._shelf.put(self.name, self._token, self._until)
            return self._token

    def _is_good(self) -> bool:
        return bool(self._token) and self._until - self._now() >= TOKEN_LEFT

    def header(self) -> str:
        return f"Bearer {self.value()}"

    def renew(self, refused: str) -> bool:
        with self._lock:
            if refused == f"Bearer {self._token}":
                self._token = ""
                self._shelf.drop(self.name)
                self._refused()
            return True
