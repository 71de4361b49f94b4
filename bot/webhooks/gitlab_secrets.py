"""Secrets of GitLab's webhooks: which of them vouches for a request, and for which projects it may.

A secret token is sent as it is, and whoever manages a project can read the one of its webhook. So a secret can be bound to a
project or a group, and then vouches for nothing else. A signing token vouches for the body as well, by Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md); where there is one for a
project, no mere token counts for it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.errors import UserError
from bot.model.forge import ForgeKind
from bot.webhooks.base import Headers, Refused, raw, same_bytes
from bot.webhooks.payload import repository

MAX_SKEW = 300  # seconds
_SIGNING = "whsec_"
_TIME = re.compile(r"[0-9]{1,12}")
_MOST_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Secret:
    """``scope`` is the path of a project, the path of a group with a slash behind it, or "" for all. Both are read by
    people in logs; the ``value`` is not."""

    value: str = field(repr=False)
    scope: str = ""

    @property
    def signs(self) -> bool:
        return self.value.startswith(_SIGNING)

    @property
    def key(self) -> bytes:
        """What a signing token signs with. Raises ValueError where that is no base64."""
        text = self.value.removeprefix(_SIGNING)
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)

    def closeness(self, project: str) -> int:
        """How specific the secret is for a project; -1 where it is not for it. GitLab's paths know no case."""
        scope, path = self.scope.lower(), project.lower()
        if not scope or scope == path:
            return 2_000 if scope else 0
        return len(scope) if scope.endswith("/") and path.startswith(scope) else -1


def parse_secrets(text: str) -> tuple[Secret, ...]:
    """The setting: values separated by commas, each ``SECRET`` for all projects, ``group/project:SECRET`` for one, or
    ``group/:SECRET`` for all of a group and of the groups in it. Raises UserError, which never quotes a value."""
    found = []
    for number, entry in enumerate(text.split(","), start=1):
        if not entry.strip():
            continue
        scope, value = _split(entry.strip())
        if not value:
            raise UserError(f"secret {number} of GITLAB_WEBHOOK_SECRET is empty: write it behind {scope}:")
        secret = Secret(value, scope)
        try:
            signable = not secret.signs or bool(secret.key)
        except (ValueError, binascii.Error):
            signable = False
        if not signable:
            raise UserError(
                f"secret {number} of GITLAB_WEBHOOK_SECRET begins with {_SIGNING} and is no signing token: copy all of it"
            )
        found.append(secret)
    return tuple(found)


def _split(entry: str) -> tuple[str, str]:
    scope, colon, value = entry.partition(":")
    group = f"{scope}group" if scope.endswith("/") else scope
    bound = colon and repository(ForgeKind.GITLAB, group) is not None
    return (scope, value.strip()) if bound else ("", entry)


def vouching(headers: Headers, body: bytes, secrets: Sequence[Secret], now: datetime) -> frozenset[Secret]:
    """The secrets that the sender knows. Raises Refused where there is none."""
    token, signatures = headers["X-Gitlab-Token"], headers["webhook-signature"].split()[:_MOST_SIGNATURES]
    timely = _is_timely(headers["webhook-timestamp"], now)
    signed = b".".join((raw(headers["webhook-id"]), raw(headers["webhook-timestamp"]), body)) if signatures else b""
    found = set()
    for secret in secrets:  # all are compared, so that the time tells nothing about which one it is
        if secret.signs and signatures and timely:
            known = b"v1," + base64.b64encode(hmac.digest(secret.key, signed, "sha256"))
            vouches = sum(same_bytes(signature, known) for signature in signatures) > 0
        else:
            vouches = bool(not secret.signs and secret.value and token) and same_bytes(token, secret.value.encode())
        if vouches:
            found.add(secret)
    if not found:
        raise Refused(_why(bool(signatures), timely))
    return frozenset(found)


def _is_timely(text: str, now: datetime) -> bool:
    return _TIME.fullmatch(text) is not None and abs(int(text) - now.timestamp()) <= MAX_SKEW


def _why(has_signature: bool, timely: bool) -> str:
    if has_signature and not timely:
        return "the webhook was signed more than five minutes ago, or ahead: set the clocks of GitLab and of this host"
    return "the webhook has no secret token or signature of ours: set it to the one of GITLAB_WEBHOOK_SECRET"


def accept_project(project: str, secrets: Sequence[Secret], vouched: frozenset[Secret]) -> None:
    """Raises Refused where the secrets that vouched may not speak for this project: only the most specific ones may, and
    of those only signing tokens where there are any."""
    closest = max((secret.closeness(project) for secret in secrets), default=-1)
    entitled = {secret for secret in secrets if closest >= 0 and secret.closeness(project) == closest}
    signing = {secret for secret in entitled if secret.signs}
    if not vouched & (signing or entitled):
        kind = "signing token" if signing else "secret"
        raise Refused(f"the secret of the webhook does not count for {project}: set the {kind} that is meant for it")
