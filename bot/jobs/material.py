"""From a unit of a view to what the renderers get: closures, and the reasons not to try."""

from __future__ import annotations

from bot.affected.closure import Closure, closure
from bot.affected.stopped import is_standing_in
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.unit import CannotRender, Render, Unit
from bot.render.base import Material


def materials(view: View, unit: Unit) -> list[Material]:
    """One material for each part of a unit."""
    if not unit.parts and not is_standing_in(unit):
        unit = view.unit(unit.key) or unit
    return [_material(view, part) for part in unit.parts]


def _material(view: View, part: Render) -> Material:
    if isinstance(part, CannotRender):
        return Material(part, (), view.read)
    try:
        found = closure(view, part)
    except TooBig as error:
        return Material(part, (), view.read, refusal=str(error))
    files = tuple(found.files[path] for path in sorted(found.files))
    dependencies = tuple(found.chart_dependencies)
    return Material(part, files, view.read, refusal(found), dependencies, is_elsewhere(found))


def is_elsewhere(found: Closure) -> bool:
    """Whether a render must not be tried because content is not in this repository, and not because something is wrong."""
    return bool(found.remote) or (bool(found.submodules) and not found.outside)


def refusal(found: Closure) -> str:
    """Why a render must not be tried, as a sentence; "" when it may."""
    if found.remote:
        file, text = found.remote[0]
        return (
            f"{file} refers to {text}, which lies outside of this repository and is never fetched; "
            "vendor it into the repository."
        )
    if found.outside:
        file, text = found.outside[0]
        return f"{file} refers to {text!r}, which leads out of the repository; use a path inside of it."
    if found.submodules:
        return (
            f"It needs files of the submodule {found.submodules[0]}, which are not in this repository; "
            "vendor them into the repository."
        )
    return ""
