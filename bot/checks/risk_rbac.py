"""Who may do what: rights that a change grants, and those among them that lead to every other right.

Source of what a verb or resource gives away: the page "Role Based Access Control Good Practices" of the Kubernetes
documentation (privilege escalation risks), and its page "Using RBAC Authorization" (escalate, bind, aggregation).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bot.checks import risk_public
from bot.checks.about import about
from bot.checks.differing import first_difference
from bot.checks.risk_rights import difference, rights
from bot.checks.words import listed, shown
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

GROUP = "rbac.authorization.k8s.io"
KINDS = ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
_WRITES = frozenset(("*", "create", "update", "patch"))
_READS = frozenset(("*", "get", "list", "watch"))
_SUBJECTS = ("User", "Group", "ServiceAccount")
_AGGREGATES = f"{GROUP}/aggregate-to-"

Powers = dict[str, Severity]  # what a right lets its holder do, in words


def statements(unit: UnitEvidence, base: Resource | None, head: Resource) -> Iterator[Statement]:
    """About a role or binding that is new or differs; nothing where only its labels and the like do."""
    if _rights(base) == _rights(head):
        return
    before = _powers(base) if base else {}
    gained = {power: severity for power, severity in _powers(head).items() if power not in before}
    gained |= _bound(unit, base, head)
    public = list(_to_everybody(unit, base, head))
    yield from public
    if not gained and not public:
        yield about(
            unit, head, "risk/rbac", Severity.WARNING,
            _told(base, head),
            "Have the owners of the namespace or cluster agree to each verb.", first_difference(base, head),
        )  # fmt: skip
    if not gained:
        return
    every = ", ".join(sorted(gained, key=lambda power: (gained[power] is not Severity.ERROR, power)))
    takes_over = Severity.ERROR in gained.values()
    follows = (
        "whoever holds it can take over the namespace or the cluster"
        if takes_over
        else "a controller may need that; for anybody else it is a way to other people's rights"
    )
    yield about(
        unit, head, "risk/rbac-powers", Severity.ERROR if takes_over else Severity.WARNING,
        f"It gains {every}: {follows}.", "Name the verbs and resources that are needed, and no more.",
        first_difference(base, head),
    )  # fmt: skip


def _to_everybody(unit: UnitEvidence, base: Resource | None, head: Resource) -> Iterator[Statement]:
    if not risk_public.of_everybody(head):
        return
    role = _role_of(unit.head.objects if unit.head else (), head)
    rules = _list(role.fields.get("rules")) if role else None
    yield from risk_public.statements(unit, base, head, rules, strong=bool(role and _powers(role)))


def _role_of(among: Iterable[Resource], binding: Resource) -> Resource | None:
    """The role that a binding gives, where it is one of these objects."""
    kind, name = risk_public.given(binding)
    wanted = (kind, binding.id.namespace if kind == "Role" else "", name)
    return next((r for r in among if (r.id.kind, r.id.namespace, r.id.name) == wanted), None)


def _told(base: Resource | None, head: Resource) -> str:
    if base is None:
        return "Who may do what in the cluster grows by this object."
    changes = difference(base, head) or _lent(base, head)
    return "Who may do what in the cluster changes" + (f": {changes}." if changes else ".")


def _lent(base: Resource, head: Resource) -> str:
    """Which roles take a ClusterRole up by its labels, or no longer do, in words."""
    old, new = (
        {str(key).removeprefix(_AGGREGATES) for key, value in _lends(side).items() if value == "true"}
        for side in (base, head)
    )
    came, went = (", ".join(shown(each, 60) for each in sorted(found)) for found in (new - old, old - new))
    parts = [f"whoever holds {came} gets what it gives"] if came else []
    return "; ".join([*parts, f"whoever holds {went} loses what it gives"] if went else parts)


def _rights(resource: Resource | None) -> object:
    return [_lends(resource), rights(resource)]


def _lends(resource: Resource | None) -> dict[Any, Any]:
    """The labels by which other roles take up the rules of a ClusterRole."""
    metadata = resource.fields.get("metadata") if resource else None
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return {k: v for k, v in labels.items() if str(k).startswith(_AGGREGATES)} if isinstance(labels, dict) else {}


def _powers(resource: Resource) -> Powers:
    """Of a role, or of a binding to a role that every cluster has. A power that two rules give weighs as the worse."""
    found: Powers = {}
    for rule in _list(resource.fields.get("rules")):
        for power, severity in _of_rule(rule).items() if isinstance(rule, dict) else ():
            found[power] = Severity.ERROR if found.get(power) is Severity.ERROR else severity
    kind, name = risk_public.given(resource)
    if kind == "ClusterRole" and name in ("cluster-admin", "admin"):
        everywhere = resource.id.kind == "ClusterRoleBinding"
        severity = Severity.ERROR if everywhere and name == "cluster-admin" else Severity.WARNING
        where = "" if everywhere else " in one namespace"
        found |= {f"{name}{where} for {subject}": severity for subject in _subjects(resource)}
    return found


def _of_rule(rule: dict[str, Any]) -> Powers:
    verbs, names = _words(rule, "verbs"), _words(rule, "resourceNames")
    if _covers(rule, "*", "*") and verbs & _WRITES:
        return {"writing every kind of object": Severity.ERROR}
    found: Powers = {f"the verb {verb}": Severity.ERROR for verb in verbs & {"escalate", "impersonate"}}
    if "bind" in verbs:
        harmless = names and not names & {"cluster-admin", "admin"}
        found["the verb bind" + (f" for {listed(sorted(names))}" if harmless else "")] = (
            Severity.WARNING if harmless else Severity.ERROR
        )
    if "*" in verbs and any(_covers(rule, GROUP, kind) for kind in ("roles", "clusterroles")):
        found["the verbs bind and escalate (they are part of *)"] = Severity.ERROR
    if not names and verbs & _READS and _covers(rule, "", "secrets"):
        found["reading secrets"] = Severity.WARNING
    if verbs & {"*", "get", "create"} and any(_covers(rule, "", kind) for kind in ("pods/exec", "pods/attach")):
        found["a shell in every pod"] = Severity.WARNING
    if verbs & {"*", "get", "create"} and _covers(rule, "", "nodes/proxy"):
        found["commands on every node"] = Severity.WARNING
    if not names and verbs & {"*", "create"} and _covers(rule, "", "serviceaccounts/token"):
        found["tokens of service accounts"] = Severity.WARNING
    return found


def _covers(rule: dict[str, Any], group: str, resource: str) -> bool:
    """Whether a rule holds for a resource; one that names no group is taken for all of them."""
    groups = _words(rule, "apiGroups") or {"*"}
    return bool(groups & {"*", group} and _words(rule, "resources") & {"*", resource})


def _bound(unit: UnitEvidence, base: Resource | None, head: Resource) -> Powers:
    """What new subjects of a binding get from a role of the same unit, which had it before. Of a role that gains it now, the
    role itself tells."""
    subjects = set(_subjects(head))
    if base is not None and risk_public.given(base) == risk_public.given(head):
        subjects -= set(_subjects(base))
    if not subjects or unit.base is None:
        return {}
    role = _role_of(unit.base.objects, head)
    who = ", ".join(sorted(subjects))
    return {f"{power} for {who}": severity for power, severity in (_powers(role) if role else {}).items()}


def _subjects(binding: Resource) -> Iterator[str]:
    """Those that are somebody in particular."""
    everybody = risk_public.of_everybody(binding)
    for subject in _list(binding.fields.get("subjects")):
        if isinstance(subject, dict) and (str(subject.get("kind")), str(subject.get("name"))) not in everybody:
            kind = subject.get("kind")
            yield f"{kind if kind in _SUBJECTS else 'subject'} {shown(subject.get('name'), 80)}"


def _words(rule: dict[str, Any], key: str) -> set[str]:
    return set(map(str, _list(rule.get(key))))


def _list(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else []
