"""From a unit of a view to what the renderers get: closures, and the reasons not to try."""

from __future__ import annotations

from bot.affected.closure import Closure, closure
from bot.affected.edges import in_order
from bot.affected.links import is_at_or_below
from bot.affected.stopped import is_standing_in
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender, Render, Unit
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
    order = (
        in_order if isinstance(part, PlainRender) else None
    )  # of one object that two files hold, the last one counts
    files = tuple(found.files[path] for path in sorted(found.files, key=order))
    dependencies = tuple(found.chart_dependencies)
    why = _all_ignored(view, part, found)
    return Material(part, files, view.read, why or refusal(found), dependencies, not why and is_elsewhere(found))


def _all_ignored(view: View, part: Render, found: Closure) -> str:
    """Why Flux does not find the path of a Kustomization, or a chart, although it is here; "" where it does. Flux then
    applies nothing and prunes nothing."""
    if not isinstance(part, KustomizeRender | HelmRender) or part.source_ignore is None or part.mounts:
        return ""
    path = part.path if isinstance(part, KustomizeRender) else part.chart
    real, _ = view.resolve(path) if path else (None, "")
    if real is None or not view.is_dir(real) or any(is_at_or_below(path, real) for path in found.files):
        return ""
    from bot.affected.sourceignore import source_ignore

    ignore = source_ignore(view, part.source_ignore)
    if not all(ignore.excludes(entry.path) for entry in view.walk(real)):
        return ""
    return (
        f"Flux does not find {path}: .sourceignore files, or spec.ignore of the GitRepository, leave out everything "
        "below it. Take the pattern out; what is deployed stays as it is until then."
    )


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
        if found.astray and file == text:
            return found.astray
        return f"{file} refers to {text!r}, which leads out of the repository; use a path inside of it."
    if found.submodules:
        return (
            f"It needs files of the submodule {found.submodules[0]}, which are not in this repository; "
            "vendor them into the repository."
        )
    return ""
