"""What Argo CD and Flux lay over a render is traced to the line of the declaration, and never to a wrong one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository
from made_repository import chart

from bot.git.repository import Repository
from bot.jobs.declaration import declaration
from bot.jobs.material import materials
from bot.model.unit import ObjectId
from bot.render.trace import Tracer
from bot.settings import Settings
from bot.wiring import configuration, opened

Path_ = tuple[str | int, ...]
FILE = "clusters/prod/web.yaml"
MANIFEST = "apps/web/web.yaml"
WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web  # own-name
spec:
  replicas: 1  # own-replicas
  paused: false  # own-paused
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: app
        image: registry.example/shop:1.0  # own-image
        env:
        - name: LEVEL
          value: ${LEVEL}
        - name: HOST
          value: www.${DOMAIN}
        - name: SAME
          value: same  # own-same
"""
CONTAINER: Path_ = ("spec", "template", "spec", "containers", 0)
IMAGE: Path_ = (*CONTAINER, "image")
KUSTOMIZED: dict[str, str | None] = {MANIFEST: WEB, "apps/web/kustomization.yaml": "resources: [web.yaml]\n"}
CHART: dict[str, str | None] = {
    **chart(
        "charts/c",
        cm="apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n  namespace: {{ .Release.Namespace }}\ndata:\n"
        "  host: {{ .Values.host }}\n  port: {{ .Values.web.port | quote }}\n  size: {{ .Values.size | upper }}\n",
    ),
    "charts/c/values.yaml": "host: default.example  # own-host\nweb: {port: 80}\nsize: small\n",
}


def traced(path: Path, files: dict[str, str | None], key: str, name: str, *places: Path_) -> list[str]:
    """``tag how`` of each place of the object with this name, where the tag is the comment of the line."""
    repository = GitOpsRepository(path)
    commit = repository.commit(files)
    with Repository(path) as opened_repository:
        settings = configuration(opened_repository, commit, None)
        with opened(opened_repository, settings, Settings(None), lambda *_: None) as ports:
            view = ports.index.at(opened_repository.tree_of(commit))
            unit = view.unit(key)
            assert unit is not None, [each.key for each in view.units()]
            (material,) = materials(view, unit)
            tracer = Tracer(material, ports.engine.tools, declaration=declaration(view, unit, 0, ports.index))
            (wanted,) = (each for each in tracer.objects() if each.name == name)
            return [_told(tracer, wanted, place, files) for place in places]


def _told(tracer: Tracer, wanted: ObjectId, place: Path_, files: dict[str, str | None]) -> str:
    found = tracer.trace(wanted, place)
    if found is None:
        return "unknown"
    line = (files[found.file] or "").split("\n")[found.line - 1]
    return f"{line.partition('# ')[2] or f'{found.file}:{found.line}'} {found.how}"


def flux(spec: str) -> str:
    head = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web, namespace: flux-system}\n"
    source = "  path: ./apps/web\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n"
    return f"{head}spec:\n{source}{spec}"


FLUX = f"{FILE}#Kustomization/flux-system/web"


def test_what_a_flux_kustomization_lays_over(tmp_path: Path) -> None:
    spec = """\
  targetNamespace: shop  # namespace
  namePrefix: eu-  # prefix
  commonMetadata:
    labels:
      team: blue  # team
    annotations:
      note: hello  # note
  images:
  - name: registry.example/shop
    newTag: "2.5"  # tag
  patches:
  - target: {kind: Deployment, name: web}
    patch: |
      - op: replace
        path: /spec/replicas
        value: 4  # replicas
  - patch: |
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web}
      spec:
        paused: true  # paused
  postBuild:
    substitute:
      LEVEL: debug  # level
      DOMAIN: shop.example  # domain
"""
    found = traced(
        tmp_path / "r", KUSTOMIZED | {FILE: flux(spec)}, FLUX, "eu-web",
        ("metadata", "namespace"), ("metadata", "labels", "team"), ("metadata", "annotations", "note"), IMAGE,
        ("spec", "replicas"), ("spec", "paused"), (*CONTAINER, "env", 0, "value"), (*CONTAINER, "env", 1, "value"),
        (*CONTAINER, "env", 2, "value"), ("metadata", "name"),
    )  # fmt: skip
    assert found == [
        "namespace namespace", "team label", "note annotation", "tag images", "replicas patch", "paused patch",
        "level substitution", "domain substitution", "own-same resource", "own-name resource",
    ]  # fmt: skip


def test_a_value_that_two_places_hold_is_that_of_the_one_that_counts(tmp_path: Path) -> None:
    """Everything that the Kustomization says is what the files say, too, or the other way around."""
    spec = """\
  images:
  - name: registry.example/shop
    newTag: "1.0"  # tag
  - name: registry.example/other
    newTag: "1.0"  # other
  patches:
  - target: {kind: Deployment}
    patch: |
      - {op: replace, path: /spec/replicas, value: 1}  # first
      - {op: replace, path: /spec/replicas, value: 1}  # last
  - target: {kind: StatefulSet}
    patch: |
      - {op: replace, path: /spec/paused, value: false}  # nobody
  postBuild:
    substitute:
      LEVEL: same  # level
      OTHER: same  # unused
"""
    found = traced(
        tmp_path / "r", KUSTOMIZED | {FILE: flux(spec)}, FLUX, "web",
        IMAGE, ("spec", "replicas"), ("spec", "paused"), (*CONTAINER, "env", 0, "value"), (*CONTAINER, "env", 2, "value"),
    )  # fmt: skip
    assert found == ["tag images", "last patch", "own-paused resource", "level substitution", "own-same resource"]


ARGO = f"{FILE}#Application/argocd/web"


def argo(source: str) -> str:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\nspec:\n"
    to = "  destination: {server: 'https://kubernetes.default.svc', namespace: web}\n"
    return f"{head}{to}  source:\n    repoURL: https://forge.example/gitops.git\n{source}"


def test_what_an_application_lays_over_a_kustomization(tmp_path: Path) -> None:
    source = """\
    path: apps/web
    kustomize:
      namespace: shop  # namespace
      nameSuffix: -eu  # suffix
      images:
      - registry.example/shop:2.5  # tag
      replicas:
      - name: web
        count: 4  # replicas
      commonLabels:
        team: blue  # team
      commonAnnotations:
        note: hello  # note
      patches:
      - target: {kind: Deployment}
        patch: |-
          - op: replace
            path: /spec/paused
            value: true  # paused
"""
    found = traced(
        tmp_path / "r", KUSTOMIZED | {FILE: argo(source)}, ARGO, "web-eu",
        ("metadata", "namespace"), IMAGE, ("spec", "replicas"), ("metadata", "labels", "team"),
        ("spec", "selector", "matchLabels", "team"), ("metadata", "annotations", "note"), ("spec", "paused"),
        ("metadata", "name"),
    )  # fmt: skip
    assert found == [
        "namespace namespace", "tag images", "replicas replicas", "team label", "team label", "note annotation",
        "paused patch", "own-name resource",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("helm", "host", "port"),
    [
        ("valuesObject:\n        host: a.example  # host\n        web:\n          port: 81  # port\n", "host", "port"),
        ("values: |\n        host: a.example  # host\n        web:\n          port: 81  # port\n", "host", "port"),
        (
            "parameters:\n      - name: host\n        value: a.example  # host\n"
            '      - {name: web.port, value: "81"}  # port\n',
            "host", "port",
        ),
        (
            "valuesObject: {host: a.example, web: {port: 81}}  # below\n      parameters:\n      - name: host\n"
            "        value: a.example  # host\n",
            "host", "below",
        ),
        ("valuesObject: {web: {port: 81}}  # port\n", "", "port"),
    ],
)  # fmt: skip
def test_values_of_an_application(tmp_path: Path, need: Callable[[str], str], helm: str, host: str, port: str) -> None:
    need("helm")
    source = f"    path: charts/c\n    helm:\n      releaseName: web\n      {helm}"
    found = traced(tmp_path / "r", CHART | {FILE: argo(source)}, ARGO, "web", *_DATA)
    assert found == [
        f"{host} values" if host else "own-host values",
        f"{port} values",
        "unknown",
        f"{FILE}:5 namespace",
    ]


_DATA: tuple[Path_, ...] = (("data", "host"), ("data", "port"), ("data", "size"), ("metadata", "namespace"))


def release(spec: str) -> str:
    head = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: shop}\nspec:\n"
    source = "{kind: GitRepository, name: flux-system, namespace: flux-system}"
    return f"{head}  chart: {{spec: {{chart: charts/c, sourceRef: {source}}}}}\n{spec}"


def test_values_and_patches_of_a_release(tmp_path: Path, need: Callable[[str], str]) -> None:
    need("helm")
    spec = """\
  targetNamespace: other  # namespace
  values:
    host: a.example  # host
    web:
      port: 81  # port
    size: small
  postRenderers:
  - kustomize:
      patches:
      - target: {kind: ConfigMap}
        patch: |
          - op: add
            path: /data/more
            value: stuff  # more
"""
    key = f"{FILE}#HelmRelease/shop/web"
    found = traced(tmp_path / "r", CHART | {FILE: release(spec)}, key, "web", *_DATA, ("data", "more"))
    assert found == ["host values", "port values", "unknown", "namespace namespace", "more patch"]


# -- where nothing is said


def test_the_right_one_of_several_objects_of_a_file(tmp_path: Path) -> None:
    one = flux("  images: [{name: registry.example/shop, newTag: '2.5'}]  # one\n")
    two = one.replace("name: web", "name: two", 1).replace("# one", "# two")
    files = KUSTOMIZED | {FILE: f"{two}---\n{one}"}
    assert traced(tmp_path / "r", files, FLUX, "web", IMAGE) == ["one images"]


def test_a_declaration_that_something_completes_is_not_spoken_for(tmp_path: Path) -> None:
    """An overlay sets the same tag as the file: which one counts, the file alone cannot tell."""
    patch = "- op: replace\n  path: /spec/images/0/newTag\n  value: '2.5'\n"
    files = KUSTOMIZED | {
        FILE: flux("  images: [{name: registry.example/shop, newTag: '2.5'}]\n"),
        "clusters/prod/kustomization.yaml": "resources: [web.yaml]\n"
        "patches: [{target: {kind: Kustomization}, path: patch.yaml}]\n",
        "clusters/prod/patch.yaml": patch,
    }
    assert traced(tmp_path / "r", files, FLUX, "web", IMAGE) == ["unknown"]


def test_what_flux_changes_on_the_way_is_not_spoken_for(tmp_path: Path) -> None:
    above = flux("  patches:\n  - target: {kind: Kustomization}\n    patch: '[]'\n").replace(
        "./apps/web", "./clusters/prod"
    )
    files = KUSTOMIZED | {
        FILE: flux("  images: [{name: registry.example/shop, newTag: '2.5'}]\n"),
        "top/all.yaml": above.replace("name: web", "name: all"),
    }
    assert traced(tmp_path / "r", files, FLUX, "web", IMAGE) == ["unknown"]


def test_an_application_of_a_set(tmp_path: Path) -> None:
    text = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  generators:
  - list:
      elements:
      - name: web
        tag: "2.5"  # element
  template:
    metadata: {name: "{{name}}"}
    spec:
      destination: {server: 'https://kubernetes.default.svc', namespace: web}
      source:
        repoURL: https://forge.example/gitops.git
        path: apps/web
        kustomize:
          images: ["registry.example/shop:{{tag}}"]
          commonLabels:
            team: blue  # team
"""
    key = f"{FILE}#Application/argocd/web"
    places = (IMAGE, ("metadata", "labels", "team"))
    found = traced(tmp_path / "r", KUSTOMIZED | {FILE: text}, key, "web", *places)
    assert found == ["element declaration", "team label"]
