"""Texts of a rendered object that are not what the cluster gets: masked, or with something to be filled in."""

from __future__ import annotations

from bot.redaction import MARKER


def is_open(text: object) -> bool:
    """Whether nobody here can tell what a value, or anything in it, is in the end."""
    written = str(text)
    return "${" in written or "{{" in written or MARKER.search(written) is not None
