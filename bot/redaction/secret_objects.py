"""Which parts of a Secret are open to all. Everything else in it is hidden, whatever it is called: a mistyped field
(``stringdata``, ``Data``) holds the same values as the right one, although no cluster takes it.

The open fields are those of the API reference: Secret v1 core, ObjectMeta v1 meta; ``sops`` is what SOPS writes beside them.
"""

from __future__ import annotations

from typing import Any

_OPEN = frozenset(("apiVersion", "kind", "type", "immutable", "sops", "metadata", "status", "$patch"))
_OPEN_METADATA = frozenset(
    ("name", "generateName", "namespace", "labels", "annotations", "creationTimestamp", "deletionTimestamp",
     "deletionGracePeriodSeconds", "uid", "resourceVersion", "generation", "ownerReferences", "finalizers",
     "managedFields", "selfLink", "clusterName")
)  # fmt: skip
_HELD = frozenset(("data", "stringdata"))


def is_secret_kind(kind: object) -> bool:
    """Whether a kind is meant to be Secret: a cluster refuses ``secret``, and the values stand in it all the same."""
    return kind == "Secret" or (isinstance(kind, str) and kind.strip().casefold() in {"secret", "secrets"})


def holds_base64(field: str) -> bool:
    """Whether what stands in a field of a Secret is to be base64."""
    return field.casefold() == "data"


def hidden(fields: dict[str, Any]) -> list[str]:
    """The fields of a Secret whose values are hidden. Of what only names a Secret (``kind: Secret``, and no metadata), and
    of another API's kind of that name, those that hold values."""
    if _is_object(fields):
        return [field for field in fields if str(field) not in _OPEN]
    return [field for field in fields if str(field).casefold().replace("_", "").replace("-", "") in _HELD]


def is_of_argocd(fields: dict[str, Any], kind: str = "") -> bool:
    """Whether a Secret describes a repository or cluster to Argo CD (argo-cd docs, declarative setup)."""
    metadata = fields.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    said = labels.get("argocd.argoproj.io/secret-type") if isinstance(labels, dict) else None
    return said == kind if kind else said is not None


def hidden_metadata(fields: dict[str, Any]) -> list[str]:
    """The fields of a Secret's metadata that do not belong there: data of a wrong indent."""
    metadata = fields.get("metadata")
    if not isinstance(metadata, dict) or not _is_object(fields):
        return []
    return [field for field in metadata if str(field) not in _OPEN_METADATA]


def _is_object(fields: dict[str, Any]) -> bool:
    group = str(fields.get("apiVersion", "")).rpartition("/")[0]
    return "." not in group and any(str(field).casefold() == "metadata" for field in fields)
