"""Which code this is: what other code worked out is not to be trusted, and nobody has to think of a number to raise."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bot import __version__

_ROOT = Path(__file__).parents[1]


@cache
def code_state() -> str:
    """A text that is another one in each version and, where the code is being worked on, after each change of a file."""
    digest = hashlib.sha256(__version__.encode())
    for row in sorted(_files(str(_ROOT))):
        digest.update(row.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _files(directory: str) -> Iterator[str]:
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            elif entry.name.endswith(".py"):
                found = entry.stat()
                yield f"{entry.path} {found.st_size} {found.st_mtime_ns}\n"
