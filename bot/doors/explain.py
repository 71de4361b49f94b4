"""``gatehouse explain``: a rule, or why a path reaches a unit, hop by hop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bot.doors.look import at, visible
from bot.errors import UserError
from bot.git.place import locate
from bot.git.repository import Repository
from bot.jobs.explained import is_there, no_such, ways

if TYPE_CHECKING:
    import argparse

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
            raise no_such(arguments.what, "") from None
    return _reached(arguments, arguments.what.removeprefix("./").rstrip("/"))


def _reached(arguments: argparse.Namespace, path: str) -> str:
    with at(arguments) as (view, ports, _):
        if not is_there(path, view):
            given, path = path, _from_here(path, arguments)
            if not is_there(path, view):
                raise no_such(given)
        found = ways(path, view, ports)
    if not found:
        return visible(f"{path} reaches no unit: nothing in the repository deploys it.")
    return "\n".join(visible(line) for way in found for line in (way.title, *(f"    {step}" for step in way.steps)))


def _from_here(path: str, arguments: argparse.Namespace) -> str:
    """A path as the shell completes it, of the directory where the command is typed, as git names it from the root."""
    top = locate(arguments.repo).work_tree
    found = os.path.relpath(os.path.abspath(path), os.path.realpath(top)) if top else path  # noqa: PTH100 no link is followed
    return path if found.startswith("..") else found
