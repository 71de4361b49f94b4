"""Secrets as their source files write them: manifests that nothing renders, and generators of kustomizations."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from bot.checks.secret_places import held, is_public
from bot.errors import GatehouseError
from bot.model.snapshot import Snapshot
from bot.redaction import credentials, is_encrypted
from bot.redaction.cluster_config import gives_no_access
from bot.redaction.placeholders import is_placeholder
from bot.redaction.secret_objects import holds_base64, is_of_argocd, is_secret_kind

KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_YAML = (".yaml", ".yml", ".json")
_SECRET = re.compile(rb"kind[\"']?\s*:\s*(?:[\"']?(?i:secrets?)\b|\"[^\"\n]*\\)")  # or an escape
_MARKER = re.compile(rb"^---[ \t]*\r?\n", re.MULTILINE)
_MOST_DIRECTORIES = 200
_ENCRYPTED = (b"ENC[AES256_GCM,", b"-----BEGIN AGE ENCRYPTED FILE-----", b"-----BEGIN PGP MESSAGE-----", b'"sops":')


class Written(NamedTuple):
    """A Secret in a source file: where it begins, and its plain values by key (for comparing only)."""

    file: str
    line: int
    name: str
    values: dict[str, str]

    @property
    def texts(self) -> set[str]:
        """Every form in which a value may stand in the file: as written, decoded, line by line."""
        forms = {form for value in self.values.values() for form in (value, _decoded(value))}
        return forms | {line for form in forms for line in form.split("\n")}


def secrets_in(path: str, data: bytes) -> list[Written]:
    """Secrets with plain values in a manifest or kustomization; none in what cannot be read as YAML."""
    name = path.rpartition("/")[2]
    if not (name in KUSTOMIZATIONS or name.endswith(_YAML)) or not _may_hold_secrets(data):
        return []
    return list(_of_kustomization(path, data) if name in KUSTOMIZATIONS else _of_manifest(path, data))


def _may_hold_secrets(data: bytes) -> bool:
    return b"secretGenerator" in data or _SECRET.search(data) is not None


def _documents(path: str, data: bytes) -> list[tuple[Any, int]]:
    from bot.documents import load_all

    try:
        return [(d.value, d.line) for d in load_all(data, name=path)]
    except GatehouseError:
        return []


def _with_secrets(path: str, data: bytes) -> Iterator[tuple[Any, int]]:
    """The documents that may hold a Secret, with their lines: manifests of operators are megabytes of other things."""
    starts = [0, *(m.end() for m in _MARKER.finditer(data))]
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        part = data[start:end]
        if _may_hold_secrets(part):
            before = data.count(b"\n", 0, start)
            for value, line in _documents(path, part[: part.rfind(b"\n---") + 1] if end < len(data) else part):
                yield value, before + line


def _of_manifest(path: str, data: bytes) -> Iterator[Written]:
    for value, line in _with_secrets(path, data):
        items = value.get("items") if isinstance(value, dict) else None
        for one in (value, *(items if isinstance(items, list) else ())):
            if isinstance(one, dict) and is_secret_kind(one.get("kind")):
                found = dict(_plain(one))
                if found:
                    metadata = one.get("metadata")
                    name = metadata.get("name") if isinstance(metadata, dict) else None
                    yield Written(path, line, str(name or ""), found)


def _plain(secret: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for part, key, value in held(secret):
        if isinstance(value, str) and not is_encrypted(value):
            read = _decoded(value) if holds_base64(part[-1]) else value
            is_config = key == "config" and is_of_argocd(secret, "cluster") and gives_no_access(read)
            if not (is_placeholder(read) or is_config or _is_open(key, read)):
                yield key or part[-1], value


def _is_open(key: str, value: str) -> bool:
    return is_public(key) and not credentials.is_in(value)


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def _of_kustomization(path: str, data: bytes) -> Iterator[Written]:
    for value, line in _documents(path, data)[:1]:
        for generator in _generators(value):
            pairs = [str(text).partition("=") for text in _list(generator.get("literals"))]
            plain = [(key, text.strip("\"'")) for key, _, text in pairs if not _is_open(key, text)]
            plain = [(key, text) for key, text in plain if not is_placeholder(text) and not is_encrypted(text)]
            if plain:
                yield Written(path, line, str(generator.get("name", "")), dict(plain))


def _generators(kustomization: Any) -> list[dict[str, Any]]:
    found = kustomization.get("secretGenerator") if isinstance(kustomization, dict) else None
    return [g for g in _list(found) if isinstance(g, dict)]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class EncryptedGenerators:
    """Generators whose files are all encrypted: what they make is encrypted as a whole, which Flux decrypts and which a
    render cannot tell from plain text."""

    def __init__(self, files: Snapshot) -> None:
        self._files = files
        self._names: dict[str, frozenset[str]] = {}

    def makes(self, path: str, name: str) -> bool:
        """Whether such a generator of the kustomization at ``path``, or of one that it includes, made the Secret."""
        if path not in self._names:
            self._names[path] = frozenset(self._below(path))
        return any(known and known in name for known in self._names[path])

    def _below(self, path: str) -> Iterator[str]:
        todo, seen = [path], {path}
        while todo and len(seen) <= _MOST_DIRECTORIES:
            folder = todo.pop()
            value = self._kustomization(folder)
            for generator in _generators(value):
                if self._is_encrypted(folder, generator):
                    yield str(generator.get("name", ""))
            for key in ("resources", "bases", "components"):
                for entry in _list(value.get(key) if isinstance(value, dict) else None):
                    below = posixpath.normpath(posixpath.join(folder, str(entry)))
                    if not below.startswith("..") and below not in seen and self._files.is_dir(below):
                        seen.add(below)
                        todo.append(below)

    def _kustomization(self, folder: str) -> Any:
        for name in KUSTOMIZATIONS:
            data = self._content(folder, name)
            if data is not None:
                return next((value for value, _ in _documents(name, data)), None)
        return None

    def _is_encrypted(self, folder: str, generator: dict[str, Any]) -> bool:
        named: Iterable[Any] = (
            *_list(generator.get("files")),
            *_list(generator.get("envs")),
            generator.get("env") or (),
        )
        files = [str(text).rpartition("=")[2] for text in named if isinstance(text, str)]
        contents = [self._content(folder, file) for file in files]
        return (
            bool(files)
            and not generator.get("literals")
            and all(data is not None and any(word in data for word in _ENCRYPTED) for data in contents)
        )

    def _content(self, folder: str, file: str) -> bytes | None:
        path = posixpath.normpath(posixpath.join(folder, file))
        entry = None if path.startswith("..") else self._files.entry(path)
        if entry is None or entry.is_symlink or entry.is_submodule:
            return None
        try:
            return self._files.read(entry)
        except GatehouseError:
            return None
