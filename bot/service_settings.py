"""Settings of the service: fixed names, read once, checked as a whole before anything starts.

Each secret can also be read from a file of its own, named by ``NAME_FILE``; several values of a secret, the first of which
is the one in use, are separated by commas, so that a new one can be brought in without a gap.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from bot.errors import UserError
from bot.pem import fault_of
from bot.redaction.placeholders import is_placeholder
from bot.settings_file import SECRETS, state_dir

_SHORTEST_SECRET = 16  # characters; GitHub and GitLab both make longer ones
_FEWEST_CHARACTERS = 6  # different ones
_LARGEST_FILE = 1 << 20
_DATABASE = re.compile(r"/?[0-9]*/?\Z", re.ASCII)  # of others the library would take number 0, and say nothing
_ENGINE_NUMBERS = (
    "GATEHOUSE_CACHE_MIB",
    "GATEHOUSE_WORKERS",
)  # which bot/settings.py reads, and leaves out where they are none


@dataclass(frozen=True, slots=True)
class GitHubSettings:
    """``api_url`` has no slash at its end. Of ``private_keys`` (PEM) and ``webhook_secrets`` the first is in use."""

    api_url: str
    app_id: int
    private_keys: tuple[str, ...] = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)

    @property
    def private_key(self) -> str:
        return self.private_keys[0]


@dataclass(frozen=True, slots=True)
class GitLabSettings:
    """``webhook_secret`` is the text of GITLAB_WEBHOOK_SECRET, which ``bot.webhooks.gitlab`` reads: secrets may be bound to
    projects in it."""

    url: str
    tokens: tuple[str, ...] = field(repr=False)
    webhook_secret: str = field(repr=False)

    @property
    def token(self) -> str:
        return self.tokens[0]


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """``redis_url`` and ``public_url`` are "" where nobody names one; ``port`` 0 means any free one. ``sweep_minutes`` lie
    between two looks for what was lost."""

    github: GitHubSettings | None
    gitlab: GitLabSettings | None
    state_dir: Path
    redis_url: str = field(default="", repr=False)
    opa_url: str = ""
    opa_token: str = field(default="", repr=False)
    public_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8080
    sweep_minutes: int = 10
    warnings: tuple[str, ...] = ()  # what works, and should be otherwise

    def secrets(self) -> tuple[str, ...]:
        """Every text that must never be shown, for ``bot.logs``; the longest first."""
        found: set[str] = {self.opa_token, urlsplit(self.redis_url).password or ""}
        if self.github:
            found |= {*self.github.private_keys, *self.github.webhook_secrets}
        if self.gitlab:
            bound = self.gitlab.webhook_secret.split(",")
            found |= {
                *self.gitlab.tokens,
                *bound,
                *(text.partition(":")[2].strip() for text in bound),
            }
        found |= {quote(text, safe="") for text in found}
        return tuple(sorted((text for text in found if len(text) >= 8), key=lambda text: (-len(text), text)))

    def seal_keys(self) -> tuple[bytes, ...]:
        """Keys for marks in the bot's own comments, the one in use first."""
        return self._keys(b"gatehouse: marks in comments")

    def link_keys(self) -> tuple[bytes, ...]:
        """Keys for the links to report pages, the one in use first. Of GitLab it is the token and not the secret of the
        webhook: that one is known to whoever keeps the webhooks of one project, and would open the pages of all."""
        return self._keys(b"gatehouse: links to report pages")

    def _keys(self, purpose: bytes) -> tuple[bytes, ...]:
        github = self.github.webhook_secrets if self.github else ()
        gitlab = self.gitlab.tokens if self.gitlab else ()
        return tuple(hmac.digest(text.encode(), purpose, hashlib.sha256) for text in (*github, *gitlab))


def fault_of_address(text: str) -> str:
    """What is wrong with the address of a service or a forge, behind the name of its setting; "" where nothing is."""
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("https", "http") and bool(parts.hostname) and not parts.query and not parts.fragment
        _ = parts.port
    except ValueError:
        fine, parts = False, urlsplit("")
    if parts.hostname in ("github.com", "www.github.com"):
        return "has pages for people; the API of github.com is https://api.github.com."
    if parts.username is not None or parts.password is not None:
        return "has a user or a password in it; credentials have settings of their own."
    return "" if fine and not any(c.isspace() for c in text) else "is no address; write it as https://HOST."


def parsed(environ: Mapping[str, str]) -> ServiceSettings:
    """The settings of a service that is about to start. Raises UserError with every problem in one message."""
    return _Reader(environ).settings()


class _Reader:
    """Reads one setting after another and collects what is wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def settings(self) -> ServiceSettings:
        github, gitlab = self._github(), self._gitlab()
        if not github and not gitlab and not self.problems:
            self.problems.append(
                "No forge is configured: set GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET "
                "(`gatehouse setup github` makes them), or GITLAB_TOKEN and GITLAB_WEBHOOK_SECRET."
            )
        settings = ServiceSettings(
            github=github,
            gitlab=gitlab,
            state_dir=state_dir(self.environ),
            redis_url=self._redis(),
            opa_url=self._url("OPA_URL", ""),
            opa_token=self._opa_token(),
            public_url=self._url("GATEHOUSE_PUBLIC_URL", ""),
            host=self.environ.get("GATEHOUSE_HOST", "") or "127.0.0.1",
            port=self._number("PORT", 8080, 0, 65535),
            sweep_minutes=self._number("GATEHOUSE_SWEEP_MINUTES", 10, 1, 1440),
            warnings=tuple(self.warnings),
        )
        for name in _ENGINE_NUMBERS:
            self._number(name, 0, 0, 2**31)
        if self.problems:
            raise UserError(
                "The service cannot start with these settings:\n" + "\n".join(f"- {p}" for p in self.problems)
            )
        return settings

    def _github(self) -> GitHubSettings | None:
        # GITHUB_API_URL alone says nothing: GitHub's own runners set it.
        names = ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET")
        if not any(self._is_set(name) for name in names):
            return None
        for name in names:
            if not self._is_set(name):
                self.problems.append(f"{name} is missing, without which nothing of GitHub works.")
        api_url = self._url("GITHUB_API_URL", "https://api.github.com")
        return GitHubSettings(
            api_url=api_url,
            app_id=self._number("GITHUB_APP_ID", 0, 1, 2**53),
            private_keys=tuple(self._keys()),
            webhook_secrets=self._secrets("GITHUB_WEBHOOK_SECRET"),
        )

    def _gitlab(self) -> GitLabSettings | None:
        names = ("GITLAB_TOKEN", "GITLAB_WEBHOOK_SECRET")
        if not any(self._is_set(name) for name in names):
            return None
        for name in names:
            if not self._is_set(name):
                self.problems.append(f"{name} is missing, without which nothing of GitLab works.")
        raw = self._secret("GITLAB_WEBHOOK_SECRET")
        for part in self._values("GITLAB_WEBHOOK_SECRET", raw):
            scope, _, value = part.partition(":")  # group/project:SECRET
            self._judge("GITLAB_WEBHOOK_SECRET", value.strip() if "/" in scope and value else part)
        return GitLabSettings(
            url=self._url("GITLAB_URL", "https://gitlab.com").removesuffix(
                "/api/v4"
            ),  # its API's address is meant as well
            tokens=self._secrets("GITLAB_TOKEN"),
            webhook_secret=raw,
        )

    def _is_set(self, name: str) -> bool:
        """Whether something is there; spaces alone, as a template with an empty value leaves them, are nothing."""
        of_file = self.environ.get(f"{name}_FILE") if name in SECRETS else ""
        return bool(self.environ.get(name, "").strip() or of_file)

    def _secret(self, name: str) -> str:
        """The text of a secret, from its variable or from the file that ``NAME_FILE`` names."""
        text, file = self.environ.get(name, "").strip(), self.environ.get(f"{name}_FILE", "")
        if text and file:
            self.problems.append(f"Both {name} and {name}_FILE are set; take one away.")
        if text or not file:
            return text
        try:
            with Path(file).open("rb") as opened:
                found = opened.read(_LARGEST_FILE).decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            self.problems.append(f"{name}_FILE names {file}, which is not text.")
            return ""
        except OSError as error:
            self.problems.append(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.")
            return ""
        if not found:
            self.problems.append(f"{name}_FILE names {file}, which is empty.")
        return found

    def _secrets(self, name: str) -> tuple[str, ...]:
        found = self._values(name, self._secret(name))
        for text in found:
            self._judge(name, text)
        return found

    def _values(self, name: str, raw: str) -> tuple[str, ...]:
        """The values that a text holds, separated by commas."""
        found = tuple(filter(None, map(str.strip, raw.split(","))))
        if raw and not found:
            self.problems.append(f"{name} holds nothing but commas.")
        if name != "GITHUB_PRIVATE_KEY" and len(raw.splitlines()) > 1:
            self.problems.append(f"{name} has a line end in it; values of a secret are separated by commas.")
        return found

    def _judge(self, name: str, text: str) -> None:
        """Whether somebody could guess a secret: said, and no reason not to start, as somebody may only try it out."""
        if len(text) < _SHORTEST_SECRET:
            self.warnings.append(f"A value of {name} is shorter than {_SHORTEST_SECRET} characters; take a random one.")
        elif is_placeholder(text) or len(set(text)) < _FEWEST_CHARACTERS:
            self.warnings.append(f"A value of {name} looks like a placeholder; put a random one there.")

    def _keys(self) -> Iterator[str]:
        for text in self._values("GITHUB_PRIVATE_KEY", self._secret("GITHUB_PRIVATE_KEY")):
            key = text.replace("\\n", "\n") + "\n"
            if fault := fault_of(key):
                self.problems.append(f"GITHUB_PRIVATE_KEY {fault}; download a new key at the settings page of the App.")
            yield key

    def _opa_token(self) -> str:
        text = self._secret("OPA_TOKEN")
        if "," in text:  # which no bearer token holds (RFC 6750, 2.1)
            self.problems.append("OPA_TOKEN takes one value: only what forges and we show each other may be several.")
        return text

    def _redis(self) -> str:
        text = self._secret("REDIS_URL")
        try:
            parts = urlsplit(text)
            fine = (
                not text
                or (parts.scheme in ("redis", "rediss") and parts.hostname and _DATABASE.match(parts.path))
                or (parts.scheme == "unix" and parts.path)
            )
            _ = parts.port
        except ValueError:
            fine = False
        if not fine:  # its text may hold a password
            self.problems.append(
                "REDIS_URL is no address of a Redis server; write redis://HOST:PORT/DB, rediss:// for TLS."
            )
        return text

    def _url(self, name: str, default: str) -> str:
        text = self.environ.get(name, "").strip() or default
        if text and (fault := fault_of_address(text)):
            self.problems.append(f"{name} {fault}")
        return text.rstrip("/")

    def _number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.environ.get(name, "").strip()
        if not text:
            return default
        if not text.isascii() or not text.isdecimal() or len(text) > 16 or not least <= int(text) <= most:
            self.problems.append(f"{name} is no whole number from {least} to {most}.")
            return default
        return int(text)
