"""Symlinks of a tree: where a path really leads, and which other paths lead to it. Pure; the tree gives the texts.

Resolved as a system does it (path_resolution(7)): ``..`` after a symlink is above what the link points to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_MOST_LINKS = 40  # as Linux follows at most


@dataclass(frozen=True, slots=True)
class Way:
    """Where a path leads. ``real`` is None outside of the tree and in a loop; ``links`` are the symlinks on the way,
    ``left`` the directories that a ``..`` leaves again: they must be there too."""

    real: str | None
    links: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def depends_on(self, path: str) -> bool:
        """Whether the way may lead elsewhere once ``path`` is something else than it is now."""
        if path in self.links or (self.real is not None and self.real.startswith(path + "/")):
            return True
        return any(path == folder or path.startswith(folder + "/") for folder in self.left)


class Links:
    """The symlinks of one tree: their paths and what is written in them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._by: dict[str, list[str]] | None = None

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def way(self, path: str) -> Way:
        """Follow every symlink in a path (``""`` is the root)."""
        if not self._texts or not path:
            return Way(path)
        done: list[str] = []
        links: list[str] = []
        left: list[str] = []
        todo = path.split("/")[::-1]
        while todo:
            step = todo.pop()
            if step in ("", "."):
                continue
            if step == "..":
                if not done:
                    return Way(None, tuple(links), tuple(left))
                left.append("/".join(done))
                done.pop()
                continue
            done.append(step)
            here = "/".join(done)
            text = self._texts.get(here)
            if text is None:
                continue
            links.append(here)
            if len(links) > _MOST_LINKS or not text or text.startswith("/") or "\0" in text:
                return Way(None, tuple(links), tuple(left))
            done.pop()
            todo += text.split("/")[::-1]
        return Way("/".join(done), tuple(links), tuple(left))

    def carriers(self, path: str) -> set[str]:
        """Symlinks through which a path is seen, by one hop or several: what lies above one lies above the path too."""
        if not self._texts:
            return set()
        found: set[str] = set()
        queue = [path]
        while queue:
            name = queue.pop()
            fresh = {link for key in ("=" + name, *_at_or_above(name)) for link in self._users().get(key, ())} - found
            found |= fresh
            queue += fresh
        return found

    def _users(self) -> Mapping[str, list[str]]:
        """Symlinks by what their way depends on: ``=PATH`` that very path, ``/PATH`` it and everything below."""
        if self._by is None:
            by: dict[str, list[str]] = {}
            for link in self._texts:
                way = self.way(link)
                below = [*way.left] if way.real is None else [way.real, *way.left]
                exact = [*way.links, *_above(way.real or "")]
                for key in {*("/" + path for path in below), *("=" + path for path in exact)}:
                    by.setdefault(key, []).append(link)
            self._by = by
        return self._by


def _above(path: str) -> Iterator[str]:
    """The directories above a path, without the root."""
    at = path.rfind("/")
    while at > 0:
        path = path[:at]
        yield path
        at = path.rfind("/")


def _at_or_above(path: str) -> Iterator[str]:
    yield "/" + path
    yield from ("/" + above for above in _above(path))
    if path:
        yield "/"


def is_at_or_below(path: str, directory: str | None) -> bool:
    """Whether a path is a directory ("" the root) or something in it; False without a directory."""
    return directory is not None and (path == directory or not directory or path.startswith(directory + "/"))
