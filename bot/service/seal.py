"""Marks that only this bot can have made, for what it writes where others can edit."""

from __future__ import annotations

import hashlib
import hmac


class Seal:
    """HMAC-SHA256 (RFC 2104) under the first of the keys; marks under any of them hold, so that keys can be changed. A key
    has at least 16 bytes and is never shown."""

    def __init__(self, *keys: bytes) -> None:
        if not keys or any(len(key) < 16 for key in keys):
            raise ValueError("a key of at least 16 bytes is needed")
        self._keys = keys

    def __repr__(self) -> str:
        return f"Seal({len(self._keys)} keys)"

    def mark(self, purpose: str, text: str) -> str:
        """The mark of a text: 64 hexadecimal digits. ``purpose`` keeps marks of one sort from being taken for another."""
        return _mark(self._keys[0], purpose, text)

    def holds(self, purpose: str, text: str, mark: str) -> bool:
        """Whether this bot made the mark for exactly this text."""
        given = mark.encode("ascii", "replace")
        return any(hmac.compare_digest(_mark(key, purpose, text).encode(), given) for key in self._keys)


def _mark(key: bytes, purpose: str, text: str) -> str:
    message = f"gatehouse {purpose}\n{text}".encode("utf-8", "surrogatepass")
    return hmac.new(key, message, hashlib.sha256).hexdigest()
