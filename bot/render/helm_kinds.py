"""Objects of a chart that say no apiVersion, no kind or no name: Helm prints them, and neither Helm nor Argo CD nor Flux
applies a release that holds one. And those with a key that stands twice: Helm and Argo CD take the last one, while Flux,
which runs kustomize over the output (helm-controller, internal/postrender), refuses the release."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.documents import find_duplicate_keys, load_one
from bot.errors import UserError

KINDLESS = "No apiVersion or no kind, which no cluster takes: "
NAMELESS = "No metadata.name in what the chart makes, which no cluster takes: "
TWICE = "A key twice in one mapping of what the chart makes: "
_SAID = tuple(re.compile(rf"^{word}:[ \t]+[A-Za-z\"']", re.MULTILINE) for word in ("apiVersion", "kind"))
_NAMED = re.compile(r"^metadata:[ \t]*\n(?:  [^\n]*\n)*?  (?:name|generateName):[ \t]+[A-Za-z0-9]", re.MULTILINE)
_SOURCE = re.compile(r"^# Source: [^/\n]*/(?P<file>.+)$", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./-]{0,62}")
_MOST = 3


def incomplete(documents: Iterable[str], chart: str) -> list[str]:
    """Notes that name the templates of such objects, if there are any."""
    files: dict[str, dict[str, None]] = {KINDLESS: {}, NAMELESS: {}}
    for text in documents:
        if mark := _lacking(text):
            files[mark].setdefault(_file(text, chart))
    return [f"{mark}{_listed(list(found))}." for mark, found in files.items() if found]


def with_key_twice(documents: Iterable[str], chart: str) -> list[str]:
    """A note that names the templates of objects with such a key, if there are any."""
    files: dict[str, None] = {}
    for text in documents:
        try:
            found = find_duplicate_keys(text.encode("utf-8", "surrogateescape"), name="")
        except UserError:
            continue  # said elsewhere
        if found:
            files[f"{_file(text, chart)}{_key(found[0][0], text)}"] = None
    return [f"{TWICE}{_listed(list(files))}."] if files else []


def _key(key: str, text: str) -> str:
    """The key, where it may be shown."""
    return f" ({key})" if _PLAIN.fullmatch(key) and "Secret" not in text else ""


def _lacking(text: str) -> str:
    """How the note about a document begins; "" for none."""
    if all(said.search(text) for said in _SAID) and _NAMED.search(text):
        return ""
    try:
        value = load_one(text)
    except UserError:
        return ""  # said elsewhere
    if not isinstance(value, dict) or not value:
        return ""
    if not (value.get("apiVersion") and value.get("kind")):
        return KINDLESS
    return (
        "" if str(value["kind"]).endswith("List") or any(name not in (None, "") for name in _names(value)) else NAMELESS
    )


def _names(value: Mapping[str, Any]) -> Iterator[object]:
    metadata = value.get("metadata")
    if isinstance(metadata, dict):
        yield from (metadata.get("name"), metadata.get("generateName"))


def _listed(files: list[str]) -> str:
    more = f" and {len(files) - _MOST} more" if len(files) > _MOST else ""
    return f"{', '.join(files[:_MOST])}{more}"


def _file(text: str, chart: str) -> str:
    found = _SOURCE.search(text)
    return f"{chart}/{found['file']}".removeprefix("/") if found else "a document without a source"
