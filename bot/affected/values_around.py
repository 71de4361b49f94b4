"""Values files of a chart that lie neither in it nor right beside it, where it can only be this chart that they are for.

One chart alone
 At or below a directory there is one application chart: then ``values-ENV.yaml`` in that directory (or in its ``deploy/``,
 ``helm/`` ...), ``ENV.yaml`` in its ``values/``, ``env/``, ``environments/`` ... and ``values.yaml`` in
 ``environments/ENV/`` are its values.
Named
 Several charts, of which one has that name: ``environments/ENV/NAME.yaml``, ``environments/ENV/NAME/values.yaml`` and
 ``environments/NAME/ENV.yaml``.

What anything else names as values (a HelmRelease, an Application, a kustomization, the configuration) is not taken, and
nothing beside it. ``values_touched`` says which change makes a chart be read again for this.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from bot.affected.edges import Kind, ancestors
from bot.affected.environment_words import is_region
from bot.affected.facts import KUSTOMIZATION_NAMES
from bot.affected.links import is_at_or_below
from bot.affected.only_charts import only_called, only_chart
from bot.affected.values_names import (
    AROUND,
    ENDINGS,
    FOR_ALL,
    HOLDERS,
    SIDE_ONLY,
    VALUES_WORD,
    Place,
    stem_of,
    without_side,
)

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View

_MOST_ABOVE = 12  # directories above a chart
MOST_ENVIRONMENTS = 100  # of one directory: what holds more is no environment's
_BUILT = (*KUSTOMIZATION_NAMES, "Chart.yaml")


def places_around(view: View, directory: str, read: Reader) -> list[Place]:
    """The values files of the chart in ``directory``; [] where none of them is of an environment."""
    return _Around(view, directory, read).places()


def is_free(view: View, path: str, top: str, read: Reader) -> bool:
    """Whether a file may hold values, and nothing else names it or reads a directory from ``top`` down to it."""
    around = _Around(view, "", read)
    entry = view.entry(path)
    return entry is not None and not view.facts(entry).manifest and not around.is_claimed(path, top)


class _Around:
    """Looks around one chart."""

    def __init__(self, view: View, directory: str, read: Reader) -> None:
        self._view = view
        self._directory = directory
        self._read = read
        self._name = directory.rpartition("/")[2]

    def places(self) -> list[Place]:
        found: list[Place] = []
        alone = not self._is_environment(self._name)
        named = alone
        for above in islice(ancestors(self._directory), _MOST_ABOVE):
            named = named and only_called(self._view, above, self._name, self._read) == self._directory
            alone = alone and only_chart(self._view, above, self._read) == self._directory
            if not named and not alone:
                break
            for root in (above, *(_join(above, name) for name in AROUND)):
                if not is_at_or_below(self._directory, root) or root == above:
                    found += self._at(root, alone=alone)
        return found

    def _at(self, root: str, *, alone: bool) -> list[Place]:
        found = list(self._beside(root)) if alone else []
        for name in HOLDERS:
            found += self._in_holder(_join(root, name), alone=alone)
        return found

    # -- one chart alone

    def _beside(self, root: str) -> list[Place]:
        """``values-ENV.yaml`` directly in a directory."""
        found = [place for path in self._files(root) if (place := self._explicit(path)) is not None]
        return self._unclaimed(found)

    def _explicit(self, path: str) -> Place | None:
        stem = stem_of(path)
        match = VALUES_WORD.match(stem)
        if stem != "values" and (match is None or not match["after"]):
            return None
        return self._of_word(path, match["after"] if match else "values", depth=0)

    def _directly(self, holder: str) -> Iterator[Place]:
        """``ENV.yaml`` and ``values-ENV.yaml`` in ``environments/``."""
        for path in self._files(holder):
            if (place := self._of_word(path, _word(path), depth=1)) is not None:
                yield place

    def _of_word(self, path: str, word: str, depth: int) -> Place | None:
        if word.lower() in FOR_ALL or SIDE_ONLY.match(word):
            return Place("", "", word.lower() not in FOR_ALL, depth, path)
        core = without_side(word)
        if not self._is_environment(core):
            return None
        return Place(core, self._environment(core), core != word, depth, path)

    # -- in a directory that is meant for values

    def _in_holder(self, holder: str, *, alone: bool) -> list[Place]:
        found = list(self._directly(holder)) if alone else []
        for folder in self._view.folders_in(holder, MOST_ENVIRONMENTS) or ():
            name = folder.rpartition("/")[2]
            if name == self._name:
                found += () if self._is_built(folder) else self._directly(folder)
            elif self._is_environment(name) and not (alone and self._is_built(folder)):
                found += self._of_environment(folder, name, alone=alone)
        return self._unclaimed(found, holder if alone else None)

    def _of_environment(self, folder: str, environment: str, *, alone: bool) -> Iterator[Place]:
        """``values.yaml`` in ``environments/ENV/``, and what the chart's name stands for there."""
        for path in self._files(folder):
            stem = stem_of(path)
            if alone and (_is_called(stem) or _word(path) == environment):
                yield self._place(path, environment, side=not stem.startswith("values"))
            elif _word(path) == self._name:
                yield self._place(path, environment)
        for below in self._below(folder, alone=alone):
            name = below.rpartition("/")[2]
            key = environment if name == self._name else f"{environment}/{name}"
            for path in self._files(below):
                if _is_called(stem_of(path)) or _word(path) == self._name:
                    yield self._place(path, key, side=not stem_of(path).startswith("values"), depth=3)

    def _below(self, folder: str, *, alone: bool) -> list[str]:
        """In an environment's directory that of the chart, and those of regions."""
        own = f"{folder}/{self._name}"
        regions = self._view.folders_in(folder, MOST_ENVIRONMENTS) or () if alone else ()
        found = [own, *(below for below in regions if below != own and is_region(below.rpartition("/")[2]))]
        return [below for below in found if not self._is_built(below)]

    def _place(self, path: str, key: str, *, side: bool = False, depth: int = 2) -> Place:
        return Place(key, self._environment(key.replace("/", "-")), side, depth, path)

    # -- what counts

    def _files(self, folder: str) -> Iterator[str]:
        """Files that may hold values."""
        for entry in self._view.files_in(folder):
            is_yaml = entry.path.endswith(ENDINGS) and not entry.is_submodule
            if is_yaml and not self._view.facts(entry).manifest:
                yield entry.path

    def _is_built(self, folder: str) -> bool:
        """Whether something else than the chart is built from the directory."""
        return any(self._view.entry(f"{folder}/{name}") is not None for name in _BUILT)

    def _unclaimed(self, found: list[Place], top: str | None = None) -> list[Place]:
        """Nothing, where something else names one of them or nothing of it is of an environment."""
        if not any(place.key for place in found) or any(self.is_claimed(place.path, top) for place in found):
            return []
        return found

    def is_claimed(self, path: str, top: str | None) -> bool:
        if any(e.kind is Kind.EXACT and e.scope[0] in "kfc" and e.source[0] != "x" for e in self._view.into(path)):
            return True
        inside = (above for above in ancestors(path) if top is not None and is_at_or_below(above, top))
        return any(claims_below(edge.kind, edge.scope) for above in inside for edge in self._view.into(above))

    def _is_environment(self, word: str) -> bool:
        return self._read.namer.is_environment(word)

    def _environment(self, word: str) -> str:
        return self._read.namer.name(f"environments/{word}").environment


def claims_below(kind: Kind, scope: str) -> bool:
    """Whether an edge onto a directory says that the files below are something else's: a declaration reads them."""
    return scope[0] == "f" and kind in (Kind.TREE, Kind.DIR, Kind.GENERATES)


def _is_called(stem: str) -> bool:
    """Whether a file in an environment's directory calls itself values, or what only adds to them."""
    match = VALUES_WORD.match(stem)
    word = match["after"] or match["before"] if match else stem
    return stem == "values" or word.lower() in FOR_ALL or SIDE_ONLY.match(word) is not None


def _word(path: str) -> str:
    """What a file is called beside being values."""
    stem = stem_of(path)
    match = VALUES_WORD.match(stem)
    return (match["after"] or match["before"]) if match else stem


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
