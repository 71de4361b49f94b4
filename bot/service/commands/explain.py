"""``explain``: a rule in words, or why a path of the head reaches units."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.config.serving import CommandName
from bot.errors import UserError
from bot.report import escape
from bot.report.phrase import nameable
from bot.service.commands.base import Asked, Command, Refused, wrong_use
from bot.service.commands.looking import looking

if TYPE_CHECKING:
    from bot.jobs.explained import Way

_WAIVED_DAYS = 90  # how long the waiver lasts that is proposed
_LONGEST_PATH = 1_000
_MOST_STEPS = 12


def _run(asked: Asked) -> str:
    if not asked.words or len(asked.rest) > _LONGEST_PATH:
        raise wrong_use(COMMAND)
    from bot.checks import explain

    rule = explain.find(asked.words[0]) if len(asked.words) == 1 else None
    if rule is not None:
        return explain.markdown(rule, expires=str((asked.ports.now() + timedelta(days=_WAIVED_DAYS)).date()))
    return _reached(asked, asked.rest.strip("`").removeprefix("./").rstrip("/"))


def _reached(asked: Asked, path: str) -> str:
    from bot.jobs.explained import is_there, no_such, ways

    with looking(asked) as ports:
        view = ports.index.at(asked.repository.tree_of(asked.pull_request.head))
        if not is_there(path, view):
            raise Refused(str(no_such(path)))
        try:
            found = ways(path, view, ports)
        except UserError as error:
            raise Refused(str(error)) from error
    if not found:
        return f"{escape.code(path)} reaches no unit: nothing in the repository deploys it."
    return _fitting(path, found, asked.room)


def _fitting(path: str, found: list[Way], room: int) -> str:
    """As many ways as there is room for, and how many are left out."""
    head = f"{escape.code(path)} reaches:"
    blocks, left = [], room - len(head) - 60
    for number, way in enumerate(found):
        block = _way(way)
        if len(block) + 1 > left:
            blocks.append(f"- … and {len(found) - number:,} more")
            break
        left -= len(block) + 1
        blocks.append(block)
    return "\n".join([head, "", *blocks])


def _way(way: Way) -> str:
    steps = [f"  - {escape.prose(nameable(step), 400)}" for step in way.steps[:_MOST_STEPS]]
    more = [f"  - … and {len(way.steps) - _MOST_STEPS} more steps"] if len(way.steps) > _MOST_STEPS else []
    return "\n".join([f"- {escape.prose(nameable(way.title), 400)}", *steps, *more])


COMMAND = Command(
    CommandName.EXPLAIN,
    "explain PATH|RULE",
    "Explains a rule of a finding, or why a path reaches what it reaches.",
    ("explain risk/deletion", "explain apps/shop/base"),
    _run,
    sees_head=True,
)
