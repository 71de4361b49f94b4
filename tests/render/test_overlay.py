"""What Argo CD and Flux lay over a kustomization, against what they do: real builds, the rules of each."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from bot import documents
from bot.model.snapshot import FILE, Entry
from bot.model.unit import KustomizeRender, Overlay, Substitution
from bot.process import Limits
from bot.render.base import Material, Raw, RenderError
from bot.render.kustomize import render
from bot.render.overlay import apply_overlay
from bot.render.rooms import Room
from bot.render.sandbox import detect
from bot.render.tools import Tools

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: example.org/web:1}]}
"""
SCALE = '{"op": "replace", "path": "/spec/replicas", "value": %d}'
FILES = {"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": APP}
TOOLS = Tools(detect(), Limits(seconds=30))


def built(part: KustomizeRender, files: dict[str, str]) -> dict[str, Any]:
    """The objects by kind and name."""
    return {f"{o['kind']}/{o['metadata']['name']}": o for o in objects(raw(part, files))}


def raw(part: KustomizeRender, files: dict[str, str]) -> Raw:
    entries = tuple(Entry(path, FILE, path) for path in sorted(files))
    return render(Material(part, entries, lambda entry: files[entry.path].encode()), TOOLS)


def objects(found: Raw) -> list[dict[str, Any]]:
    values = [documents.load_one(text) for text in found.documents]
    return [value for value in values if isinstance(value, dict)]


def argocd(overlay: Overlay, files: dict[str, str] | None = None) -> dict[str, Any]:
    return built(KustomizeRender("app", overlay=overlay), files or FILES)


def flux(
    overlay: Overlay, files: dict[str, str] | None = None, substitution: Substitution | None = None
) -> dict[str, Any]:
    part = KustomizeRender("app", restrict=False, generate=True, overlay=overlay, substitution=substitution)
    return built(part, files or FILES)


def image(value: dict[str, Any]) -> str:
    found = value["spec"]["template"]["spec"]["containers"][0]["image"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize("build", [argocd, flux])
def test_namespace_prefix_and_suffix(build: Any) -> None:
    found = build(Overlay(namespace="prod", name_prefix="eu-", name_suffix="-v2"))
    assert found["Deployment/eu-web-v2"]["metadata"]["namespace"] == "prod"


@pytest.mark.parametrize("build", [argocd, flux])
def test_the_overlay_wins_over_the_file(build: Any) -> None:
    files = {**FILES, "app/kustomization.yaml": "resources: [a.yaml]\nnamespace: dev\nnamePrefix: dev-\n"}
    found = build(Overlay(namespace="prod", name_prefix="prod-"), files)
    assert found["Deployment/prod-web"]["metadata"]["namespace"] == "prod"


@pytest.mark.parametrize("build", [argocd, flux])
@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"newTag": "2"}, "example.org/web:2"),
        ({"newName": "mirror.example.org/web"}, "mirror.example.org/web:1"),
        ({"newName": "mirror.example.org/web", "newTag": "3"}, "mirror.example.org/web:3"),
        ({"digest": "sha256:" + "a" * 64}, "example.org/web@sha256:" + "a" * 64),
    ],
)
def test_images(build: Any, entry: dict[str, str], expected: str) -> None:
    found = build(Overlay(images=json.dumps([{"name": "example.org/web", **entry}])))
    assert image(found["Deployment/web"]) == expected


@pytest.mark.parametrize("build", [argocd, flux])
def test_an_image_of_the_overlay_replaces_that_of_the_file(build: Any) -> None:
    text = "resources: [a.yaml]\nimages:\n- {name: example.org/web, newTag: '5'}\n- {name: other, newTag: '6'}\n"
    overlay = Overlay(images=json.dumps([{"name": "example.org/web", "newTag": "7"}]))
    assert image(build(overlay, {**FILES, "app/kustomization.yaml": text})["Deployment/web"]) == "example.org/web:7"


@pytest.mark.parametrize("build", [argocd, flux])
def test_patches_come_after_those_of_the_file(build: Any) -> None:
    text = "resources: [a.yaml]\npatches:\n- {target: {kind: Deployment}, patch: '[%s]'}\n" % (SCALE % 2)
    patch = {"target": {"kind": "Deployment"}, "patch": f"[{SCALE % 3}]"}
    found = build(Overlay(patches=json.dumps([patch])), {**FILES, "app/kustomization.yaml": text})
    assert found["Deployment/web"]["spec"]["replicas"] == 3


@pytest.mark.parametrize("build", [argocd, flux])
def test_a_patch_cannot_name_a_file(build: Any, tmp_path: Path) -> None:
    loot = tmp_path / "loot.yaml"
    loot.write_text("[{op: add, path: /metadata/labels, value: {stolen: 'yes'}}]")
    overlay = Overlay(patches=json.dumps([{"path": str(loot), "target": {"kind": "Deployment"}}]))
    with contextlib.suppress(RenderError):
        assert "stolen" not in json.dumps(build(overlay))


@pytest.mark.parametrize("build", [argocd, flux])
def test_replicas_and_components(build: Any) -> None:
    component = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n"
    files = {**FILES, "parts/c/kustomization.yaml": component}
    found = build(Overlay(replicas=json.dumps([{"name": "web", "count": 9}]), components=("../parts/c",)), files)
    assert found["Deployment/web-c"]["spec"]["replicas"] == 9


@pytest.mark.parametrize("build", [argocd, flux])
def test_components_that_are_missing_are_passed_over_where_asked(build: Any) -> None:
    kind = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
    files = {**FILES, "there/kustomization.yaml": f"{kind}nameSuffix: -x\n"}
    wanted = ("../missing", "../there")
    assert "Deployment/web-x" in build(Overlay(components=wanted, ignore_missing_components=True), files)
    with pytest.raises(RenderError, match="missing"):
        build(Overlay(components=wanted), files)


def test_argocd_labels_reach_selectors_only_when_asked() -> None:
    plain = argocd(Overlay(labels=(("team", "a"),)))["Deployment/web"]
    assert plain["metadata"]["labels"] == {"team": "a"}
    assert plain["spec"]["selector"]["matchLabels"] == {"app": "web"}
    common = argocd(Overlay(labels=(("team", "a"),), label_selectors=True))["Deployment/web"]
    assert common["spec"]["selector"]["matchLabels"] == {"app": "web", "team": "a"}
    assert common["spec"]["template"]["metadata"]["labels"] == {"app": "web", "team": "a"}
    templates = argocd(Overlay(labels=(("team", "a"),), label_templates=True))["Deployment/web"]
    assert templates["spec"]["template"]["metadata"]["labels"] == {"app": "web", "team": "a"}
    assert templates["spec"]["selector"]["matchLabels"] == {"app": "web"}


def test_argocd_annotations_reach_templates_as_commonAnnotations_do() -> None:
    found = argocd(Overlay(annotations=(("note", "x"),)))["Deployment/web"]
    assert found["metadata"]["annotations"] == {"note": "x"}
    assert found["spec"]["template"]["metadata"]["annotations"] == {"note": "x"}


def test_flux_common_metadata_stays_on_the_object() -> None:
    files = {
        **FILES,
        "app/a.yaml": APP.replace("{name: web}\nspec", "{name: web, labels: {team: old, own: '1'}}\nspec"),
    }
    found = flux(Overlay(labels=(("team", "a"),), annotations=(("note", "x"),)), files)["Deployment/web"]
    assert found["metadata"]["labels"] == {"team": "a", "own": "1"}
    assert found["metadata"]["annotations"] == {"note": "x"}
    assert found["spec"]["template"]["metadata"] == {"labels": {"app": "web"}}
    assert found["spec"]["selector"]["matchLabels"] == {"app": "web"}


# -- Flux: a directory without a kustomization file


def config(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\n"


def test_flux_makes_a_kustomization_of_every_manifest() -> None:
    files = {
        "app/a.yaml": config("a"), "app/sub/b.yml": config("b"), "app/sub/deep/c.yaml": config("c"),
        "app/own/kustomization.yaml": "resources: [d.yaml]\nnamePrefix: own-\n", "app/own/d.yaml": config("d"),
        "app/own/unused.yaml": config("unused"), "app/README.md": "x", "app/data.json": "{}", "app/values.txt": "x",
    }  # fmt: skip
    assert set(flux(Overlay(), files)) == {"ConfigMap/a", "ConfigMap/b", "ConfigMap/c", "ConfigMap/own-d"}


def test_flux_leaves_out_what_its_artifacts_leave_out() -> None:
    files = {"app/a.yaml": config("a"), "app/.sops.yaml": "creation_rules: []\n", "app/.github/ci.yaml": "on: push\n"}
    files |= {"app/.gitlab-ci.yml": "x: 1\n", "app/cloudbuild.yaml": "steps: []\n"}
    assert set(flux(Overlay(), files)) == {"ConfigMap/a"}


def test_flux_uses_the_kustomization_that_is_there() -> None:
    files = {"app/kustomization.yml": "resources: [a.yaml]\n", "app/a.yaml": config("a"), "app/b.yaml": config("b")}
    assert set(flux(Overlay(), files)) == {"ConfigMap/a"}
    assert set(flux(Overlay(name_prefix="x-"), files)) == {"ConfigMap/x-a"}


def test_flux_and_a_file_that_is_no_object() -> None:
    with pytest.raises(RenderError, match=r"note\.yaml"):
        flux(Overlay(), {"app/a.yaml": config("a"), "app/note.yaml": "hello: world\n"})


def test_argocd_does_not_make_a_kustomization() -> None:
    with pytest.raises(RenderError, match="kustomization"):
        argocd(Overlay(), {"app/a.yaml": config("a")})


def test_links_are_not_walked_into() -> None:
    with Room() as room:
        room.write("repo/app/a.yaml", config("a").encode())
        room.link("repo/app/one", ".")
        room.link("repo/app/two", ".")
        room.link("repo/app/b.yaml", "a.yaml")
        apply_overlay(room, KustomizeRender("app", generate=True))
        made = Path(room.path, "repo/app/kustomization.yaml").read_text()
    assert json.loads(made)["resources"] == ["a.yaml", "b.yaml"]


def test_an_overlay_on_a_linked_kustomization_changes_only_its_own() -> None:
    with Room() as room:
        room.write("repo/base/kustomization.yaml", b"resources: [a.yaml]")
        room.write("repo/app/a.yaml", config("a").encode())
        room.link("repo/app/kustomization.yaml", "../base/kustomization.yaml")
        apply_overlay(room, KustomizeRender("app", overlay=Overlay(namespace="prod")))
        assert json.loads(Path(room.path, "repo/app/kustomization.yaml").read_text())["namespace"] == "prod"
        assert Path(room.path, "repo/base/kustomization.yaml").read_text() == "resources: [a.yaml]"


def test_an_overlay_on_a_path_through_a_link() -> None:
    with Room() as room:
        room.write("repo/real/app/kustomization.yaml", b"resources: []")
        room.link("repo/app", "real/app")
        apply_overlay(room, KustomizeRender("app", overlay=Overlay(namespace="prod")))
        assert json.loads(Path(room.path, "repo/real/app/kustomization.yaml").read_text())["namespace"] == "prod"


@pytest.mark.parametrize("text", ["- a", "a: [", "just text"])
def test_a_kustomization_that_cannot_be_changed_is_named(text: str) -> None:
    with pytest.raises(RenderError, match=r"app/kustomization\.yaml"):
        argocd(Overlay(namespace="prod"), {**FILES, "app/kustomization.yaml": text})


# -- substitution


def test_substitution() -> None:
    files = {
        **FILES,
        "app/a.yaml": APP.replace("replicas: 1", "replicas: ${COUNT:=4}").replace(
            "example.org/web:1", '"example.org/web:${TAG}"'
        ),
    }
    found = flux(Overlay(), files, Substitution((("TAG", "9"),)))["Deployment/web"]
    assert found["spec"]["replicas"] == 4
    assert image(found) == "example.org/web:9"


def test_substitution_with_values_that_only_the_cluster_knows() -> None:
    files = {**FILES, "app/a.yaml": APP.replace("example.org/web:1", '"example.org/web:${TAG}"')}
    part = KustomizeRender("app", generate=True, substitution=Substitution((), ("ConfigMap vars",)))
    found = raw(part, files)
    assert image(objects(found)[0]) == "example.org/web:${TAG}"
    assert any("ConfigMap vars" in note and "cluster only" in note for note in found.notes)


def test_substitution_that_is_malformed_fails_with_a_sentence() -> None:
    files = {**FILES, "app/a.yaml": APP.replace("example.org/web:1", '"web:${TAG"')}
    with pytest.raises(RenderError):
        flux(Overlay(), files, Substitution((("TAG", "9"),)))
