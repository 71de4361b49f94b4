"""What the index says of files in memory: the facts of each, read as those of a repository are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from bot.affected.contents import read_facts
from bot.affected.facts import DEFINED, NAMING, OF_PROJECT, USED, role_of
from bot.errors import TooBig
from bot.model.snapshot import Entry


class _Readable(Protocol):
    def walk(self, path: str) -> Iterator[Entry]: ...

    def read(self, entry: Entry) -> bytes: ...

    def learn(self, entry: Entry) -> bytes: ...


class IndexedFiles:
    """The part of ``Indexed`` that a snapshot of a test has from what it can walk and read. ``learn`` may be told apart from
    ``read``: what the index knows nobody reads."""

    def learn(self: _Readable, entry: Entry) -> bytes:
        return self.read(entry)

    def named(self: _Readable, kind: str, name: str) -> list[str]:
        return _naming(self, kind, name)

    def defining(self: _Readable, kind: str) -> list[str]:
        return _naming(self, DEFINED, kind)

    def using(self: _Readable, api_version: str, kind: str) -> list[str]:
        return _naming(self, USED, f"{api_version} {kind}")

    def of_project(self: _Readable, name: str) -> list[str]:
        return _naming(self, OF_PROJECT, name)


def _naming(files: _Readable, kind: str, name: str) -> list[str]:
    entries = (e for e in files.walk("") if role_of(e.path) in NAMING and not e.is_symlink and not e.is_submodule)
    return [entry.path for entry in entries if (kind, name) in _names(files, entry)]


def _names(files: _Readable, entry: Entry) -> tuple[tuple[str, str], ...]:
    try:
        return read_facts(role_of(entry.path), files.learn(entry), entry.path).names
    except TooBig:
        return ()
