"""The boundaries check: Argo CD's projects as tables, Flux, teams, and hostile declarations."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_evidence import Files, Made, evidence, new, rules

from bot.checks.argocd_project import Destination, Project, normal_url
from bot.checks.boundaries import Boundaries
from bot.checks.boundaries_teams import is_of_team, is_of_tenant
from bot.config.judging import BoundaryRule
from bot.documents import dump
from bot.model.evidence import Said
from bot.model.result import Severity, UnitState
from bot.model.unit import HelmRender, ObjectId

ARGO = "argoproj.io/v1alpha1"
HERE = "https://kubernetes.default.svc"
OPEN: dict[str, Any] = {"sourceRepos": ["*"], "destinations": [{"server": "*", "namespace": "*"}]}


def run(*made: Made, rule: tuple[BoundaryRule, ...] = (), **files: dict[str, str | bytes]) -> Said:
    return Boundaries(rule).run(evidence(*made, **files))  # type: ignore[arg-type]


def project(name: str = "team-a", **spec: Any) -> str:
    metadata = {"name": name, "namespace": "argocd"}
    return json.dumps({"apiVersion": ARGO, "kind": "AppProject", "metadata": metadata, "spec": spec}) + "\n---\n"


def application(name: str = "shop", namespace: str = "argocd", **spec: Any) -> str:
    spec = {
        "project": "team-a", "source": {"repoURL": "https://forge.example/team-a/shop", "path": "apps/shop"},
        "destination": {"server": HERE, "namespace": "team-a"}, **spec,
    }  # fmt: skip
    metadata = {"name": name, "namespace": namespace}
    return json.dumps({"apiVersion": ARGO, "kind": "Application", "metadata": metadata, "spec": spec}) + "\n---\n"


def as_yaml(made: str) -> str:
    return dump(json.loads(made.removesuffix("---\n")))


def thing(kind: str, version: str = "v1", name: str = "x", namespace: str = "", **more: Any) -> str:
    metadata = {"name": name} | ({"namespace": namespace} if namespace else {})
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": metadata, **more}) + "\n---\n"


def deployed(*objects: str, path: str = "src/shop") -> Made:
    """A unit that the Application ``shop`` of argocd/apps.yaml deploys."""
    source = ObjectId(ARGO, "Application", "argocd", "shop")
    return Made("", "".join(objects) or "", path=path, source=source, declared_in="argocd/apps.yaml")


# -- projects


@pytest.mark.parametrize(
    ("patterns", "url", "wanted"),
    [
        (["*"], "https://forge/a", True), ([], "https://forge/a", False), (None, "https://forge/a", False),
        (["https://forge/a"], "https://forge/a.git", True), (["https://FORGE/A.git"], "https://forge/a", True),
        (["https://forge/*"], "https://forge/a", True), (["https://forge/*"], "https://forge/a/b", False),
        (["https://forge/**"], "https://forge/a/b", True), (["git@forge:a/*"], "git@forge:a/b.git", True),
        (["git@forge:a/*"], "ssh://git@forge/a/b", True), (["*", "!https://forge/a"], "https://forge/a", False),
        (["*", "!https://forge/a"], "https://forge/b", True), (["!https://forge/a"], "https://forge/b", True),
        (["https://forge/{a,b}"], "https://forge/a", False), (["https://forge/["], "https://forge/[", False),
        ([3, {}], "https://forge/a", False), ("*", "https://forge/a", False),
    ],
)  # fmt: skip
def test_sources(patterns: Any, url: str, wanted: bool) -> None:
    assert Project("p", spec={"sourceRepos": patterns}).permits_source(url) is wanted


def test_addresses_in_one_form() -> None:
    assert normal_url(" git@Forge:Org/Repo.git ") == normal_url("ssh://git@forge/org/repo") == "git@forge/org/repo"
    assert normal_url("https://forge/a b") == "https://forge/a%20b"


def dest(namespace: str, server: str = "", name: str = "") -> dict[str, str]:
    return {"namespace": namespace} | ({"server": server} if server else {}) | ({"name": name} if name else {})


@pytest.mark.parametrize(
    ("items", "wanted", "answer"),
    [
        ([dest("*", "*")], Destination(HERE, "", "a"), True),
        ([], Destination(HERE, "", "a"), False),
        ([dest("a", HERE)], Destination(HERE, "", "a"), True),
        ([dest("a", HERE)], Destination("", "in-cluster", "a"), True),
        ([dest("a", "", "in-cluster")], Destination(HERE, "", "a"), True),
        ([dest("a", HERE)], Destination(HERE, "", "b"), False),
        ([dest("team-*", HERE)], Destination(HERE, "", "team-b"), True),
        ([dest("a", "https://other")], Destination(HERE, "", "a"), False),
        ([dest("a", "https://other")], Destination("", "prod", "a"), None),  # which address prod has, nobody here knows
        ([dest("b", "https://other")], Destination("", "prod", "a"), False),
        ([dest("a", "*")], Destination("", "prod", "a"), True),
        ([dest("*", "*"), dest("!kube-system", "*")], Destination(HERE, "", "kube-system"), False),
        ([dest("*", "*"), dest("!kube-system", "*")], Destination(HERE, "", "a"), True),
        ([dest("!kube-system", "*")], Destination(HERE, "", "a"), True),
        ([dest("*", "!" + HERE)], Destination(HERE, "", "a"), False),
        ([dest("*", "!https://other")], Destination(HERE, "", "a"), True),
        ([3, {"server": 4, "namespace": None}], Destination(HERE, "", "a"), False),
    ],
)
def test_destinations(items: list[Any], wanted: Destination, answer: bool | None) -> None:
    assert Project("p", spec={"destinations": items}).permits_destination(wanted) is answer


_RBAC = "rbac.authorization.k8s.io"


@pytest.mark.parametrize(
    ("spec", "group", "kind", "namespaced", "wanted"),
    [
        ({}, "apps", "Deployment", True, True), ({}, "", "Namespace", False, False),
        ({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, _RBAC, "ClusterRole", False, True),
        ({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}]}, "", "Namespace", False, True),
        ({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace"}]}, _RBAC, "ClusterRole", False, False),
        ({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}], "clusterResourceBlacklist": [{"group": "*",
         "kind": "Cluster*"}]},
         _RBAC, "ClusterRole", False, False),
        ({"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "team-*"}]}, "", "Namespace", False,
         False),
        ({"namespaceResourceWhitelist": []}, "apps", "Deployment", True, False),
        ({"namespaceResourceWhitelist": [{"group": "apps", "kind": "Deployment"}]}, "apps", "Deployment", True, True),
        ({"namespaceResourceBlacklist": [{"group": "", "kind": "ResourceQuota"}]}, "", "ResourceQuota", True, False),
        ({"namespaceResourceBlacklist": [{"group": "", "kind": "ResourceQuota"}]}, "", "Pod", True, True),
        ({"namespaceResourceBlacklist": "x", "clusterResourceWhitelist": 3}, "", "Pod", True, True),
    ],
)  # fmt: skip
def test_kinds(spec: dict[str, Any], group: str, kind: str, namespaced: bool, wanted: bool) -> None:
    assert Project("p", spec=spec).permits_kind(group, kind, "x", namespaced=namespaced) is wanted


def test_namespaces_of_applications() -> None:
    made = Project("p", "argocd", {"sourceNamespaces": ["team-*", 3]})
    assert made.permits_application_in("argocd") and made.permits_application_in("team-a")
    assert made.permits_application_in("other") is False
    assert Project("p", "argocd", {"sourceNamespaces": ["/(a+)+$/"]}).permits_application_in("a" * 500) is None


# -- applications


def test_an_application_is_held_to_its_project() -> None:
    spec: dict[str, Any] = {"sourceRepos": ["https://forge.example/team-a/*"], "destinations": [dest("team-a", HERE)]}
    files: dict[str, str | bytes] = {"argocd/projects.yaml": project(**spec)}

    def said(**more: Any) -> list[str]:
        return rules(new(run(deployed(), base=files, head=files | {"argocd/apps.yaml": application(**more)})))

    assert said() == []
    assert said(source={"repoURL": "https://elsewhere.example/x"}) == ["boundaries/project-source"]
    assert said(sources=[{"repoURL": "https://elsewhere.example/x"}], source=None) == ["boundaries/project-source"]
    assert said(destination={"server": HERE, "namespace": "team-b"}) == ["boundaries/project-destination"]
    assert said(destination={"name": "in-cluster", "namespace": "team-a"}) == []
    assert said(project="default") == [] and said(project="elsewhere") == []
    assert said(project="{{ team }}") == [] and said(source={"repoURL": "{{ url }}"}) == []
    assert said(source=3, destination=[4], project=5) == []


def test_a_finding_names_the_file_of_the_application() -> None:
    files: dict[str, str | bytes] = {"p.yaml": project(sourceRepos=["https://x"], destinations=OPEN["destinations"])}
    said = new(run(deployed(), base=files, head=files | {"argocd/apps.yaml": "# first\n" + application()}))
    assert [(s.rule, s.severity, s.file, s.line) for s in said] == [
        ("boundaries/project-source", Severity.ERROR, "argocd/apps.yaml", 2)
    ]


def test_objects_are_held_to_the_project() -> None:
    files: dict[str, str | bytes] = {
        "argocd/apps.yaml": application() + project(sourceRepos=["*"], destinations=[dest("team-a", HERE)])
    }
    objects = (
        thing("Deployment", "apps/v1"), thing("Service", namespace="team-a"), thing("Service", name="y",
         namespace="kube-system"),
        thing("ConfigMap", namespace="kube-system"), thing("ClusterRole", f"{_RBAC}/v1"), thing("ClusterRole",
         f"{_RBAC}/v1", "y"),
    )  # fmt: skip
    said = new(run(deployed(*objects), base=files, head=files))
    assert rules(said) == ["boundaries/project-namespace", "boundaries/project-kind"]
    assert "`clusterResourceWhitelist`" in said[1].message


def generated(text: str, *objects: str, path: str = "src/shop") -> Made:
    """A unit whose Application an ApplicationSet makes: it comes along with the objects."""
    return replace(deployed(text, *objects, path=path), generated=text.removesuffix("\n---\n"))


def test_an_application_that_a_set_makes_is_not_deployed_by_itself() -> None:
    """The controller of ApplicationSets creates it in its own namespace; projects and teams govern what it deploys."""
    narrow = project(
        sourceRepos=["*"],
        destinations=[dest("team-a", HERE)],
        namespaceResourceWhitelist=[{"group": "*", "kind": "Pod"}],
    )
    team = BoundaryRule(paths=("src/*",), namespaces=("team-a",), deny_kinds=("Application",))
    at: dict[str, str | bytes] = {"argocd/project.yaml": narrow}
    assert not run(generated(application(), thing("Pod")), rule=(team,), base=at, head=at).head
    other = application("other", namespace="team-b")  # one among what it deploys is judged like anything else
    found = run(generated(application(), other), rule=(team,), base=at, head=at).head
    assert {"boundaries/project-kind", "boundaries/team-kind", "boundaries/team-namespace"} < set(rules(found))
    kinds = project(sourceRepos=["*"], destinations=[dest("team-a", HERE)])
    found = run(generated(application(), other), base={"a.yaml": kinds}, head={"a.yaml": kinds}).head
    assert "boundaries/project-namespace" in rules(found)


def test_custom_kinds_have_the_scope_of_their_crd() -> None:
    crd = thing("CustomResourceDefinition", "apiextensions.k8s.io/v1", "t.example.org", spec={
        "group": "example.org", "scope": "Cluster", "names": {"kind": "Thing"}})  # fmt: skip
    allowed = [{"group": "apiextensions.k8s.io", "kind": "*"}]
    files: dict[str, str | bytes] = {
        "argocd/apps.yaml": application() + project(**OPEN, clusterResourceWhitelist=allowed)
    }
    thing_ = thing("Thing", "example.org/v1")
    assert rules(new(run(deployed(crd, thing_), base=files, head=files))) == ["boundaries/project-kind"]
    assert not new(run(deployed(thing_), base=files, head=files))


def test_applications_that_a_unit_renders() -> None:
    root = Made(
        "",
        application(source={"repoURL": "https://elsewhere"})
        + project(sourceRepos=["https://x"], destinations=OPEN["destinations"]),
    )
    said = new(run(root))
    assert rules(said) == ["boundaries/project-source"] and said[0].unit == root.path and said[0].file == ""


def test_the_nearest_of_several_projects() -> None:
    files: dict[str, str | bytes] = {
        "clusters/dev/p.yaml": project(**OPEN), "argocd/p.yaml": project(sourceRepos=["https://x"],
         destinations=OPEN["destinations"]),
        "argocd/apps.yaml": application(),
    }  # fmt: skip
    assert rules(new(run(deployed(), head=files))) == ["boundaries/project-source"]
    files["argocd/q.yaml"] = files.pop("clusters/dev/p.yaml")
    assert not new(run(deployed(), base={k: v for k, v in files.items() if "apps" not in k}, head=files))


def test_an_application_set() -> None:
    template = {
        "spec": {"project": "team-a", "source": {"repoURL": "https://elsewhere"}, "destination": {"server": "{{url}}"}}
    }
    made = thing("ApplicationSet", ARGO, "shops", spec={"template": template})
    files: dict[str, str | bytes] = {
        "argocd/apps.yaml": made + project(sourceRepos=["https://x"], destinations=OPEN["destinations"])
    }
    objects = thing("ClusterRole", f"{_RBAC}/v1")
    said = rules(new(run(deployed(objects), head=files)))
    assert said == ["boundaries/project-source", "boundaries/project-kind"]


NARROW: dict[str, Any] = {"sourceRepos": ["*"], "destinations": [dest("team-b", HERE)]}


def narrowed(files: dict[str, str], path: str = "projects/p.yaml", **kept: str) -> list[tuple[str, Severity, str]]:
    """What a change says that narrows one project, of Applications that it does not touch."""
    before: dict[str, str | bytes] = {path: project(**OPEN), **files, **kept}
    said = new(run(base=before, head=before | {path: project(**NARROW)}))
    return [(s.rule, s.severity, s.file) for s in said]


def test_a_project_that_is_narrowed_holds_for_applications_elsewhere() -> None:
    told = ("boundaries/project-destination", Severity.ERROR, "apps/a.yaml")
    assert narrowed({"apps/a.yaml": application()}) == [told]
    assert narrowed({"apps/a.yaml": application(destination={"server": HERE, "namespace": "team-b"})}) == []
    assert narrowed({"apps/a.yaml": application(project="other")}) == []
    files: dict[str, str | bytes] = {"projects/p.yaml": project(**NARROW), "apps/a.yaml": application()}
    again = run(base=files, head=files | {"projects/p.yaml": project(**NARROW, description="x")})
    assert not new(again) and rules(again.head) == ["boundaries/project-destination"]  # as before


def test_what_a_kustomization_may_complete_is_refused_no_more_than_likely() -> None:
    files = {"apps/base/a.yaml": application(), "apps/base/kustomization.yaml": "resources: [a.yaml]\n"}
    assert [severity for _, severity, _ in narrowed(files)] == [Severity.WARNING]


def test_a_project_of_another_cluster_is_not_narrowed() -> None:
    files = {f"clusters/{name}/apps/a.yaml": application() for name in ("one", "two")}
    files["clusters/two/projects/p.yaml"] = project(**OPEN)
    found = narrowed(files, "clusters/one/projects/p.yaml")
    assert [file for _, _, file in found] == ["clusters/one/apps/a.yaml"]


@pytest.mark.parametrize(
    ("generators", "more", "wanted"),
    [
        ([{"list": {"elements": [{"ns": "team-b"}, {"ns": "team-a"}]}}], {}, 1),
        ([{"list": {"elements": [{"ns": "team-b"}]}}], {}, 0),
        ([{"list": {"elements": [{"other": "team-a"}]}}], {}, 0),
        ([{"list": {"elements": [{"ns": "team-a"}], "template": {}}}], {}, 0),
        ([{"list": {"elements": [{"ns": "team-a"}]}}, {"clusters": {}}], {}, 0),
        ([{"list": {"elements": [{"ns": "team-a"}]}}], {"templatePatch": "spec: {destination: {}}"}, 0),
        ("x", {}, 0),
    ],
)
def test_a_set_is_held_to_it_where_its_lists_say_where_it_deploys(
    generators: Any, more: dict[str, str], wanted: int
) -> None:
    template = {
        "spec": {
            "project": "team-a",
            "source": {"repoURL": "https://x"},
            "destination": {"server": HERE, "namespace": "{{.ns}}"},
        }
    }
    made = thing("ApplicationSet", ARGO, "shops", spec={"generators": generators, "template": template, **more})
    found = narrowed({"apps/set.yaml": made})
    assert [rule for rule, _, _ in found] == ["boundaries/project-destination"] * wanted


def test_an_application_that_loses_its_project() -> None:
    """Its schema says so; there is no project that it moves to."""
    one, none = application(), application().replace('"project": "team-a", ', "")
    assert rules(run(base={"a.yaml": none}, head={"a.yaml": one}).change) == ["boundaries/project-change"]
    assert rules(run(base={"a.yaml": one}, head={"a.yaml": none}).change) == []


def test_a_chart_belongs_to_the_team_whose_values_it_takes() -> None:
    role = thing("ClusterRole", f"{_RBAC}/v1")
    for path, values, told in (
        ("charts/service", ("apps/cart/values-prod.yaml",), ["boundaries/platform-kind"]),
        ("charts/service", ("clusters/prod/values.yaml",), []),
        ("charts/service", (), []),
        ("platform/charts/service", ("apps/cart/values-prod.yaml",), []),
    ):
        seen = evidence(Made("", role, path=path))
        seen = replace(seen, units=tuple(replace(unit, last_values=values) for unit in seen.units))
        assert rules(new(Boundaries().run(seen))) == told


def test_a_project_that_the_template_of_a_set_fills_in() -> None:
    """Which project holds, and where objects go, only the Application says that the set makes."""
    template = {"spec": {"project": "team-{{path[1]}}", "destination": {"server": HERE, "namespace": "{{path[1]}}"}}}
    files: dict[str, str | bytes] = {
        "argocd/apps.yaml": thing("ApplicationSet", ARGO, "shops", spec={"template": template}),
        "argocd/project.yaml": project(sourceRepos=["*"], destinations=[dest("team-a", HERE)]),
    }
    made = replace(deployed(thing("Pod", namespace="team-b"), thing("ClusterRole", f"{_RBAC}/v1")),
                   generated=application().removesuffix("\n---\n"))  # fmt: skip
    said = new(run(made, base=files, head=files))
    assert rules(said) == ["boundaries/project-namespace", "boundaries/project-kind"]
    assert not new(run(replace(made, base=made.head), base=files, head=files)), "what was there before is not new"
    closed = files | {"argocd/project.yaml": project(sourceRepos=["https://x"], destinations=[dest("team-a", HERE)])}
    said = new(run(replace(made, base=made.head), base=files, head=closed))
    assert [(s.rule, s.file, s.line) for s in said] == [("boundaries/project-source", "argocd/apps.yaml", 1)]


def test_an_application_outside_of_argo_cds_namespace() -> None:
    files: dict[str, str | bytes] = {"p.yaml": project(**OPEN, sourceNamespaces=["team-b"])}
    said = run(base=files, head=files | {"a.yaml": application(namespace="team-a")})
    assert rules(new(said)) == ["boundaries/project-application"]


@pytest.mark.parametrize(
    ("spec", "wanted"),
    [
        (OPEN, []),
        ({"sourceRepos": [], "destinations": OPEN["destinations"]}, ["boundaries/project-empty"]),
        ({"sourceRepos": ["*"]}, ["boundaries/project-empty"]),
        ({"sourceRepos": ["https://["], "destinations": OPEN["destinations"]},
         ["boundaries/project-empty", "boundaries/project-pattern"]),
        ({"sourceRepos": ["*"], "destinations": [dest("*", HERE), dest("[a", HERE)]}, ["boundaries/project-pattern"]),
        ({"sourceRepos": {}, "destinations": "x"}, ["boundaries/project-empty"]),
    ],
)  # fmt: skip
def test_a_project_that_matches_nothing(spec: dict[str, Any], wanted: list[str]) -> None:
    assert rules(new(run(head={"p.yaml": project(**spec)}))) == wanted


@pytest.mark.parametrize(
    ("old", "added", "opens"),
    [
        ({}, {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, True),
        ({"sourceRepos": ["a"]}, {"sourceRepos": ["a", "b"]}, True),
        ({"sourceRepos": ["a", "b"]}, {"sourceRepos": ["a"]}, False),
        ({"namespaceResourceBlacklist": [{"group": "", "kind": "Pod"}]}, {"namespaceResourceBlacklist": []}, True),
        ({"namespaceResourceWhitelist": []}, {"namespaceResourceWhitelist": None}, True),
        ({}, {"description": "x"}, False),
        ({}, {"sourceRepos": ["https://forge.example/team-a/*"]}, False),  # narrower than OPEN's star
        (
            {"destinations": [*OPEN["destinations"], dest("!kube-system", "*")]},
            {"destinations": OPEN["destinations"]},
            True,
        ),
        ({"destinations": [dest("!kube-system", "*")]}, {"destinations": [dest("team-a", "*")]}, False),
    ],
)
def test_a_project_that_opens(old: dict[str, Any], added: dict[str, Any], opens: bool) -> None:
    said = run(base={"p.yaml": project(**{**OPEN, **old})}, head={"p.yaml": project(**{**OPEN, **old, **added})})
    assert ("boundaries/project-opens" in rules(said.change)) is opens


@pytest.mark.parametrize(
    ("old", "more", "words", "row"),
    [
        ({"sourceRepos": ["a"]}, {"sourceRepos": ["a", "b"]}, "`sourceRepos` gains `b`", "- b"),
        (
            {"destinations": [dest("a", "https://x")]}, {"destinations": [dest("a", "https://x"), dest("risk", "https://x")]},
            "`destinations` gains `risk on https://x`", "namespace: risk",
        ),
        (
            {"namespaceResourceWhitelist": [{"group": "apps", "kind": "Deployment"}]},
            {"namespaceResourceWhitelist": [{"group": "apps", "kind": "Deployment"}, {"group": "batch", "kind": "CronJob"}]},
            "`namespaceResourceWhitelist` gains `CronJob.batch`", "kind: CronJob",
        ),
        (
            {"namespaceResourceBlacklist": [{"group": "", "kind": "Pod"}, {"group": "", "kind": "Secret"}]},
            {"namespaceResourceBlacklist": [{"group": "", "kind": "Secret"}]},
            "`namespaceResourceBlacklist` loses `Pod`", "kind: Secret",
        ),
    ],
)  # fmt: skip
def test_what_a_project_permits_anew_is_named_where_it_stands(
    old: dict[str, Any], more: dict[str, Any], words: str, row: str
) -> None:
    head = as_yaml(project(**{**OPEN, **old, **more}))
    said = run(base={"p.yaml": project(**{**OPEN, **old})}, head={"p.yaml": head}).change
    (found,) = [each for each in said if each.rule == "boundaries/project-opens"]
    assert words in found.message
    assert row in head.splitlines()[found.line - 1]


def test_what_a_project_refuses_stands_on_the_line_that_says_it() -> None:
    closed = project(sourceRepos=["https://forge.example/shop"], destinations=[dest("shop", "*")])
    source = {"repoURL": "https://forge.example/other", "path": "a"}
    one = as_yaml(application(source=source, destination={"server": HERE, "namespace": "kube-system"}))
    lines = {
        each.rule: one.splitlines()[each.line - 1].strip() for each in new(run(head={"p.yaml": closed, "a.yaml": one}))
    }
    assert lines["boundaries/project-source"] == "repoURL: https://forge.example/other"
    assert lines["boundaries/project-destination"] == "namespace: kube-system"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [("a[", "it permits nothing"), ("!a[", "it denies nothing, and as a denial it permits everything")],
)
def test_a_pattern_that_nobody_can_read(pattern: str, words: str) -> None:
    said = new(run(head={"p.yaml": project(**{**OPEN, "sourceRepos": ["*", pattern]})}))
    assert [words in each.message for each in said if each.rule == "boundaries/project-pattern"] == [True]


def test_a_new_project_that_permits_everything() -> None:
    def opens(**spec: Any) -> bool:
        return "boundaries/project-opens" in rules(run(head={"p.yaml": project(**spec)}).change)

    kinds = {"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}
    assert opens(**OPEN, **kinds)
    assert not opens(**OPEN)
    assert not opens(**OPEN, clusterResourceWhitelist=[{"group": "*", "kind": "Namespace"}])
    assert not opens(sourceRepos=["*"], destinations=[dest("team-a", "*")], **kinds)


def test_an_application_that_changes_its_project() -> None:
    said = run(base={"a.yaml": application()}, head={"a.yaml": application(project="platform")})
    assert rules(said.change) == ["boundaries/project-change"]


# -- Flux


def lost(base: dict[str, str], head: dict[str, str], *made: Made) -> list[tuple[Severity, str, int]]:
    """What is said of applications whose project is not there, with the line of each."""
    said = new(run(*made, base=dict(base), head=dict(head)))
    return [(s.severity, s.file, s.line) for s in said if s.rule == "boundaries/project-missing"]


def test_a_project_that_goes_while_an_application_names_it() -> None:
    apps = {"argocd/apps.yaml": application("other", project="team-b") + application()}
    base, head = {**apps, "argocd/p.yaml": project(**OPEN)}, dict(apps)
    assert lost(base, head) == [(Severity.ERROR, "argocd/apps.yaml", 3)]  # the file is none of the change's
    sets = {"spec": {"template": {"spec": {"project": "team-a"}}, "generators": []}}
    of_set = {
        "sets.json": json.dumps({"apiVersion": ARGO, "kind": "ApplicationSet", "metadata": {"name": "s"}, **sets})
    }
    assert lost({**base, **of_set}, {**of_set}) == [(Severity.ERROR, "sets.json", 1)]


def test_a_project_that_moves_or_has_no_applications_is_not_missed() -> None:
    apps = {"argocd/apps.yaml": application()}
    base = {**apps, "argocd/p.yaml": project(**OPEN)}
    assert lost(base, {**apps, "projects/p.yaml": project(**OPEN)}) == []
    rendered = Made("", project(**OPEN), path="projects")
    assert lost(base, apps, rendered) == []
    assert lost(base, {}) == []
    assert lost(base, {"argocd/apps.yaml": application(project="default")}) == []
    assert lost({**apps, "p.yaml": project("default")}, {"argocd/apps.yaml": application(project="default")}) == []


@pytest.mark.parametrize("named", [["team-a"], {"a": "team-a"}, 3, None, "{{ team-a }}"])
def test_an_application_whose_project_is_no_name_misses_none(named: object) -> None:
    apps = {"argocd/apps.yaml": application(project=named)}
    assert lost({**apps, "argocd/p.yaml": project(**OPEN)}, apps) == []


def test_projects_of_a_unit_that_is_broken_are_not_gone() -> None:
    made = Made(project(**OPEN), None, path="projects")
    broken = replace(made.unit(), state=UnitState.BROKEN)
    apps = {"argocd/apps.yaml": application()}
    given = replace(evidence(base=apps, head=apps), units=(broken,))
    assert "boundaries/project-missing" not in rules(Boundaries().run(given).change)
    assert "boundaries/project-missing" in rules(Boundaries().run(replace(given, units=(made.unit(),))).change)


def test_an_application_that_turns_to_a_project_that_is_nowhere() -> None:
    def said(before: str, after: str) -> list[tuple[Severity, str, int]]:
        files = {"argocd/p.yaml": project(**OPEN) + project("team-b", **OPEN)}
        base, head = ({**files, "argocd/apps.yaml": application(project=name)} for name in (before, after))
        return lost(base, head)

    assert said("team-a", "nope") == [(Severity.ERROR, "argocd/apps.yaml", 1)]
    assert said("team-a", "team-b") == said("team-a", "default") == said("team-a", "{{ project }}") == []
    assert said("elsewhere", "nope") == []  # projects come from elsewhere
    assert said("default", "nope") == []


def test_a_new_application_of_a_project_that_is_nowhere() -> None:
    def said(project_of_new: str, beside: str) -> list[tuple[Severity, str, int]]:
        files = {"argocd/p.yaml": project(**OPEN), "argocd/a.yaml": application("old", project=beside)}
        return lost(files, {**files, "argocd/b.yaml": application(project=project_of_new)})

    assert said("nope", "team-a") == [(Severity.WARNING, "argocd/b.yaml", 1)]
    assert said("nope", "elsewhere") == said("team-a", "team-a") == said("default", "team-a") == []
    assert said("nope", "nope") == []  # it is known to whoever applied the other one


def flux(kind: str = "Kustomization", **spec: Any) -> str:
    group = "kustomize.toolkit.fluxcd.io/v1" if kind == "Kustomization" else "helm.toolkit.fluxcd.io/v2"
    return thing(kind, group, "shop", "team-a", spec=spec)


def test_every_admission_policy_is_the_platform_s() -> None:
    version = "admissionregistration.k8s.io/v1"
    for kind in ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "ValidatingAdmissionPolicy"):
        assert rules(run(Made("", thing(kind, version), path="apps/shop")).head) == ["boundaries/platform-kind"]
        assert rules(run(Made("", thing(kind, version), path="platform/guard")).head) == []


def of_flux(base: str, head: str, path: str = "tenants/a") -> list[str]:
    return rules(new(run(base={f"{path}/x.yaml": base}, head={f"{path}/x.yaml": head})))


def test_a_source_of_yet_another_namespace_is_another_problem() -> None:
    def taken(namespace: str, name: str = "r") -> str:
        return flux(serviceAccountName="a", sourceRef={"name": name, "namespace": namespace})

    assert of_flux(taken("flux-system"), taken("team-b")) == ["boundaries/flux-cross-namespace"]
    assert of_flux(taken("flux-system"), taken("flux-system", "other")) == []


def test_a_new_tenant_that_applies_into_another_namespace() -> None:
    into = {name: flux(serviceAccountName="a", targetNamespace=name) for name in ("kube-system", "team-a")}
    assert of_flux("", into["kube-system"]) == ["boundaries/flux-identity"]
    assert of_flux("", into["team-a"]) == of_flux(into["kube-system"], into["kube-system"]) == []
    assert of_flux("", into["kube-system"], "infrastructure/a") == []


@pytest.mark.parametrize(
    ("old", "new_level", "told"),
    [
        ("restricted", "privileged", True), ("restricted", "baseline", True), ("baseline", None, True),
        ("privileged", "restricted", False), ("restricted", "restricted", False), (None, "privileged", False),
        ("restricted", "${LEVEL}", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("configured", [False, True])
def test_pod_security_that_is_loosened_anywhere(
    old: str | None, new_level: str | None, *, told: bool, configured: bool
) -> None:
    def namespace(level: str | None, kind: str = "Namespace", version: str = "v1") -> str:
        labels = {"a": "b"} | ({"pod-security.kubernetes.io/enforce": level} if level else {})
        return thing(kind, version, metadata={"name": "x", "labels": labels})

    def found(before: str, after: str) -> list[str]:
        rule = (BoundaryRule(paths=("platform/**",)),) if configured else ()
        return rules(run(Made(before, after, path="platform/ns"), rule=rule).change)

    assert found(namespace(old), namespace(new_level)) == (["boundaries/pod-security"] if told else [])
    other = ("Namespace", "shop.example/v1")
    assert found(namespace(old, *other), namespace(new_level, *other)) == []


@pytest.mark.parametrize(
    ("path", "text", "wanted"),
    [
        ("tenants/a", flux(serviceAccountName="a", sourceRef={"name": "r"}), []),
        ("tenants/a", flux(serviceAccountName="a", sourceRef={"name": "r", "namespace": "team-a"}), []),
        ("tenants/a", flux(serviceAccountName="a", sourceRef={"name": "r", "namespace": "b"}), ["flux-cross-namespace"]),
        ("tenants/a", flux("HelmRelease", serviceAccountName="a", chart={"spec": {"sourceRef": {"namespace": "b"}}}),
         ["flux-cross-namespace"]),
        ("tenants/a", flux(), ["flux-controller-rights"]),
        ("infrastructure/a", flux(), []),
        ("tenants/a", flux(kubeConfig={"secretRef": {"name": "x"}}), []),
        ("tenants/a", thing("Kustomization", "kustomize.config.k8s.io/v1"), []),
        ("infrastructure/a", flux(sourceRef=3, chart=[4], chartRef={"namespace": 5}), []),
    ],
)  # fmt: skip
def test_flux(path: str, text: str, wanted: list[str]) -> None:
    assert rules(new(run(Made("", text, path=path)))) == [f"boundaries/{w}" for w in wanted]


def test_what_gets_its_namespace_from_a_kustomization_is_told_once() -> None:
    written = thing("Kustomization", "kustomize.toolkit.fluxcd.io/v1", "shop", spec={})
    (found,) = new(run(Made("", flux(), path="tenants/a"), base={}, head={"tenants/a/base/shop.yaml": written}))
    assert (found.rule, found.unit) == ("boundaries/flux-controller-rights", "tenants/a")


def test_flux_is_loud_only_where_tenants_share_a_cluster() -> None:
    assert [s.severity for s in run(Made("", flux(), path="tenants/a")).head] == [Severity.WARNING]
    assert [s.severity for s in run(Made("", flux(), path="apps/a")).head] == [Severity.INFO]


@pytest.mark.parametrize("key", ["serviceAccountName", "targetNamespace", "kubeConfig"])
def test_flux_acts_as_somebody_else(key: str) -> None:
    said = run(Made(flux(**{key: "a"}), flux(), path="clusters/x"))
    assert rules(said.change) == ["boundaries/flux-identity"]
    assert not run(Made(flux(**{key: "a"}), flux(**{key: "a"}), path="clusters/x")).change


# -- teams


@pytest.mark.parametrize(
    ("path", "team", "tenant"),
    [
        ("apps/shop/overlays/production", True, False), ("clusters/prod/tenants/a", True, True), ("clusters/prod",
         False, False),
        ("infrastructure/apps", True, False), ("apps/infrastructure", False, False), ("src/shop", False, False), ("",
         False, False),
        ("teams/a", True, True), ("Apps/x", True, False), ("applications/pipeline/upstream", False, False),
    ],
)  # fmt: skip
def test_whose_path(path: str, team: bool, tenant: bool) -> None:
    assert (is_of_team(path), is_of_tenant(path)) == (team, tenant)


_PLATFORM = thing("ClusterRole", f"{_RBAC}/v1") + thing("CustomResourceDefinition", "apiextensions.k8s.io/v1")


def test_kinds_of_the_platform() -> None:
    assert rules(new(run(Made("", _PLATFORM)))) == ["boundaries/platform-kind"] * 2
    assert not new(run(Made("", _PLATFORM, path="infrastructure/x")))
    assert not new(run(Made(_PLATFORM, _PLATFORM)))
    assert not new(run(Made("", thing("Role", f"{_RBAC}/v1") + thing("Deployment", "apps/v1"))))


def test_ways_into_the_cloud() -> None:
    def account(role: str) -> str:
        return thing("ServiceAccount", metadata={"name": "x", "annotations": {"eks.amazonaws.com/role-arn": role}})

    assert rules(run(Made(account("a"), account("b"))).change) == ["boundaries/cloud-identity"]
    assert not run(Made(account("a"), account("a"))).change
    internal = {"name": "x", "annotations": {"service.beta.kubernetes.io/aws-load-balancer-internal": "true"}}
    assert rules(run(Made("", thing("Service", metadata=internal))).change) == ["boundaries/load-balancer"]
    labels = {"name": "x", "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}
    assert rules(run(Made(thing("Namespace"), thing("Namespace", metadata=labels))).change) == [
        "boundaries/pod-security"
    ]
    assert not run(Made("", thing("Namespace", metadata={"name": "x", "annotations": 3, "labels": []}))).change


@pytest.mark.parametrize(
    ("old", "after", "told"),
    [
        (None, "restricted", ""), (None, "baseline", ""), (None, "privileged", "new namespace"), (None, "", ""),
        ("", "restricted", ""), ("baseline", "restricted", ""), ("restricted", "baseline", "no longer to"),
        ("restricted", "", "no longer to"), ("restricted", "restricted", ""), ("", "privileged", "labels"),
    ],
)  # fmt: skip
def test_pod_security_of_a_team_s_namespace(old: str | None, after: str, told: str) -> None:
    """What enforces more, and what is new and enforces anything, needs nobody's look."""

    def namespace(level: str) -> str:
        labels = {"pod-security.kubernetes.io/enforce": level} if level else {}
        return thing("Namespace", metadata={"name": "x", "labels": labels})

    found = run(Made("" if old is None else namespace(old), namespace(after))).change
    assert [told in s.message for s in found] == ([True] if told else [])


def test_a_label_that_is_gone_has_the_line_where_it_stood() -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n"
    labels = "  labels:\n    pod-security.kubernetes.io/enforce: restricted\n"
    before: dict[str, str | bytes] = {"apps/shop/ns.yaml": text + labels}
    after: dict[str, str | bytes] = {"apps/shop/ns.yaml": text}
    (found,) = run(Made(text + labels, text), base=before, head=after).change
    assert (found.file, found.line) == ("apps/shop/ns.yaml", 4)


def _ruled(*objects: str, unit: Made | None = None, **rule: Any) -> list[str]:
    made = unit or Made("", "".join(objects))
    return rules(new(run(made, rule=(BoundaryRule(("apps/**",), **rule),))))


def test_configured_kinds() -> None:
    assert _ruled(thing("Deployment", "apps/v1"), kinds=("Deployment", "Service")) == []
    assert _ruled(thing("Deployment", "apps/v1"), kinds=("Service",)) == ["boundaries/team-kind"]
    assert _ruled(thing("Deployment", "apps/v1"), kinds=("*.apps",)) == []
    assert _ruled(thing("ClusterRole", f"{_RBAC}/v1"), deny_kinds=("Cluster*",)) == ["boundaries/team-kind"]
    assert _ruled(thing("ClusterRole", f"{_RBAC}/v1")) == []  # the rule says that this path may


def test_configured_namespaces() -> None:
    assert _ruled(thing("Pod", namespace="team-a"), thing("Pod"), namespaces=("team-*",)) == []
    assert _ruled(thing("Pod", namespace="kube-system"), namespaces=("team-*",)) == ["boundaries/team-namespace"]
    assert _ruled(thing("Namespace", name="kube-system"), namespaces=("team-*",)) == ["boundaries/team-namespace"]
    assert _ruled(thing("ClusterRole", f"{_RBAC}/v1"), namespaces=("team-*",)) == []
    chart = Made("", thing("Pod"), parts=(HelmRender("chart", "shop", namespace="other"),))
    assert _ruled(unit=chart, namespaces=("team-*",)) == ["boundaries/team-namespace"]


def test_configured_namespaces_hold_for_where_an_application_deploys() -> None:
    def said(*objects: str, **destination: str) -> list[tuple[str, str]]:
        declared = application(destination={"server": HERE, **destination})
        unit = deployed(*objects, path="apps/shop")
        rule = BoundaryRule(("apps/**",), namespaces=("team-*",))
        found = new(run(unit, rule=(rule,), head={"argocd/apps.yaml": declared}))
        return [(s.rule, str(s.object and s.object.name)) for s in found]

    pods = thing("Pod", name="a"), thing("Pod", name="b"), thing("ClusterRole", f"{_RBAC}/v1", name="c")
    assert said(*pods, namespace="kube-system") == [("boundaries/team-namespace", "a")]
    assert said(*pods, namespace="team-a") == said(*pods, namespace="{{team}}") == said(*pods) == []
    assert said(thing("Pod", name="a", namespace="team-a"), namespace="kube-system") == []


def test_the_first_rule_that_holds_counts() -> None:
    first, second = BoundaryRule(("apps/shop/**",)), BoundaryRule(("apps/**",), deny_kinds=("Pod",))
    assert not new(run(Made("", thing("Pod")), rule=(first, second)))
    assert rules(new(run(Made("", thing("Pod")), rule=(second, first)))) == ["boundaries/team-kind"]


# -- hostile


_ANY = st.recursive(
    st.none() | st.integers() | st.text("a*!{[/é", max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("spec", max_size=3), inner, max_size=3),
)
_KEYS = st.sampled_from(
    ["project", "source", "sources", "destination", "sourceRepos", "destinations", "clusterResourceWhitelist", "template",
     "namespaceResourceBlacklist", "sourceNamespaces", "sourceRef", "chart", "serviceAccountName"]
)  # fmt: skip


@given(st.dictionaries(_KEYS, _ANY) | _ANY, st.sampled_from(["Application", "AppProject", "ApplicationSet"]))
def test_any_shape_can_be_judged(spec: object, kind: str) -> None:
    text = thing(kind, ARGO, "shop", "argocd", spec=spec) + thing("Pod")
    run(deployed(text), base={"argocd/apps.yaml": text}, head={"argocd/apps.yaml": text + project(**OPEN)})


@pytest.mark.parametrize(
    "text", ["{{ template }}", "a: [", "\x00", "- 1\n- 2", "apiVersion: argoproj.io/v1\nkind: AppProject"]
)
def test_odd_files(text: str) -> None:
    run(deployed(), head={"argocd/apps.yaml": text + "\n# argoproj.io"})


def test_files_of_the_test_are_a_snapshot() -> None:
    assert [e.path for e in Files({"a/b": "1", "c": "2"}).walk("")] == ["a/b", "c"]


@pytest.mark.parametrize(
    ("old", "now", "words"),
    [
        ({}, {"warn": "restricted"}, ""), ({"warn": "baseline"}, {"warn": "restricted", "audit": "baseline"}, ""),
        ({"warn": "restricted"}, {"warn": "baseline"}, "ask for less"), ({"audit": "restricted"}, {}, "ask for less"),
        ({}, {"enforce-version": "v1.30"}, "may do to their node"),
    ],
)  # fmt: skip
def test_labels_of_pod_security_that_only_warn(old: dict[str, str], now: dict[str, str], words: str) -> None:
    def namespace(labels: dict[str, str]) -> str:
        written = {
            f"pod-security.kubernetes.io/{key}": value for key, value in ({"enforce": "baseline"} | labels).items()
        }
        return thing("Namespace", metadata={"name": "x", "labels": written})

    said = run(Made(namespace(old), namespace(now))).change
    assert [words in each.message for each in said if each.rule == "boundaries/pod-security"] == (
        [True] if words else []
    )
