"""Risks of one object that changes: deleted with what it holds, changed where it cannot be, opened to more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bot.checks import risk_lost, risk_rbac
from bot.checks.about import Place, about
from bot.checks.deployer import Deployers, applier
from bot.checks.differing import first_difference, leaf
from bot.checks.risk_project import of_project
from bot.checks.risk_same import differ_in_labels
from bot.checks.words import shown
from bot.kubernetes.applying import is_made_anew
from bot.kubernetes.immutable import changed_field
from bot.kubernetes.scope import is_cluster_scoped
from bot.model.evidence import Move, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

Pair = tuple[Resource | None, Resource | None]

# What serves, and is there again as soon as Git says so: worth a word in production. Of a unit that goes as a whole
# risk/unit-removed speaks.
_SERVING = {
    ("apps", "Deployment"),
    ("apps", "DaemonSet"),
    ("argoproj.io", "Rollout"),
    ("serving.knative.dev", "Service"),
}
_WEBHOOKS = (
    "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding",
)  # fmt: skip
# What making an object anew takes away for good, and what only until the new one is there.
_LOST_ANEW = {
    "PersistentVolumeClaim": "and with most storage classes the data behind it is lost",
    "PersistentVolume": "and the claim bound to it is lost",
}
_GONE_MEANWHILE = dict.fromkeys(
    ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"), "and none of its pods runs in between"
) | {"Service": "and it gets new addresses, also outside of the cluster", "Job": "so that it runs once more"}
_OTHERWISE = "Give the object a new name, or delete it first and say so in the pull request."
# The way out, where it is another than that.
_INSTEAD = {
    (
        "StatefulSet",
        "spec.volumeClaimTemplates",
    ): "Delete the StatefulSet with `--cascade=orphan` when this is merged: its "
    "pods and claims stay, and it is made anew. Claims that are there already have to grow one by one.",
    ("PersistentVolumeClaim", "spec.resources.requests.storage"): "Keep the size, or copy the data to a new claim.",
}
_NETWORK = {
    ("networking.k8s.io", "NetworkPolicy"), ("extensions", "NetworkPolicy"),
    ("cilium.io", "CiliumNetworkPolicy"), ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"), ("projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"), ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("policy.networking.k8s.io", "AdminNetworkPolicy"), ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
}  # fmt: skip
_ROOTS = {("argoproj.io", "Application"), ("kustomize.toolkit.fluxcd.io", "Kustomization")}
_MANY = 2  # declarations that one object deploys: what it does, it does to all of them


def deleted(unit: UnitEvidence, base: Resource) -> Iterator[Statement]:
    """An object that head does not have."""
    kind, follows = base.id.kind, risk_lost.destroys(base)
    if follows:
        yield about(
            unit, base, "risk/deletion", Severity.ERROR, f"Pruning it {follows}.",
            "Keep it, or annotate it so that it is not pruned, and delete it by hand when nothing needs it.",
        )  # fmt: skip
    elif unit.production and unit.head is not None and (base.id.group, kind) in _SERVING:
        yield about(
            unit, base, "risk/deletion", Severity.WARNING,
            f"Pruning this {kind} stops all of its pods: what calls them gets no answer.",
            "If that is meant, say so in the pull request; else keep it.",
        )  # fmt: skip
    elif (base.id.group, kind) in _NETWORK:
        yield about(
            unit, base, "risk/network-policy", Severity.WARNING,
            "Without it, traffic that it kept out is let in as soon as this is applied.",
            "Keep it until another policy covers the same pods.",
        )  # fmt: skip
    elif kind in _WEBHOOKS:
        yield about(
            unit, base, "risk/admission", Severity.WARNING,
            "What it refused or changed at admission is let in unseen from then on.",
            "Make sure that something else guards the same objects.",
        )  # fmt: skip
    elif kind in risk_rbac.KINDS and base.id.group == risk_rbac.GROUP:
        yield about(
            unit, base, "risk/rbac", Severity.WARNING,
            "Whoever got rights by it loses them as soon as this is applied: controllers and people are refused.",
            "Make sure that nobody needs them any more, or that another binding gives them.",
        )  # fmt: skip
    elif (base.id.group, kind) == ("argoproj.io", "AppProject"):
        yield about(
            unit, base, "risk/generator", Severity.WARNING,
            "Applications that still name this project can no longer be synced.",
            "Move them to another project first.",
        )  # fmt: skip
    elif is_cluster_scoped(base.id.group, kind):
        yield about(
            unit, base, "risk/cluster-scoped", Severity.WARNING,
            f"A {kind} holds for the whole cluster: what names it, in any namespace, fails from then on.",
            "Have the owners of the cluster agree, and look for what still names it.",
        )  # fmt: skip


def moved(statement: Statement, base: Resource, move: Move) -> Statement:
    """What is said of the deletion of an object, where it comes in another unit with the same change.

    It is made again, and until then it may be gone: whoever deploys the one unit prunes without waiting for the other one
    (Flux and Argo CD leave an object alone once it bears the label of another owner, and nobody says who is first). That is
    no error where nothing is lost for good, and where the repository does not say that two deploy it."""
    severity = statement.severity
    if severity is Severity.ERROR and not (risk_lost.for_good(base) or move.declared):
        severity = Severity.WARNING
    return replace(
        statement,
        severity=severity,
        message=f"It comes in {shown(move.to)} with this change, and whoever deploys it here may prune it before it is "
        f"applied there. {statement.message}",
        fix="Annotate it here first, so that it is not pruned, and move it in a later change.",
    )


def changed(unit: UnitEvidence, base: Resource, head: Resource, deployers: Deployers) -> Iterator[Statement]:
    """An object on both sides."""
    field = changed_field(head.id.group, head.id.kind, base.fields, head.fields)
    if field and not is_made_anew(applier(unit), base.fields, head.fields):
        at = leaf(base.fields, head.fields, tuple(field.split(".")))
        yield _forced(unit, head, field, at) if deployers.forces(unit) else _refused(unit, head, field, at)
    old, new = _spec(base), _spec(head)
    if "replicas" in new and new["replicas"] == 0 and old.get("replicas") != 0:
        yield about(
            unit, head, "risk/replicas-zero", Severity.WARNING,
            "No pod of it runs any more once this is applied.",
            "Remove the workload if it is not needed, or keep at least one replica.",
            ("spec", "replicas"),
        )  # fmt: skip
    yield from risk_lost.claims(unit, base, head)
    if head.id.kind == "CustomResourceDefinition" and (gone := served(base) - served(head)):
        names = ", ".join(sorted(gone))
        yield about(
            unit, head, "risk/crd-version", Severity.ERROR,
            f"Version {names} is no longer served: objects and controllers that use it fail.",
            "Keep serving it until everything has moved to another version.",
            _switched_off(head, gone),
        )  # fmt: skip


def _switched_off(head: Resource, gone: set[str]) -> Place:
    """Where a CRD says that a version is not served; all its versions where it has lost it."""
    listed = _spec(head).get("versions")
    for number, version in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(version, dict) and str(version.get("name")) in gone:
            return ("spec", "versions", number, "served")
    return ("spec", "versions")


def _refused(unit: UnitEvidence, head: Resource, field: str, at: Place) -> Statement:
    cannot = "shrink" if field == "spec.resources.requests.storage" else "be changed in place"
    return about(
        unit, head, "risk/immutable", Severity.ERROR,
        f"{field} of a {head.id.kind} cannot {cannot}: the API server refuses the update, and the rollout stays half done.",
        _INSTEAD.get((head.id.kind, field), _OTHERWISE), at,
    )  # fmt: skip


def _forced(unit: UnitEvidence, head: Resource, field: str, at: Place) -> Statement:
    """Under ``spec.force`` the change arrives, by way of a deletion: what that costs depends on what the object holds."""
    lost = _LOST_ANEW.get(head.id.kind)
    weight = Severity.ERROR if lost else Severity.INFO if head.id.kind == "Job" else Severity.WARNING
    return about(
        unit, head, "risk/immutable", weight,
        f"{field} of a {head.id.kind} cannot be changed in place, and its Kustomization says `force: true`: Flux deletes "
        f"the object and makes it anew, {lost or _GONE_MEANWHILE.get(head.id.kind, 'and it is not there in between')}.",
        "Give the object a new name, so that the old one stays until the new one works; or agree to that.", at,
    )  # fmt: skip


def opened(unit: UnitEvidence, base: Resource | None, head: Resource) -> Iterator[Statement]:
    """An object that is new or differs, of a kind that decides over others."""
    kind, group = head.id.kind, head.id.group
    word = "New" if base is None else "Changed"
    if kind in risk_rbac.KINDS and group == risk_rbac.GROUP:
        yield from risk_rbac.statements(unit, base, head)
    elif base is not None and differ_in_labels(base, head):
        return
    elif kind in _WEBHOOKS:
        yield about(
            unit, head, "risk/admission", Severity.WARNING,
            f"{word}: it decides over every object that matches, in all namespaces; when it does not answer, it may stop "
            "all of them.",
            "Check failurePolicy, namespaceSelector and timeoutSeconds, and exclude the system's namespaces.",
            first_difference(base, head),
        )  # fmt: skip
    elif (group, kind) in _NETWORK and base is not None and _spec(base) != _spec(head):
        yield about(
            unit, head, "risk/network-policy", Severity.WARNING,
            "Who may reach these pods, or whom they may reach, changes as soon as this is applied.",
            "Compare ingress, egress and podSelector with what the workload really needs.",
            first_difference(base, head),
        )  # fmt: skip
    elif kind not in ("Namespace", "CustomResourceDefinition") and is_cluster_scoped(group, kind):
        yield about(
            unit, head, "risk/cluster-scoped", Severity.WARNING,
            f"{word}: a {kind} holds for the whole cluster, not for one namespace.",
            "Have the owners of the cluster agree.", first_difference(base, head),
        )  # fmt: skip


def of_generator(
    unit: UnitEvidence, base: Resource | None, head: Resource, deployers: Deployers
) -> Iterator[Statement]:
    """An object that makes or deploys others."""
    key = (head.id.group, head.id.kind)
    if base is None:
        if key == ("argoproj.io", "ApplicationSet"):
            yield _generator(unit, None, head, "New: one change of this ApplicationSet")
        return
    if key == ("argoproj.io", "Application") and _cascades(head) and not _cascades(base):
        yield about(
            unit, head, "risk/generator", Severity.WARNING,
            "With this finalizer, deleting the Application deletes everything that it has deployed.",
            "Add it only where that is meant, and after the objects that have to stay say `Delete=false`.",
            ("metadata", "finalizers"),
        )  # fmt: skip
    if _spec(base) == _spec(head):
        return
    if key == ("argoproj.io", "AppProject"):
        yield from of_project(unit, base, head)
    elif key == ("argoproj.io", "ApplicationSet"):
        yield _generator(unit, base, head, "One change of this ApplicationSet")
    elif key in _ROOTS and _deploys_more(base, head) and deployers.makes(head.id) >= _MANY:
        yield _generator(unit, base, head, f"One change of this {head.id.kind}")


def _generator(unit: UnitEvidence, base: Resource | None, head: Resource, who: str) -> Statement:
    return about(
        unit, head, "risk/generator", Severity.WARNING,
        f"{who} can create or delete many applications at once.",
        "Look at every unit that this report lists as added or removed before you agree.", first_difference(base, head),
    )  # fmt: skip


def _cascades(application: Resource) -> bool:
    """Argo CD, "App Deletion": the finalizer, with or without a way of propagation behind it."""
    metadata = application.fields.get("metadata")
    finalizers = metadata.get("finalizers") if isinstance(metadata, dict) else None
    listed = finalizers if isinstance(finalizers, list) else []
    return any(str(f).partition("/")[0] == "resources-finalizer.argocd.argoproj.io" for f in listed)


def _deploys_more(base: Resource, head: Resource) -> bool:
    """Whether a declaration turns to another place, source or cluster, or changes what pruning does."""
    keys = ("path", "source", "sources", "sourceRef", "destination", "project", "prune", "syncPolicy", "kubeConfig",
            "serviceAccountName", "targetNamespace")  # fmt: skip
    old, new = _spec(base), _spec(head)
    return any(_place(old.get(k)) != _place(new.get(k)) for k in keys)


def _place(value: Any) -> Any:
    """A source without what moves with every release."""
    if isinstance(value, dict):
        return {
            k: v for k, v in value.items() if k not in ("targetRevision", "helm", "kustomize", "plugin", "directory")
        }
    return [_place(v) for v in value] if isinstance(value, list) else value


def served(resource: Resource) -> set[str]:
    """Names of the versions that a CRD serves."""
    versions = _spec(resource).get("versions")
    listed = versions if isinstance(versions, list) else []
    return {str(v.get("name")) for v in listed if isinstance(v, dict) and v.get("served") is not False}


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}
