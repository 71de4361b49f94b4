"""Progress for people who wait: a line on a terminal once work takes longer than a second, silence elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

_AFTER = 1.0
_EVERY = 0.1


@contextmanager
def progress(stream: TextIO | None) -> Iterator[Callable[[str, int, int], None]]:
    """Gives a function to tell (stage, done, all) to; what it wrote is wiped at the end."""
    start = last = time.monotonic()
    shown = False
    live = stream is not None and stream.isatty()

    def tell(stage: str, done: int, total: int) -> None:
        nonlocal last, shown
        now = time.monotonic()
        if stream is not None and live and now - start > _AFTER and now - last > _EVERY:
            last, shown = now, True
            stream.write(f"\r\x1b[2K{stage} {done}/{total} …")
            stream.flush()

    try:
        yield tell
    finally:
        if stream is not None and shown:
            stream.write("\r\x1b[2K")
            stream.flush()
