"""Whether a text is a whole private key in PEM (RFC 7468), told without reading the key itself."""

from __future__ import annotations

import base64
import binascii
import re

_PEM = re.compile(r"-----BEGIN ((?:RSA )?)PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s*-----END \1PRIVATE KEY-----\s*")
_SEQUENCE = 0x30


def fault_of(text: str) -> str:
    """What is wrong with it, as the rest of a sentence; "" for nothing. Never quotes the text."""
    if "ENCRYPTED" in text:
        return "is locked by a passphrase, which the service cannot type"
    match = _PEM.fullmatch(text.strip() + "\n")
    if match is None:
        return "is no private key in PEM, from its BEGIN line to its END line"
    try:
        der = base64.b64decode("".join(match[2].split()), validate=True)
    except binascii.Error:
        return "is damaged"
    return "" if _is_whole(der) else "is cut off or damaged"


def _is_whole(der: bytes) -> bool:
    """One SEQUENCE of just this length (X.690, 8.1.3.5: a long length says first how many bytes it has)."""
    if len(der) < 128 or der[0] != _SEQUENCE or not der[1] & 0x80:
        return False
    size = der[1] & 0x7F
    return 1 <= size <= 4 and int.from_bytes(der[2 : 2 + size], "big") == len(der) - 2 - size
