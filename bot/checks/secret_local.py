"""Passwords in URLs that give access to nothing: of a database on one's own machine, as tests and developers start one, and
those that are no more than the name of the user or of the program once again (``postgres:postgres``, ``redis://:redis@``),
at a host of one word, as a file of Compose or a workflow calls it. At a host with a domain these are weak, and passwords."""

from __future__ import annotations

import re

from bot.model.result import Severity

_HERE = r"(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]|host\.docker\.internal)(?![A-Za-z0-9.-])"
_DOMAIN = r"[A-Za-z0-9-]+\.[A-Za-z0-9]"
_PLAIN_WORD = re.compile(r"[a-z]+(?:[-_][a-z]+)*\Z")


def weight(value: str, line: str) -> Severity | None:
    """How much a password weighs that stands in a URL on a line of a file; None where nobody needs to be told. What reaches
    an object is told of the object."""
    stands = line.count(f":{value}@")
    if not stands:
        return Severity.ERROR
    if _PLAIN_WORD.match(value):
        repeated = rf"(?:://{value}|\b{value}[a-z+]*://[^\s/:@]*):{value}@"
        if len(re.findall(repeated, line)) == stands:
            return Severity.WARNING if re.search(rf":{value}@(?!{_HERE}){_DOMAIN}", line) else None
    return Severity.WARNING if len(re.findall(f"{re.escape(value)}@{_HERE}", line)) == stands else Severity.ERROR
