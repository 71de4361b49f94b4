"""The values of charts that cannot be rendered from here: a chart of a registry, or one that lacks a dependency of it. What
they say of images holds all the same."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from bot.affected.sources import identity_of
from bot.checks.release_images import releases
from bot.checks.values_layers import nested
from bot.documents import load_one
from bot.errors import GatehouseError
from bot.model.evidence import ChartValues
from bot.model.unit import CannotRender, HelmRender, Render, Unit
from bot.redaction import mask

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Ports


def unseen_values(unit: Unit | None, rendered: Sequence[Render], view: View, ports: Ports) -> tuple[ChartValues, ...]:
    """Those of the parts of a unit that are not among the ``rendered`` ones; none for a side without the unit."""
    parts = [part for part in unit.parts if part not in rendered] if unit is not None else []
    return tuple(_values(unit, parts, view, ports.engine.key)) if unit is not None and parts else ()


def _values(unit: Unit, parts: Sequence[Render], view: View, key: bytes) -> Iterator[ChartValues]:
    taken = [part for part in parts if isinstance(part, CannotRender) and part.values]
    declaration = _declaration(unit, view, key) if taken else {}
    alike = len(list(releases(dict(declaration)))) == len(taken)  # else nobody knows which part is which
    for number, part in enumerate(taken):
        yield ChartValues(part.values, declaration=declaration if alike else {}, number=number)
    for chart in (part for part in parts if isinstance(part, HelmRender) and not part.mounts):
        own = chart.default_files or (posixpath.join(chart.chart, "values.yaml"),)
        yield ChartValues((*own, *chart.value_files), texts=tuple(_masked(chart, key)))


def _masked(part: HelmRender, key: bytes) -> Iterator[str]:
    """Its inline values and parameters."""
    for text in part.values:
        try:
            values = load_one(text)
        except GatehouseError:
            continue
        yield json.dumps(mask({"values": values}, key=key)["values"], default=str)
    for name, value, _ in part.parameters:
        yield json.dumps(nested(name, value))


def _declaration(unit: Unit, view: View, key: bytes) -> Mapping[str, object]:
    """The masked fields of the object that declares it; {} where none does."""
    found: object
    if unit.generated:
        found = json.loads(unit.generated)
    else:
        entry = view.entry(unit.declared_in)
        known = view.whole(entry).declared if entry is not None else ()
        found = next((each for each in known if identity_of(each) == unit.source), None)
    return mask(dict(found), key=key) if isinstance(found, dict) else {}
