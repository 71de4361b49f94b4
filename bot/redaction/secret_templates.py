"""Templates of Secrets in other kinds: what stands in them in plain text becomes the value of a Secret, and is one already,
unless it is put together from what only the cluster knows (``{{ .password }}``).

Kinds and fields are those of sealed-secrets (``SealedSecretSpec``) and of External Secrets (``ExternalSecretSpec``,
``ClusterExternalSecretSpec``, ``PushSecretSpec``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from bot.redaction import named
from bot.redaction.placeholders import refers
from bot.redaction.random_values import is_harmless, looks_random

_TEMPLATES = {
    "SealedSecret": ("spec", "template"),
    "PushSecret": ("spec", "template"),
    "ExternalSecret": ("spec", "target", "template"),
    "ClusterExternalSecret": ("spec", "externalSecretSpec", "target", "template"),
}
_ENTRIES = ("data", "stringData")
_HINT = re.compile(r"(?<![A-Za-z0-9_])(?:data|stringData)[\"']?\s*:")
_PUBLIC = re.compile(r"(?i)(?:.*[-_.])?(?:crt|cer|cert|pub|ca|user(?:name)?|host|url|checksum|hash)\Z|.*id\Z")
_ROW = re.compile(
    r"(?P<before>[ \t]*(?:-[ \t]+)?[\"']?(?P<name>[A-Za-z_][\w.-]{0,199})[\"']?[ \t]*[:=][ \t]*(?P<quote>[\"']?))"
    r"(?P<value>[^\s\"'#{<][^\s\"']*)(?P<after>(?P=quote)[ \t]*,?[ \t]*)\Z"
)


def may_hold(text: str) -> bool:
    """Whether a text may hold such a template: never wrongly False, unless it is spelled with escapes."""
    return "template" in text and any(kind in text for kind in _TEMPLATES) and _HINT.search(text) is not None


def entries(fields: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Where an object holds the entries of such templates: paths to mappings."""
    kind = fields.get("kind")
    path = _TEMPLATES.get(kind) if isinstance(kind, str) else None
    held: Any = fields
    for step in path or ():
        held = held.get(step) if isinstance(held, dict) else None
    for entry in _ENTRIES if path and isinstance(held, dict) else ():
        if isinstance(held.get(entry), dict):
            yield (*(path or ()), entry)


def is_made(value: str) -> bool:
    """Whether an entry of one line is put together from others: only a credential in it is a secret by itself."""
    return "\n" not in value.strip() and refers(value)


def replace(name: str, value: str, mask: Callable[[str], str]) -> str:
    """An entry with what its name does not tell: a value that looks made by chance, whatever its name is, and in a text of
    several lines, which with templates is often neither YAML nor JSON, each literal that its line names like a secret."""
    if "\n" in value.strip():
        return "\n".join(_row(row, mask) for row in value.split("\n")) if named.may_hold(value) else value
    return mask(value) if _PUBLIC.match(name) is None and looks_random(value.strip()) else value


def _row(row: str, mask: Callable[[str], str]) -> str:
    found = _ROW.match(row)
    if found is None or refers(found["value"]) or is_harmless(found["value"]):
        return row
    is_one = named.is_secret(found["name"], found["value"])
    return f"{found['before']}{mask(found['value'])}{found['after']}" if is_one else row
