"""Everything that one side deploys: what files declare, and what the output of hosts declares."""

from __future__ import annotations

from bot.affected.delivered import children
from bot.affected.reach import reach
from bot.affected.units import all_units, is_root, kustomize_unit
from bot.affected.view import View
from bot.jobs.check import Ports
from bot.jobs.material import materials
from bot.model.resource import Failed
from bot.model.unit import Renderer, Unit
from bot.render.engine import joined

_DEEPEST = 6


def discovered(view: View, ports: Ports, *, everything: bool) -> tuple[list[Unit], list[str]]:
    """Every unit in the order of paths, and notes about hosts whose output could not be asked."""
    found = {unit.key: unit for unit in all_units(view, ports.index.rules, everything=everything)}
    notes: list[str] = []
    level = _hosts(view, ports)
    for _ in range(_DEEPEST):
        fresh = [unit for host in level for unit in _declared_by(view, host, ports, notes)]
        level = [unit for unit in fresh if unit.key not in found]
        for unit in level:
            found[unit.key] = unit
            if unit.renderer is Renderer.KUSTOMIZE:  # the same build, now with its name
                found.pop(unit.path or ".", None)
        if not level:
            break
    return sorted(found.values(), key=lambda u: (u.path, str(u.renderer), u.environment, u.key)), notes


def _hosts(view: View, ports: Ports) -> list[Unit]:
    """The units whose output declares what no file does: above files that kustomizations complete, and charts."""
    files = sorted({unit.declared_in for unit in view.units() if unit.template})
    above = reach(view, files)
    units = [unit for key in sorted(above.units) if (unit := view.unit(key)) is not None]
    covered = {unit.path for unit in units if unit.renderer is Renderer.KUSTOMIZE}
    for directory in sorted(above.kustomizations - covered):
        if is_root(view, directory):
            units.append(kustomize_unit(view, directory, ports.index.rules))
    charts = [u for u in view.units() if u.renderer is Renderer.HELM and any(view.out_of(f"x:h:{u.path}"))]
    return units + charts


def _declared_by(view: View, host: Unit, ports: Ports, notes: list[str]) -> list[Unit]:
    outcome = joined(ports.engine.render_all(materials(view, host), lambda *_: None))
    if isinstance(outcome, Failed):
        notes.append(f"{host.path or '.'} cannot be rendered: {outcome.reason}")
        return []
    return [child.unit for child in children(view, host, outcome, ports.index.rules, ports.index.home).values()]
