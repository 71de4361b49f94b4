"""``gatehouse serve`` with a shorter breath, for tests alone: what takes minutes in a deployment, sweeps, pauses after a
crash, the patience with the dead, takes seconds. The same code does the same things."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.queue import options

options.USUAL = options.Timing(heartbeat=1, silence=2, care=1, patience=2, pauses=(1,) * 10)

import bot.queue.jobs  # noqa: E402 the timing is taken when they are loaded
import bot.queue.locks  # noqa: E402 the timing is taken when they are loaded
import bot.service.sweep  # noqa: E402 the timing is taken when they are loaded
import bot.supervisor  # noqa: E402 the timing is taken when they are loaded
import bot.sweeper  # noqa: E402 the timing is taken when they are loaded

_SWEEP_MINUTES = 3 / 60
_LOCK_SECONDS = 5.0


def _set(where: object, **values: Any) -> None:
    """A constant that is no longer there would make this a lie."""
    for name, value in values.items():
        assert hasattr(where, name), f"{where} has no {name} any more"
        setattr(where, name, value)


def _hurry() -> None:
    _set(bot.queue.jobs, _FIRST_PAUSE=1, _LONGEST_PAUSE=2)
    _set(bot.queue.locks.RedisLocks.__init__, __kwdefaults__={"ttl": _LOCK_SECONDS})
    _set(bot.service.sweep, _STUCK=timedelta(seconds=6), _MOST_TRIES=1000)
    _set(bot.sweeper, _LOOK_SECONDS=1.0)
    _set(bot.supervisor, _PAUSES=(0.0, 0.2))
    keep = bot.sweeper.keep_sweeping
    _set(bot.sweeper, keep_sweeping=lambda ports, _, wait, **more: keep(ports, _SWEEP_MINUTES, wait, **more))  # type: ignore[arg-type]
    members = bot.supervisor._members

    def ours(listener: int, workers: int) -> list[bot.supervisor.Kept]:
        found = members(listener, workers)
        for kept in found:
            kept.argv = (sys.executable, str(Path(__file__).resolve()), *kept.argv[3:])
        return found

    _set(bot.supervisor, _members=ours)


if __name__ == "__main__":
    _hurry()
    from bot.__main__ import entry

    entry()
