"""Answers to be asked for again by their ETag: an unchanged one costs nothing of the rate limit.
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""

from __future__ import annotations

import threading
from collections import OrderedDict

from bot.forge.github_refusals import Answer

_MOST = 300
_MOST_CHARACTERS = 30_000


class Remembered:
    """The latest answers, least used ones forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, Answer] = OrderedDict()

    def get(self, key: str) -> Answer | None:
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: str, answer: Answer, size: int) -> None:
        """Only what is whole in itself: the page of a longer list has the same ETag when another page comes after it, and
        would hide that page."""
        with self._lock:
            if answer.status == 200 and "etag" in answer.headers and size <= _MOST_CHARACTERS and _is_single(answer):
                self._answers[key] = answer
                self._answers.move_to_end(key)
                while len(self._answers) > _MOST:
                    self._answers.popitem(last=False)
            else:
                self._answers.pop(key, None)


def _is_single(answer: Answer) -> bool:
    """Neither a full page nor one of several."""
    rows = answer.data
    if isinstance(rows, dict):
        rows = next((value for value in rows.values() if isinstance(value, list)), [])
    return "link" not in answer.headers and len(rows or ()) < 100
