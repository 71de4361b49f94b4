"""The values files of a chart that nothing deploys by name, put together by environment. No tool says which files belong to
which environment: these are the names that people give them, and a note tells where the order is our own.

In the chart's directory
 ``values-ENV.yaml`` (also ``values_ENV``, ``values.ENV``, ``ENV-values``, ``ENV``), and after it what only sets an image or
 secrets: ``values-ENV-image.yaml``, ``values-image-ENV.yaml``, ``image-ENV.yaml``, ``secrets.ENV.yaml``.
In a directory of an environment (``ENV/``, or in ``values/``, ``env/``, ``envs/``, ``environments/``, ``stages/``)
 ``values.yaml`` first, then every other ``values*``, ``image*``, ``tag*``, ``version*`` and ``secret*`` by name; in
 ``values/ENV/`` every file. A directory further down (``env/prod/eu/values.yaml``) is one more, on top of these.
Directly in ``values/``, ``env/`` ...
 ``ENV.yaml`` and the forms of the chart's directory; in ``image-tags/``, ``secrets/`` ... only what they set.
Outside of the chart, on top of what it holds itself for the same environment
 ``values-ENV.yaml`` and the directories above beside a chart whose directory is called ``chart`` or ``helm``, or that is the
 only one in ``deploy/``, ``helm_deploy/`` and the like; beside ``charts/NAME`` the directory ``values/NAME/``, and for all
 environments ``values/NAME.yaml``. Where there are none either, what can only be this chart's (``values_around``).
For all of them
 ``values-common.yaml``, ``values/default.yaml``, ``image.yaml`` and the like come first: they name no environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from bot.affected.environment_words import is_weak
from bot.affected.facts import KUSTOMIZATION_NAMES
from bot.affected.links import is_at_or_below
from bot.affected.values_names import (
    ENDINGS,
    FOR_ALL,
    HOLDERS,
    NO_ENVIRONMENT,
    SIDE,
    SIDE_HOLDERS,
    SIDE_ONLY,
    VALUES_WORD,
    Place,
    without_side,
)

if TYPE_CHECKING:
    from bot.affected.rules import Reader
    from bot.affected.view import View

_NAMED_HOLDERS = (
    *HOLDERS,
    "config",
    "configs",
)  # of these only what is called values: the rest configures the program
_PARTS_OF_CHARTS = frozenset(("charts", "templates", "crds", "ci", "tests", "files"))
_IN_ENVIRONMENT = re.compile(rf"(?:values|{SIDE})(?:[-_.].*)?\Z", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_ONLY_CHART = ("chart", "helm", "helm-chart", "helmchart")  # directories that hold the one chart of what lies around
_ONE_CHART = frozenset(
    ("deploy", "deployment", "helm", "helm-deploy", "helm_deploy", "helm-deployment")
)  # may hold one
_CHARTS = ("charts", "helm-charts")
_OUTSIDE = 100  # deeper than any place in a chart: what lies around wins over the chart's own
_DEEPEST = 3  # directories: values/ENV/REGION
_MOST_NAMED = 5


class Values(NamedTuple):
    """The values of one environment: later files win. ``environment`` may be unknown."""

    environment: str
    files: tuple[str, ...]
    notes: tuple[str, ...] = ()


def values_by_environment(view: View, directory: str, read: Reader) -> dict[str, Values]:
    """The values of each environment of the chart in ``directory``, by a name that is unique in the chart; "" where
    nothing but the defaults is known."""
    readings = [_Reading(view, directory, read)]
    own = [*readings[0].places(), *_called_like_it(view, directory, read)]
    outside = [each for each in _outside(directory) if each[1] or _is_the_only_chart(view, directory)]
    readings += [_Reading(view, root, read, within=within, outside=True) for root, within in outside]
    found = [place for reading in readings[1:] for place in reading.places()]
    if not any(place.key for place in found):
        from bot.affected.values_around import places_around

        found = places_around(view, directory, read)
    around = [
        place._replace(depth=place.depth + _OUTSIDE) for place in found if not is_at_or_below(place.path, directory)
    ]
    keys = dict.fromkeys(place.key for place in (*own, *around) if place.key)
    notes = (*_unused([file for reading in readings for file in reading.unused]), *readings[0].without_values(keys))
    if not keys:
        return {"": _values("", own, notes)}
    first = min(keys)  # a change of the chart shows them all: what is said about the chart is said once
    return {key: _values(key, [*_of(own, key), *_around(around, key)], notes if key == first else ()) for key in keys}


def _called_like_it(view: View, directory: str, read: Reader) -> list[Place]:
    """``values/NAME.yaml`` beside ``charts/NAME``, where nothing else names it: for all environments of the chart."""
    above, _, name = directory.rpartition("/")
    top, _, parent = above.rpartition("/")
    if parent not in _CHARTS or name in FOR_ALL or read.namer.is_environment(name):
        return []
    paths = [f"{top}/values/{name}{ending}".lstrip("/") for ending in ENDINGS]
    found = [path for path in paths if (entry := view.entry(path)) is not None and not entry.is_submodule]
    if not found:
        return []
    from bot.affected.values_around import is_free

    return [
        Place("", "", False, _OUTSIDE, path) for path in found if is_free(view, path, f"{top}/values".lstrip("/"), read)
    ]


def watched(directory: str) -> list[str]:
    """Directories outside of the chart where its values may lie: what comes or goes there may change its units."""
    return [root for root, _ in _outside(directory)]


def _outside(directory: str) -> list[tuple[str, tuple[str, ...]]]:
    """Where values of the chart may lie outside of it, and the directories of its own that each stands for."""
    *above, parent, name = ("", *directory.split("/")) if directory else ("", "")
    found: list[tuple[str, tuple[str, ...]]] = []
    if name.lower() in _ONLY_CHART or parent.lower() in _ONE_CHART:
        found.append(("/".join((*above, parent)).lstrip("/"), ()))
    if parent in _CHARTS:
        found.append(("/".join((*above, "values", name)).lstrip("/"), ("values",)))
    return found


def _is_the_only_chart(view: View, directory: str) -> bool:
    """Whether values beside the chart's directory can only be its own: by its name, or because no other chart is there."""
    above, _, name = directory.rpartition("/")
    if name.lower() in _ONLY_CHART:
        return True
    return not any(view.entry(f"{other}/Chart.yaml") for other in view.children(above)[1] if other != directory)


def _of(places: Iterable[Place], key: str) -> list[Place]:
    """Files for all variants and those of one; those of a region stand on the environment's own."""
    return [place for place in places if place.key in ("", key, key.partition("/")[0])]


def _around(places: Iterable[Place], key: str) -> list[Place]:
    """The same of places outside of the chart, where those for all count only together with one of the variant."""
    found = _of(places, key)
    return found if any(place.key for place in found) else []


def _values(key: str, places: list[Place], notes: tuple[str, ...]) -> Values:
    found = sorted(places, key=lambda place: (bool(place.key), place.order))
    files = [place.path for place in found]
    environment = next((place.environment for place in found if place.key == key and place.environment), "")
    unsure = [place for place in found if not place.side or not place.key]
    if len(unsure) > 1 or any(not place.key for place in found):
        notes = (_order(files), *notes)
    return Values(environment, tuple(files), notes)


def _order(files: Iterable[str]) -> str:
    return f"No file says with which values it is installed; these are taken, in this order: {_named(files)}."


def _unused(files: list[str]) -> Iterator[str]:
    if files:
        yield f"These look like values of no environment, and are taken for none: {_named(files)}."


def _named(files: Iterable[str]) -> str:
    found = list(files)
    return ", ".join(found[:_MOST_NAMED]) + (" ..." if len(found) > _MOST_NAMED else "")


class _Reading:
    """Looks at the files of one chart: in its directory, or with ``outside`` in another one. ``within`` are the steps in a
    chart that lead to such a place as this one."""

    def __init__(
        self, view: View, directory: str, read: Reader, *, within: tuple[str, ...] = (), outside: bool = False
    ) -> None:
        self._view = view
        self._directory = directory
        self._prefix = f"{directory}/" if directory else ""
        self._read = read
        self._within = within
        self._outside = outside
        self._folders = list(self._below())
        self.unused: list[str] = []

    def _below(self) -> Iterator[tuple[str, list[str]]]:
        """The directories below, with their steps. Outside of a chart only those that are meant for values are looked at."""
        tops = [self._directory]
        if self._outside and not self._within:
            tops = [f"{self._prefix}{holder}" for holder in (*HOLDERS, *SIDE_HOLDERS)]
            yield from ((top, [top.rpartition("/")[2]]) for top in tops)
        for top in tops:
            for folder in self._view.directories(top):
                yield folder, [*self._within, *folder[len(self._prefix) :].split("/")]

    def places(self) -> list[Place]:
        """What is found, the chart's own directory first."""
        return [place for path in self._candidates() if (place := self._place(path)) is not None]

    def _candidates(self) -> Iterator[str]:
        yield from self._yaml_in(self._directory)
        for folder, steps in self._folders:
            if len(steps) <= _DEEPEST and self._is_of_values(steps) and not self._is_another(folder):
                yield from self._yaml_in(folder)

    def _yaml_in(self, folder: str) -> Iterator[str]:
        for entry in self._view.files_in(folder):
            if entry.path.endswith(ENDINGS) and not entry.is_submodule:
                yield entry.path

    def _is_of_values(self, steps: list[str]) -> bool:
        if steps[0] in _PARTS_OF_CHARTS:
            return False
        if len(steps) == 1 and (SIDE_ONLY.match(steps[0]) or self._environment(steps[0])):
            return True
        return steps[0] in _NAMED_HOLDERS

    def _is_another(self, folder: str) -> bool:
        """Whether something else than this chart is built from the directory."""
        return any(self._view.entry(f"{folder}/{name}") is not None for name in (*KUSTOMIZATION_NAMES, "Chart.yaml"))

    def _place(self, path: str) -> Place | None:
        """What the file is; None for one that is no values file, or nobody knows whose."""
        *steps, name = (*self._within, *path[len(self._prefix) :].split("/"))
        stem = name.rpartition(".")[0]
        if not steps:
            return self._outside_chart(path, stem) if self._outside else self._beside_chart(path, stem)
        if len(steps) == 1 and SIDE_ONLY.match(steps[0]):
            return self._of_side(path, stem)
        if len(steps) == 1 and steps[0] in HOLDERS:
            found = self._in_holder(path, stem)
        else:
            found = self._in_environment(path, steps, stem)
        about_it = not self._outside or bool(self._within)
        if found is None and about_it and steps[0] in HOLDERS and not self._has_objects(path):
            self.unused.append(path)
        return found

    def _beside_chart(self, path: str, stem: str) -> Place | None:
        explicit = VALUES_WORD.match(stem)
        if explicit and explicit["after"]:
            return self._variant(path, explicit["after"], depth=0)
        word = explicit["before"] if explicit else stem
        core = without_side(word)
        if not explicit and (self._has_objects(path) or is_weak(core)):
            return None
        if SIDE_ONLY.match(word):
            return Place("", "", True, 0, path)
        environment = self._read.namer.name(core).environment
        if not environment or core.lower() in NO_ENVIRONMENT:
            return None
        return Place(core, environment, core != word, 0, path)

    def _outside_chart(self, path: str, stem: str) -> Place | None:
        """Beside other things than the chart only what calls itself values."""
        explicit = VALUES_WORD.match(stem)
        if stem == "values" or (explicit and explicit["after"]):
            found = self._variant(path, explicit["after"] or "" if explicit else stem, depth=0)
            return found if found and (found.environment or not found.key) else None
        return None

    def _in_holder(self, path: str, stem: str) -> Place | None:
        explicit = VALUES_WORD.match(stem)
        word = (explicit["after"] or explicit["before"]) if explicit else stem
        found = self._variant(path, word, depth=1)
        return found if found and (found.environment or not found.key) else None

    def _of_side(self, path: str, stem: str) -> Place | None:
        """A file in ``image-tags/`` or ``secrets/``: it adds to the values of its environment."""
        found = None if self._has_objects(path) else self._in_holder(path, stem)
        return found._replace(side=True) if found and found.key else None

    def _variant(self, path: str, word: str, depth: int) -> Place | None:
        """A file that is named for an environment, or for any other variant."""
        if word.lower() in FOR_ALL or SIDE_ONLY.match(word):
            return Place("", "", word.lower() not in FOR_ALL, depth, path)
        if word.lower() in NO_ENVIRONMENT or not _NAME.match(word):
            return None
        core = without_side(word)
        if core != word and not (self._environment(core) or self._has_values(core)):
            core = word
        return Place(core, self._environment(core), core != word, depth, path)

    def _in_environment(self, path: str, steps: list[str], stem: str) -> Place | None:
        holder, inner = (steps[0], steps[1:]) if steps[0] in _NAMED_HOLDERS else ("", steps)
        if not inner or not (environment := self._environment(inner[0])):
            return None
        called = _IN_ENVIRONMENT.match(stem) is not None
        if not called and (holder != "values" or self._has_objects(path)):
            return None
        if holder not in HOLDERS and holder and not stem.startswith("values"):
            return None
        side = not stem.startswith("values") if holder != "values" else stem != "values"
        environment = self._environment("-".join(inner)) or environment
        return Place("/".join(inner), environment, side, len(steps), path)

    def without_values(self, keys: Iterable[str]) -> Iterator[str]:
        """Directories of environments, beside those of environments that have values, of one that has none."""
        known = set(keys)
        for folder, steps in self._folders:
            if len(steps) == 2 and steps[0] not in (*_PARTS_OF_CHARTS, *_NAMED_HOLDERS) and steps[1] not in known:
                beside = (f"{self._prefix}{steps[0]}/{key}" for key in known)
                if self._environment(steps[1]) and any(map(self._view.is_dir, beside)):
                    yield (
                        f"{folder} is for the environment {steps[1]}, of which the chart has no values file: nothing is "
                        "rendered for it."
                    )

    def _has_values(self, word: str) -> bool:
        return any(self._view.entry(f"{self._prefix}values-{word}{ending}") is not None for ending in ENDINGS)

    def _has_objects(self, path: str) -> bool:
        entry = self._view.entry(path)
        return entry is not None and self._view.facts(entry).manifest

    def _environment(self, word: str) -> str:
        return self._read.namer.name(f"environments/{word}").environment
