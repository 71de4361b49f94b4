"""The environment by which a finding is weighed: the unit's own, or that of the overlays it is made of.

An overlay that nothing deploys and that is called after no environment (``labs/broken-probe`` on ``overlays/dev``) is no
more dangerous than what it includes.
"""

from __future__ import annotations

import posixpath
from typing import Any

from bot.errors import GatehouseError
from bot.model.evidence import Evidence, Side, UnitEvidence
from bot.model.snapshot import Snapshot

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_INCLUDING = ("resources", "bases", "components")
_MOST_BYTES = 1024 * 1024


class Environments:
    """The environments of the units of one change, each unit looked at once."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._units = {unit.key: unit for unit in evidence.units}
        self._known: dict[str, str] = {}

    def of(self, key: str) -> str:
        """The environment of a unit, by its key; "" for the repository, and where nobody knows one."""
        if key not in self._known:
            unit = self._units.get(key)
            self._known[key] = (unit.environment or self._borrowed(unit)) if unit else ""
        return self._known[key]

    def _borrowed(self, unit: UnitEvidence) -> str:
        """The one environment of all the directories that an undeclared kustomization takes; "" where any has none that is
        known here, such as one that the change does not affect."""
        side, there = (Side.HEAD, unit.head) if unit.head else (Side.BASE, unit.base)
        if there is None or there.unit.source is not None:
            return ""
        files = self._evidence.files(side)
        taken = [posixpath.normpath(posixpath.join(unit.path, each)) for each in _included(files, unit.path)]
        folders = [path for path in taken if files.entry(path) is None]
        environments = {self._at(path) for path in folders}
        return environments.pop() if len(environments) == 1 else ""

    def _at(self, path: str) -> str:
        """The environment of all units at a path."""
        found = {unit.environment for unit in self._evidence.units if unit.path == path}
        return found.pop() if len(found) == 1 else ""


def _included(files: Snapshot, path: str) -> list[str]:
    from bot.documents import load_all

    entry = next((e for name in _KUSTOMIZATIONS if (e := files.entry(posixpath.join(path, name)))), None)
    if entry is None or entry.is_symlink or entry.is_submodule:
        return []
    try:
        documents = load_all(files.read(entry), name=entry.path, max_bytes=_MOST_BYTES)
    except GatehouseError:
        return []
    value: Any = documents[0].value if documents else None
    lists = [value.get(key) for key in _INCLUDING] if isinstance(value, dict) else []
    return [each for listed in lists if isinstance(listed, list) for each in listed if isinstance(each, str)]
