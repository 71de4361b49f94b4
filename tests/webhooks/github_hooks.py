"""Webhooks as GitHub sends them."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind, RepositoryName
from bot.webhooks import github

SECRET = "the secret of tests"
DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
REPOSITORY = RepositoryName(ForgeKind.GITHUB, "octo-org/deploy")
HEAD, BASE, NONE = "a" * 40, "b" * 40, "0" * 40


def headers(event: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": DELIVERY,
        "X-Hub-Signature-256": f"sha256={signature}",
        "Content-Type": "application/json",
    }


def deliver(event: str, payload: dict[str, Any]) -> Delivery:
    """What is read of an event in that repository."""
    body = json.dumps({"repository": {"id": 1, "full_name": REPOSITORY.path}, **payload}).encode()
    return github.read(headers(event, body), body, [SECRET])


def comment(text: str, **changes: Any) -> dict[str, Any]:
    """The payload of a new comment on pull request 7."""
    person = {"id": 5, "login": "hubert", "type": "User"}
    return {
        "action": "created",
        "issue": {"number": 7, "state": "open", "pull_request": {"url": "x"}},
        "comment": {"id": 99, "body": text, "user": person},
        "sender": person,
        **changes,
    }
