"""Webhooks as GitLab sends them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind, RepositoryName
from bot.webhooks import gitlab

TOKEN = "the-token-of-tests"
KEY = b"32 bytes that nobody else knows."
SIGNING = "whsec_" + base64.b64encode(KEY).decode()
DELIVERY = "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"
PROJECT = RepositoryName(ForgeKind.GITLAB, "shop/platform/deploy")
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
BOT = "gatehouse"


def with_token(token: str = TOKEN, **more: str) -> dict[str, str]:
    """Headers with a secret token."""
    return {
        "Content-Type": "application/json",
        "X-Gitlab-Event": "Merge Request Hook",
        "X-Gitlab-Token": token,
        "Idempotency-Key": DELIVERY,
        **more,
    }


def signature(body: bytes, key: bytes = KEY, seconds: int = 0) -> str:
    """Of a body that is sent so many seconds from now."""
    text = f"{DELIVERY}.{int(NOW.timestamp()) + seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()


def with_signature(body: bytes, key: bytes = KEY, seconds: int = 0) -> dict[str, str]:
    """Headers of a signed body."""
    return {
        "Content-Type": "application/json",
        "webhook-id": DELIVERY,
        "webhook-timestamp": str(int(NOW.timestamp()) + seconds),
        "webhook-signature": signature(body, key, seconds),
    }


def read(headers: dict[str, str], body: bytes, secrets: str = TOKEN) -> Delivery:
    return gitlab.read(headers, body, gitlab.parse_secrets(secrets), bot_name=BOT, now=lambda: NOW)


def encoded(kind: str, **payload: Any) -> bytes:
    return json.dumps({"object_kind": kind, "project": {"path_with_namespace": PROJECT.path}, **payload}).encode()


def deliver(kind: str, **payload: Any) -> Delivery:
    """What is read of an event in that project."""
    return read(with_token(), encoded(kind, **payload))


def note(text: str, **changes: Any) -> dict[str, Any]:
    """The payload of a new note on merge request 7; ``changes`` are of the note itself."""
    return {
        "user": {"id": 5, "username": "hubert"},
        "merge_request": {"iid": 7, "state": "opened"},
        "object_attributes": {
            "id": 99,
            "note": text,
            "noteable_type": "MergeRequest",
            "action": "create",
            "type": None,
            "system": False,
            "internal": False,
            **changes,
        },
    }
