"""``diff``: how two environments differ at the head of the pull request, rendered."""

from __future__ import annotations

from bot.config.serving import CommandName
from bot.report import environments
from bot.service.commands.base import Asked, Command, wrong_use
from bot.service.commands.looking import looking


def _run(asked: Asked) -> str:
    if len(asked.words) not in (2, 3):
        raise wrong_use(COMMAND)
    from bot.jobs.across import across

    left, right, *app = asked.words
    with looking(asked) as ports:
        view = ports.index.at(asked.repository.tree_of(asked.pull_request.head))
        names, found = across(view, ports, left, right, *app)
    return environments.differences(names, found, asked.room)


COMMAND = Command(
    CommandName.DIFF,
    "diff ENVIRONMENT ENVIRONMENT [APPLICATION]",
    "Says how two environments differ, as this pull request leaves them.",
    ("diff staging prod", "diff staging prod shop"),
    _run,
    sees_head=True,
)
