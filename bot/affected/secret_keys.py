"""Secrets of the repository as far as they may be looked at: their keys, which SOPS leaves readable, and whether they
differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

_HELD = ("data", "stringData")


def keys_of(secret: Mapping[str, object]) -> list[str]:
    """The names under which a Secret holds something, sorted."""
    held = (secret.get(field) for field in _HELD)
    return sorted({str(key) for values in held if isinstance(values, Mapping) for key in values})


def with_keys(secret: Mapping[str, object], built: Mapping[str, object]) -> dict[str, object]:
    """A Secret as its file holds it, with the keys that it has in addition where a build made it, which masks values."""
    more = set(keys_of(built)).difference(keys_of(secret))
    held = secret.get("data")
    if not more or not (held is None or isinstance(held, Mapping)):
        return dict(secret)
    return {**secret, "data": {**(held or {}), **dict.fromkeys(sorted(more), "")}}


def digest_of(secret: Mapping[str, object]) -> str:
    """A text that differs where what the Secret holds does, encrypted or not; it is not kept anywhere."""
    text = json.dumps([secret.get(field) for field in _HELD], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
