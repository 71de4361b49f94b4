"""The file graph: who depends on what, as edges from a source to a path.

A *source* is a kustomization directory (``k:DIR``), a unit (``u:KEY``), a declaration that kustomizations complete
(``t:KEY``), what a scope's output may declare (``x:SCOPE``; ``x:?SCOPE`` or ``x:?u:KEY`` where that may lie anywhere, so
that it maps no path) or nobody (``q:SCOPE``): then an EXACT edge says of a kustomization's directory that it is no unit by
itself, as the configuration wants it. A *scope* is the thing whose
reading gave the edge, and with which the edge comes and goes: a kustomization (``k:DIR``), a file with Argo CD or Flux
objects (``f:FILE``), a chart (``h:DIR``), a directory of plain manifests (``p:DIR``), the configuration (``c:``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

if TYPE_CHECKING:
    from bot.model.unit import Unit

WIDE = "x:?"
NOBODY = "q:"
SOURCE_IGNORE = ".sourceignore"  # says what Flux leaves out of a repository


class Kind(IntEnum):
    """What of the target counts."""

    EXACT = 0  # the file, or the kustomization in that directory
    TREE = 1  # everything below the directory
    DIR = 2  # the files directly inside
    GENERATES = (
        3  # paths that come or go there or below make the scope be read again (``scope`` as source: that change)
    )
    OBJECT = 4  # not a path: "Kind/namespace/name" of a manifest somewhere in the repository
    BESIDE = 5  # the kustomization in that directory, which is of another environment and so deployed by itself too
    SHARED = 6  # everything below the directory, which stays a unit of its own: what deploys it is known in part only


class Edge(NamedTuple):
    scope: str
    source: str
    kind: Kind
    target: str


# What the reading of a scope gives.
Found: TypeAlias = "tuple[list[Edge], list[Unit]]"


class Edges(Protocol):
    """Both directions of the graph."""

    def into(self, target: str) -> Iterable[Edge]:
        """Edges whose target is exactly ``target``."""
        ...

    def below(self, prefix: str) -> Iterable[Edge]:
        """Edges whose target lies below the path ``prefix``."""
        ...

    def out_of(self, source: str) -> Iterable[Edge]: ...

    def of_scope(self, scope: str) -> Iterable[Edge]: ...


class MemoryEdges:
    """Edges in dictionaries: a first reading of a repository, or what a change does to a stored graph."""

    def __init__(self) -> None:
        self._into: dict[str, list[Edge]] = {}
        self._out: dict[str, list[Edge]] = {}
        self._scope: dict[str, list[Edge]] = {}

    def add(self, edge: Edge) -> None:
        self._into.setdefault(edge.target, []).append(edge)
        self._out.setdefault(edge.source, []).append(edge)
        self._scope.setdefault(edge.scope, []).append(edge)

    def into(self, target: str) -> list[Edge]:
        return self._into.get(target, [])

    def below(self, prefix: str) -> Iterator[Edge]:
        start = prefix + "/"
        return (edge for target, edges in self._into.items() if target.startswith(start) for edge in edges)

    def out_of(self, source: str) -> list[Edge]:
        return self._out.get(source, [])

    def of_scope(self, scope: str) -> list[Edge]:
        return self._scope.get(scope, [])

    def __iter__(self) -> Iterator[Edge]:
        return (edge for edges in self._scope.values() for edge in edges)


def object_target(kind: str, name: str) -> str:
    """How an OBJECT edge names its target: a text that no path can be."""
    return f"\1{kind}/{name}"


def object_of(target: str) -> tuple[str, str]:
    """Kind and name of what an OBJECT edge leads to."""
    kind, _, name = target[1:].partition("/")
    return kind, name


def ancestors(path: str) -> Iterator[str]:
    """The directories above a path, nearest first, the root ("") last."""
    while path:
        path = path.rpartition("/")[0]
        yield path


def in_order(path: str) -> list[str]:
    """What sorts the files of a directory as they are applied: name by name, directories among them (``filepath.Walk``)."""
    return path.split("/")
