"""What discovery finds by a directory alone, where a unit in some output stands for the directory and says less of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.closure import closure
from bot.errors import TooBig
from bot.model.resource import Failed, Outcome, Rendered
from bot.model.unit import CannotRender, Renderer

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.view import View
    from bot.jobs.hosted import Hosted
    from bot.jobs.hosted_node import Node
    from bot.model.unit import Unit


def is_told_by_what_broke(node: Node, hosted: Hosted, *, everything: bool) -> bool:
    """Whether a build is listed for nothing but that the declared unit of its directory cannot be rendered any more: that
    error says it all."""
    if node.pair.unit.source is not None or not hosted.replaces(node.pair, everything=everything):
        return False
    return any(_breaks(other) and other.pair.unit.path == node.pair.unit.path for other in hosted.nodes.values())


def _breaks(node: Node) -> bool:
    _, base, head = node.result
    return node.pair.unit.source is not None and isinstance(base, Rendered) and _is_error(head)


def _is_error(head: Outcome | None) -> bool:
    return isinstance(head, Failed) and (head.breaks or not head.machine)


def untaken(found: Affected, hosted: Hosted, before: View, after: View) -> set[str]:
    """Changed manifests of directories of plain manifests for which a unit in some output stands, where that unit leaves
    them out (``directory.include`` of an Application that a chart makes)."""
    plain = (p.unit for p in found.pairs if p.unit.renderer is Renderer.PLAIN and p.unit.source is None)
    gone = {f"u:{unit.key}" for unit in plain if unit.key not in hosted.nodes and not unit.key.startswith("config:")}
    if not gone:
        return set()
    nodes = {node for side in (found.before, found.after) for node in side.hops if node[0] in "kut"} - gone
    paths = found.before.paths_reaching(gone) | found.after.paths_reaching(gone)
    mine = {path for path in paths if nodes.isdisjoint(found.before.from_path(path) | found.after.from_path(path))}
    units = [
        (view, unit) for node in hosted.nodes.values() for view, unit in zip((before, after), node.pair, strict=True)
    ]
    return {path for path in mine if not any(unit and _takes(view, unit, path) for view, unit in units)}


def _takes(view: View, unit: Unit, path: str) -> bool:
    try:
        return any(not isinstance(part, CannotRender) and path in closure(view, part).files for part in unit.parts)
    except TooBig:
        return True
