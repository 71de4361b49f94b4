"""What an experienced reviewer would stop at: what a change destroys, cannot do, or opens.

Most of it is about the change itself and is always new; what is wrong on one side alone (risk_state) can be known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.checks import risk_exposure, risk_flux, risk_foreign, risk_state, risk_still_named
from bot.checks.causes import Causes
from bot.checks.deployer import Deployers
from bot.checks.risk_changes import Pair, changed, deleted, moved, of_generator, opened
from bot.checks.risk_reach import shared_by_production
from bot.checks.risk_same import come_elsewhere, without_arrivals
from bot.checks.risk_state import landing
from bot.checks.risk_whole import goes_along
from bot.checks.words import listed
from bot.checks.written_documents import Place
from bot.kubernetes.scope import crd_scopes
from bot.model.evidence import Evidence, Said, Side, Statement, UnitEvidence, UnitSide, Wanted, objects
from bot.model.resource import Resource
from bot.model.result import Severity, UnitState
from bot.model.unit import ObjectId, Unit

NAME = "risk"
_NEW = (UnitState.ADDED, UnitState.UNRENDERABLE)  # of the second, the parts that can be rendered


class Risk:
    """See the module. Needs no settings: what gates which environment is the gate's."""

    name = NAME

    def wants(self, evidence: Evidence) -> Iterator[Wanted]:
        """Who else makes what the change makes, alters or takes away."""
        scopes = crd_scopes(r.fields for _, r in objects(evidence, Side.HEAD))
        deployers = Deployers(evidence)
        for unit in evidence.units:
            there = unit.head or unit.base
            if there is None or there.unit.place is None:
                continue
            _, default = deployers.destination(there.unit, Side.HEAD if unit.head else Side.BASE)
            base, head = unit.base, unit.head
            turned = base and head and base.unit.place != head.unit.place  # to another cluster, with all that it makes
            moved = pairs(base.objects if base and not turned else (), head.objects if head else ())
            sides = (head or base for base, head in moved)
            ids = [side.id for side in sides if side and landing(there, side.id, scopes, default) is not None]
            if ids:
                yield Wanted(unit.key, objects=tuple(ids))

    def run(self, evidence: Evidence) -> Said:
        deployers, causes = Deployers(evidence), Causes(evidence)
        change = [s for unit in evidence.units for s in _unit(unit, deployers, causes)]
        change += shared_by_production(evidence)
        change += risk_foreign.statements(evidence)
        return Said(
            base=tuple(risk_state.statements(evidence, Side.BASE)),
            head=tuple(risk_state.statements(evidence, Side.HEAD)),
            change=tuple(without_arrivals(change, evidence)),
        )


def _unit(unit: UnitEvidence, deployers: Deployers, causes: Causes) -> Iterator[Statement]:
    if unit.state is UnitState.REMOVED and unit.base:
        yield from _whole_unit(unit, unit.base.objects, deployers, causes)
        return
    if unit.gone:
        yield _unknown_unit(unit, unit.gone, deployers, causes)
        return
    if unit.base is None or unit.head is None:
        if unit.state in _NEW and unit.head:
            for resource in unit.head.objects:
                yield from opened(unit, None, resource)
                yield from risk_exposure.changes(unit, None, resource)
                yield from of_generator(unit, None, resource, deployers)
        return
    lands_in = unit.base.unit.lands_in, unit.head.unit.lands_in
    for base, head in pairs(unit.base.objects, unit.head.objects, lands_in):
        if head is None and base is not None:
            lost = list(_deleted(unit, base, causes))
            if lost and not deployers.keeps(unit, base):
                yield from map(_waiting, lost) if deployers.waits(unit) else lost
        elif head is not None:
            yield from changed(unit, base, head, deployers) if base else ()
            yield from opened(unit, base, head)
            yield from risk_exposure.changes(unit, base, head)
            yield from risk_flux.statements(unit, base, head) if base else ()
            yield from of_generator(unit, base, head, deployers)
    yield from risk_still_named.statements(unit, deployers)


def _deleted(unit: UnitEvidence, base: Resource, causes: Causes) -> Iterator[Statement]:
    for each in deleted(unit, base):
        move = unit.moves.get(base.id)
        statement = moved(each, base, move) if move else each
        file, line = causes.of_object(unit, base.id)
        yield replace(statement, file=file, line=line)


def _waiting(statement: Statement) -> Statement:
    """What is said of a deletion that waits for a person: nothing happens by the merge."""
    return replace(
        statement,
        severity=Severity.WARNING,
        message="Its Application prunes nothing by itself: the object stays, unowned, until somebody syncs with pruning. "
        + statement.message,
    )


def pairs(base: Iterable[Resource], head: Iterable[Resource], lands_in: tuple[str, str] = ("", "")) -> list[Pair]:
    """Objects that belong together by kind, namespace and name, whatever their apiVersion; equal ones are left out. One that
    begins or ceases to name the namespace in which its unit puts it (``lands_in`` of both sides) is the same."""
    old = {_identity(r.id): r for r in base}
    new = {_identity(r.id): r for r in head}
    for mine, other, (here, there) in ((old, new, lands_in), (new, old, lands_in[::-1])):
        for key in [key for key in mine if not key[2] and key not in other]:
            named = (*key[:2], here, key[3])
            if here and here == there and named in other and named not in mine:
                mine[named] = mine.pop(key)
    found: list[Pair] = []
    for key in dict.fromkeys((*old, *new)):
        before, after = old.get(key), new.get(key)
        if before is None or after is None or before.document.digest != after.document.digest:
            found.append((before, after))
    return found


def _identity(found: ObjectId) -> tuple[str, ...]:
    return (found.group, found.kind, found.namespace, found.name)


def _whole_unit(
    unit: UnitEvidence, lost: tuple[Resource, ...], deployers: Deployers, causes: Causes
) -> Iterator[Statement]:
    """A unit that goes: what its controller deletes with it, and what it leaves behind."""
    cause = causes.of_unit(unit)
    gone = [r for r in lost if not deployers.keeps(unit, r)]
    for resource in (r for r in gone if not goes_along(r, gone)):
        for statement in _deleted(unit, resource, causes):
            yield statement if statement.file else replace(statement, file=cause.file, line=cause.line)
    kinds = ", ".join(_counted(gone or lost))
    if gone or not lost:
        what = f"1 object ({kinds}) is" if len(gone) == 1 else f"{len(gone)} objects ({kinds}) are"
        follows = f"{what} deleted{_held(unit, deployers)}.{_told_of_moves(unit, gone)}"
    else:
        what, them = (
            (f"1 object ({kinds}) stays", "it") if len(lost) == 1 else (f"{len(lost)} objects ({kinds}) stay", "them")
        )
        follows = f"{what} in the cluster, and nobody owns {them}."
    yield _removed(unit, follows, cause, deletes=bool(gone), moved=come_elsewhere(unit, gone))


def _unknown_unit(unit: UnitEvidence, gone: Unit, deployers: Deployers, causes: Causes) -> Statement:
    """A unit that goes, and whose content nobody here knows: a chart of a registry, Applications for unknown clusters."""
    was = replace(unit, base=UnitSide(gone, ()))
    stays = deployers.prunes(was) is False
    what = "stays in the cluster, and nobody owns it" if stays else f"is deleted{_held(was, deployers)}"
    follows = f"what it has deployed {what}. Nobody here knows what that is, because it could not be rendered."
    return _removed(unit, follows, causes.of_unit(was), deletes=not stays)


def _held(unit: UnitEvidence, deployers: Deployers) -> str:
    return "" if deployers.prunes(unit) else " if whoever applies it prunes"


def _removed(unit: UnitEvidence, follows: str, cause: Place, *, deletes: bool, moved: bool = False) -> Statement:
    """``moved``: all of it comes in another unit, and nobody here deploys either."""
    meant = (
        "If that is meant, point whatever deploys this path to the new one"
        if moved
        else ("If that is meant, say so in the pull request")
    )
    return Statement(
        rule="risk/unit-removed",
        severity=Severity.ERROR if unit.production and deletes and not moved else Severity.WARNING,
        message=f"Nothing deploys this unit any more: {follows}",
        fix=f"{meant}; else restore the path or the object that names it.",
        unit=unit.key,
        file=cause.file,
        line=cause.line,
        mark="removed",
    )


def _told_of_moves(unit: UnitEvidence, gone: list[Resource]) -> str:
    """Where objects of a unit that goes come again, as a sentence."""
    to = [unit.moves[r.id].to for r in gone if r.id in unit.moves]
    if not to:
        return ""
    if len(gone) == 1:
        return f" It comes in {listed(sorted(set(to)))} with this change."
    some = "All" if len(to) == len(gone) else f"{len(to)}"
    return f" {some} of them come in {listed(sorted(set(to)))} with this change."


def _counted(rendered: Iterable[Resource]) -> list[str]:
    counts: dict[str, int] = {}
    for resource in rendered:
        counts[resource.id.kind] = counts.get(resource.id.kind, 0) + 1
    listed = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{count} {kind}" for kind, count in listed[:6]] + (["…"] if len(listed) > 6 else [])
