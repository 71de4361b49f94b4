"""Passwords and tokens within a text, by what stands before them: ``export PASSWORD=…``, ``--password …``,
``{"password": "…"}``, ``client_secret = …``, ``Server=x;Password=…;``, ``Authorization: Basic …`` and ``mysql -p…``,
``curl -u a:…``, ``redis-cli -a …``, ``docker login -p …``, ``a:…@tcp(``, ``&sig=…``, ``a:$apr1$…``,
``<password>…</password>``, ``define('DB_PASSWORD', '…')``, ``<add key="Password" value="…"/>``, ``IDENTIFIED BY '…'``, and
in files of programs ``requirepass …``,
``login a password …``, ``proxy_set_header X-Api-Key …``.

A text holds code and prose as well as values, so that only what has letters and digits counts, and no name of an object.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.redaction import named
from bot.redaction.random_keys import is_secret_key
from bot.redaction.random_values import is_harmless, is_sum, looks_random

_VALUE = r"(?P<{}>[A-Za-z0-9+/=_.~!@#%^*$-]{{8,200}})(?=\\{{0,3}}[\"'`]|[\s,;}})\]&|<]|\Z)"
_IS = r"\\{0,3}[\"']?\]? *(?:=>|[:=>]) *\\{0,3}[\"'`]{0,3}"
_SHAPE = re.compile(
    r"(?i:(?P<name>(?:password|passwd|passphrase|(?<![a-z])(?:pwd|pass))(?:[_-]?v?[0-9]{1,3})?" + _IS + ")"
    + _VALUE.format("named")
    + r"|(?P<flag>--[a-z0-9._-]{0,60}(?:password|passwd) +[\"']?)" + _VALUE.format("flagged")
    + r"|(?P<header>authorization\\{0,3}[\"']?(?: *[:=] *| +)\\{0,3}[\"']?(?:basic|bearer|token) +)" + _VALUE.format("sent")
    + r"|(?P<client>\b(?:mysql(?:dump|admin)?|mariadb(?:-dump|-admin)?) [^\n;|&]{0,200}?(?<= )-p)" + _VALUE.format("given")
    + r"|(?P<login>\b(?:curl|wget|http) [^\n;|&]{0,200}?(?<= )(?:-u|--user)[ =]?[\"']?[A-Za-z0-9_.@-]{1,60}:)"
    + _VALUE.format("logged")
    + r"|(?P<redis>\bredis-cli [^\n;|&]{0,200}?(?<= )(?:-a|--pass)[ =])" + _VALUE.format("asked")
    + r"|(?P<dsn>(?<![A-Za-z0-9_.:/-])[A-Za-z0-9_.-]{1,60}:)(?P<dialled>[^\s:@/\"']{6,200})(?=@(?:tcp|unix)\()"
    + r"|(?P<azure>(?:AccountKey|SharedAccessKey)=|[?&]sig=)(?P<signed>[A-Za-z0-9+/%=_-]{12,200})"
    + r"|(?P<hash>(?<![A-Za-z0-9_.:/-])[A-Za-z0-9_.@-]{1,60}:)(?P<crypted>\$(?:apr1|2[aby]|5|6)\$[A-Za-z0-9./$]{12,200})"
    + r"|(?P<registry>\b(?:docker|podman|nerdctl|buildah|skopeo|oras|crane|helm registry)(?: auth)? login [^\n;|&]{0,200}?"
    + r"(?<= )-p[ =]?[\"']?)" + _VALUE.format("handed")
    + r"|(?P<line>(?m:^)[ \t]*[\"']?(?:[a-z0-9_.-]{0,40}(?:password|passwd|passphrase|_pass)|requirepass|masterauth"
    + r"|bindpw|rootpw|[a-z0-9_-]{0,40}(?:token|(?:api|access|secret)[_-]?key))[ \t]+[\"']?)"
    + _VALUE.format("set") + r"(?=[\"']?[ \t]*;?[ \t\r]*(?m:$))"
    + r"|(?P<user>\b(?:login|user|username) [^\s\"']{1,100} (?:insecure-)?password )" + _VALUE.format("owned")
    + r"|(?P<sql>\b(?:password|identified (?:with [a-z0-9_]{1,40} )?by(?: password)?) +')(?P<granted>[^'\s]{8,200})(?=')"
    + r"|(?P<tool>\b(?:(?:mongo(?:sh|dump|restore|import|export)?|sshpass) [^\n;|&]{0,200}?(?<= )-p[ =]?"
    + r"|rabbitmqctl (?:[^\n;|&]{0,60} )?(?:add_user|change_password) [^\s]{1,60} |sentinel auth-pass [^\s]{1,60} )[\"']?)"
    + _VALUE.format("shown")
    + r"|(?P<attribute>\b(?:name|key|id)=[\"'](?P<titled>[a-z0-9_.:-]{1,80})[\"'] {1,4}value=[\"'])"
    + r"(?P<valued>[^\"'\s]{8,200})(?=[\"'])"
    + r"|(?P<field>(?:proxy_set_header|add_header|fastcgi_param|uwsgi_param|header(?: set)?|setenv) +"
    + r"(?P<called>(?!set )[a-z0-9_-]{1,80}) +[\"']?)" + _VALUE.format("put")
    + r"|(?P<call>\b[a-z_]{2,40}\( {0,4}[\"'](?P<key>[a-z0-9_.-]{1,80})[\"'] {0,4}, {0,4}[\"'])"
    + r"(?P<passed>[^\"'\s]{8,200})(?=[\"'])"
    + r"|(?P<token>(?:secret|token|(?:api|access|secret|private|encryption|signing|app|auth|jwt|session)[_.-]?key)"
    + r"(?:[_-]?v?[0-9]{1,3})?" + _IS + "(?:base64:)?)" + _VALUE.format("held")
    + ")"
)  # fmt: skip
_BEFORE = ("name", "flag", "header", "client", "login", "redis", "dsn", "azure", "hash", "registry", "line", "user", "sql",
           "tool", "attribute", "field", "call", "token")  # fmt: skip
_BEGIN_OF_NAME = re.compile(r"[A-Za-z0-9_.-]{0,60}\Z")
_END_OF_NAME = re.compile("[A-Za-z0-9_.-]+")
_LONGEST_PATH = 100  # characters before a name that belong to it
_HINTS = ("pass", "pwd", "authorization", "mysql", "mariadb", "secret", "token", "key", "salt", "masterauth",
          "identified ", "mongo", "rabbitmqctl ", " value=", "bindpw", "rootpw", "login ", "header ", "_param ",
          "header set ", "setenv ", "curl ", "wget ", "http ", "redis-cli ", "@tcp(", "@unix(", "sig=", "$apr1$",
          "$2", "$5$", "$6$")  # fmt: skip
_HINT = re.compile("|".join(map(re.escape, _HINTS)))
_DIGIT = re.compile("[0-9]")
_NAME = re.compile(r"[a-z0-9]+(?:[._/-][a-z0-9]+)+\Z|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+\Z|\.{0,2}/|[a-z+]+://")


def replace(text: str, mask: Callable[[str], str], random: Callable[[str], str] | None = None) -> str:
    """The text with every such password replaced by ``mask(password)``; what stands before it stays. ``random`` masks those
    that look made by chance, under the name of a password or a secret key."""
    random = random or mask
    lower = text.lower()
    if not any(hint in lower for hint in _HINTS):
        return text
    if len(lower) != len(text):  # letters that are two in small
        return _of_line(text, mask, random)
    pieces: list[str] = []
    done = 0
    for found in _HINT.finditer(lower):  # nothing of what is looked for goes over the end of a line
        if found.start() >= done:
            begin, end = text.rfind("\n", done, found.start()) + 1 or done, text.find("\n", found.end())
            pieces += text[done:begin], _of_line(text[begin : end if end >= 0 else len(text)], mask, random)
            done = end if end >= 0 else len(text)
    return "".join((*pieces, text[done:]))


def _of_line(text: str, mask: Callable[[str], str], random: Callable[[str], str] | None = None) -> str:
    if _DIGIT.search(text) is None:  # no value counts without one
        return text
    return _SHAPE.sub(lambda match: _masked(match, mask, random or mask), text)


def _masked(match: re.Match[str], mask: Callable[[str], str], random: Callable[[str], str]) -> str:
    before = next(match[group] for group in _BEFORE if match[group])
    value = match[0][len(before) :]
    name = _whole_name(match) if match["token"] else match["called"] or match["key"] or match["titled"]
    is_told = _is_secret(value) and (name is None or named.is_secret(name, value))
    is_one = (is_told and not is_sum(_called_so_far(match, before), value)) or match["hash"] is not None
    if not is_one:
        return match[0]
    return before + (random if _weighs(match, name, value) else mask)(value)


def _weighs(match: re.Match[str], name: str | None, value: str) -> bool:
    """Whether it is a password beyond doubt: it looks random, and its name is that of one."""
    if match["hash"] is not None or not looks_random(value):
        return False
    return name is None or named.is_password(name) or is_secret_key(name, value)


def _called_so_far(match: re.Match[str], before: str) -> str:
    """The name with the path that it stands in: ``checksum/secret``."""
    end = _END_OF_NAME.match(before)
    return match.string[max(0, match.start() - _LONGEST_PATH) : match.start()] + (end[0] if end else "")


def _whole_name(match: re.Match[str]) -> str:
    """The name whose end was found: ``existingSecret`` is another one than ``clientSecret``."""
    begin = _BEGIN_OF_NAME.search(match.string, max(0, match.start() - 60), match.start())
    end = _END_OF_NAME.match(match["token"])
    return (begin[0] if begin else "") + (end[0] if end else "")


def _is_secret(value: str) -> bool:
    if is_harmless(value) or "$" in value or (_NAME.match(value) and not named.is_uuid(value)):
        return False
    return re.search("[A-Za-z]", value) is not None and _DIGIT.search(value) is not None
