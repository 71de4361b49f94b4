"""Statements about one object, each marked by its place: how base and head tell what is the same problem."""

from __future__ import annotations

from bot.checks.declared_objects import Declared
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

Place = tuple[str | int, ...]


def about(  # noqa: PLR0917
    unit: UnitEvidence, resource: Resource, rule: str, severity: Severity, message: str, fix: str, at: Place = ()
) -> Statement:
    """About a rendered object."""
    return Statement(rule, severity, message, fix, unit=unit.key, object=resource.id, at=at, mark=_mark(at))


def about_declared(  # noqa: PLR0917
    declared: Declared, unit: str, rule: str, severity: Severity, message: str, fix: str, at: Place
) -> Statement:
    """About an Argo CD or Flux object: traced where the unit renders it, else in its own file."""
    rendered = bool(declared.unit) and declared.unit == unit
    return Statement(
        rule, severity, message, fix, unit=unit, object=declared.id, at=at,
        file="" if rendered or not declared.line else declared.path, line=0 if rendered else declared.line_of(at),
        mark=_mark(at),
    )  # fmt: skip


def _mark(at: Place) -> str:
    return ".".join(map(str, at))
