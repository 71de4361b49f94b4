"""Values that are secret by their names: ``DB_PASSWORD: hunter2`` in a ConfigMap, ``--token=…`` in arguments.

One rule for two readers: what is found here is masked wherever an object is rendered, and the check ``secrets`` tells of
every mask. Names that only speak of secrets (``secretName``, ``passwordPolicy``, ``tokenReviewer``) and values that are
plainly none (references, paths, URLs, booleans, small numbers) are left alone.
"""

from __future__ import annotations

import re
from enum import Enum

from bot.redaction.placeholders import is_placeholder
from bot.redaction.random_values import is_sealed, is_sum, looks_random

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_PASSWORDS = ("password", "passwd", "passphrase")
_PLAINLY = frozenset(("pwd", "pass", "secret", "token"))
_TOKENS = (
    ("token",), ("secret",), ("apikey",), ("api", "key"), ("accesskey",), ("access", "key"), ("secretkey",),
    ("secret", "key"), ("privatekey",), ("private", "key"), ("encryption", "key"), ("signing", "key"),
    ("client", "key", "data"),
)  # fmt: skip
# Names that say less: what stands under them counts where it has letters and digits and is no name of an object.
_SOFT = (
    ("credential",), ("credentials",), ("creds",), ("salt",), ("passcode",), ("erlang", "cookie"), ("requirepass",),
    ("masterauth",), ("bindpw",), ("rootpw",), ("bind", "pw"), ("root", "pw"), ("admin", "pw"), ("user", "pw"), ("db", "pw"),
    *((word, "key") for word in ("jwt", "hmac", "session", "cookie", "master", "auth", "app", "encrypt", "crypt")),
)  # fmt: skip
# Names that say little: what stands under them counts where it looks random. Of a key, only what is none of these.
_HINTING = re.compile(
    r"(?i)(?:[a-z0-9_.-]*(?:passwd|passwort|motdepasse|pass|pw)|(?:[a-z0-9_.-]*[_.-])?(?:auth|authorization|bearer|pepper)"
    r"|[a-z0-9_.-]*[a-z0-9][_-]?key)\Z"
)
_OPEN_NAME = re.compile(  # what Google Tag Manager calls auth, every page holds
    r"(?i)(?:pub(?:lic)?|publishable|site|kms|gpg|pgp|host|cache|sort|group|partition|shard|range|hash|primary|foreign|row"
    r"|index|object|map|label|lookup|topology|values|missing|idempotency|dedup(?:lication)?)[_.-]?key\Z|(?:tag_?manager|gtm)[a-z0-9_]*auth\Z"
)
_SENT = re.compile(r"(?i)(?:basic|bearer|token) +")
_FIELDS = (
    ("token",),
    ("apikey",),
    ("api", "key"),
    ("client", "key", "data"),
)  # of any object: not secret, which most often is a reference
_REFERS = frozenset(("existing", "pull", "tls"))  # existingSecret, imagePullSecret: names of objects
_NOT_SECRET = re.compile(
    r"(?i)(?:true|false|yes|no|on|off|none|null|enabled|disabled|[0-9.]{1,12}[smhd]?|/[^\s]*|[a-z+]+://[^\s]*)\Z"
)
_DIGITS = re.compile(r"[0-9]{4,12}\Z")  # no number of something, where a password stands
_REFERENCE = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)+\Z")
_JOINTS = re.compile(r"[._/-]")
_RUN = re.compile(r"(?=[a-z]*[0-9])(?=[0-9]*[a-z])[a-z0-9]{16,}\Z")
# What is made by chance: no name of an object, although it has the letters of one.
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# Argo CD: ``$key``, ``$secret:key`` in the texts of its ConfigMaps (operator-manual/user-management); variables of a shell.
_VARIABLE = re.compile(
    r"\$(?:[A-Za-z][A-Za-z0-9_-]*[.:][A-Za-z0-9_.:-]+|[a-z][a-z0-9]*(?:-[a-z][A-Za-z0-9]*)+|[A-Z_][A-Z0-9_]*)\Z"
)
_MIXED = re.compile(r"(?=[^A-Za-z\s]*[A-Za-z])(?=[^0-9\s]*[0-9])\S{6,}\Z")
_USER_AND_PASSWORD = re.compile(r"[^\s:/]{1,60}:(?P<password>[^\s:/]{4,})\Z")
# Variables that hold the thing itself, and no name of an object.
_SHOUTED_TOKEN = re.compile(
    r"[A-Z0-9_]*(?:TOKEN|API_?KEY|SECRET_?KEY|(?:\A|_)SALT"
    r"|(?:CLIENT|APP|JWT|SESSION|SIGNING|SHARED|WEBHOOK|COOKIE|OAUTH|CSRF|HMAC)_SECRET)\Z"
)
_LONGEST_NAME = 200
_OF_RAILS = re.compile(r"(?P<key>.*(?:key|KEY(?=_)|Key))(?:_(?i:base)|Base)\Z", re.DOTALL)  # secretKeyBase
_FLAG = re.compile(r"--?(?P<name>[A-Za-z][A-Za-z0-9_.-]{0,100})(?:=(?P<value>.*))?\Z", re.DOTALL)
# Every name above, before what may follow a name: cheap, and wider than the names.
_HINTS = ("pass", "pw", "token", "secret", "key", "cred", "auth", "salt", "cookie", "bearer", "pepper", "stringdata",
          "mysql", "mariadb", "header ", "_param ", "setenv ", "login ", "curl ", "wget ", "http ", "redis-cli ", "@tcp(",
          "@unix(", "identified by", "rabbitmqctl", "mongo", " value=", "sig=", "$apr1$", "$2", "$5$", "$6$")  # fmt: skip
_HINT = re.compile(
    r"(?:passw(?:or)?d|pass|passwort|motdepasse|passphrase|passcode|erlang[^a-z0-9\n]{0,8}cookie|pwd?|token|secret|credentials?|creds|salt|auth|authorization"
    r"|bearer|pepper|(?:api|access|secret|private|encryption|signing|auth|jwt|hmac|session|cookie|master|app|encrypt|crypt)"
    r"[^a-z0-9\n]{0,8}key|client[^a-z0-9\n]{0,8}key[^a-z0-9\n]{0,8}data"
    r"|(?<=[a-z0-9_-])(?<!topology)(?<!public)(?<!values)(?<!missing)key)(?:[_.-]{0,2}v?[0-9]{1,4}|_?base)?"
    r"(?:[^a-z0-9\n]{0,12}|[\"']?\s*)(?:[:=,}\]#>]|$)"
    r"|--[a-z0-9._-]{0,60}passw(?:or)?d\s|(?:mysql|mariadb)[^;|&]{0,220}\s-p\S"
    r"|(?:curl|wget|http) [^;|&]{0,220}(?<=\s)-(?:u|-user)|redis-cli [^;|&]{0,220}(?<=\s)-(?:a|-pass)"
    r"|authorization[^a-z0-9\n]{1,12}(?:basic|bearer|token)\s"
    r"|(?:passw(?:or)?d|passphrase|_pass|requirepass|masterauth|bindpw|rootpw|token|(?:api|access|secret)[_-]?key)"
    r"[\"']?[ \t]+[^\s]{8}"
    r"|(?:login|mongo[a-z]{0,7}|sshpass) (?:[^;|&]{0,220}(?<=\s))?-p|identified (?:with [a-z0-9_]{1,40} )?by|rabbitmqctl "
    r"|auth-pass |[\"'] {1,4}value=[\"']"
    r"|(?:header(?: set)?|_param|setenv) +[a-z0-9_-]{1,80} "
    r"|(?:api|access|secret|private|encryption|signing|auth|jwt|hmac|session|cookie|master|app)[\"']?:[\s{\"']{1,80}key[\"']?:"
    r"|stringdata|@(?:tcp|unix)\(|accountkey=|sharedaccesskey=|[?&]sig=|:\$(?:apr1|2[aby]|5|6)\$",
    re.MULTILINE,
)


class Where(Enum):
    """How much a name says where it stands: ``VALUES`` are variables, entries of ConfigMaps, values of charts and flags,
    which hold what a program reads; ``FIELDS`` are the fields of any object, which hold names of other objects as well;
    ``SEALED`` those of a SealedSecret's spec, below which stand encrypted values and the template of a Secret."""

    VALUES = 1
    FIELDS = 2
    SEALED = 3


def may_hold(text: str) -> bool:
    """Whether a text may hold such a name: never wrongly False, unless it is spelled with escapes."""
    lower = text.lower()
    return any(hint in lower for hint in _HINTS) and _HINT.search(lower) is not None


def is_secret(name: str, value: str, where: Where = Where.VALUES) -> bool:
    """Whether the value under a name is a secret."""
    if len(name) > _LONGEST_NAME or is_placeholder(value) or _VARIABLE.match(value):
        return False
    if is_sum(name, value) or is_sealed(value):
        return False
    name = _without_number(name)
    words = tuple(word.lower() for word in _WORDS.split(name) if word)
    if not words:
        return False
    is_password = words[-1].endswith(_PASSWORDS) or words[-1] == "pwd"
    if _NOT_SECRET.match(value) and not (is_password and _DIGITS.match(value)):
        return False
    if is_password:
        return where is Where.VALUES or not is_reference(value)
    if where is not Where.VALUES:
        if words[-1] == "authorization" and (sent := _SENT.match(value)):
            return len(value) - sent.end() >= 8 and _is_mixed(value[sent.end() :])
        return _ends(words, _FIELDS) and len(value) >= 8 and _is_mixed(value)
    if _is_hinted(name, value) or (words[-1] == "pass" and (len(words) > 1 or _is_mixed(value))):
        return not is_reference(value)
    if words[-1] == "auth":
        pair = _USER_AND_PASSWORD.match(value)
        return pair is not None and (words[-2:-1] == ("basic",) or _is_mixed(pair["password"]))
    is_told = _ends(words, _TOKENS) or _SHOUTED_TOKEN.match(name) is not None
    return (is_told and _is_token(name, words, value)) or (
        _ends(words, _SOFT) and (_is_mixed(value) or looks_random(value))
    )


def is_password(name: str) -> bool:
    """Whether a name is plainly that of a password, secret or token: of a key, some are made to be public."""
    words = [word.lower() for word in _WORDS.split(_without_number(name[:_LONGEST_NAME])) if word]
    return bool(words) and (words[-1].endswith(_PASSWORDS) or words[-1] in _PLAINLY)


def _without_number(name: str) -> str:
    """The name without what may follow it: a number or a version (``DB_PASSWORD2``, ``jwtSecretV2``), ``_BASE``."""
    if of_rails := _OF_RAILS.match(name):
        return of_rails["key"]
    bare = name.rstrip("0123456789")
    if bare == name:
        return name
    is_version = (bare[-1:] == "V" and not bare[-2:-1].isupper()) or (bare[-1:] == "v" and bare[-2:-1] in set("_-."))
    return bare[:-1].rstrip("_-.") if is_version else bare.rstrip("_-.")


def _is_hinted(name: str, value: str) -> bool:
    """Whether a value under a name that says little looks random; of what is sent in a header, without the word before."""
    if not _HINTING.match(name) or _OPEN_NAME.search(name):
        return False
    return looks_random(_SENT.sub("", value, count=1))


def is_reference(value: str) -> bool:
    """Whether a value reads like the name of an object, in small letters: ``shop-db``, not a UUID, nor what holds a long run
    of letters and digits (``dop_v1_`` and 64 of them)."""
    return _REFERENCE.match(value) is not None and not is_uuid(value) and not any(map(_RUN.match, _JOINTS.split(value)))


def is_uuid(value: str) -> bool:
    return _UUID.match(value) is not None


def _ends(words: tuple[str, ...], ends: tuple[tuple[str, ...], ...]) -> bool:
    return any(words[-len(end) :] == end for end in ends)


def _is_mixed(value: str) -> bool:
    return _MIXED.match(value) is not None and not is_reference(value)


def _is_token(name: str, words: tuple[str, ...], value: str) -> bool:
    if len(value) < 8 or _REFERS & set(words[-2:-1]):
        return False
    if not is_reference(value):
        return True
    # What reads like the name of an object is most often the name of one, or of a cookie or header; but a variable
    # called …_TOKEN holds the token.
    told = set(re.split("[_-]", value)) - {"x", "http"}
    return _SHOUTED_TOKEN.match(name) is not None and not re.search("[./]", value) and not told <= set(words)


def flag(text: str) -> tuple[str, str | None] | None:
    """The name of a command line flag, and its value where that stands behind ``=``; None for another text."""
    found = _FLAG.match(text)
    return (found["name"], found["value"]) if found else None
