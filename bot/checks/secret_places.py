"""Where a rendered object holds a secret as plain text. Renders come masked, so a mask is what is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.redaction import CREDENTIAL, MARKER, NAMED, SHAPED
from bot.redaction.secret_objects import hidden, hidden_metadata, is_of_argocd, is_secret_kind

Path = tuple[str | int, ...]

# Parts of a Secret that give no access by themselves, unless they hold a credential by its shape.
_PUBLIC = re.compile(
    r"(?i)(?:.*\.(?:crt|cer|cert|pub)|ca|ca[-_.]?(?:cert|bundle|crt)(?:\.pem)?|cabundle"
    r"|(?:.*[-_.])?(?:user|user[-_]?name|host|hostname|port|db|database|region|bucket|client[-_]?id))\Z"
)
# What Argo CD reads of a repository or cluster Secret that gives no access (argo-cd docs, declarative setup).
_ARGOCD = frozenset(
    ("type", "url", "name", "project", "server", "shard", "namespaces", "clusterResources", "insecure", "enableLfs",
     "insecureIgnoreHostKey", "enableOCI", "forceHttpBasicAuth", "proxy", "noProxy", "githubAppID",
     "githubAppInstallationID")
)  # fmt: skip
_PROSE = frozenset(("description", "example", "title"))


class Place(NamedTuple):
    """A field, and its value: masked where it is a secret by shape, else as it is. It is compared and never shown. ``key``
    says where it is by the names of list items, which stay when others come before them. ``row`` is the line of a text of
    several."""

    at: Path
    value: str
    key: str
    row: int = 0

    @property
    def label(self) -> str:
        """Where it is, for people."""
        return f"line {self.row} of {self.key.removesuffix(f': {self.row}')}" if self.row else self.key


def is_public(key: str) -> bool:
    """Whether what a Secret keeps under the key is public by its name, if it holds no credential: certificates, hosts."""
    return _PUBLIC.match(key) is not None


def in_secret(fields: dict[str, Any]) -> list[Place]:
    """The plain values of a Secret; none of what is encrypted, empty, a placeholder or public by its name (unless it holds
    a credential all the same)."""
    of_argocd = is_of_argocd(fields)
    found = []
    for part, key, value in held(fields):
        public = is_public(key) or (of_argocd and key in _ARGOCD)
        if isinstance(value, str) and MARKER.search(value) and not (public and not CREDENTIAL.search(value)):
            at = (*part, key) if key else part
            found.append(Place(at, value, ".".join(at)))
    return found


def held(fields: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], str, Any]]:
    """What stands in the hidden fields of a Secret: the field, the key in it ("" for the field as a whole), the value."""
    metadata = fields.get("metadata")
    parts: list[tuple[tuple[str, ...], Any]] = [((str(field),), fields[field]) for field in hidden(fields)]
    if isinstance(metadata, dict):
        parts += [(("metadata", str(field)), metadata[field]) for field in hidden_metadata(fields)]
    for part, values in parts:
        if isinstance(values, dict):
            yield from ((part, str(key), value) for key, value in values.items())
        else:
            yield part, "", values


def by_shape(fields: dict[str, Any]) -> list[Place]:
    """Credentials by their shape in any field, but for what ``in_secret`` speaks of and the prose of a CRD's schema."""
    if is_secret_kind(fields.get("kind")):
        metadata, wrong = fields.get("metadata"), hidden_metadata(fields)
        own = {key: value for key, value in metadata.items() if key not in wrong} if isinstance(metadata, dict) else {}
        skipped = hidden(fields)
        fields = {key: own if key == "metadata" else value for key, value in fields.items() if key not in skipped}
    return [p for key, value in fields.items() for p in _masked(value, (str(key),), str(key))]


def _masked(value: Any, at: Path, name: str) -> Iterator[Place]:
    if isinstance(value, str):
        if "<secret" in value and (found := SHAPED.findall(value)):
            row = value.count("\n", 0, value.find(found[0])) + 1 if "\n" in value.strip() else 0
            yield Place(at, " ".join(found), name, row)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (key in _PROSE and isinstance(item, str)):
                yield from _masked(item, (*at, str(key)), f"{name}.{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _masked(item, (*at, i), f"{name}[{_label(item, i)}]")


def by_name(fields: dict[str, Any]) -> list[Place]:
    """Values under a name that says password, token or key: variables, entries of ConfigMaps, values for charts, flags.
    They come masked with a mark of their own (``bot.redaction``); what is masked by its shape is left to ``by_shape``."""
    return [place for key, value in fields.items() for place in _named(value, (str(key),), str(key))]


def _named(value: Any, at: Path, key: str) -> Iterator[Place]:
    if isinstance(value, str):
        for number, line in enumerate(value.split("\n"), 1) if "<named " in value else ():
            if found := NAMED.findall(line):
                is_row = "\n" in value
                yield Place(at, " ".join(found), f"{key}: {number}" if is_row else key, number if is_row else 0)
    elif isinstance(value, dict):
        is_pair = isinstance(value.get("name"), str)
        for field, item in value.items():
            own = is_pair and field == "value" and isinstance(item, str)
            yield from _named(item, (*at, str(field)), key if own else f"{key}.{field}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _named(item, (*at, i), f"{key}[{_label(item, i)}]")


def _label(item: Any, position: int) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else str(position)
