"""A word to whoever started a door that goes on afterwards, and that goes on all the same where nobody reads it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO


def say(text: str, stream: TextIO | None = None) -> None:
    """A line on standard output, or on ``stream``, at once."""
    where = stream or sys.stdout
    if where is None:
        return
    try:
        where.write(text + "\n")
        where.flush()
    except (OSError, ValueError):
        # whoever read it is gone; what is left of it must not be tried again, by Python on its way out
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, where.fileno())
            os.close(nowhere)
