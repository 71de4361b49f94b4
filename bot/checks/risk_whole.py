"""A unit that goes as a whole: which of its objects nobody misses once the others are gone.

A policy over pods that go with it keeps nothing out any more, and a role that only accounts of the same unit hold gives
nobody anything. To tell of each beside the unit would be one cause told many times.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.checks import risk_rbac
from bot.kubernetes.workloads import selects, template
from bot.model.resource import Resource

_BINDINGS = ("RoleBinding", "ClusterRoleBinding")
_SELECTORS = ("podSelector", "endpointSelector")


def goes_along(resource: Resource, gone: Sequence[Resource]) -> bool:
    """Whether what a policy, role or binding was for is among the objects that go with it."""
    if _namespace_goes(resource, gone):
        return resource.id.kind in risk_rbac.KINDS or resource.id.kind.endswith("NetworkPolicy")
    if resource.id.group == risk_rbac.GROUP:
        if resource.id.kind in _BINDINGS:
            return _binds_only(resource, gone)
        bindings = [r for r in gone if r.id.kind in _BINDINGS and _gives(r, resource)]
        return bool(bindings) and all(_binds_only(binding, gone) for binding in bindings)
    return resource.id.kind.endswith("NetworkPolicy") and _guards(resource, gone)


def _namespace_goes(resource: Resource, gone: Sequence[Resource]) -> bool:
    inside = resource.id.namespace
    return bool(inside) and any((r.id.group, r.id.kind, r.id.name) == ("", "Namespace", inside) for r in gone)


def _binds_only(binding: Resource, gone: Sequence[Resource]) -> bool:
    """Whether all who get rights by a binding are accounts that go as well."""
    accounts = {(r.id.namespace, r.id.name) for r in gone if (r.id.group, r.id.kind) == ("", "ServiceAccount")}
    subjects = binding.fields.get("subjects")
    held = [
        (str(s.get("namespace") or binding.id.namespace), str(s.get("name"))) if _is_account(s) else None
        for s in (subjects if isinstance(subjects, list) else [])
    ]
    return bool(held) and all(account in accounts for account in held)


def _is_account(subject: Any) -> bool:
    return isinstance(subject, dict) and subject.get("kind") == "ServiceAccount"


def _gives(binding: Resource, role: Resource) -> bool:
    given = binding.fields.get("roleRef")
    if not isinstance(given, dict) or (given.get("kind"), given.get("name")) != (role.id.kind, role.id.name):
        return False
    return role.id.kind == "ClusterRole" or binding.id.namespace == role.id.namespace


def _guards(policy: Resource, gone: Sequence[Resource]) -> bool:
    """Whether a policy names pods, and a workload that makes such pods goes with it."""
    spec = policy.fields.get("spec")
    found = (spec.get(key) for key in _SELECTORS) if isinstance(spec, dict) else ()
    selector = next((each for each in found if isinstance(each, dict)), {})
    wanted = selector.get("matchLabels")
    if not isinstance(wanted, dict) or not wanted:
        return False
    made = (template(r.fields) for r in gone if r.id.namespace == policy.id.namespace)
    return any(pods is not None and selects(pods.labels, wanted) for pods in made)
