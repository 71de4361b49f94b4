"""Which images run: named so that they cannot change unseen, alike where they should be, and in the order of promotion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot.checks import images_promotion
from bot.checks.image_uses import Used, Uses
from bot.checks.images_built import Built
from bot.checks.words import shown
from bot.model.evidence import Evidence, Said, Side, Statement, UnitEvidence, Wanted
from bot.model.result import Severity

NAME = "images"
_INJECTED = ("auto",)  # a proxy's image that Istio's injector fills in


class Images:
    """See the module. Needs no settings."""

    name = NAME

    def wants(self, evidence: Evidence) -> Iterator[Wanted]:
        """What runs in the environment before one that gets another image."""
        return images_promotion.wants(evidence)

    def run(self, evidence: Evidence) -> Said:
        uses = Uses(evidence)
        base, head = (_used(evidence.units, side, uses) for side in Side)
        now = tuple(_of_side(evidence, Side.HEAD, head, uses))
        was = tuple(_of_side(evidence, Side.BASE, base, uses))
        return Said(
            base=(*_without_worse(was, now), *_run_elsewhere(was, now, base)),
            head=now,
            change=(*_tag_without_digest(base, head), *images_promotion.statements(evidence, uses)),
        )


def _without_worse(base: Iterable[Statement], head: Iterable[Statement]) -> Iterator[Statement]:
    """Without images that had a tag and no digest, and now have no tag either: nobody mended that."""
    worse = {(each.unit, each.object, each.mark) for each in head if each.rule == "images/latest"}
    for each in base:
        if each.rule != "images/not-pinned" or (each.unit, each.object, each.mark) not in worse:
            yield each


def _run_elsewhere(base: Sequence[Statement], head: Iterable[Statement], used: Iterable[Used]) -> Iterator[Statement]:
    """What head says of new places of an image that the unit ran without a digest before: the change brings no image to it
    that was not there (a new CronJob of a program beside its Deployment)."""
    was = {(each.unit, _image_of(each)) for each in base if each.rule == "images/not-pinned"}
    places = {(each.unit.key, each.where.object, _mark(each)) for each in used}
    for each in head:
        is_new = each.rule == "images/not-pinned" and (each.unit, each.object, each.mark) not in places
        if is_new and (each.unit, _image_of(each)) in was:
            yield each


def _image_of(statement: Statement) -> str:
    return statement.mark.rpartition(": ")[2]


def _used(units: Iterable[UnitEvidence], side: Side, uses: Uses) -> list[Used]:
    return [each for unit in units for each in uses.of(unit, side) if each.reference is not None]


def _of_side(evidence: Evidence, side: Side, used: list[Used], uses: Uses) -> Iterator[Statement]:
    yield from _invalid(evidence, side, uses)
    built = Built(evidence.files(side))
    for each in used:
        if not (each.known.digest or each.field.image in _INJECTED or built.holds(each.unit.path, each.known.name)):
            yield from _unpinned(each)
    yield from _digests_differ(used, _used(evidence.neighbours, side, uses))
    yield from _tags_differ(used)


def _invalid(evidence: Evidence, side: Side, uses: Uses) -> Iterator[Statement]:
    for unit in evidence.units:
        for each in uses.of(unit, side):
            if each.reference is None and not _is_variable(each.field.image):
                yield Statement(
                    "images/invalid", Severity.ERROR if unit.production else Severity.WARNING,
                    f"{shown(each.field.image)} is no image reference: a pod with it never starts (InvalidImageName).",
                    "Write `registry/name:tag@sha256:…`, in lower case and without spaces.",
                    unit=unit.key, mark=f"{each.field.container}: {each.field.image}", **each.where._asdict(),
                )  # fmt: skip


def _is_variable(image: str) -> bool:
    """Whether something later puts the image there: a variable of Flux or of a template."""
    return "${" in image or "$(" in image or "{{" in image or image in _INJECTED


def _mark(used: Used) -> str:
    return f"{used.field.container}: {used.known.name}"


def _unpinned(used: Used) -> Iterator[Statement]:
    found, unit = used.known, used.unit
    mark = _mark(used)
    if found.tag in ("", "latest"):
        said = "has no tag, which means `:latest`" if not found.tag else "is `:latest`"
        what = shown(found.repository) if found.repository else f"The image of {shown(used.field.container)}"
        yield Statement(
            "images/latest", Severity.ERROR if unit.production else Severity.WARNING,
            f"{what} {said}: what runs is whatever the registry holds when a pod starts, differs from "
            "node to node, and cannot be rolled back.",
            "Name a version and its digest: `name:1.2.3@sha256:…`.",
            unit=unit.key, mark=mark, **used.where._asdict(),
        )  # fmt: skip
    else:
        yield Statement(
            "images/not-pinned", Severity.WARNING if unit.production else Severity.INFO,
            f"{shown(used.field.image)} has no digest: whoever can push to the registry can change what runs under the same "
            "tag, without a change here.",
            "Add the digest behind the tag: `:1.2.3@sha256:…`.",
            unit=unit.key, mark=mark, **used.where._asdict(),
        )  # fmt: skip


def _digests_differ(used: list[Used], near: list[Used]) -> Iterator[Statement]:
    """One tag that stands for two digests, in a unit or in two environments of an application. Of those that the
    change does not affect (``near``) nothing is told."""
    first: dict[tuple[str, str, str], Used] = {}
    told: set[tuple[str, str, str]] = {(each.unit.key, each.known.name, each.known.tag) for each in near}
    for each in (*near, *used):
        found = each.known
        if not (found.tag and found.digest):
            continue
        key = (each.unit.everywhere or each.unit.key, found.name, found.tag)
        other = first.setdefault(key, each)
        mark = (each.unit.key, found.name, found.tag)
        if other.known.digest == found.digest or mark in told:
            continue
        told.add(mark)
        where = _where(other, each)
        yield Statement(
            "images/digest-differs", Severity.WARNING,
            f"{shown(found.name)}:{shown(found.tag)} is {_short(found.digest)} here and {_short(other.known.digest)} "
            f"{where}: one tag, two images, so that the tag says nothing.",
            "Use one digest for one tag; give a rebuilt image a tag of its own.",
            unit=each.unit.key, mark=f"{found.name}:{found.tag}", **each.where._asdict(),
        )  # fmt: skip


def _tags_differ(used: list[Used]) -> Iterator[Statement]:
    """One digest under two tags in one unit: the digest is what runs, so one of the tags is wrong."""
    first: dict[tuple[str, str, str], Used] = {}
    for each in used:
        found = each.known
        if not (found.tag and found.digest):
            continue
        other = first.setdefault((each.unit.key, found.name, found.digest), each)
        if other.known.tag != found.tag:
            yield Statement(
                "images/tag-differs", Severity.WARNING,
                f"{shown(found.name)} is tagged {shown(found.tag)} here and {shown(other.known.tag)} "
                f"{_where(other, each)}, with the same digest {_short(found.digest)}: the digest runs, one tag misleads.",
                "Take tag and digest from the same image.",
                unit=each.unit.key, mark=f"{found.name}@{found.digest}", **each.where._asdict(),
            )  # fmt: skip


def _where(other: Used, each: Used) -> str:
    if other.unit.key != each.unit.key:
        return f"in {shown(other.unit.environment or other.unit.path)}"
    if other.where.object != each.where.object:
        return f"in {shown(str(other.where.object) if other.where.object else other.where.file)}"
    return f"in container {shown(other.field.container)}"


def _tag_without_digest(base: list[Used], head: list[Used]) -> Iterator[Statement]:
    """A new tag with the old digest: the digest runs, so nothing does what the tag promises."""
    before = {(u.unit.key, u.where.object, u.field.container): u.known for u in base}
    for each in head:
        old, new = before.get((each.unit.key, each.where.object, each.field.container)), each.known
        if old is None or not (new.digest and old.tag and new.tag):
            continue
        if old.name == new.name and old.digest == new.digest and old.tag != new.tag:
            yield Statement(
                "images/tag-without-digest", Severity.WARNING,
                f"The tag moves from {shown(old.tag)} to {shown(new.tag)} and the digest stays {_short(new.digest)}: the "
                "old image goes on running under the new name.",
                "Put the digest of the new tag beside it.",
                unit=each.unit.key, mark=f"{each.field.container}: {new.name}", **each.where._asdict(),
            )  # fmt: skip


def _short(digest: str) -> str:
    return f"{digest.partition(':')[2][:8]}…"
