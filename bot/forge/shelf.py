"""A shelf for short-lived secrets that the processes of one machine share, so that each does not ask the forge anew.

A file for each name, sealed with a key that is derived from the App's private key (Fernet: AES-CBC with HMAC-SHA256):
whoever copies the directory has nothing, and what was written under another key, or is damaged, was never there.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Shelf(Protocol):
    """Texts by name, each with the time until which it is good."""

    def alone(self, name: str) -> AbstractContextManager[None]:
        """Whoever else wants this name waits."""
        ...

    def get(self, name: str) -> tuple[str, datetime] | None: ...
    def put(self, name: str, text: str, until: datetime) -> None: ...
    def drop(self, name: str) -> None: ...


class NoShelf:
    """Keeps nothing: a process on its own."""

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:  # noqa: ARG002
        yield

    def get(self, name: str) -> tuple[str, datetime] | None:  # noqa: ARG002
        return None

    def put(self, name: str, text: str, until: datetime) -> None: ...
    def drop(self, name: str) -> None: ...


class SealedShelf:
    """Files below ``directory``. ``secret`` is what the key is derived from. A directory that cannot be written keeps
    nothing, and stops nobody."""

    def __init__(self, directory: Path, secret: str) -> None:
        self._directory = directory
        key = HKDF(SHA256(), 32, salt=None, info=b"gatehouse: tokens on disk").derive(secret.encode())
        self._seal = Fernet(base64.urlsafe_b64encode(key))

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        with suppress(OSError):
            self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(self._place(name).with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            yield
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def get(self, name: str) -> tuple[str, datetime] | None:
        try:
            row = json.loads(self._seal.decrypt(self._place(name).read_bytes()))
            until = datetime.fromisoformat(row["until"]).astimezone(UTC)
            return (str(row["text"]), until) if row["name"] == name and until > datetime.now(UTC) else None
        except (OSError, InvalidToken, ValueError, KeyError, TypeError):
            return None

    def put(self, name: str, text: str, until: datetime) -> None:
        sealed = self._seal.encrypt(json.dumps({"name": name, "text": text, "until": until.isoformat()}).encode())
        place = self._place(name)
        half = place.with_suffix(f".{secrets.token_hex(4)}")
        with suppress(OSError):
            with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(sealed)
            half.replace(place)

    def drop(self, name: str) -> None:
        with suppress(OSError):
            self._place(name).unlink()

    def _place(self, name: str) -> Path:
        return self._directory / f"{hashlib.sha256(name.encode()).hexdigest()[:40]}.sealed"
