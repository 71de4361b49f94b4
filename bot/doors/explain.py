"""``gatehouse explain``: a rule, or why a path reaches a unit, hop by hop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.doors.look import at, name_of, visible
from bot.errors import UserError
from bot.git.place import locate
from bot.git.repository import Repository

if TYPE_CHECKING:
    import argparse

    from bot.affected.reach import Hop
    from bot.affected.view import View
    from bot.model.unit import Unit

_WAIVED_DAYS = 90  # how long the waiver lasts that is proposed


def explained(arguments: argparse.Namespace) -> str:
    """``gatehouse explain [RULE|PATH]``. A rule's id wins over a path of the same name; ``./`` before it says path."""
    from datetime import UTC, datetime, timedelta

    from bot.checks import explain

    if arguments.what is None:
        return explain.listing()
    rule = explain.find(arguments.what)
    if rule is not None:
        return explain.text(rule, expires=str(datetime.now(UTC).date() + timedelta(days=_WAIVED_DAYS)))
    if explain.is_like_a_rule(arguments.what):
        try:
            Repository(arguments.repo).close()
        except UserError:  # no path can be meant, and rules need no repository
            raise _no_such(arguments.what, "") from None
    return _reached(arguments, arguments.what.removeprefix("./").rstrip("/"))


def _no_such(what: str, nor: str = ", and no such path in the repository") -> UserError:
    """Neither a path nor a rule: which of the two was meant decides what is said."""
    from bot.checks import explain

    if not explain.is_like_a_rule(what):
        return UserError(f"{what} is not in the repository; give a path as git names it, from the root.")
    near = explain.near(what)
    hint = f"did you mean {' or '.join(near)}?" if near else "`gatehouse explain` lists the rules."
    return UserError(f"There is no rule {what}{nor}; {hint}")


def _reached(arguments: argparse.Namespace, path: str) -> str:
    from bot.affected.reach import reach
    from bot.affected.units import all_units

    with at(arguments) as (view, ports, _):
        if not _is_there(path, view):
            given, path = path, _from_here(path, arguments)
            if not _is_there(path, view):
                raise _no_such(given)
        starts = [path] if view.entry(path) is not None else [e.path for e in view.walk(path)]
        found = reach(view, starts)
        listed = {u.key: u for u in all_units(view, ports.index.rules, everything=True)}
        titles = {node: _title(node, view, listed) for node in sorted(found.hops)}
    lines = []
    for node, title in titles.items():
        if title:
            lines.append(visible(title))
            lines += [visible(_step(hop, node)) for hop in found.way(node)]
    if not lines:
        return visible(f"{path} reaches no unit: nothing in the repository deploys it.")
    return "\n".join(lines)


def _is_there(path: str, view: View) -> bool:
    return view.entry(path) is not None or view.is_dir(path)


def _from_here(path: str, arguments: argparse.Namespace) -> str:
    """A path as the shell completes it, of the directory where the command is typed, as git names it from the root."""
    top = locate(arguments.repo).work_tree
    found = os.path.relpath(os.path.abspath(path), os.path.realpath(top)) if top else path  # noqa: PTH100 no link is followed
    return path if found.startswith("..") else found


def _step(hop: Hop, node: str) -> str:
    """One hop of the way to a node, as a line."""
    to, how = hop.to, hop.how
    if node == f"x:{to}":  # "k:", "h:" or "u:" in front of whose output it is, and "?" where only that tells its paths
        how = "may name paths that only its output tells" if to.startswith("?") else how
        to = to.partition(":")[2]
    return f"    {to.partition('#')[0] or '.'} {how}: {hop.path}"


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
    return f"{name_of(unit)}{where}, rendered by {unit.renderer}"
