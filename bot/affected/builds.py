"""The plain build of a kustomization, and what stands for it."""

from __future__ import annotations

from dataclasses import replace

from bot.affected.loading import is_of_flux
from bot.affected.pairs import Pair
from bot.affected.roots import is_built, is_root, users
from bot.affected.rules import Reader
from bot.affected.view import View
from bot.model.unit import KustomizeRender, Renderer, Unit


def kustomize_unit(view: View, directory: str, read: Reader) -> Unit:
    """The plain build of a kustomization directory."""
    rule = read.part(directory)
    part = read.build(directory, rule)
    if part.restrict and not (rule and rule.restrict) and _loads_anything(view, directory):
        part = replace(part, restrict=False)
    named, told = read.namer.name(directory), read.told_environment(rule)
    return Unit(
        key=directory or ".", path=directory, renderer=Renderer.KUSTOMIZE, parts=(part,),
        app=named.app if rule is None or rule.app is None else rule.app,
        environment=named.environment if told is None else told,
        root=is_root(view, directory), notes=named.notes if told is None else (),
    )  # fmt: skip


def kustomize_pair(before: View, after: View, directory: str, read: Reader) -> Pair | None:
    """The plain build of a directory on both sides; None where neither has it."""
    base = kustomize_unit(before, directory, read) if is_built(before, directory) else None
    if not is_built(after, directory):
        return Pair(base, None) if base else None
    if base is not None and base.root == is_root(after, directory):
        return Pair(base, base)
    return Pair(base, kustomize_unit(after, directory, read))


def _loads_anything(view: View, directory: str) -> bool:
    """Whether it is Flux that builds the kustomization, by itself or as part of one that it generates: then files beside it
    may be loaded."""
    keys = (edge.source[2:] for edge in users(view, directory, of="ut"))
    units = [unit for key in keys if (unit := view.unit(key)) is not None]
    return any(map(_is_built_by_flux, units)) or (not units and is_of_flux(view, directory))


def _is_built_by_flux(unit: Unit) -> bool:
    return any(isinstance(part, KustomizeRender) and part.generate for part in unit.parts)


def covered(before: View, after: View, directory: str) -> bool:
    """Whether one declared unit stands for exactly this build on both sides: then it is not listed twice."""
    keys = {e.source[2:] for view in (before, after) for e in users(view, directory) if e.source[0] == "u"}
    return any(all(_stands_for(view, key, directory) for view in (before, after)) for key in keys)


def _stands_for(view: View, key: str, directory: str) -> bool:
    """Whether the unit is this build on a side: there as long as the build is there, and no longer."""
    unit = view.unit(key)
    if unit is None or not is_built(view, directory):
        return unit is None and not is_built(view, directory)
    return unit.renderer is Renderer.KUSTOMIZE and unit.path == directory
