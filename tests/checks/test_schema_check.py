"""The check ``schema`` over evidence: versions of environments, CRDs near and far, duplicates, and what is new."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from schema_evidence import Files, unit

from bot import documents
from bot.checks import schema_kindless
from bot.checks.delta import findings
from bot.checks.rules.schema import RULES
from bot.checks.schema import Schema, SchemaSettings
from bot.checks.schema_kindless import of_files
from bot.config.judging import UnknownKinds
from bot.errors import UserError
from bot.kubernetes_schemas import bundled
from bot.kubernetes_schemas.problem import Problem
from bot.model.evidence import Evidence, Said, Side, Statement, Step, UnitEvidence
from bot.model.remember import ask_again
from bot.model.result import FindingState, Severity
from bot.model.snapshot import SYMLINK, Change, Entry
from bot.model.unit import HelmRender, KustomizeRender, ObjectId, PlainRender, Substitution
from bot.render.cache import Cache


def run(
    *units: UnitEvidence,
    settings: SchemaSettings = SchemaSettings(),  # noqa: B008 frozen
    base: Files | None = None,
    head: Files | None = None,
    changes: tuple[Change, ...] = (),
) -> Said:
    said = Schema(settings).run(Evidence(units, changes, base or Files(), head or Files()))
    known = {rule.id for rule in RULES}
    assert {s.rule for s in (*said.base, *said.head)} <= known, "every rule is explained"
    return said


def rules(said: Said) -> list[str]:
    return [s.rule.removeprefix("schema/") for s in said.head]


def config_map(name: str = "c", **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **more}


def disruption_budget() -> dict[str, Any]:
    spec = {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}
    return {"apiVersion": "policy/v1beta1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec}


def flow_schema() -> dict[str, Any]:
    spec = {"priorityLevelConfiguration": {"name": "x"}}
    api = "flowcontrol.apiserver.k8s.io/v1beta3"
    return {"apiVersion": api, "kind": "FlowSchema", "metadata": {"name": "web"}, "spec": spec}


def crd(fields: dict[str, Any], *, kind: str = "Thing", version: dict[str, Any] | None = None) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": fields}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{kind.lower()}s.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"kind": kind, "plural": f"{kind.lower()}s"},
            "scope": "Namespaced",
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": schema},
                    **(version or {}),
                }
            ],
        },
    }


def thing(spec: dict[str, Any], *, version: str = "v1", name: str = "t") -> dict[str, Any]:
    return {"apiVersion": f"example.org/{version}", "kind": "Thing", "metadata": {"name": name}, "spec": spec}


_A = {"a": {"type": "integer"}}


def test_each_environment_has_its_version() -> None:
    settings = SchemaSettings(versions={"old": "1.28", "older": "v1.24.3"}, default_version="1.31")
    units = [unit(name, [flow_schema()], environment=name) for name in ("old", "other", "older")]
    said = run(*units, settings=settings)
    messages = {s.unit: (s.rule, s.message) for s in said.head}
    assert messages.keys() == {"other", "older"}
    assert messages["other"][0] == "schema/deprecated-api"
    assert "deprecated since Kubernetes 1.29 and goes with 1.32; this environment runs 1.31" in messages["other"][1]
    assert messages["older"][0] == "schema/not-served"
    assert said.notes == ("The schemas of Kubernetes 1.24 are not bundled; objects are judged by those of 1.25.",)


def test_the_default_is_the_newest_bundled_version() -> None:
    assert Schema().version("production") == bundled.versions()[-1]


def test_a_removed_api_is_an_error_with_its_replacement() -> None:
    (found,) = run(unit("u", [disruption_budget()])).head
    assert (found.rule, found.severity, found.at) == ("schema/removed-api", Severity.ERROR, ("apiVersion",))
    assert "was removed in Kubernetes 1.25" in found.message
    assert found.fix == "Use policy/v1, and adapt the fields that moved."


def test_an_alpha_that_no_table_knows_was_last_served_by_a_version() -> None:
    fields = {"apiVersion": "networking.k8s.io/v1alpha1", "kind": "ClusterCIDR", "metadata": {"name": "x"}}
    (found,) = run(unit("u", [fields])).head
    assert found.rule == "schema/removed-api"
    assert "was last served by Kubernetes 1.28" in found.message


@pytest.mark.parametrize("version", ["latest", "1"])
def test_a_version_that_is_none_is_refused_at_once(version: str) -> None:
    with pytest.raises(UserError):
        Schema(SchemaSettings(versions={"dev": version}))


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [(UnknownKinds.WARNING, [Severity.WARNING]), (UnknownKinds.ERROR, [Severity.ERROR]), (UnknownKinds.IGNORED, [])],
)
def test_unknown_kinds_as_set_and_once_for_each_kind(unknown: UnknownKinds, expected: list[Severity]) -> None:
    objects = [thing({}, name=f"t{i}") for i in range(3)]
    said = run(unit("u", objects), settings=SchemaSettings(unknown_kinds=unknown))
    assert [s.severity for s in said.head] == expected
    assert all(s.rule == "schema/unknown-kind" and s.object is None for s in said.head)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("apiVersion: example.org/v1\nkind: Thing\n", True),
        ("---\nkind: 'Thing'\napiVersion: example.org/v1 \r\nmetadata: {name: a}\n", True),
        ("apiVersion: example.org/v2\nkind: Thing\n", False),
        ("apiVersion: example.org/v1\nkind: Other\n", False),
        ("a: |\n  apiVersion: example.org/v1\n  kind: Thing\n", False),
    ],
)
def test_a_kind_that_the_repository_has_had_is_no_news_in_one_more_unit(text: str, known: bool) -> None:
    files = Files({"other/thing.yaml": text})
    said = run(unit("u", [thing({})], []), base=files, head=files)
    assert rules(said) == ["unknown-kind"] and len(said.base) == known
    strict = SchemaSettings(unknown_kinds=UnknownKinds.ERROR)
    assert not run(unit("u", [thing({})], []), base=files, head=files, settings=strict).base, (
        "an error is one for each unit"
    )
    assert not run(unit("u", [thing({})], []), head=files).base, "it comes with the change"


def test_kinds_that_are_accepted_without_a_schema() -> None:
    release = {"apiVersion": "helm.toolkit.fluxcd.io/v2", "kind": "HelmRelease", "metadata": {"name": "x"}}
    application = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "x"}}
    rollout = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "x"}}
    assert [s.mark for s in run(unit("u", [release, application, rollout])).head] == ["argoproj.io/v1alpha1 Rollout"]
    assert run(unit("u", [thing({})]), settings=SchemaSettings(accepted_kinds=("*.example.org",))).head == ()


def test_a_kind_that_kubernetes_does_not_have_is_no_matter_of_settings() -> None:
    fields = {"apiVersion": "apps/v1", "kind": "Deploymnet", "metadata": {"name": "x"}}
    other = {"apiVersion": "apps/v1", "kind": "Ingress", "metadata": {"name": "x"}}
    said = run(unit("u", [fields, other]), settings=SchemaSettings(unknown_kinds=UnknownKinds.IGNORED))
    assert [(s.severity, s.fix) for s in said.head] == [
        (Severity.ERROR, "Did you mean Deployment?"),
        (Severity.ERROR, "Use networking.k8s.io/v1."),
    ]


def test_a_crd_of_the_same_unit_judges_its_objects() -> None:
    said = run(unit("u", [crd(_A), thing({"a": 1, "b": 2})]))
    assert [(s.rule, s.at) for s in said.head] == [("schema/unknown-field", ("spec", "b"))]


def test_the_nearest_crd_judges() -> None:
    files = Files({"crds/thing.yaml": json.dumps(crd({"f": {"type": "integer"}}))})
    own = unit("own", [crd(_A), thing({"f": 1})], environment="dev")
    same = unit("same", [thing({"f": 1})], environment="dev")
    other = unit("other", [thing({"f": 1})], environment="prod")
    said = run(own, same, other, unit("b", [crd({"b": {}})], environment="prod"), head=files)
    assert sorted(s.unit for s in said.head if s.rule == "schema/unknown-field") == ["other", "own", "same"]
    assert run(same, head=files).head == ()


def test_the_files_are_read_only_when_an_object_needs_them_and_once() -> None:
    files = Files({"a.yaml": "x: 1", "crds/thing.yaml": json.dumps(crd(_A)), "b.yaml": "{{ broken", "c.txt": "x"})
    run(unit("u", [config_map(), crd(_A), thing({"a": 1})]), head=files)
    assert files.read_paths == []
    run(unit("u", [thing({"a": 1})]), unit("v", [thing({"a": "x"})]), head=files, base=files)
    assert files.read_paths == ["crds/thing.yaml"]


def test_a_file_is_cut_into_its_documents_once_for_all_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    split, cut = documents.split, list[str]()

    def counted(text: str) -> list[str]:
        cut.append(text)
        return split(text)

    monkeypatch.setattr(documents, "split", counted)
    others = [{**thing({"a": "x"}), "kind": kind} for kind in ("Thing", "Other", "Third")]
    text = "\n---\n".join(json.dumps(crd(_A, kind=kind)) for kind in ("Thing", "Other"))
    said = run(unit("u", others), head=Files({"a.yaml": text}))
    assert (rules(said), len(cut)) == (["wrong-type", "wrong-type", "unknown-kind"], 1)


def test_templates_broken_and_large_files_define_nothing() -> None:
    word = "kind: CustomResourceDefinition\nexample.org Thing\n"
    files = Files(
        {
            "a.yaml": word + "{{ x }}",
            "b.yaml": word + "\t- x",
            "c.yaml": "TOO BIG",
            "d.yaml": "- CustomResourceDefinition",
        }
    )
    assert rules(run(unit("u", [thing({})]), head=files)) == ["unknown-kind"]


def test_one_of_several_equal_crds_is_enough() -> None:
    files = Files(
        {"old/crd.yaml": json.dumps(crd(_A)), "new/crd.yaml": json.dumps(crd({**_A, "b": {"type": "integer"}}))}
    )
    assert run(unit("u", [thing({"a": 1, "b": 2})]), head=files).head == ()
    assert rules(run(unit("u", [thing({"a": 1, "c": 2})]), head=files)) == ["unknown-field"]


def test_each_side_is_judged_by_its_own_crds() -> None:
    base, head = (
        Files({"crd.yaml": json.dumps(crd(_A))}),
        Files({"crd.yaml": json.dumps(crd({"b": {"type": "integer"}}))}),
    )
    said = run(unit("u", [thing({"a": 1})], [thing({"a": 1})]), base=base, head=head)
    assert said.base == ()
    assert rules(said) == ["unknown-field"]


def test_versions_that_the_crd_does_not_serve_or_deprecates() -> None:
    old = crd(_A, version={"served": False})
    said = run(unit("u", [old, thing({"a": 1})]), unit("v", [crd(_A), thing({}, version="v2")]))
    assert [(s.unit, s.rule, s.fix) for s in said.head] == [
        ("u", "schema/not-served", "Let the CRD serve a version."),
        ("v", "schema/not-served", "Use example.org/v1."),
    ]
    deprecated = crd(_A, version={"deprecated": True, "deprecationWarning": "use v2\x1b[1m\n::set-output"})
    (found,) = run(unit("u", [deprecated, thing({"a": 1})])).head
    assert (found.rule, found.severity) == ("schema/deprecated-api", Severity.WARNING)
    assert "\n" not in found.message


def test_a_broken_crd_is_a_finding_where_it_is() -> None:
    broken = crd({"a": {"type": "string", "pattern": "(?!a)"}, "b": {"$ref": "http://127.0.0.1:9/"}})
    rendered = run(unit("u", [broken, thing({"a": "x"})]))
    assert [(s.rule, s.object and s.object.kind) for s in rendered.head] == [
        ("schema/bad-definition", "CustomResourceDefinition")
    ] * 3
    other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n"
    lines = json.dumps(broken, indent=1)
    filed = run(unit("u", [thing({"a": "x"})]), head=Files({"crds/t.yaml": other + lines}))
    assert {(s.rule, s.file, s.unit) for s in filed.head} == {("schema/bad-definition", "crds/t.yaml", "")}
    at = {lines.splitlines()[s.line - 5].strip().partition(":")[0] for s in filed.head}
    assert at == {'"pattern"', '"b"', '"$ref"'}
    assert filed.base == ()


def test_a_crd_that_was_broken_before_anything_used_it_was_there_before() -> None:
    """Only a file that the change leaves as it is: its blob is the same on both sides."""
    broken = json.dumps(crd({"a": {"type": "string", "pattern": "(?!a)"}}))
    files = Files({"crds/t.yaml": broken})
    first = run(unit("u", [thing({"a": "x"})], base=[]), base=files, head=files)
    assert first.base == first.head != ()
    again = run(unit("u", [thing({"a": "x"})], base=[thing({"a": "x"})]), base=files, head=files)
    assert again.base == again.head == first.head
    changed = Files({"crds/t.yaml": broken + "\n"})
    assert run(unit("u", [thing({"a": "x"})], base=[]), base=changed, head=files).base == ()


def test_the_fields_of_a_crd_itself_are_judged() -> None:
    wrong = crd(_A)
    wrong["spec"]["scop"] = "Cluster"
    del wrong["spec"]["scope"]
    assert sorted(rules(run(unit("u", [wrong])))) == ["missing-field", "unknown-field"]


def test_objects_twice_in_a_unit() -> None:
    same = run(unit("u", [config_map(), config_map()])).head
    assert [(s.rule, s.severity, s.mark) for s in same] == [("schema/duplicate-object", Severity.WARNING, "same")]
    differ = run(unit("u", [config_map(data={"a": "1"}), config_map()])).head
    assert [(s.rule, s.severity) for s in differ] == [("schema/duplicate-object", Severity.ERROR)]
    assert "stands 2 times" in differ[0].message


def test_namespaces_tell_objects_apart_and_defaults_count() -> None:
    named = config_map()
    named["metadata"] = {"name": "c", "namespace": "prod"}
    assert run(unit("u", [config_map(), named])).head == ()
    helm = HelmRender("chart", "r", namespace="prod")
    assert rules(run(unit("u", [config_map(), named], part=helm))) == ["duplicate-object"]
    plain = PlainRender("x", namespace="prod")
    assert rules(run(unit("u", [config_map(), named], part=plain))) == ["duplicate-object"]


def test_objects_without_name_kind_or_version() -> None:
    bare = {"apiVersion": "v1", "kind": "ConfigMap"}
    unnamed: list[dict[str, Any]] = [bare, {**bare, "metadata": {"name": ""}}]
    assert rules(run(unit("u", unnamed))) == ["no-name", "no-name"]
    assert rules(run(unit("u", [{"kind": "ConfigMap"}, {"apiVersion": "v1"}, {}]))) == ["no-kind"] * 3
    assert rules(run(unit("u", [{"apiVersion": ["v1"], "kind": {}, "metadata": []}]))) == ["no-kind"]


def test_a_tool_s_own_file_without_metadata_is_only_told() -> None:
    profile: dict[str, Any] = {"apiVersion": "install.mesh.example/v1alpha1", "kind": "Profile", "spec": {"a": 1}}
    said = {s.rule: s.severity for s in run(unit("u", [profile])).head}
    assert said == {"schema/no-name": Severity.INFO, "schema/unknown-kind": Severity.WARNING}
    named: list[dict[str, Any]] = [{**profile, "metadata": {"labels": {"a": "b"}}}]  # says what only an object says
    assert {s.rule: s.severity for s in run(unit("u", named)).head}["schema/no-name"] is Severity.ERROR
    mistyped: list[dict[str, Any]] = [
        {"apiVersion": "v1", "kind": "Configmap"},
        {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {}},
    ]
    said = {f"{s.rule} {s.object.kind}": s.severity for s in run(unit("u", mistyped)).head if s.object}
    assert said["schema/no-name Configmap"] is said["schema/no-name Deployment"] is Severity.ERROR


def test_generated_names() -> None:
    job: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"generateName": "job-"}}
    assert rules(run(unit("u", [job, job]))) == ["generate-name", "generate-name"]
    hook = {**job, "metadata": {"generateName": "job-", "annotations": {"argocd.argoproj.io/hook": "Sync"}}}
    assert run(unit("u", [hook])).head == ()


def written(*files: tuple[str, str, str]) -> dict[str, Any]:
    """Files that the change adds or alters: path, text at base ("" for none), text at head."""
    base, head = (Files({path: texts[side] for path, *texts in files if texts[side]}) for side in (0, 1))
    changes = tuple(Change(path, base.entry(path), head.entry(path)) for path, *_ in files)
    return {"base": base, "head": head, "changes": changes}


def test_an_object_that_stands_twice_is_told_where_the_change_writes_it_again() -> None:
    text = json.dumps(config_map()) + "\n---\n"
    (found,) = run(unit("u", [config_map(), config_map()]), **written(("b.yaml", "", f"# again\n{text}"))).head
    assert (found.rule, found.file, found.line) == ("schema/duplicate-object", "b.yaml", 2)
    (found,) = run(unit("u", [config_map(), config_map()]), **written(("b.yaml", text, text + text))).head
    assert (found.file, found.line) == ("b.yaml", 3)


def test_items_of_lists_are_objects() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [config_map("a"), config_map("b", dat={}), "x"]}
    typed: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMapList", "items": [{"metadata": {"name": "b"}}]}
    said = run(unit("u", [listed, typed]))
    unknown, twice = said.head
    assert (unknown.rule, unknown.at, unknown.object) == (
        "schema/unknown-field",
        ("items", 1, "dat"),
        ObjectId("v1", "ConfigMap", "", "b"),
    )
    assert twice.rule == "schema/duplicate-object"


def test_names_and_labels() -> None:
    wrong = config_map("Web_1")
    wrong["metadata"] |= {
        "labels": {"app.kubernetes.io/version": "1.0+7", "ok": ""},
        "annotations": {"a b": "free + text"},
    }
    assert [s.at[1:] for s in run(unit("u", [wrong])).head] == [
        ("name",),
        ("labels", "app.kubernetes.io/version"),
        ("annotations", "a b"),
    ]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "system:x_Y"}}
    assert run(unit("u", [role])).head == ()


def test_secrets_stay_silent() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "type": "Opaque"}
    masked = {**secret, "data": {"a": "<secret 0123456789abcdef>"}, "stringData": {"b": "<secret 0123456789abcdef>"}}
    encrypted = {"a": "ENC[AES256_GCM,data:x"}
    sops = {**secret, "metadata": {"name": "t"}, "data": encrypted, "sops": {"mac": "x", "version": "3"}}
    assert run(unit("u", [masked, sops])).head == ()
    assert rules(run(unit("u", [{**secret, "sops": "x"}]))) == ["unknown-field"]


def test_variables_that_only_the_cluster_knows() -> None:
    fields = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "${N}"},
        "spec": {"ports": [{"port": "${P}"}]},
    }
    known = KustomizeRender("u", substitution=Substitution((("A", "b"),)))
    unknown = KustomizeRender("u", substitution=Substitution((), ("ConfigMap vars",)))
    assert rules(run(unit("u", [fields], part=known))) == ["bad-value", "wrong-type"]
    assert run(unit("u", [fields], part=unknown)).head == ()


def test_variables_where_no_object_here_deploys() -> None:
    """A Kustomization in another repository fills them in, or a pipeline."""
    fields = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"ports": [{"port": "${P:=80}"}]},
    }
    alone = unit("u", [fields], part=KustomizeRender("u"))
    assert run(alone).head == () and alone.head is not None
    source = ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "u")
    of_argo = replace(alone.head, unit=replace(alone.head.unit, source=source))
    assert rules(run(replace(alone, head=of_argo))) == ["wrong-type"]
    fields["spec"] = {"ports": [{"port": "eighty"}]}
    assert rules(run(unit("u", [fields], part=KustomizeRender("u")))) == ["wrong-type"]


def _changed(path: str, before: str | None, after: str | None) -> tuple[Files, Files, tuple[Change, ...]]:
    base = Files({path: before} if before is not None else {})
    head = Files({path: after} if after is not None else {})
    return base, head, (Change(path, base.entry(path), head.entry(path)),)


def test_keys_twice_in_changed_files_of_affected_units() -> None:
    base, head, changes = _changed("apps/web/deploy.yaml", "a: 1\n", "a: 1\nb:\n  c: 1\n  c: 2\n")
    said = run(unit("apps/web", []), base=base, head=head, changes=changes)
    (found,) = said.head
    assert (found.rule, found.file, found.line) == ("schema/duplicate-key", "apps/web/deploy.yaml", 4)
    assert said.base == ()
    assert run(unit("apps/other", []), base=base, head=head, changes=changes).head == ()
    way = (Step("apps/web/deploy.yaml", "apps/other", "resource"),)
    assert rules(run(unit("apps/other", [], way=way), base=base, head=head, changes=changes)) == ["duplicate-key"]


def test_the_keys_of_a_large_file_are_remembered_by_its_content(tmp_path: Path) -> None:
    text = "".join(f"key{number}: value\n" for number in range(2000))
    files = [_changed("apps/web/deploy.yaml", "a: 1\n", each) for each in (text, f"{text}key7: again\n")]
    made = unit("apps/web", [])
    for base, head, changes in files:
        said = [
            Schema().run(Evidence((made,), changes, base, head, remember=remember))
            for remember in (Cache(tmp_path).remember, Cache(tmp_path).remember, ask_again)
        ]
        assert said[0] == said[1] == said[2]
    assert [each.line for each in said[0].head] == [2001]
    assert len(list(tmp_path.glob("??/*"))) == 2


@pytest.mark.parametrize("text", ["{{ if x }}\na: 1\na: 2\n{{ end }}", "\ta: 1", "TOO BIG", ""])
def test_files_that_cannot_be_read_have_no_keys(text: str) -> None:
    base, head, changes = _changed("apps/web/x.yaml", None, text)
    assert run(unit("apps/web", []), base=base, head=head, changes=changes).head == ()


def test_links_and_other_files_have_no_keys() -> None:
    files = Files({"apps/web/x.yaml": "a: 1\na: 2\n", "apps/web/x.txt": "a: 1\na: 2\n"})
    link = Change("apps/web/x.yaml", None, Entry("apps/web/x.yaml", SYMLINK, "1"))
    text = Change("apps/web/x.txt", None, files.entry("apps/web/x.txt"))
    assert run(unit("apps/web", []), head=files, changes=(link, text)).head == ()


def _states(said: Said) -> list[tuple[FindingState, str]]:
    return [(finding.state, finding.rule) for finding, _ in findings(said)]


def test_what_was_wrong_before_stays_existing_when_other_things_move() -> None:
    def web(*names: str, image: str) -> dict[str, Any]:
        containers = [{"name": n, "image": image, **({"imagePulPolicy": "x"} if n == "app" else {})} for n in names]
        template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}}
        spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}

    said = run(unit("u", [web("proxy", "app", image="y")], [web("app", image="x")]))
    assert _states(said) == [(FindingState.EXISTING, "schema/unknown-field")]
    said = run(unit("u", [web("proxy", image="y")], [web("app", image="x")]))
    assert _states(said) == [(FindingState.FIXED, "schema/unknown-field")]
    said = run(unit("u", [web("app", image="y")], [web("proxy", image="x")]))
    assert _states(said) == [(FindingState.INTRODUCED, "schema/unknown-field")]


def test_a_move_from_one_removed_version_to_another_is_new() -> None:
    old = {**disruption_budget(), "apiVersion": "policy/v1alpha1"}
    said = run(unit("u", [disruption_budget()], [old]))
    assert (FindingState.INTRODUCED, "schema/removed-api") in _states(said)


def test_equal_objects_are_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from bot.kubernetes_schemas import metadata

    judged: list[object] = []
    real = metadata.problems

    def counted(fields: dict[str, Any], *, variables: bool = False) -> Iterator[Problem]:
        judged.append(fields)
        return real(fields, variables=variables)

    monkeypatch.setattr(metadata, "problems", counted)
    run(*(unit(f"u{i}", [config_map()], [config_map()]) for i in range(5)))
    assert len(judged) == 1


def test_the_order_of_statements_is_stable() -> None:
    units = [unit("u", [config_map("b", dat={}), config_map("a", dat={}, labls={}), thing({}), disruption_budget()])]
    first, second = run(*units), run(*units)
    assert first == second
    assert all(isinstance(s, Statement) and s.message.endswith(".") and s.fix for s in first.head)


def test_every_rule_is_explained_once() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.id.startswith("schema/")
        assert all((rule.title, rule.what, rule.why, rule.mend))


@pytest.mark.parametrize("kind", ["kind: # Deployment", 'kind: ""', "kind:", "kind: ~", " "])
def test_a_manifest_that_only_seems_to_say_what_it_is(kind: str) -> None:
    text = f"apiVersion: apps/v1\n{kind}\nmetadata: {{name: web}}\n"
    base, head, changes = _changed("apps/web/a.yaml", "a: 1\n", f"kind: A\napiVersion: v1\n---\n{text}")
    plain = unit("apps/web", [], [], part=PlainRender("apps/web"))
    assert rules(run(plain, base=base, head=head, changes=changes)) == ["no-kind"]


WHOLE = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"


@pytest.mark.parametrize(
    ("text", "shows"),
    [
        (WHOLE, True),
        (f"# first\n---\n{WHOLE}--- # second\n{WHOLE}---\n# end\n", True),
        (f"kind: X\n---\n{WHOLE}", True),
        (f"metadata: {{}}\nkind: X\n---\n{WHOLE}", False),
        (WHOLE.replace("apps/v1", "null"), False),
        (WHOLE.replace("Deployment", "No"), False),
        (WHOLE.replace("Deployment", "Node"), True),
        (WHOLE.replace("Deployment", ""), False),
        (WHOLE + "kind: null\n", False),
        (WHOLE + "'kind': null\n", False),
        (WHOLE + "? kind\n: null\n", False),
        (WHOLE + '"k\\x69nd": null\n', False),
        (WHOLE + "a: 1\rkind: null\n", False),
        (WHOLE + "a: 1\u2028kind: null\n", False),
        (f"--- {{kind: X, metadata: {{}}}}\n---\n{WHOLE}", False),
        (f"metadata: {{}}\nkind: X\n...\nmetadata: {{}}\napiVersion: v1\n---\n{WHOLE}", False),
        (f"x: {{\nkind: X,\n}}\nmetadata: {{}}\n---\n{WHOLE}", False),
        (json.dumps({"kind": "X", "metadata": {}}), False),
    ],
)
def test_a_text_that_shows_both_is_not_parsed(text: str, shows: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The law: where it shows both, reading it finds no object without one of them."""
    files, read = {"a.yaml": text}, list[str]()
    plain = unit("", [], [], part=PlainRender(""))
    changes = (Change("a.yaml", None, Files(files).entry("a.yaml")),)
    load = documents.load_all

    def noted(data: bytes, *, name: str) -> list[documents.ParsedDocument]:
        read.append(name)
        return load(data, name=name)

    monkeypatch.setattr(documents, "load_all", noted)
    said = list(of_files(Evidence((plain,), changes, Files(), Files(files)), Side.HEAD))
    assert read == ["a.yaml"] * (not shows)
    monkeypatch.setattr(schema_kindless, "shows_both", lambda _: False)
    assert said == list(of_files(Evidence((plain,), changes, Files(), Files(files)), Side.HEAD))
    assert not (shows and said)


@pytest.mark.parametrize(
    "data", [WHOLE.replace("kind", "king").encode("utf-16"), f"metadata: {{}}\nkind: X\n---\n{WHOLE}".encode("utf-16")]
)
def test_what_is_no_utf_8_shows_nothing(data: bytes) -> None:
    assert not schema_kindless.shows_both(data)


@pytest.mark.parametrize("lost", ["apiVersion: apps/v1\n", "kind: Deployment\n"])
def test_a_plain_manifest_that_loses_what_makes_it_an_object(lost: str) -> None:
    whole = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    base, head, changes = _changed("apps/web/a.yaml", whole, f"# first\n---\n{whole.replace(lost, '')}")
    plain = unit("apps/web", [], [], part=PlainRender("apps/web"))
    said = run(plain, base=base, head=head, changes=changes)
    (found,) = said.head
    assert (found.rule, found.file, said.base) == ("schema/no-kind", "apps/web/a.yaml", ())
    assert found.line in (1, 3)
    assert run(unit("apps/web", [], []), base=base, head=head, changes=changes).head == (), "patches need none"
    elsewhere = unit("apps/other", [], [], part=PlainRender("apps/other"))
    assert run(elsewhere, base=base, head=head, changes=changes).head == ()


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("metadata: {name: x}\ndata: {a: b}\n", True),
        ("metadata: {}\n", False),
        ("data: {a: b}\n", False),
        ("a: 1\n", False),
    ],
)
def test_what_lacks_both_words_is_an_object_only_beside_others(document: str, *, told: bool) -> None:
    whole = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
    plain = unit("apps/web", [], [], part=PlainRender("apps/web"))
    for other, found in ((whole, told), ("a: 1\n", False)):
        base, head, changes = _changed("apps/web/a.yaml", other, f"{other}---\n{document}")
        said = run(plain, base=base, head=head, changes=changes)
        assert rules(said) == (["no-kind"] if found else [])
        assert not found or "no apiVersion and no kind" in said.head[0].message
