"""The report for programs: ``gatehouse/report/v1``, described field by field in docs/report.schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from bot.model.result import ObjectState
from bot.report.escape import plain

if TYPE_CHECKING:
    from bot.model.result import CheckResult, Finding, ObjectChange, Owners, Report, UnitChange
    from bot.model.unit import ObjectId

SCHEMA = "gatehouse/report/v1"


def render(report: Report) -> str:
    """The report as one JSON document, indented, ASCII only, in the order of the report; ends with a line feed."""
    value = {
        "schema": SCHEMA,
        "base": report.base,
        "head": report.head,
        "merge_base": report.merge_base,
        "verdict": report.verdict.value,
        "units": [_unit(unit) for unit in report.units],
        "unmapped": list(report.unmapped),
        "checks": [_check(result) for result in report.checks],
        "owners": [_owners(owners) for owners in report.owners],
        "timings": dict(report.timings),
        "notes": list(report.notes),
        "stops": list(report.stops),
        "counts": {
            "deployed": report.counts.deployed,
            "rendered": report.counts.rendered,
            "cached": report.counts.cached,
            "untouched": report.counts.untouched,
            "changed_paths": report.counts.changed_paths,
        },
    }
    # ASCII only: no control, invisible or direction-changing character reaches a terminal that prints the document.
    return json.dumps(_encodable(value), indent=2, ensure_ascii=True, allow_nan=False) + "\n"


def _encodable(value: object) -> object:
    """The same value without surrogates: bytes of paths that are not UTF-8 become ``\\xNN``."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(str(key)): _encodable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_encodable(item) for item in value]
    return value


def _unit(unit: UnitChange) -> dict[str, object]:
    return {
        "path": unit.path or ".",
        "renderer": unit.renderer.value,
        "source": _id(unit.source),
        "app": unit.app or None,
        "environment": unit.environment or None,
        "change": unit.state.value,
        "error": unit.error or None,
        "objects": {
            "added": _ids(unit.objects, ObjectState.ADDED),
            "removed": _ids(unit.objects, ObjectState.REMOVED),
            "changed": _ids(unit.objects, ObjectState.CHANGED),
        },
        "images": [
            {"container": move.container, "from": move.from_image, "to": move.to_image} for move in unit.image_moves
        ],
        "diff": "".join(_diff(change) for change in unit.objects),
        "noise": [f"{change.id}: {place}" for change in unit.objects for place in change.noise],
        "notes": list(unit.notes),
        "key": unit.key or None,
    }


def _diff(change: ObjectChange) -> str:
    """A diff with file headers that name the object on each side; ``(none)`` where it does not exist."""
    before = "(none)" if change.state is ObjectState.ADDED else _heading(change.was or change.id)
    after = "(none)" if change.state is ObjectState.REMOVED else _heading(change.id)
    body = change.diff if not change.diff or change.diff.endswith("\n") else change.diff + "\n"
    return f"--- base: {before}\n+++ head: {after}\n{body}"


def _heading(identity: ObjectId) -> str:
    where = f"{identity.namespace}/" if identity.namespace else ""
    text = f"{identity.api_version} {identity.kind} {where}{identity.name}"
    return text.replace("\n", "\\n").replace("\r", "\\r")


def _id(identity: ObjectId | None) -> dict[str, str] | None:
    if identity is None:
        return None
    return {
        "apiVersion": identity.api_version,
        "kind": identity.kind,
        "namespace": identity.namespace,
        "name": identity.name,
    }


def _ids(changes: Iterable[ObjectChange], state: ObjectState) -> list[dict[str, str] | None]:
    return [_id(change.id) for change in changes if change.state is state]


def _check(result: CheckResult) -> dict[str, object]:
    return {
        "name": result.name,
        "status": result.status.value,
        "reason": result.reason or None,
        "notes": list(result.notes),
        "findings": [_finding(finding) for finding in result.findings],
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "state": finding.state.value,
        "unit": finding.unit,
        "object": _id(finding.object),
        "file": finding.file,
        "line": finding.line,
        "message": finding.message,
        "fix": finding.fix,
    }


def _owners(owners: Owners) -> dict[str, object]:
    return {"file_or_unit": owners.file_or_unit, "required": list(owners.required), "why": owners.why}
