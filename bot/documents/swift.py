"""YAML by ryaml, several times as fast as libyaml with Python on top: it is libyaml too, written again in Rust.

It reads the words and numbers of YAML 1.2 and keeps no lines. So what it gives is taken only where both readers must agree;
anything else (anchors, tags, keys that are no text, a text that YAML 1.1 may take for a number or a truth value, whatever is
an error) is not for this reader, and the reader of everything reads the document. Where it answers, the answer is that
one's; so it has no errors, either.
"""

from __future__ import annotations

import re

from bot.documents.scalars import resolve

# Where a node may begin: at the start of a line, or behind what announces a value.
_ANNOUNCED = r"[\s\[{,:]"
_ANCHOR = re.compile(rf"&(?<!(?!{_ANNOUNCED}).&)(?=[^\s,\[\]{{}}&])", re.DOTALL)
# YAML's own tags leave no trace in what is read; others are seen there, as keys that begin with the sign.
_TAG = re.compile(rf"!(?<!(?!{_ANNOUNCED}).!)[!<]", re.DOTALL)
_FOREIGN = re.compile(r"[\x80-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_LARGEST = 8 * 1024 * 1024  # what is built is held twice for a moment
_BRACKETS = re.compile(r"[\[\]{}]")
_DEEPEST = 100  # of flow style, whose parsing costs the square of that
# A text that is another value without quotes: for these ryaml finds the same value, so that what it calls a text had some.
_SURE = re.compile(
    r"(?:true|True|TRUE|false|False|FALSE|null|Null|NULL|~|-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]{1,15})?(?:[eE][-+]?[0-9]{1,2})?)\Z"
)
_LARGEST_INT = 2**63 - 1  # beyond, the sign in front decides
_FIRST = frozenset("yYnNoO0123456789+-.")
_FIRST_OF_KEYS = _FIRST | {"!", "<"}


class Other(Exception):
    """Another reader has to read the text."""


def value_of(text: str) -> object:
    """The value of a text that holds one document, whose mappings have no key twice. Raises Other."""
    if len(text) > _LARGEST or _is_deep(text) or _has_foreign_signs(text):
        raise Other
    import ryaml

    try:
        value: object = ryaml.loads(text)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Other from None
    if not _is_plain(value):
        raise Other
    return value


def _has_foreign_signs(text: str) -> bool:
    """Whether a text may hold what the readers take differently, or not for long."""
    if ("&" in text and _ANCHOR.search(text)) or ("!" in text and _TAG.search(text)):
        return True
    return "\x7f" in text or text.startswith("%") or not (text.isascii() or not _FOREIGN.search(text))


def _is_deep(text: str) -> bool:
    """Whether brackets may be nested deep; those in texts count as well."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return False
    depth = 0
    for bracket in _BRACKETS.findall(text):
        depth = depth + 1 if bracket in "[{" else max(0, depth - 1)
        if depth > _DEEPEST:
            return True
    return False


def _is_plain(value: object) -> bool:
    """Whether every key is a text, and every text one in any version of YAML."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for key in item:
                if not isinstance(key, str) or (key[:1] in _FIRST_OF_KEYS and _is_doubtful_key(key)):
                    return False
            item = list(item.values())
        if isinstance(item, list):
            for below in item:
                if isinstance(below, str):
                    if below[:1] in _FIRST and _is_doubtful(below):
                        return False
                elif isinstance(below, dict | list):
                    stack.append(below)
                elif isinstance(below, int) and abs(below) > _LARGEST_INT:
                    return False
        elif (isinstance(item, str) and _is_doubtful(item)) or (isinstance(item, int) and abs(item) > _LARGEST_INT):
            return False
    return True


def _is_doubtful_key(key: str) -> bool:
    return key.startswith("!") or key == "<<" or _is_doubtful(key)


def _is_doubtful(text: str) -> bool:
    """Whether ryaml reads a text where the other reader may find something else."""
    return not isinstance(resolve(text), str) and not _SURE.match(text)
