"""What is new and not taken by what takes its neighbours: a kustomization that the one above does not list, although it
lists those beside it (or something further away does, see ``siblings``), or a declaration that the Application of its
directory leaves out. Most likely a forgotten line, or a name that does not fit. So is what an ApplicationSet excludes that
takes its neighbours: nothing is to be made of it.

Where a declaration deploys the one above, or a set excludes it, nothing deploys the new one, and its files are unmapped.
Elsewhere it stays a unit: somebody may deploy it by hand, as all those that were there before. What is known is said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.environment_words import is_environment
from bot.affected.kustomization_scope import refs
from bot.affected.left_out import is_declared
from bot.affected.pairs import Pair
from bot.affected.rules import ENTRY
from bot.affected.taken import Asked, leaves_out
from bot.jobs.left_with import is_with_forgotten
from bot.jobs.siblings import built_beside
from bot.jobs.undeployed_builds import undeployed_build
from bot.jobs.undeployed_charts import undeployed_chart
from bot.model.unit import KustomizeRender, PlainRender

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.home import Home
    from bot.affected.reach import Reach
    from bot.affected.view import View
    from bot.jobs.ports import Result
    from bot.model.unit import Unit


def without_forgotten(
    results: list[Result], found: Affected, after: View, hosts: Mapping[str, Unit], home: Home
) -> tuple[list[Result], set[str]]:
    """The results without new units that nothing lists while a declaration deploys what lists those beside them, that a set
    excludes, or that only forgotten declarations take, and without what only their output declares; and the changed paths
    that reach nothing else. ``hosts``: by the key of a unit the one whose output shows it."""
    gone = {
        pair.unit.key
        for pair, _, _ in results
        if _is_deployed_without(pair, after) or _excluding(pair, after, home) or is_with_forgotten(pair, after)
    }
    if not gone:
        return results, set()
    kept = [result for result in results if gone.isdisjoint(_line(result[0].unit, hosts))]
    dropped = [pair.unit for pair, _, _ in results if not gone.isdisjoint(_line(pair.unit, hosts))]
    listed = [unit for pair, _, _ in kept for unit in pair if unit is not None]
    taking = [(side, _nodes(listed, side)) for side in (found.before, found.after)]
    paths = found.after.paths_reaching(_nodes(dropped, found.after))
    return kept, {path for path in paths if all(nodes.isdisjoint(side.from_path(path)) for side, nodes in taking)}


def _nodes(units: list[Unit], reach: Reach) -> set[str]:
    """The nodes of units, and those of the files that declare them, which their hosts complete."""
    files = {unit.declared_in for unit in units if unit.declared_in}
    templates = {node for node in reach.hops if node[0] == "t" and node[2:].partition("#")[0] in files}
    return templates.union(
        f"{letter}:{place}" for unit in units for letter, place in (("u", unit.key), ("k", unit.path))
    )


def _line(unit: Unit, hosts: Mapping[str, Unit]) -> set[str]:
    """The key of a unit, and those of the units above it in whose output it is."""
    keys = {unit.key}
    while (host := hosts.get(unit.key)) is not None and host.key not in keys:
        keys.add(host.key)
        unit = host
    return keys


def _is_deployed_without(pair: Pair, after: View) -> bool:
    if file := _forgotten_by(pair, after):
        return is_declared(after, file.rpartition("/")[0])
    beside = built_beside(after, pair.unit.path) if _is_new_build(pair) else None
    return beside is not None and is_declared(after, beside.user)


def _excluding(pair: Pair, after: View, home: Home) -> str:
    """The set that excludes the directory of a new unit which discovery found by it alone; "" for others."""
    unit = pair.head
    if unit is None or pair.base is not None or unit.source is not None or not unit.root or unit.key.startswith(ENTRY):
        return ""
    from bot.affected.excluded import excluding

    return excluding(after, home, unit.path)


def with_forgotten(
    results: list[Result], after: View, home: Home, standing: Collection[str] = frozenset()
) -> list[Result]:
    """The results, with a note at new units that nothing lists beside others that something does, and at new declarations
    that no Application takes although one means their directory. ``standing``: see ``undeployed_charts``."""
    known: dict[str, str] = {}  # what is said of the declarations in a file
    declared = {pair.head.path for pair, _, _ in results if pair.head is not None and pair.head.source is not None}

    def about(pair: Pair) -> str:
        note = _unlisted(pair, after) or _excluded(pair, after, home)
        note = note or undeployed_chart(pair, after, standing, declared)
        is_bare = not note and _is_new_build(pair) and pair.unit.path not in declared
        return undeployed_build(pair.unit.path, after) if is_bare else note

    return [(_noted(pair, after, known, about), base, head) for pair, base, head in results]


def _noted(pair: Pair, after: View, known: dict[str, str], about: Callable[[Pair], str]) -> Pair:
    unit = pair.head
    if unit is None or pair.base is not None:
        return pair
    note = _left_out(unit, after, known) if unit.source is not None else about(pair)
    return Pair(None, replace(unit, notes=(*unit.notes, note))) if note else pair


def _unlisted(pair: Pair, after: View) -> str:
    if file := _forgotten_by(pair, after):
        return f"{file} lists what lies beside it, and not this: nothing here deploys it until that file names it."
    if not _is_new_build(pair) or (beside := built_beside(after, pair.unit.path)) is None:
        return ""
    file, count = after.kustomization_files(beside.user)[0].path, len(beside.siblings)
    what = f"{beside.siblings[0]} and {count - 1} more like it" if count > 1 else beside.siblings[0]
    return f"{file} builds on {what}, and not on this: nothing here deploys it until that file names it."


def _excluded(pair: Pair, after: View, home: Home) -> str:
    by = _excluding(pair, after, home)
    return f"{by} excludes it, and nothing else here deploys it." if by else ""


def _forgotten_by(pair: Pair, after: View) -> str:
    """The kustomization file that lists what lies beside a new unit, and not this one; "" for others."""
    return _lists_others(pair.unit, after) if _is_new_build(pair) else ""


def _is_new_build(pair: Pair) -> bool:
    unit = pair.head
    if unit is None or pair.base is not None or unit.source is not None or not unit.root:
        return False
    return [type(part) for part in unit.parts] == [KustomizeRender] and not unit.key.startswith(ENTRY)


def _lists_others(unit: Unit, view: View) -> str:
    """The kustomization file in the directory above that lists directories beside the unit; "" where there is none. Of
    environments one may be meant to stand alone."""
    above, _, name = unit.path.rpartition("/")
    if not unit.path or is_environment(name):
        return ""
    for entry in view.kustomization_files(above)[:1]:
        beside = (ref.target for ref in refs(view, entry, above) if ref.target and not ref.remote)
        if any(path.rpartition("/")[0] == above and view.kustomization_files(path) for path in beside):
            return entry.path
    return ""


def _left_out(unit: Unit, view: View, known: dict[str, str]) -> str:
    """The note about a declaration that nothing here takes, although an Application means the directory of its file."""
    file = unit.declared_in
    written = view.unit(unit.key)
    if written is None or written.template:  # some output shows it
        return ""
    if file not in known:
        known[file] = _note(file, view)
    return known[file]


def _note(file: str, view: View) -> str:
    from bot.affected.narrowed import is_taken

    asked: Asked = {}
    around = [edge for edge in view.onto(file) if edge.kind in (Kind.TREE, Kind.DIR) and edge.scope != f"f:{file}"]
    keys = {edge.source[2:] for edge in around if edge.source[0] in "ut" and leaves_out(view, edge, file, asked)}
    roots = [root for key in sorted(keys) if (root := view.unit(key)) is not None and _chooses(root)]
    if not roots or is_taken(view, file):
        return ""
    root = roots[0]
    return (
        f"{root.source} ({root.declared_in}) leaves {file} out by the include or exclude of its directory, and nothing else "
        "here takes it: it is deployed only if somebody applies it by hand."
    )


def _chooses(unit: Unit) -> bool:
    return any(isinstance(part, PlainRender) and (part.include or part.exclude) for part in unit.parts)
