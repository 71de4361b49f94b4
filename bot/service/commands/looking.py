"""The repository as commands look at it: trees of commits, by the rules of the base branch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.wiring import opened

if TYPE_CHECKING:
    from bot.jobs.ports import Ports
    from bot.service.commands.base import Asked


@contextmanager
def looking(asked: Asked) -> Iterator[Ports]:
    """What reads and renders, as for a check."""
    kind = str(asked.forge.kind)
    with opened(asked.repository, asked.configured, asked.ports.settings, lambda *_: None, kind) as ports:
        yield ports
