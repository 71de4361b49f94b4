"""Schedules of CronJobs as the API server reads them (robfig/cron v3, ``ParseStandard``)."""

from __future__ import annotations

import re

_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY = re.compile(r"@every (?:[0-9.]{1,20}(?:ns|us|µs|ms|s|m|h)){1,8}\Z")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_NUMBER = re.compile(r"[0-9]{1,9}\Z")


def wrong(text: str) -> str:
    """Why it is no schedule, as the end of a sentence; "" for one that is. Time zones in front are not looked at."""
    words = text.split()
    if words and words[0].startswith(("TZ=", "CRON_TZ=")):
        words = words[1:]
    if words and words[0].startswith("@"):
        said = " ".join(words)
        return "" if said in _DESCRIPTORS or _EVERY.match(said) else "it is no descriptor such as @daily or @every 1h"
    if len(words) != len(_FIELDS):
        return f"it has {len(words)} fields and not five"
    for word, (name, low, high, names) in zip(words, _FIELDS, strict=True):
        if not all(_is_range(part, low, high, names) for part in word.split(",") if part):
            return f"{name} goes from {low} to {high}, with * , - and /"
    return ""


def _is_range(part: str, low: int, high: int, names: dict[str, int]) -> bool:
    span, slash, step = part.partition("/")
    if slash and not (_NUMBER.match(step) and int(step) > 0):
        return False
    if span in ("*", "?"):
        return True
    first, dash, last = span.partition("-")
    start = _number(first, names)
    end = _number(last, names) if dash else start
    return start is not None and end is not None and low <= start <= end <= high


def _number(text: str, names: dict[str, int]) -> int | None:
    return names.get(text.lower(), int(text) if _NUMBER.match(text) else None)
