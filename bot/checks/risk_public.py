"""Rights that a binding gives to everybody: without a login, with any login, or to the pods of the whole cluster.

Source of the groups, of the roles that every cluster has, and of those that a cluster gives to everybody by itself: the page
"Using RBAC Authorization" of the Kubernetes documentation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.checks.about import about
from bot.checks.words import shown
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

_NOBODY = {"system:unauthenticated": "Group", "system:anonymous": "User"}
_ALL = {
    "system:authenticated": "everybody with any login, the pods of every namespace among them",
    "system:authenticated:oauth": "everybody with any login",
    "system:serviceaccounts": "every pod that has a service account, in every namespace",
}
_OWNING = ("cluster-admin", "admin", "edit")
# What anybody may read in every cluster.
_PUBLIC = ("system:public-info-viewer", "system:service-account-issuer-discovery")

Subject = tuple[str, str]  # kind and name


def of_everybody(resource: Resource) -> set[Subject]:
    """The subjects of a binding that are everybody."""
    found = resource.fields.get("subjects")
    named = [s for s in found if isinstance(s, dict)] if isinstance(found, list) else []
    pairs = {(str(s.get("kind")), str(s.get("name"))) for s in named}
    return {(k, n) for k, n in pairs if _NOBODY.get(n) == k or (k == "Group" and n in _ALL)}


def given(resource: Resource) -> tuple[str, str]:
    """Kind and name of the role that a binding gives."""
    found = resource.fields.get("roleRef")
    return (str(found.get("kind")), str(found.get("name"))) if isinstance(found, dict) else ("", "")


def statements(
    unit: UnitEvidence, base: Resource | None, head: Resource, rules: Iterable[Any] | None, *, strong: bool
) -> Iterator[Statement]:
    """What a binding newly gives to everybody. ``rules`` are those of the role, where the unit holds it, and ``strong`` says
    that they give one of the rights that lead to others."""
    role = given(head)
    had = of_everybody(base) if base and given(base) == role else set()
    for kind, name in sorted(of_everybody(head) - had):
        found = _weighed(role, name, list(rules) if rules is not None else None, strong=strong)
        if not found:
            continue
        follows, severity = found
        where = "" if head.id.kind == "ClusterRoleBinding" else " in one namespace"
        who = _ALL.get(name, "everybody who reaches the API server, without any login")
        yield about(
            unit, head, "risk/rbac-powers", severity,
            f"It gives {shown(role[1], 80)}{where} to {who} ({kind} {shown(name)}): {follows}.",
            "Bind single service accounts, users or groups of people.", ("subjects",),
        )  # fmt: skip


def _weighed(role: Subject, name: str, rules: list[Any] | None, *, strong: bool) -> tuple[str, Severity] | None:
    kind, called = role
    if kind == "ClusterRole" and called in _OWNING and rules is None:
        return ("each of them can take over the cluster" if called == "cluster-admin" else
                "each of them can read Secrets and run programs as any account there"), Severity.ERROR  # fmt: skip
    if strong:
        return "the role holds rights that lead to those of others", Severity.ERROR
    if name in _ALL or called in _PUBLIC:
        return None
    if rules and all(_is_narrow(rule) for rule in rules):
        return "anybody can use these few rights unseen", Severity.WARNING
    return "anybody can use these rights, and nobody can say who did", Severity.ERROR


def _is_narrow(rule: Any) -> bool:
    """Whether a rule holds for objects that it names, or for addresses that are no objects."""
    return isinstance(rule, dict) and bool(rule.get("resourceNames") or rule.get("nonResourceURLs"))
