"""``status``: which images run where by the base branch, and where the pull request changes that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.config.serving import CommandName
from bot.report import environments
from bot.service.commands.base import Asked, Command, wrong_use
from bot.service.commands.looking import looking

if TYPE_CHECKING:
    from bot.jobs.ports import Ports
    from bot.model.environments import Running


def _run(asked: Asked) -> str:
    if len(asked.words) > 1:
        raise wrong_use(COMMAND)
    repository, head = asked.repository, asked.pull_request.head
    commits = asked.tip, repository.merge_base(asked.tip, head), head
    trees = [repository.tree_of(commit) for commit in commits]
    with looking(asked) as ports:
        found = _found(list(dict.fromkeys(trees)), ports, *asked.words)
        rank = ports.index.rules.namer.rank
    now, then = found[trees[0]], _merged(*(found[tree] for tree in trees))
    names = sorted({each.environment for each in (*now, *then)}, key=rank)
    return environments.images(names, now, then, asked.room)


def _found(trees: list[str], ports: Ports, app: str = "") -> dict[str, list[Running]]:
    """What runs by each tree. An application may be in one of them alone."""
    from bot.jobs.deployed import NoSuch
    from bot.jobs.running import running

    found: dict[str, list[Running]] = {}
    unknown: list[NoSuch] = []
    for tree in trees:
        try:
            found[tree] = running(ports.index.at(tree), ports, app)
        except NoSuch as error:
            found[tree] = []
            unknown.append(error)
    if len(unknown) == len(trees):
        raise unknown[0]
    return found


def _merged(tip: list[Running], base: list[Running], head: list[Running]) -> list[Running]:
    """What runs once the pull request is merged: what it changes of the commit that it comes from, the tip's else."""
    current, before, after = map(_by_place, (tip, base, head))
    merged = dict(current)
    for place in {*before, *after}:
        if before.get(place) != after.get(place):
            merged.pop(place, None)
            merged.update({place: after[place]} if place in after else {})
    return list(merged.values())


def _by_place(found: list[Running]) -> dict[tuple[str, str], Running]:
    return {(each.app, each.environment): each for each in found}


COMMAND = Command(
    CommandName.STATUS,
    "status [APPLICATION]",
    "Says which images run where, and what this pull request changes in that.",
    ("status", "status shop"),
    _run,
    sees_head=True,
)
