"""Who gains and loses what by a role or binding that differs, in words, and what is the same however it is written."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_evidence import Made, evidence, new

from bot.checks.risk import Risk

GROUP = "rbac.authorization.k8s.io"


def role(*rules: Any, kind: str = "Role", **more: Any) -> str:
    metadata = {"name": "x", "namespace": "shop"}
    return json.dumps({"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, "rules": list(rules)} | more)


def may(verbs: str, resources: str, group: str = "", **more: Any) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split(), **more}


def binding(*subjects: str, name: str = "view", **ref: str) -> str:
    held = [dict(zip(("kind", "name"), subject.split("/"), strict=True)) for subject in subjects]
    given = {"kind": "ClusterRole", "name": name} | ref
    return role(kind="RoleBinding", roleRef=given, subjects=held, rules=None)


def told(base: str, head: str) -> list[str]:
    return [s.message for s in new(Risk().run(evidence(Made(base, head)))) if s.rule == "risk/rbac"]


def test_what_a_role_gains_and_loses() -> None:
    base = role(may("get list", "pods services"))
    (found,) = told(base, role(may("get list", "pods services"), may("create delete", "deployments", "apps")))
    assert "whoever holds it gains `create`, `delete` on `deployments.apps`." in found
    (found,) = told(base, role(may("get", "pods services")))
    assert "loses `list` on `pods`, `list` on `services`." in found
    (found,) = told(base, role(may("get list", "pods services", resourceNames=["a"])))
    assert found.endswith("whoever holds it loses `get`, `list` on `pods`, `get`, `list` on `services` (but for `a`).")
    (found,) = told(role(may("get list", "pods services", resourceNames=["a"])), base)
    assert found.endswith("changes: whoever holds it gains `get`, `list` on `pods`, `get`, `list` on `services`.")
    (found,) = told(role(may("get", "pods")), role(may("*", "pods")))
    assert found.endswith("changes: whoever holds it gains `*` on `pods`.")
    (found,) = told(base, role(may("get list", "pods services"), may("get", "a b c d")))
    assert "`get` on `c` and 1 more." in found
    (found,) = told(base, role(may("get list", "pods services"), {"nonResourceURLs": ["/metrics"], "verbs": ["get"]}))
    assert "gains `get` on `path /metrics`." in found


def test_roles_that_take_up_what_another_gives() -> None:
    def lent(**labels: str) -> str:
        metadata = {"name": "x", "labels": {f"{GROUP}/aggregate-to-{key}": value for key, value in labels.items()}}
        return role(may("get", "pods"), kind="ClusterRole", metadata=metadata)

    (found,) = told(lent(), lent(edit="true"))
    assert found.endswith("changes: whoever holds `edit` gets what it gives.")
    (found,) = told(lent(view="true", edit="true"), lent(view="true", edit="false"))
    assert found.endswith("changes: whoever holds `edit` loses what it gives.")


@pytest.mark.parametrize(
    "head",
    [
        (may("list get", "services pods"),),
        (may("get list", "pods"), may("get list", "services")),
        (may("get", "pods services"), may("list", "services pods"), may("get", "pods")),
        (may("get list", "pods services", resourceNames=[]),),
    ],
)
def test_the_same_rights_in_other_words_are_no_finding(head: tuple[dict[str, Any], ...]) -> None:
    assert told(role(may("get list", "pods services")), role(*head)) == []


def test_who_is_bound() -> None:
    (found,) = told(binding("Group/a"), binding("Group/a", "User/b"))
    assert found.endswith("changes: `User b` now gets `ClusterRole view`.")
    (found,) = told(binding("Group/a", "User/b", "User/c"), binding("Group/a"))
    assert found.endswith("`User b`, `User c` no longer have it.")
    assert told(binding("Group/a", "User/b"), binding("User/b", "Group/a", apiGroup=GROUP)) == []
    for namespace, name in (("shop", "b"), ("more", "more/b")):
        account = {"kind": "ServiceAccount", "name": "b", "namespace": namespace}
        after = json.loads(binding("Group/a")) | {"subjects": [{"kind": "Group", "name": "a"}, account]}
        (found,) = told(binding("Group/a"), json.dumps(after))
        assert found.endswith(f"changes: `ServiceAccount {name}` now gets `ClusterRole view`.")


@pytest.mark.parametrize("odd", [None, 3, "x", [], [1], {"a": 1}, [{"verbs": 3}], [{"verbs": None}]])
def test_any_shape_can_be_judged(odd: Any) -> None:
    for base, head in ((role(), role(rules=odd)), (role(rules=odd), role()), (role(rules=odd), role(rules=odd))):
        told(base, head)
    for base, head in ((binding("User/a"), role(kind="RoleBinding", subjects=odd, roleRef=odd)),):
        told(base, head)


def test_a_rule_that_names_very_much_is_compared_as_it_is_written() -> None:
    many = may(" ".join(map(str, range(200))), " ".join(map(str, range(200))))
    assert told(role(many), role(many)) == []
    assert told(role(many), role(many, may("get", "pods"))) == ["Who may do what in the cluster changes."]
