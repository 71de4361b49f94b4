"""Which Secret is read where, and who may read it: no value moves, and still it deserves a look. Always the change's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.checks.delta import unsuffixed
from bot.checks.words import listed, shown
from bot.kubernetes.pods import containers, pod_specs
from bot.kubernetes.secret_uses import Reference, SecretUse, place_of, references, secret_uses
from bot.model.evidence import Evidence, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

_READS = frozenset(("get", "list", "watch", "*"))
_SCOPES = ("sealedsecrets.bitnami.com/cluster-wide", "sealedsecrets.bitnami.com/namespace-wide")
_MOST = 4
_BY_PODS = ": whoever can reach its pods can read that."
_SECRET = {"ExternalSecret": "the Secret that it makes", "ClusterExternalSecret": "the Secrets that it makes"}


def statements(evidence: Evidence) -> Iterator[Statement]:
    """One statement for each object whose uses differ, and for each that lets others read."""
    for unit in evidence.units:
        if unit.base is None or unit.head is None:
            continue  # a new unit is read as a whole; one that goes reads nothing
        before = {_key(r): r for r in unit.base.objects}
        known = {unsuffixed(use.secret) for r in unit.base.objects for use in secret_uses(r.fields)}
        made = _Made(unit.head.objects, before, known)
        roles = _reading_roles((*unit.base.objects, *unit.head.objects))
        for head in unit.head.objects:
            base = before.get(_key(head))
            if base is None or base.document.digest != head.document.digest:
                yield from _uses(unit, base, head, known, made)
                yield from _readers(unit, base, head, roles)


def _key(resource: Resource) -> tuple[str, ...]:
    found = resource.id
    return (found.group, found.kind, found.namespace, unsuffixed(found.name))


class _Made:
    """Secrets that come with the change, so that one of two objects tells of them: what makes one, where only new objects
    read it, and else what was there before and reads it now."""

    def __init__(
        self, objects: Iterable[Resource], before: Mapping[tuple[str, ...], Resource], known: set[str]
    ) -> None:
        new = [(_key(r) in before, r) for r in objects]
        self.names = {name for was, r in new if not was and (name := _secret_of(r))}
        self.names |= {unsuffixed(r.id.name) for _, r in new if r.id.kind == "Secret"}
        self._told = {unsuffixed(use.secret) for was, r in new if was for use in secret_uses(r.fields)} - known

    def is_told(self, maker: Resource) -> bool:
        """Whether what reads the Secret of a new object was there before, and tells of it."""
        return _secret_of(maker) in self._told


def _secret_of(resource: Resource) -> str:
    """The Secret that an object makes, by the rules of its controller; "" for none."""
    spec = _mapping(resource.fields.get("spec"))
    if resource.id.kind == "ExternalSecret":
        return str(_mapping(spec.get("target")).get("name") or resource.id.name)
    if resource.id.kind == "SealedSecret":
        return str(_mapping(_mapping(spec.get("template")).get("metadata")).get("name") or resource.id.name)
    return ""


def _uses(
    unit: UnitEvidence, base: Resource | None, head: Resource, known: set[str], made: _Made
) -> Iterator[Statement]:
    old = _plain(base.fields) if base else {}
    new = _plain(head.fields)
    names = _renamed(base.fields, head.fields) if base else {}
    gained = sorted(use for use in new.keys() - old.keys() if _as_before(use, names) not in old)
    if base is None:  # a new object: only what nothing else of the unit reads yet
        gained = [use for use in gained if use.secret not in known | made.names and not made.is_told(head)]
    if gained:
        lost = {use.where: use for use in old.keys() - new.keys()}
        yield _say(
            unit, head, "secrets/use", "; ".join(_words(use, lost.get(use.where)) for use in gained[:_MOST])
            + (f"; and {len(gained) - _MOST} more" if len(gained) > _MOST else "")
            + (f": whoever can read {_SECRET[head.id.kind]} can read that." if head.id.kind in _SECRET else _BY_PODS),
            "Have the owners of the Secret agree, and give it to the one container that needs it.",
            at=place_of(head.fields, _telling(new[gained[0]], lost.get(gained[0].where), old)),
        )  # fmt: skip


def _renamed(base: dict[str, Any], head: dict[str, Any]) -> dict[str, str]:
    """What containers were called that got another name, one to one by their images."""
    old, new = ({name: c.get("image") for spec in pod_specs(f) for name, c in containers(spec)} for f in (base, head))
    gone = {name: image for name, image in old.items() if name not in new}
    come = {name: image for name, image in new.items() if name not in old}
    once = [image for image in gone.values() if [*gone.values()].count(image) == [*come.values()].count(image) == 1]
    were = {image: name for name, image in gone.items() if image and image in once}
    return {name: were[image] for name, image in come.items() if image in were}


def _as_before(use: SecretUse, names: dict[str, str]) -> SecretUse:
    """The use under the name that its container had."""
    what, _, name = use.where.rpartition(" ")
    return use._replace(where=f"{what} {names[name]}") if name in names else use


def _plain(fields: dict[str, Any]) -> dict[SecretUse, Reference]:
    return {each.use._replace(secret=unsuffixed(each.use.secret)): each for each in references(fields)}


def _telling(new: Reference, was: SecretUse | None, old: Iterable[SecretUse]) -> tuple[dict[str, Any], str]:
    """The field that says what is new of a use: another Secret, another key of it, or where its value goes."""
    secret = unsuffixed(new.use.secret)
    if was is not None and was.secret == secret:
        return new.key
    return new.where if any((use.secret, use.key) == (secret, new.use.key) for use in old) else new.secret


def _words(use: SecretUse, was: SecretUse | None) -> str:
    what = shown(use.secret, 80) + (f" (key {shown(use.key, 60)})" if use.key else "")
    instead = f" instead of {shown(was.secret, 80)}" if was and was.secret != use.secret else ""
    comes = "come" if use.where.startswith(("variables ", "secrets")) else "comes"
    return f"{shown(use.where, 80)} now {comes} from {what}{instead}"


def _readers(
    unit: UnitEvidence, base: Resource | None, head: Resource, roles: set[tuple[str, ...]]
) -> Iterator[Statement]:
    kind, group = head.id.kind, head.id.group
    if kind in ("RoleBinding", "ClusterRoleBinding") and group == "rbac.authorization.k8s.io":
        role = _mapping(head.fields.get("roleRef"))
        name = (str(role.get("kind")), str(role.get("name")))
        place = (head.id.namespace,) if name[0] == "Role" else ("",)
        gained = _subjects(head) - (_subjects(base) if base else set())
        if (*place, *name) in roles and gained:
            yield _say(
                unit, head, "secrets/readers",
                f"{listed(sorted(gained))} can read Secrets from now on, through {shown(name[1], 80)}.",
                "Have the owners of these Secrets agree; name the ones that are needed in `resourceNames`.",
            )  # fmt: skip
    elif kind in ("Role", "ClusterRole") and group == "rbac.authorization.k8s.io":
        more = _readable(head) - (_readable(base) if base else set())
        if more:
            yield _say(
                unit, head, "secrets/readers",
                f"Whoever holds this {kind} can read {listed(sorted(more))} from now on.",
                "Name the Secrets that are needed in `resourceNames`, and the verb `get` alone.",
            )  # fmt: skip
    elif kind == "SealedSecret":
        old, new = _scopes(base), _scopes(head)
        if new - old:
            yield _say(
                unit, head, "secrets/readers",
                f"It can be unsealed {'in every namespace' if _SCOPES[0] in new else 'under any name'} from now on, also by "
                "whoever copies it.",
                "Seal it for one name and namespace (the strict scope).",
            )  # fmt: skip


def _reading_roles(objects: Iterable[Resource]) -> set[tuple[str, ...]]:
    """(namespace, kind, name) of the roles of a unit that read Secrets, and those of Kubernetes itself that do."""
    found: set[tuple[str, ...]] = {("", "ClusterRole", name) for name in ("cluster-admin", "admin", "edit")}
    for resource in objects:
        if resource.id.kind in ("Role", "ClusterRole") and _readable(resource):
            place = resource.id.namespace if resource.id.kind == "Role" else ""
            found.add((place, resource.id.kind, resource.id.name))
    return found


def _readable(role: Resource) -> set[str]:
    found: set[str] = set()
    for rule in _mappings(role.fields.get("rules")):
        groups, resources, verbs = (set(map(str, _list(rule.get(k)))) for k in ("apiGroups", "resources", "verbs"))
        if groups & {"", "*"} and resources & {"secrets", "*"} and verbs & _READS:
            named = _list(rule.get("resourceNames"))
            found |= {f"Secret {name}" for name in named} if named else {"all Secrets"}
    return found


def _subjects(binding: Resource) -> set[str]:
    rows = _mappings(binding.fields.get("subjects"))
    return {f"{s.get('kind')} {s.get('namespace', '')}{'/' if s.get('namespace') else ''}{s.get('name')}" for s in rows}


def _scopes(resource: Resource | None) -> set[str]:
    annotations: dict[str, Any] = {}
    if resource is not None:
        annotations = _mapping(_mapping(resource.fields.get("metadata")).get("annotations"))
    return {scope for scope in _SCOPES if str(annotations.get(scope)) == "true"}


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _say(
    unit: UnitEvidence, resource: Resource, rule: str, message: str, fix: str, *, at: tuple[str | int, ...] = ()
) -> Statement:
    return Statement(rule, Severity.WARNING, message, fix, unit=unit.key, object=resource.id, at=at, mark=rule)
