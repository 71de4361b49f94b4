"""Values that a declaration holds as text: Helm is given them as a file, whose name says nothing to who wrote them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.sources import identity_of
from bot.model.resource import Failed, Outcome
from bot.model.unit import HelmRender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.affected.view import View
    from bot.model.unit import Unit

_FILE = re.compile(r"(?<=failed to parse )/values/(\d+)\.yaml")  # as bot.render.helm names it, and Helm says it


def with_field(unit: Unit | None, outcome: Outcome | None, view: View) -> Outcome | None:
    """The outcome of a side of a unit; a failure to read such values with the field and the file that hold them."""
    if unit is None or unit.source is None or not isinstance(outcome, Failed):
        return outcome
    found = _FILE.search(outcome.reason)
    if found is None:
        return outcome
    held = f"{_field(unit, int(found[1]), view)} of {unit.source} ({unit.declared_in})"
    return replace(outcome, reason=f"{outcome.reason[: found.start()]}{held}{outcome.reason[found.end() :]}")


def _field(unit: Unit, number: int, view: View) -> str:
    if unit.source is not None and unit.source.kind == "HelmRelease":  # its own `values` are no text
        return "a ConfigMap in spec.valuesFrom"
    texts = {part.values[number] for part in unit.parts if isinstance(part, HelmRender) and len(part.values) > number}
    return next((where for where, text in _written(unit, view) if text in texts), "helm.values")


def _written(unit: Unit, view: View) -> Iterator[tuple[str, object]]:
    """The values of an Application as texts, by their fields."""
    spec = _spec(unit, view)
    sources = spec.get("sources")
    for number, source in enumerate(sources if isinstance(sources, list) else ()):
        yield f"spec.sources[{number}].helm.values", _values(source)
    yield "spec.source.helm.values", _values(spec.get("source"))


def _values(source: object) -> object:
    options = source.get("helm") if isinstance(source, dict) else None
    return options.get("values") if isinstance(options, dict) else None


def _spec(unit: Unit, view: View) -> dict[str, object]:
    entry = view.entry(unit.declared_in)
    known = view.whole(entry).declared if entry is not None and not unit.generated else ()
    found = (
        [json.loads(unit.generated)] if unit.generated else [each for each in known if identity_of(each) == unit.source]
    )
    spec = found[0].get("spec") if found else None
    return spec if isinstance(spec, dict) else {}
