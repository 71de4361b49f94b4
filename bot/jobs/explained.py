"""Why a path reaches a unit, hop by hop, and what is said where no such path or rule is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.affected.reach import Hop
    from bot.affected.view import View
    from bot.jobs.ports import Ports
    from bot.model.unit import Unit


class Way(NamedTuple):
    """What is reached, in words, and each hop from it back to the path. Text of the repository, not yet escaped."""

    title: str
    steps: tuple[str, ...]


def ways(path: str, view: View, ports: Ports) -> list[Way]:
    """Everything that a file, or any file below a directory, reaches. Empty: nothing in the repository deploys it."""
    from bot.affected.reach import reach
    from bot.affected.units import all_units

    starts = [path] if view.entry(path) is not None else [entry.path for entry in view.walk(path)]
    found = reach(view, starts)
    listed = {unit.key: unit for unit in all_units(view, ports.index.rules, everything=True)}
    titles = ((node, _title(node, view, listed)) for node in sorted(found.hops))
    return [Way(title, tuple(_step(hop, node) for hop in found.way(node))) for node, title in titles if title]


def is_there(path: str, view: View) -> bool:
    """Whether a side has a file or a directory of this path."""
    return view.entry(path) is not None or view.is_dir(path)


def no_such(what: str, nor: str = ", and no such path in the repository") -> UserError:
    """Neither a path nor a rule: which of the two was meant decides what is said."""
    from bot.checks import explain

    if not explain.is_like_a_rule(what):
        return UserError(f"{what} is not in the repository; give a path as git names it, from the root.")
    near = explain.near(what)
    hint = f"did you mean {' or '.join(near)}?" if near else "`gatehouse explain` lists the rules."
    return UserError(f"There is no rule {what}{nor}; {hint}")


def _step(hop: Hop, node: str) -> str:
    """One hop of the way to a node."""
    to, how = hop.to, hop.how
    if node == f"x:{to}":  # "k:", "h:" or "u:" in front of whose output it is, and "?" where only that tells its paths
        how = "may name paths that only its output tells" if to.startswith("?") else how
        to = to.partition(":")[2]
    return f"{to.partition('#')[0] or '.'} {how}: {hop.path}"


def _title(node: str, view: View, listed: dict[str, Unit]) -> str:
    """What a node of the graph is to a reader; "" when it is only a step on the way."""
    kind, _, key = node.partition(":")
    if kind == "t":
        unit = view.unit(key)
        return f"{unit.source} in {unit.declared_in}, as its overlays complete it" if unit else ""
    if kind == "x":
        unit = view.unit(key.partition("u:")[2]) if key.startswith(("u:", "?u:")) else None
        where = f"{unit.source} in {unit.declared_in}" if unit else key.partition(":")[2] or "."
        return f"whatever the output of {where} declares"
    unit = listed.get(key or ".")
    if unit is None:
        return ""
    where = f" ({unit.environment})" if unit.environment else ""
    return f"{unit.path or '.'}{where}, rendered by {unit.renderer}"
