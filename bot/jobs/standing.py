"""Declarations that are gone from a file which is still there, while what takes that file fails from now on: a separator
that was lost between two of them, say. As long as it fails nothing is applied and nothing is pruned: they stay as they were.

So does what they deploy, as long as its directory is gone as a whole: they fail then, too. Where only the output of what
fails declares them, such a directory is known without them.

Of a unit that an output showed, its host is asked, and not its file: several clusters may take that, and one that builds
prunes what another one keeps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.delivered import stands_for
from bot.affected.pairs import Pair
from bot.model.resource import Failed, Rendered
from bot.model.unit import HelmRender, KustomizeRender, PlainRender

if TYPE_CHECKING:
    from bot.affected.view import View
    from bot.jobs.ports import Result
    from bot.model.unit import ObjectId, Render, Unit

_Who = tuple[str, "ObjectId | None", str] | str  # a string is the key of a host
_NOTE = "What deploys it fails from now on: nothing of it is applied or pruned as long as that lasts."


def with_standing(results: list[Result], before: View, after: View, hosts: Mapping[str, Unit]) -> list[Result]:
    """The results, where what such a failure leaves alone is not called removed. ``hosts`` are the units whose output showed
    others at base, by the keys of these."""
    failing = (pair.base for pair, base, head in results if isinstance(base, Rendered) and _fails(head))
    holding = {who for unit in failing if unit is not None for who in (unit.key, _who(unit))}
    gone = {at: pair for at, (pair, _, _) in enumerate(results) if _is_gone(pair, after)} if holding else {}
    if not gone:
        return results
    found = list(results)
    for at in _standing(gone, holding, _Above(before, hosts)):
        pair, base, _ = results[at]
        assert pair.base is not None
        unit = replace(pair.base, notes=(*pair.base.notes, _NOTE))
        found[at] = (Pair(unit, unit), base, base)
    return found


def _standing(gone: dict[int, Pair], holding: set[_Who], above: _Above) -> Iterator[int]:
    """Those that something takes which fails, or which stands for that reason itself."""
    todo = dict(gone)
    while todo:
        fresh = [at for at, pair in todo.items() if holding.intersection(above.takers(pair.unit))]
        if not fresh:
            return
        for at in fresh:
            unit = todo.pop(at).unit
            holding |= {unit.key, _who(unit)}
            yield at


class _Above:
    """What takes units of the base side."""

    def __init__(self, before: View, hosts: Mapping[str, Unit]) -> None:
        from bot.affected.takers import Takers

        self._before = before
        self._hosts = hosts
        self._takers = Takers(before)

    def takers(self, unit: Unit) -> Iterator[_Who]:
        if (host := self._hosts.get(unit.key)) is not None:
            yield host.key
            return
        if unit.source is None:
            for deployer in _deployers(unit, self._before):
                yield _who(deployer)
                yield from self.takers(deployer)
            return
        for node in self._takers.direct(unit.declared_in):
            if node[0] == "k":
                yield node[2:], None, ""
            elif (taker := self._before.unit(node[2:])) is not None:
                yield _who(taker)


def _deployers(unit: Unit, before: View) -> Iterator[Unit]:
    """The declarations in files whose own path is what discovery found by a directory alone: one that takes more than that
    goes on without it."""
    for key in sorted({edge.source[2:] for edge in before.onto(unit.path) if edge.source[0] in "ut"}):
        deployer = before.unit(key)
        if deployer is None or deployer.source is None or unit.path not in map(_path, deployer.parts):
            continue
        if unit.key in stands_for(before, deployer):
            yield deployer


def _path(part: Render) -> str | None:
    if isinstance(part, HelmRender):
        return part.chart
    return part.path if isinstance(part, KustomizeRender | PlainRender) else None


def _fails(head: object) -> bool:
    return isinstance(head, Failed) and not head.machine


def _is_gone(pair: Pair, after: View) -> bool:
    unit = pair.base
    if unit is None or pair.head is not None:
        return False
    return not after.is_dir(unit.path) if unit.source is None else after.entry(unit.declared_in) is not None


def _who(unit: Unit) -> _Who:
    """What a unit is under any key: a host's output gives it another one than its file."""
    return ("", unit.source, unit.declared_in) if unit.source is not None else (unit.path, None, "")
