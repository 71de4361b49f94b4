"""Which git URLs mean the repository under check."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SCP = re.compile(r"^(?:[^@/]+@)?(?P<host>[A-Za-z0-9.-]+):(?P<path>[^/].*)$")
_URL = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^@/]+@)?(?P<host>[^/:]+)(?::\d+)?/+(?P<path>.+)$")


def normal_url(url: str) -> str:
    """``host/owner/name`` in lower case for any way to write a git URL; "" for a local path."""
    match = _URL.match(url.strip()) or _SCP.match(url.strip())
    if match is None:
        return ""
    path = match["path"].strip("/").removesuffix(".git").strip("/")
    return f"{match['host']}/{path}".lower()


class Home:
    """Which URLs mean the repository under check.

    Known are the configured URLs and those of the clone's remotes; a fork or mirror has the same last segment.
    A clone without any remote on a host cannot know its name: then every URL may be meant, and ``assumed`` says so.
    """

    def __init__(self, urls: Iterable[str]) -> None:
        self.known = frozenset(filter(None, map(normal_url, urls)))
        self._names = frozenset(url.rpartition("/")[2] for url in self.known)

    def __contains__(self, url: str) -> bool:
        normal = normal_url(url)
        if not self.known:
            return True
        return normal in self.known or normal.rpartition("/")[2] in self._names

    def surely(self, url: str) -> bool:
        """Whether the URL is one of the known ones."""
        return normal_url(url) in self.known

    def packs(self, url: str) -> bool:
        """Whether an OCI artifact has owner and name of the repository: what ``flux push artifact`` packs of it is called so
        (``oci://ghcr.io/acme/fleet`` of ``https://github.com/acme/fleet``)."""
        path = normal_url(url).partition("/")[2] if url.startswith("oci://") else ""
        return "/" in path and any(known.partition("/")[2] == path for known in self.known)

    @property
    def assumed(self) -> bool:
        return not self.known
