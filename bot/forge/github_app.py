"""The GitHub App: who it is, where it is installed, and its tokens: short-lived, for one repository, with least rights.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from bot.forge.base import Forbidden, NotFound, Unavailable
from bot.forge.github_http import Client, Credential, utc
from bot.forge.github_refusals import Doubtful, Invalid
from bot.forge.github_tokens import InstallationToken, Jwt
from bot.forge.shelf import NoShelf, Shelf
from bot.model.forge import ForgeKind, RepositoryName

# What the service asks for; the manifest (app.yaml) asks the owner for the same.
PERMISSIONS = {
    "metadata": "read",
    "checks": "write",
    "pull_requests": "write",  # comments too, where the issue is a pull request
    "issues": "write",  # GitHub's documentation asks for it for reactions; what it does itself depends on the issue
    "members": "read",
}
GIT_PERMISSIONS = {"metadata": "read", "contents": "read"}
LIST_PERMISSIONS = {"metadata": "read"}

_TOKENS = "/app/installations/{installation_id}/access_tokens"
_KINDS = ("api", "git")  # of tokens for one repository
_LEVELS = ("read", "write", "admin")
_INSTALLATION_KEPT = timedelta(minutes=10)
_ITSELF_KEPT = timedelta(hours=6)


class Itself(NamedTuple):
    id: int
    slug: str

    @property
    def login(self) -> str:
        """The account that the App writes as. No person can have it: logins of people hold no brackets."""
        return f"{self.slug}[bot]"


@dataclass(frozen=True, slots=True)
class Installation:
    """An account that installed the App. ``permissions`` is what its owner granted: name to read, write or admin."""

    id: int
    account: str
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    is_suspended: bool
    url: str


class App:
    """``app_id`` is the App's id or client id, ``private_key`` its PEM. Raises UserError where the key is none."""

    def __init__(
        self,
        client: Client,
        *,
        app_id: str,
        private_key: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        shelf: Shelf | None = None,
    ) -> None:
        self.client = client
        self._shelf = shelf or NoShelf()
        self._now = now
        self._lock = threading.Lock()
        self._itself: Itself | None = None
        self._installations: dict[str, tuple[Installation, datetime]] = {}
        self._tokens: dict[tuple[int, str, str], InstallationToken] = {}
        self.as_app: Credential = Jwt(app_id, private_key)

    def itself(self) -> Itself:
        if self._itself is None:
            kept = self._shelf.get("itself")
            told = json.loads(kept[0]) if kept else self.client.get(self.as_app, "/app")
            self._itself = Itself(int(told["id"]), str(told["slug"]))
            if not kept:
                self._shelf.put("itself", json.dumps(self._itself._asdict()), self._now() + _ITSELF_KEPT)
        return self._itself

    def installations(self) -> list[Installation]:
        return [_installation(row) for row in self.client.pages(self.as_app, "/app/installations")]

    def installation(self, repository: RepositoryName) -> Installation:
        """Where this repository belongs to. Raises NotFound where the App is not installed, Forbidden where it is
        suspended: that is asked each time, as it may be resumed at any."""
        found, since = self._installations.get(repository.path.lower(), (None, self._now()))
        if found is None or self._now() - since > _INSTALLATION_KEPT:
            found = self._kept(repository) or self._looked_up(repository)
            self._installations[repository.path.lower()] = (found, self._now())
        return found

    def forget(self, repository: RepositoryName) -> None:
        """What is known of a repository may be old: it was made anew under its name, given to the App anew, or the tokens
        for it were revoked. Without this, nobody would ask again before the tokens' hour is over."""
        path = repository.path.lower()
        installation, _ = self._installations.pop(path, (self._kept(repository), None))
        self._shelf.drop(_shelved(path))
        if installation is not None:
            for kind in _KINDS:
                self._drop(installation, path, kind)

    def repositories(self, installation: Installation) -> list[RepositoryName]:
        """All that an installation holds and that can still change."""
        token = self._token(installation, "", LIST_PERMISSIONS)
        rows = self.client.pages(token, "/installation/repositories", items="repositories")
        names = [RepositoryName(ForgeKind.GITHUB, row["full_name"]) for row in rows if not row.get("archived")]
        return sorted(names)

    def credential(self, repository: RepositoryName) -> Credential:
        return self._token(self.installation(repository), repository.path, PERMISSIONS)

    def reader(self, repository: RepositoryName) -> Credential:
        """For what only the permission to read code tells, such as the rules of a branch."""
        return self._token(self.installation(repository), repository.path, GIT_PERMISSIONS)

    def git_header(self, repository: RepositoryName) -> str:
        """The HTTP header that lets git read this one repository."""
        token = self._token(self.installation(repository), repository.path, GIT_PERMISSIONS).value()
        return f"Authorization: Basic {base64.b64encode(f'x-access-token:{token}'.encode()).decode()}"

    def _kept(self, repository: RepositoryName) -> Installation | None:
        """What another process looked up some minutes ago."""
        kept = self._shelf.get(_shelved(repository.path.lower()))
        return _installation(json.loads(kept[0])) if kept else None

    def _looked_up(self, repository: RepositoryName) -> Installation:
        owner, _, repo = repository.path.partition("/")
        try:
            row = self.client.get(self.as_app, "/repos/{owner}/{repo}/installation", owner=owner, repo=repo)
        except NotFound:
            raise NotFound(
                f"The App is not installed for {repository.path}; an owner of it can add the repository."
            ) from None
        found = _installation(row)
        if found.is_suspended:
            raise Forbidden(
                f"The App's installation for {found.account} is suspended; an owner can resume it at {found.url}."
            )
        self._shelf.put(_shelved(repository.path.lower()), json.dumps(row), self._now() + _INSTALLATION_KEPT)
        return found

    def _token(self, installation: Installation, path: str, wanted: Mapping[str, str]) -> InstallationToken:
        """``path`` "": for the installation as a whole."""
        kind = "git" if wanted is GIT_PERMISSIONS else "api"
        key = (installation.id, path.lower(), kind)

        def ask() -> tuple[str, datetime]:
            return self._asked_again(path, wanted) if path else self._asked(installation, path, wanted)

        with self._lock:
            if key not in self._tokens:
                self._tokens[key] = InstallationToken(
                    _account(installation),
                    f"{path.lower()} {kind}",
                    ask=ask,
                    refused=lambda: self._drop(installation, path.lower(), "git"),  # git would not tell us
                    now=self._now,
                    shelf=self._shelf,
                )
            return self._tokens[key]

    def _drop(self, installation: Installation, path: str, kind: str) -> None:
        with self._lock:
            self._tokens.pop((installation.id, path, kind), None)
        self._shelf.drop(f"{_account(installation)} {path} {kind}")

    def _asked_again(self, path: str, wanted: Mapping[str, str]) -> tuple[str, datetime]:
        """A new token. Where it is refused, what was known of the installation may be old: it is looked up once more."""
        repository = RepositoryName(ForgeKind.GITHUB, path)
        try:
            return self._asked(self.installation(repository), path, wanted)
        except (NotFound, Forbidden, Invalid):
            self._installations.pop(path.lower(), None)
            self._shelf.drop(_shelved(path.lower()))
            return self._asked(self.installation(repository), path, wanted)

    def _asked(self, installation: Installation, path: str, wanted: Mapping[str, str]) -> tuple[str, datetime]:
        """A token that was made and never seen harms nobody, so a doubtful try is made again."""
        body: dict[str, Any] = {"permissions": granted(wanted, installation.permissions)}
        if path:
            body["repositories"] = [path.partition("/")[2]]
        for tries_left in (1, 0):
            try:
                told = self.client.send(self.as_app, "POST", _TOKENS, body, installation_id=installation.id)
                return str(told["token"]), utc(told["expires_at"])
            except Doubtful as doubt:
                if not tries_left:
                    raise Unavailable(str(doubt)) from None
        raise AssertionError


def _shelved(path: str) -> str:
    return f"installation of {path}"


def _account(installation: Installation) -> str:
    return f"installation {installation.id}"


def granted(wanted: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What is wanted, as far as it was given: asking for more is refused altogether."""
    return {
        name: min(level, given[name], key=_LEVELS.index)
        for name, level in wanted.items()
        if given.get(name) in _LEVELS
    }  # fmt: skip


def _installation(row: Mapping[str, Any]) -> Installation:
    account = row.get("account") or {}
    return Installation(
        id=int(row["id"]),
        account=str(account.get("login") or account.get("slug") or ""),
        permissions=dict(row.get("permissions") or {}),
        events=tuple(row.get("events") or ()),
        is_suspended=row.get("suspended_at") is not None,
        url=str(row.get("html_url") or ""),
    )
