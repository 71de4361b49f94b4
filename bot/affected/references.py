"""What a kustomization file refers to: every field of kustomize 5 (and the deprecated ones) that reads a file.

Pure: a parsed kustomization and its directory in, references out. Too many references make a closure wider than
needed, which costs a render; one too few would hide a change. So every doubt is a reference.
Source of the fields: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/ and kustomize's
types.Kustomization at api/v0.21.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")

# fields whose entries are paths of files or directories
_LISTS = ("resources", "bases", "components", "crds", "configurations")
# fields whose entries are a path or an inline document, and name the configuration of a plugin
_PLUGINS = ("generators", "transformers", "validators")
_GENERATORS = ("configMapGenerator", "secretGenerator")
_LONGEST = 4096

# A scheme, an scp-like address, or one of the hosts that kustomize knows without a scheme (api/internal/git/repospec.go).
_REMOTE = re.compile(
    r"^(?:git::|[A-Za-z][A-Za-z0-9+.-]*://|[A-Za-z0-9_.-]+@[A-Za-z0-9.-]+[:/]|gh:"
    r"|github\.com[/:]|gitlab\.com[/:]|bitbucket\.org[/:])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """One thing a kustomization reads. ``target`` is a path in the repository ("" its root), None when it lies outside."""

    field: str
    text: str
    target: str | None
    tree: bool = False  # everything below the directory counts (a Helm chart)
    plugin: bool = False  # the target configures a builtin plugin: files named in it are read as well
    remote: bool = False


def is_remote(text: str) -> bool:
    """Whether kustomize would fetch ``text`` from a network instead of reading it from the tree."""
    return bool(_REMOTE.match(text.strip()))


def join(directory: str, text: str) -> str | None:
    """The repository path of ``text`` as written in a file of ``directory``; None outside of the repository."""
    if not text or text.startswith("/") or "\0" in text:
        return None
    path = posixpath.normpath(posixpath.join(directory, text))
    if path == ".." or path.startswith("../"):
        return None
    return "" if path == "." else path


def references(value: object, directory: str) -> list[Reference]:
    """All references of one kustomization (Components too). Never raises: what is not of the right shape is skipped,
    because kustomize itself refuses it when it builds."""
    if not isinstance(value, dict):
        return []
    return list(dict.fromkeys(_all(value, directory)))


def strings_as_references(value: object, directory: str, field: str) -> list[Reference]:
    """Every string anywhere in a plugin configuration, as if it were a path: which of them are, only the plugin knows."""
    found = (_reference(field, part, directory) for text in _strings(value) for part in _parts(text))
    return [ref for ref in found if ref is not None and ref.target is not None]


def _all(value: dict[object, object], directory: str) -> Iterator[Reference]:
    for field in _LISTS:
        yield from _paths(field, _list(value.get(field)), directory)
    for field in _PLUGINS:
        yield from _plugins(field, _list(value.get(field)), directory)
    for field in _GENERATORS:
        for item in _list(value.get(field)):
            yield from _generator(field, item, directory)
    yield from _paths("patchesStrategicMerge", _list(value.get("patchesStrategicMerge")), directory)
    for field in ("patches", "patchesJson6902", "replacements"):
        for item in _list(value.get(field)):
            yield from _paths(field, [_get(item, "path")], directory)
    yield from _paths("openapi", [_get(value.get("openapi"), "path")], directory)
    yield from _helm(value, directory)


def _paths(field: str, texts: list[object], directory: str) -> Iterator[Reference]:
    for text in texts:
        found = _reference(field, text, directory)
        if found is not None:
            yield found


def _reference(field: str, text: object, directory: str) -> Reference | None:
    if not isinstance(text, str) or not text or "\n" in text or len(text) > _LONGEST:
        return None
    if is_remote(text):
        return Reference(field, text, None, remote=True)
    return Reference(field, text, join(directory, text))


def _plugins(field: str, texts: list[object], directory: str) -> Iterator[Reference]:
    for text in texts:
        if isinstance(text, str) and "\n" in text:
            yield from strings_as_references(_inline(text), directory, field)
            continue
        found = _reference(field, text, directory)
        if found is not None:
            yield Reference(found.field, found.text, found.target, plugin=True, remote=found.remote)


def _inline(text: str) -> object:
    from bot.documents import DocumentError, load_all

    try:
        return [document.value for document in load_all(text.encode(errors="surrogateescape"), name="inline")]
    except DocumentError:
        return text.split()


def _generator(field: str, item: object, directory: str) -> Iterator[Reference]:
    for text in _list(_get(item, "files")):
        if isinstance(text, str):  # "key=path" or "path"
            yield from _paths(field, [text, text.partition("=")[2]], directory)
    yield from _paths(field, _list(_get(item, "envs")), directory)
    yield from _paths(field, [_get(item, "env")], directory)


def _helm(value: dict[object, object], directory: str) -> Iterator[Reference]:
    home = _get(value.get("helmGlobals"), "chartHome")
    charts = [(item, _get(item, "name")) for item in _list(value.get("helmCharts"))]
    charts += [(item, _get(item, "chartName")) for item in _list(value.get("helmChartInflationGenerator"))]
    for item, name in charts:
        own = _get(item, "chartHome") or home
        root = join(directory, own if isinstance(own, str) else "charts")
        if isinstance(name, str) and name and root is not None:
            version = _get(item, "version")
            for folder in (name, f"{name}-{version}" if isinstance(version, str) else name):
                yield Reference("helmCharts", folder, join(root, folder), tree=True)
        files = [_get(item, "valuesFile"), _get(item, "values"), *_list(_get(item, "additionalValuesFiles"))]
        yield from _paths("helmCharts", files, directory)


def _strings(value: object) -> Iterator[str]:
    """Every string of a parsed document, keys too, without recursion."""
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            stack.extend(item.keys())
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _parts(text: str) -> Iterator[str]:
    """The text itself, what follows ``key=``, and for inline documents each word."""
    yield text
    if "=" in text:
        yield text.partition("=")[2]
    if "\n" in text:
        yield from (word.strip("\"',[]{}") for word in text.split())


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _get(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None
