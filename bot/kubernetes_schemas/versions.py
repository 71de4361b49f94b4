"""Versions of Kubernetes as people write them: ``1.29``, ``v1.29.3``, ``v1.29.3-gke.1200``."""

from __future__ import annotations

import re
from typing import NamedTuple

from bot.errors import UserError

_WRITTEN = re.compile(r"v?(\d{1,2})\.(\d{1,3})(?:[.+-].*)?", re.DOTALL)


class Version(NamedTuple):
    """A minor release; patches do not change what the API server accepts."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def parse(text: str) -> Version:
    """The version of a text. Raises UserError for what is none."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise UserError(f"{text[:40]!r} is no version of Kubernetes; write it as 1.29 or v1.29.3.")
    return Version(int(found[1]), int(found[2]))
