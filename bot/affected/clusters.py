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
from bot.affected.selectors import matches_selector
from bot.affected.sources import SECRETS_MADE, identity_of
from bot.errors import UserError

IN_CLUSTER = "in-cluster"
IN_CLUSTER_SERVER = "https://kubernetes.default.svc"
_LABEL = "argocd.argoproj.io/secret-type"
_HOLDS_DATA = "kubectl.kubernetes.io/last-applied-configuration"
Secrets = list[tuple[str, dict[str, object]]]  # (file, object)
_ENCRYPTED = "ENC["  # how SOPS writes a value


class Sealed(Unrenderable):
    """There is a cluster whose Secret a controller makes: what is generated for it is there, but not known here."""


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
    if secret.get("kind") != "Secret":
        return None
    labels = Fields(secret.get("metadata"), f"{identity_of(secret)}: metadata").strings("labels")
    return labels if labels.get(_LABEL) == "cluster" else None


def made_cluster_labels(obj: Mapping[str, object]) -> dict[str, str] | None:
    """The labels of the cluster's Secret that a controller makes of an object; None where it makes none, or what it makes
    is not to be read.

    The rules are those of Sealed Secrets (spec.template) and of the External Secrets Operator (spec.target.template, and
    without one its own labels: https://external-secrets.io/latest/guides/templating/).
    """
    group, kind = str(obj.get("apiVersion")).partition("/")[0], obj.get("kind")
    try:
        spec = Fields(obj.get("spec"), "spec")
        if (group, kind) == ("bitnami.com", "SealedSecret"):
            labels = spec.child("template").child("metadata").strings("labels")
        elif (group, kind) == ("external-secrets.io", "ExternalSecret"):
            target = spec.child("target")
            copied = Fields(obj.get("metadata"), "metadata")
            labels = (target.child("template").child("metadata") if target.has("template") else copied).strings(
                "labels"
            )
        else:
            return None
    except UserError:  # the controller refuses it
        return None
    return labels if labels.get(_LABEL) == "cluster" else None


def is_cluster(obj: Mapping[str, object]) -> bool:
    """Whether an object of a file is the Secret of a cluster, or makes one; or has that label, and is malformed."""
    if obj.get("kind") not in ("Secret", *SECRETS_MADE):
        return False
    try:
        return cluster_labels(obj) is not None or made_cluster_labels(obj) is not None
    except UserError:
        return _LABEL in str(obj.get("metadata"))


def matching(secrets: Secrets, selector: Fields) -> tuple[list[Cluster], bool]:
    """The clusters whose Secrets match, by name; whether there is any Secret of a cluster at all. Raises as
    ``cluster_labels`` and ``read_cluster``."""
    found: dict[str, Cluster] = {}
    any_secret = False
    for file, secret in secrets:
        labels = cluster_labels(secret)
        if labels is None:
            continue
        any_secret = True
        if matches_selector(selector, labels):
            cluster = read_cluster(secret, file)
            found.setdefault(cluster.name, cluster)
    return [found[name] for name in sorted(found)], any_secret


def sealed_clusters(secrets: Secrets, selector: Fields, where: str) -> list[Sealed]:
    """Why the clusters that match are not known of which no Secret is here, but what a controller makes one of."""
    told = "and what it is called this repository does not say"
    found = []
    for file, made in secrets:
        labels = made_cluster_labels(made)
        if labels is not None and matches_selector(selector, labels):
            found.append(Sealed(f"{where} lists the cluster of {identity_of(made)} in {file}, {told}"))
    return found


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
