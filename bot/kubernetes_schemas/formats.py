"""The formats that the API server checks, by its own rules where they differ from JSON Schema's.

Sources: the formats that the CRD documentation lists; Go's ``time.ParseDuration``, ``encoding/base64`` and ``net``.
Formats that it reads leniently (uri, email, hostname) are not judged: a false alarm costs more than they are worth.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable

QUANTITY = (  # apimachinery's resource.Quantity: a signed decimal with a suffix or an exponent
    r"^\s*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?\s*$"
)
_DURATION = re.compile(r"[+-]?(?:0|(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)\Z")
_MAC = re.compile(
    r"(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4,18}[0-9A-Fa-f]{2}\Z|(?:[0-9A-Fa-f]{4}\.){2,9}[0-9A-Fa-f]{4}\Z"
)
_UUID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\Z")
# Forms of our own, for fields of Kubernetes' own kinds; see ``field_limits``. No CRD names them.
PORT_NAME, LABEL_NAME = "gatehouse-port-name", "gatehouse-label-name"
VARIABLE_NAME, PERCENTAGE = "gatehouse-variable-name", "gatehouse-percentage"
_LABEL_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)?\Z")
_PERCENTAGE = re.compile(r"(?:[0-9]+%)?\Z")
_WORDS = re.compile(r"\s*\d+\s*[A-Za-zµμ]+\s*\Z")  # the other spelling of durations that is read: "22 ns", "3 days"


def _byte(text: str) -> bool:
    try:
        base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def _ip(version: int) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            return ipaddress.ip_address(text).version == version
        except ValueError:
            return False

    return check


def _duration(text: str) -> bool:
    return bool(_DURATION.match(text) or _WORDS.match(text))


def _port_name(text: str) -> bool:
    """IANA's service names (RFC 6335)."""
    plain = len(text) <= 15 and "--" not in text and bool(_LABEL_NAME.match(text))
    return not text or (plain and any(c.isalpha() for c in text))


FUNCTIONS: dict[str, Callable[..., bool]] = {
    "byte": _byte,
    "cidr": _cidr,
    "duration": _duration,
    "ipv4": _ip(4),
    "ipv6": _ip(6),
    "mac": lambda text: bool(_MAC.match(text)),
    "uuid": lambda text: bool(_UUID.match(text)),
    PORT_NAME: _port_name,
    LABEL_NAME: lambda text: bool(_LABEL_NAME.match(text)),
    VARIABLE_NAME: lambda text: "=" not in text and text.isascii() and text.isprintable(),
    PERCENTAGE: lambda text: bool(_PERCENTAGE.match(text)),
}
JUDGED = frozenset({*FUNCTIONS, "date-time", "date"})
EXPLAINED = {
    "byte": "base64",
    "cidr": "a network such as 10.0.0.0/8",
    "duration": 'a duration such as "90s" or "1h30m"',
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "mac": "a MAC address",
    "uuid": "a UUID",
    "date-time": "a time such as 2026-01-31T12:00:00Z",
    "date": "a date such as 2026-01-31",
    PORT_NAME: "the name of a port: at most 15 lower-case letters, digits and single dashes, with a letter among them",
    LABEL_NAME: "a name of at most 63 lower-case letters, digits and dashes that begins and ends with no dash",
    VARIABLE_NAME: "the name of an environment variable, which may hold no =",
    PERCENTAGE: 'a percentage such as "25%"; a number has no quotes',
}
