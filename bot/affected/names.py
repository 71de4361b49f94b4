"""Which names a file gives to objects that other objects refer to: sources of Flux, ConfigMaps, Secrets."""

from __future__ import annotations

from bot.affected.facts import Facts
from bot.affected.sources import artifact_names

ARTIFACTS = "ArtifactGenerator"


def names_of(facts: Facts) -> set[tuple[str, str]]:
    """(kind, name) of everything that can be looked up; an ArtifactGenerator also under the names of its artifacts."""
    found = set(facts.names)
    for value in facts.declared:
        kind = str(value.get("kind"))
        metadata = value.get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get("name"), str):
            found.add((kind, metadata["name"]))
        if kind == ARTIFACTS:
            found |= {(kind, name) for name in artifact_names(value)}
    return found
