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
_OTHERWISE = re.compile(r"^%|[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]", re.MULTILINE)
_LARGEST = 8 * 1024 * 1024  # what is built is held twice for a moment
# In quotes it is a text, and without them no text: which of the two it was, ryaml does not say.
_WORDS = frozenset(form for word in ("y", "n", "yes", "no", "on", "off") for form in (word, word.title(), word.upper()))
_NUMBER = re.compile(r"[-+]?(?:0[0-9]|[0-9._xXoObBa-fA-F]*_)")
_FIRST = frozenset("yYnNoO0123456789+-.")
_FIRST_OF_KEYS = _FIRST | {"!", "<"}


class Other(Exception):
    """Another reader has to read the text."""


def value_of(text: str) -> object:
    """The value of a text that holds one document, whose mappings have no key twice. Raises Other."""
    if len(text) > _LARGEST or _OTHERWISE.search(text) or _ANCHOR.search(text) or _TAG.search(text):
        raise Other
    import ryaml

    try:
        value: object = ryaml.loads(text)
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise Other from None
    if not _is_plain(value):
        raise Other
    return value


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
        elif isinstance(item, str) and _is_doubtful(item):
            return False
    return True


def _is_doubtful_key(key: str) -> bool:
    return key.startswith("!") or key == "<<" or _is_doubtful(key)


def _is_doubtful(text: str) -> bool:
    """Whether ryaml reads a text where the other reader finds something else, unless it is in quotes."""
    return (text in _WORDS or _NUMBER.match(text) is not None) and not isinstance(resolve(text), str)
