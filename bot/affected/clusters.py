"""The clusters that Argo CD knows, as far as the repository says so: Secrets with a label, and the one it runs in.

The rules are those of Argo CD's cluster generator (applicationset/generators/cluster.go). Of a Secret only name, server,
project, labels and annotations are looked at, never its credentials.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass

from bot.affected.fields import Fields, Unrenderable
from bot.affected.sources import identity_of

IN_CLUSTER = "in-cluster"
IN_CLUSTER_SERVER = "https://kubernetes.default.svc"
_LABEL = "argocd.argoproj.io/secret-type"
_HOLDS_DATA = "kubectl.kubernetes.io/last-applied-configuration"
_ENCRYPTED = "ENC["  # how SOPS writes a value


@dataclass(frozen=True, slots=True)
class Cluster:
    """One cluster; ``file`` holds its Secret."""

    name: str
    server: str
    project: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    file: str = ""


def cluster_labels(secret: Mapping[str, object]) -> dict[str, str] | None:
    """The labels of a cluster's Secret; None where it is none. Raises WrongShape."""
    labels = Fields(secret.get("metadata"), f"{identity_of(secret)}: metadata").strings("labels")
    return labels if labels.get(_LABEL) == "cluster" else None


def read_cluster(secret: Mapping[str, object], file: str) -> Cluster:
    """The cluster that a Secret describes. Raises Unrenderable where its name is not to be read, WrongShape."""
    where = str(identity_of(secret))
    metadata = Fields(secret.get("metadata"), f"{where}: metadata")
    annotations = {key: value for key, value in metadata.strings("annotations").items() if key != _HOLDS_DATA}
    name, server = _value(secret, "name", where), _value(secret, "server", where)
    if not name or not server:
        raise Unrenderable(f"the cluster {where} in {file} has no name or no server", wrong=True)
    return Cluster(
        name=name,
        server=server,
        project=_value(secret, "project", where),
        labels=tuple(sorted(metadata.strings("labels").items())),
        annotations=tuple(sorted(annotations.items())),
        file=file,
    )


def _value(secret: Mapping[str, object], key: str, where: str) -> str:
    """One value, of ``stringData`` or else of ``data``."""
    value = Fields(secret.get("stringData"), f"{where}: stringData").text(key)
    if not value:
        value = Fields(secret.get("data"), f"{where}: data").text(key)
        if not value.startswith(_ENCRYPTED):
            value = _decoded(value, key, where)
    if value.startswith(_ENCRYPTED):
        raise Unrenderable(f"the {key} of the cluster {where} is encrypted, so it is not known here")
    return value


def _decoded(value: str, key: str, where: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError) as e:
        raise Unrenderable(f"{where}: data.{key} is no text in base64; use stringData", wrong=True) from e
