"""Flux Kustomizations and HelmReleases become render specs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from fake_lookup import HERE, FakeLookup

from bot.affected.declarations import read_declared
from bot.affected.sources import Declared, is_source
from bot.model.unit import CannotRender, HelmRender, KustomizeRender, Mount, Overlay, Render, Substitution

GIT = f"""
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {{name: repo, namespace: flux-system}}
spec: {{url: {HERE}, ref: {{branch: main}}}}
"""
FILES = {
    "clusters/git.yaml": GIT,
    "apps/base/web/kustomization.yaml": "resources: []\n",
    "apps/production/kustomization.yaml": "resources: [../base/web]\n",
    "infra/plain/a.yaml": "kind: A\nmetadata: {name: a}\n",
    "charts/web/Chart.yaml": "name: web\n",
    "charts/web/values.yaml": "a: 1\n",
    "charts/web/prod.yaml": "a: 2\n",
}


def flux(kind: str, spec: dict[str, Any], namespace: str = "flux-system") -> dict[str, Any]:
    group = "helm.toolkit.fluxcd.io/v2" if kind == "HelmRelease" else "kustomize.toolkit.fluxcd.io/v1"
    return {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": "apps", "namespace": namespace},
        "spec": spec,
    }


def read(
    kind: str, spec: dict[str, Any], files: dict[str, str] | None = None, namespace: str = "flux-system"
) -> Declared:
    (only,) = read_declared(flux(kind, spec, namespace), FakeLookup(FILES | (files or {})))
    return only


def kustomization(files: dict[str, str] | None = None, **spec: Any) -> Declared:
    source = {"sourceRef": {"kind": "GitRepository", "name": "repo"}, "path": "./apps/production"}
    return read("Kustomization", source | spec, files)


def release(files: dict[str, str] | None = None, **spec: Any) -> Declared:
    chart = {"spec": {"chart": "./charts/web", "sourceRef": {"kind": "GitRepository", "name": "repo"}}}
    return read("HelmRelease", {"chart": chart} | spec, files)


def only(declared: Declared) -> Render:
    (part,) = declared.parts
    return part


def reason(declared: Declared) -> str:
    part = only(declared)
    assert isinstance(part, CannotRender)
    return part.reason


def plain(path: str, *copied: str) -> KustomizeRender:
    return KustomizeRender(path=path, restrict=False, generate=True, source_ignore="", copied=copied)


def test_kustomization_of_this_repository() -> None:
    declared = kustomization()
    assert declared.parts == (plain("apps/production"),)
    assert declared.paths == ("apps/production",)
    assert declared.depends_objects == (("GitRepository", "flux-system", "repo"),)
    assert not declared.more_than_path
    assert declared.depends_trees == ()


def test_directory_without_kustomization_counts_as_a_whole() -> None:
    declared = kustomization(path="infra/plain")
    assert declared.parts == (plain("infra/plain"),)
    assert declared.depends_trees == ("infra/plain",)


@pytest.mark.parametrize("path", ["/apps/production", "../apps/production", "apps//production/."])
def test_paths_never_leave_the_source(path: str) -> None:
    assert only(kustomization(path=path)) == plain("apps/production")


def test_everything_that_is_added_to_the_path() -> None:
    declared = kustomization(
        targetNamespace="ns",
        namePrefix="p-",
        nameSuffix="-s",
        patches=[{"patch": "x", "target": {"kind": "Deployment", "name": ""}}],
        patchesStrategicMerge=[{"kind": "A"}],
        patchesJson6902=[{"target": {"kind": "B"}, "patch": [{"op": "remove", "path": "/a"}]}],
        images=[{"name": "nginx", "newTag": "2"}],
        components=["../comp"],
        ignoreMissingComponents=True,
        commonMetadata={"labels": {"l": "1"}, "annotations": {"a": "2"}},
    )
    part = only(declared)
    assert isinstance(part, KustomizeRender)
    assert part.overlay == Overlay(
        namespace="ns",
        name_prefix="p-",
        name_suffix="-s",
        labels=(("l", "1"),),
        annotations=(("a", "2"),),
        patches=json.dumps(
            [
                {"patch": "x", "target": {"kind": "Deployment"}},
                {"patch": '{"kind": "A"}'},
                {"patch": '[{"op": "remove", "path": "/a"}]', "target": {"kind": "B"}},
            ]
        ),
        images='[{"name": "nginx", "newTag": "2"}]',
        components=("../comp",),
        ignore_missing_components=True,
    )
    assert declared.more_than_path
    assert declared.namespace == "ns"


CONFIG = {
    "cm.yaml": "kind: ConfigMap\nmetadata: {name: one, namespace: flux-system}\ndata: {a: '1', b: '1', c: '1'}\n"
    "---\nkind: ConfigMap\nmetadata: {name: two}\ndata: {b: '2', c: \"2\\n\"}\n"
}


def test_later_sources_win_and_inline_variables_over_all() -> None:
    post_build = {
        "substitute": {"c": "3"},
        "substituteFrom": [{"kind": "ConfigMap", "name": "one"}, {"kind": "ConfigMap", "name": "two"}],
    }
    part = only(kustomization(CONFIG, postBuild=post_build))
    assert isinstance(part, KustomizeRender)
    assert part.substitution == Substitution(variables=(("a", "1"), ("b", "2"), ("c", "3")))


def test_what_only_the_cluster_knows_is_said() -> None:
    sources = [
        {"kind": "Secret", "name": "s"},
        {"kind": "ConfigMap", "name": "gone"},
        {"kind": "ConfigMap", "name": "maybe", "optional": True},
    ]
    declared = kustomization(postBuild={"substituteFrom": sources})
    part = only(declared)
    assert isinstance(part, KustomizeRender)
    assert part.substitution == Substitution(unknown=("Secret s", "ConfigMap gone"), absent=("ConfigMap maybe",))
    assert not any("Secret s" in note for note in declared.notes)  # the render says it
    assert ("ConfigMap", "flux-system", "maybe") in declared.depends_objects


def test_nothing_to_substitute_is_no_substitution() -> None:
    part = only(kustomization(postBuild={"substitute": {}}))
    assert part == plain("apps/production")


def test_invalid_variable_name_is_named() -> None:
    assert "'a-b'" in reason(kustomization(postBuild={"substitute": {"a-b": "1"}}))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"kind": "OCIRepository", "name": "oci"}, "OCIRepository flux-system/oci"),
        ({"kind": "Bucket", "name": "b", "namespace": "x"}, "Bucket x/b"),
        ({"kind": "GitRepository", "name": "other"}, "https://other.example/x"),
        ({"kind": "ExternalArtifact", "name": "none"}, "no ArtifactGenerator in this repository makes"),
    ],
)
def test_sources_elsewhere_are_named(source: dict[str, str], words: str) -> None:
    other = GIT.replace("name: repo", "name: other").replace(HERE, "https://other.example/x")
    assert words in reason(kustomization({"other.yaml": other}, sourceRef=source))


def test_bootstrap_repository_is_the_one_that_holds_it() -> None:
    declared = kustomization(sourceRef={"kind": "GitRepository", "name": "flux-system"})
    assert only(declared) == plain("apps/production")
    assert declared.notes == ()


def test_unknown_repository_is_assumed_aloud() -> None:
    declared = kustomization(sourceRef={"kind": "GitRepository", "name": "elsewhere"})
    assert only(declared) == plain("apps/production")
    assert "taken for it because apps/production exists" in declared.notes[0]
    assert "is not known" in reason(kustomization(sourceRef={"kind": "GitRepository", "name": "elsewhere"}, path=""))


def test_notes() -> None:
    tagged = {"clusters/git.yaml": GIT.replace("branch: main", "tag: v1")}
    notes = " ".join(kustomization(tagged, suspend=True, decryption={"provider": "sops"}).notes)
    assert "pinned to tag v1" in notes
    assert "suspended" in notes
    assert "SOPS" in notes


def test_missing_directory_is_watched() -> None:
    declared = kustomization(path="gone")
    assert "no directory gone" in reason(declared)
    assert declared.depends_trees == ("gone",)


def test_a_directory_that_may_lie_on_another_branch() -> None:
    other = GIT.replace("name: repo,", "name: other,").replace("branch: main", "branch: dev-team")
    declared = kustomization({"other.yaml": other}, path="gone", sourceRef={"kind": "GitRepository", "name": "other"})
    assert "has no directory gone" in reason(declared)
    assert reason(declared).endswith("it follows the branch dev-team, of which nothing is seen here")


GENERATOR = """
apiVersion: source.extensions.fluxcd.io/v1beta1
kind: ArtifactGenerator
metadata: {name: gen, namespace: flux-system}
spec:
  sources: [{alias: repo, kind: GitRepository, name: flux-system}]
  artifacts:
    - name: art
      copy: %s
"""
ARTIFACT = {"kind": "ExternalArtifact", "name": "art"}


def artifact(copy: Sequence[Mapping[str, object]], path: str) -> Declared:
    files = {"gen.yaml": GENERATOR % json.dumps(copy)}
    return kustomization(files, sourceRef=ARTIFACT, path=path)


def test_artifact_that_keeps_relative_positions_is_the_directory_itself() -> None:
    copy = [
        {"from": "@repo/apps/base/**", "to": "@artifact/base/"},
        {"from": "@repo/apps/production/**", "to": "@artifact/production/"},
    ]
    declared = artifact(copy, "./production")
    assert only(declared) == plain("apps/production", "apps/base", "apps/production")
    assert declared.depends_objects == (
        ("ExternalArtifact", "flux-system", "art"),
        ("ArtifactGenerator", "flux-system", "gen"),
        ("GitRepository", "flux-system", "flux-system"),
    )


def test_path_that_is_not_in_the_artifact() -> None:
    assert "has no directory staging" in reason(artifact([{"from": "@repo/infra/**", "to": "@artifact/i/"}], "staging"))


def test_the_generator_nearest_to_the_object_counts() -> None:
    rule = '[{"from": "@repo/apps/%s/**", "to": "@artifact/%s/"}]'
    files = {f"clusters/{env}/gen.yaml": GENERATOR % (rule % (env, env)) for env in ("production", "staging")}
    files |= FILES | {"apps/staging/kustomization.yaml": "resources: []\n"}
    for env in ("production", "staging"):
        obj = flux("Kustomization", {"sourceRef": ARTIFACT, "path": env})
        (declared,) = read_declared(obj, FakeLookup(files, refers=f"clusters/{env}/apps.yaml"))
        assert only(declared) == plain(f"apps/{env}", f"apps/{env}")


def test_patch_of_another_object_is_recognised() -> None:
    assert "names no source; if it is a patch" in reason(release(chart={"spec": {"version": ">=1.0.0"}}))


def test_whole_directory_as_artifact() -> None:
    assert only(artifact([{"from": "@repo/infra/**", "to": "@artifact/"}], "./plain")) == plain("infra/plain", "infra")
    assert only(artifact([{"from": "@repo/**", "to": "@artifact/"}], "infra/plain")) == plain("infra/plain")


def test_directory_without_glob_keeps_its_name() -> None:
    assert only(artifact([{"from": "@repo/infra", "to": "@artifact/x/"}], "x/infra/plain")) == KustomizeRender(
        source_ignore="", path="x/infra/plain", restrict=False, generate=True, mounts=(Mount("infra", "x/infra"),)
    )


def test_moved_parts_become_mounts() -> None:
    copy: list[Mapping[str, object]] = [
        {"from": "@repo/apps/base/**", "to": "@artifact/b/"},
        {"from": "@repo/apps/production/**", "to": "@artifact/p/", "exclude": ["*.md"]},
    ]
    declared = artifact(copy, "p")
    assert only(declared) == KustomizeRender(
        source_ignore="",
        path="p",
        restrict=False,
        generate=True,
        mounts=(Mount("apps/base", "b"), Mount("apps/production", "p", ("*.md",))),
    )
    assert declared.paths == ("apps/production",)
    assert declared.depends_trees == ("apps/base", "apps/production")


def test_files_and_other_globs_are_copied_by_path() -> None:
    copy = [
        {"from": "@repo/infra/plain/a.yaml", "to": "@artifact/k/"},
        {"from": "@repo/charts/*/prod.yaml", "to": "@artifact/k/"},
    ]
    part = only(artifact(copy, "k"))
    assert isinstance(part, KustomizeRender)
    assert part.mounts == (
        Mount("infra/plain/a.yaml", "k/a.yaml"),
        Mount("charts/web/prod.yaml", "k/charts/web/prod.yaml"),
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"from": "repo/x", "to": "@artifact/"}, "from must look like @alias/path"),
        ({"from": "@repo/x", "to": "x"}, "to must look like @artifact/path"),
        ({"from": "@repo/x", "to": "@artifact/../x"}, "to must look like @artifact/path"),
        ({"from": "@repo/x", "to": "@artifact/", "strategy": "Merge"}, "strategy Merge"),
    ],
)
def test_copy_rules_that_cannot_be_followed(rule: dict[str, str], words: str) -> None:
    assert words in reason(artifact([rule], "x"))


def test_release_of_a_chart_here() -> None:
    declared = release(values={"a": 3}, targetNamespace="shop")
    assert only(declared) == HelmRender(
        source_ignore="", chart="charts/web", release="shop-apps", namespace="shop", values=('{"a": 3}',)
    )
    assert declared.more_than_path
    assert declared.depends_trees == ("charts/web",)


def test_release_options() -> None:
    chart = {
        "chart": "charts/web",
        "sourceRef": {"kind": "GitRepository", "name": "repo"},
        "valuesFiles": ["charts/web/values.yaml", "./charts/web/prod.yaml"],
        "ignoreMissingValuesFiles": True,
    }
    declared = release(
        chart={"spec": chart},
        releaseName="r",
        install={"crds": "Skip"},
        postRenderers=[{"kustomize": {"patches": [{"patch": "x"}], "images": [{"name": "a", "newTag": "1"}]}}],
        suspend=True,
    )
    assert only(declared) == HelmRender(
        source_ignore="",
        chart="charts/web",
        release="r",
        namespace="flux-system",
        default_files=("charts/web/values.yaml", "charts/web/prod.yaml"),
        ignore_missing_value_files=True,
        include_crds=False,
        post_patches='[{"patches": [{"patch": "x"}], "images": [{"name": "a", "newTag": "1"}]}]',
    )
    assert any("suspended" in note for note in declared.notes)


@pytest.mark.parametrize("written", ["charts/web/prod.yaml", "/charts/web/prod.yaml", "../../charts/./web/prod.yaml"])
def test_values_files_count_from_the_root_of_the_source(written: str) -> None:
    chart = {
        "chart": "charts/web",
        "sourceRef": {"kind": "GitRepository", "name": "repo"},
        "valuesFiles": [written],
    }
    declared = release(chart={"spec": chart})
    part = only(declared)
    assert isinstance(part, HelmRender)
    assert (part.default_files, part.value_files) == (("charts/web/prod.yaml",), ())
    assert declared.depends_files == ("charts/web/prod.yaml",)
    assert declared.notes == ()


def test_long_release_names_are_cut_as_flux_does() -> None:
    obj = flux(
        "HelmRelease",
        {"chart": {"spec": {"chart": "charts/web", "sourceRef": {"kind": "GitRepository", "name": "repo"}}}},
    )
    obj["spec"]["targetNamespace"] = "a-very-lengthy-target-namespace"
    obj["metadata"]["name"] = "with-a-nice-object-name"
    part = only(read_declared(obj, FakeLookup(FILES))[0])
    assert isinstance(part, HelmRender)
    assert part.release == "a-very-lengthy-target-namespace-with-a-n-97af5d7f41f3"


def test_values_from_config_maps() -> None:
    files = {
        "v.yaml": "kind: ConfigMap\nmetadata: {name: v}\n"
        "data: {values.yaml: 'a: 1', port: '8080', quoted: '\"8080\"'}\n"
    }
    sources = [
        {"kind": "ConfigMap", "name": "v"},
        {"kind": "ConfigMap", "name": "v", "valuesKey": "port", "targetPath": "service.port"},
        {"kind": "ConfigMap", "name": "v", "valuesKey": "quoted", "targetPath": "id"},
        {"kind": "Secret", "name": "s", "optional": True},
    ]
    part = only(release(files, valuesFrom=sources, values={"b": 2}))
    assert isinstance(part, HelmRender)
    assert part.values == ("a: 1", '{"service": {"port": 8080}}', '{"id": "8080"}', '{"b": 2}')


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"kind": "Secret", "name": "s"}, "values come from Secret s, which only the cluster knows"),
        ({"kind": "ConfigMap", "name": "one", "valuesKey": "no"}, "has no such key"),
        ({"kind": "ConfigMap", "name": "one", "valuesKey": "a", "targetPath": "x[0]"}, "list or escape syntax"),
    ],
)
def test_values_that_are_not_known(source: dict[str, str], words: str) -> None:
    assert words in reason(release(CONFIG, valuesFrom=[source]))


REPOSITORIES = {
    "r.yaml": "kind: HelmRepository\nmetadata: {name: h, namespace: flux-system}\nspec: {url: 'https://charts.example'}\n"
    "---\nkind: OCIRepository\nmetadata: {name: o}\nspec: {url: 'oci://reg.example/c', ref: {tag: '1.2'}}\n"
    "---\nkind: HelmChart\nmetadata: {name: hc}\n"
    "spec: {chart: charts/web, sourceRef: {kind: GitRepository, name: repo}}\n"
}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (
            {
                "chart": {
                    "spec": {"chart": "redis", "version": ">=1", "sourceRef": {"kind": "HelmRepository", "name": "h"}}
                }
            },
            "the chart redis >=1 of https://charts.example is not in this repository: vendor it here",
        ),
        ({"chart": None, "chartRef": {"kind": "OCIRepository", "name": "o"}}, "the chart 1.2 of oci://reg.example/c"),
        (
            {"chart": None, "chartRef": {"kind": "HelmChart", "name": "gone"}},
            "HelmChart flux-system/gone is not in this",
        ),
        ({"chart": {"kind": "OCIRepository", "spec": {"url": "oci://x.example/c"}}}, "oci://x.example/c"),
    ],
)
def test_charts_elsewhere_are_named(spec: dict[str, Any], words: str) -> None:
    assert words in reason(release(REPOSITORIES, **spec))


@pytest.mark.parametrize(("name", "is_said"), [("h", False), ("bitnami", True)])
def test_a_source_that_no_file_has_is_said(name: str, is_said: bool) -> None:
    chart = {"spec": {"chart": "redis", "sourceRef": {"kind": "HelmRepository", "name": name}}}
    notes = [note for note in release(REPOSITORIES, chart=chart).notes if note.startswith("No file here has")]
    assert bool(notes) == is_said
    assert all(f"HelmRepository flux-system/{name}" in note for note in notes)


def test_chart_by_reference() -> None:
    part = only(release(REPOSITORIES, chart=None, chartRef={"kind": "HelmChart", "name": "hc"}))
    assert part == HelmRender(source_ignore="", chart="charts/web", release="apps", namespace="flux-system")


def test_common_metadata_of_a_release_is_a_patch_on_everything() -> None:
    part = only(release(commonMetadata={"labels": {"team": "x"}}))
    assert isinstance(part, HelmRender)
    ((patch,),) = [entry["patches"] for entry in json.loads(part.post_patches)]
    assert patch["target"] == {"kind": ".*"}
    assert json.loads(patch["patch"])["metadata"]["labels"] == {"team": "x"}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"sourceRef": "x"}, "spec.sourceRef is text, but must be a mapping"),
        ({"path": 1}, "spec.path is a number"),
        ({"postBuild": {"substitute": {"a": 1}}}, "spec.postBuild.substitute.a is a number, but must be text"),
        ({"patches": [{"patch": []}]}, "spec.patches[0].patch is a list"),
    ],
)
def test_malformed_fields_are_named(spec: dict[str, Any], words: str) -> None:
    assert words in reason(kustomization(**spec))


def test_sources_that_are_asked_for() -> None:
    assert is_source("source.toolkit.fluxcd.io/v1beta2", "GitRepository")
    assert is_source("v1", "ConfigMap")
    assert not is_source("v1", "Service")


def test_what_cannot_be_rendered_is_still_reached() -> None:
    variables = {"substituteFrom": [{"kind": "ConfigMap", "name": "settings"}]}
    files = {
        "oci.yaml": "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n"
        "metadata: {name: oci, namespace: flux-system}\nspec: {url: oci://x/y}\n"
    }
    elsewhere = kustomization(files, sourceRef={"kind": "OCIRepository", "name": "oci"}, postBuild=variables)
    assert "comes from OCIRepository" in reason(elsewhere)
    assert ("ConfigMap", "flux-system", "settings") in elsewhere.depends_objects
    wrong = kustomization(components=["../extra", "https://x/y"], postBuild=variables)
    assert "must be a relative path" in reason(wrong)
    assert wrong.depends_trees == ("apps/production",)
    assert "apps/extra" in wrong.depends_files
    assert ("ConfigMap", "flux-system", "settings") in wrong.depends_objects


def test_what_an_artifact_with_parts_from_elsewhere_takes_from_here_reaches_it() -> None:
    copies = [{"from": f"@{alias}/apps/base/**", "to": "@artifact/a/"} for alias in ("oci", "repo")]
    generator = (GENERATOR % json.dumps(copies)).replace(
        "[{alias", "[{alias: oci, kind: OCIRepository, name: oci}, {alias"
    )
    declared = kustomization({"gen.yaml": generator}, sourceRef=ARTIFACT, path="a")
    assert "takes files from OCIRepository" in reason(declared)
    assert declared.depends_trees == ("apps/base",)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("apps/base/**", ("*.md", "web/*.md", "apps/base/web/*.md")),
        ("apps/base", ("*.md", "web/*.md", "apps/base/web/*.md")),
        ("apps/ba*", ("*.md", "web/*.md", "apps/web/*.md")),
        ("apps/base/web/kustomization.yaml", ("*.md", "web/*.md")),
    ],
)
def test_what_is_excluded_counts_from_the_root_and_from_what_is_copied(source: str, expected: tuple[str, ...]) -> None:
    rule = {"from": f"@repo/{source}", "to": "@artifact/x/", "exclude": ["*.md", "web/*.md"]}
    part = only(artifact([rule], "x"))
    assert isinstance(part, KustomizeRender)
    assert part.mounts[0].exclude == expected
