"""The repository as commands look at it: trees of commits, by the rules of the base branch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.config.serving import Forks
from bot.service.commands.base import Refused
from bot.wiring import opened

if TYPE_CHECKING:
    from bot.jobs.ports import Ports
    from bot.service.commands.base import Asked


@contextmanager
def looking(asked: Asked) -> Iterator[Ports]:
    """What reads and renders, as for a check. Raises Refused where the base side lets nobody render this head."""
    refuses = asked.configured.config.pull_requests.forks is Forks.REFUSE
    if asked.pull_request.is_fork and refuses:
        raise Refused(
            "Nothing of other repositories is looked at here: `.gatehouse.yaml` says `pull_requests.forks: refuse`."
        )
    kind = str(asked.forge.kind)
    with opened(asked.repository, asked.configured, asked.ports.settings, lambda *_: None, kind) as ports:
        yield ports
