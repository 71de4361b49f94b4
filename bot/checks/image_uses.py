"""Where a unit runs which image: in its objects, and, of charts that cannot be rendered from here, in the values that they
get: files, a ConfigMap that a HelmRelease names, and what the object says that deploys them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any, NamedTuple

from bot.checks import release_images, values_layers
from bot.checks.values_layers import Layer
from bot.errors import GatehouseError
from bot.kubernetes.custom_images import LATEST, CustomImage
from bot.kubernetes.images import ImageField, Path, Reference, reference
from bot.model.evidence import ChartValues, Evidence, Side, UnitEvidence
from bot.model.resource import Resource
from bot.model.unit import ObjectId


class Where(NamedTuple):
    """The place of an image, as a Statement says it."""

    object: ObjectId | None = None
    at: Path = ()
    row: int = 0
    file: str = ""
    line: int = 0


class Used(NamedTuple):
    """An image where it stands. ``reference`` is None for a text that is no image; it has no repository where only the chart
    knows that."""

    unit: UnitEvidence
    where: Where
    field: ImageField
    reference: Reference | None

    @property
    def known(self) -> Reference:
        return self.reference or Reference("")


class Uses:
    """The images of units, each object and each values file looked through once: units share objects, and several rules
    ask."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._fields: dict[int, tuple[Resource, list[ImageField]]] = {}
        self._units: dict[tuple[int, Side], list[Used]] = {}
        self._files: dict[tuple[str, Side], Layer] = {}

    def of(self, unit: UnitEvidence, side: Side) -> list[Used]:
        """In the order of its objects, then of its values."""
        if (id(unit), side) not in self._units:
            self._units[id(unit), side] = list(self._of(unit, side))
        return self._units[id(unit), side]

    def _of(self, unit: UnitEvidence, side: Side) -> Iterator[Used]:
        there = unit.side(side)
        objects = there.objects if there else ()
        for resource in objects:
            for field in self._in_object(resource):
                yield _used(unit, Where(resource.id, field.at, field.row), field)
        maps = {(r.id.namespace, r.id.name): r for r in objects if (r.id.kind, r.id.api_version) == ("ConfigMap", "v1")}
        for resource in objects if maps else ():
            yield from self._in_maps(unit, resource, maps)
        for values in unit.unseen(side):
            layers = [*(self._file(path, side) for path in values.files), *_above(values)]
            for found, spot in values_layers.images(layers):
                if spot.file:
                    yield from _told(unit, found, Where(file=spot.file, line=spot.line))

    def _in_object(self, resource: Resource) -> list[ImageField]:
        if id(resource) not in self._fields:
            self._fields[id(resource)] = resource, list(release_images.all_images(resource.fields, self._lacks))
        return self._fields[id(resource)][1]

    def _in_maps(self, unit: UnitEvidence, resource: Resource, maps: dict[tuple[str, str], Resource]) -> Iterator[Used]:
        """The images that ConfigMaps of the same unit say to a release, or complete."""
        own = {field.at for field in self._in_object(resource)}
        for below in release_images.releases(resource.fields, self._lacks):
            named = release_images.values_maps(resource.fields)
            layers = [_of_map(maps[resource.id.namespace, name], key) for name, key in named
                      if (resource.id.namespace, name) in maps]  # fmt: skip
            for found, spot in values_layers.images([*layers, *below]) if layers else ():
                if spot.object is not None or spot.at not in own:
                    yield from _told(unit, found, Where(spot.object or resource.id, spot.at, spot.row))

    def _lacks(self, chart: str) -> bool:
        """Whether no chart is at a path, on neither side."""
        path = posixpath.join(chart, "Chart.yaml")
        return not any(self._evidence.files(side).entry(path) for side in Side)

    def _file(self, path: str, side: Side) -> Layer:
        if (path, side) not in self._files:
            self._files[path, side] = values_layers.of_file(_read(self._evidence, path, side), path)
        return self._files[path, side]


def _used(unit: UnitEvidence, where: Where, field: ImageField) -> Used:
    parsed = Reference("", "latest") if field.image == LATEST else reference(field.image)
    return Used(unit, where, field, parsed)


def _told(unit: UnitEvidence, found: CustomImage, where: Where) -> Iterator[Used]:
    used = _used(unit, where, ImageField(where.at, found.place, found.image, where.row))
    if used.reference is not None:
        yield used


def _above(values: ChartValues) -> Iterator[Layer]:
    """What wins over the files."""
    for text in values.texts:
        yield values_layers.of_text(text, ())
    for number, layers in enumerate(release_images.releases(dict(values.declaration))):
        if number == values.number:
            yield from layers


def _of_map(resource: Resource, key: str) -> Layer:
    data = resource.fields.get("data")
    held: Any = data.get(key) if isinstance(data, dict) else None
    return values_layers.of_text(held, ("data", key), resource.id)


def _read(evidence: Evidence, path: str, side: Side) -> bytes:
    files = evidence.files(side)
    entry = files.entry(path)
    if entry is None or entry.is_symlink or entry.is_submodule:
        return b""
    try:
        return files.read(entry)
    except GatehouseError:
        return b""
