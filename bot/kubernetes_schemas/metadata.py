"""What the API server asks of names and labels, which no schema says.

Source: apimachinery's ``util/validation`` (IsDNS1123Subdomain, IsValidLabelValue, IsQualifiedName), which the API server
applies to nearly all kinds; kinds of RBAC may have any name that fits into a path.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.kubernetes_schemas.places import quoted, written
from bot.kubernetes_schemas.problem import BAD_VALUE, Place, Problem
from bot.kubernetes_schemas.sentences import hidden

_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*\Z")
_LABEL_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?\Z")
_KEY_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?\Z")
_ANY_NAME = frozenset({"rbac.authorization.k8s.io"})
_ANY_KIND = frozenset({"IPAddress"})


def problems(fields: dict[str, Any], *, variables: bool = False) -> Iterator[Problem]:
    """What is wrong with the name, the labels and the keys of annotations of an object. ``variables`` as in sentences."""
    metadata = fields.get("metadata")
    if not isinstance(metadata, dict):
        return
    group = str(fields.get("apiVersion", "")).rpartition("/")[0]
    name = metadata.get("name")
    free = group in _ANY_NAME or fields.get("kind") in _ANY_KIND
    if isinstance(name, str) and name and not free and not hidden(name, variables):
        yield from _name(name)
    namespace = metadata.get("namespace")
    if isinstance(namespace, str) and namespace and not hidden(namespace, variables):
        yield from _namespace(namespace, "namespace")
    elif fields.get("kind") == "Namespace" and not group and isinstance(name, str) and not hidden(name, variables):
        yield from _namespace(name, "name")
    for field in ("labels", "annotations"):
        held = metadata.get(field)
        for key, value in held.items() if isinstance(held, dict) else ():
            yield from _key(("metadata", field, key), variables)
            if field == "labels" and isinstance(value, str) and not hidden(value, variables):
                yield from _label(("metadata", field, key), value)


def _name(name: str) -> Iterator[Problem]:
    if len(name) > 253 or not _SUBDOMAIN.match(name):
        fix = "Use lower-case letters, digits, - and ., beginning and ending with a letter or digit, 253 at most."
        yield Problem(
            BAD_VALUE,
            ("metadata", "name"),
            f"metadata.name {quoted(name)} is no name of an object.",
            fix,
            "metadata.name",
        )


def _namespace(name: str, field: str) -> Iterator[Problem]:
    """The name of a namespace, in an object of it or in its own."""
    if not _LABEL_NAME.match(name) and (field == "namespace" or _SUBDOMAIN.match(name)):
        fix = "Use at most 63 lower-case letters, digits and dashes, beginning and ending with a letter or digit."
        said = f"metadata.{field} {quoted(name)} is no name of a namespace."
        yield Problem(BAD_VALUE, ("metadata", field), said, fix, f"metadata.{field}")


def _key(place: Place, variables: bool) -> Iterator[Problem]:
    key = str(place[-1])
    prefix, slash, name = key.rpartition("/")
    right = _KEY_NAME.match(name) and (not slash or (len(prefix) <= 253 and _SUBDOMAIN.match(prefix.lower())))
    if not right and not hidden(key, variables):
        fix = "Use PREFIX/NAME or NAME: letters, digits, -, _ and ., 63 at most; the prefix is a DNS name."
        yield Problem(BAD_VALUE, place, f"{quoted(key)} is no key of {place[1]}.", fix, written(place))


def _label(place: Place, value: str) -> Iterator[Problem]:
    if not _LABEL_VALUE.match(value):
        fix = "Use letters, digits, -, _ and ., a letter or digit at both ends, 63 at most; annotations may be free."
        yield Problem(
            BAD_VALUE, place, f"{written(place)} {quoted(value)} is no value of a label.", fix, written(place)
        )
