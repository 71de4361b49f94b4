"""The repository as the readers of Argo CD and Flux objects ask for it, on top of a view."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from bot.affected.apart import Nearness
from bot.affected.contents import is_delivery
from bot.affected.edges import NOBODY, Edge, Kind, ancestors, object_target
from bot.affected.facts import Role, role_of
from bot.affected.flux_instance import MADE, is_instance, source_made
from bot.affected.home import Home, normal_url
from bot.affected.sources import ARGOCD, CLUSTER_SECRETS, SECRETS_MADE, artifact_names
from bot.affected.view import View
from bot.errors import UserError
from bot.path_patterns import dir_pattern, file_pattern, pathspec

if TYPE_CHECKING:
    from bot.affected.naming import Namer

__all__ = ["Answer", "Home", "ViewLookup", "normal_url"]

Answer = tuple[str, dict[str, Any]]  # a manifest, after the file or the declaration that it comes from


class _Asked(IntEnum):
    """What of a path an answer depends on."""

    THERE = 0  # whether it is a file
    CONTENT = 1
    BELOW = 2  # whether there are files below, or which


class ViewLookup:
    """affected.sources.Lookup over a view, for the objects of the file ``near``: of several manifests of one name the one
    that is nearest to it answers (``apart.Nearness``). What is asked is kept: it is what the answers depend on."""

    def __init__(self, view: View, home: Home, *, near: str = "", namer: Namer | None = None) -> None:
        """``namer``: tells files of one cluster from those of another; without one none are told apart."""
        self._view = view
        self._home = home
        self._near = near
        self._nearness = Nearness(near, namer)
        self._places: dict[str, _Asked] = {}
        self._objects_asked: dict[str, None] = {}
        self._answers: dict[tuple[str, str, str], Answer | None] = {}

    @property
    def is_output(self) -> bool:
        return False

    def edges(self, scope: str, known: Iterable[Edge]) -> list[Edge]:
        """Everything that was asked, as edges by which the scope is read again; without what ``known`` says already."""
        told = {(edge.kind, edge.target) for edge in known}
        source = f"{NOBODY}{scope}"  # nobody's: it only leads to reading again
        found = [Edge(scope, source, Kind.OBJECT, t) for t in self._objects_asked if (Kind.OBJECT, t) not in told]
        for path, depth in self._places.items():
            covered = [(Kind.GENERATES, path)]
            covered += [(Kind.EXACT, path)] if depth is not _Asked.BELOW else []
            covered += [(Kind.GENERATES, path.rpartition("/")[0])] if depth is _Asked.THERE else []
            if told.isdisjoint(covered):
                found.append(Edge(scope, source, Kind.GENERATES, path))
        return found

    def _asks(self, path: str, asked: _Asked) -> None:
        self._places[path] = max(asked, self._places.get(path, asked))

    def is_here(self, url: str) -> bool:
        return url in self._home

    def is_surely_here(self, url: str) -> bool:
        return self._home.surely(url)

    def is_packed_here(self, url: str) -> bool:
        return self._home.packs(url)

    def is_dir(self, path: str) -> bool:
        self._asks(path, _Asked.BELOW)
        real, _ = self._view.resolve(path)
        return real is not None and self._view.is_dir(real)

    def is_file(self, path: str) -> bool:
        self._asks(path, _Asked.THERE)
        real, _ = self._view.resolve(path)
        entry = self._view.entry(real) if real is not None else None
        return entry is not None and not entry.is_submodule

    def read(self, path: str) -> bytes:
        self._asks(path, _Asked.CONTENT)
        real, _ = self._view.resolve(path)
        entry = self._view.entry(real) if real is not None else None
        if entry is None:
            raise UserError(f"{path} is not in the repository.")
        return self._view.read(entry)

    def glob_dirs(self, pattern: str) -> list[str]:
        prefix = _fixed(pattern)
        self._asks(prefix, _Asked.BELOW)
        compiled = dir_pattern(pattern)
        found: set[str] = set()
        for folder in self._view.directories(prefix):
            if not any(s.startswith(".") for s in folder.split("/")):
                found |= {d for d in (folder, *ancestors(folder)) if d and compiled.match(d)}
        return sorted(found)

    def glob_files(self, pattern: str) -> list[str]:
        prefix = _fixed(pattern)
        self._asks(prefix, _Asked.BELOW)
        start = (
            len(prefix) + 1 if prefix else 0
        )  # what is in front of the wildcards differs from one asking to the next
        compiled = file_pattern(pattern[start:])
        return [e.path for e in self._view.walk(prefix) if not e.is_submodule and compiled.match(e.path[start:])]

    def list_files(self, pattern: str) -> list[str]:
        prefix = _fixed(pattern)
        self._asks(prefix, _Asked.BELOW)
        compiled = pathspec(pattern)
        return [e.path for e in self._view.walk(prefix) if not e.is_submodule and compiled.match(e.path)]

    def find(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        found = self._found(kind, namespace, name)
        return found[1] if found else None

    def file_of(self, kind: str, namespace: str, name: str) -> str:
        """The file from which ``find`` answers; "" for none."""
        found = self._found(kind, namespace, name)
        return found[0] if found is not None else ""

    def lent_from(self, kind: str, namespace: str, name: str) -> str:
        found = self._found(kind, namespace, name)
        return found[0] if found is not None and found[0] and self._nearness.is_apart(found[0]) else ""

    def _found(self, kind: str, namespace: str, name: str) -> Answer | None:
        """What ``find`` finds, with the file that says it."""
        asked = (kind, namespace, name)
        if asked not in self._answers:
            self._answers[asked] = self._search(*asked)
        return self._answers[asked]

    def _search(self, kind: str, namespace: str, name: str) -> Answer | None:
        return self._answering(kind, namespace, name)

    def _answering(self, kind: str, namespace: str, name: str) -> Answer | None:
        """The manifest that answers, with its file."""
        wanted = "ArtifactGenerator" if kind == "ExternalArtifact" else kind
        self._objects_asked[object_target(wanted, name)] = None
        without: Answer | None = None
        holding = (path for path in self._view.named(wanted, name) if role_of(path) is Role.MANIFEST)
        for is_apart, path in self._nearness.sorted(holding):
            if is_apart and without is not None:
                return without
            if not self._is_object(path):
                continue
            for value in self._objects(path, wanted):
                metadata = value.get("metadata")
                metadata = metadata if isinstance(metadata, dict) else {}
                names = artifact_names(value) if kind == "ExternalArtifact" else (metadata.get("name"),)
                if name not in names and (name or kind != ARGOCD):
                    continue
                own = metadata.get("namespace")
                found = path, value
                if (namespace and own not in (None, namespace)) or self._is_displaced(found, namespace):
                    continue
                if own == namespace or not namespace:
                    return found
                without = without or found
        return without

    def _is_object(self, path: str) -> bool:
        """Whether a file may hold objects as they are deployed."""
        return self._view.entry(path) is not None

    def _is_displaced(self, _: Answer, __: str) -> bool:
        """Whether an object does not get into a namespace ("" for any), for all that its file says."""
        return False

    def cluster_secrets(self, namespace: str) -> list[tuple[str, dict[str, Any]]]:
        self._objects_asked[object_target(CLUSTER_SECRETS, "")] = None
        found = []
        for _, path in self._nearness.sorted(self._view.named(CLUSTER_SECRETS, "")):
            for value in (v for kind in ("Secret", *SECRETS_MADE) for v in self._objects(path, kind)):
                metadata = value.get("metadata")
                own = metadata.get("namespace") if isinstance(metadata, dict) else None
                if own in (None, namespace) or not namespace:
                    found.append((path, value))
        return found

    def _objects(self, path: str, kind: str) -> list[dict[str, Any]]:
        entry = self._view.entry(path)
        if entry is None:
            return []
        if kind not in ("ConfigMap", "Secret", *SECRETS_MADE):
            declared = self._view.whole(entry).declared
            found = [v for v in declared if v.get("kind") == kind]
            if kind in MADE:  # also those that the Flux operator makes
                made = (source_made(v) for v in declared if is_instance(v))
                found += [v for v in made if v is not None and v["kind"] == kind]
            return found
        from bot.documents import load_all

        try:
            values = [d.value for d in load_all(self._view.read(entry), name=path)]
        except UserError:
            return []
        return [v for v in values if isinstance(v, dict) and v.get("kind") == kind and not is_delivery(v)]


def _fixed(pattern: str) -> str:
    """The directory in front of the first wildcard: where looking can start."""
    parts = []
    for segment in pattern.split("/")[:-1]:
        if any(c in segment for c in "*?[{\\"):
            break
        parts.append(segment)
    return "/".join(parts)
