"""What is looked at before kustomize runs where it is not shut in: references that leave the room.

In an empty root without network an escape finds nothing. On a weaker level (a system without namespaces, a dynamically
linked program, GATEHOUSE_SANDBOX=off) the kustomization files themselves are checked, in all the ways in which kustomize
reads them: its keys match in any case, plugins are configured inline, in files, and in directories that are built first.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.documents import load_all
from bot.errors import UserError
from bot.render.base import RenderError
from bot.render.sandbox import Room

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_PLUGINS = frozenset(("generators", "transformers", "validators"))
# Top-level fields whose strings are paths, and the keys below the others that hold paths.
_PATHS = frozenset(("resources", "bases", "components", "crds", "configurations", "patchesstrategicmerge"))
_HOLDERS = frozenset(
    ("patches", "patchesjson6902", "replacements", "openapi", "configmapgenerator", "secretgenerator", "helmcharts",
     "helmchartinflationgenerator", "helmglobals")
)  # fmt: skip
_KEYS = frozenset(
    (
        "path",
        "paths",
        "files",
        "envs",
        "env",
        "valuesfile",
        "additionalvaluesfiles",
        "charthome",
        "confighome",
        "values",
    )
)
_NOT_PATHS = frozenset(("valuesinline", "literals", "target", "patch", "options"))
_DEPRECATED = {"chartname": "name", "chartrepourl": "repo", "chartversion": "version"}
_HOSTS = ("github.com/", "gitlab.com/", "bitbucket.org/")


def check_references(room: Room, *, restrict: bool) -> None:
    """Look at every kustomization of the room. Raises RenderError for the first reference that leaves it.

    Without kustomize's own load restrictor (``restrict`` False) a plugin configuration could name any file of the
    machine, and what a built one names is not known before: then plugins are refused.
    """
    for file in _kustomizations(room):
        _check(room, file, restrict=restrict)


def _check(room: Room, file: Path, *, restrict: bool) -> None:
    shown = _shown(room, file)
    for value in _values(file.read_bytes(), shown):
        fields = _folded(value)
        for name in sorted(_PLUGINS & fields.keys()):
            if not restrict:
                raise RenderError(
                    f"{shown} uses {name} without a load restrictor; their configuration could read any file of a machine "
                    "that cannot shut kustomize in, so it is not built here."
                )
            _check_plugins(room, file, shown, fields[name])
        for text in _references(fields):
            _check_text(room, file.parent, shown, text)


def check_charts(room: Room) -> None:
    """Raise RenderError for a chart that kustomize would pull from a repository, because it is not vendored."""
    for file in _kustomizations(room):
        shown = _shown(room, file)
        for value in _values(file.read_bytes(), shown):
            fields = _folded(value)
            home = _folded(fields.get("helmglobals")).get("charthome")
            for item in (*_listed(fields.get("helmcharts")), *_listed(fields.get("helmchartinflationgenerator"))):
                chart = _folded(item)
                chart |= {new: chart[old] for old, new in _DEPRECATED.items() if old in chart}
                folder = file.parent / str(home or "charts")
                if chart.get("repo") and not _vendored(folder, chart):
                    name, repo = chart.get("name"), chart["repo"]
                    raise RenderError(
                        f"{shown} takes the chart {name} from {repo}, which lies outside of this repository and is never "
                        f"fetched; vendor it into {_shown(room, folder)}/{name}."
                    )


def _vendored(home: Path, chart: dict[str, Any]) -> bool:
    """Whether kustomize finds the chart (HelmChartInflationGenerator, chartExistsLocally)."""
    name, version = str(chart.get("name")), chart.get("version")
    return Path(home, f"{name}-{version}" if version else ".", name).is_dir()


def _kustomizations(room: Room) -> list[Path]:
    return [f for f in sorted(Path(room.path, "repo").rglob("*")) if f.name in _NAMES and f.is_file()]


def _shown(room: Room, path: Path) -> str:
    return os.path.relpath(path, Path(room.path, "repo"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_plugins(room: Room, file: Path, shown: str, entries: Any) -> None:
    for entry in _listed(entries):
        if not isinstance(entry, str):
            continue
        if "\n" in entry:
            found = _values(entry.encode(errors="surrogateescape"), shown)
        elif (file.parent / entry).is_file():
            found = _values((file.parent / entry).read_bytes(), shown)
        elif (file.parent / entry).is_dir():
            raise RenderError(
                f"{shown} builds the configuration of a plugin from {entry!r}; what that reads cannot be known before, so "
                "it is not built on a machine that cannot shut kustomize in."
            )
        else:
            _check_text(room, file.parent, shown, entry)
            continue
        for value in found:
            for text in _below(value, _KEYS | {"repo"}):
                _check_text(room, file.parent, shown, text)


def _values(data: bytes, shown: str) -> list[Any]:
    try:
        return [document.value for document in load_all(data, name=shown)]
    except UserError as error:
        raise RenderError(str(error)) from error


def _folded(value: Any) -> dict[str, Any]:
    """A mapping by its keys as Go's JSON reader compares them: without regard to case."""
    return {str(key).casefold(): held for key, held in value.items()} if isinstance(value, dict) else {}


def _references(fields: dict[str, Any]) -> Iterator[str]:
    for name in sorted(fields):
        if name in _PATHS:
            yield from _strings(fields[name])
        elif name in _HOLDERS:
            yield from _below(fields[name])


def _below(value: Any, keys: frozenset[str] = _KEYS) -> Iterator[str]:
    """The strings below keys that hold paths, at any depth."""
    if isinstance(value, list):
        for item in value:
            yield from _below(item, keys)
    for key, held in _folded(value).items():
        if key in keys:
            yield from _strings(held)
        elif key not in _NOT_PATHS:
            yield from _below(held, keys)


def _strings(value: Any) -> Iterator[str]:
    for item in _listed(value):
        if isinstance(item, str) and item and "\n" not in item:
            yield item


def _check_text(room: Room, folder: Path, shown: str, text: str) -> None:
    for path in dict.fromkeys((text, text.partition("=")[2])):  # "key=path" in generators
        if not path or ((folder / path).exists() and _inside(room, folder, path)):
            continue
        if ":" in path or path.lower().startswith(_HOSTS):
            raise RenderError(
                f"{shown} refers to {text}, which lies outside of this repository and is never fetched; "
                "vendor it into the repository."
            )
        if not _inside(room, folder, path):
            raise RenderError(
                f"{shown} refers to {text!r}, which leads out of the repository; use a path inside of it."
            )


def _inside(room: Room, folder: Path, path: str) -> bool:
    start = posixpath.join(room.path, "repo")
    found = posixpath.normpath(posixpath.join(str(folder), path))
    return not path.startswith("/") and (found == start or found.startswith(start + "/"))
