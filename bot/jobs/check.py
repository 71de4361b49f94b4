"""Base and head → views → affected units → renders → differences → verdict → report. Reads like the flow itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.effect import Affected, affected
from bot.checks.gate import verdict
from bot.jobs.ports import Ports, Seen
from bot.model.result import CheckResult, Counts, Owners, Report, UnitChange, UnitState

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.diff.resources import Memory
    from bot.jobs.ports import Result


class Sides(NamedTuple):
    """What is compared: commit ids for people, tree ids for the work. ``conflicts`` are paths that base and head both
    changed in ways that do not merge; ``base`` is the tip that was named, ``merge_base`` what head is compared with.
    ``tip_tree`` is the tree of the tip: its CODEOWNERS and policies count ("": those of ``base_tree``)."""

    base: str
    head: str
    merge_base: str
    base_tree: str
    head_tree: str
    conflicts: tuple[str, ...] = ()
    command: str = ""
    tip_tree: str = ""


def check(sides: Sides, ports: Ports, *, everything: bool) -> Report:
    """The whole answer to one change. ``everything``: kustomizations in between as well (``--units all``)."""
    watch = Stopwatch()
    with watch("discover"):
        before, after = ports.index.pair(sides.base_tree, sides.head_tree)
    with watch("affected"):
        found = affected(before, after, ports.index.rules, everything=everything)
    ports.watched = frozenset(found.unmapped) - found.left_out
    with watch("render"):
        results = _rendered(found, before, after, ports, everything=everything)
    with watch("diff"):
        units, memory = _changes(results, before, after, ports)
    with watch("checks"):
        units, checks, owners = _judged(Seen(before, after, results, units, memory), found, ports, sides)
    return Report(
        base=sides.base,
        head=sides.head,
        merge_base=sides.merge_base,
        verdict=verdict(units, checks, ports.stops),
        stops=tuple(ports.stops),
        units=units,
        unmapped=_unmapped(found, after, ports),
        checks=checks,
        owners=owners,
        timings=watch.seconds,
        notes=(*_notes(sides, ports), *found.notes),
        counts=_counts(before, after, found, ports, units),
        command=sides.command,
        environments=_environments(ports.index.rules, units),
    )


def _rendered(found: Affected, before: View, after: View, ports: Ports, *, everything: bool) -> list[Result]:
    is_made = any(scope[0] == "f" for scope in after.replaced)  # by a generator, whatever it reads
    if not (found.pairs or found.before.hops or found.after.hops or is_made):  # spare the start of all that follows
        return []
    from bot.jobs.changes import rendered

    return rendered(found, before, after, ports, everything=everything)


def _changes(
    results: list[Result], before: View, after: View, ports: Ports
) -> tuple[tuple[UnitChange, ...], Memory | None]:
    if not results:
        return (), None
    from bot.diff.resources import Memory
    from bot.jobs.changes import changes
    from bot.jobs.defaults_alone import defaults_alone
    from bot.jobs.going_on import going_on
    from bot.jobs.kept import with_kept
    from bot.jobs.rendering import render

    memory = Memory(whole=ports.bench is not None, remember=ports.remember)
    lowers = going_on(results, before, after, ports, memory)
    compared = changes(results, before, after, ports.noise, memory=memory, lowers=lowers)
    states = {unit.key: unit.state for unit in compared}
    ports.notes += defaults_alone(results, states, after, lambda pairs: render(pairs, before, after, ports))
    return with_kept(compared, results, before, after, memory), memory


def _judged(
    seen: Seen, found: Affected, ports: Ports, sides: Sides
) -> tuple[tuple[UnitChange, ...], tuple[CheckResult, ...], tuple[Owners, ...]]:
    """The units as they may be shown, what the checks say, and who must agree."""
    if ports.bench is None or not seen.after.changes:  # nothing to judge
        return seen.units, (), ()
    from bot.jobs.judge import judged
    from bot.jobs.withheld import withheld

    moved = sides.tip_tree not in ("", sides.base_tree)
    bench = ports.bench(ports.index.files(sides.tip_tree) if moved else None)
    checks, owners = judged(seen, found, ports, bench)
    return (*withheld(seen, checks, bench.checks), owners)


def _unmapped(found: Affected, after: View, ports: Ports) -> tuple[str, ...]:
    """The changed paths that nothing deploys, as far as renders tell."""
    paths = ports.untaken.union(found.unmapped) - ports.taken
    return tuple(change.path for change in after.changes if change.path in paths)


class Stopwatch:
    """Seconds of wall clock by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = round(time.monotonic() - start, 4)


def _notes(sides: Sides, ports: Ports) -> Iterator[str]:
    yield from ports.notes
    if sides.conflicts:
        names = ", ".join(sides.conflicts[:5]) + (" and more" if len(sides.conflicts) > 5 else "")
        yield f"The change conflicts with the base in {names}; shown is what it does to the merge base. Rebase it."
    if ports.index.note:
        yield ports.index.note
    if ports.used:
        yield from ports.used.notes


def _counts(before: View, after: View, found: Affected, ports: Ports, units: tuple[UnitChange, ...]) -> Counts:
    from bot.affected.tally import tally

    deployed, untouched = tally(before, after, found)
    ran = ports.used.tally if ports.used else None
    return Counts(
        deployed=deployed + sum(_is_only_shown(unit, before, after) for unit in units),
        rendered=ran.rendered if ran else 0,
        cached=ran.cached if ran else 0,
        untouched=untouched,
        changed_paths=len(after.changes),
    )


def _is_only_shown(unit: UnitChange, before: View, after: View) -> bool:
    """Whether a unit at head is declared by some output, and by no file."""
    if unit.source is None or unit.state is UnitState.REMOVED:
        return False
    return all(view.unit(unit.key) is None for view in (before, after))


def _environments(rules: Reader, units: tuple[UnitChange, ...]) -> tuple[str, ...]:
    names = {unit.environment for unit in units if unit.environment}
    return tuple(sorted(names | {rule.name for rule in rules.config.environments}, key=rules.namer.rank))
