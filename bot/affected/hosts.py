"""Which units are hosts, and of which the output must be asked although no changed path reaches them by itself.

A *host* is a unit that is rendered to be asked what it declares. The edges of the files tell which hosts a change may have
to do with, before anything is rendered.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bot.affected.builds import covered, kustomize_unit
from bot.affected.closure import closure
from bot.affected.edges import WIDE, Kind, ancestors
from bot.affected.facts import Facts
from bot.affected.left_out import is_left_out
from bot.affected.listed import is_listed
from bot.affected.pairs import Pair
from bot.affected.reach import Reach, reach
from bot.affected.roots import is_root, users
from bot.affected.rules import Reader
from bot.affected.standalone import turned
from bot.affected.view import View
from bot.errors import TooBig
from bot.model.unit import HelmRender, KustomizeRender, Unit


class Asked(NamedTuple):
    """``pairs`` are the units whose output must be asked, although no changed path reaches them by itself; ``through`` the
    keys of declarations in files whose completed versions must be asked in turn, whether they are touched or not; ``builds``
    the directories of the kustomizations and charts whose output must be asked, whatever deploys them."""

    pairs: list[Pair]
    through: set[str]
    builds: set[str]


def hosts(before: View, after: View, found: tuple[Reach, Reach], read: Reader) -> Asked:
    """What shows the units that a changed path may reach and that no file declares."""
    each = zip((before, after), found, _made(before, after), strict=True)
    sides = [_asked(view, reached, made) for view, reached, made in each]
    keys, directories, charts, through = (set[str]().union(*sets) for sets in zip(*sides, strict=True))
    directories |= {
        each
        for each in turned(before, after, read)
        if any(_holds_declaration(view, each) for view in (before, after) if is_root(view, each))
    }
    pairs = [Pair(_as_it_is(before, key), _as_it_is(after, key)) for key in sorted(keys)]
    for directory in sorted(directories):
        if (is_root(before, directory) or is_root(after, directory)) and not covered(before, after, directory):
            base = kustomize_unit(before, directory, read) if before.buildable(directory) else None
            head = kustomize_unit(after, directory, read) if after.buildable(directory) else None
            pairs.append(Pair(base, head))
    return Asked([pair for pair in pairs if pair.base or pair.head], through, directories | charts)


def _made(before: View, after: View) -> tuple[set[str], set[str]]:
    """The keys of declarations that something completes, and that only the files of base or of head have: they come and go
    with a directory that a generator matches, also where nothing in it is read."""
    old, new = (
        {unit.key for scope in after.replaced if scope[0] == "f" for unit in view.units_of(scope) if unit.template}
        for view in (before, after)
    )
    return old - new, new - old


def _asked(view: View, reached: Reach, made: set[str]) -> tuple[set[str], set[str], set[str], set[str]]:
    """The keys of units, the directories of kustomizations and of charts, and the keys of declarations to go through, which
    a side says must be asked. ``made``: declarations that only this side has."""
    start = f"{WIDE}h:"
    charts = {node.removeprefix(start) for node in reached.hops if node.startswith(start)}
    keys = {key for chart in charts for key in chart_hosts(view, chart)}
    around = list(_around(view, reached))
    through = {key for key in keys if _is_finished_above(view, key)}.union(*(_templates(view, e) for e in around))
    keys |= _asked_always(reached)
    directories: set[str] = set()
    for above in (*around, *_above(view, _templates(view, reached) | made | through, through)):
        keys |= {key for key in above.units if not _only_shares_file(view, key, above)}
        directories |= above.kustomizations
    return keys, directories, charts, through


def _only_shares_file(view: View, key: str, above: Reach) -> bool:
    """Whether a unit is reached by nothing but the file that declares it: then it is declared beside what is asked about,
    and deploys nothing of that file."""
    unit = view.unit(key)
    hop = above.hops.get(f"u:{key}")
    if unit is None or hop is None or hop.path != unit.declared_in:
        return False
    own = f"u:{key}"
    return not any(edge.source == own and edge.kind is not Kind.EXACT for edge in view.onto(unit.declared_in))


def _as_it_is(view: View, key: str) -> Unit | None:
    """A unit whose output can be asked: nothing completes it, or leaves it out."""
    unit = view.unit(key)
    return None if unit is None or unit.template or is_left_out(view, unit) else unit


def chart_hosts(view: View, chart: str) -> set[str]:
    """The keys of what deploys a chart: itself, or the declarations in files that name it. Those that something completes
    are among them."""
    own = {unit.key for unit in view.units_of(f"h:{chart}")}
    others = {edge.source[2:] for edge in view.into(chart) if edge.source[0] in "ut"} - own
    return others | {key for key in own if is_listed(view, key)}


def _is_finished_above(view: View, key: str) -> bool:
    """Whether the output of another unit shows what a declaration becomes."""
    unit = view.unit(key)
    return unit is not None and (unit.template or is_completed(view, key))


def _around(view: View, reached: Reach) -> Iterator[Reach]:
    """What is above the kustomizations that patch declarations in a way that a changed path may have to do with. Those of
    which any path may be meant count only where there is a declaration to patch."""
    for node in reached.hops:
        wide = node.startswith(f"{WIDE}k:")
        if wide or node.startswith("x:k:"):
            directory = node.partition("k:")[2]
            above = reach(view, [f"{directory}/kustomization.yaml" if directory else "kustomization.yaml"])
            if not wide or any(_holds_declaration(view, each) for each in above.kustomizations):
                yield above


def _holds_declaration(view: View, directory: str) -> bool:
    if not is_root(view, directory):
        return any(edge.source[0] in "ut" for edge in users(view, directory, of="ut"))
    try:
        files = closure(view, KustomizeRender(directory, restrict=False)).files.values()
    except TooBig:
        return True
    return any(_may_declare(view.facts(entry)) for entry in files)


def _may_declare(facts: Facts) -> bool:
    return facts.declares or facts.unread or facts.garbled


def _above(view: View, todo: set[str], through: set[str]) -> Iterator[Reach]:
    """What is above the files of declarations that something completes, and above those of what completes them."""
    seen: set[str] = set()
    through |= {key for key in todo if _patches_others(view.unit(key))}
    while todo:
        seen |= todo
        files = {unit.declared_in for key in todo if (unit := view.unit(key)) is not None}
        above = reach(view, sorted(files), by_name=False)  # what looks up an object beside them does not lie above
        yield above
        todo = {key for key in _templates(view, above) - seen if _lies_above(view, key, above)}
        through |= todo


def _lies_above(view: View, key: str, above: Reach) -> bool:
    """Whether a declaration is reached by more than the file that declares it, beside what is asked about: an ApplicationSet
    makes many of them in one file."""
    unit = view.unit(key)
    own = {f"t:{key}", f"u:{key}", f"{WIDE}u:{key}"}
    if unit is None or not all(map(own.isdisjoint, above.after.values())):
        return True
    if not all(own.isdisjoint(nodes) for path, nodes in above.starts.items() if path != unit.declared_in):
        return True
    return any(edge.source in own and edge.kind is not Kind.EXACT for edge in view.onto(unit.declared_in))


def _patches_others(unit: Unit | None) -> bool:
    """Whether a declaration may be reached for what its patches give to others: it is the same then, they are not."""
    parts = unit.parts if unit is not None else ()
    return any(isinstance(part, KustomizeRender) and part.overlay.patches != "[]" for part in parts)


def _templates(view: View, reached: Reach) -> set[str]:
    templates = {node[2:] for node in reached.hops if node[0] == "t"}
    wide = {key for key in _asked_always(reached) if (unit := view.unit(key)) is not None and unit.template}
    return templates | wide | {key for key in reached.units | _asked_always(reached) if is_completed(view, key)}


def _asked_always(reached: Reach) -> set[str]:
    """The keys of declarations of which any path may be meant."""
    start = f"{WIDE}u:"
    return {node.removeprefix(start) for node in reached.hops if node.startswith(start)}


def is_completed(view: View, key: str) -> bool:
    """Whether a declaration becomes what it is on its way to the cluster, although no kustomization file takes it: Flux
    changes it with what its Kustomization says of the directory in which the declaration lies, or that Kustomization is
    what tells the cluster, as the file does not."""
    unit = view.unit(key)
    if unit is None or not unit.declared_in:
        return False
    edges = [edge for above in ancestors(unit.declared_in) for edge in view.into(above) if edge.kind is Kind.TREE]
    wide = f"{WIDE}u:"
    if any(edge.source.startswith(wide) and edge.source != f"{wide}{key}" and edge.target for edge in edges):
        return True  # a variable in that one's path may stand for the directory
    takers = {edge.source[2:] for edge in edges if edge.source[0] in "ut"}
    return any((taker := view.unit(other)) is not None and _completes(taker, unit) for other in takers - {key})


def _completes(taker: Unit, unit: Unit) -> bool:
    parts = [part for part in taker.parts if isinstance(part, KustomizeRender) and part.generate]
    if any(not part.overlay.is_empty() or part.substitution is not None for part in parts):
        return True
    return bool(parts) and not unit.environment and (taker.template or taker.environment != "")


def may_host(unit: Unit | None) -> bool:
    """Whether a unit's output can declare units that its files do not."""
    return unit is not None and any(isinstance(part, KustomizeRender | HelmRender) for part in unit.parts)
