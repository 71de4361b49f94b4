"""Where a path of a tree leads through its symlinks. Pure: the texts of the symlinks in, the way out.

Resolved as a system does it (path_resolution(7)): ``..`` after a symlink is above what the link points to. What reads a
tree and what lays one out for a renderer both ask here, so that they agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

MOST_LINKS = 40  # as Linux follows at most


class Way(NamedTuple):
    """Where a path leads. ``real`` is None outside of the tree and in a loop (``circles``: in a loop, or through more
    symlinks than a system follows); ``links`` are the symlinks on the way, ``left`` the directories that a ``..`` leaves
    again: they must be there too."""

    real: str | None
    links: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    circles: bool = False

    def depends_on(self, path: str) -> bool:
        """Whether the way may lead elsewhere once ``path`` is something else than it is now."""
        if path in self.links or (self.real is not None and self.real.startswith(path + "/")):
            return True
        return any(path == folder or path.startswith(folder + "/") for folder in self.left)


def follow(texts: Mapping[str, str], path: str) -> Way:
    """The way of a path (``""`` is the root) in a tree whose symlinks have these texts. What is not there is passed like a
    directory: it may come."""
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
        text = texts.get(here)
        if text is None:
            continue
        links.append(here)
        if len(links) > MOST_LINKS:
            return Way(None, tuple(links), tuple(left), circles=True)
        if not text or text.startswith("/") or "\0" in text:
            return Way(None, tuple(links), tuple(left))
        done.pop()
        todo += text.split("/")[::-1]
    return Way("/".join(done), tuple(links), tuple(left))


def refusal(texts: Mapping[str, str], link: str, *, name: str = "") -> str:
    """Why a symlink cannot be followed, as a sentence; "" when it stays in the tree (there or not). ``name``: what it is
    called where people see it, if it lies elsewhere in this tree."""
    way = follow(texts, link)
    if way.real is not None:
        return ""
    start = f"The symlink {name or link} points to {texts[link]!r}, which leads "
    if way.circles:
        return f"{start}in a circle or through more than {MOST_LINKS} symlinks; make it point to a file or directory."
    return f"{start}out of the repository; make it point to a path inside of it."
