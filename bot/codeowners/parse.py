"""The way in: the bytes of a CODEOWNERS file and the forge that reads it → owners."""

from __future__ import annotations

from bot.codeowners import github, gitlab
from bot.codeowners.dialect import Codeowners, Dialect, Harm, Problem

LIMIT = 3 * 1024 * 1024  # GitHub ignores a file of 3 MB or more; GitLab names no limit, and is read as far here
MOST_SECTIONS = 2000  # a section costs with every path; GitLab's own file has about sixty
MOST_DOUBTFUL = 2000  # headers that are not as written
_LOOKED_AT = 8000  # as git, both forges call a file binary that has a NUL byte near its beginning
_MARK = "\ufeff"


def parse(text: bytes | str, dialect: Dialect) -> Codeowners:
    """Read a file as the forge does. Never raises for what is in it: what does not count is among ``problems``."""
    data = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
    if len(data) >= LIMIT:
        return nothing(dialect, f"the file has {len(data):,} bytes and is ignored: it must stay under {LIMIT:,}")
    if b"\0" in data[:_LOOKED_AT]:
        return nothing(dialect, "the file is binary (it has a NUL byte) and is ignored: write it as UTF-8 text")
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    marked = lines[0].startswith(_MARK)
    if marked:
        lines[0] = ""
    sections, shapes, problems = (github if dialect is Dialect.GITHUB else gitlab).read(lines)
    if len(sections) > MOST_SECTIONS:
        return nothing(dialect, f"the file has {len(sections):,} sections; more than {MOST_SECTIONS:,} are not read")
    doubtful = sum(1 for problem in problems if problem.harm is Harm.SECTION)
    if doubtful > MOST_DOUBTFUL:
        return nothing(dialect, f"the file has {doubtful:,} headers that cannot be taken as they are: mend them first")
    if marked:
        reason = "the file begins with a byte order mark, which spoils its first line: save it without one"
        problems.append(Problem(1, 1, reason, Harm.FILE))
    return Codeowners(dialect, sections, shapes, problems)


def nothing(dialect: Dialect, reason: str) -> Codeowners:
    """A file that does not count as a whole."""
    return Codeowners(dialect, problems=[Problem(1, 1, reason, Harm.FILE)])
