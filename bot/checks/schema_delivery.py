"""Misspelt fields of what delivers a repository: objects of Argo CD and Flux, whose CRDs are hardly ever in it.

Told is only what is nearly the name of a field that the kind has: these kinds gain fields with their versions, and which
version runs nobody says here. Sources: argo-cd v3 (manifests/crds/application-crd.yaml) and the Go types of Flux 2
(kustomize-controller, helm-controller and source-controller v1.10), with the fields of earlier versions.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from bot.checks.schema_definitions import Definitions
from bot.checks.schema_remarks import Item, Remark
from bot.checks.unknown_texts import is_open
from bot.checks.words import shown
from bot.kubernetes_schemas.places import written
from bot.kubernetes_schemas.problem import Place
from bot.kubernetes_schemas.sentences import MOST, nearest
from bot.model.evidence import UnitEvidence
from bot.model.result import Severity

Fields = dict[str, Any]  # a field, and the fields below it; {} where anything may stand there


def _of(names: str, **below: Fields) -> Fields:
    return {name: {} for name in names.split()} | below


_ARGO_SOURCE = _of(
    "repoURL path targetRevision chart ref name plugin",
    helm=_of(
        "valueFiles parameters releaseName values fileParameters version passCredentials "
        "ignoreMissingValueFiles skipCrds valuesObject namespace kubeVersion apiVersions skipTests "
        "skipSchemaValidation"
    ),
    kustomize=_of(
        "namePrefix nameSuffix images commonLabels version commonAnnotations forceCommonLabels "
        "forceCommonAnnotations namespace commonAnnotationsEnvsubst replicas patches components "
        "ignoreMissingComponents labelWithoutSelector kubeVersion apiVersions labelIncludeTemplates"
    ),
    directory=_of("recurse jsonnet exclude include"),
)
_APPLICATION = _of(
    "project info revisionHistoryLimit sourceHydrator",
    source=_ARGO_SOURCE,
    sources=_ARGO_SOURCE,
    destination=_of("server namespace name"),
    syncPolicy=_of(
        "syncOptions",
        automated=_of("prune selfHeal allowEmpty enabled"),
        retry=_of("limit refresh", backoff=_of("duration factor maxDuration")),
        managedNamespaceMetadata=_of("labels annotations"),
    ),
    ignoreDifferences=_of("group kind name namespace jsonPointers jqPathExpressions managedFieldsManagers"),
)
_REFERENCE = _of("apiVersion kind name namespace")
_VALUES_FROM = _of("kind name optional targetPath valuesKey")
_WAITING = (
    "disableWait disableWaitForJobs disableHooks disableOpenAPIValidation disableSchemaValidation disableTakeOwnership"
)
_REMEDIATION = _of("ignoreTestFailures remediateLastFailure retries strategy")
_KUSTOMIZATION = _of(
    "buildMetadata components deletionPolicy dependsOn force healthCheckExprs healthChecks ignore "
    "ignoreMissingComponents images interval kubeConfig namePrefix nameSuffix patches patchesJson6902 "
    "patchesStrategicMerge path prune retryInterval serviceAccountName suspend targetNamespace timeout "
    "validation wait",
    commonMetadata=_of("annotations labels"),
    decryption=_of("provider secretRef serviceAccountName"),
    postBuild=_of("substitute substituteStrategy", substituteFrom=_of("kind name optional")),
    sourceRef=_REFERENCE,
)
_RELEASE = _of(
    "commonMetadata dependsOn driftDetection healthCheckExprs interval kubeConfig maxHistory "
    "persistentClient postRenderStrategy postRenderers releaseName rollback serviceAccountName "
    "storageNamespace suspend targetNamespace test timeout uninstall values waitStrategy",
    chart=_of(
        "metadata",
        spec=_of(
            "chart ignoreMissingValuesFiles interval reconcileStrategy valuesFile valuesFiles verify version",
            sourceRef=_REFERENCE,
        ),
    ),
    chartRef=_REFERENCE,
    install=_of(
        f"crds createNamespace replace serverSideApply skipCRDs strategy timeout {_WAITING}", remediation=_REMEDIATION
    ),
    upgrade=_of(
        f"chartNameChangeStrategy cleanupOnFail crds force preserveValues serverSideApply strategy timeout {_WAITING}",
        remediation=_REMEDIATION,
    ),
    valuesFrom=_VALUES_FROM,
)
_KINDS: dict[tuple[str, str], Fields] = {
    ("argoproj.io", "Application"): _APPLICATION,
    ("kustomize.toolkit.fluxcd.io", "Kustomization"): _KUSTOMIZATION,
    ("helm.toolkit.fluxcd.io", "HelmRelease"): _RELEASE,
    ("source.toolkit.fluxcd.io", "GitRepository"): _of(
        "accessFrom gitImplementation ignore include interval provider proxySecretRef recurseSubmodules "
        "secretRef serviceAccountName sparseCheckout suspend timeout url verify",
        ref=_of("branch commit name semver tag"),
    ),
    ("source.toolkit.fluxcd.io", "HelmRepository"): _of(
        "accessFrom certSecretRef insecure interval passCredentials provider secretRef suspend timeout type url"
    ),
    ("source.toolkit.fluxcd.io", "OCIRepository"): _of(
        "certSecretRef ignore insecure interval layerSelector provider proxySecretRef secretRef "
        "serviceAccountName suspend timeout url verify",
        ref=_of("digest semver semverFilter tag"),
    ),
}


def remarks(item: Item, unit: UnitEvidence, found: Definitions) -> Iterator[Remark]:
    """About one object. Where its CRD is in the repository, that says it better."""
    known = _KINDS.get((item.id.group, item.id.kind))
    if known is not None and not found.nearest(unit, item.id.group, item.id.kind):
        yield from islice(_misspelt(item, item.fields.get("spec"), known, ("spec",)), MOST)


def _misspelt(item: Item, value: object, known: Fields, place: Place) -> Iterator[Remark]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _misspelt(item, each, known, (*place, index))
    if not isinstance(value, dict) or not known:
        return
    for name, held in value.items():
        here = (*place, str(name))
        if name in known:
            yield from _misspelt(item, held, known[name], here)
        elif not is_open(name) and (meant := nearest(str(name), sorted(known), cutoff=0.8)):
            message = f"{shown(written(here))} is no field of this kind: it is refused, or dropped without effect."
            fix = f"Did you mean {written((*place, meant))}?"
            mark = f"{written(item.place)} {written(here)}".strip()
            yield Remark("unknown-field", Severity.WARNING, message, fix, (*item.place, *here), mark)
