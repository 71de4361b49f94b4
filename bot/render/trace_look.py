"""Lines that need no render: the object stands as it is in one file, and nothing else could have written the value.

What renders in ways that this page does not know (charts, plugins, what Flux and Argo CD lay over the files) is left to a
render, and so is every value that a kustomization or a patch may have written as well (trace_writers). So this answers less
than a proof does, and never otherwise.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property

from bot.model.unit import KustomizeRender, ObjectId, PlainRender, Render
from bot.render.base import Material
from bot.render.trace_alike import Object, identity, is_masked
from bot.render.trace_match import Question
from bot.render.trace_sources import Sources
from bot.render.trace_spots import Spot, as_text
from bot.render.trace_writers import NAME, Writers

# Fields of a kustomization (kustomize, api/types/kustomization.go) that set values only from scalars written below them, or
# in ways that trace_writers knows. A configuration says where the others write, never what.
_PLAIN = frozenset(
    ("apiVersion", "kind", "metadata", "resources", "bases", "components", "namespace", "commonLabels", "labels",
     "commonAnnotations", "images", "replicas", "patches", "patchesStrategicMerge", "patchesJson6902",
     "configMapGenerator", "secretGenerator", "generatorOptions", "sortOptions", "buildMetadata", "configurations", "vars",
     "replacements", "namePrefix", "nameSuffix")
)  # fmt: skip
_GENERATED = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}
_SECRET_VALUES = (("data",), ("stringData",))
_PREFIXES = frozenset(("namePrefix", "nameSuffix"))
_RENAMES = _PREFIXES | frozenset(_GENERATED.values())  # what refers to a name is changed with it
_RENAMING = ("allowNameChange", "allowKindChange")  # options of a patch, also as annotations that kustomize keeps


class Look:
    """Answers for one material and what it renders to."""

    def __init__(self, material: Material, sources: Sources, rendered: list[Object]) -> None:
        self._material = material
        self._sources = sources
        self._writers = Writers(sources)
        ids = (identity(fields) for fields in rendered)
        self._count = Counter((found.kind, found.name) for found in ids)

    def spot(self, question: Question, value: object) -> Spot | None:
        """The spot that sets the value; None where looking does not tell."""
        wanted = question.object
        keys = tuple(step for step in question.path if isinstance(step, str))
        hidden = is_masked(value)
        if value is None or question.part or not self._can_tell(wanted):
            return None
        if hidden and not (wanted.kind == "Secret" and keys == question.path and keys[:-1] in _SECRET_VALUES):
            return None
        home = self._home(wanted)
        if home is None:
            return None
        if keys == NAME:
            return home
        text = as_text(value)
        beside = [
            s for s in self._sources.spots_around(home) if (s.root, s.path, len(s.within)) == (home.root, keys, 1)
        ]
        if hidden:  # there is one place for it, so that its text does not matter where nothing else writes there
            alone = len(beside) == 1 and not self._writers.may_set(keys)
            return beside[0] if alone and not self._may_become(beside[0].text, "") else None
        there = [spot for spot in beside if spot.text == text]
        if len(there) != 1 or any(self._may_become(spot.text, text) for spot in beside):
            return None
        return None if self._writers.may_write(keys, text) else there[0]

    def _can_tell(self, wanted: ObjectId) -> bool:
        if not self._is_plain or self._count[wanted.kind, wanted.name] != 1:
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

    def _home(self, wanted: ObjectId) -> Spot | None:
        """Where the name of an object is written; None where more than one manifest, or a patch, may have given it."""
        renamed = bool(self._sources.fields & _PREFIXES)
        if self._writers.may_name(wanted.kind, "" if renamed else wanted.name):
            return None
        needle = wanted.kind if renamed else wanted.name
        found = [
            spot
            for path in self._sources.holding(needle)
            if self._sources.role(path) == "resource" and not self._sources.is_content(path)
            for spot in self._sources.spots_of_kind(path, wanted.kind, needle)
            if spot.path == NAME and spot.owner == (wanted.kind, spot.text)
            and (spot.text in wanted.name if renamed else spot.text == wanted.name)
        ]  # fmt: skip
        return found[0] if len(found) == 1 else None

    def _may_become(self, written: str, text: str) -> bool:
        """Whether what is written may come out as the text: through a prefix, a suffix, a hash, a variable."""
        fields = self._sources.fields
        if "vars" in fields and "$(" in written:
            return True
        return bool(fields & _RENAMES and written and written in text and written != text)


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
