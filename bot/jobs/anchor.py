"""The one file that stands for a unit, where a forge or an editor wants a file and nobody knows a better one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.model.unit import HelmRender, Unit

if TYPE_CHECKING:
    from bot.affected.view import View

_MANIFESTS = (".yaml", ".yml", ".json")


def anchor(unit: Unit, view: View) -> str:
    """The file of the object that declares it, else its kustomization, the last of its values files, its chart, or its
    first manifest; "" when none is there."""
    for path in _candidates(unit, view):
        entry = view.entry(path)
        if entry is not None and not entry.is_submodule:
            return path
    return ""


def _candidates(unit: Unit, view: View) -> Iterator[str]:
    yield unit.declared_in
    kustomization = view.kustomization(unit.path)
    if kustomization is not None:
        yield kustomization.path
    for part in unit.parts:
        if isinstance(part, HelmRender):
            yield from reversed(part.value_files)
            yield f"{part.chart}/Chart.yaml" if part.chart else "Chart.yaml"
    yield unit.path
    if view.is_dir(unit.path):
        yield from (entry.path for entry in view.children(unit.path)[0] if entry.path.endswith(_MANIFESTS))
