"""Two values side by side: the same key order on both, and the resource path of every place where they differ.

A path is a tuple of keys; an item of a list is ``[name]`` where all items have one, else ``[position]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.diff.words import one_line

Path = tuple[str, ...]
_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_MEANS_MORE = re.compile(r"""[\\"*]"""), re.compile(r"""[\\\]*]|\A["']""")  # in a key, in the name of an item
_LONGEST_STEP = 100  # characters


class Absent:
    """Stands for a side that has no such key."""


ABSENT = Absent()


def path_text(path: Path) -> str:
    """The path as people write it: ``spec.containers[app].image``, ``metadata.labels["helm.sh/chart"]``. What would end
    a bracket too early or be a pattern in a configuration (bot/config/resource_paths.py) has a backslash before it."""
    text = ""
    for step in path:
        if step.startswith("[") and step.endswith("]"):
            text += f"[{_escaped(step[1:-1], item=True)}]"
        elif _SIMPLE.match(step) and len(step) <= _LONGEST_STEP:
            text += f".{step}" if text else step
        else:
            text += f'["{_escaped(step)}"]'
    return text


def _escaped(step: str, *, item: bool = False) -> str:
    return _MEANS_MORE[item].sub(r"\\\g<0>", one_line(step, _LONGEST_STEP))


def names(items: list[Any]) -> list[str] | None:
    """The distinct names of the items (or their positions); None when the items have none to tell them apart by."""
    found = [i.get("name") if isinstance(i, dict) else None for i in items]
    if all(isinstance(n, str) for n in found) and len(set(found)) == len(found):
        return [str(n) for n in found]
    return None


def partners(base: list[Any], head: list[Any]) -> Iterator[tuple[str, int, int]]:
    """Step, base position and head position of the items that belong together: by name, else by position."""
    old, new = names(base), names(head)
    if old is not None and new is not None:
        at = {n: i for i, n in enumerate(old)}
        yield from ((f"[{n}]", at[n], i) for i, n in enumerate(new) if n in at)
    else:
        yield from ((f"[{i}]", i, i) for i in range(min(len(base), len(head))))


def reorder(base: Any, head: Any) -> Any:
    """``base`` with its keys in the order of ``head``; a key that only base has stays behind the key before it."""
    if isinstance(base, dict) and isinstance(head, dict):
        return {k: reorder(base[k], head[k]) if k in head else base[k] for k in key_order(base, head)}
    if isinstance(base, list) and isinstance(head, list):
        result = list(base)
        for _, i, j in partners(base, head):
            result[i] = reorder(base[i], head[j])
        return result
    return base


def key_order(base: dict[str, Any], head: dict[str, Any]) -> list[str]:
    """The keys of both, in the order of ``head``; a key that only base has stays behind the key before it."""
    followers: dict[str | None, list[str]] = {}
    before: str | None = None
    for key in base:
        if key in head:
            before = key
        else:
            followers.setdefault(before, []).append(key)
    order = followers.get(None, [])
    for key in head:
        if key in base:
            order += [key, *followers.get(key, [])]
    return order


def differences(base: Any, head: Any, path: Path = ()) -> Iterator[tuple[Path, Any, Any]]:
    """Path, base value and head value of the smallest places that differ; ABSENT for a key that one side lacks.

    Lists of different length give the list itself after the places inside the items that belong together.
    """
    if isinstance(base, dict) and isinstance(head, dict):
        for key in key_order(head, base) + [k for k in base if k not in head]:
            yield from differences(base.get(key, ABSENT), head.get(key, ABSENT), (*path, key))
    elif isinstance(base, list) and isinstance(head, list):
        found = list(partners(base, head))
        for step, i, j in found:
            yield from differences(base[i], head[j], (*path, step))
        if len(found) < max(len(base), len(head)) or any(i != j for _, i, j in found):
            yield path, base, head
    elif type(base) is not type(head) or base != head:
        yield path, base, head


def inside(path: Path, value: Any) -> Iterator[tuple[Path, Any]]:
    """The places directly in a value, as ``differences`` names them."""
    if isinstance(value, dict):
        yield from (((*path, key), part) for key, part in value.items())
    elif isinstance(value, list):
        called = names(value) or range(len(value))
        yield from (((*path, f"[{name}]"), part) for name, part in zip(called, value, strict=True))
