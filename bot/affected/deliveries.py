"""Argo CD and Flux objects that only exist once something is rendered: patched by an overlay, or made by a chart.

What such an object renders is known from its host's output alone. These edges (sources ``x:SCOPE``) say, without
rendering, which paths *may* matter through a host, so that the host's output is asked when one of them changes.
Too many only cost a render that the cache answers.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from bot.affected.edges import Edge, Kind
from bot.affected.facts import Role
from bot.affected.references import Reference
from bot.affected.view import View
from bot.errors import UserError
from bot.model.snapshot import Entry

_PATH = re.compile(r"^(?:\./|/)?[^\s:*{}\[\]]{1,512}$")
_VALUE = re.compile(r"""(?:path|chart|value)["']?\s*:\s*["']?([^\s'",\[\]{}]+)""")
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "unparsed")
_WORDS = ("HelmRelease", "Application", "kustomize.toolkit.fluxcd.io", "argoproj.io", "fluxcd.io")


def patch_edges(view: View, entry: Entry, found: list[Reference], scope: str) -> list[Edge]:
    """Edges for the paths that patches of a kustomization write into Argo CD and Flux objects."""
    value = view.whole(entry, Role.KUSTOMIZATION).value
    texts = list(_inline(value)) if isinstance(value, dict) else []
    aimed = any(map(_may_mean_a_declaration, texts))  # a target in the kustomization says what a patch file is for
    files = [ref.target for ref in found if ref.field in _PATCHES and ref.target is not None]
    contents = [text for file in files for text in _content(view, file)]
    texts = [text for text in texts if _may_mean_a_declaration(text)]
    texts += [text for text in contents if aimed or _may_mean_a_declaration(text)]
    paths = {path for text in texts for path in _paths(text)}
    return [Edge(scope, f"x:{scope}", Kind.TREE, path) for path in sorted(paths)]


def _may_mean_a_declaration(text: str) -> bool:
    return any(word in text for word in _WORDS)


def chart_edges(view: View, directory: str, scope: str) -> list[Edge]:
    """A chart whose templates make such objects may render any path: every change asks its output."""
    templates = f"{directory}/templates" if directory else "templates"
    for entry in view.walk(templates):
        if view.facts(entry).delivers or (entry.path.endswith(".tpl") and _delivers(view, entry)):
            return [Edge(scope, f"x:{scope}", Kind.TREE, "")]
    return []


def _delivers(view: View, entry: Entry) -> bool:
    return any(word in text for text in _content(view, entry.path) for word in ("argoproj.io", "fluxcd.io"))


def _inline(value: dict[str, Any]) -> Iterator[str]:
    """Patches written in the kustomization itself, each with the target that says what it is for."""
    for field in ("patches", "patchesJson6902", "replacements"):
        items = value.get(field)
        for item in items if isinstance(items, list) else []:
            yield str(item)
    items = value.get("patchesStrategicMerge")
    yield from (item for item in (items if isinstance(items, list) else []) if isinstance(item, str) and "\n" in item)


def _content(view: View, target: str) -> Iterator[str]:
    real, _ = view.resolve(target)
    entry = view.entry(real) if real is not None else None
    if entry is not None and not entry.is_submodule:
        try:
            yield view.read(entry).decode(errors="replace")
        except UserError:
            return


def _paths(text: str) -> Iterator[str]:
    """Words with a slash, and those without that stand where a path does. Whether they are there now says nothing: a
    directory may come."""
    alone = set(_VALUE.findall(text))
    for word in re.split(r"[\s'\",\[\]{}]+", text):
        word_ = word.removeprefix("- ").rstrip(":")
        if not _PATH.match(word_) or word_.startswith("-"):
            continue
        path = posixpath.normpath(word_.removeprefix("/")).removeprefix("./")
        if path not in (".", "..") and not path.startswith("../") and ("/" in path or word in alone):
            yield path
