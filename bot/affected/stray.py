"""Files with ConfigMaps and Secrets that no cluster gets: dummies for tests in ``.ci/``, or below a path of ``ignore:``.

Only what the paths make doubtful is asked about: somebody may apply any other file by hand (``undeployed``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.affected.apart import shared
from bot.affected.takers import Takers

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View


class Strays:
    """Those of one side, of which all edges are known."""

    def __init__(self, view: View, read: Reader) -> None:
        self._read = read
        self._takers = Takers(view)

    def is_stray(self, path: str, near: str = "") -> bool:
        """Whether a file in a hidden or ignored directory, in which ``near`` is not, is taken by no declaration and by no
        kustomization elsewhere."""
        return self._is_doubtful(path, near) and all(self._is_stray_top(top) for top in self._takers.tops(path))

    def _is_stray_top(self, top: str) -> bool:
        return top[0] == "k" and self._is_doubtful(f"{top[2:]}/kustomization.yaml")

    def _is_doubtful(self, path: str, near: str = "") -> bool:
        if any(folder.startswith(".") for folder in path.split("/")[shared(path, near) : -1]):
            return True
        return self._read.ignore.match(path) and not self._read.ignore.match(near)
