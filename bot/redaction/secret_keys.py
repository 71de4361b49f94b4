"""Keys of Secrets and ConfigMaps that are no keys: a generator makes one of every line without ``=`` of an ``envs`` file,
with nothing behind it, so that the lines of a pasted private key and ``PASSWORD: hunter2`` become keys.

What a key may be is that of Kubernetes (Secret and ConfigMap v1 core, ``data``: letters, digits, ``-``, ``_`` and ``.``, at
most 253 characters). Other keys are refused by a cluster, so that nothing is lost where they are hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import ascii_letters, digits
from typing import Any

from bot.redaction import credentials, named
from bot.redaction.masks import MARKER
from bot.redaction.placeholders import is_placeholder
from bot.redaction.random_values import looks_random

_LONGEST = 253
_VALID = re.compile(r"[-._a-zA-Z0-9]+\Z")
_NOTHING = re.compile(r"\s*=*\s*\Z")  # the padding of base64 stands behind the first =
_NOTHING_ENCODED = frozenset(("PQ==", "PT0=", "DQ==", "PQ0="))  # the same as a generator encodes it, with or without \r
_LATER = re.compile(r"\$\{[^{}]{1,200}\}|\$\([^()]{1,200}\)|\{\{.{1,200}?\}\}")  # variables and templates
_PAIR = re.compile(r"(?:export\s+)?(?P<name>[A-Za-z_][\w.-]{0,200})\s*:\s+(?P<value>\S.*)\Z", re.DOTALL)
_PART = re.compile(r"(?:[A-Z]+|[A-Za-z]?[a-z]+(?:[A-Z]{1,3}[a-z]+)*[A-Z]{0,3})[0-9]{0,4}\Z")
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SHORT_PART, _LENGTH_OF_WORD = 4, 3  # characters: S3, K8S; of a word on average
# As renderers write such a key, which is long and has no value: what stands behind it is looked for, which is rarer.
_NO_VALUE = (': ""', ": ''", ": =", ': "=', ": '=")
_LETTERS = f"{ascii_letters}{digits}+/_-"
_SHORTEST, _BEFORE = 16, 40  # characters: of a line that tells, and of those that are looked at before its value


def may_hold(text: str) -> bool:
    """Whether a text may be a ConfigMap with such a key, where its name tells nothing (``named``): never wrongly False for
    what a renderer writes."""
    return "ConfigMap" in text and any(_is_behind_a_line(text, what) for what in _NO_VALUE)


def _is_behind_a_line(text: str, what: str) -> bool:
    at = text.find(what)
    while at >= 0:
        end = text[max(0, at - _BEFORE) : at].rstrip().rstrip("\"'")[-_SHORTEST:]
        if len(end) == _SHORTEST and not end.strip(_LETTERS):
            return True
        at = text.find(what, at + len(what))
    return False


def hidden_of_secret(values: Mapping[Any, object]) -> frozenset[Any]:
    """The keys in the data of a Secret that must not be shown: those that no Secret may have, and those without a value that
    look made by chance. Where there is one, also all others without a value: short lines of the same text."""
    return _with_the_rest(values, {key for key, value in values.items() if _hides(key, value)})


def hidden_of_map(values: Mapping[Any, object]) -> frozenset[Any]:
    """The same for a ConfigMap, whose invalid keys are shown as long as they say nothing secret."""
    return _with_the_rest(values, {key for key, value in values.items() if _is_line_of_map(key, value)})


def _with_the_rest(values: Mapping[Any, object], found: set[Any]) -> frozenset[Any]:
    if found:
        found |= {key for key, value in values.items() if _is_text(key) and _is_nothing(value)}
    return frozenset(found)


def _is_text(key: object) -> bool:
    return isinstance(key, str) and MARKER.fullmatch(key) is None and not is_placeholder(key)


def _hides(key: object, value: object) -> bool:
    return isinstance(key, str) and _is_text(key) and (not _is_valid(key) or (_is_nothing(value) and _is_random(key)))


def _is_line_of_map(key: object, value: object) -> bool:
    if not isinstance(key, str) or not _is_text(key):
        return False
    if _is_valid(key):
        return _is_nothing(value) and _is_random(key)
    pair = _PAIR.match(key)
    if pair is None:
        return _is_nothing(value) or credentials.is_in(key)
    said = pair["value"].strip().strip("\"'")
    return named.is_secret(pair["name"], said) or looks_random(said) or credentials.is_in(f"{key}={value}")


def _is_valid(key: str) -> bool:
    bare = _LATER.sub("x", key)
    return len(bare) <= _LONGEST and _VALID.match(bare) is not None


def _is_nothing(value: object) -> bool:
    if not isinstance(value, str):
        return value is None
    return value in _NOTHING_ENCODED or _NOTHING.match(value) is not None


def _is_random(key: str) -> bool:
    return named.is_uuid(key) or (looks_random(key) and not _is_name(key))


def _is_name(key: str) -> bool:
    """Whether a key is put together from words, as names of variables and files are."""
    return all(len(part) <= _SHORT_PART or _is_of_words(part) for part in re.split("[._-]+", key))


def _is_of_words(part: str) -> bool:
    words = _WORDS.findall(part)
    return _PART.match(part) is not None and sum(map(len, words)) >= _LENGTH_OF_WORD * len(words)
