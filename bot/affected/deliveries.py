"""Argo CD and Flux objects that only exist once something is rendered: patched by an overlay, or made by a chart.

What such an object renders is known from its host's output alone. These edges (sources ``x:SCOPE``) say, without
rendering, which paths *may* matter through a host, so that the host's output is asked when one of them changes.
Too many only cost a render that the cache answers. Where nothing tells which path is meant (one that is relative to what
another object says, a generator's parameter, a value that is copied from elsewhere), the host is asked at every change
(``x:?SCOPE``).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator

from bot.affected.api_groups import DELIVERS
from bot.affected.edges import WIDE, Edge, Kind, object_target
from bot.affected.facts import Role
from bot.affected.references import Reference, held, is_for_declarations, patch_text
from bot.affected.sources import Gathering
from bot.affected.view import View
from bot.errors import UserError
from bot.model.snapshot import Entry

_PATH = re.compile(r"^(?:\./|/)?[^\s:*{}\[\]]{1,512}$")
_VALUE = re.compile(r"""(?:path|chart|value)["']?\s*:\s*["']?([^\s'",\[\]{}]+)""")
_PATCHES = ("patches", "patchesStrategicMerge", "patchesJson6902", "unparsed")
_PATCHING = ("patches", "patchesJson6902")
_UP = re.compile(r"""(?:^|[\s'"=,\[])(?:\./)*\.\./""")
_REFERRED = re.compile(
    r"""kind["']?\s*:\s*["']?(ConfigMap|Secret|[A-Za-z]+Repository|HelmChart|Bucket|ExternalArtifact|ArtifactGenerator)\b"""
)
_NAME = re.compile(r"""name["']?\s*:\s*["']?([A-Za-z0-9][A-Za-z0-9._-]{0,252})""")


def patch_edges(view: View, entry: Entry, found: list[Reference], scope: str) -> list[Edge]:
    """Edges for what patches of a kustomization write into Argo CD and Flux objects: paths, and names of what they read."""
    value = view.whole(entry, Role.KUSTOMIZATION).value
    texts = list(_inline(value, _PATCHING))
    aimed = any(map(is_for_declarations, texts))  # a target in the kustomization says what a patch file is for
    contents = [text for file in _files(found, _PATCHES) for text in _content(view, file)]
    texts = [text for text in texts if is_for_declarations(text)]
    texts += [text for text in contents if aimed or is_for_declarations(text)]
    source = f"x:{scope}"
    edges = [Edge(scope, source, Kind.TREE, path) for path in sorted({path for text in texts for path in _paths(text)})]
    names = sorted({pair for text in texts for pair in _names(text)})
    edges += (Edge(scope, source, Kind.OBJECT, object_target(kind, name)) for kind, name in names)
    if any(map(_means_anything, texts)) or _copies(view, value, found):
        edges.append(Edge(scope, f"{WIDE}{scope}", Kind.TREE, ""))
    return edges


def note_patched(patches: Iterable[object], found: Gathering) -> None:
    """What the patches of an Argo CD or Flux object write into the declarations below it: these read it then, and only the
    output tells which."""
    texts = [text for patch in patches if is_for_declarations(text := patch_text(patch))]
    for path in sorted({path for text in texts for path in _paths(text)}):
        found.tree(path)
    for kind, name in sorted({pair for text in texts for pair in _names(text)}):
        found.manifest(kind, "", name)
    found.anywhere |= any(map(_means_anything, texts))


def _means_anything(text: str) -> bool:
    """Whether nothing in a patch of declarations tells which paths they read then: parameters, or a path from elsewhere."""
    return "ApplicationSet" in text or _UP.search(text) is not None


def _copies(view: View, value: object, found: list[Reference]) -> bool:
    """Whether the kustomization copies a value from one object to a declaration: it may be any path."""
    inline = _inline(value, ("replacements",))
    contents = (text for file in _files(found, ("replacements",)) for text in _content(view, file))
    return any(map(is_for_declarations, (*inline, *contents)))


def _files(found: list[Reference], fields: tuple[str, ...]) -> list[str]:
    return [ref.target for ref in found if ref.field in fields and ref.target is not None]


def _names(text: str) -> Iterator[tuple[str, str]]:
    """(kind, name) of the ConfigMaps, Secrets and sources that a text may refer to."""
    for kind in set(_REFERRED.findall(text)):
        for name in set(_NAME.findall(text)):
            yield "ArtifactGenerator" if kind == "ExternalArtifact" else kind, name


def chart_edges(view: View, directory: str, scope: str) -> list[Edge]:
    """A chart whose templates make such objects may render any path: every change asks its output."""
    templates = f"{directory}/templates" if directory else "templates"
    for entry in view.walk(templates):
        if view.facts(entry).delivers or (entry.path.endswith(".tpl") and _delivers(view, entry)):
            return [Edge(scope, f"{WIDE}{scope}", Kind.TREE, "")]
    return []


def _delivers(view: View, entry: Entry) -> bool:
    return any(word in text for text in _content(view, entry.path) for word in DELIVERS)


def _inline(value: object, fields: tuple[str, ...]) -> Iterator[str]:
    """Patches written in the kustomization itself, each with the target that says what it is for."""
    for field in fields:
        yield from (patch_text(item) for item in held(value, field))
    merges = held(value, "patchesStrategicMerge")
    yield from (item for item in merges if isinstance(item, str) and "\n" in item)


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
