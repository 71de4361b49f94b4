"""The files whose owners speak for a unit: those that make it the thing of its environment, not what it shares.

A base is everybody's; the overlay that takes it is production's own. So the owners of a unit are those of its
kustomization file, of the values file that comes last, or of the manifests in its directory; and where units of several
environments share even that, of the file that declares the unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.model.evidence import Evidence, UnitEvidence
from bot.model.snapshot import Snapshot
from bot.model.unit import HelmRender, KustomizeRender, PlainRender, Render, Unit

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFESTS = (".yaml", ".yml", ".json")


def own_places(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    """For each unit, by its key, the paths to ask for owners; never empty."""
    choices = {unit.key: _choices(unit, evidence) for unit in evidence.units}
    environments: dict[str, set[str]] = {}
    for unit in evidence.units:
        for choice in choices[unit.key]:
            for path in choice:
                environments.setdefault(path, set()).add(unit.environment)
    return {key: _unshared(found, environments) for key, found in choices.items()}


def _unshared(choices: list[tuple[str, ...]], environments: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The first choice that is no other environment's as well; the first one where all are."""
    alone = (choice for choice in choices if all(len(environments[path]) == 1 for path in choice))
    return next(alone, choices[0])


def _choices(unit: UnitEvidence, evidence: Evidence) -> list[tuple[str, ...]]:
    """What may stand for a unit, the nearest first."""
    side, files = (unit.head, evidence.head) if unit.head else (unit.base, evidence.base)
    if side is None:  # it could be rendered on neither side
        files = evidence.head if evidence.head.is_dir(unit.path) else evidence.base
        return [tuple(_of_directory(unit.path, files)) or (unit.path,)]
    own = tuple(dict.fromkeys(path for part in side.unit.parts for path in _of_part(part, files)))
    found = [choice for choice in (own, _declared(side.unit)) if choice]
    return found or [tuple(_of_directory(unit.path, files)) or (unit.path,)]


def _declared(unit: Unit) -> tuple[str, ...]:
    return (unit.declared_in,) if unit.declared_in else ()


def _of_part(part: Render, files: Snapshot) -> Iterable[str]:
    if isinstance(part, KustomizeRender) and not part.mounts:
        return _of_directory(part.path, files)
    if isinstance(part, PlainRender):
        return (part.path,) if files.entry(part.path) else _of_directory(part.path, files)
    if isinstance(part, HelmRender) and not part.mounts:
        return part.value_files[-1:]  # later files win, so the last one is the most particular
    return ()


def _of_directory(path: str, files: Snapshot) -> Iterator[str]:
    """The kustomization file of a directory, else its manifests."""
    for name in _KUSTOMIZATIONS:
        place = f"{path}/{name}" if path else name
        if files.entry(place):
            yield place
            return
    entries, _ = files.children(path)
    yield from (entry.path for entry in entries if entry.path.endswith(_MANIFESTS))
