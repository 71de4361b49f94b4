"""Values of HelmReleases that a change makes unreadable: helm-controller stops at them, wherever the chart lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.facts import Role, role_of
from bot.affected.values_text import fault_of_text, is_unreadable
from bot.errors import TooBig, UserError
from bot.model.unit import TEXT

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.model.snapshot import Entry
    from bot.model.unit import Unit


class Fault(NamedTuple):
    """What is wrong with the values in a changed file, and the key of the ConfigMap in that file that holds them; "" for the
    file as a whole, which a generator takes."""

    path: str
    key: str
    reason: str


def unreadable(base: Unit, head: Unit, faults: Callable[[], list[Fault]]) -> str:
    """A sentence where a unit takes values that nobody can read from now on, and a changed file is to blame; "" otherwise.
    The ConfigMap may have had another name before, with another hash."""
    had = {lacking.partition(" of ")[0] for lacking in base.lacks}
    for lacking in head.lacks:
        text, _, holder = lacking.partition(" of ")
        if not lacking.startswith(TEXT) or text in had:
            continue
        key = text.removeprefix(TEXT)
        near = sorted((f for f in faults() if f.key in ("", key)), key=lambda f: (-_shared(f.path, head), f.path))
        if near:
            where = (
                f"{head.source.kind} {head.source.name}" if head.source is not None else f"the release in {head.path}"
            )
            return f"Flux cannot read the values that {where} takes from key {key} of {holder}: {near[0].reason}"
    return ""


def _shared(path: str, unit: Unit) -> int:
    """How many directories a file has in common with the unit, or with its declaration."""
    steps = path.split("/")[:-1]
    pairs = (zip(steps, place.split("/"), strict=False) for place in (unit.path, unit.declared_in))
    return max(sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], steps)) for steps in pairs)


def faults_of(after: View) -> list[Fault]:
    """Everything in the changed files that could be read as values before, and cannot be any more."""
    found: list[Fault] = []
    for change in after.changes:
        if not (_is_file(change.before) and _is_file(change.after)) or role_of(change.path) is Role.KUSTOMIZATION:
            continue
        old, new = (_texts(after, entry) for entry in (change.before, change.after))
        for key, (line, text) in new.items():
            if key in old and is_unreadable(text) and not is_unreadable(old[key][1]):
                found.append(Fault(change.path, key, _reason(text, change.path, key, line)))
    return found


def _reason(text: str, path: str, key: str, line: int) -> str:
    reason = fault_of_text(text.encode("utf-8", "surrogateescape"), "" if key else path)
    if not key:
        return reason
    number, _, problem = reason.removeprefix(":").partition(" ")
    return f"{path}:{line}, key {key}: {f'line {number} of it' if number else 'it'} {problem}"


def _is_file(entry: Entry | None) -> bool:
    return entry is not None and not entry.is_symlink and not entry.is_submodule


def _texts(view: View, entry: Entry | None) -> dict[str, tuple[int, str]]:
    """The file as a whole, under "", and what its ConfigMaps hold, by their keys, each with its line."""
    try:
        data = view.read(entry) if entry is not None else None
    except TooBig:
        data = None
    if entry is None or data is None:
        return {}
    found = {"": (1, data.decode("utf-8", "surrogateescape"))}
    if b"ConfigMap" in data:
        found |= dict(_held(data, entry.path))
    return found


def _held(data: bytes, name: str) -> Iterator[tuple[str, tuple[int, str]]]:
    from bot.documents import find_lines, load_all

    try:
        for number, document in enumerate(load_all(data, name=name)):
            value = document.value
            held = value.get("data") if isinstance(value, dict) and value.get("kind") == "ConfigMap" else None
            texts = {k: v for k, v in held.items() if isinstance(v, str)} if isinstance(held, dict) else {}
            lines = find_lines(data, name=name, number=number, places=[("data", key) for key in texts])
            yield from ((key, (line, text)) for (key, text), line in zip(texts.items(), lines, strict=True))
    except UserError:
        return
