"""Production ahead of the environment before it: an image that nothing has run yet.

The environment before is asked for where the change does not affect it (``wants``); where it cannot be had, the notes of
the report say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks.image_uses import Used, Uses
from bot.checks.images_built import Built
from bot.checks.words import shown
from bot.errors import GatehouseError
from bot.kubernetes.images import Reference
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence, Wanted
from bot.model.result import Severity, UnitState

_MOST_FILES = 500  # changed ones that are searched for a version
_Found = dict[str, list[Used]]


def statements(evidence: Evidence, uses: Uses) -> Iterator[Statement]:
    """One statement for each production unit and image that it is the first, or one of the first, to run."""
    rank = {name: i for i, name in enumerate(evidence.environments)}
    built, changed = Built(evidence.head), _Changed(evidence)
    for unit in evidence.units:
        if unit.production and _is_seen(unit) and unit.everywhere:
            before = _before(unit, evidence, rank)
            said = _of_unit(unit, before, built, _ran_here(unit, evidence, uses), uses) if before else ()
            was_here = _is_new(unit) and bool(evidence.base.children(unit.path)[0])
            yield from (each for each, found in said if not was_here or changed.says(found))


def wants(evidence: Evidence) -> Iterator[Wanted]:
    """The environment before each production unit that gets an image which it did not run, and what else of a new one's own
    environment does."""
    uses = Uses(evidence)
    for unit in evidence.units:
        if unit.production and _is_seen(unit) and unit.everywhere and unit.environment:
            had, gets = _identities([unit], Side.BASE, uses), _identities([unit], Side.HEAD, uses)
            if any(gets[name] - had.get(name, set()) for name in gets):
                yield Wanted(unit.key, before=True)


def _is_seen(unit: UnitEvidence) -> bool:
    """Whether anything is known of what it runs at head."""
    return unit.head is not None or bool(unit.unseen_head)


def _before(unit: UnitEvidence, evidence: Evidence, rank: dict[str, int]) -> list[UnitEvidence]:
    """The units of the same application in the nearest environment that comes before and is no production itself."""
    own = rank.get(unit.environment)
    others = [
        u for u in (*evidence.units, *evidence.neighbours)
        if u.everywhere == unit.everywhere and not u.production and _is_seen(u)
        and own is not None and rank.get(u.environment, own) < own
    ]  # fmt: skip
    nearest = max((rank[u.environment] for u in others), default=-1)
    return [u for u in others if rank[u.environment] == nearest]


def _ran_here(unit: UnitEvidence, evidence: Evidence, uses: Uses) -> dict[str, set[str]]:
    """What production runs at the base in other units, by the name of the image: those that go with the change, and those
    of the application in other clusters, which got it before."""
    gone = [u for u in evidence.units if u.environment == unit.environment and u.state is UnitState.REMOVED]
    others = (u for u in (*evidence.units, *evidence.neighbours) if u.production and u.everywhere == unit.everywhere)
    ran = [u for u in others if u.key != unit.key and u.state is not UnitState.REMOVED]
    return _identities([*(gone if _is_new(unit) else ()), *ran], Side.BASE, uses)


def _is_new(unit: UnitEvidence) -> bool:
    return unit.base is None and not unit.unseen_base


def _of_unit(
    unit: UnitEvidence, before: list[UnitEvidence], built: Built, here: dict[str, set[str]], uses: Uses
) -> Iterator[tuple[Statement, Reference]]:
    was, now = _images(unit, Side.BASE, uses), _images(unit, Side.HEAD, uses)
    had = {name: {each.known.identity for each in rows} for name, rows in was.items()}
    ran, runs = _identities(before, Side.BASE, uses), _identities(before, Side.HEAD, uses)
    ran_rows: _Found = {}
    for row in (row for each in before for rows in _images(each, Side.BASE, uses).values() for row in rows):
        ran_rows.setdefault(row.known.name, []).append(row)
    ran_anywhere = {identity for known in (*ran.values(), *had.values()) for identity in known}
    # What a container ran before: where both environments had one name for it, another name is another version.
    had_name = {_container(each): name for name, rows in was.items() for each in rows}
    new_units = all(_is_new(u) and u.state is not UnitState.FIXED for u in (unit, *before))
    for name, rows in now.items():
        new: _Found = {}
        for row in rows:
            if row.known.identity not in had.get(name, set()):
                new.setdefault(row.known.identity, []).append(row)
        for identity, places in new.items():
            found = places[0].known
            elsewhere_before = name not in had and name not in ran
            elsewhere = name not in runs and name not in ran
            turned = elsewhere and had_name.get(_container(places[0])) in runs
            if (elsewhere and not turned) or (not found.digest and built.holds(unit.path, name)):
                continue  # the environment before uses another name for it, or none; or it is built at deployment
            if identity in ran.get(name, set()) or (found.digest and identity in ran_anywhere):
                continue  # the same digest in another registry is the same image
            if identity in here.get(name, set()):
                continue  # production runs it already
            if _is_same_tag(found, [*was.get(name, ()), *ran_rows.get(name, ())]):
                continue  # a digest is added to a version that ran, or taken from it
            together = identity in runs.get(name, ())
            first = together and (new_units or (elsewhere_before and _are_new(places, unit)))
            yield _statement(unit, before[0].environment, places[0], together=together, first=first), found


class _Changed:
    """What the changed files say, each read once. Where none says a version, a unit that is new takes a directory as it was:
    another cluster comes, whose declarations only an output holds."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._texts: list[bytes] | None = None

    def says(self, found: Reference) -> bool:
        if len(self._evidence.changes) > _MOST_FILES:
            return True
        if self._texts is None:
            self._texts = list(self._read())
        wanted = found.identity.encode()
        return any(wanted in text for text in self._texts)

    def _read(self) -> Iterator[bytes]:
        for change in self._evidence.changes:
            entry = self._evidence.head.entry(change.path)
            if entry is None or entry.is_symlink or entry.is_submodule:
                continue
            try:
                yield self._evidence.head.read(entry)
            except GatehouseError:
                continue


def _is_same_tag(found: Reference, ran: list[Used]) -> bool:
    """Whether a version ran under the same tag, with a digest on one side alone."""
    tags = {each.known.tag for each in ran if bool(each.known.digest) != bool(found.digest)}
    return found.tag not in ("", "latest") and found.tag in tags


def _container(used: Used) -> tuple[str, str, str]:
    found = used.where.object
    return found.kind if found else "", found.name if found else "", used.field.container


def _are_new(places: list[Used], unit: UnitEvidence) -> bool:
    """Whether a unit that was there before gets an image in objects alone that were not: an application is new in it."""
    was = {(r.id.kind, r.id.name) for r in unit.base.objects} if unit.base else set()
    return bool(was) and not any(_container(each)[:2] in was for each in places)


def _statement(unit: UnitEvidence, before: str, used: Used, *, together: bool, first: bool) -> Statement:
    """``first``: the application is new in both environments, so that there was no version to promote."""
    found = used.known
    image = shown(f"{found.repository}{':' if found.tag else ''}{found.tag}")
    says = (
        f"{unit.environment} gets this version of {image} at the same moment as {before}: nothing has run it yet."
        if together
        else f"{unit.environment} gets a version of {image} that {before}, the environment before it, does not run."
    )
    return Statement(
        "images/promotion-order", Severity.INFO if first else Severity.WARNING, says,
        f"Change {before} first, let it run there, and promote the same digest.",
        unit=unit.key, mark=found.name, **used.where._asdict(),
    )  # fmt: skip


def _identities(units: list[UnitEvidence], side: Side, uses: Uses) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for unit in units:
        for name, rows in _images(unit, side, uses).items():
            found.setdefault(name, set()).update(each.known.identity for each in rows)
    return found


def _images(unit: UnitEvidence, side: Side, uses: Uses) -> _Found:
    found: _Found = {}
    for each in uses.of(unit, side):
        if each.known.repository:
            found.setdefault(each.known.name, []).append(each)
    return found
