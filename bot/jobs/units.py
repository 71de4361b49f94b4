"""Everything that one side deploys: what files declare, and what the output of hosts declares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bot.affected.builds import kustomize_unit
from bot.affected.configured import is_there
from bot.affected.edges import WIDE
from bot.affected.hosts import chart_hosts, is_completed, may_host
from bot.affected.left_out import is_left_out
from bot.affected.pairs import Pair
from bot.affected.provided import completed
from bot.affected.reach import reach
from bot.affected.roots import is_root
from bot.affected.rules import is_own
from bot.affected.stopped import is_standing_in
from bot.affected.units import all_units, is_unbuilt
from bot.affected.view import View
from bot.jobs.changes import providers
from bot.jobs.hosted import Hosted
from bot.jobs.ports import Ports
from bot.jobs.rendering import render
from bot.model.resource import Failed
from bot.model.unit import Renderer, Unit

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.jobs.ports import Result


def discovered(view: View, ports: Ports, *, everything: bool) -> tuple[list[Unit], list[str]]:
    """Every unit in the order of paths, and notes about hosts whose output could not be asked."""
    alone = {unit.key: unit for unit in all_units(view, ports.index.rules, everything=everything)}
    made = providers(view, ports)
    hosted = Hosted((made, made), ports.index, lambda pairs: _asked(pairs, view, ports))
    hosted.descend(_asked(tuple(Pair(None, unit) for unit in _hosts(view, ports)), view, ports))
    hosted.settle(everything=everything)
    found = {
        k: u
        for k, u in alone.items()
        if not hosted.replaces(Pair(None, u), everything=everything) and not hosted.shows(k)
        if everything or not is_unbuilt(view, view, Pair(None, u))
    }
    found.update((key, node.pair.unit) for key, node in hosted.nodes.items() if node.completed)
    notes = list(dict.fromkeys(note for node in hosted.nodes.values() if (note := _note(node.result))))
    notes += _unheard(found.values(), view, ports.index.rules)
    return sorted(found.values(), key=lambda u: (u.path, str(u.renderer), u.environment, u.key)), notes


def _unheard(found: Iterable[Unit], view: View, read: Reader) -> Iterator[str]:
    """The entries of the configuration that speak of nothing."""
    declared = {unit.path for unit in found if unit.source is not None}
    for rule in read.config.units:
        name = rule.path or "."
        if not is_there(view, rule):
            yield f"`units` in .gatehouse.yaml names {name}, which is not in the repository."
        elif not is_own(rule) and rule.root is not False and rule.path not in declared:
            yield f"`units` in .gatehouse.yaml says that {rule.renderer} deploys {name}; no object does."


def complete(view: View, unit: Unit, ports: Ports) -> Unit:
    """A discovered unit as a check renders it: with its parts, and the ConfigMaps that other builds make for it."""
    if unit.parts or is_standing_in(unit):
        return unit
    rules, home = ports.index.rules, ports.index.home
    return completed(view.unit(unit.key) or unit, providers(view, ports), rules, home)


def _asked(pairs: tuple[Pair, ...], view: View, ports: Ports) -> list[Result]:
    """The output of those that can declare anything: all else need not be rendered to be listed."""
    outcomes = iter(render(tuple(pair for pair in pairs if may_host(pair.head)), view, view, ports))
    return [next(outcomes) if may_host(pair.head) else (pair, None, None) for pair in pairs]


def _note(result: Result) -> str:
    pair, _, head = result
    return f"{pair.unit.path or '.'} cannot be rendered: {head.reason}" if isinstance(head, Failed) else ""


def _hosts(view: View, ports: Ports) -> list[Unit]:
    """The units whose output declares what no file does: above files that kustomizations complete, and charts."""
    files = {unit.declared_in for unit in view.units() if unit.template or is_completed(view, unit.key)}
    asking = (directory for directory in view.kustomizations() if any(view.out_of(f"{WIDE}k:{directory}")))
    files.update(entry.path for directory in asking for entry in view.kustomization_files(directory))
    above = reach(view, sorted(files))
    units = [
        unit for key in sorted(above.units) if (unit := view.unit(key)) is not None and not is_left_out(view, unit)
    ]
    covered = {unit.path for unit in units if unit.renderer is Renderer.KUSTOMIZE}
    for directory in sorted(above.kustomizations - covered):
        if is_root(view, directory):
            units.append(kustomize_unit(view, directory, ports.index.rules))
    charts = {u.path for u in view.units() if u.renderer is Renderer.HELM and any(view.out_of(f"{WIDE}h:{u.path}"))}
    more = {key for chart in charts for key in chart_hosts(view, chart)} - {unit.key for unit in units}
    return units + [unit for key in sorted(more) if (unit := view.unit(key)) is not None and not unit.template]
