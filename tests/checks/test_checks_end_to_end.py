"""Secrets, images and boundaries on whole repositories: made ones, and the real ones, where they speak and where not."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from gitops_repository import GitOpsRepository

from bot.cli import main
from bot.git.repository import Repository
from bot.jobs.check import check
from bot.model.result import Finding, FindingState, Report, Verdict
from bot.settings import Settings
from bot.wiring import configuration, opened, resolve

PROJECT = """
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: team-a, namespace: argocd}
spec:
  sourceRepos: ['https://forge.example/team-a/*']
  destinations: [{server: 'https://kubernetes.default.svc', namespace: team-a}]
"""
APPLICATION = """
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: shop, namespace: argocd}
spec:
  project: team-a
  source: {repoURL: 'https://forge.example/team-a/shop', path: src/shop}
  destination: {server: 'https://kubernetes.default.svc', namespace: team-a}
"""
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: '1'}\n"
ROLE = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: []\n"
ON = "checks: {run: all}\n"
KEY = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1eF3hJ5"
NEW, OLD, FIXED = FindingState.INTRODUCED, FindingState.EXISTING, FindingState.FIXED


def findings(report: Report, *checks: str) -> list[Finding]:
    assert {c.name for c in report.checks} >= {"secrets", "images", "boundaries"} and not any(
        c.reason
        for c in report.checks
        if c.name != "owners"  # there is no CODEOWNERS
    )
    return [f for c in report.checks for f in c.findings if c.name in (checks or ("secrets", "images", "boundaries"))]


def rules(report: Report, state: FindingState, *checks: str) -> list[str]:
    return sorted({f.rule for f in findings(report, *checks) if f.state is state})


def test_a_project_in_another_file_holds_for_the_application(repository: GitOpsRepository) -> None:
    base = repository.commit(
        {
            ".gatehouse.yaml": ON,
            "platform/projects.yaml": PROJECT,
            "argocd/shop.yaml": APPLICATION,
            "src/shop/all.yaml": CONFIG_MAP,
        }
    )
    head = repository.commit({"src/shop/all.yaml": CONFIG_MAP + ROLE})
    report = repository.check(base, head)
    found = [f for f in findings(report, "boundaries") if f.state is NEW]
    assert [(f.rule, f.file) for f in found] == [("boundaries/project-kind", "src/shop/all.yaml")]
    quiet = repository.commit({"src/shop/all.yaml": CONFIG_MAP.replace("'1'", "'2'")})
    assert not rules(repository.check(base, quiet), NEW)


def test_an_application_of_a_registry_that_goes(repository: GitOpsRepository) -> None:
    chart = APPLICATION.replace("path: src/shop", "chart: shop, targetRevision: 1.0.0")
    cascading = chart.replace(
        "namespace: argocd}", "namespace: argocd, finalizers: [resources-finalizer.argocd.argoproj.io]}"
    )
    base = repository.commit(
        {".gatehouse.yaml": ON, "clusters/production/shop.yaml": cascading, "clusters/production/a.yaml": CONFIG_MAP}
    )
    head = repository.commit({"clusters/production/shop.yaml": None})
    report = repository.check(base, head)
    found = [(f.rule, f.file, f.line) for f in findings(report, "risk") if f.state is NEW]
    assert (found, report.verdict) == ([("risk/unit-removed", "clusters/production/shop.yaml", 2)], Verdict.FAILED)


def test_a_token_in_a_file_that_nothing_deploys(repository: GitOpsRepository) -> None:
    base = repository.commit({".gatehouse.yaml": ON, "README.md": "hello\n"})
    head = repository.commit({"README.md": f"hello\n\nghp_{KEY}\n"})
    report = repository.check(base, head)
    found = findings(report, "secrets")
    assert [(f.rule, f.file, f.line) for f in found] == [("secrets/credential", "README.md", 3)]
    assert KEY not in repr(report)


POD = """apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - name: web
    image: web:1
    env:
    - name: LEVEL
      value: debug
    - name: PASSWORD
      valueFrom:
        secretKeyRef:
          name: db
          key: k
"""


def test_the_line_of_another_secret(repository: GitOpsRepository) -> None:
    base = repository.commit(
        {
            ".gatehouse.yaml": ON,
            "src/k/kustomization.yaml": "namePrefix: a-\nresources: [pod.yaml, map.yaml]\n",
            "src/k/pod.yaml": POD,
            "src/k/map.yaml": CONFIG_MAP,
        }
    )
    head = repository.commit(
        {"src/k/pod.yaml": POD.replace("db", "admin"), "src/k/map.yaml": CONFIG_MAP.replace("1", "2")}
    )
    found = [f for f in findings(repository.check(base, head), "secrets") if f.state is NEW]
    assert [(f.rule, f.file, f.line) for f in found] == [("secrets/use", "src/k/pod.yaml", 14)]


def test_teams_of_the_configuration(repository: GitOpsRepository) -> None:
    said = "version: 1\nchecks: {run: all, boundaries: [{paths: [src/], kinds: [ConfigMap]}]}\n"
    base = repository.commit(
        {".gatehouse.yaml": said, "src/k/kustomization.yaml": "resources: [all.yaml]\n", "src/k/all.yaml": CONFIG_MAP}
    )
    head = repository.commit({"src/k/all.yaml": CONFIG_MAP + ROLE})
    assert rules(repository.check(base, head), NEW) == ["boundaries/team-kind"]


def test_a_terminal_lists_who_must_agree_where_a_forge_would_wait_for_them(
    repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    base = repository.commit(
        {
            ".gatehouse.yaml": "checks: {run: [owners]}\n",
            "CODEOWNERS": "* @all\n/overlays/prod/ @sre\n",
            "base/kustomization.yaml": "resources: [a.yaml]\n",
            "base/a.yaml": CONFIG_MAP,
            "overlays/prod/kustomization.yaml": "resources: [../../base]\n",
        }
    )
    head = repository.commit({"base/a.yaml": CONFIG_MAP.replace("'1'", "'2'")})
    silent = repository.check(base, head)  # nothing says who has agreed: as of a forge that gives no answer
    assert silent.verdict is Verdict.FAILED
    assert main(["check", "--repo", str(repository.path), "--base", base, "--head", head]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "⚠️ owners/effect" in said and "@sre must agree." in said
    assert "Who must agree @sre (CODEOWNERS:2 (/overlays/prod/))" in said
    assert "Approvals: not asked, as there is no forge here." in said


# -- real repositories


@pytest.fixture(scope="module")
def judged(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Report]:
    on = tmp_path_factory.mktemp("configuration") / "all.yaml"
    on.write_text(ON)

    def run(name: str, case: str) -> Report:
        path = tmp_path_factory.mktemp("clone") / f"{name}.git"
        subprocess.run(["git", "clone", "-q", "--bare", str(corpora / f"{name}.bundle"), str(path)], check=True)
        with Repository(path) as repository:
            sides = resolve(repository, f"case/{case}/base", f"case/{case}/head", "")
            configured = configuration(repository, sides.base, str(on))
            with opened(repository, configured, Settings(None), lambda *_: None) as ports:
                return check(sides, ports, everything=False)

    return run


def test_a_bumped_digest_reaches_production_with_staging(judged: Callable[[str, str], Report]) -> None:
    report = judged("bank-of-anthos", "979d735a")
    assert rules(report, NEW) == ["images/promotion-order"]
    new = [f for f in findings(report) if f.state is NEW]
    assert {f.file.rpartition("/")[2] for f in new} == {"init-db-job.yaml"} and len(new) == 4
    assert rules(report, OLD, "secrets") == ["secrets/credential-in-object", "secrets/password-in-object"]


def test_new_overlays_hold_the_passwords_of_their_base(judged: Callable[[str, str], Report]) -> None:
    report = judged("bank-of-anthos", "87492b4e")
    assert rules(report, NEW) == ["secrets/credential-in-object", "secrets/password-in-object"]


def test_sources_move_into_the_namespaces_of_their_releases(judged: Callable[[str, str], Report]) -> None:
    report = judged("flux2-kustomize-helm-example", "eb17b571")
    assert rules(report, FIXED, "boundaries") == ["boundaries/flux-cross-namespace"]
    assert not rules(report, NEW, "secrets", "images")


def test_an_ordinary_change_says_nothing_new(judged: Callable[[str, str], Report]) -> None:
    assert not rules(judged("podinfo", "eec06d1e"), NEW)
