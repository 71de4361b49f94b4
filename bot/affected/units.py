"""The units of a side, and the pairs of units that a change reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.affected.builds import covered, kustomize_pair, kustomize_unit
from bot.affected.declared_twice import as_one
from bot.affected.edges import Kind
from bot.affected.left_out import is_left_out
from bot.affected.linked import linked_overlays
from bot.affected.listed import is_bare_chart, is_named, used_chart
from bot.affected.pairs import Pair
from bot.affected.reach import Reach
from bot.affected.roots import is_root, is_shared, users
from bot.affected.rules import Reader
from bot.affected.stopped import sets_concerned, with_set
from bot.affected.view import View
from bot.model.unit import PlainRender, Renderer, Unit


def reached(
    before: View, after: View, found: tuple[Reach, Reach], alone: Iterable[str], read: Reader, *, everything: bool
) -> tuple[list[Pair], set[str], set[str]]:
    """The units that are reached on either side or that only one has (``alone``: ``come_and_gone``), in the order of paths;
    the nodes of the graph that deploy something; and the keys of new declarations that do not count."""
    old, new = found
    sides = {key: (before.unit(key), after.unit(key)) for key in {*old.units, *new.units, *alone}}
    for name in sets_concerned(before, after, sides.values()):
        sides.setdefault(name, (before.unit(name), after.unit(name)))
    moved = _narrowed(before, after, sides)
    declared = [_declared(before, after, *sides[key], read) for key in sorted(sides.keys() - moved.keys())]
    declared += moved.values()
    each = [pair for pair in declared if pair is not None]
    pairs = _rejoined(as_one(each, before, after), before, after)
    live = {f"u:{unit.key}" for pair in (*each, *pairs) for unit in pair if unit} | {
        n for r in (old, new) for n in r.hops if n.startswith(("t:", "x:k:"))
    }
    dropped = _dropped(each, pairs)
    for directory in sorted(old.kustomizations | new.kustomizations):
        pair = kustomize_pair(before, after, directory, read)
        if pair is None:
            continue
        if read.ignore.match(directory):
            continue
        root = (is_root(before, directory) or is_root(after, directory)) and not read.holds_back(directory)
        if root or _deployed_by(before, directory) or _deployed_by(after, directory):
            live.add(f"k:{directory}")
        between = everything and (before.buildable(directory) or after.buildable(directory))
        if not everything and _is_retired(before, after, directory):
            continue
        if (root or between) and not covered(before, after, directory):
            live.add(f"k:{directory}")
            pairs.append(pair)
    pairs.sort(key=lambda p: (p.unit.path, str(p.unit.renderer), p.unit.environment, p.unit.key))
    return pairs, live - {f"u:{key}" for key in dropped}, dropped


def _dropped(each: list[Pair], joined: list[Pair]) -> set[str]:
    """The keys of new declarations of an object that another file declares as well, and last: what only such a one takes is
    not deployed."""
    kept = {unit.key for pair in joined for unit in pair if unit}
    return {pair.unit.key for pair in each if pair.base is None} - kept


def _narrowed(before: View, after: View, sides: dict[str, tuple[Unit | None, Unit | None]]) -> dict[str, Pair]:
    """The pairs of declarations that some of these take or leave out from now on."""
    if not any(base and head and base.renderer in (Renderer.ARGOCD, Renderer.PLAIN) for base, head in sides.values()):
        return {}
    from bot.affected.narrowed import narrowed

    found = narrowed(before, after, sides.values())
    return {key: as_declared(before, after, Pair(*found[key])) for key in sorted(found)}


def _rejoined(pairs: list[Pair], before: View, after: View) -> list[Pair]:
    if all(pair.base and pair.head for pair in pairs):
        return pairs
    from bot.affected.moved import rejoined

    return rejoined(pairs, before, after)


def all_units(view: View, read: Reader, *, everything: bool) -> list[Unit]:
    """Every unit of one side."""
    found = [u for u in view.units() if not u.template and not used_chart(view, u) and not is_left_out(view, u)]
    for directory in view.kustomizations():
        is_shown = everything and not read.ignore.match(directory)
        if (is_shown or is_root(view, directory)) and not covered(view, view, directory):
            found.append(kustomize_unit(view, directory, read))
    links = (link for link in linked_overlays(view) if is_root(view, link) and not read.holds_back(link))
    found += [kustomize_unit(view, link, read) for link in links]
    return sorted(found, key=lambda u: (u.path, str(u.renderer), u.environment, u.key))


def _deployed_by(view: View, directory: str) -> bool:
    keys = (edge.source[2:] for edge in users(view, directory, of="u"))
    return any((unit := view.unit(key)) is None or not is_left_out(view, unit) for key in keys)


def is_unbuilt(before: View, after: View, pair: Pair) -> bool:
    """Whether a kustomization is one that nobody builds, wherever it is there: an Application deploys its directory and says
    that it holds plain manifests. One that comes or goes further down is none if such an Application takes its very file;
    one that was there all the time may be built by hand."""
    if pair.unit.source is not None or pair.unit.renderer is not Renderer.KUSTOMIZE:
        return False
    sides = [(view, unit.path) for view, unit in zip((before, after), pair, strict=True) if unit is not None]
    is_below = len(sides) == 1
    return all(_is_plain(view, directory, is_below=is_below) for view, directory in sides)


def _is_plain(view: View, directory: str, *, is_below: bool) -> bool:
    places = [directory, *(entry.path for entry in view.kustomization_files(directory)[:1] if is_below)]
    edges = (edge for place in places for edge in view.onto(place))
    sources = {edge.source[2:] for edge in edges if edge.source[0] in "ut" and edge.kind is not Kind.EXACT}
    units = (view.unit(key) for key in sorted(sources))
    return any(
        isinstance(part, PlainRender)
        and (part.path == directory or any(_takes(view, part, place) for place in places[1:]))
        and unit.source is not None
        and not is_left_out(view, unit)
        for unit in units
        if unit is not None
        for part in unit.parts
    )


def _takes(view: View, part: PlainRender, file: str) -> bool:
    from bot.affected.taken import takes

    return takes(part, file, view.resolve(part.path)[0] or part.path)


def _is_retired(before: View, after: View, directory: str) -> bool:
    """Whether declarations deployed a kustomization that nothing deploys any more: that is told of them."""
    if is_root(before, directory) or not is_root(after, directory) or is_shared(after, directory):
        return False
    return _deployed_by(before, directory)


def _declared(before: View, after: View, base: Unit | None, head: Unit | None, read: Reader) -> Pair | None:
    sides = tuple(
        None if unit is None or is_left_out(view, unit) else unit
        for view, unit in zip((before, after), (base, head), strict=True)
    )
    if sides != (base, head) and all(side is None or side.template for side in sides):
        return None  # what completes a template is asked for it
    is_taken_off = head is not sides[1]
    base, head = sides
    if base is not None and head is None and not is_taken_off and not used_chart(before, base):
        from bot.affected.lasting import lasting

        head = lasting(before, after, base, read)
    base, head = _unless_used(before, after, base, head)
    base, head = with_set(before, after, base, head)
    return as_declared(before, after, Pair(base, head)) if base or head else None


def as_declared(before: View, after: View, pair: Pair) -> Pair:
    """A declaration of nothing but a path carries the plain renderer, as long as it lives and dies with the directory.
    When only the declaration comes, goes or turns elsewhere, the change is its own: then its renderer says so."""
    unit = pair.unit
    sides = [side for side in (pair.base, pair.head) if side is not None]
    if unit.source is None or all(side.renderer is not Renderer.KUSTOMIZE for side in sides):
        return pair
    if len(sides) == 2 and len({(side.path, side.renderer) for side in sides}) == 1:
        return pair
    if not (before.buildable(unit.path) and after.buildable(unit.path)) and not (pair.base and pair.head):
        return pair
    own = Renderer.ARGOCD if unit.source.group == "argoproj.io" else Renderer.FLUX
    return Pair(*(replace(side, renderer=own) if side else None for side in (pair.base, pair.head)))


def _unless_used(before: View, after: View, base: Unit | None, head: Unit | None) -> tuple[Unit | None, Unit | None]:
    """A chart that is known by its directory is no unit where something names it. One that is named from now on goes
    nowhere: what becomes of the chart is shown beside what takes it over. One that is named no longer begins nothing."""
    unit = head or base
    if unit is None or not is_bare_chart(unit):
        return base, head
    was, is_used_now = is_named(before, unit.path), is_named(after, unit.path)
    is_let_go = was and (is_used_now or not is_shared(after, unit.path))
    if is_let_go or (is_used_now and (base is None or head is None)):
        return None, None
    return base, head
