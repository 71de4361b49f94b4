"""What is looked at before kustomize runs where it is not shut in: references that leave the room.

In an empty root without network an escape finds nothing. On a weaker level (a system without namespaces, a dynamically
linked program, GATEHOUSE_SANDBOX=off) the kustomization files themselves are checked, in all the ways in which kustomize
reads them: its keys match in any case (and of several spellings each may count), plugins are configured inline, in files,
and in directories that are built first.

Some entries are a document or a path: kustomize tries the document first and, if it finds no object in it, takes the whole
text for a path, line ends and all (api/internal/target/kusttarget.go, configureExternalTransformers;
api/internal/builtins/PatchStrategicMergeTransformer.go, loadFromPaths). Two readers of YAML never agree on everything, so
such a text is checked as both.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.documents import load_all
from bot.errors import UserError
from bot.render.base import ContentElsewhere, RenderError
from bot.render.rooms import Room

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
        "values",
    )
)
# Of these an entry may be a document; ``patches`` as it once was, a list of texts, is read as patchesStrategicMerge.
_EITHER = frozenset(("patchesstrategicmerge", "patches", "paths"))
_NOT_PATHS = frozenset(("valuesinline", "literals", "target", "patch", "options"))
_CHARTS = frozenset(("helmcharts", "helmchartinflationgenerator"))
_HOSTS = ("github.com/", "gitlab.com/", "bitbucket.org/")
_FETCHED = re.compile(r"https?:", re.IGNORECASE)  # never a file (api/internal/loader/fileloader.go, IsRemoteFile)
_ADDRESS = re.compile(
    r"\s*(?:git::|[a-z][a-z0-9+.-]*:/|[^\s/:]*@|(?:github\.com|gitlab\.com|bitbucket\.org)[/:])", re.IGNORECASE
)


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
        for name, held in _items(value):
            if name in _PLUGINS:
                if not restrict:
                    raise RenderError(
                        f"{shown} uses {name} without a load restrictor; their configuration could read any file of a "
                        "machine that cannot shut kustomize in, so it is not built here."
                    )
                _check_plugins(room, file, shown, held)
            elif name in _PATHS:
                _check_strings(room, file.parent, shown, name, held)
            elif name in _HOLDERS:
                _check_strings(room, file.parent, shown, name, held)  # a list of texts, as some were once
                _check_below(room, file.parent, shown, held)
        _check_charts_of(room, file, shown, value)


def _check_charts_of(room: Room, file: Path, shown: str, value: Any) -> None:
    """Raise RenderError for a chart outside of the room, and for what would make Helm run a program of the repository."""
    homes = [*_held(_held_all(value, "helmglobals"), "charthome"), *_held(_charts_of(value), "charthome")]
    for chart in _charts_of(value):
        if any(_held([item], "confighome", "helmhome") for item in (*_held_all(value, "helmglobals"), chart)):
            raise RenderError(
                f"{shown} sets configHome, where Helm finds plugins, which are programs; they are never run. Take it out."
            )
        for name in _names_of(chart):
            for home in (*homes, "charts"):
                for folder in (f"{home}/{name}", *(f"{home}/{name}-{v}/{name}" for v in _held([chart], *_VERSIONS))):
                    if not _inside(room, file.parent, folder):
                        raise RenderError(
                            f"{shown} takes the chart {name!r}, which leads out of the repository; use one inside of it."
                        )


_VERSIONS = ("version", "chartversion")


def _names_of(chart: Any) -> list[Any]:
    return _held([chart], "name", "chartname")


def _charts_of(value: Any) -> list[Any]:
    """The charts of a kustomization, or of a plugin configuration: that of a generator is one itself."""
    found = _held_all(value, *_CHARTS)
    return [*found, value] if "HelmChartInflationGenerator" in _held([value], "kind") else found


def check_charts(room: Room) -> None:
    """Raise ContentElsewhere for a chart that kustomize would pull from a repository, because it is not vendored, and
    RenderError for a release that Helm would read as an option (kustomize puts the name first:
    api/types/helmchartargs.go, AsHelmArgs)."""
    for file in _kustomizations(room):
        shown = _shown(room, file)
        for value in _values(file.read_bytes(), shown):
            homes = _held(_held_all(value, "helmglobals"), "charthome")
            for chart in _held_all(value, *_CHARTS):
                _check_release(shown, chart)
                for repo in filter(None, _held([chart], "repo", "chartrepourl")):
                    folders = [file.parent / str(home) for home in (homes or ["charts"])]
                    if all(_vendored(folder, chart) for folder in folders):
                        continue
                    name = next(iter(_names_of(chart)), None)
                    raise ContentElsewhere(
                        f"{shown} takes the chart {name} from {repo}, which lies outside of this repository and is never "
                        f"fetched; vendor it into {_shown(room, folders[0])}/{name}."
                    )


def _check_release(shown: str, chart: Any) -> None:
    for name in _held([chart], "releasename"):
        if str(name).startswith("-"):
            raise RenderError(f"{shown} names a release {str(name)!r}, which Helm would read as an option; rename it.")


def _vendored(home: Path, chart: Any) -> bool:
    """Whether kustomize finds the chart (HelmChartInflationGenerator, chartExistsLocally), whichever spelling counts."""
    names, versions = _names_of(chart), _held([chart], *_VERSIONS) or [""]
    wanted = [home / (f"{name}-{version}" if version else ".") / str(name) for name in names for version in versions]
    return bool(wanted) and all(os.path.isdir(path) for path in wanted)  # noqa: PTH112 False for names no disk can hold


def _kustomizations(room: Room) -> list[Path]:
    return [f for f in sorted(Path(room.path, "repo").rglob("*")) if f.name in _NAMES and f.is_file()]


def _shown(room: Room, path: Path) -> str:
    return os.path.relpath(path, Path(room.path, "repo"))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_plugins(room: Room, file: Path, shown: str, entries: Any) -> None:
    """Look at the entries of ``transformers`` and the like: an inline configuration, a file of them, or a directory."""
    for entry in _texts(entries):
        found = _inline(entry, shown)
        place = f"{file.parent}/{entry}"
        if os.path.isfile(place):  # noqa: PTH113 False for names no disk can hold
            _check_text(room, file.parent, shown, entry)
            found = [*(found or ()), *_values(Path(place).read_bytes(), shown)]
        elif os.path.isdir(place):  # noqa: PTH112
            raise RenderError(
                f"{shown} builds the configuration of a plugin from {entry!r}; what that reads cannot be known before, so "
                "it is not built on a machine that cannot shut kustomize in."
            )
        elif found is not None:
            _check_as_path(room, file.parent, shown, entry)
        else:
            _check_text(room, file.parent, shown, entry)
        for value in found or ():
            _check_below(room, file.parent, shown, value, _KEYS | {"repo"})
            for one in _listed(value):
                _check_charts_of(room, file, shown, one)
                _check_release(shown, one)


def _inline(text: str, shown: str) -> list[Any] | None:
    """The documents of an inline configuration or patch; None for a text that is only a path. On one line it is one in
    braces or brackets, which no address begins with."""
    if "\n" not in text and text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = _values(text.encode(errors="surrogateescape"), shown)
    except RenderError:
        return None
    return found if any(isinstance(value, dict | list) for value in found) else None


def _values(data: bytes, shown: str) -> list[Any]:
    try:
        return [document.value for document in load_all(data, name=shown)]
    except UserError as error:
        raise RenderError(str(error)) from error


def _items(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a mapping by their names as Go's JSON reader compares them: without regard to case."""
    for key, held in value.items() if isinstance(value, dict) else ():
        yield str(key).casefold(), held


def _held(values: list[Any], *names: str) -> list[Any]:
    """What the mappings hold under any spelling of the names."""
    return [held for value in values for key, held in _items(value) if key in names]


def _held_all(value: Any, *names: str) -> list[Any]:
    """The same, with lists taken apart."""
    return [item for held in _held([value], *names) for item in _listed(held)]


def _check_below(room: Room, folder: Path, shown: str, value: Any, keys: frozenset[str] = _KEYS) -> None:
    """Look at the strings below keys that hold paths, at any depth."""
    if isinstance(value, list):
        for item in value:
            _check_below(room, folder, shown, item, keys)
    for key, held in _items(value):
        if key in keys:
            _check_strings(room, folder, shown, key, held)
        elif key not in _NOT_PATHS:
            _check_below(room, folder, shown, held, keys)


def _check_strings(room: Room, folder: Path, shown: str, key: str, value: Any) -> None:
    for text in _texts(value):
        if key in _EITHER and _inline(text, shown) is not None:
            _check_as_path(room, folder, shown, text)
        else:
            _check_text(room, folder, shown, text)


def _texts(value: Any) -> Iterator[str]:
    return (item for item in _listed(value) if isinstance(item, str) and item)


def _check_as_path(room: Room, folder: Path, shown: str, text: str) -> None:
    """Raise RenderError for a document that would lead out of the room if kustomize took it for a path."""
    if _ADDRESS.match(text) or not _inside(room, folder, text):
        start = " ".join(text[:60].split())
        raise RenderError(
            f"{shown} holds the inline document {start!r}, which leads out of the repository if it is read as a path; on a "
            "machine that cannot shut kustomize in it is not built. Put it into a file."
        )


def _check_text(room: Room, folder: Path, shown: str, text: str) -> None:
    for path in dict.fromkeys((text, text.partition("=")[2])):  # "key=path" in generators
        if not path:
            continue
        known = os.path.exists(f"{folder}/{path}") and _inside(room, folder, path)  # noqa: PTH110 False for impossible names
        if known and not _FETCHED.match(path):
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
