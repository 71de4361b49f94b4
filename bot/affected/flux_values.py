"""Values of a HelmRelease: ``valuesFrom`` in order, then ``values`` over all."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from bot.affected.fields import Fields, Unrenderable, json_text
from bot.affected.secret_keys import keys_of
from bot.affected.sources import Gathering, Lookup
from bot.affected.values_text import is_unreadable
from bot.model.unit import KEY, TEXT

_SIMPLE_PATH = re.compile(r"[A-Za-z0-9_\-/]+(\.[A-Za-z0-9_\-/]+)*\Z")
_WHOLE_NUMBER = re.compile(r"(0|-?[1-9][0-9]*)\Z")


def note_sources(spec: Fields, namespace: str, lookup: Lookup, found: Gathering) -> None:
    """Note every source of values, known or not: a change of any is one of the release. A key that a ConfigMap or Secret
    must have and has not is lacking, and so is a text that Flux could read there, also of an optional one. Where it holds
    nothing, something in the cluster fills it, and where it is another cluster's, nobody knows."""
    for source in spec.children("valuesFrom"):
        manifest = found.values(source, namespace, lookup)
        kind, name = source.text("kind"), source.text("name")
        if manifest is None or f"{kind} {name}" in found.lacks:
            continue
        held, key = _held(kind, manifest), _key(source)
        if held and key not in held and not source.flag("optional"):
            found.lacks[f"{KEY}{key} of {kind} {name}"] = None
        text = held.get(key) if isinstance(held, Mapping) else None
        if isinstance(text, str) and not source.text("targetPath") and is_unreadable(text):
            found.lacks[f"{TEXT}{key} of {kind} {name}"] = None


def _held(kind: str, manifest: Mapping[str, object]) -> Collection[object]:
    """The keys of what values are taken from; SOPS leaves those of a Secret readable."""
    if kind == "Secret":
        return keys_of(manifest)
    held = manifest.get("data")
    return held if kind == "ConfigMap" and isinstance(held, dict) else ()


class KeptInSecret(Unrenderable):
    """Values stand in a Secret: only the cluster knows them."""


def read_values(spec: Fields, namespace: str, lookup: Lookup, found: Gathering) -> tuple[str, ...]:
    """The values as texts, later ones win. Raises Unrenderable where only the cluster knows them."""
    note_sources(spec, namespace, lookup, found)
    sources = spec.children("valuesFrom")
    texts = [text for source in sources if (text := _values_from(source, namespace, lookup, found)) is not None]
    if spec.has("values"):
        spec.child("values")  # must be a mapping
        texts.append(json_text(spec.raw("values"), f"{spec.where}.values"))
    return tuple(texts)


def _values_from(source: Fields, namespace: str, lookup: Lookup, found: Gathering) -> str | None:
    """The text of one source; None for an optional one that is missing."""
    kind, name = source.text("kind"), source.text("name")
    manifest = lookup.find(kind, namespace, name)
    key = _key(source)
    if kind != "ConfigMap" or manifest is None:
        if manifest is None and source.flag("optional"):
            found.note(f"{kind} {name} is optional and not in this repository: taken as missing")
            return None
        if f"{KEY}{key} of {kind} {name}" in found.lacks:
            raise Unrenderable(f"values come from key {key} of {kind} {name}, which has no such key")
        if kind == "Secret":
            known = "which only the cluster knows" if manifest is None else "whose values are secret"
            raise KeptInSecret(
                f"values come from Secret {name}, {known}: the chart is not rendered, and only how it is written counts"
            )
        raise Unrenderable(
            f"values come from {kind} {name}, which only the cluster knows: put them into values or a ConfigMap here"
        )
    data = Fields(manifest, f"ConfigMap {name}").strings("data")
    if key not in data:
        if source.flag("optional"):
            return None
        raise Unrenderable(f"values come from key {key} of ConfigMap {name}, which has no such key")
    target = source.text("targetPath")
    return _at_path(target, data[key], source.where) if target else data[key]


def _key(source: Fields) -> str:
    return source.text("valuesKey") or "values.yaml"


def _at_path(path: str, value: str, where: str) -> str:
    """``--set PATH=VALUE`` as values text, for the simple cases of Helm's syntax."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    if not _SIMPLE_PATH.match(path) or (not quoted and any(c in value for c in ",{}\\")) or "\\" in value:
        raise Unrenderable(f"{where}.targetPath {path} uses Helm's list or escape syntax, which is not read here")
    nested: object = value[1:-1] if quoted else _typed(value)
    for part in reversed(path.split(".")):
        nested = {part: nested}
    return json.dumps(nested)


def _typed(value: str) -> object:
    """The type that Helm gives to a value of ``--set``."""
    words: dict[str, object] = {"true": True, "false": False, "null": None}
    if value.lower() in words:
        return words[value.lower()]
    return int(value) if _WHOLE_NUMBER.match(value) and len(value) < 19 else value
