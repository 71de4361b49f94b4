"""Values that look random and stand under a name that says password, secret, token or key: ``token: Zk3…``, ``API_KEY=…``.

What is found here is masked wherever it is rendered, and told by the check ``secrets``: one rule for both.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from functools import lru_cache
from math import log2
from typing import NamedTuple

from bot.redaction.placeholders import is_placeholder

LONGEST_LINE = 4096  # what is looked at of a line
_EXAMPLE = re.compile(
    r"(?i)example|changeme|change[-_]me|placeholder|dummy|redacted|your[-_]?|insert|todo|fixme|\.\.\.|0{8}|1234567|"
    r"\A(?:user(?:name)?|pass(?:word|wd)?|pwd|secret|token|test|foo|bar|admin|root|guest)\Z|\A<.*>\Z|\A\{+.*\}+\Z|\A[$%]"
)
_NAMED = re.compile(
    r"""(?ix) (?<![A-Za-z0-9]) (?P<name>[A-Za-z0-9_.-]{0,60}?
        (?:password|passwd|passphrase|secret|token|credentials?|api[_.-]?key|access[_.-]?key|secret[_.-]?key
        |private[_.-]?key|auth[_.-]?key|encryption[_.-]?key)(?:[_.-]?v?[0-9]{1,3})?)
        ["']? [ \t]* [:=] >? [ \t]* (?P<quote>["']?) (?P<value>[A-Za-z0-9+/=_.~!@#$%^&*-]{16,512})
        (?P=quote) [ \t]* (?:[,;}\])#]|$)"""
)  # fmt: skip
# What every such value has, in small letters: the end of a name, and the beginning of a value.
_NAMED_END = re.compile(
    r"(?:password|passwd|passphrase|secret|token|credentials?|key)(?:[_.-]?v?[0-9]{1,3})?"
    r"[\"']?[ \t]*[:=]>?[ \t]*[\"']?[a-z0-9+/=_.~!@#$%^&*-]{16}"
)
_FOLDED = str.maketrans("ſKİı", "skii")  # for an expression that ignores case they are the same
_PUBLIC_NAME = re.compile(r"(?i)public|checksum|hash|digest|sha(?:1|256|512)|fingerprint|encrypted|sealed")
# What a chart calls the sum of what its pods read (``checksum/secret``), and such a sum: as sha256sum writes it.
_SUM_NAME = re.compile(
    r"(?i)(?<![a-z0-9])(?:checksum|hash|digest|md5|sha(?:1|256|512)?(?:sum)?)s?/[a-z0-9_.-]{0,100}\Z"
)
_SUM = re.compile(r"[0-9a-f]{7,128}\Z")
_LONGEST_SUM_NAME = 200
_OBJECT_NAME = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)+\Z")
_SEALED = re.compile(r"Ag[A-Za-z0-9+/]{200,}={0,2}\Z")
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_DIGIT = re.compile("[0-9]")
_HEX = re.compile(r"[0-9a-fA-F]{24,}\Z")
_BASE64_LETTERS = frozenset(string.ascii_letters + string.digits + "+/\\-_=")
_BITS, _BITS_OF_HEX = 4.0, 3.0  # a character, at least


_PLAIN = re.compile(r"[A-Za-z0-9+/=_.~!@#$%^&*-]{16,512}\Z")
_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+|[^A-Za-z0-9]+")
_CAMEL = re.compile(r"[a-z]*(?:[A-Z][a-z]+)+[0-9]{0,4}\Z")
_SOME = 10  # different characters
_LONGEST_RUN, _LONGEST_RUN_OF_LETTERS = 4, 2.5  # characters of a kind, on average; the second where no digit stands


class RandomValue(NamedTuple):
    """The value, its line (1-based) in the text, and its name. The value must go no further than to whoever masks or
    compares it."""

    line: int
    value: str
    name: str


def random_values_in(text: str) -> Iterator[RandomValue]:
    """Every such value of a text, line by line."""
    numbers = _lines_with_names(text)
    lines = text.split("\n") if numbers else []
    for number in numbers:
        for match in _NAMED.finditer(lines[number - 1], 0, LONGEST_LINE):
            name = f"{lines[number - 1][max(0, match.start() - _LONGEST_SUM_NAME) : match.start()]}{match['name']}"
            if is_sum(name, match["value"]):
                continue
            if _may_be_secret(match["name"], match["value"]) and is_random(match["value"]):
                yield RandomValue(number, match["value"], match["name"])


def may_hold(text: str) -> bool:
    """Whether the text may hold such a value: cheap, and never wrongly False."""
    return _NAMED_END.search(text.translate(_FOLDED).lower()) is not None


def _lines_with_names(text: str) -> list[int]:
    """The lines that may hold such a value, in one pass over the text."""
    lower = text.translate(_FOLDED).lower()
    numbers: list[int] = []
    line, at = 1, 0
    for match in _NAMED_END.finditer(lower):
        line += lower.count("\n", at, match.start())
        at = match.start()
        if numbers[-1:] != [line]:
            numbers.append(line)
    return numbers


def is_sum(name: str, value: str) -> bool:
    """Whether a value is the checksum of a secret, by its name and its letters."""
    return _SUM.match(value) is not None and _SUM_NAME.search(name[-_LONGEST_SUM_NAME:]) is not None


def is_sealed(value: str) -> bool:
    """Whether a value is what ``kubeseal --raw`` writes: encrypted, wherever it stands."""
    return _SEALED.match(value) is not None


def is_harmless(value: str) -> bool:
    """Whether a value is a placeholder, an example, or too uniform to be a secret."""
    return is_placeholder(value) or _EXAMPLE.search(value) is not None or len(set(value)) < 4


def looks_random(value: str) -> bool:
    """Whether a value by itself looks made by chance: long, no example, no name of an object, and letters of both kinds and
    digits in no order. Shorter values than those of ``random_values_in`` count, because only a few names ask."""
    if _PLAIN.match(value) is None or is_harmless(value) or _OBJECT_NAME.match(value) or _UUID.match(value):
        return False
    if not re.search("[A-Za-z]", value) or len(set(value)) < _SOME or _CAMEL.match(value):
        return False
    longest = _LONGEST_RUN if _DIGIT.search(value) else _LONGEST_RUN_OF_LETTERS
    return len(_RUNS.findall(value)) * longest >= len(value) or is_random(value)


def _may_be_secret(name: str, value: str) -> bool:
    if _PUBLIC_NAME.search(name) or is_harmless(value) or _OBJECT_NAME.match(value):
        return False
    return not (_UUID.match(value) or is_sealed(value)) and re.search("[A-Za-z]", value) is not None


@lru_cache(maxsize=1024)
def is_random(value: str) -> bool:
    """Whether a value has many different characters for its length, as what is made by chance has."""
    if _DIGIT.search(value) and _bits(value, _BASE64_LETTERS) > _BITS:
        return True
    return _HEX.match(value) is not None and _bits(value, frozenset(string.hexdigits)) > _BITS_OF_HEX


def _bits(value: str, letters: frozenset[str]) -> float:
    """Shannon's entropy of a character; characters that are none of the letters add nothing."""
    shares = (value.count(letter) / len(value) for letter in letters & set(value))
    return -sum(share * log2(share) for share in shares)
