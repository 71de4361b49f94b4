"""What a mask of a Secret's value stands for, told by the files: no render is needed to know the value again.

A mask is a keyed hash, so that whoever has the key can ask of each value under the same key whether it is the one. What is
found never leaves the room of the renderers: it says which spots to try.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from bot.redaction import is_mask_of
from bot.render.trace_match import Question
from bot.render.trace_sources import Sources
from bot.render.trace_spots import Spot

_FIELDS = ("data", "stringData")


def unmasked(question: Question, mask: str, sources: Sources, key: bytes) -> str | None:
    """The value of a Secret, as the render has it; None where no spot tells it, or several tell it differently."""
    path = question.path
    if question.object.kind != "Secret" or len(path) != 2 or path[0] not in _FIELDS or not isinstance(path[1], str):
        return None
    encoded = path[0] == "data"
    found = {
        value
        for spot in _under(path[1], sources)
        for text in _texts(spot, path[1])
        for value, secret in _readings(text, encoded=encoded)
        if is_mask_of(mask, secret, key=key)
    }
    return found.pop() if len(found) == 1 else None


def _under(name: str, sources: Sources) -> Iterator[Spot]:
    """The spots under the name of a Secret's key, in files that may set it."""
    contents = [path for path in sources.paths if sources.is_content(path)]  # the key of a whole file stands elsewhere
    for path in dict.fromkeys((*sources.holding(name), *contents)):
        if sources.role(path) == "resource" and path not in contents:
            yield from sources.spots_of_kind(path, "Secret", name)
        else:
            yield from sources.spots(path)


def _texts(spot: Spot, name: str) -> Iterator[str]:
    """What a spot may say of the key: its own text, or what stands behind ``KEY=`` in a literal."""
    if spot.path[-1:] == (name,):
        yield spot.text
    elif spot.text.startswith(f"{name}="):
        text = spot.text[len(name) + 1 :]
        yield text
        if text[:1] in ("'", '"') and text[-1:] == text[:1]:
            yield text[1:-1]


def _readings(text: str, *, encoded: bool) -> Iterator[tuple[str, bytes]]:
    """(rendered value, the secret that was masked): below ``data`` a text is base64, or is made so by a generator."""
    plain = text.encode("utf-8", "replace")
    if not encoded:
        yield text, plain
        return
    yield base64.b64encode(plain).decode(), plain
    try:
        yield text, base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return
