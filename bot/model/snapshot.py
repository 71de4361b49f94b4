"""A repository at one tree: what every stage may see of it, and nothing else of git."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

FILE = 0o100644
EXECUTABLE = 0o100755
SYMLINK = 0o120000
SUBMODULE = 0o160000


class Entry(NamedTuple):
    """One file of a tree. ``path`` uses ``/`` and surrogateescape for bytes that are not UTF-8."""

    path: str
    mode: int
    oid: str

    @property
    def is_symlink(self) -> bool:
        return self.mode == SYMLINK

    @property
    def is_submodule(self) -> bool:
        return self.mode == SUBMODULE


class Change(NamedTuple):
    """One path that differs between two trees; ``before`` or ``after`` is None for added and deleted paths."""

    path: str
    before: Entry | None
    after: Entry | None


class Snapshot(Protocol):
    """All files of one tree. Directories exist only through the files below them, as in git."""

    @property
    def tree(self) -> str:
        """The object id of the tree."""
        ...

    def entry(self, path: str) -> Entry | None:
        """The file, symlink or submodule at exactly ``path``; None for directories and missing paths."""
        ...

    def is_dir(self, path: str) -> bool:
        """Whether any file lies below ``path`` (``""`` is the root)."""
        ...

    def children(self, path: str) -> tuple[list[Entry], list[str]]:
        """The entries directly inside the directory, and the paths of its sub-directories, both sorted."""
        ...

    def walk(self, path: str) -> Iterator[Entry]:
        """Every entry below the directory, sorted by path."""
        ...

    def read(self, entry: Entry) -> bytes:
        """The blob's content. Raises TooBig over the byte limit, ToolError when git cannot give it."""
        ...


class Indexed(Snapshot, Protocol):
    """A snapshot that knows where objects may be, so that nobody has to read every file. Paths are sorted; there may be
    too many of them, and none of a file that is too big to be read."""

    def named(self, kind: str, name: str) -> list[str]:
        """Files that may hold the object ``name``."""
        ...

    def defining(self, kind: str) -> list[str]:
        """Files that may hold a CRD of the kind, of whatever group."""
        ...

    def using(self, api_version: str, kind: str) -> list[str]:
        """Files that hold an object of a kind that is none of Kubernetes' own, as far as their text tells."""
        ...

    def of_project(self, name: str) -> list[str]:
        """Files with Argo CD Applications, or sets that make some, which name the AppProject ``name``."""
        ...
