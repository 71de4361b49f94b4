"""Values that are secret by their names: ``DB_PASSWORD: hunter2`` in a ConfigMap, ``--token=…`` in arguments.

One rule for two readers: what is found here is masked wherever an object is rendered, and the check ``secrets`` tells of
every mask. Names that only speak of secrets (``secretName``, ``passwordPolicy``, ``tokenReviewer``) and values that are
plainly none (references, paths, URLs, booleans, small numbers) are left alone.
"""

from __future__ import annotations

import re
from enum import Enum

from bot.redaction.placeholders import is_placeholder

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_PASSWORDS = ("password", "passwd", "passphrase")
_TOKENS = (
    ("token",), ("secret",), ("apikey",), ("api", "key"), ("accesskey",), ("access", "key"), ("secretkey",),
    ("secret", "key"), ("privatekey",), ("private", "key"), ("encryption", "key"), ("signing", "key"),
)  # fmt: skip
_REFERS = frozenset(("existing", "pull", "tls"))  # existingSecret, imagePullSecret: names of objects
_NOT_SECRET = re.compile(
    r"(?i)(?:true|false|yes|no|on|off|none|null|enabled|disabled|[0-9.]{1,12}[smhd]?|/[^\s]*|[a-z+]+://[^\s]*)\Z"
)
_DIGITS = re.compile(r"[0-9]{4,12}\Z")  # no number of something, where a password stands
_REFERENCE = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)+\Z")
_LONGEST_NAME = 200
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][A-Za-z0-9_.-]{0,100})(?:=(?P<value>.*))?\Z", re.DOTALL)
# Every name above, before what may follow a name: cheap, and wider than the names.
_HINTS = ("passw", "passphrase", "pwd", "token", "secret", "key", "credential")
_HINT = re.compile(
    r"(?:passw(?:or)?d|passphrase|pwd|token|secret|credentials?|(?:api|access|secret|private|encryption|signing|auth)"
    r"[^a-z0-9\n]{0,8}key)[\"']?\s*(?:[:=,}\]#>]|$)",
    re.MULTILINE,
)


class Where(Enum):
    """How much a name says where it stands: ``VALUES`` are variables, entries of ConfigMaps, values of charts and flags,
    which hold what a program reads; ``FIELDS`` are the fields of any object, which hold names of other objects as well."""

    VALUES = 1
    FIELDS = 2


def may_hold(text: str) -> bool:
    """Whether a text may hold such a name: never wrongly False, unless it is spelled with escapes."""
    lower = text.lower()
    return any(hint in lower for hint in _HINTS) and _HINT.search(lower) is not None


def is_secret(name: str, value: str, where: Where = Where.VALUES) -> bool:
    """Whether the value under a name is a secret."""
    if len(name) > _LONGEST_NAME or is_placeholder(value):
        return False
    words = tuple(word.lower() for word in _WORDS.split(name) if word)
    if not words:
        return False
    is_password = words[-1].endswith(_PASSWORDS) or words[-1] == "pwd"
    if _NOT_SECRET.match(value) and not (is_password and _DIGITS.match(value)):
        return False
    if is_password:
        return where is Where.VALUES or not _REFERENCE.match(value)
    if where is Where.FIELDS or not any(words[-len(end) :] == end for end in _TOKENS):
        return False
    # A token or key that reads like the name of an object is most often the name of one.
    return len(value) >= 8 and not _REFERENCE.match(value) and not _REFERS & set(words[-2:-1])


def flag(text: str) -> tuple[str, str | None] | None:
    """The name of a command line flag, and its value where that stands behind ``=``; None for another text."""
    found = _FLAG.match(text)
    return (found["name"], found["value"]) if found else None
