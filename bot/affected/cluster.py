"""What tells the cluster of a unit: the topmost declaration above it, or its own place.

Units in the output of a declaration may come from one file for all clusters (``apps/shop/base/release.yaml``), so that only
what stands above tells them apart. The beginning of a unit's key is that declaration: a file with it, or the directory that
somebody applies by hand.
"""

from __future__ import annotations

from bot.affected.environment_words import places_of


def cluster_of(key: str) -> tuple[str, ...]:
    """The directories that name the cluster of the unit with this key; equal for units that may be of one cluster."""
    top, below, _ = key.partition(">")
    file, declared, _ = top.partition("#")
    named = places_of(file if declared else f"{file}/")
    if named or declared or not below:
        return named
    return (file,)  # each directory that is applied by hand has a cluster of its own, as it often brings Flux itself
