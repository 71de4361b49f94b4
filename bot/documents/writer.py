"""Values to YAML for people and diffs: one way to write each value, lines as long as they are, no aliases."""

from __future__ import annotations

import functools
import math
import re

from bot.documents.scalars import is_ambiguous

Path = tuple[str, ...]
Row = tuple[str, Path]

# Plain where every reader agrees: no indicator first, no ": ", " #" or space at the ends.
_PLAIN = re.compile(r"(?:[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^\s,\[\]{}]))(?:[^\s:#]|:(?=\S)|(?<=\S)#| (?=[^ ]))*\Z")
_NOT_PRINTABLE = re.compile("[^\t\n\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufefe\\uff00-\\ufffd\\U00010000-\\U0010ffff]")
# What people could not see or would see in another order, and what ends a line for a YAML 1.1 reader.
_INVISIBLE = re.compile("[\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\U000e0000-\U000e007f]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_WORD = 64
_LONGEST_SIMPLE_KEY = 900  # readers give up looking for the ":" after 1,024 characters


def dump(value: object) -> str:
    """The value as one YAML document that ends in a line break.

    Block style in insertion order, lists not indented below their key (as kubectl and kustomize print), texts of
    several lines as literal blocks where they can be, quotes where YAML 1.1 or 1.2 would read something else.
    ``load_one(dump(v)) == v`` for every value that ``load_all`` gives. Raises TypeError for other types.
    """
    return "\n".join(row for row, _ in rows(value)) + "\n"


def rows(value: object) -> list[Row]:
    """The rows of ``dump``, each with the path of the value that it writes.

    A path holds keys, ``[name]`` for list items that have a name and ``[]`` for others; inside a literal block it
    ends in "".
    """
    found: list[Row] = []
    _node(found, value, "", "", ())
    return found


def _node(out: list[Row], value: object, indent: str, lead: str, path: Path) -> None:
    """Append the rows of a value. ``lead`` is what already stands on the first row (``key:`` or ``-``)."""
    if isinstance(value, dict) and value:
        _mapping(out, value, indent, lead, path)
    elif isinstance(value, list) and value:
        _sequence(out, value, indent, lead, path)
    elif isinstance(value, str) and "\n" in value and (block := _literal(value, indent)):
        out.append((f"{lead} {block[0]}" if lead else block[0], path))
        inside = (*path, "")
        out += [(row, inside) for row in block[1:]]
    else:
        out.append((f"{lead} {_scalar(value)}" if lead else _scalar(value), path))


def _mapping(out: list[Row], value: dict[object, object], indent: str, lead: str, path: Path) -> None:
    compact = lead.endswith("-")  # "- key: value" on one row
    if lead and not compact:
        out.append((lead, path))
    prefix = f"{lead} " if compact else indent
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError(f"mapping key {key!r} is no string")
        name = _string(key)
        if len(name) > _LONGEST_SIMPLE_KEY:
            out.append((f"{prefix}? {name}", (*path, key)))
            prefix, name = indent, ""
        inner = indent if isinstance(item, list) else indent + "  "
        _node(out, item, inner, f"{prefix}{name}:", (*path, key))
        prefix = indent


def _sequence(out: list[Row], value: list[object], indent: str, lead: str, path: Path) -> None:
    compact = lead.endswith("-")
    if lead and not compact:
        out.append((lead, path))
    prefix = f"{lead} " if compact else indent
    for item in value:
        name = item.get("name") if isinstance(item, dict) else None
        step = f"[{name}]" if isinstance(name, str) else "[]"
        _node(out, item, indent + "  ", f"{prefix}-", (*path, step))
        prefix = indent


def _literal(text: str, indent: str) -> list[str] | None:
    """Header and lines of a literal block; None where only quotes can hold the text."""
    body = text.rstrip("\n")
    if not body or _NOT_PRINTABLE.search(text) or _INVISIBLE.search(text):
        return None
    ends = len(text) - len(body)
    explicit = "2" if text[0] in " \t\n" else ""
    chomp = "-" if ends == 0 else "" if ends == 1 else "+"
    margin = indent or "  "
    lines = [f"{margin}{row}" if row else "" for row in body.split("\n")]
    return [f"|{explicit}{chomp}", *lines, *[""] * (ends - 1)]


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _string(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, dict | list) and not value:
        return "{}" if isinstance(value, dict) else "[]"
    raise TypeError(f"a {type(value).__name__} is no YAML value")


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    return repr(value)


def _string(text: str) -> str:
    return _word(text) if len(text) <= _WORD else _quoted(text)


@functools.lru_cache(maxsize=4096)  # the same keys and words come again and again
def _word(text: str) -> str:
    return _quoted(text)


def _quoted(text: str) -> str:
    """The text as it stands in YAML, in quotes where it needs them."""
    clean = not _NOT_PRINTABLE.search(text) and not _INVISIBLE.search(text) and "\n" not in text and "\t" not in text
    if clean and _PLAIN.match(text) and not text.startswith(("---", "...")) and not is_ambiguous(text):
        return text
    if clean and ('"' in text or "\\" in text):
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"' if clean else '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if not _NOT_PRINTABLE.match(char) and not _INVISIBLE.match(char):
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
