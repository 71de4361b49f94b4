"""ApplicationSets become one declaration for each Application they generate."""

from __future__ import annotations

from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.declarations import read_declared
from bot.affected.sources import Declared
from bot.affected.template import fill, flat
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, PlainRender

FILES = {
    "apps/one/kustomization.yaml": "resources: []\n",
    "apps/two_2/kustomization.yaml": "resources: []\n",
    "apps/skip/kustomization.yaml": "resources: []\n",
    "env/dev/config.yaml": "cluster: {name: dev, port: 8080}\n",
    "env/prod/config.json": '[{"cluster": {"name": "prod", "port": 1}}]',
    "chart/Chart.yaml": "name: c\n",
}


def application_set(
    generators: list[dict[str, Any]], path: str = "apps/one", name: str = "x", **spec: Any
) -> dict[str, Any]:
    template = {
        "metadata": {"name": name},
        "spec": {"source": {"repoURL": HERE, "path": path}, "destination": {"namespace": "ns", "name": "in-cluster"}},
    }
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "set", "namespace": "argocd"},
        "spec": {"generators": generators, "template": template} | spec,
    }


def read(obj: dict[str, Any], files: dict[str, str] | None = None) -> list[Declared]:
    return read_declared(obj, FakeLookup(FILES | (files or {})))


def names(declared: list[Declared]) -> list[tuple[str, str]]:
    return [(one.id.name, one.paths[0] if one.paths else "") for one in declared]


def reason(declared: list[Declared]) -> str:
    (part,) = declared[-1].parts
    assert isinstance(part, CannotRender)
    return part.reason


ONE = {"list": {"elements": [{"a": "x"}]}}
OTHER = {"list": {"elements": [{"b": "y"}]}}
PICKY = {"selector": {"matchLabels": {"env": "prod"}}}
DIRECTORIES = {"git": {"repoURL": HERE, "directories": [{"path": "apps/*"}, {"path": "apps/skip", "exclude": True}]}}


def test_list_with_placeholders() -> None:
    generators = [
        {"list": {"elements": [{"app": "one", "values": {"env": "dev"}}, {"app": "skip", "values": {"env": "p"}}]}}
    ]
    obj = application_set(generators, path="apps/{{app}}", name="{{ app }}-{{values.env}}")
    obj["spec"]["template"]["spec"]["project"] = "{{nope}}"
    declared = read(obj)
    assert names(declared) == [("one-dev", "apps/one"), ("skip-p", "apps/skip")]
    assert [d.parts for d in declared] == [(KustomizeRender(path="apps/one"),), (KustomizeRender(path="apps/skip"),)]
    assert '"project": "{{nope}}"' in declared[0].generated
    assert declared[0].id.kind == "Application"
    assert declared[0].id.namespace == "argocd"


def test_git_directories_with_placeholders() -> None:
    declared = read(application_set([DIRECTORIES], path="{{path}}", name="{{path.basenameNormalized}}-{{path[0]}}"))
    assert names(declared) == [("one-apps", "apps/one"), ("two-2-apps", "apps/two_2")]
    assert declared[0].depends_globs == ("apps/*", "apps/skip")


def test_git_directories_with_go_templates() -> None:
    obj = application_set(
        [DIRECTORIES],
        path="{{.path.path}}",
        name='{{ index .path.segments 0 }}-{{ .path.basename | replace "_" "-" }}',
        goTemplate=True,
        goTemplateOptions=["missingkey=error"],
    )
    assert names(read(obj)) == [("apps-one", "apps/one"), ("apps-two-2", "apps/two_2")]


def test_git_files() -> None:
    generators = [
        {"git": {"repoURL": HERE, "files": [{"path": "env/**/config.*"}], "values": {"v": "{{path.filename}}"}}}
    ]
    declared = read(application_set(generators, path="{{path}}", name="{{cluster.name}}-{{cluster.port}}-{{values.v}}"))
    assert names(declared) == [("dev-8080-config.yaml", "env/dev"), ("prod-1-config.json", "env/prod")]
    assert "env/dev/config.yaml" in declared[0].depends_files
    assert "env/prod/config.json" not in declared[0].depends_files
    assert isinstance(declared[0].parts[0], PlainRender)


def test_git_files_with_prefix_and_go_templates() -> None:
    git = {
        "repoURL": HERE,
        "files": [{"path": "env/dev/*.yaml"}],
        "pathParamPrefix": "p",
        "values": {"v": "{{.cluster.name}}!"},
    }
    obj = application_set([{"git": git}], name="{{.p.path.basename}}-{{.cluster.port}}-{{.values.v}}", goTemplate=True)
    assert names(read(obj)) == [("dev-8080-dev!", "apps/one")]


def test_matrix_fills_the_second_generator_from_the_first() -> None:
    second = {"list": {"elementsYaml": "{{ .cluster.list | toJson }}"}}
    first = {"list": {"elements": [{"cluster": {"name": "a", "list": [{"n": "1"}, {"n": "2"}]}}]}}
    obj = application_set(
        [{"matrix": {"generators": [first, second]}}], name="{{.cluster.name}}-{{.n}}", goTemplate=True
    )
    assert [n for n, _ in names(read(obj))] == ["a-1", "a-2"]


def test_matrix_of_git_and_list() -> None:
    stages = {"list": {"elements": [{"stage": "dev"}, {"stage": "prod"}]}}
    obj = application_set(
        [{"matrix": {"generators": [DIRECTORIES, stages]}}], path="{{path}}", name="{{path.basename}}-{{stage}}"
    )
    assert names(read(obj)) == [
        ("one-dev", "apps/one"),
        ("one-prod", "apps/one"),
        ("two_2-dev", "apps/two_2"),
        ("two_2-prod", "apps/two_2"),
    ]


def test_selectors_count_at_every_depth() -> None:
    stages = {
        "list": {"elements": [{"stage": "dev"}, {"stage": "prod"}]},
        "selector": {"matchLabels": {"stage": "dev"}},
    }
    inner = {"matrix": {"generators": [DIRECTORIES, stages]}}
    regions = {"list": {"elements": [{"region": "eu"}]}}
    declared = read(application_set([{"matrix": {"generators": [inner, regions]}}], name="{{path.basename}}-{{stage}}"))
    assert [one.id.name for one in declared] == ["one-dev", "two_2-dev"]


def test_matrix_with_conflicting_parameters() -> None:
    both = [{"list": {"elements": [{"a": "1"}]}}, {"list": {"elements": [{"a": "2"}]}}]
    assert "both generators give a" in reason(read(application_set([{"matrix": {"generators": both}}])))


def test_merge_overrides_by_key() -> None:
    base = {"list": {"elements": [{"env": "dev", "path": "apps/one"}, {"env": "prod", "path": "apps/one"}]}}
    over = {"list": {"elements": [{"env": "prod", "path": "apps/two_2"}, {"env": "none", "path": "x"}]}}
    merge = {"merge": {"mergeKeys": ["env"], "generators": [base, over]}}
    declared = read(application_set([merge], path="{{path}}", name="{{env}}"))
    assert names(declared) == [("dev", "apps/one"), ("prod", "apps/two_2")]


def test_selector_keeps_what_matches() -> None:
    elements = [{"env": "dev"}, {"env": "prod"}, {"env": "qa"}]
    selector = {"matchExpressions": [{"key": "env", "operator": "In", "values": ["dev", "qa"]}]}
    obj = application_set([{"list": {"elements": elements}, "selector": selector}], name="{{env}}")
    assert [n for n, _ in names(read(obj))] == ["dev", "qa"]
    labels = {"list": {"elements": elements}, "selector": {"matchLabels": {"env": "prod"}}}
    assert [n for n, _ in names(read(application_set([labels], name="{{env}}")))] == ["prod"]


def test_template_of_the_generator_wins() -> None:
    own = {"metadata": {"name": "own-{{n}}"}, "spec": {"source": {"path": "apps/two_2"}}}
    obj = application_set([{"list": {"elements": [{"n": "1"}], "template": own}}])
    assert names(read(obj)) == [("own-1", "apps/two_2")]


def test_template_patch() -> None:
    patch = "{{- if .chart }}\nspec: {source: {path: chart, helm: {valueFiles: ['{{ .chart }}.yaml']}}}\n{{- end }}\n"
    elements = [{"n": "1", "chart": ""}, {"n": "2", "chart": "v"}]
    obj = application_set([{"list": {"elements": elements}}], name="{{.n}}", goTemplate=True, templatePatch=patch)
    one, two = read(obj)
    assert one.parts == (KustomizeRender(path="apps/one"),)
    assert two.parts == (HelmRender(chart="chart", release="2", namespace="ns", value_files=("chart/v.yaml",)),)


@pytest.mark.parametrize(
    ("generator", "words"),
    [
        ({"clusters": PICKY}, "the clusters registered in Argo CD"),
        ({"pullRequest": {"github": {}}}, "open pull requests"),
        ({"scmProvider": {}}, "the repositories of a forge"),
        ({"plugin": {}}, "what a plugin answers"),
        ({"clusterDecisionResource": {}}, "a resource in the cluster"),
        ({"novel": {}}, "names the generator novel, which Argo CD does not have: there are cluster"),
        ({"cluster": {}}, "which Argo CD does not have: is clusters meant?"),
        ({}, "names no generator"),
        ({"matrix": {"generators": [{"clusters": PICKY}, DIRECTORIES]}}, "the clusters registered"),
        ({"matrix": {"generators": [{"list": {}}]}}, "takes two generators, not 1"),
        ({"matrix": {"generators": [ONE, OTHER, {"list": {"elements": [{"c": "z"}]}}]}}, "takes two generators, not 3"),
        ({"matrix": {"generators": [ONE | DIRECTORIES, OTHER]}}, "generators[0] names list and git, of which one"),
        ({"merge": {"mergeKeys": ["a"], "generators": [ONE, ONE | DIRECTORIES]}}, "generators[1] names list and git"),
        ({"git": {"repoURL": "https://other.example", "directories": [{"path": "*"}]}}, "which is not this repository"),
        ({"git": {"repoURL": HERE}}, "neither directories nor files"),
        ({"list": {"elements": [{"a": 1}]}}, "elements[0].a is a number"),
        ({"list": {"elementsYaml": "a: ["}}, "elementsYaml"),
        ({"list": "x"}, "list is text, but must be a mapping"),
    ],
)
def test_what_cannot_be_known_is_said(generator: dict[str, Any], words: str) -> None:
    declared = read(application_set([generator]))
    assert words in reason(declared)
    assert declared[-1].id.kind == "ApplicationSet"


def test_paths_of_unknown_generators_are_still_mapped() -> None:
    (declared,) = read(application_set([{"clusters": PICKY}], path="apps/{{name}}/x"))
    assert declared.paths == ("apps",)
    assert declared.depends_trees == ("apps",)


def test_known_generators_stand_beside_unknown_ones() -> None:
    declared = read(application_set([{"list": {"elements": [{"n": "1"}]}}, {"clusters": PICKY}], name="a{{n}}"))
    assert [one.id.name for one in declared] == ["a1", "set"]


def test_template_error_quotes_template_and_function() -> None:
    obj = application_set([{"list": {"elements": [{"n": "1"}]}}], name="{{ shuffle .n }}", goTemplate=True)
    assert "'{{ shuffle .n }}' cannot be filled: the function shuffle is not known here" in reason(read(obj))


def test_a_parameter_is_no_function() -> None:
    """Of any generator: Go reads the template before it knows the parameters."""
    for generator in (DIRECTORIES, {"clusters": PICKY}):
        found = read(application_set([generator], name="a-{{path.basename}}", goTemplate=True))
        assert any(isinstance(part, CannotRender) and part.wrong for part in found[-1].parts)
        assert "there is no function path" in str(found[-1].parts[0])


def test_missing_key_is_an_error_when_the_set_says_so() -> None:
    obj = application_set([{"list": {"elements": [{"n": "1"}]}}], name="{{ .m }}", goTemplate=True)
    assert [one.id.name for one in read(obj)] == ["<no value>"]
    obj["spec"]["goTemplateOptions"] = ["missingkey=error"]
    assert "no entry for key 'm'" in reason(read(obj))


def test_malformed_application_names_the_set() -> None:
    obj = application_set([{"list": {"elements": [{"n": "1"}]}}])
    obj["spec"]["template"]["spec"]["source"] = []
    assert "generated by ApplicationSet argocd/set" in reason(read(obj))


def test_too_many_applications() -> None:
    many = {"list": {"elements": [{f"a{n}": "1"} for n in range(100)]}}
    other = {"list": {"elements": [{f"b{n}": "1"} for n in range(100)]}}
    assert "more than 5000" in reason(read(application_set([{"matrix": {"generators": [many, other]}}])))


def test_old_placeholders() -> None:
    assert fill("{{ a }}-{{b}}-{{ }}", {"a": "1", "b": 2}) == "1-{{b}}-{{ }}"
    assert fill("{{a", {"a": "1"}) == "{{a"
    assert flat({"a": {"b": [1.0, None]}, "c": True}) == {"a.b.0": "1", "a.b.1": "<nil>", "c": "true"}


def test_parameters_may_name_the_environment() -> None:
    elements = [{"cluster": "engineering-prod", "url": "https://1.2.3.4", "env": "qa"}]
    (one,) = read(application_set([{"list": {"elements": elements}}], name="{{cluster}}-guestbook"))
    assert one.more_hints == ("qa", "engineering-prod")


@pytest.mark.parametrize(
    ("element", "told"),
    [
        ({"env": "test"}, "test"), ({"Environment": "acc"}, "acc"), ({"values": {"stage": "prod"}}, "prod"),
        ({"env": "blue"}, ""), ({"tier": "test"}, ""), ({"cluster": "test"}, ""),
    ],
)  # fmt: skip
def test_a_parameter_called_so_says_the_environment(element: dict[str, Any], told: str) -> None:
    (one,) = read(application_set([{"list": {"elements": [element]}}], name="guestbook"))
    assert one.environment_hint == told
