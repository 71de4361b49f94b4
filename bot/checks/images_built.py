"""Images that a build tool puts in place: the names in a Skaffold file are its own and no registry's.

Skaffold builds each of ``build.artifacts[].image`` (skaffold.dev/docs/references/yaml) and writes tag and digest into what
it deploys; what stands in the manifests is never pulled as written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.errors import GatehouseError
from bot.kubernetes.images import reference
from bot.model.snapshot import Snapshot

_FILES = ("skaffold.yaml", "skaffold.yml")
_MOST_BYTES = 256 * 1024


class Built:
    """The artifacts of one side's Skaffold files, read once each."""

    def __init__(self, files: Snapshot) -> None:
        self._files = files
        self._names: dict[str, frozenset[str]] = {}

    def holds(self, path: str, name: str) -> bool:
        """Whether a Skaffold file in the directory of a unit, or above it, builds the image."""
        folders = [path.rsplit("/", n)[0] for n in range(path.count("/") + 1)]
        return any(name in self._of(folder) for folder in (*folders, ""))

    def _of(self, folder: str) -> frozenset[str]:
        if folder not in self._names:
            self._names[folder] = frozenset(self._read(folder))
        return self._names[folder]

    def _read(self, folder: str) -> Iterator[str]:
        from bot.documents import load_all

        for file in _FILES:
            entry = self._files.entry(f"{folder}/{file}" if folder else file)
            if entry is None or entry.is_symlink or entry.is_submodule:
                continue
            try:
                found = load_all(self._files.read(entry), name=entry.path, max_bytes=_MOST_BYTES)
            except GatehouseError:
                continue
            for document in found:
                yield from _artifacts(document.value)


def _artifacts(value: Any) -> Iterator[str]:
    if not isinstance(value, dict) or not str(value.get("apiVersion", "")).startswith("skaffold/"):
        return
    profiles = value.get("profiles")
    for part in (value, *(profiles if isinstance(profiles, list) else ())):
        build = part.get("build") if isinstance(part, dict) else None
        artifacts = build.get("artifacts") if isinstance(build, dict) else None
        for artifact in artifacts if isinstance(artifacts, list) else ():
            image = artifact.get("image") if isinstance(artifact, dict) else None
            parsed = reference(image) if isinstance(image, str) else None
            if parsed is not None:
                yield parsed.name
