"""Small pieces of sentences that all formats share: counted nouns, images, lists, short ids, seconds."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from bot.model.result import Report

ELLIPSIS = "…"
_ENDS = (".", "!", "?", ":", ELLIPSIS)
_KIND = r"[A-Za-z]{1,40}\Z"


class Role(StrEnum):
    """What a piece of a sentence is: our own words, or text of the repository that each format escapes: a name, a path or
    value, a sentence."""

    PLAIN = "plain"
    NAME = "name"
    CODE = "code"
    TEXT = "text"


class Span(NamedTuple):
    text: str
    role: Role = Role.PLAIN


Phrase = tuple[Span, ...]


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 unit``, ``2 units``, ``12,000 units``."""
    return f"{number:,} {noun if number == 1 else plural or plural_of(noun)}"


def plural_of(noun: str) -> str:
    """English plural, good enough for kinds: Ingress, NetworkPolicy, Endpoints, Gateway."""
    if noun.endswith(("ss", "x", "ch")):
        return noun + "es"
    if noun.endswith("s"):
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def verb(number: int, singular: str, plural: str) -> str:
    return singular if number == 1 else plural


def kind_noun(kinds: Iterable[str]) -> str:
    """The kind when there is one and it is a plain word, else "object"."""
    found = set(kinds)
    kind = found.pop() if len(found) == 1 else ""
    return kind if re.match(_KIND, kind) else "object"


def sentences(*said: str) -> tuple[str, ...]:
    """What is said one after the other, without what is empty. Policies often leave out the full stop."""
    texts = [text.rstrip() for text in said if text.strip()]
    return tuple(text if text.endswith(_ENDS) else f"{text}." for text in texts[:-1]) + tuple(texts[-1:])


def nameable(name: str) -> str:
    """A path or another name without what looks like a credential in it."""
    from bot.redaction import credentials  # which a report without names does not need

    return credentials.replace(name, lambda _: "•••")


def listed(names: Sequence[str], role: Role, cap: int) -> Phrase:
    """``a, b and c``, each as it may be shown; at most ``cap`` names, the count of the others stays exact."""
    shown = names[: cap if len(names) > cap + 1 else len(names)]
    rest = len(names) - len(shown)
    spans: list[Span] = []
    for number, name in enumerate(shown):
        if number:
            spans.append(Span(" and " if number == len(shown) - 1 and not rest else ", "))
        spans.append(Span(nameable(name), role))
    if rest:
        spans.append(Span(f" and {rest:,} more"))
    return tuple(spans)


def shortened(paths: Sequence[str]) -> tuple[str, ...]:
    """Paths one after the other: what one shares with the one before becomes ``…``, when that is more than a name."""
    found = list(paths[:1])
    for before, path in pairwise(paths):
        common = _shared(before, path)
        found.append(f"{ELLIPSIS}/{path[common:]}" if common and path[:common].count("/") > 1 else path)
    return tuple(found)


def _shared(one: str, other: str) -> int:
    """How many characters of whole directories two paths begin with; something of the second always stays."""
    common = len(posixpath.commonprefix((f"{one}/", other)))
    return other.rfind("/", 0, min(common, len(other) - 1)) + 1


def image_parts(before: str, after: str) -> tuple[str, str, str]:
    """What stays of an image, what goes, what comes: ``("postgres:16", "93d55776…", "4e6e670b…")``.

    The first is "" when nothing stays. Only digests are shortened.
    """
    old, new = _split(before), _split(after)
    if not before or not after or old[0] != new[0]:
        return "", _short_image(before), _short_image(after)
    if old[1] == new[1]:
        return old[0] + old[1], _short_digest(old[2]) or "no digest", _short_digest(new[2]) or "no digest"
    return old[0], _tag(old), _tag(new)


def _split(image: str) -> tuple[str, str, str]:
    """Repository, ``:tag`` and digest of an image reference; the colon of a registry's port is not a tag's."""
    rest, _, digest = image.partition("@")
    head, slash, last = rest.rpartition("/")
    name, colon, tag = last.partition(":")
    return head + slash + name, colon + tag, digest


def _tag(parts: tuple[str, str, str]) -> str:
    tag = parts[1].removeprefix(":") or "no tag"
    return f"{tag}@{_short_digest(parts[2])}" if parts[2] else tag


def _short_image(image: str) -> str:
    name, _, digest = image.partition("@")
    return f"{name}@{_short_digest(digest)}" if digest else name


def _short_digest(digest: str) -> str:
    value = digest.rpartition(":")[2]
    return f"{value[:8]}…" if len(value) > 16 else digest


def short_id(oid: str) -> str:
    """Seven characters of an object id, as git shows them."""
    return oid[:7]


def seconds(report: Report) -> str:
    """The time of all stages together, or the stage ``total`` when there is one."""
    spent = report.timings.get("total", sum(report.timings.values()))
    return f"{spent:.0f} s" if spent >= 10 else f"{spent:.1f} s" if spent >= 0.1 else f"{spent * 1000:.0f} ms"
