"""The effective configuration as commented YAML: what ``gatehouse config`` prints, fit to be saved as the file."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Any

from bot.config.keys import FILE
from bot.config.kinds import Key, ListOf, Section, SomeOf
from bot.config.schema import Config

_WIDTH = 100


def describe(config: Config) -> str:
    """YAML that ``load`` reads back as the same configuration; a comment above each key says what it means."""
    return "\n".join(_section(FILE, config, "")) + "\n"


def _section(section: Section, value: Any, indent: str) -> Iterator[str]:
    for key in section.keys:
        yield from textwrap.wrap(
            key.about, _WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ", break_on_hyphens=False
        )
        yield from _key(key, getattr(value, key.name), indent)


def _key(key: Key, value: Any, indent: str) -> Iterator[str]:
    if value is None:
        yield f"{indent}# {key.name}: ({key.left_out})"
    elif isinstance(key.kind, Section):
        yield f"{indent}{key.name}:"
        yield from _section(key.kind, value, indent + "  ")
    elif isinstance(key.kind, ListOf) and isinstance(key.kind.item, Section) and value:
        yield f"{indent}{key.name}:"
        for item in value:
            yield from _item(key.kind.item, item, indent + "  ")
    else:
        note = f"  # {key.left_out}" if value == () and key.left_out else ""
        yield f"{indent}{key.name}: {inline(value, key)}{note}"


def _item(section: Section, value: Any, indent: str) -> Iterator[str]:
    """One entry of a list of mappings: only what is said in it."""
    defaults = section.makes._field_defaults
    said = [key for key in section.keys if key.name not in defaults or getattr(value, key.name) != defaults[key.name]]
    for number, key in enumerate(said):
        lead = "- " if number == 0 else "  "
        yield f"{indent}{lead}{key.name}: {inline(getattr(value, key.name), key)}"


def inline(value: Any, key: Key) -> str:
    """A value on one line, as the key's kind writes it."""
    if isinstance(key.kind, SomeOf) and value in ((), tuple(key.kind.of)):
        return "all" if value else "none"
    if isinstance(value, tuple):
        return f"[{', '.join(_scalar(v) for v in value)}]"
    return _scalar("." if value == "" else value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return _plain(str(value)) or json.dumps(str(value), ensure_ascii=False)


def _plain(text: str) -> str:
    """The text as it may stand without quotes; "" when YAML would read something else."""
    if not text.isascii() or not text[:1].isalpha() or not all(c.isalnum() or c in "._/-" for c in text):
        return ""
    return "" if text.lower() in ("true", "false", "yes", "no", "on", "off", "null", "y", "n") else text
