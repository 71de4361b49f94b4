"""What an object lacks for whoever takes it, although its schema does not say so: a namespace for Flux, who decrypts it, the
fields without which the API server refuses an Application.

Sources: Flux FAQ and flux2 issue 4301 ("namespace not specified": kustomize-controller has no default namespace, unless
``spec.targetNamespace`` gives one); kustomize-controller, kustomization_controller.go (``IsEncryptedSecret``); argo-cd,
manifests/crds/application-crd.yaml (``required`` of ``spec``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks.schema_definitions import Definitions
from bot.checks.schema_remarks import Item, Remark
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.kubernetes.scope import is_cluster_scoped
from bot.kubernetes_schemas import bundled
from bot.model.evidence import UnitEvidence, UnitSide
from bot.model.result import Severity

_FLUX = "kustomize.toolkit.fluxcd.io"
_APPLICATION = ("argoproj.io", "Application")
_REQUIRED = ("destination", "project")
_DECRYPT = f"{_FLUX}/decrypt"  # an annotation: disabled


def remarks(item: Item, unit: UnitEvidence, side: UnitSide, found: Definitions) -> Iterator[Remark]:
    """About one object of a side of a unit, which is applied as it is there."""
    metadata = item.fields.get("metadata")
    if not isinstance(metadata, dict):
        return
    if _is_of_flux(side) and not metadata.get("namespace") and _has_namespace(item):
        yield Remark(
            "no-namespace", Severity.ERROR,
            "It names no namespace, and the Kustomization that deploys it gives none: Flux stops at it, and applies nothing "
            "of the Kustomization.",
            "Set `namespace` in the kustomization.yaml or in the object, or `targetNamespace` in the Kustomization.",
            (*item.place, "metadata"), mark=f"{item.place} namespace",
        )  # fmt: skip
    if _is_of_flux(side) and not side.unit.decrypts and (item.id.group, item.id.kind) == ("", "Secret"):
        yield from _secret(item, side, metadata)
    if (item.id.group, item.id.kind) == _APPLICATION and not found.nearest(unit, *_APPLICATION):
        yield from _application(item)


def _secret(item: Item, side: UnitSide, metadata: dict[str, Any]) -> Iterator[Remark]:
    """One that SOPS encrypted, as an object or as the file of a generator, where nobody decrypts it."""
    annotations, data, sops = metadata.get("annotations"), item.fields.get("data"), item.fields.get("sops")
    if isinstance(annotations, dict) and str(annotations.get(_DECRYPT)).lower() == "disabled":
        return
    source = side.unit.source
    by = f"{source.kind} {shown(f'{source.namespace}/{source.name}'.lstrip('/'))}" if source else ""
    fix = "Set `decryption` in the Kustomization: its provider, `sops`, and the Secret with the key."
    mark = f"{item.place} decryption"
    if isinstance(sops, dict) and "mac" in sops:
        said = f"It is encrypted with SOPS, and {by} does not decrypt: Flux stops at it, and applies nothing of it all."
        yield Remark("not-decrypted", Severity.ERROR, said, fix, (*item.place, "sops"), mark)
    elif isinstance(data, dict) and "sops_mac" in data:
        said = f"Its values are encrypted with SOPS, and {by} does not decrypt: pods get them as they are."
        yield Remark("not-decrypted", Severity.ERROR, said, fix, (*item.place, "data"), mark)


def _is_of_flux(side: UnitSide) -> bool:
    return side.unit.source is not None and side.unit.source.group == _FLUX


def _has_namespace(item: Item) -> bool:
    """Whether objects of the kind are in a namespace for sure: a kind of Kubernetes' own, or of Flux."""
    group = item.id.group
    own = bundled.bundle(bundled.versions()[-1]).owns(group)
    return (own or group.endswith(".toolkit.fluxcd.io")) and not is_cluster_scoped(group, item.id.kind)


def _application(item: Item) -> Iterator[Remark]:
    spec = item.fields.get("spec")
    if not isinstance(spec, dict) or is_open(item.id.name):
        return
    for name in _REQUIRED:
        if spec.get(name) is None:
            yield Remark(
                "missing-field", Severity.ERROR,
                f"spec.{name} is missing, and the API server refuses the Application without it.",
                f"Set spec.{name}.", (*item.place, "spec"), mark=f"{item.place} spec.{name}",
            )  # fmt: skip
