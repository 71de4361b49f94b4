"""Limits that GitHub told: until they are over nothing is asked, as GitHub bars those who go on asking.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""

from __future__ import annotations

from datetime import UTC, datetime

from bot.forge.base import Unavailable


class Waits:
    """By account: the App itself, and each of its installations."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def begin(self, account: str, until: datetime) -> None:
        self._until[account] = until

    def check(self, account: str) -> None:
        """Raises Unavailable while a limit holds."""
        until = self._until.get(account)
        if until is None:
            return
        if until > datetime.now(UTC):
            raise Unavailable(f"GitHub lets the App wait until {until:%H:%M:%S} UTC.", until)
        self._until.pop(account, None)
