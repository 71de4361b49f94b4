"""Units as JSON text for the index, and back. JSON, not pickle: a cache file is data, it must never run."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

from bot.model.unit import (
    CannotRender,
    HelmRender,
    KustomizeRender,
    Mount,
    ObjectId,
    Overlay,
    PlainRender,
    Render,
    Renderer,
    Substitution,
    Unit,
)

_RENDERS: dict[str, type[KustomizeRender | PlainRender | HelmRender | CannotRender]] = {
    "kustomize": KustomizeRender,
    "plain": PlainRender,
    "helm": HelmRender,
    "cannot": CannotRender,
}
_NAMES = {kind: name for name, kind in _RENDERS.items()}
_NESTED: dict[str, Any] = {"overlay": Overlay, "substitution": Substitution}


def dump_unit(unit: Unit) -> str:
    """One unit as JSON text."""
    raw = _raw(unit)
    raw["parts"] = [_raw_part(part) for part in unit.parts]
    raw["source"] = _raw(unit.source) if unit.source else None
    return json.dumps(raw, ensure_ascii=True, separators=(",", ":"))


def load_unit(text: str) -> Unit:
    """The unit that dump_unit wrote."""
    raw = json.loads(text)
    raw["renderer"] = Renderer(raw["renderer"])
    raw["parts"] = tuple(_part(part) for part in raw["parts"])
    raw["source"] = ObjectId(**raw["source"]) if raw["source"] else None
    raw |= {name: tuple(raw[name]) for name in ("notes", "takes", "lacks", "rows")}
    return Unit(**raw)


def dump_part(part: Render) -> str:
    """One render specification as JSON text: also the options half of a cache key."""
    return json.dumps(_raw_part(part), ensure_ascii=True, sort_keys=True)


def _raw_part(part: Render) -> dict[str, Any]:
    raw = {"": _NAMES[type(part)], **_raw(part)}
    for name in _NESTED.keys() & raw.keys():
        raw[name] = _raw(raw[name]) if raw[name] is not None else None
    if raw.get("here"):
        raw["here"] = _raw_part(raw["here"])
    if raw.get("mounts"):
        raw["mounts"] = [_raw(mount) for mount in raw["mounts"]]
    return raw


def _raw(value: Any) -> dict[str, Any]:
    """One level of fields, tuples as they are: JSON writes them as lists. (asdict copies every value, at three times the
    cost of all the rest.)"""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def _part(raw: dict[str, Any]) -> Render:
    kind = _RENDERS[raw.pop("")]
    return kind(**{field.name: _value(field.name, raw[field.name]) for field in fields(kind) if field.name in raw})


def _value(name: str, value: Any) -> Any:
    if name in _NESTED:
        nested = _NESTED[name]
        return nested(**{k: _frozen(v) for k, v in value.items()}) if value is not None else None
    if name == "here":
        return _part(value) if value is not None else None
    if name == "mounts":
        return tuple(Mount(m["source"], m["target"], tuple(m["exclude"])) for m in value)
    return _frozen(value)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
