"""CODEOWNERS as GitHub and as GitLab read it: who owns a path, which lines do not count, and why.

Knows nothing of Gatehouse: text in, owners out. Read ``dialect`` for the words, ``find`` for where the file lies,
``parse`` for the way in, ``github`` and ``gitlab`` for what each forge makes of a line, ``match`` for the search.
"""

from bot.codeowners.dialect import Codeowners, Dialect, Entry, Harm, Ownership, Problem
from bot.codeowners.find import File, Found, Read, find, forge_of
from bot.codeowners.parse import parse

__all__ = [
    "Codeowners",
    "Dialect",
    "Entry",
    "File",
    "Found",
    "Harm",
    "Ownership",
    "Problem",
    "Read",
    "find",
    "forge_of",
    "parse",
]
