"""``gatehouse units``, ``gatehouse render`` and ``gatehouse config``: what is discovered, and by what rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.doors.look import at, name_of, visible
from bot.errors import NotRendered, ToolError, UserError

if TYPE_CHECKING:
    import argparse

    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.model.unit import Unit


def units(arguments: argparse.Namespace) -> str:
    """``gatehouse units``."""
    from bot.jobs.units import discovered

    with at(arguments) as (view, ports, _):
        found, unknown = discovered(view, ports, everything=arguments.units == "all")
    if arguments.format == "json":
        import json

        return json.dumps([_unit_json(unit) for unit in found], indent=2)
    rows = [("UNIT", "RENDERER", "APP", "ENVIRONMENT", "DECLARED BY", "KEY")]
    rows += [(name_of(u), str(u.renderer), u.app or "-", u.environment or "-", _declared(u), _key(u)) for u in found]
    widths = [max(len(visible(row[column])) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(visible(c).ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
    notes = [f"{visible(name_of(u))}: {visible(note)}" for u in found for note in u.notes]
    notes += map(visible, (*unknown, *ports.notes))
    if ports.index.home.assumed and any(u.source for u in found):
        notes.append(
            "This clone has no remote on a host, so every repository URL is taken to mean this repository where its path "
            "exists; name the right ones under `repository.urls` in .gatehouse.yaml."
        )
    return "\n".join([*lines, "", f"{len(found)} units", *notes])


def _key(unit: Unit) -> str:
    """By what ``gatehouse render`` finds the unit, where its path alone may not do."""
    return unit.key if unit.key != name_of(unit) else "-"


def _declared(unit: Unit) -> str:
    return f"{unit.source} in {unit.declared_in}" if unit.source else "-"


def _unit_json(unit: Unit) -> dict[str, object]:
    source = unit.source
    identity = source and {
        "apiVersion": source.api_version, "kind": source.kind, "namespace": source.namespace, "name": source.name,
    }  # fmt: skip
    return {
        "key": unit.key, "path": name_of(unit), "renderer": str(unit.renderer), "source": identity,
        "declared_in": unit.declared_in or None, "app": unit.app or None, "environment": unit.environment or None,
        "notes": list(unit.notes),
    }  # fmt: skip


def rendered(arguments: argparse.Namespace) -> str:
    """``gatehouse render UNIT``. Raises UserError when there is no such unit, NotRendered when it does not render, ToolError
    when this machine lacks what renders it."""
    from bot.jobs.material import materials
    from bot.jobs.units import complete
    from bot.model.resource import Failed
    from bot.redaction import hide
    from bot.render.engine import joined

    with at(arguments) as (view, ports, _):
        unit = _find(view, ports, arguments.unit)
        outcome = joined(ports.engine.render_all(materials(view, complete(view, unit, ports)), lambda *_: None))
    if isinstance(outcome, Failed):
        refuse = ToolError if outcome.machine else NotRendered
        raise refuse(f"{arguments.unit} cannot be rendered: {outcome.reason}")
    return "---\n".join(hide(d.text if d.text.endswith("\n") else d.text + "\n") for d in outcome.documents)


def _find(view: View, ports: Ports, name: str) -> Unit:
    from bot.jobs.units import discovered

    wanted = name.rstrip("/").removeprefix("./") or "."
    found, _ = discovered(view, ports, everything=True)
    exact = [u for u in found if u.key == name and u.key != name_of(u)] or _of_path(found, wanted)
    exact = exact or _of_title(found, wanted)
    if not exact:
        near = list(dict.fromkeys(name_of(u) for u in found if wanted in u.key))[:5]
        hint = f" Did you mean {', '.join(near)}?" if near else " `gatehouse units --units all` lists them."
        raise UserError(f"There is no unit {name!r}.{hint}")
    if len(exact) > 1:
        keys = ", ".join(u.key for u in exact[:10])
        raise UserError(f"{len(exact)} units render {name!r}; name one by its key: {keys}.")
    return exact[0]


def _of_path(found: list[Unit], path: str) -> list[Unit]:
    """The units of a path. Where an object says how it is deployed, that counts, not the build of the directory alone."""
    here = [unit for unit in found if name_of(unit) == path]
    return [unit for unit in here if unit.source is not None] or [unit for unit in here if unit.key == path] or here


def _of_title(found: list[Unit], title: str) -> list[Unit]:
    """The units that reports call by a path and what tells them apart there: ``charts/api (prod)``."""
    path, _, told = title.removesuffix(")").rpartition(" (")
    here = [unit for unit in found if title.endswith(")") and name_of(unit) == path]
    return [unit for unit in here if told in (unit.app, unit.environment, str(unit.source or unit.key))] or here


def configured(arguments: argparse.Namespace) -> str:
    """``gatehouse config``. Raises UserError with every problem of the file."""
    from bot.config.describe import describe

    with at(arguments) as (_, ports, found):
        where = found.where or "no .gatehouse.yaml: everything is discovered"
        notes = [f"# {visible(note)}\n" for note in ports.notes]
        return f"# {visible(where)}\n{''.join(notes)}{describe(found.config)}"
