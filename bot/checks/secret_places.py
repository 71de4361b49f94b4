"""Where a rendered object holds a secret as plain text. Renders come masked, so a mask is what is looked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.checks.detectors import random_values_in
from bot.redaction import MARKER
from bot.redaction.placeholders import is_placeholder

Path = tuple[str | int, ...]

# Parts of a Secret that give no access by themselves, by what they are called.
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
_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_PASSWORDS = (("password",), ("passwd",), ("pwd",), ("passphrase",))
_TOKENS = (
    ("token",), ("secret",), ("apikey",), ("api", "key"), ("accesskey",), ("access", "key"), ("secretkey",),
    ("secret", "key"), ("privatekey",), ("private", "key"), ("encryption", "key"), ("signing", "key"),
)  # fmt: skip
_NOT_SECRET = re.compile(
    r"(?i)(?:true|false|yes|no|none|null|enabled|disabled|[0-9.]{1,12}[smhd]?|/[^\s]*|[a-z+]+://[^\s]*)\Z"
)
_REFERENCE = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)+\Z")
_Named = tuple[str, str, Path, str]  # the name, its value, where it is, and the same by names
_PROSE = frozenset(("description", "example", "title"))


class Place(NamedTuple):
    """A field, and its value: masked where it is a secret by shape, else as it is. It is compared and never shown. ``key``
    says where it is by the names of list items, which stay when others come before them."""

    at: Path
    value: str
    key: str


def is_public(key: str) -> bool:
    """Whether what a Secret keeps under the key is public by its name: certificates, public keys."""
    return _PUBLIC.match(key) is not None


def in_secret(fields: dict[str, Any]) -> list[Place]:
    """The plain values of a Secret; none of what is encrypted, empty, a placeholder or public by its name."""
    metadata = fields.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    of_argocd = isinstance(labels, dict) and "argocd.argoproj.io/secret-type" in labels
    found = []
    for part in ("data", "stringData"):
        values = fields.get(part)
        if isinstance(values, str) and MARKER.search(values):
            found.append(Place((part,), values, part))
        for key, value in values.items() if isinstance(values, dict) else ():
            public = is_public(str(key)) or (of_argocd and key in _ARGOCD)
            if isinstance(value, str) and MARKER.search(value) and not public:
                found.append(Place((part, str(key)), value, f"{part}.{key}"))
    return found


def by_shape(fields: dict[str, Any]) -> list[Place]:
    """Credentials by their shape in any field, but for the data of a Secret and the prose of a CRD's schema."""
    skipped = ("data", "stringData") if fields.get("kind") == "Secret" else ()
    return [p for key, value in fields.items() if key not in skipped for p in _masked(value, (str(key),), str(key))]


def _masked(value: Any, at: Path, name: str) -> Iterator[Place]:
    if isinstance(value, str):
        if "<secret " in value and (found := MARKER.findall(value)):
            yield Place(at, " ".join(found), name)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (key in _PROSE and isinstance(item, str)):
                yield from _masked(item, (*at, str(key)), f"{name}.{key}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _masked(item, (*at, i), f"{name}[{_label(item, i)}]")


def by_name(fields: dict[str, Any]) -> list[Place]:
    """Values under a name that says password, token or key: variables, entries of ConfigMaps, values for charts. What is
    masked is left to ``by_shape``."""
    return [Place(at, value, key) for name, value, at, key in _named(fields) if _is_secret(name, value)]


def _named(fields: dict[str, Any]) -> Iterator[_Named]:
    kind = fields.get("kind")
    if kind == "ConfigMap":
        for key, value in _mapping(fields.get("data")).items():
            if isinstance(value, str) and "\n" in value:
                for found in random_values_in(value):
                    yield "password", found.value, ("data", str(key)), f"data.{key}: {found.line}"
            elif isinstance(value, str):
                yield str(key), value, ("data", str(key)), f"data.{key}"
    elif kind == "HelmRelease":
        yield from _leaves(_mapping(fields.get("spec")).get("values"), ("spec", "values"), "spec.values")
    if kind not in ("ConfigMap", "Secret", "CustomResourceDefinition"):
        yield from _pairs(fields.get("spec"), ("spec",), "spec")


def _leaves(value: Any, at: Path, key: str) -> Iterator[_Named]:
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                yield str(name), item, (*at, str(name)), f"{key}.{name}"
            else:
                yield from _leaves(item, (*at, str(name)), f"{key}.{name}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(item, (*at, i), f"{key}[{_label(item, i)}]")


def _pairs(value: Any, at: Path, key: str) -> Iterator[_Named]:
    """Every ``{name, value}``: variables of containers, parameters of charts."""
    if isinstance(value, dict):
        name, text = value.get("name"), value.get("value")
        if isinstance(name, str) and isinstance(text, str):
            yield name, text, (*at, "value"), key
        for field, item in value.items():
            yield from _pairs(item, (*at, str(field)), f"{key}.{field}")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _pairs(item, (*at, i), f"{key}[{_label(item, i)}]")


def _is_secret(name: str, value: str) -> bool:
    if len(name) > 200 or MARKER.search(value) or is_placeholder(value) or _NOT_SECRET.match(value):
        return False
    words = tuple(w.lower() for w in _WORDS.split(name) if w)
    if any(words[-len(end) :] == end for end in _PASSWORDS):
        return True
    # A token or key that reads like the name of an object is most often the name of one.
    return any(words[-len(end) :] == end for end in _TOKENS) and len(value) >= 8 and not _REFERENCE.match(value)


def _label(item: Any, position: int) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) else str(position)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
