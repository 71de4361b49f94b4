"""Lines that need no render: the object stands as it is in one file, and nothing else could have written the value.

What renders in ways that this page does not know (charts, replacements, prefixes, plugins, what Flux and Argo CD lay over
the files) is left to a render, and so is every value that a kustomization or a patch holds as well. So this answers less
than a proof does, and never otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from bot.model.unit import KustomizeRender, ObjectId, PlainRender, Render
from bot.render.base import Material
from bot.render.trace_alike import Object, identity, is_masked
from bot.render.trace_match import Question
from bot.render.trace_sources import Sources, how
from bot.render.trace_spots import Spot, as_text

NAME = ("metadata", "name")
# Fields of a kustomization (kustomize, api/types/kustomization.go) that set values only from scalars written below them.
_PLAIN = frozenset(
    ("apiVersion", "kind", "metadata", "resources", "bases", "components", "namespace", "commonLabels", "labels",
     "commonAnnotations", "images", "replicas", "patches", "patchesStrategicMerge", "patchesJson6902",
     "configMapGenerator", "secretGenerator", "generatorOptions", "sortOptions", "buildMetadata")
)  # fmt: skip
_GENERATED = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_RENAMING = ("allowNameChange", "allowKindChange")  # options of a patch, also as annotations that kustomize keeps


class Look:
    """Answers for one material and what it renders to."""

    def __init__(self, material: Material, sources: Sources, rendered: list[Object]) -> None:
        self._material = material
        self._sources = sources
        ids = (identity(fields) for fields in rendered)
        self._count = Counter((found.kind, found.name) for found in ids)

    def spot(self, question: Question, value: object) -> Spot | None:
        """The spot that sets the value; None where looking does not tell."""
        wanted = question.object
        if value is None or is_masked(value) or question.part or not self._can_tell(wanted):
            return None
        keys = tuple(step for step in question.path if isinstance(step, str))
        homes = list(self._homes(wanted))
        if len(homes) != 1:
            return None
        text, home = as_text(value), homes[0]
        there = [
            spot
            for spot in self._sources.spots(home.file)
            if (spot.root, spot.path, spot.text, len(spot.within)) == (home.root, keys, text, 1)
        ]
        if len(there) != 1 or any(self._may_write(spot, keys, text) for spot in self._writers):
            return None
        return there[0]

    def _can_tell(self, wanted: ObjectId) -> bool:
        if not self._is_plain or wanted.kind == "Secret" or self._count[wanted.kind, wanted.name] != 1:
            return False
        return _GENERATED.get(wanted.kind) not in self._sources.fields

    @cached_property
    def _is_plain(self) -> bool:
        sources = self._sources
        return (
            _is_plain_part(self._material.part)
            and len(sources.paths) == len(self._material.files)  # a symlink shows a file at another place
            and not sources.unread
            and sources.fields <= _PLAIN
            and not (_substitutes(self._material.part) and any(True for _ in sources.holding("$")))
            and all(self._is_legible(path) for path in sources.paths if sources.role(path) != "resource")
        )

    def _is_legible(self, path: str) -> bool:
        """Whether all that a kustomization or a patch may write is known: no text inside that was not looked into, no
        operation that takes a value from elsewhere."""
        spots = self._sources.spots(path)
        if not spots or "<<" in (self._sources.text(path) or ""):  # what a merge key brings stands at another place
            return False
        inside = {_outer(spot) for spot in spots if len(spot.within) > 1}
        return not any(
            (spot.path[-1:] == ("op",) and spot.text in ("copy", "move"))
            or (spot.path[-1:] and spot.path[-1].endswith(_RENAMING))
            or (_is_text(spot) and _outer(spot) not in inside)
            for spot in spots
        )

    @cached_property
    def _writers(self) -> list[Spot]:
        sources = self._sources
        return [spot for path in sources.paths if sources.role(path) != "resource" for spot in sources.spots(path)]

    def _homes(self, wanted: ObjectId) -> Iterator[Spot]:
        """The name of each object in a manifest that may be the one."""
        for path in self._sources.holding(wanted.name):
            if self._sources.role(path) == "resource" and not self._sources.is_content(path):
                for spot in self._sources.spots(path):
                    if spot.owner == (wanted.kind, wanted.name) and spot.path == NAME and spot.text == wanted.name:
                        yield spot

    def _may_write(self, spot: Spot, keys: tuple[str, ...], text: str) -> bool:
        if keys == NAME:
            return spot.text == text and _may_name(spot)
        if keys[-1:] == ("image",):
            return bool(spot.text) and spot.text in text  # put together of name, tag and digest
        return spot.text == text


def _may_name(spot: Spot) -> bool:
    """Whether a spot can set the name of an object: only a patch does, and a merge patch keeps the name of what it is for
    (kustomize, Resource.ApplySmPatch), whatever its own is."""
    own = spot.path == NAME and spot.owner[1] == spot.text
    return how(spot) == "patch" and spot.path[-1:] == ("name",) and spot.path[-2:] != ("target", "name") and not own


def _is_plain_part(part: Render) -> bool:
    if isinstance(part, PlainRender):
        return True
    return isinstance(part, KustomizeRender) and part.overlay.is_empty() and not part.mounts and not part.enable_helm


def _substitutes(part: Render) -> bool:
    return getattr(part, "substitution", None) is not None


def _outer(spot: Spot) -> tuple[int, int]:
    """The scalar of the file that a spot is, or is inside of."""
    return spot.within[0].start, spot.within[0].end


def _is_text(spot: Spot) -> bool:
    """Whether a scalar of a kustomization is a patch, and not the path of one."""
    if len(spot.within) > 1 or spot.role != "kustomization":
        return False
    return spot.path[-1:] == ("patch",) or (spot.field == "patchesStrategicMerge" and ":" in spot.text)
