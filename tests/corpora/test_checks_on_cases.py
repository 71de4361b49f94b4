"""Each check has a case on a real repository where it speaks, and a real change where it must be silent."""

from __future__ import annotations

from pathlib import Path

import pytest
from judged_cases import JudgedCases, of_check

from bot.model.result import CheckStatus, FindingState, Report, Verdict

BANK, FLUX, KUBEFLOW, PODINFO = (
    "bank-of-anthos", "flux2-kustomize-helm-example", "kubeflow-manifests", "podinfo",
)  # fmt: skip
_INIT = "src/accounts/accounts-db/k8s/components/init-db-job/init-db-job.yaml"
_SCHEDULED = "applications/pipeline/upstream/base/pipeline/ml-pipeline-scheduledworkflow-deployment.yaml"


@pytest.fixture(scope="module")
def judged(corpora: Path, tmp_path_factory: pytest.TempPathFactory) -> JudgedCases:
    return JudgedCases(corpora, tmp_path_factory.mktemp("judged"))


def said(report: Report, check: str) -> set[tuple[str, str, str, str, int]]:
    """What is new: rule, severity, object, file and line."""
    return {
        (f.rule, str(f.severity), f"{f.object.kind}/{f.object.name}" if f.object else "", f.file, f.line)
        for f in of_check(report, check).findings
        if f.state is FindingState.INTRODUCED
    }


# -- real pull requests where a check speaks


@pytest.mark.parametrize(
    ("bundle", "case", "check", "status", "finding"),
    [
        (KUBEFLOW, "be71cf4d", "policy", "passed",
         ("policy/probes", "info", "Deployment/ml-pipeline-scheduledworkflow", _SCHEDULED, 6)),
        (BANK, "979d735a", "owners", "passed", ("owners/effect", "info", "", _INIT, 0)),
        (BANK, "87492b4e", "secrets", "failed",
         ("secrets/credential-in-object", "error", "ConfigMap/accounts-db-config",
          "src/accounts/accounts-db/k8s/base/config.yaml", 25)),
        (BANK, "979d735a", "images", "passed",
         ("images/promotion-order", "warning", "Job/populate-accounts-db", _INIT, 267)),
        (BANK, "979d735a", "risk", "failed", ("risk/immutable", "error", "Job/populate-accounts-db", _INIT, 267)),
        (FLUX, "eb17b571", "risk", "failed",
         ("risk/cluster-scoped", "warning", "ClusterIssuer/letsencrypt", "infrastructure/configs/cluster-issuers.yaml", 5)),
        (FLUX, "242c5b1e", "schema", "passed", ("schema/unknown-kind", "warning", "", "", 0)),
    ],
)  # fmt: skip
def test_speaks(
    judged: JudgedCases, bundle: str, case: str, check: str, status: str, finding: tuple[str, str, str, str, int]
) -> None:
    report = judged.case(bundle, case)
    assert finding in said(report, check)
    assert of_check(report, check).status == CheckStatus(status)


# -- small changes on top of real trees, where no real pull request makes a check speak of a line


def test_schema_speaks_of_a_mistyped_field(judged: JudgedCases) -> None:
    path = "src/frontend/k8s/base/frontend.yaml"
    typo = {path: ("terminationGracePeriodSeconds: 5", "terminationGracePeriodSecs: 5")}
    report = judged.on_top(BANK, typo)
    found = said(report, "schema")
    assert ("schema/unknown-field", "error", "Deployment/frontend", path, 29) in found
    assert of_check(report, "schema").status is CheckStatus.FAILED and report.verdict is Verdict.FAILED


def test_boundaries_speaks_of_an_app_team_that_opens_its_namespace(judged: JudgedCases) -> None:
    path = "apps/base/podinfo/namespace.yaml"
    label = "toolkit.fluxcd.io/tenant: dev-team"
    opened = {path: (label, f"{label}\n    pod-security.kubernetes.io/enforce: privileged")}
    report = judged.on_top(FLUX, opened)
    assert ("boundaries/pod-security", "Namespace/podinfo", path, 7) in {
        (rule, name, file, line) for rule, _, name, file, line in said(report, "boundaries")
    }


def test_policy_speaks_of_a_container_that_becomes_privileged(judged: JudgedCases) -> None:
    path = "src/frontend/k8s/base/frontend.yaml"
    report = judged.on_top(BANK, {path: ("privileged: false", "privileged: true")})
    found = {(rule, severity, name, file) for rule, severity, name, file, _ in said(report, "policy")}
    assert ("policy/privileged", "error", "Deployment/frontend", path) in found
    assert of_check(report, "policy").status is CheckStatus.FAILED


# -- real pull requests where a check must be silent


@pytest.mark.parametrize(
    ("check", "bundle", "case"),
    [
        *((name, PODINFO, "eec06d1e") for name in
          ("schema", "policy", "owners", "secrets", "images", "boundaries", "risk")),
        *((name, BANK, "1e40564f") for name in ("schema", "policy", "owners", "images", "boundaries", "risk")),
        ("schema", BANK, "979d735a"), ("schema", KUBEFLOW, "be71cf4d"),
        ("policy", BANK, "979d735a"),
        ("owners", FLUX, "3a71764b"),
        ("secrets", BANK, "979d735a"), ("secrets", KUBEFLOW, "be71cf4d"),
        ("images", KUBEFLOW, "be71cf4d"),
        ("boundaries", FLUX, "eb17b571"), ("boundaries", BANK, "979d735a"),
        ("risk", FLUX, "3a71764b"),
    ],
)  # fmt: skip
def test_is_silent(judged: JudgedCases, check: str, bundle: str, case: str) -> None:
    report = judged.case(bundle, case)
    assert report.units, "nothing is reached, so that silence proves nothing"
    assert said(report, check) == set()
    owned = any(result.name == "owners" and not result.reason for result in report.checks)
    silent = CheckStatus.SKIPPED if check == "owners" and not owned else CheckStatus.PASSED
    assert of_check(report, check).status is silent
