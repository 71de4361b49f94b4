"""The files whose owners speak for a unit: those that make it the thing of its environment, not what it shares.

A base is everybody's; the overlay that takes it is production's own. So the owners of a unit are those of its
kustomization file, of the values file that comes last, or of the manifests in its directory; and where units of several
environments share even that, of the file of its generator, or of the one that declares the unit. A declaration that an
overlay takes from elsewhere and completes is shared as well: then it is the overlay that speaks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from bot.model.evidence import Evidence, Side, UnitEvidence, UnitSide
from bot.model.snapshot import Snapshot
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender, Render, Unit

_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFESTS = (".yaml", ".yml", ".json")
Places = Mapping[str, tuple[str, ...]]


def own_places(evidence: Evidence, side: Side) -> Places:
    """For each unit, by its key, the paths to ask for owners, as one side has it; never empty. Of a unit that this side does
    not have they are those of the other one."""
    units = (*evidence.units, *evidence.production)
    choices = {unit.key: _choices(unit, evidence, side) for unit in units}
    environments: dict[str, set[str]] = {}
    for unit in units:
        for choice in choices[unit.key]:
            for path in choice:
                environments.setdefault(path, set()).update([unit.environment] if unit.environment else ())
    return {key: _unshared(found, environments) for key, found in choices.items()}


def _unshared(choices: list[tuple[str, ...]], environments: Mapping[str, set[str]]) -> tuple[str, ...]:
    """The first choice that is no other environment's as well; the first one where all are."""
    alone = (choice for choice in choices if all(len(environments[path]) <= 1 for path in choice))
    return next(alone, choices[0])


def _choices(unit: UnitEvidence, evidence: Evidence, wanted: Side) -> list[tuple[str, ...]]:
    """What may stand for a unit, the nearest first."""
    other = Side.BASE if wanted is Side.HEAD else Side.HEAD
    told = wanted if unit.written(wanted) else other
    there, files = unit.written(told), evidence.files(told)
    if there is None:  # nobody knows how it is deployed
        files = next((tree for tree in map(evidence.files, (wanted, other)) if tree.is_dir(unit.path)), files)
        own = tuple(path for path in unit.last_values if files.entry(path))
        return [choice for choice in (own, tuple(_of_directory(unit.path, files)) or (unit.path,)) if choice]
    everybody = _defaults(there.unit)
    changed = [change.path for change in evidence.changes]
    own = tuple(path for path in _own(there.unit, files, changed) if path not in everybody)
    found = [choice for choice in (own, *_declared(there, files), everybody) if choice]
    return found or [tuple(_of_directory(unit.path, files)) or (unit.path,)]


def _own(unit: Unit, files: Snapshot, changed: Iterable[str] = ()) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for part in unit.parts for path in _of_part(part, files, changed)))


def _declared(there: UnitSide, files: Snapshot) -> Iterator[tuple[str, ...]]:
    """The file that declares a unit; before it what makes that file the thing of an environment, where it lies elsewhere."""
    unit, host = there.unit, there.host
    declared = (unit.declared_in,) if unit.declared_in else ()
    if host is None:
        yield from ((row,) for row in reversed(unit.rows))  # a set's own file is that of all environments
        yield declared
        return
    shows = tuple(path for path in _own(host, files) if path not in _defaults(host))
    is_near = not any(isinstance(part, HelmRender) for part in host.parts)
    if is_near and unit.declared_in.startswith(f"{host.path}/"):
        yield declared
    yield shows
    yield (host.declared_in,) if host.declared_in else ()
    yield declared


def _defaults(unit: Unit) -> tuple[str, ...]:
    """The values that its chart brings along: those of every environment."""
    charts = [part for part in unit.parts if isinstance(part, HelmRender)]
    return tuple(f"{part.chart}/values.yaml" for part in charts if f"{part.chart}/values.yaml" in part.value_files)


def _of_part(part: Render, files: Snapshot, changed: Iterable[str]) -> Iterable[str]:
    if isinstance(part, KustomizeRender) and not part.mounts:
        return _of_directory(part.path, files)
    if isinstance(part, PlainRender) and part.recurse and (found := _below(part.path, files, changed)):
        return found
    if isinstance(part, PlainRender):
        return (part.path,) if files.entry(part.path) else _of_directory(part.path, files)
    if isinstance(part, HelmRender) and not part.mounts:
        return (*part.default_files, *part.value_files)[-1:]  # later files win, so the last one is the most particular
    if isinstance(part, CannotRender):  # a chart of a registry, with values that lie here
        return part.values[-1:]
    return ()


def _below(path: str, files: Snapshot, changed: Iterable[str]) -> list[str]:
    """The changed manifests anywhere below a directory: each speaks for itself, as those directly in it do."""
    start = f"{path}/" if path else ""
    return [each for each in changed if each.startswith(start) and each.endswith(_MANIFESTS) and files.entry(each)]


def _of_directory(path: str, files: Snapshot) -> Iterator[str]:
    """The kustomization file of a directory, else its manifests."""
    for name in _KUSTOMIZATIONS:
        place = f"{path}/{name}" if path else name
        if files.entry(place):
            yield place
            return
    entries, _ = files.children(path)
    yield from (entry.path for entry in entries if entry.path.endswith(_MANIFESTS))
