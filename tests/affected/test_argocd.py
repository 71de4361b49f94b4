"""Argo CD Applications become render specs, with everything that can change the result."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.argocd_kustomize import parse_image
from bot.affected.declarations import is_declaration, read_declared
from bot.affected.globs import matches_argocd_directory_glob
from bot.affected.sources import Declared
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, ObjectId, Overlay, PlainRender, Render

FILES = {
    "k/kustomization.yaml": "resources: [a.yaml]\n",
    "k/a.yaml": "kind: A\n",
    "chart/Chart.yaml": "name: c\n",
    "chart/values-a.yaml": "a: 1\n",
    "env/prod/b.yaml": "b: 1\n",
    "env/prod/c.yaml": "c: 1\n",
    "plain/a.yaml": "kind: A\n",
    "plain/sub/b.yaml": "kind: B\n",
    "jsonnet/main.jsonnet": "{}",
    "both/Chart.yaml": "name: both\n",
    "both/kustomization.yaml": "resources: []\n",
}


def app(source: dict[str, Any] | list[dict[str, Any]], **spec: Any) -> dict[str, Any]:
    key = "sources" if isinstance(source, list) else "source"
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {key: source, "destination": {"namespace": "shop", "name": "prod-eu"}, **spec},
    }


def read(source: dict[str, Any] | list[dict[str, Any]], files: dict[str, str] | None = None, **spec: Any) -> Declared:
    found = read_declared(app(source, **spec), FakeLookup(FILES | (files or {})))
    assert len(found) == 1
    return found[0]


def part(source: dict[str, Any], files: dict[str, str] | None = None) -> Render:
    (only,) = read({"repoURL": HERE, **source}, files).parts
    return only


def reason(source: dict[str, Any], files: dict[str, str] | None = None) -> str:
    only = part(source, files)
    assert isinstance(only, CannotRender)
    return only.reason


def test_kustomization_is_recognised_by_its_file() -> None:
    declared = read({"repoURL": HERE + ".git", "path": "./k/"})
    assert declared.parts == (KustomizeRender(path="k"),)
    assert declared.id == ObjectId("argoproj.io/v1alpha1", "Application", "argocd", "web")
    assert declared.paths == ("k",)
    assert not declared.more_than_path
    assert (declared.namespace, declared.app_hint, declared.environment_hint) == ("shop", "web", "prod-eu")
    assert "k/.argocd-source-web.yaml" in declared.depends_files


def test_chart_is_recognised_by_its_file() -> None:
    declared = read({"repoURL": HERE, "path": "chart"})
    assert declared.parts == (HelmRender(chart="chart", release="web", namespace="shop"),)
    assert declared.depends_trees == ("chart",)


def test_kustomization_beats_chart() -> None:
    assert part({"path": "both"}) == KustomizeRender(path="both")
    assert isinstance(part({"path": "both", "helm": {}}), HelmRender)


@pytest.mark.parametrize("path", ["", "."])
def test_empty_path_is_the_root(path: str) -> None:
    assert part({"path": path, "directory": {"exclude": "*.jsonnet"}}) == PlainRender(path="", exclude="*.jsonnet")


def test_directory_options() -> None:
    declared = read({"repoURL": HERE, "path": "plain", "directory": {"recurse": True, "include": "{a,b}.yaml"}})
    assert declared.parts == (PlainRender(path="plain", recurse=True, include="{a,b}.yaml"),)
    assert declared.depends_trees == ()  # what it takes is its part; the rest of the directory is not its own
    assert declared.more_than_path


def test_jsonnet_is_not_run_unless_left_out() -> None:
    assert "jsonnet/main.jsonnet: Jsonnet is never run" in reason({"path": "jsonnet"})
    assert part({"path": "jsonnet", "directory": {"exclude": "*.jsonnet"}}) == PlainRender(
        path="jsonnet", exclude="*.jsonnet"
    )


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"repoURL": "https://charts.example", "chart": "redis", "targetRevision": "1.2.3"}, "chart redis 1.2.3 of"),
        (
            {"repoURL": "https://other.example/x", "path": "p", "targetRevision": "v1"},
            "p of https://other.example/x at v1",
        ),
        ({"path": "gone"}, "no such directory"),
        ({"path": "../up"}, "outside of the repository"),
        ({"path": "/k"}, "outside of the repository"),
        ({"path": "k", "plugin": {"name": "cue"}}, "plugin cue: plugins are never run"),
        ({"path": "k", "helm": {}, "directory": {}}, "takes only one of them"),
        ({"path": "plain", "helm": {}}, "no Chart.yaml"),
        ({"path": "chart", "helm": {"valueFiles": ["https://x.example/v.yaml"]}}, "fetched from elsewhere"),
        ({"path": "chart", "helm": {"valueFiles": ["../../v.yaml"]}}, "outside of the repository"),
    ],
)
def test_what_cannot_be_rendered_says_why(source: dict[str, Any], words: str) -> None:
    assert words in reason(source)


def test_missing_directory_is_watched() -> None:
    declared = read({"repoURL": HERE, "path": "gone"})
    assert declared.paths == ("gone",)
    assert declared.depends_trees == ("gone",)


@pytest.mark.parametrize(
    "revision", ["v1.2.3", "1.0.0-rc.1", "0a1b2c3d4e5f6a7b8c9d0a1b2c3d4e5f6a7b8c9d", "refs/tags/x"]
)
def test_pinned_revision_is_noted(revision: str) -> None:
    (note,) = read({"repoURL": HERE, "path": "k", "targetRevision": revision}).notes
    assert revision in note


@pytest.mark.parametrize("revision", ["", "HEAD", "main", "release-1", "facade"])
def test_branch_is_not_noted(revision: str) -> None:
    assert read({"repoURL": HERE, "path": "k", "targetRevision": revision}).notes == ()


def test_kustomize_options_become_an_overlay() -> None:
    options = {
        "namePrefix": "p-",
        "nameSuffix": "-s",
        "namespace": "ns",
        "commonLabels": {"b": "2", "app": "$ARGOCD_APP_NAME"},
        "labelIncludeTemplates": True,
        "commonAnnotations": {"a": "$ARGOCD_APP_NAME"},
        "images": ["nginx=registry:5000/nginx:1.2@sha256:ab", "redis:7"],
        "replicas": [{"name": "web", "count": "3"}],
        "patches": [{"patch": "- op: remove", "target": {"kind": "Deployment"}}],
        "components": ["../comp"],
        "ignoreMissingComponents": True,
    }
    declared = read({"repoURL": HERE, "path": "k", "kustomize": options})
    assert declared.more_than_path
    (only,) = declared.parts
    assert isinstance(only, KustomizeRender)
    assert only.overlay == Overlay(
        namespace="ns",
        name_prefix="p-",
        name_suffix="-s",
        labels=(("app", "web"), ("b", "2")),
        label_selectors=True,
        label_templates=True,
        annotations=(("a", "$ARGOCD_APP_NAME"),),
        patches=json.dumps([{"patch": "- op: remove", "target": {"kind": "Deployment"}}]),
        images=json.dumps(
            [
                {"name": "nginx", "newName": "registry:5000/nginx", "newTag": "1.2", "digest": "sha256:ab"},
                {"name": "redis", "newTag": "7"},
            ]
        ),
        replicas='[{"name": "web", "count": 3}]',
        components=("../comp",),
        ignore_missing_components=True,
    )


@pytest.mark.parametrize(
    ("written", "entry"),
    [
        ("a=b", {"name": "a", "newName": "b"}),
        ("a=b:1", {"name": "a", "newName": "b", "newTag": "1"}),
        ("a=b@sha256:c", {"name": "a", "newName": "b", "digest": "sha256:c"}),
        ("a:1", {"name": "a", "newTag": "1"}),
        ("a:1@sha256:c", {"name": "a", "newTag": "1", "digest": "sha256:c"}),
        ("a@sha256:c", {"name": "a", "digest": "sha256:c"}),
        ("host:5000/a:1", {"name": "host:5000/a", "newTag": "1"}),
        ("host:5000/a=host:5000/b", {"name": "host:5000/a", "newName": "host:5000/b"}),
        ("a=*:2", {"name": "a", "newTag": "2"}),
    ],
)
def test_image_overrides(written: str, entry: dict[str, str]) -> None:
    assert parse_image(written) == entry


def test_image_without_anything_is_refused() -> None:
    assert "sets nothing" in reason({"path": "k", "kustomize": {"images": ["nginx"]}})


def test_patch_file_is_read_and_watched() -> None:
    declared = read({"repoURL": HERE, "path": "k", "kustomize": {"patches": [{"path": "a.yaml"}]}})
    (only,) = declared.parts
    assert isinstance(only, KustomizeRender)
    assert json.loads(only.overlay.patches) == [{"patch": "kind: A\n"}]
    assert "k/a.yaml" in declared.depends_files


def test_build_options_of_argocd_itself_count() -> None:
    options = "--enable-helm --load-restrictor=LoadRestrictionsNone"
    settings = f"kind: ConfigMap\nmetadata: {{name: argocd-cm}}\ndata: {{kustomize.buildOptions: {options}}}\n"
    assert part({"path": "k"}, {"cm.yaml": settings}) == KustomizeRender(path="k", restrict=False, enable_helm=True)


def test_helm_options() -> None:
    options = {
        "releaseName": "r",
        "valueFiles": ["values-a.yaml", "/env/prod/b.yaml", "missing-$ARGOCD_APP_NAME.yaml"],
        "ignoreMissingValueFiles": True,
        "values": "x: 1",
        "valuesObject": {"x": 2},
        "parameters": [{"name": "b", "value": "1,2", "forceString": True}, {"name": "a", "value": "{x,y}"}],
        "fileParameters": [{"name": "f", "path": "values-a.yaml"}],
        "skipCrds": True,
        "skipTests": True,
        "kubeVersion": "1.30",
        "apiVersions": ["x/v1"],
        "namespace": "other",
    }
    declared = read({"repoURL": HERE, "path": "chart", "helm": options})
    assert declared.parts == (
        HelmRender(
            chart="chart",
            release="r",
            namespace="other",
            value_files=("chart/values-a.yaml", "env/prod/b.yaml", "chart/missing-web.yaml"),
            ignore_missing_value_files=True,
            values=('{"x": 2}',),
            parameters=(("a", "{x,y}", False), ("b", "1\\,2", True)),
            file_parameters=(("f", "chart/values-a.yaml"),),
            kube_version="1.30",
            api_versions=("x/v1",),
            include_crds=False,
            skip_tests=True,
        ),
    )
    assert "chart/missing-web.yaml" in declared.depends_files


def test_value_files_of_another_source_and_globs() -> None:
    declared = read(
        [
            {"repoURL": HERE, "path": "chart", "helm": {"valueFiles": ["$v/env/prod/*.yaml", "$v/env/prod/b.yaml"]}},
            {"repoURL": HERE, "ref": "v"},
        ]
    )
    (only,) = declared.parts
    assert isinstance(only, HelmRender)
    assert only.value_files == ("env/prod/c.yaml", "env/prod/b.yaml")  # what is written out keeps its own place
    assert "env/prod" in declared.depends_trees


@pytest.mark.parametrize("lenient", [False, True])
def test_a_glob_of_value_files_that_matches_nothing_is_a_missing_file(lenient: bool) -> None:
    """The renderer says so of what stays as written, or passes over it."""
    helm = {"valueFiles": ["values-a.yaml", "../env/gone/*.yaml"], "ignoreMissingValueFiles": lenient}
    only = part({"path": "chart", "helm": helm})
    assert isinstance(only, HelmRender)
    assert only.value_files == ("chart/values-a.yaml", "env/gone/*.yaml")
    assert only.ignore_missing_value_files is lenient
    only = part({"path": "chart", "helm": {"valueFiles": ["values-a.yaml", "values-*.yaml"]}})
    assert isinstance(only, HelmRender)
    assert only.value_files == ("chart/values-a.yaml",)  # matched, but in its place already


def test_value_files_of_another_repository_are_named() -> None:
    declared = read(
        [
            {"repoURL": HERE, "path": "chart", "helm": {"valueFiles": ["$v/x.yaml"]}},
            {"repoURL": "https://other.example/x", "ref": "v"},
        ]
    )
    (only,) = declared.parts
    assert isinstance(only, CannotRender)
    assert "$v/x.yaml lies in https://other.example/x" in only.reason


def test_several_sources_are_several_parts() -> None:
    declared = read([{"repoURL": HERE, "path": "k"}, {"repoURL": "https://charts.example", "chart": "redis"}])
    assert [type(p) for p in declared.parts] == [KustomizeRender, CannotRender]


def test_source_files_beside_the_manifests_override() -> None:
    override = {"k/.argocd-source-web.yaml": "kustomize: {images: ['nginx:2']}\npath: elsewhere\n"}
    only = part({"path": "k", "kustomize": {"images": ["nginx:1"]}}, override)
    assert only == KustomizeRender(path="k", overlay=Overlay(images='[{"name": "nginx", "newTag": "2"}]'))


def test_source_hydrator_renders_its_dry_source() -> None:
    obj = app({})
    obj["spec"] = {"sourceHydrator": {"drySource": {"repoURL": HERE, "path": "k"}}}
    assert read_declared(obj, FakeLookup(FILES))[0].parts == (KustomizeRender(path="k"),)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"source": []}, "spec.source is a list, but must be a mapping"),
        ({"source": {"repoURL": 1}}, "spec.source.repoURL is a number, but must be text"),
        ({"sources": [3]}, "spec.sources[0] is a number, but must be a mapping"),
        ({"source": {"repoURL": HERE, "path": "k", "kustomize": {"images": [1]}}}, "kustomize.images[0] is a number"),
        ({"destination": "x", "source": {}}, "spec.destination is text, but must be a mapping"),
        ({}, "spec.source is missing"),
    ],
)
def test_malformed_fields_are_named(spec: dict[str, Any], words: str) -> None:
    obj = {**app({}), "spec": spec}
    (declared,) = read_declared(obj, FakeLookup(FILES))
    (only,) = declared.parts
    assert isinstance(only, CannotRender)
    assert words in only.reason
    assert only.reason.startswith("Application argocd/web")


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.yaml", "a/b.yaml", True),
        ("{a,b}.yaml", "b.yaml", True),
        ("{a,b}.yaml", "c.yaml", False),
        ("sub/*", "sub/x/y", True),
        ("a.yaml", "b/a.yaml", False),
        ("{a", "{a", True),
    ],
)
def test_directory_globs(pattern: str, path: str, matches: bool) -> None:
    assert matches_argocd_directory_glob(pattern, path) == matches


def test_other_kinds_declare_nothing() -> None:
    assert read_declared({"apiVersion": "v1", "kind": "ConfigMap"}, FakeLookup()) == []
    assert is_declaration("argoproj.io/v1beta9", "Application")
    assert not is_declaration("kustomize.config.k8s.io/v1beta1", "Kustomization")


READS = {
    "values/web.yaml": "a: 1\n",
    "lib/a.libsonnet": "import 'b.libsonnet'",
    "lib/b.libsonnet": "{}",
    "k/p.yaml": "a: 1\n",
}
REGISTRY = {"repoURL": "https://charts.example/x", "chart": "web", "targetRevision": "1.0.0"}
LENDS = {"repoURL": HERE, "targetRevision": "HEAD", "ref": "v"}


@pytest.mark.parametrize(
    ("sources", "files", "trees"),
    [
        pytest.param(
            [{**REGISTRY, "helm": {"valueFiles": ["values.yaml", "$v/values/web.yaml", "$v/values/none.yaml"]}}, LENDS],
            ("values/web.yaml", "values/none.yaml"), (), id="the chart lies in a registry",
        ),
        pytest.param(
            [LENDS, {**REGISTRY, "helm": {"fileParameters": [{"name": "a", "path": "$v/values/web.yaml"}]}}],
            ("values/web.yaml",), (), id="file parameter",
        ),
        pytest.param(
            [LENDS, {"repoURL": "https://g.example/o", "path": "c", "helm": {"valueFiles": ["$v/values/*.yaml", "x.yaml"]}}],
            ("values/web.yaml",), ("values",), id="the chart lies in another repository",
        ),
        pytest.param(
            [{"repoURL": HERE, "path": "chart", "helm": {"valueFiles": ["oci://x/y", "values-a.yaml"]}}],
            ("chart/values-a.yaml",), ("chart",), id="one value file lies elsewhere",
        ),
        pytest.param(
            [{"repoURL": HERE, "path": "k", "plugin": {"env": [{"name": "ARGS", "value": "-f ../values/web.yaml,p.yaml"}]}}],
            ("values/web.yaml", "k/p.yaml"), ("k",), id="plugin",
        ),
        pytest.param(
            [{"repoURL": HERE, "path": "j", "directory": {"jsonnet": {"libs": ["vendor"]}}}],
            ("j/main.jsonnet", "lib/a.libsonnet", "lib/b.libsonnet"), ("j", "vendor"), id="jsonnet",
        ),
        pytest.param(
            [{"repoURL": HERE, "path": "k",
              "kustomize": {"images": ["bare"], "components": ["../c"], "patches": [{"path": "p.yaml"}]}}],
            ("c", "k/p.yaml"), ("k",), id="an option is wrong",
        ),
        pytest.param([{"repoURL": HERE, "path": "k", "helm": {}, "kustomize": {}}], (), ("k",), id="two tools"),
    ],
)  # fmt: skip
def test_what_cannot_be_rendered_is_still_reached(
    sources: list[dict[str, Any]], files: tuple[str, ...], trees: tuple[str, ...]
) -> None:
    declared = read(sources, READS | {"j/main.jsonnet": "local a = import '../lib/a.libsonnet'; a"})
    assert isinstance(declared.parts[0], CannotRender)
    own = {f for f in declared.depends_files if ".argocd-source" not in f}
    assert own == set(files)
    assert declared.depends_trees == trees


def test_a_chart_of_a_registry_names_its_values() -> None:
    web = {**REGISTRY, "helm": {"valueFiles": ["$v/values/web.yaml"]}}
    only = read([web, {**LENDS, "targetRevision": "v1.0"}], READS)
    assert isinstance(only.parts[0], CannotRender)
    assert "its values are in values/web.yaml" in only.parts[0].reason
    assert "pinned to tag v1.0" in only.notes[0]


@pytest.mark.parametrize("namespace", ["argocd", "elsewhere"])
@pytest.mark.parametrize(
    "spec",
    [
        {"kustomizeBuildOptions": "--enable-helm --load-restrictor LoadRestrictionsNone"},
        {
            "kustomizeBuildOptions": "none",
            "extraConfig": {"kustomize.buildOptions": "--enable-helm --load-restrictor=LoadRestrictionsNone"},
        },
    ],
)
def test_the_operators_resource_gives_the_build_options(spec: dict[str, Any], namespace: str) -> None:
    resource = {
        "apiVersion": "argoproj.io/v1beta1",
        "kind": "ArgoCD",
        "metadata": {"name": "x", "namespace": namespace},
        "spec": spec,
    }
    files = {"argo.yaml": json.dumps(resource)}
    assert part({"path": "k"}, files) == KustomizeRender(path="k", restrict=False, enable_helm=True)
    assert ("ArgoCD", "argocd", "") in read({"repoURL": HERE, "path": "k"}, files).depends_objects


def test_a_directory_that_may_lie_on_another_branch() -> None:
    assert reason({"path": "gone"}).endswith("has no such directory")
    said = reason({"path": "gone", "targetRevision": "dev-team"})
    assert said.endswith("has no such directory: it follows dev-team, of which nothing is seen here")
