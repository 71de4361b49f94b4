"""Objects of policy engines: what they say of pods is a pattern that other people's pods are held to, and is no pod itself.

Sources: Kyverno ("Validate Rules": ``image: "!*:latest"``), Gatekeeper (constraints and templates), Sigstore's policy
controller, Kubewarden.
"""

from __future__ import annotations

from typing import Any

_ENGINES = ("kyverno.io", "gatekeeper.sh", "sigstore.dev", "kubewarden.io")


def is_pattern(fields: Any) -> bool:
    """Whether an object is a policy engine's own."""
    if not isinstance(fields, dict):
        return False
    group = str(fields.get("apiVersion", "")).rpartition("/")[0]
    return any(group == engine or group.endswith(f".{engine}") for engine in _ENGINES)
