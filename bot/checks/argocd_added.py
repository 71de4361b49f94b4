"""What an AppProject says anew in a field, for people, and where."""

from __future__ import annotations

from typing import Any, NamedTuple

from bot.checks.words import listed

_LEAVES = ("namespace", "kind")  # what tells most of a destination, and of a kind


class Added(NamedTuple):
    """``said`` as a part of a sentence, ``at`` the place of the first of it in the object."""

    said: str
    at: tuple[str | int, ...]


def added(old: dict[str, Any], new: dict[str, Any], field: str) -> Added:
    """What one side of a ``spec`` holds in a field that the other one does not: what comes, else what goes."""
    before, after = _list(old.get(field)), _list(new.get(field))
    come = [(at, item) for at, item in enumerate(after) if item not in before]
    if come:
        names = [_name(item) for _, item in come]
        denies = " (what a denial does not match, it permits)" if any(name.startswith("!") for name in names) else ""
        return Added(f"`{field}` gains {listed(names)}{denies}", _place(field, *come[0]))
    gone = [_name(item) for item in before if item not in after]
    at = _place(field, 0, after[0]) if after else ("spec", field)
    return Added(f"`{field}` loses {listed(gone)}" if gone else f"`{field}`", at)


def _place(field: str, at: int, item: Any) -> tuple[str | int, ...]:
    leaf = next((key for key in _LEAVES if isinstance(item, dict) and isinstance(item.get(key), str)), None)
    return ("spec", field, at, leaf) if leaf else ("spec", field, at)


def _name(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    namespace, kind, group, name = (str(item.get(key) or "") for key in ("namespace", "kind", "group", "name"))
    if kind:
        return f"{kind}{f'.{group}' if group else ''}{f' {name}' if name else ''}"
    return f"{namespace or '*'} on {item.get('server') or name or '?'}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
