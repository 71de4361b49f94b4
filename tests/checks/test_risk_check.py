"""What the risk check stops at, and what it only tells: rights, and bases that several production units share."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from made_evidence import Made, evidence, new, rules

from bot.checks.risk import Risk
from bot.model.evidence import Statement, Step
from bot.model.result import Severity, UnitState
from bot.model.unit import ObjectId

ERROR, WARNING = Severity.ERROR, Severity.WARNING


def role(*given: dict[str, Any], kind: str = "ClusterRole", **metadata: Any) -> str:
    named = {"name": "operator", **({"namespace": "a"} if kind == "Role" else {}), **metadata}
    fields = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": named, "rules": list(given)}
    return json.dumps(fields)


def may(verbs: str, resources: str, group: str = "", **more: Any) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split(), **more}


def binding(name: str, *subjects: str, kind: str = "ClusterRoleBinding") -> str:
    fields = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
        "metadata": {"name": "b", **({"namespace": "a"} if kind == "RoleBinding" else {})},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", "name": s, "namespace": "a"} for s in subjects],
    }  # fmt: skip
    return json.dumps(fields)


def said(base: str | None, head: str) -> list[Statement]:
    return new(Risk().run(evidence(Made(base, head))))


def verdict(base: str | None, head: str) -> tuple[str, Severity]:
    (found,) = said(base, head)
    return found.rule, found.severity


# -- rights


@pytest.mark.parametrize(
    "rule",
    [
        may("*", "*", "*"),
        may("get list create", "*", "*"),
        may("escalate", "clusterroles", "rbac.authorization.k8s.io"),
        may("bind", "clusterroles", "rbac.authorization.k8s.io"),
        may("bind", "clusterroles", "rbac.authorization.k8s.io", resourceNames=["cluster-admin"]),
        may("*", "roles", "rbac.authorization.k8s.io"),
        may("impersonate", "users groups"),
        {"resources": ["*"], "verbs": ["*"]},  # names no group
    ],
    ids=str,
)
def test_rights_that_lead_to_every_other_are_errors(rule: dict[str, Any]) -> None:
    assert verdict(None, role(rule)) == ("risk/rbac-powers", ERROR)
    assert verdict(role(may("get", "pods")), role(may("get", "pods"), rule)) == ("risk/rbac-powers", ERROR)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (may("get list watch", "secrets configmaps"), "reading secrets"),
        (may("get list watch", "*", "*"), "reading secrets"),
        (may("*", "*"), "reading secrets"),
        (may("create", "pods/exec"), "a shell in every pod"),
        (may("get", "nodes/proxy"), "commands on every node"),
        (may("create", "serviceaccounts/token"), "tokens of service accounts"),
        (
            may("bind", "clusterroles", "rbac.authorization.k8s.io", resourceNames=["view"]),
            "the verb bind for `view`",
        ),
    ],
    ids=str,
)
def test_what_operators_need_is_a_warning(rule: dict[str, Any], words: str) -> None:
    (found,) = said(None, role(rule))
    assert (found.rule, found.severity) == ("risk/rbac-powers", WARNING)
    assert words in found.message and "take over" not in found.message


@pytest.mark.parametrize(
    "rule",
    [
        may("*", "*", "networking.mesh.example"),  # everything of one group that is its own
        may("get", "secrets", resourceNames=["token"]),
        may("get", "secrets", "secrets-store.example"),
        may("get list watch create update patch delete", "deployments", "apps"),
    ],
    ids=str,
)
def test_other_rights_are_told_and_no_more(rule: dict[str, Any]) -> None:
    assert verdict(None, role(rule)) == ("risk/rbac", WARNING)


def test_rights_that_were_there_before_are_not_gained() -> None:
    before = role(may("get", "secrets"))
    assert verdict(before, role(may("get", "secrets"), may("get", "pods"))) == ("risk/rbac", WARNING)
    assert verdict(before, role(may("get", "secrets"), may("*", "*", "*"))) == ("risk/rbac-powers", ERROR)


def test_a_label_is_no_right_unless_it_lends_the_role_to_others() -> None:
    before = role(may("get", "pods"))
    assert said(before, role(may("get", "pods"), labels={"version": "2"})) == []
    lent = role(may("get", "pods"), labels={"rbac.authorization.k8s.io/aggregate-to-view": "true"})
    assert verdict(before, lent) == ("risk/rbac", WARNING)


@pytest.mark.parametrize(
    ("name", "kind", "rule", "severity"),
    [
        ("cluster-admin", "ClusterRoleBinding", "risk/rbac-powers", ERROR),
        ("cluster-admin", "RoleBinding", "risk/rbac-powers", WARNING),
        ("admin", "ClusterRoleBinding", "risk/rbac-powers", WARNING),
        ("view", "ClusterRoleBinding", "risk/rbac", WARNING),
    ],
)
def test_bindings_to_the_roles_that_every_cluster_has(name: str, kind: str, rule: str, severity: Severity) -> None:
    assert verdict(None, binding(name, "bot", kind=kind)) == (rule, severity)
    assert verdict(binding(name, "other", kind=kind), binding(name, "other", "bot", kind=kind)) == (rule, severity)


def given_to(subject: str, role: str = "edit", kind: str = "Group") -> str:
    return json.dumps(json.loads(binding(role)) | {"subjects": [{"kind": kind, "name": subject}]})


def test_a_binding_for_those_who_did_not_log_in() -> None:
    for subject, kind in (("system:unauthenticated", "Group"), ("system:anonymous", "User")):
        (found,) = said(None, given_to(subject, kind=kind))
        assert (found.rule, found.severity) == ("risk/rbac-powers", ERROR)
        assert "`edit`" in found.message and "without any login" in found.message
        assert verdict(given_to("a", "system:node"), given_to(subject, "system:node", kind)) == (
            "risk/rbac-powers",
            ERROR,
        )
        (found,) = said(None, given_to(subject, "view", kind))
        assert found.severity is ERROR and "take over" not in found.message
    assert verdict(None, given_to("system:authenticated", "view")) == ("risk/rbac", WARNING)
    assert verdict(None, given_to("system:unauthenticated", kind="ServiceAccount")) == ("risk/rbac", WARNING)
    discovery = given_to("system:unauthenticated", "system:service-account-issuer-discovery")
    assert verdict(None, discovery) == ("risk/rbac", WARNING)


@pytest.mark.parametrize("group", ["system:authenticated", "system:serviceaccounts", "system:unauthenticated"])
@pytest.mark.parametrize("given", ["cluster-admin", "admin", "edit"])
def test_a_binding_for_everybody(group: str, given: str) -> None:
    for text in (given_to(group, given), given_to(group, given).replace("ClusterRoleBinding", "RoleBinding")):
        (found,) = said(None, text)
        assert (found.rule, found.severity) == ("risk/rbac-powers", ERROR)
        assert said(text, text) == []
    assert verdict(None, given_to(f"{group}:shop", "edit")) == ("risk/rbac", WARNING)  # those of one namespace


@pytest.mark.parametrize(
    ("rule", "group", "wanted"),
    [
        (may("get", "secrets"), "system:authenticated", ["risk/rbac-powers error"]),
        (may("get", "configmaps"), "system:authenticated", ["risk/rbac warning"]),
        (may("get", "configmaps"), "system:unauthenticated", ["risk/rbac-powers error"]),
        (may("get", "configmaps") | {"resourceNames": ["cluster-info"]}, "system:unauthenticated",
         ["risk/rbac-powers warning"]),
    ],
)  # fmt: skip
def test_a_role_of_the_unit_for_everybody(rule: dict[str, Any], group: str, wanted: list[str]) -> None:
    theirs = f"{role(rule)}\n---\n"
    text = theirs + given_to(group, "operator")
    assert [f"{s.rule} {s.severity}" for s in said(theirs, text)] == wanted


def test_a_new_subject_of_a_role_that_had_the_power_before() -> None:
    power = role(may("*", "*", "*"))
    unbound, bound = f"{power}\n---\n{binding('operator')}", f"{power}\n---\n{binding('operator', 'bot')}"
    (found,) = said(unbound, bound)
    assert (found.rule, found.severity) == ("risk/rbac-powers", ERROR)
    assert "writing every kind of object for ServiceAccount `bot`" in found.message
    weak = role(may("get", "pods"))
    both = said(f"{weak}\n---\n{binding('operator')}", bound)  # the role tells it already
    assert [(s.rule, s.object.kind if s.object else "") for s in both] == [
        ("risk/rbac-powers", "ClusterRole"), ("risk/rbac", "ClusterRoleBinding"),
    ]  # fmt: skip


@pytest.mark.parametrize("rules", ["x", [1], [{"verbs": {}, "resources": None}], [{"verbs": ["*"]}], {}])
def test_rules_that_are_none_crash_nothing(rules: Any) -> None:
    fields = json.loads(role()) | {"rules": rules, "roleRef": rules, "subjects": rules}
    assert all(s.rule.startswith("risk/rbac") for s in said(None, json.dumps(fields)))


# -- a base that production shares

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '1'}\n"
OTHER = CONFIG.replace("1", "2")


def shared(before: str | None, *, file_is_new: bool, state: UnitState | None = None, after: str = OTHER) -> list[str]:
    units = [Made(before, after, path=f"overlays/{name}") for name in ("eu", "us")]
    file = {"base/a.yaml": CONFIG}
    seen = evidence(*units, base={} if file_is_new else file, head={"base/a.yaml": CONFIG + "# more\n"})
    way = (Step("base/a.yaml", "overlays/x", "is in it"),)
    seen = replace(seen, units=tuple(replace(unit, way=way, state=state or unit.state) for unit in seen.units))
    return [rule for rule in rules(new(Risk().run(seen))) if rule == "risk/shared-base"]


def test_a_version_of_a_definition_that_is_served_no_more() -> None:
    def definition(**versions: bool) -> str:
        listed = [{"name": name, "served": served, "storage": name == "v1"} for name, served in versions.items()]
        spec = {"group": "a.example", "names": {"kind": "Thing", "plural": "things"}, "versions": listed}
        fields = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}
        return json.dumps({**fields, "metadata": {"name": "things.a.example"}, "spec": spec})

    both = definition(v1beta1=True, v1=True)
    (off,) = said(both, definition(v1beta1=False, v1=True))
    assert (off.rule, off.severity, off.at) == ("risk/crd-version", ERROR, ("spec", "versions", 0, "served"))
    (gone,) = said(both, definition(v1=True))
    assert (gone.rule, gone.at) == ("risk/crd-version", ("spec", "versions"))
    assert said(definition(v1=True), both) == []


def test_one_file_that_changes_two_production_units() -> None:
    assert shared(CONFIG, file_is_new=False) == ["risk/shared-base"]
    assert shared(CONFIG, file_is_new=True) == ["risk/shared-base"]  # a file that is added to what runs


def charts(*names: str, others: str = "", path: str = "charts/web") -> list[Statement]:
    """Applications that deploy one chart, of which a template changes; ``others`` are of another environment."""
    sources = [ObjectId("argoproj.io/v1alpha1", "Application", "argocd", name) for name in (*names, *others)]
    made = [Made(CONFIG, OTHER, path=path, source=source, declared_in=f"argocd/{source.name}.yaml",
                 production=source.name in names) for source in sources]  # fmt: skip
    seen = evidence(*made)
    way = (Step(f"{path}/templates/a.yaml", path, "is in it"),)
    units = (replace(unit, key=source.name, way=way) for unit, source in zip(seen.units, sources, strict=True))
    return [s for s in new(Risk().run(replace(seen, units=tuple(units)))) if s.rule == "risk/shared-base"]


def test_a_chart_of_several_production_units() -> None:
    (found,) = charts("cart", "shop", others="d")
    assert "2 production units at the same moment (charts/web (cart), charts/web (shop))" in found.message
    assert not charts("cart", others="d")
    assert not charts("eu", "us", path="web/overlays/prod"), "what only production renders is its own"


def test_applications_of_a_set_that_deploy_what_they_did() -> None:
    source = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "web")
    kept, other = (
        json.dumps({"apiVersion": source.api_version, "kind": source.kind,
                    "metadata": {"name": "web", "namespace": "argocd", "labels": {"a": label}}})
        for label in "xy"
    )  # fmt: skip
    for after, told in ((CONFIG, []), (OTHER, ["risk/shared-base"])):
        made = [Made(f"{kept}\n---\n{CONFIG}", f"{other}\n---\n{after}", path=path, source=source, generated="{}")
                for path in ("a", "b")]  # fmt: skip
        seen = evidence(*made)
        way = (Step("sets/all.yaml", "a", "generates it"),)
        said = new(Risk().run(replace(seen, units=tuple(replace(unit, way=way) for unit in seen.units))))
        assert [rule for rule in rules(said) if rule == "risk/shared-base"] == told


def test_what_declares_another_unit_is_not_one_more() -> None:
    root, child = Made(CONFIG, OTHER, path="argocd/prod"), Made(CONFIG, OTHER, path="charts/web")
    seen = evidence(root, child)
    way = (Step("argocd/base/web.yaml", "argocd/base", "is in it"),)
    first, second = (replace(unit, way=way) for unit in seen.units)
    assert first.head and second.head
    hosted = replace(second, head=replace(second.head, host=first.head.unit))
    for units, told in (((first, second), ["risk/shared-base"]), ((first, hosted), [])):
        said = new(Risk().run(replace(seen, units=units)))
        assert [rule for rule in rules(said) if rule == "risk/shared-base"] == told


def test_what_comes_together_with_its_base_changes_nothing_that_runs() -> None:
    assert shared(None, file_is_new=True) == []
    assert shared(None, file_is_new=False) == ["risk/shared-base"]  # an old file makes two new ones at once


def test_units_of_which_only_a_part_can_be_rendered() -> None:
    state = UnitState.UNRENDERABLE
    assert shared(CONFIG, file_is_new=False, state=state) == ["risk/shared-base"]
    assert shared(CONFIG, file_is_new=False, state=state, after=CONFIG) == []
    assert shared(None, file_is_new=True, state=state) == []
    seen = evidence(Made(None, role(may("*", "*", "*"))))
    seen = replace(seen, units=tuple(replace(unit, state=state) for unit in seen.units))
    assert rules(new(Risk().run(seen))) == ["risk/rbac-powers"]
