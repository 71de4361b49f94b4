"""Declarations of one environment that deploy the directory of another one."""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks.words import shown
from bot.model.evidence import Evidence, Statement, UnitEvidence
from bot.model.result import Severity

_PATHS = {"Application": ("spec", "source", "path"), "HelmRelease": ("spec", "chart", "spec", "chart")}


def statements(evidence: Evidence) -> Iterator[Statement]:
    """One statement for each unit that turns to another environment's directory, or comes with it."""
    for unit in evidence.units:
        source = unit.head.unit.source if unit.head else None
        if not unit.foreign or unit.head is None or source is None:
            continue
        host = _host(unit, evidence)
        yield Statement(
            "risk/other-environment",
            Severity.ERROR if unit.base and unit.production else Severity.WARNING,
            _message(unit, source.kind, unit.head.unit.path),
            f"Write the path of {unit.environment}.",
            unit=host.key if host else unit.key, object=source if host else None,
            at=_PATHS.get(source.kind, ("spec", "path")) if host else (), file="" if host else unit.head.unit.declared_in,
            mark=f"takes {unit.foreign}",
        )  # fmt: skip


def _message(unit: UnitEvidence, kind: str, path: str) -> str:
    said = f"This {kind} of {unit.environment} deploys {shown(path, 120)}, the directory of {unit.foreign}"
    comes = f"versions, hosts and secrets of {unit.foreign} come with it"
    if unit.base is None:
        return f"{said}: {comes}."
    before = shown(unit.base.unit.path, 120)
    return f"{said}, and no longer {before}: {comes}, and what it lacks is deleted where that is pruned."


def _host(unit: UnitEvidence, evidence: Evidence) -> UnitEvidence | None:
    """The unit whose objects hold the declaration."""
    source = unit.head.unit.source if unit.head else None
    here = (other for other in evidence.units if other.head and other.cluster == unit.cluster)
    return next((other for other in here if other.head and any(r.id == source for r in other.head.objects)), None)
