"""The files of a render as sources of values: what part each file plays, and its spots, read when first asked for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

from bot.documents import load_all
from bot.documents.texts import decode
from bot.errors import GatehouseError
from bot.model.snapshot import Entry
from bot.model.unit import HelmRender, KustomizeRender
from bot.render.base import Material
from bot.render.trace_declared import LOOK_INTO, ROLE, Declaration, of_object
from bot.render.trace_spots import Spot, env_spots, file_spot, line_spots, yaml_spots

MOST_BYTES = 4 * 1024 * 1024  # of one file; larger ones are data, nobody edits a line of them
_KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_SEPARATOR = re.compile(r"(?:---|\.\.\.|%)[^\n]*")
_PERHAPS = re.compile(r"\n(?=---|\.\.\.|%)")  # begins with a letter: many times faster than the beginning of a row
_NAME = re.compile(r"(?i:name|namespace|host)[\"']?:\s+[\"']?([^\s\"',}]{2,253})")
INLINE = (  # fields whose texts are YAML themselves
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "transformers",
    "generators",
)
_LOOK_INTO = {"kustomization": INLINE, ROLE: LOOK_INTO}
_FIELDS = {  # how a value comes out of a field of a kustomization
    "patches": "patch",
    "patchesStrategicMerge": "patch",
    "patchesJson6902": "patch",
    "configMapGenerator": "generator",
    "secretGenerator": "generator",
    "generators": "generator",
    "labels": "label",
    "commonLabels": "label",
    "commonAnnotations": "annotation",
    "namespace": "namespace",
    "images": "images",
    "replicas": "replicas",
    "replacements": "replacement",
    "vars": "replacement",
    "helmCharts": "values",
}


class Part(NamedTuple):
    """A document of a file: its text, and how many characters and lines of the file stand before it."""

    text: str
    start: int
    lines: int


class Shelf:
    """What was read of files already: units share them."""

    def __init__(self) -> None:
        self.texts: dict[str, str | None] = {}  # by blob
        self.names: dict[str, frozenset[str]] = {}
        self.spots: dict[tuple[object, ...], list[Spot]] = {}
        self.parts: dict[str, list[Part]] = {}  # by blob


class Sources:
    """The files of one material."""

    def __init__(self, material: Material, shelf: Shelf | None = None, declaration: Declaration | None = None) -> None:
        self._material = material
        self._shelf = shelf or Shelf()
        self._files = {entry.path: entry for entry in material.files if not (entry.is_symlink or entry.is_submodule)}
        self.fields: set[str] = set()  # top-level ones of all kustomizations
        self.unread: set[str] = set()  # kustomizations that are no mapping
        self._envs: set[str] = set()
        self._whole: dict[str, set[str]] = {}
        self._roles: dict[str, str] = {}
        self.declaration: Declaration | None = None
        if isinstance(material.part, KustomizeRender):
            for path in self._files:
                if posixpath.basename(path) in _KUSTOMIZATIONS:
                    self._roles[path] = "kustomization"
                    self._read_kustomization(path)
        elif isinstance(material.part, HelmRender):
            for path in self._files:
                self._roles[path] = _helm_role(path)
            self._roles |= dict.fromkeys((*material.part.default_files, *material.part.value_files), "values")
        self.declaration = declaration if declaration and declaration.entry.path not in self._files else None
        if self.declaration:
            self._files[self.declaration.entry.path] = self.declaration.entry
            self._roles[self.declaration.entry.path] = ROLE
        self._declared: list[Spot] | None = None

    def text(self, path: str) -> str | None:
        """The text of a file; None for binary, unreadable and very large ones."""
        entry = self._files[path]
        if self.declaration and self.declaration.text is not None and entry is self.declaration.entry:
            return self.declaration.text
        if entry.oid not in self._shelf.texts:
            self._shelf.texts[entry.oid] = self._read(entry)
        return self._shelf.texts[entry.oid]

    @property
    def paths(self) -> tuple[str, ...]:
        """All files of the render, without symlinks and submodules."""
        return tuple(path for path in self._files if self._roles.get(path) != ROLE)

    def is_content(self, path: str) -> bool:
        """Whether a generator takes the file as text."""
        return path in self._whole or path in self._envs

    def role(self, path: str) -> str:
        """``resource``, ``patch``, ``kustomization``, ``replacement``, ``values``, ``template``, ``chart`` or
        ``declaration``."""
        return self._roles.get(path, "resource")

    def holding(self, needle: str) -> Iterator[str]:
        """The files whose text holds ``needle``."""
        for path in self._files:
            text = self.text(path)
            if text is not None and needle in text:
                yield path

    def naming(self, text: str) -> Iterator[str]:
        """The files that hold a ``name:`` which is a part of ``text``."""
        for path in self._files:
            oid = self._files[path].oid
            if oid not in self._shelf.names:
                self._shelf.names[oid] = frozenset(_NAME.findall(self.text(path) or ""))
            if any(name in text for name in self._shelf.names[oid]):
                yield path

    def spots(self, path: str) -> list[Spot]:
        """The spots of a file; [] for a template."""
        keys = tuple(sorted(self._whole.get(path, ())))
        name = (path, self._files[path].oid, self.role(path), keys, path in self._envs)
        if name not in self._shelf.spots:
            self._shelf.spots[name] = self._look(path)
        if self.declaration and self.role(path) == ROLE:
            return self._of_declaration(self._shelf.spots[name], self.declaration)
        return self._shelf.spots[name]

    def spots_of_kind(self, path: str, kind: str, needle: str) -> list[Spot]:
        """The spots of those documents of a manifest that hold ``needle``, and the kind where a kind is named: operators
        come in files of megabytes."""
        parts = self._parts(path)
        if len(parts) < 2:
            return self.spots(path)
        names_it = re.compile(rf"kind[\"']?\s*:[^\n]*{re.escape(kind)}")
        near = [part for part in parts if needle in part.text and names_it.search(part.text)]
        return [spot for part in near for spot in self._spots_of(path, part)]

    def spots_around(self, spot: Spot) -> list[Spot]:
        """The spots of the document of a manifest that a spot stands in."""
        parts = self._parts(spot.file)
        if len(parts) < 2:
            return self.spots(spot.file)
        return self._spots_of(spot.file, [part for part in parts if part.start <= spot.within[0].start][-1])

    def _spots_of(self, path: str, part: Part) -> list[Spot]:
        name = (path, self._files[path].oid, part.start)
        if name not in self._shelf.spots:
            found = yaml_spots(part.text, path, self.role(path), at=(part.start, part.lines))
            self._shelf.spots[name] = found
        return self._shelf.spots[name]

    def _parts(self, path: str) -> list[Part]:
        """The documents of a manifest; [] of what is more than that, or has a head of its own."""
        if self.role(path) != "resource" or self.is_content(path):
            return []
        oid = self._files[path].oid
        if oid not in self._shelf.parts:
            self._shelf.parts[oid] = list(_parted(self.text(path) or ""))
        return self._shelf.parts[oid]

    def _of_declaration(self, spots: list[Spot], declaration: Declaration) -> list[Spot]:
        if self._declared is None:
            self._declared = of_object(spots, declaration)
        return self._declared

    def substituted(self) -> list[Spot]:
        """The values of variables that the declaration gives."""
        spots = self.spots(self.declaration.entry.path) if self.declaration else []
        return [spot for spot in spots if how(spot) == "substitution"]

    def lines(self, path: str, key: str, value: str) -> list[Spot]:
        """The lines ``key: value`` of a template; [] for any other file."""
        text = self.text(path)
        return line_spots(text, path, "template", key, value) if text and self.role(path) == "template" else []

    def selectors(self, name: str) -> list[Spot]:
        """Where kustomizations, patches and replacements hold this name as the name of something."""
        return [
            spot
            for path in self.holding(name)
            if self.role(path) in ("kustomization", "patch", "replacement", ROLE)
            for spot in self.spots(path)
            if spot.text == name and spot.path[-1:] == ("name",) and how(spot) != ROLE  # its own name selects nothing
        ]

    def items(self, spot: Spot) -> list[Spot]:
        """Where patches pick an item of the same list by the same value."""
        return [
            other
            for path in self.holding(spot.text)
            if self.role(path) in ("kustomization", "patch", ROLE)
            for other in self.spots(path)
            if other.text == spot.text and other.path == spot.path and other != spot and how(other) == "patch"
        ]

    # -- reading

    def _read(self, entry: Entry) -> str | None:
        try:
            data = self._material.read(entry)
            return decode(data, name=entry.path) if len(data) <= MOST_BYTES else None
        except GatehouseError:
            return None

    def _look(self, path: str) -> list[Spot]:
        text = self.text(path)
        role = self.role(path)
        if text is None or role == "template":
            return []
        spots = [file_spot(text, path, "generator", key) for key in sorted(self._whole.get(path, ()))]
        if path in self._envs:
            return spots + env_spots(text, path, "generator")
        return spots + yaml_spots(text, path, role, look_into=_LOOK_INTO.get(role, ()))

    def _read_kustomization(self, path: str) -> None:
        text = self.text(path)
        try:
            documents = load_all((text or "").encode(), name=path)
        except GatehouseError:
            self.unread.add(path)
            return
        for document in documents:
            value: Any = document.value
            if isinstance(value, dict):
                self._read_fields(value, path)
            else:
                self.unread.add(path)

    def _read_fields(self, value: dict[str, Any], path: str) -> None:
        folder = posixpath.dirname(path)
        self.fields |= value.keys()
        for text in _strings(value.get("patchesStrategicMerge")):
            self._roles[_join(folder, text)] = "patch"
        for key, role in (("patches", "patch"), ("patchesJson6902", "patch"), ("replacements", "replacement")):
            for item in _mappings(value.get(key)):
                for text in _strings([item.get("path")]):
                    self._roles[_join(folder, text)] = role
        for item in [*_mappings(value.get("configMapGenerator")), *_mappings(value.get("secretGenerator"))]:
            self._envs |= {_join(folder, text) for text in [*_strings(item.get("envs")), *_strings([item.get("env")])]}
            for text in _strings(item.get("files")):
                key, sign, file = text.partition("=")
                target = _join(folder, file if sign else text)
                self._whole.setdefault(target, set()).add(key if sign else posixpath.basename(text))


def _parted(text: str) -> Iterator[Part]:
    """A text by its documents; nothing where anything but bare separators stands between them."""
    starts = (0, *(found.end() for found in _PERHAPS.finditer(text)))
    marks = [mark for start in starts if (mark := _SEPARATOR.match(text, start))]
    if any(mark[0].rstrip() != "---" for mark in marks):
        return
    lines = 0
    for start, end in pairwise([0, *(mark.start() for mark in marks), len(text)]):
        yield Part(text[start:end], start, lines)
        lines += text.count("\n", start, end)


def how(spot: Spot) -> str:
    """In which way a spot sets values, in a word."""
    if spot.role == ROLE:
        return spot.field
    if spot.role == "kustomization":
        return "name" if spot.field in ("namePrefix", "nameSuffix") else _FIELDS.get(spot.field, spot.field)
    return spot.role


def _helm_role(path: str) -> str:
    name = posixpath.basename(path)
    if "/templates/" in f"/{path}":
        return "template"
    return "chart" if name in ("Chart.yaml", "Chart.lock") else "values"


def _join(folder: str, text: str) -> str:
    return posixpath.normpath(posixpath.join(folder, text))


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
