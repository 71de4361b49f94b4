"""What people see while a run takes long: nothing for five seconds, then the stage, now and then, in the one comment."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context

from bot.errors import GatehouseError

_AFTER_SECONDS = 5.0
_EVERY_SECONDS = 10.0
_log = logging.getLogger("gatehouse.service")
Stage = tuple[str, int, int]


@contextmanager
def told(
    write: Callable[[str, int, int], None], *, after: float = _AFTER_SECONDS, every: float = _EVERY_SECONDS
) -> Iterator[Callable[[str, int, int], None]]:
    """Gives a function to tell (stage, done, all) to. ``write`` is called from a thread with the latest of it, never after
    the block; where it fails, progress ends and the run goes on."""
    latest: list[Stage] = [("reading the repository", 0, 0)]
    over = threading.Event()

    def tell(stage: str, done: int, total: int) -> None:
        latest[0] = (stage, done, total)

    def watch() -> None:
        wait = after
        while not over.wait(wait):
            wait = every
            try:
                write(*latest[0])
            except GatehouseError as error:
                _log.info("progress is not shown any more: %s", error)
                return
            except Exception:
                _log.exception("progress could not be shown")
                return

    thread = threading.Thread(target=copy_context().run, args=(watch,), name="progress", daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        over.set()
        thread.join()
