"""What a chart makes anew in every render (``randAlphaNum``, ``genCA``, ``uuidv4``): two renders of the same inputs show it.

Such a value is in no file and says nothing about a change: in a Secret, and under the name of one elsewhere, a placeholder
stands for it, so that both sides are the same and no check takes it for a password in Git. What stands beside it in the same
text stays, and so does everything in other fields.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from bot.documents import dump, load_one
from bot.errors import UserError
from bot.redaction import named, needs_masking
from bot.redaction.secret_objects import hidden, holds_base64, is_secret_kind

STAND_IN = "<random>"
NOTE = "The chart makes values anew in every render, of which no file says anything: `<random>` stands for them."
_LONGEST = 1_000_000  # characters of an object that is compared
_WORD = re.compile(r"[A-Za-z0-9]+")
# Keys and certificates, salted hashes, and one word: nothing of a file stands beside what is made.
_WHOLE = re.compile(r"\s*-----BEGIN [A-Z ]+-----|\s*(?:[^\s:]{1,100}:)?\$2[aby]?\$|[^\s\"'{}=:;,&?@]+={0,2}\s*\Z")


def is_worth_it(texts: list[str]) -> bool:
    """Whether what was rendered may hold such a value where it would be taken for a secret."""
    return any(needs_masking(text) for text in texts)


def steady(texts: list[str], again: list[str]) -> list[str]:
    """The objects of one render, with a placeholder for what differs in another one of the same inputs."""
    if len(texts) != len(again):
        return texts
    return [one if one == other else _steady(one, other) for one, other in zip(texts, again, strict=True)]


def _steady(text: str, again: str) -> str:
    if max(len(text), len(again)) > _LONGEST or not needs_masking(text):
        return text
    try:
        one, other = load_one(text), load_one(again)
    except UserError:
        return text
    if not isinstance(one, dict) or not isinstance(other, dict):
        return text
    held = hidden(one) if is_secret_kind(one.get("kind")) else []
    same: dict[Any, Any] = _named("", {k: v for k, v in one.items() if k not in held}, other)
    same |= {key: _of_secret(str(key), one[key], other.get(key)) for key in held}
    return text if same == one else dump(same)


def _of_secret(field: str, value: Any, other: Any) -> Any:
    """What a field of a Secret holds."""
    if isinstance(value, dict) and isinstance(other, dict):
        return {key: _of_secret(field, item, other.get(key)) for key, item in value.items()}
    if not isinstance(value, str) or not isinstance(other, str) or value == other:
        return value
    if not holds_base64(field):
        return _without(value, other)
    plain, second = _decoded(value), _decoded(other)
    if plain is None or second is None:
        return value
    return base64.b64encode(_without(plain, second).encode("utf-8", "replace")).decode()


def _named(name: str, value: Any, other: Any) -> Any:
    """What stands elsewhere: only under the name of a secret, as labels and names must stay what they are."""
    if isinstance(value, dict) and isinstance(other, dict):
        called = value.get("name")
        return {
            key: _named(called if key == "value" and isinstance(called, str) else str(key), item, other.get(key))
            if key != "metadata"
            else item
            for key, item in value.items()
        }
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return [_named("", item, second) for item, second in zip(value, other, strict=True)]
    if isinstance(value, str) and isinstance(other, str) and value != other and named.is_secret(name, value):
        return _without(value, other)
    return value


def _without(value: str, other: str) -> str:
    """The text without the words that differ; a placeholder alone where nothing else is left."""
    mine, theirs = _WORD.findall(value), _WORD.findall(other)
    if len(mine) != len(theirs) or _WORD.sub("", value) != _WORD.sub("", other):
        return STAND_IN if _WHOLE.match(value) else value
    made = {at for at, (one, second) in enumerate(zip(mine, theirs, strict=True)) if one != second}
    if len(made) == len(mine) or _WHOLE.match(value):
        return STAND_IN
    position = iter(range(len(mine)))
    return _WORD.sub(lambda found: STAND_IN if next(position) in made else found[0], value)


def _decoded(text: str) -> str | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
