"""What a team may put where: by ``checks.boundaries``, and for paths of which it says nothing, by the names of directories.

A path is an app team's when the last of its directories that says anything is called ``apps``, ``applications``,
``tenants``, ``teams`` or ``workloads``; ``platform``, ``infrastructure``, ``clusters`` and the like say that it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from bot.checks.about import Place
from bot.checks.causes import NOWHERE, Causes
from bot.checks.deployer import Deployers, is_generated
from bot.checks.unknown_texts import is_open
from bot.checks.words import listed, shown
from bot.config.globs import Globs
from bot.config.judging import BoundaryRule
from bot.kubernetes.scope import crd_scopes, is_cluster_scoped
from bot.model.evidence import Evidence, Side, Statement, UnitEvidence, objects
from bot.model.resource import Resource
from bot.model.result import Severity, UnitState
from bot.model.unit import HelmRender, KustomizeRender, PlainRender

_TEAM = frozenset(("apps", "applications", "tenants", "teams", "workloads"))
_TENANTS = frozenset(("tenants", "teams"))
_NO_TEAM = frozenset(
    ("platform", "platform-components", "infrastructure", "infra", "clusters", "cluster", "bootstrap", "system", "addons",
     "cluster-addons", "core", "controllers", "crds", "argocd", "argo-cd", "flux-system", "tenant-baselines", "common",
     "shared", "upstream", "third-party", "vendor")
)  # fmt: skip
_PLATFORM = {
    ("rbac.authorization.k8s.io", "ClusterRole"): "what its holders may do in every namespace",
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): "who may do something in every namespace",
    ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"): "which objects of everybody are refused",
    ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"): "how objects of everybody are altered",
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"): "which objects of everybody are refused",
    ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"): "which objects of everybody are refused",
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicy"): "how objects of everybody are altered",
    ("admissionregistration.k8s.io", "MutatingAdmissionPolicyBinding"): "how objects of everybody are altered",
    ("apiextensions.k8s.io", "CustomResourceDefinition"): "a kind for the whole cluster",
    ("storage.k8s.io", "StorageClass"): "where volumes of everybody lie",
    ("networking.k8s.io", "IngressClass"): "who serves the traffic of everybody",
    ("gateway.networking.k8s.io", "GatewayClass"): "who serves the traffic of everybody",
    ("scheduling.k8s.io", "PriorityClass"): "whose pods are evicted first",
}
_IDENTITIES = (
    "eks.amazonaws.com/role-arn", "iam.amazonaws.com/role", "iam.gke.io/gcp-service-account",
    "azure.workload.identity/client-id", "azure.workload.identity/tenant-id",
)  # fmt: skip
_BALANCERS = (
    "service.beta.kubernetes.io/", "service.kubernetes.io/", "cloud.google.com/", "networking.gke.io/",
    "alb.ingress.kubernetes.io/", "load-balancer.hetzner.cloud/", "service.beta.openstack.org/",
)  # fmt: skip
_POD_SECURITY = "pod-security.kubernetes.io/"
_ENFORCE = f"{_POD_SECURITY}enforce"
_LEVELS = ("privileged", "baseline", "restricted")


def is_of_team(path: str) -> bool:
    """Whether a path is an app team's, by the names of its directories."""
    return _said(path) in _TEAM


def is_of_tenant(path: str) -> bool:
    """Whether several teams share the cluster, each with a path like this one: then what one may do to others matters."""
    return _said(path) in _TENANTS


def _said(path: str) -> str:
    return next((s for s in reversed(path.lower().split("/")) if s in _TEAM or s in _NO_TEAM), "")


def telling_path(unit: UnitEvidence) -> str:
    """The path that says whose a unit is: its own, or where that says nothing (a chart that all share) that of the values
    which make the chart somebody's."""
    return next((path for path in (unit.path, *reversed(unit.last_values)) if _said(path)), unit.path)


class Teams:
    """The configured boundaries; the first entry that holds a unit's path counts."""

    def __init__(self, rules: Sequence[BoundaryRule]) -> None:
        self._rules = [(Globs(rule.paths), rule) for rule in rules]

    def rule(self, unit: UnitEvidence) -> BoundaryRule | None:
        return next((rule for globs, rule in self._rules if globs.match(unit.path)), None)

    def statements(self, evidence: Evidence, side: Side) -> Iterator[Statement]:
        """Everything of one side."""
        scopes = crd_scopes(r.fields for _, r in objects(evidence, side))
        deployers = Deployers(evidence)
        for unit in evidence.units:
            there = unit.side(side)
            rule = self.rule(unit)
            lands = deployers.destination(there.unit, side)[1] if there and rule else ""
            for resource in there.objects if there else ():
                if there and is_generated(there, resource.id):
                    continue
                if rule:
                    yield from _configured(unit, side, resource, rule, scopes)
                    if not _namespace(unit, side, resource, scopes) and _follows(resource, scopes):
                        yield from _elsewhere(unit, resource, rule, lands)
                        lands = ""  # told once for all that its Application puts there
                elif is_of_team(telling_path(unit)):
                    yield from _platform_kind(unit, resource)

    def changes(self, evidence: Evidence) -> Iterator[Statement]:
        """Ways into the cloud and out of Pod Security that a team's change opens or alters; of others, only Pod Security
        that enforces less than before."""
        causes = Causes(evidence)
        for unit in evidence.units:
            if unit.head is None or unit.state is UnitState.UNCHANGED:
                continue
            every = is_of_team(telling_path(unit)) and not self.rule(unit)
            before = {r.id: r for r in (unit.base.objects if unit.base else ())}
            for resource in unit.head.objects:
                old = before.get(resource.id)
                if resource.id.kind == "Namespace" and not resource.id.group:
                    yield from _namespace_security(unit, old, resource, causes, every=every)
                if every:
                    yield from _cloud(unit, old, resource)


def _configured(
    unit: UnitEvidence, side: Side, resource: Resource, rule: BoundaryRule, scopes: dict[tuple[str, str], str]
) -> Iterator[Statement]:
    found = resource.id
    names = (found.kind, f"{found.kind}.{found.group}" if found.group else found.kind)
    if (rule.kinds and not _any(rule.kinds, names)) or _any(rule.deny_kinds, names):
        yield Statement(
            "boundaries/team-kind", Severity.ERROR,
            f"{shown(found.kind)} is not for this path: `checks.boundaries` "
            + ("denies it here." if _any(rule.deny_kinds, names) else f"permits {listed(rule.kinds)}."),
            "Leave it to whoever owns such objects, or have the owners of .gatehouse.yaml permit it.",
            unit=unit.key, object=found, at=("kind",), mark="kind",
        )  # fmt: skip
    namespace = _namespace(unit, side, resource, scopes)
    if rule.namespaces and namespace and not _any(rule.namespaces, (namespace,)):
        yield Statement(
            "boundaries/team-namespace", Severity.ERROR,
            f"Namespace {shown(namespace)} is not for this path: `checks.boundaries` permits {listed(rule.namespaces)}.",
            "Deploy it to one of these, or have the owners of .gatehouse.yaml permit it.",
            unit=unit.key, object=found, at=("metadata", "namespace"), mark=f"namespace {namespace}",
        )  # fmt: skip


def _elsewhere(unit: UnitEvidence, resource: Resource, rule: BoundaryRule, namespace: str) -> Iterator[Statement]:
    """About the objects that name no namespace, and that an Application puts into that of its destination."""
    if rule.namespaces and namespace and not is_open(namespace) and not _any(rule.namespaces, (namespace,)):
        yield Statement(
            "boundaries/team-namespace", Severity.ERROR,
            f"Its Application deploys to namespace {shown(namespace)}, which is not for this path: `checks.boundaries` "
            f"permits {listed(rule.namespaces)}.",
            "Deploy it to one of these, or have the owners of .gatehouse.yaml permit it.",
            unit=unit.key, object=resource.id, at=("metadata", "name"), mark=f"destination {namespace}",
        )  # fmt: skip


def _follows(resource: Resource, scopes: dict[tuple[str, str], str]) -> bool:
    """Whether an object lands where its Application says."""
    return not resource.id.namespace and not is_cluster_scoped(resource.id.group, resource.id.kind, scopes)


def _any(patterns: Sequence[str], names: Sequence[str]) -> bool:
    from bot.checks.argocd_globs import path

    return any(path(pattern, name) for pattern in patterns for name in names)


def _namespace(unit: UnitEvidence, side: Side, resource: Resource, scopes: dict[tuple[str, str], str]) -> str:
    """Where an object lands; "" for one of the whole cluster, and where nobody here can tell."""
    found = resource.id
    if found.kind == "Namespace" and not found.group:
        return found.name
    if is_cluster_scoped(found.group, found.kind, scopes):
        return ""
    there = unit.side(side)
    for part in there.unit.parts if there and not found.namespace else ():
        if isinstance(part, HelmRender | PlainRender):
            return part.namespace
        if isinstance(part, KustomizeRender):
            return part.overlay.namespace
    return found.namespace


def _platform_kind(unit: UnitEvidence, resource: Resource) -> Iterator[Statement]:
    found = resource.id
    decides = _PLATFORM.get((found.group, found.kind))
    if decides:
        yield Statement(
            "boundaries/platform-kind", Severity.WARNING,
            f"An app team's path ({shown(telling_path(unit))}) holds a {found.kind}: it decides {decides}.",
            "Let the platform's own path hold it, or say in `checks.boundaries` that this path may.",
            unit=unit.key, object=found, at=("kind",), mark="platform",
        )  # fmt: skip


def _cloud(unit: UnitEvidence, base: Resource | None, head: Resource) -> Iterator[Statement]:
    kind = head.id.kind
    old, new = (_annotations(r.fields) if r else {} for r in (base, head))
    gained = sorted(k for k, v in new.items() if old.get(k) != v)
    granted = [k for k in gained if k in _IDENTITIES]
    if granted:
        yield _change(
            unit, head, "boundaries/cloud-identity",
            f"{listed(granted)} gives its pods the rights of an identity in the cloud, outside of what the cluster guards.",
            ("metadata", "annotations", granted[0]),
        )  # fmt: skip
    balanced = [k for k in gained if k.startswith(_BALANCERS)] if kind in ("Service", "Ingress", "Gateway") else []
    if balanced:
        yield _change(
            unit, head, "boundaries/load-balancer",
            f"{listed(balanced)} decides what the cloud builds in front of it, and who can reach it.",
            ("metadata", "annotations", balanced[0]),
        )  # fmt: skip


def _namespace_security(
    unit: UnitEvidence, base: Resource | None, head: Resource, causes: Causes, *, every: bool
) -> Iterator[Statement]:
    """A Namespace that enforces less (documentation of Kubernetes, "Pod Security Standards": privileged, baseline,
    restricted; without a label the default of the cluster holds, most often privileged). ``every``: also one that is altered
    otherwise, or that begins with nothing enforced; one that enforces more is nothing to stop at."""
    before, after = (_security(r.fields) if r else {} for r in (base, head))
    old, new = (str(labels.get(_ENFORCE, "privileged")) for labels in (before, after))
    known = old in _LEVELS and new in _LEVELS
    at: Place = ("metadata", "labels", _ENFORCE)
    message = ""
    if base is not None and known and _LEVELS.index(new) < _LEVELS.index(old):
        message = (
            f"Pods of this namespace are held to {shown(new)} and no longer to {shown(old)}: they may do more to their "
        )
        message += "node."
    elif every and base is None and after.get(_ENFORCE) == "privileged":
        message = (
            "Pods of this new namespace are held to `privileged`, which is nothing: they may do anything to their node."
        )
    elif every and base is not None and not (known and _LEVELS.index(new) > _LEVELS.index(old)):
        less = [
            key
            for key in sorted(before.keys() | after.keys())
            if not _asks_as_much(key, before.get(key), after.get(key))
        ]
        if less:
            message = (
                "The labels that govern Pod Security change: what pods of this namespace may do to their node changes."
                if any(key.startswith(_ENFORCE) for key in less)
                else "The labels of Pod Security ask for less: what would not be permitted is told or logged no more."
            )
            at = ("metadata", "labels", *[key for key in less if key in after][:1])
    if message:
        gone = (
            len(at) < 3 or at[2] not in after
        )  # what is not there has no line: that of the object's file which lost it
        file, line = causes.of_object(unit, head.id) if gone else NOWHERE
        found = _change(unit, head, "boundaries/pod-security", message, at)
        yield replace(found, file=file, line=line) if file else found


def _asks_as_much(key: str, old: object, new: object) -> bool:
    """Whether a label is as it was; or it only warns or logs (``warn``, ``audit``), and of no less than before."""
    if old == new or key.startswith(_ENFORCE):
        return old == new
    levels = [_LEVELS.index(level) if level in _LEVELS else -1 for level in (str(old), str(new))]
    return old is None or (min(levels) >= 0 and levels[1] > levels[0])


def _change(unit: UnitEvidence, head: Resource, rule: str, message: str, at: tuple[str | int, ...]) -> Statement:
    return Statement(
        rule, Severity.WARNING, message, "Have the platform's owners look at it.",
        unit=unit.key, object=head.id, at=at, mark=rule,
    )  # fmt: skip


def _annotations(fields: dict[str, Any]) -> dict[str, Any]:
    return _of_metadata(fields, "annotations")


def _security(fields: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in _of_metadata(fields, "labels").items() if k.startswith(_POD_SECURITY)}


def _of_metadata(fields: dict[str, Any], key: str) -> dict[str, Any]:
    metadata = fields.get("metadata")
    found = metadata.get(key) if isinstance(metadata, dict) else None
    return {str(k): v for k, v in found.items()} if isinstance(found, dict) else {}
