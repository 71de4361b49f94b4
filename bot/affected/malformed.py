"""What an object that is not right would read: it still belongs to the object, as the words of a kustomization that does
not parse do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from bot.affected.applicationset_reads import without_placeholders
from bot.affected.fields import inside
from bot.affected.git_files import either
from bot.affected.globs import has_glob
from bot.affected.sources import Declared, Gathering, Lookup, identity_of, refused
from bot.model.tool_files import is_tool_file

_NOT_READ = ("apiVersion", "kind", "metadata", "status")
_PATHS = ("path", "chart")  # fields whose text may be a directory of a single segment
_MOST_WORDS = 500
_MOST_BASES = 20
_LONGEST = 1024


def malformed(obj: Mapping[str, object], reason: str, lookup: Lookup) -> Declared:
    """The declaration of an object that something is wrong in, with the files and directories here that its texts name: from
    the root, or from one of these directories."""
    found = Gathering()
    words = list(dict.fromkeys(_words(obj)))[:_MOST_WORDS]
    bases = [path for word in words if (path := inside("", word)) and lookup.is_dir(path)][:_MOST_BASES]
    for base in bases:
        found.path(base)
        found.tree(base)
    for word in words:
        for base in ("", *bases):
            path = inside(base, word)
            if path and path not in found.files and lookup.is_file(path):
                found.file(path)
    identity = identity_of(obj)
    if identity.kind == "ApplicationSet":
        _note_patterns(words, found, lookup)
    return replace(
        refused(identity, reason),
        paths=tuple(found.paths),
        depends_trees=tuple(found.trees),
        depends_files=tuple(found.files),
        depends_globs=tuple(found.globs),
    )


def unfinished(value: object) -> str:
    """What is missing in a document that begins as an object does, as half a sentence; "" where nothing is, or where it is
    something else."""
    if isinstance(value, str):
        return "holds a text where an object was"
    if not isinstance(value, Mapping) or not ("kind" in value or "apiVersion" in value):
        return ""
    for field in ("apiVersion", "kind"):
        if not isinstance(value.get(field), str) or not value[field]:
            return f"holds an object without {field}"
    if is_tool_file(str(value["apiVersion"]), str(value["kind"])) or str(value["kind"]).endswith("List"):
        return ""
    metadata = value.get("metadata")
    named = isinstance(metadata, Mapping) and (metadata.get("name") or metadata.get("generateName"))
    return "" if named else "holds an object without metadata.name"


def _note_patterns(words: list[str], found: Gathering, lookup: Lookup) -> None:
    """The files that the patterns of generators and the placeholders of a template may mean."""
    for word in words:
        pattern = without_placeholders(word)
        if has_glob(pattern) and not pattern.startswith("*"):
            found.globs[pattern] = None
            for file in either(pattern, lookup):
                found.file(file)


def _words(obj: Mapping[str, object]) -> Iterator[str]:
    """Texts that may be paths here: what is in the way of ``$ref/`` is left out."""
    stack: list[tuple[str, object]] = [(str(key), value) for key, value in obj.items() if key not in _NOT_READ]
    while stack:
        field, value = stack.pop()
        if isinstance(value, Mapping):
            stack += [(str(key), element) for key, element in value.items()]
        elif isinstance(value, list):
            stack += [(field, element) for element in value]
        elif isinstance(value, str) and len(value) <= _LONGEST and "\n" not in value and "://" not in value:
            word = value.partition("/")[2] if value.startswith("$") else value.lstrip("/")
            if "/" in word or "." in word or field in _PATHS:
                yield word
