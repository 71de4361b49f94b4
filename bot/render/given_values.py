"""The values that a render is given, as texts: what is secret among them must not come back in another form."""

from __future__ import annotations

from collections.abc import Iterator

from bot.errors import GatehouseError
from bot.model.unit import HelmRender, KustomizeRender, PlainRender
from bot.render.base import Material

_LARGEST = 1_000_000


def given_values(material: Material) -> Iterator[str]:
    """The values files, inline values and parameters of a render of a chart, the variables of one that Flux fills in."""
    part = material.part
    if isinstance(part, KustomizeRender | PlainRender) and part.substitution is not None:
        yield from (f"{name}: {value}" for name, value in part.substitution.variables)
    if not isinstance(part, HelmRender):
        return
    yield from part.values
    yield from (f"{name.rpartition('.')[2]}: {value}" for name, value, _ in part.parameters)
    own = f"{part.chart}/values.yaml" if part.chart else "values.yaml"
    paths = {*part.value_files, *part.default_files, own}
    for entry in material.files:
        if entry.path in paths and not entry.is_symlink:
            try:
                yield material.read(entry)[:_LARGEST].decode("utf-8", "replace")
            except GatehouseError:
                continue
