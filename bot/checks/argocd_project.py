"""What an AppProject permits, exactly as Argo CD decides it (pkg/apis/application/v1alpha1/app_project_types.go).

A cluster has a name and a server address, and an Application says one of them; which belong together is known to Argo CD
alone (but for its own cluster). Where the answer depends on it, it is None: nobody here can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.checks.argocd_globs import glob, is_readable, path

IN_CLUSTER = ("in-cluster", "https://kubernetes.default.svc")
_SSH = re.compile(r"(?:ssh://)?[^/:]*?@[^@]+\Z")
_ENCODED = re.compile(r"[A-Za-z0-9\-_.~!$&'()*+,;=:@/%\[\]?#]*\Z")
_MOST = 1000  # entries of one list


@dataclass(frozen=True)
class Destination:
    """Where an Application deploys to; "" is what it does not say."""

    server: str
    name: str
    namespace: str

    def known(self) -> Destination:
        """With both names of Argo CD's own cluster, which everybody knows."""
        if self.name == IN_CLUSTER[0] or self.server == IN_CLUSTER[1]:
            return Destination(IN_CLUSTER[1], IN_CLUSTER[0], self.namespace)
        return self


@dataclass(frozen=True)
class Project:
    """An AppProject: its name, its own namespace, and its ``spec``."""

    name: str
    namespace: str = ""
    spec: dict[str, Any] = field(default_factory=dict)

    def permits_source(self, url: str) -> bool:
        """Whether Applications may take their manifests from a repository."""
        wanted = normal_url(url)
        any_matched = False
        for pattern in texts(self.spec.get("sourceRepos")):
            denied = pattern.startswith("!")
            normal = ("!" if denied else "") + normal_url(pattern.removeprefix("!"))
            matched = _matches(normal, wanted, "/")
            if denied and not matched:
                return False
            any_matched |= matched
        return any_matched

    def permits_destination(self, wanted: Destination) -> bool | None:
        """Whether they may deploy there."""
        wanted = wanted.known()
        any_matched: bool | None = False
        denied: bool | None = False
        for item in mappings(self.spec.get("destinations")):
            server, name, namespace = (_text(item.get(key)) for key in ("server", "name", "namespace"))
            in_server = _matches_one(server, wanted.server)
            in_name = _matches_one(name, wanted.name)
            in_namespace = _matches(namespace, wanted.namespace)
            cluster = _or(in_server, in_name)
            matched = _and(cluster, in_namespace)
            any_matched = _or(any_matched, matched)
            refuses = _or(
                _or(_and(_not(in_name), name.startswith("!")), _and(_not(in_server), server.startswith("!"))),
                not in_namespace and namespace.startswith("!"),
            )
            denied = _or(denied, _and(_not(matched), refuses))
        return _and(any_matched, _not(denied))

    def permits_kind(self, group: str, kind: str, name: str, *, namespaced: bool) -> bool:
        """Whether they may hold an object of a kind. Without a list, all namespaced kinds and no cluster-wide one."""
        scope = "namespace" if namespaced else "cluster"
        allowed, denied = self.spec.get(f"{scope}ResourceWhitelist"), self.spec.get(f"{scope}ResourceBlacklist")
        if _in_list(denied, group, kind, name):
            return False
        return (namespaced and allowed is None) or _in_list(allowed, group, kind, name)

    def permits_application_in(self, namespace: str) -> bool | None:
        """Whether an Application of that namespace may use the project. Regular expressions are not run here: None."""
        if namespace in ("", self.namespace or "argocd"):
            return True
        patterns = texts(self.spec.get("sourceNamespaces"))
        if any(glob(pattern, namespace) for pattern in patterns):
            return True
        return None if any(len(p) > 1 and p.startswith("/") and p.endswith("/") for p in patterns) else False

    def permits_nothing(self) -> str:
        """The field because of which no Application can ever deploy; "" when some could."""
        for key, patterns in (
            ("sourceRepos", texts(self.spec.get("sourceRepos"))),
            (
                "destinations",
                [f"{d.get('server', '')}{d.get('name', '')}" for d in mappings(self.spec.get("destinations"))],
            ),
        ):
            if not any(text and is_readable(text.removeprefix("!")) for text in patterns):
                return key
        return ""


def normal_url(url: str) -> str:
    """As Argo CD compares addresses of repositories (util/git NormalizeGitURL); a pattern is treated in the same way."""
    text = url.strip().lower()
    if _SSH.match(text) and not text.startswith("ssh://"):
        text = "ssh://" + text.replace(":", "/", 1)
    text = text.removesuffix(".git")
    if not _ENCODED.match(text):  # Go writes such an address anew, stars included, and the pattern matches nothing more
        from urllib.parse import quote

        scheme, found, rest = text.partition("://")
        host, slash, path_ = (rest if found else text).partition("/")
        text = f"{scheme}{found}{host}{slash}" if found else f"{host}{slash}"
        text += quote(path_, safe="$&+,/:;=@~")
    return text.removeprefix("ssh://")


def _matches(pattern: str, text: str, separators: str = "") -> bool:
    if pattern.startswith("!"):
        return not glob(pattern[1:], text, separators)
    return pattern == "*" or glob(pattern, text, separators)


def _matches_one(pattern: str, text: str) -> bool | None:
    """A cluster by one of its names. One that the Application does not say is unknown, and matches any ``*``."""
    if text:
        return _matches(pattern, text)
    return True if pattern == "*" else None if pattern else False


def _in_list(items: Any, group: str, kind: str, name: str) -> bool:
    for item in mappings(items):
        if path(_text(item.get("kind")), kind) and path(_text(item.get("group")), group):
            wanted = _text(item.get("name"))  # of cluster-wide kinds, since Argo CD 3.2
            if not wanted or path(wanted, name):
                return True
    return False


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _and(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _or(left: bool | None, right: bool | None) -> bool | None:
    return _not(_and(_not(left), _not(right)))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    """The texts of a list, as many as anybody reads; what is none is left out."""
    return [v for v in value[:_MOST] if isinstance(v, str)] if isinstance(value, list) else []


def mappings(value: Any) -> list[dict[str, Any]]:
    """The same for mappings."""
    listed: Iterable[Any] = value[:_MOST] if isinstance(value, list) else ()
    return [v for v in listed if isinstance(v, dict)]
