"""What may have written a value besides the manifest of its object: patches, fields of kustomizations, replacements.

"May" is the answer wherever this page is not sure. A scalar of a patch writes at its own keys only, unless anchors are
about (their values count where an alias stands); fields of a kustomization write where they like, apart from those that name
files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from bot.documents import load_all
from bot.errors import GatehouseError
from bot.render.trace_sources import Sources, how
from bot.render.trace_spots import Spot

NAME = ("metadata", "name")
_FILES = frozenset(("resources", "bases", "components", "configurations"))
_BRACKETS = re.compile(r"\[[^\]]*\]")
Keys = tuple[str, ...]


class Writers:
    """All that may write in one material."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def may_write(self, keys: Keys, text: str) -> bool:
        """Whether the value at these keys of an object (those of its path, without positions) may come from here."""
        found = _plain(keys)
        return self._replaces(found) or any(self._writes(spot, found, text) for spot in self._spots)

    def may_set(self, keys: Keys) -> bool:
        """As ``may_write``, whatever the value: for keys at which no field of a kustomization writes by itself."""
        if "configurations" in self._sources.fields or self._replaces(_plain(keys)) or _plain(keys) != keys:
            return True
        patches = (spot for spot in self._spots if how(spot) == "patch")
        return any(spot.file in self._anchored or spot.path[-1:] == keys[-1:] for spot in patches)

    def may_name(self, kind: str, name: str) -> bool:
        """Whether the name of an object may come from here ("": any name). Of patches only a JSON patch does, since a merge
        patch keeps the name of what it is for (kustomize, Resource.ApplySmPatch), whatever its own is."""
        if self._replaces(NAME) or self._replaces(("kind",)):
            return True
        return any(
            (name in ("", spot.text) and (_names(spot, kind) or self._hides_name(spot))) or _makes_kind(spot, kind)
            for spot in self._spots
        )

    def _hides_name(self, spot: Spot) -> bool:
        """Whether an alias may bring what stands here to where a JSON patch takes a name from."""
        return spot.file in self._anchored and how(spot) == "patch" and spot.path != NAME

    @cached_property
    def _spots(self) -> list[Spot]:
        sources = self._sources
        return [spot for path in sources.paths if sources.role(path) != "resource" for spot in sources.spots(path)]

    def _writes(self, spot: Spot, keys: Keys, text: str) -> bool:
        # an image is put together of name, tag and digest
        same = bool(spot.text) and spot.text in text if keys[-1:] == ("image",) else spot.text == text
        if not same and not ("$(" in spot.text and "vars" in self._sources.fields):  # a variable may become anything
            return False
        if spot.file in self._anchored:
            return True
        if spot.role == "kustomization" and len(spot.within) == 1:
            return not _only_names(spot)
        return how(spot) != "patch" or _plain(spot.path)[-len(keys) :] == keys

    @cached_property
    def _anchored(self) -> frozenset[str]:
        """Files that hold anchors, or texts with some: what stands there may count elsewhere."""
        inside = {spot.file for spot in self._spots if any("&" in each.content for each in spot.within)}
        return frozenset(inside | {spot.file for spot in self._spots if "&" in (self._sources.text(spot.file) or "")})

    # -- replacements

    def _replaces(self, keys: Keys) -> bool:
        return any(keys[: len(target)] == target for target in self._targets)

    @cached_property
    def _targets(self) -> frozenset[Keys]:
        """The beginnings of the paths that replacements write at; () for anywhere."""
        sources = self._sources
        paths = [path for path in sources.paths if sources.role(path) == "replacement"]
        if "replacements" in sources.fields:
            paths += [path for path in sources.paths if sources.role(path) == "kustomization"]
        return frozenset(target for path in paths for target in _targets(sources.text(path) or ""))


def _targets(text: str) -> Iterator[Keys]:
    try:
        documents = [document.value for document in load_all(text.encode(errors="surrogateescape"), name="")]
    except GatehouseError:
        yield ()
        return
    for value in documents:
        listed = value.get("replacements", [value]) if isinstance(value, dict) else value
        for each in _mappings(listed):
            for target in _mappings(each.get("targets")):
                yield from _field_paths(target.get("fieldPaths"))


def _field_paths(found: Any) -> Iterator[Keys]:
    """kustomize's way to say a path: keys with dots between them, ``[name=x]`` or a number for an item, ``*`` for all."""
    if not found:
        yield NAME  # kustomize, api/types/replacement.go: DefaultReplacementFieldPath
        return
    for each in found if isinstance(found, list) else [found]:
        if not isinstance(each, str) or "\\" in each:
            yield ()
        else:
            yield _plain(_BRACKETS.sub("", each).split("*")[0].split("."))


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _plain(keys: Iterable[str]) -> Keys:
    """Keys without what may be a position in a list."""
    return tuple(key for key in keys if key not in ("", "-") and not key.isdigit())


def _only_names(spot: Spot) -> bool:
    """Whether a scalar of a kustomization names a file, or what a patch is for."""
    if spot.field in _FILES:
        return True
    return how(spot) == "patch" and ("target" in spot.path or spot.path[-1:] == ("path",))


def _makes_kind(spot: Spot, kind: str) -> bool:
    """Whether a JSON patch makes the object one of this kind. What a merge patch calls its kind is what it is for."""
    at_top = how(spot) == "patch" and spot.path in (("kind",), ("value", "kind"))
    return at_top and spot.text == kind and spot.owner[0] != kind


def _names(spot: Spot, kind: str) -> bool:
    if kind == "Namespace" and how(spot) == "namespace":  # kustomize gives it to Namespaces as their name
        return True
    own = spot.path == NAME and spot.owner[1] == spot.text
    return how(spot) == "patch" and spot.path[-2:] == NAME and not own
