"""Secrets never leave: their values become keyed hashes on the way in, and the hashes go before anything is shown.

``mask`` runs on what a renderer printed, before it is kept anywhere; so base and head can be compared by hash.
``hide`` runs on whatever is about to be shown. ``scrub`` is for the sentences of tools.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import threading
from typing import TypeVar

from bot import documents
from bot.model.resource import Document
from bot.redaction import credentials, named, secret_keys, secret_templates
from bot.redaction.masker import EMBEDDED, Masker
from bot.redaction.masks import MARKER

T = TypeVar("T")

MASKED = "••• (masked)"
# Ways in which a text can say ``Secret`` (or a credential) without holding the word: escapes in double quotes
# (\x53, \u0053, \/ and joined lines), !!binary and tags in their other spellings.
_SPELLED_OTHERWISE = re.compile(r"\\[xuU/\r\nt]|!!|!<|%TAG")
_SECRET_WORD = re.compile(r"(?:(?<![A-Za-z0-9_])|\\[a-zA-Z0-9_])Secret(?:List)?(?![A-Za-z0-9_])")
# As renderers write one: nothing before it can make another object of it. Names mean nothing in it (``masker``), and it
# is the longest of all objects.
_DEFINITION = re.compile(r"(?:---\n)?apiVersion: apiextensions\.k8s\.io/v1\nkind: CustomResourceDefinition\n")


def needs_masking(text: str) -> bool:
    """Whether a rendered text must be parsed and masked. Never False for a text that holds a Secret or a credential,
    however it is written; True in doubt."""
    if ("Secret" in text and _SECRET_WORD.search(text)) or EMBEDDED.search(text):
        return True
    if (named.may_hold(text) or secret_templates.may_hold(text)) and not _DEFINITION.match(text):
        return True
    if secret_keys.may_hold(text):
        return True
    otherwise = "\\" in text or "!" in text or "%TAG" in text  # many times faster than the expression
    return (otherwise and _SPELLED_OTHERWISE.search(text) is not None) or credentials.may_hold(text)


def masked_document(text: str, *, key: bytes) -> Document:
    """The document of a renderer's text. What needs no masking is not parsed.

    Raises DocumentError when a text that may hold a secret cannot be read: it must not be shown then.
    """
    digest = hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
    if digest in _HARMLESS:
        return Document(text, digest)
    with _MASKING:
        # Another thread may have found it harmless meanwhile.
        known = text if digest in _HARMLESS else _MASKED.get(digest)
        if known is None:
            known = _masked_text(text, key) if needs_masking(text) else text
            if known is text:
                _keep(_HARMLESS, digest, None, most=_MOST_HARMLESS)
            else:
                _keep(_MASKED, digest, known, most=_MOST_KEPT)
    return Document(known, digest)


# Most objects come again, on the other side and in the units that share them, and then in several threads at once: one of
# them reads it, the others wait, as they would for the interpreter. Kept by digest: no secret stays here.
_MASKED: dict[str, str] = {}
_HARMLESS: dict[str, None] = {}
_MOST_KEPT = 256
_MOST_HARMLESS = 10_000
_MASKING = threading.Lock()


def _keep(known: dict[str, T], digest: str, what: T, *, most: int) -> None:
    while len(known) >= most:
        del known[next(iter(known))]
    known[digest] = what


def _masked_text(text: str, key: bytes) -> str:
    value = documents.load_one(text)
    masked = mask(value, key=key) if isinstance(value, dict) else Masker(key).of_list_or_text(value)
    if masked == value and credentials.replace(text, lambda _: "") == text:  # comments count
        return text
    return documents.dump(masked)


def mask(fields: dict[str, object], *, key: bytes) -> dict[str, object]:
    """A copy without secret values.

    Every value of a ``kind: Secret`` that is not open (``secret_objects``), at any depth (lists of objects, objects inside
    other objects, the last-applied annotation, manifests inside texts), and everything that looks like a credential
    becomes ``<secret HHHHHHHHHHHHHHHH>``, the start of its HMAC-SHA256; values under the name of a secret (``named``,
    ``random_values``) become ``<named HHHHHHHHHHHHHHHH>``. Keys stay, unless they are none (``secret_keys``). SOPS values
    stay: they are encrypted; and so do placeholders.
    """
    masked: dict[str, object] = Masker(key).value(fields)
    return masked


def hide(text: str) -> str:
    """The text with every hash replaced by ``••• (masked)``: fit to be shown."""
    return MARKER.sub(MASKED, text)


def hide_row(row: str) -> str:
    """One row of a diff, fit to be shown: a changed secret shows as changed, without its value."""
    side = {"-": "••• (masked, before)", "+": "••• (masked, after)"}.get(row[:1], MASKED)
    return MARKER.sub(side, row)


def scrub(text: str) -> str:
    """The words of a tool without what looks like a credential, and without hashes."""
    return credentials.replace_in_error(hide(text), "•••")
