"""Addresses of report pages: signed, so that nobody can guess or change one, and good for some weeks.

Whoever has the address may read the page. What it names (a pull request and a head) is signed with HMAC-SHA256 by
itsdangerous, with the first of the keys; all of them are good for reading, so that a secret can be changed without a gap.
The time of signing is that of the week: one page has one address for so long, and comments stay the same bytes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from itsdangerous import BadData, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from bot.model.forge import PullRequestName, RepositoryName

WEEK = 7 * 86_400
LIFE_SECONDS = 30 * 86_400  # at least; up to a week more
LONGEST_TOKEN = 2000  # characters
_PURPOSE = "gatehouse report page"


class Worth(StrEnum):
    """What an address is worth that cannot be opened."""

    FORGED = "forged"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class PageName:
    """What a page tells of."""

    pull_request: PullRequestName
    head: str


class Links:
    """Makes and reads addresses. ``keys``: the one in use first; ``public_url`` is where people reach the service."""

    def __init__(self, keys: Sequence[bytes], public_url: str, *, now: Callable[[], float] = time.time) -> None:
        class Weekly(TimestampSigner):
            """Signs with the time at which its week began."""

            def get_timestamp(self) -> int:
                return int(now()) // WEEK * WEEK

        self._public_url = public_url
        self._now = now
        self._serializer = URLSafeTimedSerializer(
            list(reversed(keys)),  # the library signs with the last one
            salt=_PURPOSE,
            signer=Weekly,
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )
        self._usable = bool(keys and public_url)

    def link(self, pull_request: PullRequestName, head: str) -> str:
        """The address of a page; "" where the service has none that people can reach."""
        if not self._usable:
            return ""
        token = self._serializer.dumps([str(pull_request.repository), pull_request.number, head])
        return f"{self._public_url}/reports/{token if isinstance(token, str) else token.decode()}"

    def read(self, token: str) -> PageName | Worth:
        """What a token names, or why it names nothing."""
        if not self._usable or len(token) > LONGEST_TOKEN:
            return Worth.FORGED
        try:
            repository, number, head = self._read(token)
            return PageName(PullRequestName(RepositoryName.parse(repository), number), head)
        except SignatureExpired:
            return Worth.EXPIRED
        except (BadData, ValueError, TypeError):
            return Worth.FORGED

    def _read(self, token: str) -> tuple[str, int, str]:
        (repository, number, head), signed = self._serializer.loads(token, return_timestamp=True)
        if self._now() - signed.timestamp() > LIFE_SECONDS + WEEK:
            raise SignatureExpired("The page is too old.")
        return repository, number, head
