"""Kustomizations that inflate charts, where nothing says whether they may: what is deployed has been built with
``--enable-helm``, because it cannot be built otherwise. Only what asks for that option pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.builds import kustomize_unit
from bot.affected.pairs import Pair
from bot.affected.references import held
from bot.affected.roots import is_root, users
from bot.model.resource import Failed, Outcome
from bot.model.unit import KustomizeRender, Unit

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.jobs.ports import Ports, Result

_ASKS = "must specify --enable-helm"  # kustomize's words
_FIELDS = ("helmCharts", "helmChartInflationGenerator")
Render = Callable[[tuple[Pair, ...]], "list[Result]"]


class _Builds(NamedTuple):
    """What is deployed at base."""

    view: View
    read: Reader

    def inflating(self) -> str:
        """The first kustomization that inflates charts and that a build by itself takes; "" for none."""
        for directory in self.view.kustomizations():
            if not self.read.ignore.match(directory) and self._names_charts(directory) and self._is_built(directory):
                return directory
        return ""

    def _names_charts(self, directory: str) -> bool:
        values = (self.view.facts(entry).value for entry in self.view.kustomization_files(directory))
        return any(held(value, field) for value in values for field in _FIELDS)

    def _is_built(self, directory: str) -> bool:
        """Whether it is deployed by itself, or is built on by what is, without an object that says how."""
        seen, queue = {directory}, [directory]
        while queue:
            at = queue.pop()
            if is_root(self.view, at) and _may(kustomize_unit(self.view, at, self.read), self.read):
                return True
            above = {e.source[2:] for e in users(self.view, at) if e.source.startswith("k:")} - seen
            seen |= above
            queue += sorted(above)
        return False


def with_charts(results: Sequence[Result], before: View, ports: Ports, render: Render) -> list[Result]:
    """The results; those of kustomizations that ask for charts to be inflated are rendered with them, where the same one,
    or another one that is deployed at base, has asked for that before."""
    read = ports.index.rules
    asking = [at for at, result in enumerate(results) if _asks(result, read)]
    if not asking:
        return list(results)
    found = list(results)
    others: list[str] = []
    pairs: dict[int, Pair] = {}
    for at in asking:
        pair, base, _ = results[at]
        if _fails_so(base) and pair.base is not None and pair.base.root:
            pairs[at] = Pair(*(unit and _inflating(unit) for unit in pair))
            continue
        others = others or [_Builds(before, read).inflating()]
        if others[0]:
            pairs[at] = Pair(*(unit and _inflating(unit, others[0]) for unit in pair))
    for at, again in zip(pairs, render(tuple(pairs.values())), strict=True):
        if not any(isinstance(side, Failed) and side.machine for side in again[1:]):  # as without Helm
            found[at] = again
    return found


def _asks(result: Result, read: Reader) -> bool:
    pair, base, head = result
    return (_fails_so(base) or _fails_so(head)) and all(_may(unit, read) for unit in pair if unit is not None)


def _fails_so(outcome: Outcome | None) -> bool:
    return isinstance(outcome, Failed) and _ASKS in outcome.reason


def _may(unit: Unit, read: Reader) -> bool:
    """Whether nothing says how a unit is built: neither an object nor the configuration."""
    if unit.source is not None or read.config.render.enable_helm is not None:
        return False
    if any(rule.enable_helm is not None for rule in read.units.get(unit.path, ())):
        return False
    return all(isinstance(part, KustomizeRender) and not part.generate for part in unit.parts)


def _inflating(unit: Unit, other: str = "") -> Unit:
    parts = tuple(replace(part, enable_helm=True) if isinstance(part, KustomizeRender) else part for part in unit.parts)
    if not other:
        return replace(unit, parts=parts)
    note = (
        f"It is built with --enable-helm, as {other} is, which inflates charts already; `render.enable_helm` in "
        ".gatehouse.yaml says whether that is so."
    )
    return replace(unit, parts=parts, notes=(*unit.notes, note))
