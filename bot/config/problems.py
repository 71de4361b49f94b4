"""What is wrong with a configuration file: collected while reading, told all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import UserError

SHOWN_PROBLEMS = 50
_SHOWN_CHARACTERS = 60


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One sentence about one place; lines and columns count from 1, 0 means the file as a whole."""

    line: int
    column: int
    message: str


class ConfigError(UserError):
    """A configuration that cannot be used; ``problems`` are in the order of the file."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = name
        self.problems = tuple(sorted(set(problems)))
        super().__init__(self._text())

    def _text(self) -> str:
        count = len(self.problems)
        head = f"{show(self.name, quoted=False)}: {count} problem{'s' if count != 1 else ''} in the configuration"
        rows = [f"  {self._where(p)}: {p.message}" for p in self.problems[:SHOWN_PROBLEMS]]
        if count > SHOWN_PROBLEMS:
            rows.append(f"  … and {count - SHOWN_PROBLEMS} more")
        return "\n".join([head, *rows])

    def _where(self, problem: Problem) -> str:
        name = show(self.name, quoted=False)
        return f"{name}:{problem.line}:{problem.column}" if problem.line else name


def show(text: str, *, quoted: bool = True) -> str:
    """Text from the file, safe to print: control characters escaped, long text cut in its middle."""
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    if len(safe) > _SHOWN_CHARACTERS:
        half = _SHOWN_CHARACTERS // 2
        safe = f"{safe[:half]}…{safe[-half:]}"
    return f'"{safe}"' if quoted else safe


def did_you_mean(word: str, allowed: Iterable[str]) -> str:
    """``; did you mean x?`` when one allowed word is near, else ""."""
    import difflib

    near = difflib.get_close_matches(word.lower()[:100], list(allowed), n=1, cutoff=0.6)
    return f"; did you mean {near[0]}?" if near else ""
