"""What one side of a repository deploys, by application and environment, rendered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.environment_words import usual_name
from bot.affected.pairs import Pair
from bot.affected.shared_name import shared_name
from bot.errors import UserError
from bot.jobs.rendering import render
from bot.jobs.units import complete, discovered
from bot.model.resource import Failed, Outcome

if TYPE_CHECKING:
    from bot.affected.naming import Namer
    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.model.unit import Unit

MOST_UNITS = 2_000  # that one question renders
_SHOWN = 12


class NoSuch(UserError):
    """There is no application of this name; the text says which there are."""


class Placed(NamedTuple):
    """A unit under the name that its application has in all environments, its path where it has none."""

    app: str
    unit: Unit


def placed(view: View, ports: Ports) -> list[Placed]:
    """Every unit that belongs to an environment, by application and path."""
    namer = ports.index.rules.namer
    found, _ = discovered(view, ports, everything=False)
    here = [Placed(_app(unit, namer), unit) for unit in found if unit.environment]
    return sorted(here, key=lambda each: (each.app, each.unit.path, each.unit.key))


def rendered(chosen: Sequence[Placed], view: View, ports: Ports) -> list[Outcome]:
    """What each of them renders to. Raises UserError where they are too many."""
    if len(chosen) > MOST_UNITS:
        raise UserError(f"That is {len(chosen):,} units, and {MOST_UNITS:,} are rendered at once: name an application.")
    pairs = tuple(Pair(None, complete(view, each.unit, ports)) for each in chosen)
    return [head or Failed("It is not rendered.") for _, _, head in render(pairs, view, view, ports)]


def environment_named(word: str, known: Iterable[Placed], namer: Namer) -> str:
    """The environment that somebody means: by its name or an alias, in any case, or by another usual name for it. Raises
    UserError with those that there are."""
    names = sorted({each.unit.environment for each in known}, key=namer.rank)
    meant = namer.environment(word)
    for same in (str, str.lower, lambda name: usual_name(name.lower())):
        found = [name for name in names if same(name) == same(meant)]
        if len(found) == 1:
            return found[0]
    there = f"there are {_listed(names)}" if names else "no unit belongs to one"
    raise UserError(f"There is no environment {word}; {there}.")


def of_app(word: str, known: Sequence[Placed]) -> list[Placed]:
    """The units of one application, as somebody calls it. Raises NoSuch."""
    wanted = word.lower()
    found = [each for each in known if wanted in (each.app.lower(), each.unit.app.lower(), each.unit.path.lower())]
    if found:
        return found
    raise NoSuch(f"There is no application {word}; there are {_listed(sorted({each.app for each in known}))}.")


def _app(unit: Unit, namer: Namer) -> str:
    return shared_name(unit.app, unit.environment, namer, unit.path) or unit.path or "."


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more if names else "none"
