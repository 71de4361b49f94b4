"""What a webhook delivered, once it is known who sent it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.model.job import Job


@dataclass(frozen=True, slots=True)
class Delivery:
    """``id`` is the same in each try of one delivery; ``event`` names it for logs. No ``jobs``: nothing of ours, and
    ``note`` says why."""

    id: str
    event: str
    jobs: tuple[Job, ...] = ()
    note: str = ""
