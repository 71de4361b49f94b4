"""Production ahead of the environment before it: an image that nothing has run yet.

The environment before is asked for where the change does not affect it (``wants``); where it cannot be had, the notes of
the report say so.
"""

from __future__ import annotations

from collections.abc import Iterator

from bot.checks.images_built import Built
from bot.checks.words import shown
from bot.kubernetes.images import ImageField, Reference, image_fields, reference
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence, Wanted
from bot.model.resource import Resource
from bot.model.result import Severity, UnitState

_Places = list[tuple[Resource, ImageField, Reference]]
_Found = dict[str, _Places]


def statements(evidence: Evidence) -> Iterator[Statement]:
    """One statement for each production unit and image that it is the first, or one of the first, to run."""
    rank = {name: i for i, name in enumerate(evidence.environments)}
    built = Built(evidence.head)
    for unit in evidence.units:
        if unit.production and unit.head and unit.everywhere:
            before = _before(unit, evidence, rank)
            yield from _of_unit(unit, before, built, _ran_here(unit, evidence)) if before else ()


def wants(evidence: Evidence) -> Iterator[Wanted]:
    """The environment before each production unit that gets an image which it did not run."""
    for unit in evidence.units:
        if unit.production and unit.head and unit.everywhere and unit.environment:
            had, gets = _identities([unit], Side.BASE), _identities([unit], Side.HEAD)
            if any(gets[name] - had.get(name, set()) for name in gets):
                yield Wanted(unit.key, before=True)


def _before(unit: UnitEvidence, evidence: Evidence, rank: dict[str, int]) -> list[UnitEvidence]:
    """The units of the same application in the nearest environment that comes before and is no production itself."""
    own = rank.get(unit.environment)
    others = [
        u for u in (*evidence.units, *evidence.neighbours)
        if u.everywhere == unit.everywhere and not u.production and u.head
        and own is not None and rank.get(u.environment, own) < own
    ]  # fmt: skip
    nearest = max((rank[u.environment] for u in others), default=-1)
    return [u for u in others if rank[u.environment] == nearest]


def _ran_here(unit: UnitEvidence, evidence: Evidence) -> dict[str, set[str]]:
    """What units of the same environment run at the base that go with the change, by the name of the image."""
    gone = [u for u in evidence.units if u.environment == unit.environment and u.state is UnitState.REMOVED]
    return _identities(gone, Side.BASE) if unit.base is None else {}


def _of_unit(
    unit: UnitEvidence, before: list[UnitEvidence], built: Built, here: dict[str, set[str]]
) -> Iterator[Statement]:
    had = {name: {r.identity for _, _, r in rows} for name, rows in _images(unit, Side.BASE).items()}
    ran, runs = _identities(before, Side.BASE), _identities(before, Side.HEAD)
    ran_anywhere = {identity for known in (*ran.values(), *had.values()) for identity in known}
    # What a container ran before: where both environments had one name for it, another name is another version.
    had_name = {
        (resource.id.kind, resource.id.name, field.container): name
        for name, rows in _images(unit, Side.BASE).items()
        for resource, field, _ in rows
    }
    new_units = all(u.base is None and u.state is not UnitState.FIXED for u in (unit, *before))
    for name, rows in _images(unit, Side.HEAD).items():
        new: _Found = {}
        for row in rows:
            if row[2].identity not in had.get(name, set()):
                new.setdefault(row[2].identity, []).append(row)
        for identity, places in new.items():
            resource, field, found = places[0]
            elsewhere_before = name not in had and name not in ran
            elsewhere = name not in runs and name not in ran
            turned = elsewhere and had_name.get((resource.id.kind, resource.id.name, field.container)) in runs
            if (elsewhere and not turned) or (not found.digest and built.holds(unit.path, name)):
                continue  # the environment before uses another name for it, or none; or it is built at deployment
            if identity in ran.get(name, set()) or (found.digest and identity in ran_anywhere):
                continue  # the same digest in another registry is the same image
            if found.digest and found.tag not in {"", "latest"} and found.tag in had.get(name, set()):
                continue  # a digest behind the tag that it runs already
            if unit.base is None and identity in here.get(name, set()):
                continue  # another unit of the environment ran it: what deploys it changes, and not the image
            together = identity in runs.get(name, ())
            first = together and (new_units or (elsewhere_before and _are_new(places, unit)))
            yield _statement(unit, before[0].environment, resource, field, found, together=together, first=first)


def _are_new(places: _Places, unit: UnitEvidence) -> bool:
    """Whether a unit that was there before gets an image in objects alone that were not: an application is new in it."""
    was = {(r.id.kind, r.id.name) for r in unit.base.objects} if unit.base else set()
    return bool(was) and not any((resource.id.kind, resource.id.name) in was for resource, _, _ in places)


def _statement(
    unit: UnitEvidence,
    before: str,
    resource: Resource,
    field: ImageField,
    found: Reference,
    *,
    together: bool,
    first: bool,
) -> Statement:
    """``first``: the application is new in both environments, so that there was no version to promote."""
    image = shown(f"{found.repository}{':' if found.tag else ''}{found.tag}")
    says = (
        f"{unit.environment} gets this version of {image} at the same moment as {before}: nothing has run it yet."
        if together
        else f"{unit.environment} gets a version of {image} that {before}, the environment before it, does not run."
    )
    return Statement(
        "images/promotion-order", Severity.INFO if first else Severity.WARNING, says,
        f"Change {before} first, let it run there, and promote the same digest.",
        unit=unit.key, object=resource.id, at=field.at, mark=found.name,
    )  # fmt: skip


def _identities(units: list[UnitEvidence], side: Side) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for unit in units:
        for name, rows in _images(unit, side).items():
            found.setdefault(name, set()).update(r.identity for _, _, r in rows)
    return found


def _images(unit: UnitEvidence, side: Side) -> _Found:
    found: _Found = {}
    there = unit.side(side)
    for resource in there.objects if there else ():
        for field in image_fields(resource.fields):
            parsed = reference(field.image)
            if parsed is not None:
                found.setdefault(parsed.name, []).append((resource, field, parsed))
    return found
