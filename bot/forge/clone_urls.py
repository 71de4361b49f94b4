"""From where git may fetch: the token goes along, so it has to be the forge itself."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_WEB = ("http", "https")


def is_own(url: str, forge: str) -> bool:
    """Whether an address that a forge tells is its own, as ``forge``, its configured address, has it: the same scheme, host
    and port, and nobody's name in it. Of a forge on this machine any port of this machine is, and a directory: nothing
    leaves it."""
    try:
        there, ours = urlsplit(url), urlsplit(forge)
        same = (there.scheme, there.hostname, there.port) == (ours.scheme, ours.hostname, ours.port)
    except ValueError:
        return False
    if there.username or there.password:
        return False
    if ours.hostname not in _LOOPBACK:
        return same and there.scheme in _WEB
    is_directory = there.scheme == "file" and not there.netloc
    return is_directory or (there.scheme in _WEB and there.hostname in _LOOPBACK)
