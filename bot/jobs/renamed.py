"""A unit that is gone and one that is new, with the same objects: most likely its directory has another name now.

They stay two units. What deploys the old path lies elsewhere, and whether it knows of the new one nobody can tell from here;
that they are the same is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.environment_words import usual_name
from bot.model.resource import Outcome, Rendered

if TYPE_CHECKING:
    from bot.jobs.ports import Result
    from bot.model.unit import Unit

_Key = tuple[object, ...]


def renamed(results: list[Result]) -> dict[str, str]:
    """A note for both, by their keys, where exactly one unit of the environment is gone and one is new with its objects."""
    gone = _alone(results, 0)
    new = _alone(results, 1)
    notes = {}
    for key in gone.keys() & new.keys():
        if len(gone[key]) == 1 and len(new[key]) == 1:
            old, head = gone[key][0], new[key][0]
            was, comes = _apart(old, head)
            if was != comes:
                notes[old.key] = f"{comes} is new and has the same objects: whatever deploys this must know of it."
                notes[head.key] = f"{was} goes away with this change and had the same objects."
    return notes


def _alone(results: list[Result], side: int) -> dict[_Key, list[Unit]]:
    """The units that are on one side only, by environment, declaring object and objects."""
    found: dict[_Key, list[Unit]] = {}
    for pair, *outcomes in results:
        unit = pair[side]
        if unit is not None and pair[1 - side] is None and (digests := _digests(outcomes[side])):
            found.setdefault((usual_name(unit.environment), unit.source, digests), []).append(unit)
    return found


def _digests(outcome: Outcome | None) -> tuple[str, ...]:
    return tuple(sorted(each.digest for each in outcome.documents)) if isinstance(outcome, Rendered) else ()


def _apart(old: Unit, head: Unit) -> tuple[str, str]:
    """What tells the units from each other: their directories, else the files that declare them, else those of the topmost
    declarations above. Files that both share are neither new nor gone; the same text twice where nothing tells."""
    told = ((old.path, head.path), (old.declared_in, head.declared_in), (_topmost(old), _topmost(head)))
    return next((pair for pair in told if pair[0] != pair[1]), told[0])


def _topmost(unit: Unit) -> str:
    return unit.key.partition("#")[0]
