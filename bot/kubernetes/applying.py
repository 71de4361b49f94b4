"""What an object's own annotations say to whoever applies it: make it anew instead of changing it, leave it when it goes.

Sources:

- Argo CD, user guide "Resource Hooks" (hooks and ``argocd.argoproj.io/hook-delete-policy``, ``BeforeHookCreation`` where
  none is named; a hook of Helm is taken as one), and "Sync Options" (``Force=true``, ``Replace=true``, ``Prune=false``,
  ``Delete=false``, and ``confirm`` of both, which waits for a person). ``Force=true`` deletes and creates what an apply or a
  replace cannot change, but not where ``ServerSideApply=true`` applies. CRDs of an Application that is deleted stay,
  finalizer or not (argoproj/argo-cd, issue 6078); a sync prunes them like anything else.
- Flux, "Kustomization" reference: ``kustomize.toolkit.fluxcd.io/force``, ``/prune``, ``/reconcile`` and ``/ssa`` (``Ignore``
  and ``IfNotPresent`` leave alone what is there). They count as annotations and as labels, in upper or lower case
  (fluxcd/pkg/ssa, ``AnyInMetadata``).
- Helm, "Chart Hooks" (``helm.sh/hook``, ``helm.sh/hook-delete-policy``, ``before-hook-creation`` where none is named) and
  "Chart Development Tips" (``helm.sh/resource-policy: keep``).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

_ARGO = "argocd.argoproj.io"
_FLUX = "kustomize.toolkit.fluxcd.io"


class Applier(StrEnum):
    """Who puts an object into the cluster, and so whose annotations count."""

    ARGO_CD = "Argo CD"
    FLUX = "Flux"
    HELM = "Helm"  # by itself, or as Flux' HelmRelease
    UNKNOWN = "unknown"  # the annotations of all of them are believed: somebody wrote them for one


def is_made_anew(applier: Applier, base: dict[str, Any], head: dict[str, Any]) -> bool:
    """Whether the object of base is not changed into that of head: it is deleted first, or left as it is."""
    if applier is not Applier.HELM and applier is not Applier.ARGO_CD:
        if _flux(head, "force", "enabled") or _flux(head, "ssa", "ignore", "ifnotpresent"):
            return True
        if _flux(head, "reconcile", "disabled"):
            return True
    if applier in (Applier.ARGO_CD, Applier.UNKNOWN):
        options = _words(head, f"{_ARGO}/sync-options")
        if "force=true" in options and ("replace=true" in options or "serversideapply=true" not in options):
            return True
    return applier is not Applier.FLUX and _is_hook_made_anew(applier, base, head)


def _is_hook_made_anew(applier: Applier, base: dict[str, Any], head: dict[str, Any]) -> bool:
    """A hook whose last run is gone before the next one: deleted when it succeeded, or right before."""
    if not (_hook(applier, base) or _hook(applier, head)):
        return False
    before = _hook(applier, head) and _policies(applier, head) & {"beforehookcreation"}
    return bool(before or (_hook(applier, base) and _policies(applier, base) & {"hooksucceeded"}))


def _hook(applier: Applier, fields: dict[str, Any]) -> set[str]:
    own = _words(fields, f"{_ARGO}/hook") if applier is not Applier.HELM else set()
    return own or _words(fields, "helm.sh/hook")


def _policies(applier: Applier, fields: dict[str, Any]) -> set[str]:
    own = _words(fields, f"{_ARGO}/hook-delete-policy") if applier is not Applier.HELM else set()
    found = own or _words(fields, "helm.sh/hook-delete-policy")
    return {word.replace("-", "") for word in found} or {"beforehookcreation"}


def is_kept(applier: Applier, live: dict[str, Any], *, with_all: bool) -> bool:
    """Whether an object as it is in the cluster stays there when Git has it no more. ``with_all``: because the Application,
    Kustomization or release goes as a whole."""
    if applier in (Applier.FLUX, Applier.UNKNOWN) and (
        _flux(live, "prune", "disabled") or _flux(live, "reconcile", "disabled")
    ):
        return True
    if applier is Applier.ARGO_CD and with_all and live.get("kind") == "CustomResourceDefinition":
        return True
    options = _words(live, f"{_ARGO}/sync-options") if applier in (Applier.ARGO_CD, Applier.UNKNOWN) else set()
    if options & ({"delete=false", "delete=confirm"} if with_all else {"prune=false", "prune=confirm"}):
        return True
    keeps = "keep" in _words(live, "helm.sh/resource-policy")  # Argo CD takes it as Delete=false, not as Prune=false
    return keeps and (applier in (Applier.HELM, Applier.UNKNOWN) or (applier is Applier.ARGO_CD and with_all))


def _flux(fields: dict[str, Any], key: str, *wanted: str) -> bool:
    metadata = _mapping(fields.get("metadata"))
    told = (_mapping(metadata.get(part)).get(f"{_FLUX}/{key}") for part in ("annotations", "labels"))
    return any(isinstance(value, str) and value.lower() in wanted for value in told)


def _words(fields: dict[str, Any], annotation: str) -> set[str]:
    """The parts of a list with commas, in lower case."""
    value = _mapping(_mapping(fields.get("metadata")).get("annotations")).get(annotation)
    return {part for word in value.split(",") if (part := word.strip().lower())} if isinstance(value, str) else set()


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
