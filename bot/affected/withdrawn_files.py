"""Files that are there as before, and whose objects a change takes from a cluster, or from a namespace; and files that
would answer for these although no declaration deploys them, such as the template of a new cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.affected.displaced import displaced, is_displaced
from bot.affected.home import Home
from bot.affected.lookup import ViewLookup
from bot.affected.sources import identity_of
from bot.affected.takers import Takers
from bot.affected.undelivered import undelivered
from bot.affected.unlisted import unlisted

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View

_Files = Mapping[str, frozenset[str]]
_VALUES = ("ConfigMap", "Secret")


class WithdrawnFiles:
    """Those of a change. ``by_path``: by each changed path those that it withdraws, or may: whether something else deploys
    one, or puts it where it was, is asked late."""

    def __init__(self, before: View, after: View, read: Reader) -> None:
        self._before = before
        self._after = after
        self._read = read
        off = unlisted(before, after)
        gone, moved = undelivered(before, after, read, off), displaced(before, after)
        self._unlisted, self._undelivered, self._displaced = map(_all, (off, gone, moved))
        self._edited = frozenset(change.path for change in after.changes if change.before and change.after)
        self.by_path = _joined(off, gone, moved)
        changed = (change.path for change in after.changes if change.before)
        self._lost = frozenset().union(self._unlisted, self._undelivered, self._displaced, changed)
        self._losing: dict[tuple[str, str], bool] = {}
        self._takers = Takers(before), Takers(after)

    def concerns(self, path: str) -> bool:
        """Whether a file is among them, or may be."""
        return any(path in files for files in (self._unlisted, self._undelivered, self._displaced, self._edited))

    def is_taken_off(self, path: str) -> bool:
        """Whether the change makes that nothing deploys a file any more."""
        if path in self._undelivered:
            return True
        if path not in self._unlisted:
            return False
        from bot.affected.deployed import is_deployed

        return not is_deployed(self._after, path, self._read)

    def is_displaced(self, path: str, value: dict[str, object], namespace: str) -> bool:
        """Whether the change makes that an object of a file is not put into a namespace any more."""
        if path not in self._displaced and path not in self._edited:
            return False
        return is_displaced(self._before, self._after, path, value, namespace)

    def may_lose(self, kind: str, name: str) -> bool:
        """Whether a file that the change touches, or withdraws, had a ConfigMap or Secret of that name."""
        asked = (kind, name)
        if asked not in self._losing:
            named = self._before.named(kind, name) if kind in _VALUES else ()
            self._losing[asked] = not self._lost.isdisjoint(named)
        return self._losing[asked]

    def stands_in(self, path: str, value: dict[str, object], namespace: str, near: str) -> bool:
        """Whether a file was there, no declaration deploys it, and it answers for the file ``near`` only as the change takes
        away what did, and what a declaration deployed. One that answered before is applied by somebody."""
        kind, name = str(value.get("kind")), identity_of(value).name
        if not self.may_lose(kind, name) or path not in self._before.named(kind, name):
            return False
        lookup = ViewLookup(self._before, Home(()), near=near, namer=self._read.namer)
        was = lookup.file_of(kind, namespace, name)
        return was != path and was in self._lost and self._is_declared(0, was) and not self._is_declared(1, path)

    def _is_declared(self, side: int, path: str) -> bool:
        return any(node[0] == "u" for node in self._takers[side].direct(path))


def _all(files: _Files) -> frozenset[str]:
    return frozenset().union(*files.values())


def _joined(*kinds: _Files) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for kind in kinds:
        for path, files in kind.items():
            found[path] = found.get(path, frozenset()) | files
    return found
