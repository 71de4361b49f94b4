"""What is new and not taken by what takes its neighbours: a kustomization that the one above does not list, although it
lists those beside it, or a declaration that the Application of its directory leaves out. Most likely a forgotten line, or a
name that does not fit.

It stays a unit: somebody may deploy it by hand. What is known is said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.edges import Kind
from bot.affected.environment_words import is_environment
from bot.affected.kustomization_scope import refs
from bot.affected.pairs import Pair
from bot.affected.taken import Asked, leaves_out
from bot.model.unit import KustomizeRender, PlainRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.changes import Result
    from bot.model.unit import Unit


def with_forgotten(results: list[Result], after: View) -> list[Result]:
    """The results, with a note at new units that nothing lists beside others that something does, and at new declarations
    that no Application takes although one means their directory."""
    known: dict[str, str] = {}  # what is said of the declarations in a file
    return [(_noted(pair, after, known), base, head) for pair, base, head in results]


def _noted(pair: Pair, after: View, known: dict[str, str]) -> Pair:
    unit = pair.head
    if unit is None or pair.base is not None:
        return pair
    note = _unlisted(unit, after) if unit.source is None else _left_out(unit, after, known)
    return Pair(None, replace(unit, notes=(*unit.notes, note))) if note else pair


def _unlisted(unit: Unit, after: View) -> str:
    if not unit.root or [type(part) for part in unit.parts] != [KustomizeRender]:
        return ""
    file = _lists_others(unit, after)
    if not file:
        return ""
    return f"{file} lists what lies beside it, and not this: nothing here deploys it until that file names it."


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
