"""Variables of Flux that nothing sets: they become empty text, and nobody is told (documentation of Flux, "Kustomization":
Post build variable substitution)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.checks.words import shown
from bot.errors import GatehouseError
from bot.model.evidence import Evidence, Side, Statement, UnitSide
from bot.model.result import Severity
from bot.model.unit import KustomizeRender, PlainRender

_MOST = 50  # of one unit
_MOST_FILES = 200  # changed ones that are searched for a variable
_MOST_BYTES = 1024 * 1024


def statements(evidence: Evidence, side: Side) -> Iterator[Statement]:
    """One statement for each unit and variable; none where the cluster may know more than the repository."""
    places: dict[str, tuple[str, int]] = {}
    for unit in evidence.units:
        there = unit.side(side)
        for name in there.unset[:_MOST] if there and not _may_be_known(there) else ():
            if name not in places:
                places[name] = _written(evidence, side, name) if len(places) < _MOST else ("", 0)
            file, line = places[name]
            yield Statement(
                "risk/unset-variable", Severity.WARNING,
                f"Nothing sets the variable {shown(name)}: Flux writes empty text in its place.",
                f"Correct its name, set it in postBuild or in what that names, or give it a default: `${{{name}:=…}}`; "
                f"`$${{{name}}}` stays as it is.",
                unit=unit.key, file=file, line=line, mark=name,
            )  # fmt: skip


def _may_be_known(side: UnitSide) -> bool:
    parts = (part for part in side.unit.parts if isinstance(part, KustomizeRender | PlainRender))
    return any(part.substitution is not None and part.substitution.absent for part in parts)


def _written(evidence: Evidence, side: Side, name: str) -> tuple[str, int]:
    """Where a changed file takes the variable, else where one sets it that the change takes away; "" for neither."""
    used = re.compile(rb"(?<!\$)\$\{#?" + re.escape(name).encode() + rb"(?![A-Za-z0-9_])")
    if found := _first(evidence, side, used):
        return found
    set_before = re.compile(rb"^\s*[\"']?" + re.escape(name).encode() + rb"[\"']?\s*:", re.MULTILINE)
    gone = _first(evidence, Side.BASE, set_before)
    return (gone[0], 0) if gone else ("", 0)


def _first(evidence: Evidence, side: Side, wanted: re.Pattern[bytes]) -> tuple[str, int] | None:
    files = evidence.files(side)
    for change in evidence.changes[:_MOST_FILES]:
        entry = files.entry(change.path)
        if entry is None or entry.is_symlink or entry.is_submodule:
            continue
        try:
            data = files.read(entry)
        except GatehouseError:
            continue
        found = wanted.search(data[:_MOST_BYTES])
        if found:
            return change.path, data.count(b"\n", 0, found.start() + len(found[0]) - len(found[0].lstrip())) + 1
    return None
