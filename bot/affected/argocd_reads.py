"""What a source of an Argo CD Application reads of this repository although it is not rendered here.

Its chart may lie in a registry, its tool may be one that is never run, a field may be wrong: its value files, patches and
directories are still what Argo CD deploys, so a change of them must reach the Application.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping

from bot.affected.argocd_environment import BuildEnvironment
from bot.affected.argocd_helm import ValueFiles
from bot.affected.fields import Fields, inside
from bot.affected.sources import Gathering, Lookup
from bot.errors import UserError

_IMPORT = re.compile(r"""\bimport(?:str|bin)?\s*@?(?:"([^"\n]+)"|'([^'\n]+)')""")
_WORD = re.compile(r"[^\s\"',;=\[\]{}()]+")
_MOST_IMPORTS = 500


def note_reads(
    source: Fields, environment: BuildEnvironment, refs: Mapping[str, str], lookup: Lookup
) -> tuple[list[str], list[str]]:
    """Note everything that the source names here. Returns its value files, and the files of parameters. Raises
    WrongShape."""
    found = environment.found
    url = source.text("repoURL")
    path = inside("", source.text("path")) if url and lookup.is_here(url) and not source.text("chart") else None
    if path is not None:
        found.path(path)
        found.tree(path)
    files = ValueFiles(path, environment, refs, lookup).noted(source.child("helm"))
    if path is not None:
        for named in (
            *_of_kustomize(source.child("kustomize"), path),
            *_of_plugin(source.child("plugin"), path, lookup),
        ):
            found.file(named)
        for library in source.child("directory").child("jsonnet").texts("libs"):
            if directory := inside("", library):
                found.tree(directory)
    return files


def note_imports(files: Iterable[str], found: Gathering, lookup: Lookup) -> None:
    """Note what Jsonnet files import by a relative path, and what that imports."""
    queue, seen = list(files), set[str]()
    while queue and len(seen) < _MOST_IMPORTS:
        name = queue.pop()
        if name in seen:
            continue
        seen.add(name)
        found.file(name)
        if lookup.is_file(name):
            queue += _imports(name, lookup)


def _imports(file: str, lookup: Lookup) -> Iterator[str]:
    with contextlib.suppress(UserError):  # too big to be read: only the file itself counts
        text = lookup.read(file).decode("utf-8", "replace")
        for double, single in _IMPORT.findall(text):
            target = inside(file.rpartition("/")[0], double or single)
            if target:
                yield target


def _of_kustomize(options: Fields, path: str) -> Iterator[str]:
    """Components, and the files of patches."""
    written = [*options.texts("components"), *(patch.text("path") for patch in options.children("patches"))]
    for text in written:
        target = inside(path, text) if text else None
        if target:
            yield target


def _of_plugin(plugin: Fields, path: str, lookup: Lookup) -> Iterator[str]:
    """Every word of a plugin's parameters and environment that is a path here, from its directory or from the root."""
    for word in _words(plugin.mapping()):
        for base in dict.fromkeys((path, "")):
            target = inside(base, word)
            if target and target != path and lookup.is_file(target):
                yield target


def _words(value: object) -> Iterator[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield from (word for word in _WORD.findall(item) if "/" in word or "." in word)
        elif isinstance(item, Mapping):
            stack += item.values()
        elif isinstance(item, list):
            stack += item
