"""How masks look, and whether two of them stand for one secret."""

from __future__ import annotations

import hashlib
import hmac
import re

SHAPED = re.compile(r"<secret (?:credential )?[0-9a-f]{16}>")  # values of Secrets, and credentials by their shape
CREDENTIAL = re.compile(r"<secret credential [0-9a-f]{16}>")  # a value of a Secret that holds one by its shape
NUMBER = re.compile(r"<named number [0-9a-f]{16}>")  # in place of a number, which some kinds refuse where it stands
RANDOM = re.compile(r"<named random [0-9a-f]{16}>")  # random under the name of a password, token or secret key
NAMED = re.compile(r"<named (?:number |random )?[0-9a-f]{16}>")  # values under the name of a secret
MARKER = re.compile(r"<(?:secret(?: credential)?|named(?: number| random)?) [0-9a-f]{16}>")


def is_mask_of(mask: str, secret: bytes, *, key: bytes) -> bool:
    """Whether a mask, which is no part of a longer text, stands for this secret."""
    return MARKER.fullmatch(mask) is not None and hmac.compare_digest(mask[-17:-1], sign_of(secret, key=key))


def sign_of(secret: bytes, *, key: bytes) -> str:
    """What a mask shows of a secret: all masks that stand for it have it in common."""
    return hmac.new(key, secret, hashlib.sha256).hexdigest()[:16]


def signs_in(text: str) -> frozenset[str]:
    """The same of each mask in a text."""
    return frozenset(found[-17:-1] for found in MARKER.findall(text))
