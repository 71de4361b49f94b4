"""Every layout of the field simply works: what a change reaches, under which name, without configuration."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from gitops_repository import GitOpsRepository, by_path, kustomization, manifest, states

CM = manifest("ConfigMap", "settings", data={"a": "1"})
CM2 = manifest("ConfigMap", "settings", data={"a": "2"})


def names(report: object) -> set[tuple[str, str, str]]:
    return {(u.path, u.app, u.environment) for u in report.units}  # type: ignore[attr-defined]


def overlay(*extra: str) -> str:
    return kustomization(resources=["../../base", *extra])


def test_base_and_overlays(repository: GitOpsRepository) -> None:
    before: dict[str, str | None] = {
        "apps/shop/base/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/shop/base/cm.yaml": CM,
        "apps/shop/base/README.md": "hello",
        "apps/blog/overlays/prod/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/blog/overlays/prod/cm.yaml": CM,
    }
    before.update({f"apps/shop/overlays/{e}/kustomization.yaml": overlay() for e in ("dev", "staging", "prod")})
    report = repository.compare(before, {"apps/shop/base/cm.yaml": CM2, "apps/shop/base/README.md": "bye"})
    assert names(report) == {(f"apps/shop/overlays/{e}", "shop", e) for e in ("dev", "staging", "prod")}
    assert report.environments == ("dev", "staging", "prod")
    assert report.unmapped == ("apps/shop/base/README.md",)
    assert (report.counts.deployed, report.counts.untouched) == (4, 1)
    everything = repository.check("base~1", "base", everything=True)
    assert set(states(everything)) == {"apps/shop/base", *states(report)}


def test_components_and_app_repository(repository: GitOpsRepository) -> None:
    component = (
        kustomization(resources=["cm.yaml"]).replace("Kustomization", "Component").replace("v1beta1", "v1alpha1")
    )
    before: dict[str, str | None] = {
        "deploy/components/extra/kustomization.yaml": component,
        "deploy/components/extra/cm.yaml": CM,
        "deploy/components/unused/kustomization.yaml": component,
        "deploy/components/unused/cm.yaml": CM,
        "deploy/overlays/dev/kustomization.yaml": kustomization(components=["../../components/extra"]),
        "src/main.py": "print()",
    }
    after: dict[str, str | None] = {
        "deploy/components/extra/cm.yaml": CM2,
        "deploy/components/unused/cm.yaml": CM2,
        "src/main.py": "print(1)",
    }
    report = repository.compare(before, after, everything=True)
    assert states(report) == {"deploy/overlays/dev": "changed"}
    assert report.unmapped == ("deploy/components/unused/cm.yaml", "src/main.py")


def test_environment_directories_and_one_file_each(repository: GitOpsRepository) -> None:
    before: dict[str, str | None] = {
        "environments/prod/apps/web/cm.yaml": CM,
        "environments/dev/web.yaml": CM,
        "environments/dev/api.yaml": CM,
    }
    report = repository.compare(before, dict.fromkeys(list(before)[:2], CM2))
    assert names(report) == {
        ("environments/prod/apps/web", "web", "prod"),
        ("environments/dev/web.yaml", "web", "dev"),
    }
    assert report.counts.deployed == 3


def test_clusters_on_top(repository: GitOpsRepository) -> None:
    before: dict[str, str | None] = {
        "platform/ingress/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "platform/ingress/cm.yaml": CM,
        "clusters/production/platform/kustomization.yaml": kustomization(resources=["../../../platform/ingress"]),
        "clusters/dev/kustomization.yaml": kustomization(resources=["../../platform/ingress"]),
    }
    report = repository.compare(before, {"platform/ingress/cm.yaml": CM2})
    assert {(u.path, u.environment) for u in report.units} == {
        ("clusters/production/platform", "production"),
        ("clusters/dev", "dev"),
    }


CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n"
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  tag: {{ .Values.tag | quote }}\n"


def test_charts_with_values_per_environment(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    before: dict[str, str | None] = {
        "charts/web/Chart.yaml": CHART,
        "charts/web/templates/cm.yaml": TEMPLATE,
        "charts/web/values.yaml": "tag: a\n",
        "charts/web/values-prod.yaml": "tag: p\n",
        "charts/web/values-dev.yaml": "tag: d\n",
    }
    report = repository.compare(before, {"charts/web/values-prod.yaml": "tag: q\n"})
    assert [(unit.key, str(unit.state)) for unit in report.units] == [("charts/web@prod", "changed")]
    default = repository.compare({}, {"charts/web/values.yaml": "tag: b\n"})
    assert states(default) == {"charts/web@dev": "unchanged", "charts/web@prod": "unchanged"}
    template = repository.compare({}, {"charts/web/templates/cm.yaml": TEMPLATE.replace("tag:", "label:")})
    assert states(template) == {"charts/web@dev": "changed", "charts/web@prod": "changed"}


APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: {name}, namespace: argocd}}
spec:
  destination: {{namespace: web, server: https://kubernetes.default.svc}}
  source: {{repoURL: https://example.com/acme/gitops.git, path: {path}{more}}}
"""


def test_app_of_apps(repository: GitOpsRepository) -> None:
    before: dict[str, str | None] = {
        "root.yaml": APPLICATION.format(name="root", path="clusters/prod", more=""),
        "clusters/prod/web.yaml": APPLICATION.format(name="web", path="apps/web", more=""),
        "clusters/prod/api.yaml": APPLICATION.format(name="api", path="apps/api", more=", kustomize: {namePrefix: x-}"),
        "apps/web/cm.yaml": CM,
        "apps/api/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/api/cm.yaml": CM,
    }
    report = repository.compare(before, {"apps/web/cm.yaml": CM2, "apps/api/cm.yaml": CM2})
    found = {(u.path, str(u.renderer), u.app, u.environment, str(u.state)) for u in report.units}
    assert found == {
        ("apps/web", "plain", "web", "prod", "changed"),
        ("apps/api", "argocd", "api", "prod", "changed"),
    }
    everything = repository.check("base~1", "base", everything=True)
    assert ("apps/api", "kustomize") in {(u.path, str(u.renderer)) for u in everything.units}
    declared = repository.compare(
        {},
        {
            "clusters/prod/api.yaml": APPLICATION.format(
                name="api", path="apps/api", more=", kustomize: {namePrefix: y-}"
            )
        },
    )
    assert {(u.path, str(u.renderer), str(u.state)) for u in declared.units} == {
        ("apps/api", "argocd", "changed"),
        ("clusters/prod", "plain", "changed"),  # the Application itself, which root.yaml deploys
    }


APPLICATION_SET = """apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: all, namespace: argocd}
spec:
  generators: [{git: {repoURL: https://example.com/acme/gitops.git, directories: [{path: apps/*}]}}]
  template:
    metadata: {name: '{{path.basename}}'}
    spec:
      destination: {namespace: '{{path.basename}}', server: https://kubernetes.default.svc}
      source: {repoURL: https://example.com/acme/gitops.git, path: '{{path}}'}
"""


def test_application_sets_follow_their_directories(repository: GitOpsRepository) -> None:
    before: dict[str, str | None] = {
        "argocd/all.yaml": APPLICATION_SET,
        "apps/web/cm.yaml": CM,
        "apps/api/cm.yaml": CM,
    }
    report = repository.compare(before, {"apps/web/cm.yaml": CM2})
    assert states(report) == {"apps/web": "changed"}
    grown = repository.compare({}, {"apps/new/cm.yaml": CM, "apps/api/cm.yaml": None})
    assert states(grown) == {"apps/new": "added", "apps/api": "removed"}


FLUX = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: {name}, namespace: flux-system}}
spec:
  interval: 1h
  path: ./{path}
  prune: true
  sourceRef: {{kind: GitRepository, name: flux-system}}
{more}"""


def test_flux_kustomizations(repository: GitOpsRepository) -> None:
    more = "  targetNamespace: web\n  postBuild: {substitute: {tag: v1}}\n"
    before: dict[str, str | None] = {
        "clusters/staging/web.yaml": FLUX.format(name="web", path="apps/web", more=""),
        "clusters/prod/web.yaml": FLUX.format(name="web", path="apps/web", more=more),
        "apps/web/cm.yaml": manifest("ConfigMap", "settings", data={"tag": "${tag:=none}"}),
    }
    changed = FLUX.format(name="web", path="apps/web", more=more.replace("v1", "v2"))
    report = repository.compare(before, {"clusters/prod/web.yaml": changed})
    found = {(u.path, str(u.renderer), u.environment, str(u.state)) for u in report.units}
    assert found == {("apps/web", "flux", "prod", "changed"), ("clusters/prod", "plain", "prod", "changed")}
    web = next(u for u in report.units if u.renderer == "flux")
    assert "+  tag: v2" in web.objects[0].diff
    assert web.objects[0].id.namespace == "web"
    both = repository.compare({}, {"apps/web/cm.yaml": manifest("ConfigMap", "settings", data={"tag": "x"})})
    assert {u.environment for u in both.units} == {"staging", "prod"}


RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: web}
spec:
  interval: 1h
  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
  values: {tag: base}
"""


def test_a_release_is_what_its_overlay_makes_of_it(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    """The file of a HelmRelease is not what is deployed: its overlays complete it, and so a change of the chart must
    find it through their output."""
    need("helm")
    patch = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web, namespace: web}\n"
    before: dict[str, str | None] = {
        "apps/base/release.yaml": RELEASE,
        "apps/base/kustomization.yaml": kustomization(resources=["release.yaml"]),
        "charts/web/Chart.yaml": CHART,
        "charts/web/templates/cm.yaml": TEMPLATE,
        "charts/other/Chart.yaml": CHART.replace("web", "other"),
        "charts/other/templates/cm.yaml": TEMPLATE,
    }
    for name in ("dev", "prod"):
        before[f"apps/{name}/kustomization.yaml"] = kustomization(
            resources=["../base"], patches=[{"path": "values.yaml"}]
        )
        before[f"apps/{name}/values.yaml"] = f"{patch}spec: {{values: {{tag: {name}}}}}\n"
    chart = repository.compare(before, {"charts/web/templates/cm.yaml": TEMPLATE.replace("tag:", "label:")})
    found = {(u.path, str(u.renderer), u.environment, str(u.state)) for u in chart.units}
    assert found == {("charts/web", "flux", "dev", "changed"), ("charts/web", "flux", "prod", "changed")}
    assert not chart.unmapped
    assert any("+  label: prod" in u.objects[0].diff for u in chart.units)
    moved = f"{patch}spec: {{chart: {{spec: {{chart: ./charts/other}}}}, values: {{tag: prod}}}}\n"
    patched = repository.compare({}, {"apps/prod/values.yaml": moved})
    assert {(u.path, str(u.state)) for u in patched.units} == {("apps/prod", "changed"), ("charts/other", "changed")}
    # only the patch names this chart
    other = repository.compare({}, {"charts/other/templates/cm.yaml": TEMPLATE.replace("tag:", "new:")})
    assert {(u.path, u.environment, str(u.state)) for u in other.units} == {("charts/other", "prod", "changed")}


def test_a_chart_of_applications(repository: GitOpsRepository, need: Callable[[str], str]) -> None:
    need("helm")
    template = APPLICATION.format(name="web", path="{{ .Values.path }}", more="")
    before: dict[str, str | None] = {
        "root/Chart.yaml": CHART.replace("web", "root"),
        "root/templates/apps.yaml": template,
        "root/values.yaml": "path: apps/web\n",
        "apps/web/cm.yaml": CM,
    }
    report = repository.compare(before, {"apps/web/cm.yaml": CM2})
    assert {(u.path, str(u.state)) for u in report.units} >= {("apps/web", "changed")}
    assert by_path(report)["apps/web"].source is not None


def test_what_lies_elsewhere_is_said(repository: GitOpsRepository) -> None:
    repository.git("remote", "add", "origin", "git@example.com:acme/gitops.git")
    other = APPLICATION.format(name="web", path="deploy", more="").replace("acme/gitops", "acme/website")
    report = repository.compare({}, {"control/apps.yaml": other})
    unit = next(u for u in report.units if u.source is not None)
    assert unit.state == "unrenderable"
    assert "https://example.com/acme/website.git" in unit.error
    assert report.verdict == "passed"


def test_moving_a_path_shows_what_moves(repository: GitOpsRepository) -> None:
    before: dict[str, str | None] = {
        "argocd/web.yaml": APPLICATION.format(name="web", path="apps/a", more=""),
        "apps/a/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/a/cm.yaml": CM,
        "apps/b/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/b/cm.yaml": CM2,
    }
    report = repository.compare(before, {"argocd/web.yaml": APPLICATION.format(name="web", path="apps/b", more="")})
    unit = next(u for u in report.units if u.source is not None)
    assert (unit.path, str(unit.renderer), str(unit.state)) == ("apps/b", "argocd", "changed")
    assert '-  a: "1"' in unit.objects[0].diff
    assert "It rendered apps/a before." in unit.notes


@pytest.mark.parametrize("where", ["docs/examples/prod", ".github", "tests/data"])
def test_manifests_that_nobody_deploys_are_unmapped(repository: GitOpsRepository, where: str) -> None:
    report = repository.compare({}, {f"{where}/cm.yaml": CM})
    assert not report.units
    assert report.unmapped == (f"{where}/cm.yaml",)


def test_a_declaration_that_goes_is_not_its_directory(repository: GitOpsRepository) -> None:
    """Found by comparing with brute force: the directory still builds as before, only nothing deploys it any more."""
    before: dict[str, str | None] = {
        "clusters/prod/web.yaml": FLUX.format(name="web", path="apps/web", more=""),
        "apps/web/kustomization.yaml": kustomization(resources=["cm.yaml"]),
        "apps/web/cm.yaml": CM,
    }
    report = repository.compare(before, {"clusters/prod/web.yaml": None}, everything=True)
    found = {(u.path, str(u.renderer), str(u.state)) for u in report.units}
    assert ("apps/web", "flux", "removed") in found
    assert ("apps/web", "kustomize", "removed") not in found


def test_a_directory_that_loses_its_kustomization(repository: GitOpsRepository) -> None:
    """Whoever applies the directory goes on: one unit. Of kustomizations alone one goes, and a plain unit comes."""
    before: dict[str, str | None] = {"web/kustomization.yaml": kustomization(resources=["cm.yaml"]), "web/cm.yaml": CM}
    base, head = repository.commit(before), repository.commit({"web/kustomization.yaml": None})
    found = {(str(u.renderer), str(u.state)) for u in repository.check(base, head).units}
    assert found == {("plain", "unchanged")}
    found = {(str(u.renderer), str(u.state)) for u in repository.check(base, head, everything=True).units}
    assert found == {("kustomize", "removed"), ("plain", "added")}


def argo(kind: str, name: str, spec: dict[str, object]) -> str:
    metadata = {"name": name, "namespace": "gitops"}
    return json.dumps({"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec})


def test_the_operators_argo_cd_says_how_kustomize_builds(repository: GitOpsRepository) -> None:
    """Its name is not known; that it changes reaches the Applications of its namespace."""
    source = {"repoURL": "https://git.example/org/repo", "path": "apps/web"}
    before: dict[str, str | None] = {
        "bootstrap/argocd.yaml": argo("ArgoCD", "any", {}),
        "bootstrap/app.yaml": argo("Application", "web", {"source": source, "destination": {}}),
        "apps/web/kustomization.yaml": kustomization(resources=["../cm.yaml"]),
        "apps/cm.yaml": CM,
    }
    spec = {"kustomizeBuildOptions": "--load-restrictor LoadRestrictionsNone"}
    report = repository.compare(before, {"bootstrap/argocd.yaml": argo("ArgoCD", "any", dict(spec))})
    assert {u.path: str(u.state) for u in report.units} == {"bootstrap": "changed", "apps/web": "fixed"}
