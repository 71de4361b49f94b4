"""A new kustomization that the one above it does not list, although it lists those beside it: most likely a forgotten line.

It stays a unit: somebody may deploy it by hand. What is known is said.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.environment_words import is_environment
from bot.affected.kustomization_scope import refs
from bot.affected.pairs import Pair
from bot.model.unit import KustomizeRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.changes import Result
    from bot.model.unit import Unit


def with_forgotten(results: list[Result], after: View) -> list[Result]:
    """The results, with a note at new units that nothing lists beside others that something does."""
    return [(_noted(pair, after), base, head) for pair, base, head in results]


def _noted(pair: Pair, after: View) -> Pair:
    unit = pair.head
    if unit is None or pair.base is not None or unit.source is not None or not unit.root:
        return pair
    if [type(part) for part in unit.parts] != [KustomizeRender] or not (file := _lists_others(unit, after)):
        return pair
    note = f"{file} lists what lies beside it, and not this: nothing here deploys it until that file names it."
    return Pair(None, replace(unit, notes=(*unit.notes, note)))


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
