"""Charts that refuse a mask: what the output of a host declares is rendered with the values that masking left in it.

A chart's ``values.schema.json`` may want a form of passwords that no mask has. Of such a value nobody here can say whether
it is right, so what the schema says of it does not count; what it says of any other value does.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from bot.documents import load_all
from bot.errors import UserError
from bot.model.unit import HelmRender
from bot.redaction import MARKER

_REFUSED = re.compile(r"^- at '(?P<pointer>(?:[^'\\]|\\.)*)': ", re.MULTILINE)  # what is indented says why
_SCHEMAS = "the specifications of the schema"
_NAME = re.compile(r"(?:\\.|[^.\[\\])+|\[\d+\]")  # a step of a parameter, as strvals of Helm writes it
_MOST_SHOWN = 5

Path = tuple[str, ...]


def masked_paths(part: HelmRender) -> set[Path]:
    """Where masks stand in the values that a declaration gives."""
    found = set()
    for text in part.values:
        if MARKER.search(text):
            with contextlib.suppress(UserError):  # Helm says what is wrong with it
                for document in load_all(text.encode("utf-8", "replace"), name="values"):
                    found |= set(_masked(document.value, ()))
    found |= {_steps(name) for name, value, _ in part.parameters if MARKER.search(value)}
    return found


def refused_masks(said: str, masked: set[Path]) -> list[Path]:
    """The masked values that schemas refuse; [] where something else is wrong as well. ``said`` is what Helm printed."""
    if _SCHEMAS not in said:
        return []
    found = []
    for each in _REFUSED.finditer(said):
        asked = _pointed(each["pointer"])
        # a schema of a chart within the chart starts below its name
        of_mask = [path for path in masked if asked and path[-len(asked) :] == asked]
        if not of_mask:
            return []
        found += of_mask
    return sorted(set(found))


def not_asked(refused: list[Path]) -> str:
    """The note for a render that went past a schema for these values."""
    shown = ", ".join(".".join(path) for path in refused[:_MOST_SHOWN])
    more = f" and {len(refused) - _MOST_SHOWN} more" if len(refused) > _MOST_SHOWN else ""
    return (
        f"The chart's values.schema.json was not asked about {shown}{more}: only the mask is known of it here, because it "
        "comes out of another unit's output."
    )


def with_cause(sentence: str, masked: set[Path]) -> str:
    """The sentence of a failed render, with masks named as what it may come from."""
    if not masked:
        return sentence
    shown = ", ".join(".".join(path) for path in sorted(masked)[:_MOST_SHOWN])
    return (
        f"{sentence.rstrip('.')}. (It was rendered with masks in place of {shown}, which come out of another unit's output: "
        "where the chart wants a form of these, that is the likely cause; a reference to a Secret in their place shows it.)"
    )


def _masked(value: object, path: Path) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _masked(inner, (*path, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _masked(inner, (*path, str(number)))
    elif isinstance(value, str) and MARKER.search(value):
        yield path


def _steps(name: str) -> Path:
    return tuple(step[1:-1] if step[0] == "[" else re.sub(r"\\(.)", r"\1", step) for step in _NAME.findall(name))


def _pointed(pointer: str) -> Path:
    """A JSON pointer (RFC 6901), as the schema library quotes it."""
    steps = re.sub(r"\\(.)", r"\1", pointer).split("/")[1:]
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in steps)
