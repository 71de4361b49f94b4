"""Who may put what where: Argo CD's projects, Flux' namespaces and identities, and what each team may hold."""

from __future__ import annotations

from collections.abc import Sequence

from bot.checks import boundaries_argocd, boundaries_flux
from bot.checks.argocd_missing import missing
from bot.checks.argocd_narrowed import altered
from bot.checks.boundaries_teams import Teams
from bot.checks.declared_objects import Declarations
from bot.config.judging import BoundaryRule
from bot.model.evidence import Evidence, Said, Side, Statement

NAME = "boundaries"


class Boundaries:
    """See the module. ``rules`` are those of ``checks.boundaries``."""

    name = NAME

    def __init__(self, rules: Sequence[BoundaryRule] = ()) -> None:
        self._teams = Teams(rules)

    def run(self, evidence: Evidence) -> Said:
        base, head = (Declarations(evidence, side) for side in Side)
        change = (
            *boundaries_argocd.changes(base, head),
            *missing(evidence, base, head),
            *boundaries_flux.changes(base, head),
            *self._teams.changes(evidence),
        )
        projects = altered(base, head)
        sides = [self._of_side(evidence, *one, projects) for one in ((Side.BASE, base), (Side.HEAD, head))]
        return Said(base=sides[0], head=sides[1], change=change)

    def _of_side(
        self, evidence: Evidence, side: Side, declared: Declarations, projects: frozenset[str]
    ) -> tuple[Statement, ...]:
        return (
            *boundaries_argocd.statements(evidence, side, declared, projects),
            *boundaries_flux.statements(declared),
            *self._teams.statements(evidence, side),
        )
