"""Values that are known to be secret, in the other texts of the same render: what a chart puts into a Secret and also into
the line of a ConfigMap is hidden in both.

Deterministic: what is known comes from the texts of one render alone, whatever was masked before.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bot import documents
from bot.errors import UserError
from bot.redaction.named import is_secret, may_hold
from bot.redaction.random_values import is_harmless, looks_random
from bot.redaction.secret_objects import hidden, holds_base64, is_secret_kind

_KIND = re.compile(r"kind:[ \t]*[\"']?(?i:secrets?)[\"']?[ \t]*$", re.MULTILINE)
_PAIR = re.compile(
    r"(?<![A-Za-z0-9_.-])(?P<name>[A-Za-z0-9_.-]{1,80})[\"']?[ \t]{0,8}[:=][ \t]{0,8}[\"']?"
    r"(?P<value>[A-Za-z0-9+/=_.~!@#$%^&*-]{6,512}+)(?![A-Za-z0-9+/=_.~!@#$%^&*-])"
)
_WORD = re.compile(r"[a-z]{1,11}\Z")  # stands in paths and sentences by right
_MOST = 200  # values of a render
_LONGEST = 1_000_000  # characters of a text that is looked through


def hide_elsewhere(texts: list[str], given: Iterable[str], *, key: bytes) -> list[str]:
    """The documents of one render, with every long random value masked that one of its Secrets holds, or that stands under
    the name of a secret in the values that it was ``given``. Secrets themselves are left to ``masked_document``."""
    secrets = [_is_secret_object(text) for text in texts]
    known = {value for text, is_one in zip(texts, secrets, strict=True) if is_one for value in _held(text)}
    known |= {value for text in given for value in _named(text) if looks_random(value)}
    longest = sorted(known, key=lambda each: (-len(each), each))[:_MOST]
    return [text if is_one else _without(text, longest, key) for text, is_one in zip(texts, secrets, strict=True)]


def _is_secret_object(text: str) -> bool:
    return any(match.start() == 0 or text[match.start() - 1] == "\n" for match in _KIND.finditer(text))


def scrub_given(text: str, given: Iterable[str]) -> str:
    """The words of a tool without the values that it was given under the names of secrets: a chart may print them."""
    known = {value for each in given for value in _named(each) if not _WORD.match(value)}
    for value in sorted(known, key=len, reverse=True):
        text = re.sub(rf"(?<![A-Za-z0-9]){re.escape(value)}(?![A-Za-z0-9])", "•••", text)
    return text


def _without(text: str, known: list[str], key: bytes) -> str:
    for value in known:
        if value in text:
            digest = hmac.new(key, value.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:16]
            text = text.replace(value, f"<secret {digest}>")
    return text


def _held(text: str) -> Iterator[str]:
    """The values of a Secret that look random: its users and hosts stand elsewhere by right."""
    try:
        fields = documents.load_one(text) if len(text) <= _LONGEST else None
    except UserError:
        return
    if isinstance(fields, dict) and is_secret_kind(fields.get("kind")):
        for field in hidden(fields):
            values = fields[field]
            for value in values.values() if isinstance(values, dict) else (values,):
                plain = _decoded(value) if holds_base64(str(field)) else value
                if isinstance(plain, str) and looks_random(plain.strip()):
                    yield plain.strip()


def _named(text: str) -> Iterator[str]:
    for match in _PAIR.finditer(text[:_LONGEST]) if may_hold(text) else ():
        if (
            may_hold(f"{match['name']}:")
            and is_secret(match["name"], match["value"])
            and not is_harmless(match["value"])
        ):
            yield match["value"]


def _decoded(value: Any) -> str:
    try:
        return base64.b64decode("".join(str(value).split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return str(value)
