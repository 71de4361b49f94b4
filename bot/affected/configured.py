"""The units that ``.gatehouse.yaml`` adds, or says otherwise than discovery does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.charts import chart_name
from bot.affected.declared_edges import part_edges
from bot.affected.edges import NOBODY, Edge, Kind
from bot.affected.rules import describes, is_own
from bot.model.unit import HelmRender, PlainRender, Render, Renderer, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.affected.edges import Found
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.config.schema import UnitRule

SCOPE = "c:"


def configured(view: View, read: Reader) -> Found:
    """The units of the entries under ``units``. One that only describes what an object of Argo CD or Flux declares is none:
    that unit is listed, with what the entry says of it (``declared_unit``)."""
    edges: list[Edge] = []
    units: list[Unit] = []
    for rule in filter(is_own, read.config.units):
        edges.append(Edge(SCOPE, f"{NOBODY}{SCOPE}", Kind.GENERATES, rule.path))
        if not is_there(view, rule) or (describes(rule) and _is_declared(view, rule)):
            continue
        unit = _unit(view, rule, read)
        units.append(unit)
        edges += part_edges(view, SCOPE, f"u:{unit.key}", unit.parts[0])
    return list(dict.fromkeys(edges)), units


def is_there(view: View, rule: UnitRule) -> bool:
    """Whether the path of an entry is in the repository: its unit comes and goes with it."""
    real, _ = view.resolve(rule.path)
    return real is not None and (view.is_dir(real) or view.entry(real) is not None)


def _is_declared(view: View, rule: UnitRule) -> bool:
    """Whether a file declares a unit of the path that nothing completes or leaves out."""
    scopes = {e.scope for e in view.into(rule.path) if e.scope[0] == "f" and e.source[0] == "u"}
    units = (unit for scope in sorted(scopes) for unit in view.units_of(scope))
    return any(u.path == rule.path and not u.left_out_by and rule.renderer in (None, u.renderer) for u in units)


def _unit(view: View, rule: UnitRule, read: Reader) -> Unit:
    renderer = rule.renderer or _discovered(view, rule.path)
    name = chart_name(view, rule.path) if renderer is Renderer.HELM else ""
    named = read.namer.name(rule.path, app=name)
    told = read.told_environment(rule)
    environment = named.environment if told is None else told
    return Unit(
        key=read.key(rule),
        path=rule.path,
        renderer=renderer,
        parts=(_part(rule, renderer, read, environment, name),),
        app=rule.app if rule.app is not None else named.app,
        environment=environment,
        notes=(*_unread(rule, renderer), *(named.notes if told is None else ())),
    )


def _discovered(view: View, path: str) -> Renderer:
    if view.entry(f"{path}/Chart.yaml" if path else "Chart.yaml") is not None:
        return Renderer.HELM
    return Renderer.KUSTOMIZE if view.kustomization(path) is not None else Renderer.PLAIN


def _unread(rule: UnitRule, renderer: Renderer) -> Iterator[str]:
    """What an entry says in vain, where discovery has told the renderer."""
    if rule.renderer is None:
        from bot.config.contradictions import unread_keys

        for key, why in unread_keys(rule._replace(renderer=renderer)):
            yield f"`{key}` of this unit in .gatehouse.yaml {why}."


def _part(rule: UnitRule, renderer: Renderer, read: Reader, environment: str, name: str) -> Render:
    if renderer is Renderer.HELM:
        return HelmRender(
            rule.path, rule.release or name or "release", rule.namespace or "default",
            value_files=rule.values, kube_version=read.kube_version(environment),
        )  # fmt: skip
    if renderer is Renderer.KUSTOMIZE:
        return read.build(rule.path, rule)
    return PlainRender(rule.path, recurse=bool(rule.recurse), namespace=rule.namespace or "")
