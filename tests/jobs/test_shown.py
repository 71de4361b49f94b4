"""Lines of what a declaration lays over its render, where an overlay or a chart completes that declaration first."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository
from made_repository import chart

from bot.cli import main
from bot.jobs import places

Files = dict[str, str]
SHOW = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  selector: {matchLabels: {app: web, team: {{ .Values.team }}, tier: {{ .Values.tier | default "x" | upper }}}}
  template:
    metadata: {labels: {app: web, team: {{ .Values.team }}, tier: {{ .Values.tier | default "x" | upper }}}}
    spec: {containers: [{name: web, image: "example.com/web:1"}]}
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: web
  namespace: shop
spec:
  chart: {spec: {chart: charts/c, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
  values:
    other: TEAM
    team: TEAM
"""
PATCH = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  values:
    team: TEAM
"""
APPS = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps/prod
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
  patches:
  - target: {kind: HelmRelease}
    patch: |
      - op: replace
        path: /spec/values/team
        value: TEAM
"""


def team(text: str, name: str) -> str:
    return text.replace("TEAM", name)


def immutable(
    path: Path, capsys: pytest.CaptureFixture[str], before: Files, after: Files
) -> tuple[list[tuple[str, int]], dict[str, Any]]:
    """Where the findings about selectors point, and the whole report."""
    repository = GitOpsRepository(path)
    common = {
        **chart("charts/c", deployment=SHOW),
        ".gatehouse.yaml": "checks: {run: [risk]}\n",
        "apps/base/kustomization.yaml": "resources: [release.yaml]\n",
        "apps/base/release.yaml": team(RELEASE, "blue"),
        "apps/prod/kustomization.yaml": "resources: [../base]\n",
    }
    repository.commit({**common, **before})
    repository.git("checkout", "-q", "--detach")
    repository.commit(dict(after))
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [each for result in said["checks"] for each in result["findings"] if each["rule"] == "risk/immutable"]
    return sorted({(each["file"], each["line"]) for each in found}), said


@pytest.fixture(autouse=True)
def programs(need: Callable[[str], str]) -> None:
    need("helm"), need("kustomize")


def test_the_value_of_a_release_in_a_base(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found, _ = immutable(tmp_path / "r", capsys, {}, {"apps/base/release.yaml": team(RELEASE, "red")})
    assert found == [("apps/base/release.yaml", 10)]


@pytest.mark.parametrize("written", ["blue", "red"])
def test_the_value_that_an_overlay_patches(tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str) -> None:
    """Also where the base says the same as the patch: what counts is the patch."""
    before = {
        "apps/base/release.yaml": team(RELEASE, written),
        "apps/prod/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
        "apps/prod/patch.yaml": team(PATCH, "blue"),
    }
    found, _ = immutable(tmp_path / "r", capsys, before, {"apps/prod/patch.yaml": team(PATCH, "red")})
    assert found == [("apps/prod/patch.yaml", 6)]


def test_the_value_that_a_flux_kustomization_patches(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {"clusters/prod/apps.yaml": team(APPS, "blue")}
    found, _ = immutable(tmp_path / "r", capsys, before, {"clusters/prod/apps.yaml": team(APPS, "red")})
    assert found == [("clusters/prod/apps.yaml", 13)]


def test_what_a_template_computes_has_the_line_that_it_had_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    release = team(RELEASE, "blue")
    found, _ = immutable(tmp_path / "r", capsys, {}, {"apps/base/release.yaml": f"{release}    tier: gold\n"})
    assert found == [("charts/c/templates/deployment.yaml", 4)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{{ .Values.team }}", ("charts/apps/values.yaml", 1)),
        ("{{ lower .Values.team }}", ("charts/c/templates/deployment.yaml", 4)),
    ],
)
def test_a_release_that_a_chart_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str, expected: tuple[str, int]
) -> None:
    """What the chart of the release's host computes is unknown; then the line is the one that it had without."""
    head = {"apps/prod/kustomization.yaml": "resources: []\n", "apps/base/kustomization.yaml": "resources: []\n"}
    made = chart("charts/apps", release=team(RELEASE.replace("other: TEAM", "other: x"), written))
    found, _ = immutable(
        tmp_path / "r", capsys, {**head, **made, "charts/apps/values.yaml": "team: Blue\n"},
        {"charts/apps/values.yaml": "team: Red\n"},
    )  # fmt: skip
    assert found == [expected]


def test_a_release_with_a_masked_value_is_not_looked_into(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "    password: sLJ3mVtb2QcX8zR5nWq0\n"
    before, after = (team(RELEASE, name) + secret for name in ("blue", "red"))
    found, said = immutable(
        tmp_path / "r", capsys, {"apps/base/release.yaml": before}, {"apps/base/release.yaml": after}
    )
    assert found == [("charts/c/templates/deployment.yaml", 4)]
    assert "sLJ3" not in json.dumps(said)


def test_all_steps_share_one_budget(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MOST_RENDERS", 1)  # the release's own; the second one would tell patch and base apart
    before = {
        "apps/prod/kustomization.yaml": "resources: [../base]\npatches: [{path: patch.yaml}]\n",
        "apps/prod/patch.yaml": team(PATCH, "blue"),
    }
    change = {
        "apps/prod/patch.yaml": team(PATCH, "red"),
        "README.md": "of a single file the change would tell the line\n",
    }
    found, said = immutable(tmp_path / "r", capsys, before, change)
    assert found == [("", 0)]
    assert any("1 renders did not prove which line sets them" in note for note in said["notes"])
