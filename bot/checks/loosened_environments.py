"""Where settings take something from production: an environment that goes, counts as less, or loses its units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bot.checks.levels import is_lenient
from bot.checks.words import listed, shown
from bot.config.schema import EnvironmentRule

Usual = Callable[[str], bool]  # whether a name means production by itself


def by_name_alone(name: str) -> bool:
    """What is sure of a name where nobody says more."""
    return name.lower() in ("prod", "production")


def environments_of(
    old: Sequence[EnvironmentRule], new: Sequence[EnvironmentRule], is_usual: Usual
) -> Iterator[tuple[str, str]]:
    """Each thing as its place in the file and a clause. An environment may go on under another name that keeps the old one
    as an alias; where no environments are listed any more, names mean what they usually do."""
    after = {word: number for number, rule in enumerate(new) for word in (*rule.aliases, rule.name)}
    for rule in old:
        if rule.name in after:
            number = after[rule.name]
            yield from ((f"environments[{number}]", what) for what in _less(rule, new[number], is_usual))
        elif _is_production(rule, is_usual) and (new or not _goes_on(rule, is_usual)):
            yield "environments", f"{shown(rule.name)} is no environment, and so no production, any more"
    known = {rule.name for rule in old}
    for number, rule in enumerate(new):
        if known.isdisjoint((rule.name, *rule.aliases)):  # what its name says so far
            yield from ((f"environments[{number}]", what) for what in _less(EnvironmentRule(rule.name), rule, is_usual))


def _is_production(rule: EnvironmentRule, is_usual: Usual) -> bool:
    return is_usual(rule.name) if rule.production is None else rule.production


def _goes_on(rule: EnvironmentRule, is_usual: Usual) -> bool:
    """Whether units belong to an environment and its production by their names alone."""
    return not rule.match and all(map(is_usual, (rule.name, *rule.aliases)))


def _less(old: EnvironmentRule, new: EnvironmentRule, is_usual: Usual) -> Iterator[str]:
    if _is_production(old, is_usual) and not _is_production(new, is_usual):
        yield f"{shown(old.name)} is not production any more"
    lost = [pattern for pattern in old.match if pattern not in new.match]
    if lost and not is_lenient(old.name):
        yield f"{listed(lost)} belongs to {shown(old.name)} no longer"
    more = [pattern for pattern in new.match if pattern not in old.match]
    if more and (is_lenient(new.name) or new.production is False):
        yield f"{listed(more)} belongs to {shown(new.name)}, where less stops the merge"
