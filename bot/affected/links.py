"""Symlinks of a tree: where a path really leads, and which other paths lead to it. Pure; the tree gives the texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.model.symlinks import Way, follow, refusal


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
        """Follow every symlink in a path of the tree (``""`` is the root)."""
        return follow(self._texts, path) if self._texts else Way(path)

    def refusal(self, link: str) -> str:
        """Why a symlink cannot be followed, as a sentence; "" when it stays in the tree."""
        return refusal(self._texts, link)

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
