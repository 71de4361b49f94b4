"""What a change affects: from its paths, over what they reach on both sides, to pairs of units."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.affected.edges import Kind
from bot.affected.facts import Role, role_of
from bot.affected.other_tools import tool_notes
from bot.affected.reach import Reach, reach

if TYPE_CHECKING:
    from bot.affected.pairs import Pair
    from bot.affected.rules import Reader
    from bot.affected.view import View
    from bot.model.snapshot import Change


class Affected(NamedTuple):
    """``pairs`` in the order of paths; ``unmapped`` are changed paths that reach no unit on either side, ``left_out`` those
    of them that only declarations take which a kustomization leaves out; ``notes`` say which belong to tools that are not
    read, and which look like values of a chart that nobody knows."""

    pairs: tuple[Pair, ...]
    unmapped: tuple[str, ...]
    before: Reach
    after: Reach
    notes: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()


def affected(before: View, after: View, read: Reader, *, everything: bool) -> Affected:
    """The units whose closure holds a changed path, at base or at head. ``everything`` adds the kustomizations in
    between that are not deployed themselves."""
    paths = [change.path for change in after.changes]
    old, new = reach(before, paths, naming=_withdrawn(before, after, read)), reach(after, paths)
    pairs: list[Pair] = []
    live: set[str] = set()
    alone: dict[str, str] = {}
    made: set[str] = set()
    if old.hops or new.hops or any(scope[0] in "fhp" for scope in after.replaced):
        from bot.affected.come_and_gone import come_and_gone, comes_above
        from bot.affected.units import reached

        alone = come_and_gone(before, after)
        pairs, live, dropped = reached(before, after, (old, new), alone, read, everything=everything)
        come = come_and_gone(before, after, templates=True)
        made = {scope for key, scope in come.items() if scope[0] == "f" and key not in dropped}
    left_out = _forgotten((before, after), (old, new))
    fresh = {change.path for change in after.changes if change.before is None}  # base never took these
    mapped = (old.paths_reaching(live) - fresh) | new.paths_reaching(live)
    mapped |= {path for path in paths if made and any(_makes(view, path, made) for view in (before, after))}
    mapped |= {path for path in paths if alone and comes_above(path, pairs, alone)}
    mapped -= left_out
    unmapped = tuple(p for p in paths if p not in mapped and not read.ignore.match(p))
    wanted = [path for path in paths if not read.ignore.match(path)]
    notes = (*tool_notes(before, after, wanted, unmapped), *_values_notes(before, after, unmapped, read))
    return Affected(tuple(pairs), unmapped, old, new, notes, left_out)


def _values_notes(before: View, after: View, unmapped: tuple[str, ...], read: Reader) -> list[str]:
    if not any(path.endswith((".yaml", ".yml")) for path in unmapped):
        return []
    from bot.affected.values_notes import values_notes

    return values_notes(before, after, unmapped, read)


def _withdrawn(before: View, after: View, read: Reader) -> dict[str, frozenset[str]]:
    """By changed paths the files whose objects they may take away, although they stay."""
    if not any(_may_withdraw(before, change) for change in after.changes):
        return {}
    from bot.affected.withdrawn_files import WithdrawnFiles

    return WithdrawnFiles(before, after, read).by_path


def _may_withdraw(before: View, change: Change) -> bool:
    role, entry = role_of(change.path), change.before
    if role is Role.KUSTOMIZATION:
        return True
    is_file = entry is not None and not entry.is_symlink and not entry.is_submodule
    return role is Role.MANIFEST and is_file and entry is not None and before.facts(entry).declares


def _forgotten(views: tuple[View, View], found: tuple[Reach, Reach]) -> frozenset[str]:
    """Paths of which nothing is deployed wherever they are there, although files refer to them."""
    if not any(reached.units for reached in found):
        return frozenset()
    from bot.affected.left_out import forgotten

    sides = [(view, forgotten(view, reached)) for view, reached in zip(views, found, strict=True)]
    paths = set().union(*(paths for _, paths in sides))
    return frozenset(path for path in paths if all(path in gone or view.entry(path) is None for view, gone in sides))


def _makes(view: View, path: str, scopes: set[str]) -> bool:
    """Whether a generator looks at a path, and makes something else on one side."""
    return any(edge.kind is Kind.GENERATES and edge.scope in scopes for edge in view.onto(path))
