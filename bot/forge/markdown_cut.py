"""Markdown made to fit into so many bytes, without a fence or a fold that stays open."""

from __future__ import annotations

import re

_FENCE = re.compile(r" {0,3}(`{3,}(?![^\n]*`)|~{3,})")  # no backtick after backticks, says CommonMark
_FOLD = re.compile(r"<(/?)details\b", re.IGNORECASE)
LEFT_OUT = "\n\n*The rest does not fit here.*\n"


def fitted(markdown: str, limit: int) -> str:
    """The text, or its beginning up to the end of a block, with a line that says so. ``limit`` is in bytes of UTF-8.
    Where even the first block is too long it is cut inside, and what is open is closed."""
    if len(markdown.encode()) <= limit:
        return markdown
    room = limit - len(LEFT_OUT.encode())
    kept, best, inside = 0, "", _Open()
    text: list[str] = []
    for line in markdown.splitlines(keepends=True):
        after = inside.after(line)
        kept += len(line.encode())
        if kept + len(after.closing().encode()) > room:
            break
        text.append(line)
        inside = after
        if inside.nothing and not line.strip():
            best = "".join(text)
    else:
        return markdown
    if best:
        return f"{best.rstrip()}{LEFT_OUT}"
    if not text:  # one endless line
        return f"{markdown.encode()[:room].decode(errors='ignore')}{LEFT_OUT}"
    return f"{''.join(text).rstrip()}{inside.closing()}{LEFT_OUT}"


class _Open:
    """What is open at the end of a line."""

    def __init__(self, fence: str = "", folds: int = 0) -> None:
        self._fence = fence
        self._folds = folds

    @property
    def nothing(self) -> bool:
        return not self._fence and not self._folds

    def after(self, line: str) -> _Open:
        found = _FENCE.match(line)
        if self._fence:
            closes = found is not None and found[1].startswith(self._fence) and not line.strip(" \r\n" + found[1][0])
            return _Open("" if closes else self._fence, self._folds)
        if found is not None:
            return _Open(found[1], self._folds)
        steps = sum(-1 if slash else 1 for slash in _FOLD.findall(line))
        return _Open("", max(0, self._folds + steps))

    def closing(self) -> str:
        fence = f"\n{self._fence}\n" if self._fence else ""
        return fence + "\n\n</details>" * self._folds
