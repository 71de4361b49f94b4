"""Escapes with which a text could spell a word that is searched for in it without parsing."""

from __future__ import annotations

import re

_BEGINS = re.compile(rb"""[{\["'?&!*-]|apiVersion|kind""")


def is_escaped(data: bytes) -> bool:
    """Whether there is a backslash on a line whose first column begins a key, an item or flow style. Only lines with a
    backslash are looked at: they are few, also in bundles of CRDs."""
    at = data.find(b"\\")
    while at >= 0:
        if _BEGINS.match(data, data.rfind(b"\n", 0, at) + 1):
            return True
        end = data.find(b"\n", at)
        at = data.find(b"\\", end) if end >= 0 else -1
    return False
