"""The rights that a role lists, and the holders that a binding names, however they are ordered and grouped.

Source: documentation of Kubernetes, "Using RBAC Authorization": rules only ever add up, each is every verb on every resource
that it names.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from bot.checks.words import listed, shown
from bot.model.resource import Resource

_MOST = 20_000  # of what one rule may name: beyond, it is compared as it is written
_SHOWN = 3


class Right(NamedTuple):
    """One verb on one resource, or on one path of the API server (then without a group)."""

    what: str
    name: str
    verb: str


def rights(resource: Resource | None) -> object:
    """What two roles, or bindings, have to share so that nobody may do more or less by one of them."""
    if resource is None:
        return None
    fields = resource.fields
    return (_granted(fields), _held(fields), _reference(fields.get("roleRef")), fields.get("aggregationRule"))


def difference(base: Resource, head: Resource) -> str:
    """Who gains and loses what, in words; "" where that is not in the object itself (aggregation)."""
    old, new = _granted(base.fields), _granted(head.fields)
    parts = []
    if isinstance(old, frozenset) and isinstance(new, frozenset):
        parts = [_spoken("gains", _beyond(new, old)), _spoken("loses", _beyond(old, new))]
        kept = sorted({right.name for right in new if right.name and right._replace(name="") in old - new})
        parts = [f"whoever holds it {part}" for part in parts if part]
        parts[-1:] = [f"{parts[-1]} (but for {listed(kept, _SHOWN)})"] if kept and parts else parts[-1:]
    before, after = _held(base.fields), _held(head.fields)
    if isinstance(before, frozenset) and isinstance(after, frozenset):
        given = shown(
            " ".join(str(_mapping(head.fields.get("roleRef")).get(k, "")) for k in ("kind", "name")).strip(), 80
        )
        gains, losers = (sorted(_subject(head, each) for each in found) for found in (after - before, before - after))
        parts += [f"{listed(gains, _SHOWN)} now {_verb(gains, 'gets', 'get')} {given}"] if gains else []
        parts += [f"{listed(losers, _SHOWN)} no longer {_verb(losers, 'has', 'have')} it"] if losers else []
    return "; ".join(parts)


def _beyond(found: frozenset[Right], others: frozenset[Right]) -> frozenset[Right]:
    """Rights that the others do not give, whole: who may read all of a kind may read one of them by its name."""
    return frozenset(
        right
        for right in found - others
        if not others & {Right(right.what, name, verb) for name in ("", right.name) for verb in ("*", right.verb)}
    )


def _granted(fields: dict[str, Any]) -> object:
    """All rights of a role; its rules as they are written where one of them has another shape, or names too much."""
    rules = fields.get("rules")
    if not isinstance(rules, list):
        return rules or frozenset()
    found: set[Right] = set()
    for rule in rules:
        if not isinstance(rule, dict) or not all(isinstance(value, list) for value in rule.values()):
            return rules
        said = {key: list(map(str, value)) for key, value in rule.items()}
        size = 1
        for value in said.values():
            size *= max(1, len(value))
        if size > _MOST:
            return rules
        found.update(_rights_of(said))
    return frozenset(found)


def _rights_of(rule: dict[str, list[str]]) -> Iterator[Right]:
    for group, kind, name, verb in product(
        rule.get("apiGroups") or ["*"],
        rule.get("resources", []),
        rule.get("resourceNames") or [""],
        rule.get("verbs", []),
    ):
        yield Right(f"{kind}.{group}" if group else kind, name, verb)
    for path, verb in product(rule.get("nonResourceURLs", []), rule.get("verbs", [])):
        yield Right(f"path {path}", "", verb)


def _held(fields: dict[str, Any]) -> object:
    subjects = fields.get("subjects")
    if not isinstance(subjects, list) or not all(isinstance(subject, dict) for subject in subjects):
        return subjects or frozenset()
    return frozenset(tuple(str(s.get(key) or "") for key in ("kind", "namespace", "name")) for s in subjects)


def _reference(value: Any) -> object:
    said = _mapping(value)
    return (said.get("kind"), said.get("name")) if said else value


def _spoken(verb: str, found: frozenset[Right]) -> str:
    """``gains `create`, `delete` on `deployments.apps```, a few of them."""
    if not found:
        return ""
    verbs: dict[tuple[str, str], list[str]] = {}
    for right in sorted(found):
        verbs.setdefault((right.what, right.name), []).append(right.verb)
    said = [
        f"{listed(names)} on {shown(f'{what} {name}'.strip(), 60)}"
        for (what, name), names in list(verbs.items())[:_SHOWN]
    ]
    more = f" and {len(verbs) - _SHOWN} more" if len(verbs) > _SHOWN else ""
    return f"{verb} {', '.join(said)}{more}"


def _subject(binding: Resource, found: tuple[str, ...]) -> str:
    """A holder; its namespace where that is not the binding's own: so one sentence holds for all environments."""
    kind, namespace, name = found
    return f"{kind} {namespace}/{name}" if namespace and namespace != binding.id.namespace else f"{kind} {name}"


def _verb(found: list[str], one: str, many: str) -> str:
    return one if len(found) == 1 else many


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
