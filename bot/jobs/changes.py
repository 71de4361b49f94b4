"""The affected units, rendered on both sides and compared. Loaded only when a change reaches something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.concerned import Concerned
from bot.affected.declared_twice import as_one
from bot.affected.effect import Affected
from bot.affected.hosts import hosts
from bot.affected.links import is_at_or_below
from bot.affected.pairs import Pair
from bot.affected.provided import Providers, completed
from bot.affected.units import as_declared, is_unbuilt
from bot.affected.view import View
from bot.affected.withdrawn_files import WithdrawnFiles
from bot.config.schema import Noise
from bot.jobs.absent import blamed, corrected, left_behind
from bot.jobs.anchor import anchor
from bot.jobs.by_entry import with_way_out
from bot.jobs.by_hand import with_own_objects
from bot.jobs.converted import is_converted, that_differ, with_converted
from bot.jobs.dependencies import with_dependencies
from bot.jobs.encrypted import where_it_matters
from bot.jobs.failing_line import failing_line
from bot.jobs.forgotten import with_forgotten, without_forgotten
from bot.jobs.generated import with_generated
from bot.jobs.handed_over import with_handed_over
from bot.jobs.hosted import Hosted
from bot.jobs.incomplete_objects import with_incomplete
from bot.jobs.instead import is_told_by_what_broke, untaken
from bot.jobs.its_own import with_own_names
from bot.jobs.local import with_local_faults
from bot.jobs.lost_bases import left_of_bases
from bot.jobs.moved_roots import with_moved_roots
from bot.jobs.moving import with_moves
from bot.jobs.of_sets import without_told
from bot.jobs.other_values import without_other_values
from bot.jobs.partly import partly, told
from bot.jobs.refused import with_refused
from bot.jobs.renamed import renamed
from bot.jobs.rendering import render
from bot.jobs.standing import with_standing
from bot.jobs.twice import Declarations, applied, holds_twins
from bot.jobs.unmoved import without_unmoved
from bot.jobs.unpacked import with_unpacked
from bot.jobs.withdrawn import secret_notes, with_withdrawn
from bot.model.resource import Failed, Outcome, Rendered
from bot.model.result import ObjectChange, UnitChange, UnitState
from bot.model.unit import CannotRender, Unit
from bot.render.base import NOT_APPLIED

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.diff.resources import Memory
    from bot.jobs.going_on import Lowers
    from bot.jobs.ports import Ports, Result


class Compared(NamedTuple):
    """What differs between two sides, and what is said of objects that are there twice. ``is_same``: although documents
    differ, a cluster ends up with the same."""

    objects: tuple[ObjectChange, ...]
    notes: tuple[str, ...] = ()
    is_same: bool = False


Compare = Callable[[Pair, Rendered, Rendered], Compared]
_FAILING = (UnitState.BROKEN, UnitState.UNRENDERABLE)
_REORDERED_TWINS = "Only the order of the objects differs; of one that is there twice, the last one counts."


def rendered(found: Affected, before: View, after: View, ports: Ports, *, everything: bool) -> list[Result]:
    """Both sides of every affected unit, and of the units that their output declares."""
    rules = ports.index.rules
    asked = hosts(before, after, (found.before, found.after), rules)
    others = _others(asked.pairs, found.pairs, before, after)
    made = providers(before, ports), providers(after, ports, WithdrawnFiles(before, after, rules))
    pairs = tuple(_completed(pair, made, ports) for pair in (*found.pairs, *others))
    concerned = Concerned((before, after), (found.before, found.after), asked.through)
    hosted = Hosted(made, ports.index, lambda pairs: render(pairs, before, after, ports), asked, concerned)
    hosted.descend(render(pairs, before, after, ports), {pair.unit.key for pair in others})
    hosted.settle(everything=everything)
    ports.former_hosts, ports.hosts = hosted.hosts(0), hosted.hosts(1)
    ports.taken |= hosted.read & ports.watched
    ports.taken |= {path for path in ports.watched if any(is_at_or_below(path, place) for place in hosted.matched)}
    ports.untaken |= untaken(found, hosted, before, after)
    shown = (node for node in hosted.nodes.values() if not node.only_asked or (node.failed and not node.lies_elsewhere))
    listed = (node for node in shown if not is_told_by_what_broke(node, hosted, everything=everything))
    listed = (node for node in listed if everything or not is_unbuilt(before, after, node.pair))
    declared = Declarations(after, rules.namer)
    done = ((_noted(made, node.pair, rules, declared), *node.result[1:]) for node in listed)
    own = with_own_objects(list(done), before, after)
    whole = [blamed(with_refused(with_generated(result, ports.engine)), before, after) for result in own]
    of_bases = {} if everything else left_of_bases(whole, before, after)
    ports.untaken |= {c.path for c in after.changes if c.after and c.path.rpartition("/")[0] in of_bases.values()}
    left = hosted.with_shown(left_behind(whole, after) | of_bases.keys())
    whole = [corrected(result, after) for result in whole if result[0].unit.key not in left]
    whole = whole if everything else with_converted(whole, before, after)
    whole = with_moved_roots(whole, (ports.former_hosts, ports.hosts))
    whole = with_handed_over(whole, (ports.former_hosts, ports.hosts), before, after)
    results = with_local_faults(with_standing(whole, before, after, ports.former_hosts), before, after, ports)
    results = with_incomplete(without_told(results, before, after), before, after)
    if not everything:
        results, paths = without_forgotten(results, found, after, ports.hosts, ports.index.home)
        ports.untaken |= paths
    results = with_way_out(
        with_withdrawn(with_forgotten(results, after, ports.index.home, hosted.stands[1]), after), after
    )
    results = with_own_names(with_unpacked(results, before, after), made, ports.index)
    results = without_unmoved(with_dependencies(results, before, after), found, before, after, ports.index)
    results = without_other_values(results, found, before, after)
    return sorted(results, key=lambda result: _order(result[0].unit))


def _others(asked: list[Pair], mine: tuple[Pair, ...], before: View, after: View) -> list[Pair]:
    """The hosts that are to be asked, and are no affected units. One that moved is a pair by its old and its new key; of one
    that several files declare, only what counts is asked."""
    known = {unit.key for pair in mine for unit in pair if unit is not None}
    others = [pair for pair in asked if pair.unit.key not in known]
    joined = as_one([*mine, *others], before, after) if others else []
    return [pair for pair in joined if pair.unit.key not in known]


def providers(view: View, ports: Ports, withdrawn: WithdrawnFiles | None = None) -> Providers:
    """The builds of one side that make ConfigMaps for others; ``withdrawn``: see there."""
    rules = ports.index.rules
    return Providers(view, rules, lambda unit: render((Pair(None, unit),), view, view, ports)[0][2], withdrawn)


def _completed(pair: Pair, sides: tuple[Providers, Providers], ports: Ports) -> Pair:
    rules, home = ports.index.rules, ports.index.home
    return Pair(*(unit and completed(unit, side, rules, home) for unit, side in zip(pair, sides, strict=True)))


def _noted(sides: tuple[Providers, Providers], pair: Pair, read: Reader, declared: Declarations) -> Pair:
    """The pair under the renderer that counts, with notes about what it reads."""
    base, head = pair = as_declared(sides[0].view, sides[1].view, pair)
    if pair.unit.source is None:
        return pair
    from bot.affected.undeployed import with_notes

    if head is None:
        return Pair(with_notes(sides[0], base, read) if base else None, None)
    return Pair(base, declared.noted(with_notes(sides[1], head, read), is_new=base is None))


def _order(unit: Unit) -> tuple[str, ...]:
    return (unit.path, str(unit.renderer), unit.environment, unit.key)


def state_of(base: Outcome | None, head: Outcome | None) -> UnitState:
    """What the change does to a unit, from its two outcomes (report.schema.json says each word)."""
    if head is None:
        return UnitState.REMOVED
    if base is None:
        return UnitState.UNRENDERABLE if isinstance(head, Failed) else UnitState.ADDED
    if isinstance(head, Failed) and head.breaks:
        return UnitState.BROKEN
    if isinstance(base, Failed):
        return UnitState.UNRENDERABLE if isinstance(head, Failed) else UnitState.FIXED
    if isinstance(head, Failed):
        return UnitState.UNRENDERABLE if head.machine else UnitState.BROKEN
    same = [d.digest for d in base.documents] == [d.digest for d in head.documents]
    return UnitState.UNCHANGED if same else UnitState.CHANGED


def changes(
    results: list[Result], before: View, after: View, noise: Noise, *, memory: Memory, lowers: Lowers
) -> tuple[UnitChange, ...]:
    """What the change does to each unit; objects that units share are read and compared once. ``lowers``: ``going_on``."""
    from bot.diff.noise import folding
    from bot.diff.resources import pair

    fold = folding(noise)
    views = (before, after)

    def compare(each: Pair, base: Rendered, head: Rendered) -> Compared:
        lands_in = (each.base.lands_in if each.base else "", each.head.lands_in if each.head else "")
        found = pair(base, head, fold=fold, memory=memory, lands_in=lands_in)
        if last := applied(each, (base, head), found, views, memory):
            found = pair(last.base, last.head, fold=fold, memory=memory, lands_in=lands_in)
            return Compared(found, last.notes, is_same=not found)
        if not found and holds_twins(head, memory):
            return Compared(found, (_REORDERED_TWINS,))
        return Compared(found, is_same=not found and _are_reordered(base, head))

    found = [_change(*result, compare) for result in results]
    failed = {_failure(change) for change in found if change.state is UnitState.REMOVED and change.error}
    placed = [
        replace(
            change,
            file=(file := anchor(each.unit, after if each.head else before)),
            line=failing_line(change.error, file, after) if each.head and change.state in _FAILING else 0,
            new=change.new and _failure(change) not in failed,
        )
        for change, (each, _, _) in zip(found, results, strict=True)
    ]
    return tuple(with_moves(placed, renamed(results), lowers))


def _failure(change: UnitChange) -> tuple[object, ...]:
    """What fails and how: a declaration that goes in one file and comes in another is not to blame for a failure of old."""
    return change.source, change.path, change.error


def _change(each: Pair, base: Outcome | None, head: Outcome | None, compare: Compare) -> UnitChange:
    unit = each.unit
    state = state_of(base, head)
    if state is UnitState.BROKEN and _lacks_values_alone(each, head):
        state = UnitState.UNRENDERABLE
    objects: tuple[ObjectChange, ...] = ()
    twice: tuple[str, ...] = ()
    is_same = False
    here = partly(each, base, head)
    pair, *sides = here or (each, base, head)
    if state is not UnitState.UNCHANGED and not any(isinstance(side, Failed) for side in sides):
        objects, twice, is_same = compare(
            pair, *(side if isinstance(side, Rendered) else Rendered(()) for side in sides)
        )
        if objects and is_converted(pair):
            objects = that_differ(objects)
            state = state if objects or here else UnitState.UNCHANGED
        if is_same and state is UnitState.CHANGED:  # an object went to another file, say
            state = UnitState.UNCHANGED
    notes = [
        *twice,
        *(told(here, each, differs=bool(objects)) if here else ()),
        *where_it_matters(_unit_notes(each), objects),
        *_render_notes(*sides),
    ]
    if state is UnitState.CHANGED and not objects and not twice:
        notes.append("Only the order of the objects differs.")
    return UnitChange(
        path=unit.path, renderer=unit.renderer, source=unit.source, app=unit.app, environment=unit.environment,
        state=state, objects=objects, error=_error(base, head), notes=tuple(dict.fromkeys(notes)), key=unit.key,
        new=base is None or _fails_anew(base, head), was_here=base is not None,
        machine=_is_unanswered(base, head),
        elsewhere=isinstance(head, Failed) and head.elsewhere,
        root=any(side.root for side in (each.base, each.head) if side),
    )  # fmt: skip


def _is_unanswered(base: Outcome | None, head: Outcome | None) -> bool:
    """Whether this machine could not look: something is missing on it, or a limit ended the render of base, so that nobody
    knows what a failure of head means."""
    if any(isinstance(side, Failed) and side.machine for side in (base, head)):
        return True
    return isinstance(base, Failed) and base.limited and isinstance(head, Failed)


def _lacks_values_alone(each: Pair, head: Outcome | None) -> bool:
    """Whether the unit takes values from now on that only the cluster knows, such as those of a Secret: normal work, and
    nothing that is wrong or lies elsewhere. How its chart is written is looked at all the same (``local``)."""
    if each.head is None or not isinstance(head, Failed) or not head.elsewhere or head.breaks:
        return False
    unknown = [part for part in each.head.parts if isinstance(part, CannotRender)]
    return bool(unknown) and all(part.of_secret for part in unknown)


def _are_reordered(base: Rendered, head: Rendered) -> bool:
    """Whether both sides are the same documents: in another order a cluster ends up with the same."""
    old, new = (sorted(document.digest for document in side.documents) for side in (base, head))
    return old == new


def _render_notes(base: Outcome | None, head: Outcome | None) -> Iterator[str]:
    """What the renders of both sides say; of what both count, head's number."""
    own = head.notes if isinstance(head, Rendered) else ()
    is_counted = any(note.endswith(NOT_APPLIED) for note in own)
    if isinstance(base, Rendered) and _counts(base, head):
        yield from (note for note in base.notes if not (is_counted and note.endswith(NOT_APPLIED)))
    yield from own


def _counts(side: Rendered, head: Outcome | None) -> bool:
    """Whether notes of a render count: that there was nothing at base says nothing of what there is now."""
    return side is head or bool(side.documents) or not (isinstance(head, Rendered) and head.documents)


def _fails_anew(base: Outcome, head: Outcome | None) -> bool:
    """Whether only the content of a unit was missing here before, and now something is wrong with the unit itself."""
    return isinstance(base, Failed) and base.elsewhere and isinstance(head, Failed) and not head.elsewhere


def _unit_notes(each: Pair) -> Iterator[str]:
    for unit in (each.base, each.head):
        if unit is not None:
            yield from unit.notes
    yield from secret_notes(each)
    if each.base and each.head is None and each.base.stays:
        yield each.base.stays
    if each.base and each.head and each.base.path != each.head.path:
        yield f"It rendered {each.base.path or 'the root'} before."


def _error(base: Outcome | None, head: Outcome | None) -> str:
    for outcome in (head, base):
        if isinstance(outcome, Failed):
            return outcome.reason
    return ""
