"""Which kinds a file defines with CRDs. A file that nothing else has parsed is not parsed for that: its text tells.

Too many kinds cost a look into the file, one too few would hide a CRD. Nothing but kinds is kept of a CRD.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from bot.affected.facts import DEFINED

_CRD = "CustomResourceDefinition"
_WORD = _CRD.encode()
_IS_KIND = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}")
# Both begin with letters that are found fast: bundles of CRDs are the largest files there are.
_BETWEEN = re.compile(rb"\n(?:---|\.\.\.)(?=[ \t\r\n]|\Z)")
_KIND = re.compile(  # the second group: nothing stands behind it
    rb"""kind["']?\s*:\s*["']?(?=([A-Za-z][A-Za-z0-9-]{0,62})(?![\w-])(["']?[ \t]*(?:#[^\n]*)?\r?(?:\n|\Z))?)"""
)
_BRACE = re.compile(rb"^[ \t]*\{", re.MULTILINE)


def kinds_defined(objects: Iterable[dict[str, Any]]) -> set[tuple[str, str]]:
    """(``DEFINED``, kind) of the CRDs among some objects."""
    kinds = (_kind_of(value) for value in objects if value.get("kind") == _CRD)
    return {(DEFINED, kind) for kind in kinds if isinstance(kind, str) and _IS_KIND.fullmatch(kind)}


def _kind_of(crd: dict[str, Any]) -> object:
    spec = crd.get("spec")
    names = spec.get("names") if isinstance(spec, dict) else None
    return names.get("kind") if isinstance(names, dict) else None


def kinds_defined_in(data: bytes) -> set[tuple[str, str]]:
    """(``DEFINED``, kind) of what the CRDs of a text, in UTF-8, may define."""
    if _WORD not in data:
        return set()
    texts = (text for text in _BETWEEN.split(data) if _WORD in text)
    return {(DEFINED, kind.decode()) for text in texts for kind in _kinds(text)}


def _kinds(text: bytes) -> set[bytes]:
    """The kinds that one document, which holds the word, speaks of; none where it shows that it is something else."""
    found: set[bytes] = set()
    own: set[bytes] = set()  # at the left margin in block style; behind a brace any may stand there
    for match in _KIND.finditer(text):
        found.add(match[1])
        if match[2] and text[max(match.start() - 2, 0) : match.start()].strip(b"\"'")[-1:] in (b"", b"\n"):
            own.add(match[1])
    if own and _WORD not in own and not _BRACE.search(text):
        return set()
    return found - {_WORD}
