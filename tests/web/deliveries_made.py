"""Deliveries as the forges sign them, and waiting for what other processes do."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

GITHUB_SECRET = "f00dfeed5e1ec7ed0123456789abcdef"
GITLAB_SECRET = "0ther5ecretOfTheHook-77"
GITLAB_TOKEN = "t0ken-of-the-gitlab-bot-1"


def github_delivery(number: int = 3, *, id: str = "d-1", secret: str = GITHUB_SECRET) -> tuple[dict[str, str], bytes]:
    """Headers and body of a pull request that was opened."""
    body = json.dumps(
        {
            "action": "opened",
            "number": number,
            "pull_request": {"number": number},
            "repository": {"id": 1, "full_name": "acme/gitops"},
        }
    ).encode()
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": id,
        "X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }, body


def gitlab_delivery(number: int = 3, *, id: str = "u-1", secret: str = GITLAB_SECRET) -> tuple[dict[str, str], bytes]:
    """The same of GitLab, with a secret token."""
    body: dict[str, Any] = {
        "object_kind": "merge_request",
        "project": {"id": 7, "path_with_namespace": "acme/sub/gitops"},
        "user": {"username": "ada"},
        "object_attributes": {"iid": number, "action": "open", "state": "opened"},
    }
    return {
        "Content-Type": "application/json",
        "X-Gitlab-Event": "Merge Request Hook",
        "X-Gitlab-Event-UUID": id,
        "Idempotency-Key": id,
        "X-Gitlab-Token": secret,
    }, json.dumps(body).encode()


def until(what: Callable[[], bool], told: str = "it", seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"{told} did not happen"
        time.sleep(0.02)
