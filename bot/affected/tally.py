"""How many units files tell of at head: nothing is rendered to count.

A declaration in a file counts once, also where kustomizations complete it, or several clusters use the file. The index
counts its tree when it is written (``Store.deployed``); only what the difference read again is looked at here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.affected.edges import Kind

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.view import View
    from bot.model.unit import Unit


class Tally(NamedTuple):
    """Units at head, and those of them whose inputs hold none of the changed paths."""

    deployed: int
    untouched: int


def tally(before: View, after: View, found: Affected) -> Tally:
    """The units at head by their files. ``found`` says which are reached."""
    nodes = found.after.hops.keys() | found.before.hops.keys()
    if not nodes and not after.replaced:  # spare what units are read with
        return Tally(before.deployed(), before.deployed())
    from bot.affected.listed import is_listed

    deployed = before.deployed() + _gained(before, after)
    lasting = {p.unit.key for p in found.pairs if p.head and after.unit(p.unit.key) is None and before.unit(p.unit.key)}
    left_out = {
        p.unit.key
        for p in found.pairs
        if not p.head and p.unit.declared_in and (there := after.unit(p.unit.key)) is not None and _counts(there)
    }
    deployed -= len(left_out)
    keys = {node[2:] for node in nodes if node[0] in "ut"} - left_out
    reached = sum((unit := after.unit(key)) is not None and _counts(unit) and is_listed(after, key) for key in keys)
    reached += sum(_is_alone(after, node[2:]) for node in nodes if node[0] == "k")
    return Tally(deployed + len(lasting), deployed - reached)


def _gained(before: View, after: View) -> int:
    """How many more head has than base. Only scopes that were read again can give other units, and only what they point to
    can be a root, or a chart for itself, on one side."""
    directories = {scope[2:] for scope in after.replaced if scope[0] == "k"}
    charts = {scope[2:] for scope in after.replaced if scope[0] == "h"}
    for scope in after.replaced:
        for edge in (*before.of_scope(scope), *after.of_scope(scope)):
            if edge.kind is Kind.EXACT:
                directories.add(edge.target)
            elif edge.kind is Kind.TREE:
                charts.add(edge.target)
    others = [scope for scope in after.replaced if scope[0] in "cfp"]
    return _count(after, others, charts, directories) - _count(before, others, charts, directories)


def _count(view: View, scopes: list[str], charts: set[str], directories: set[str]) -> int:
    from bot.affected.listed import is_listed

    found = sum(_counts(unit) for scope in scopes for unit in view.units_of(scope))
    found += sum(is_listed(view, unit.key) for chart in charts for unit in view.units_of(f"h:{chart}"))
    return found + sum(_is_alone(view, directory) for directory in directories)


def _counts(unit: Unit) -> bool:
    """Whether a declaration is counted: not one that a kustomization leaves out (``Store.deployed``), even if something
    else should take it."""
    return not unit.left_out_by


def _is_alone(view: View, directory: str) -> bool:
    """Whether a kustomization counts: nothing refers to it, no declaration that something completes either."""
    own = f"k:{directory}"
    return view.buildable(directory) and not any(e.kind is Kind.EXACT and e.source != own for e in view.into(directory))
