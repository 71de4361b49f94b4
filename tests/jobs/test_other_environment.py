"""Declarations of one environment that turn to the directory of another one."""

from __future__ import annotations

from gitops_repository import GitOpsRepository, application, flux, kustomization, manifest

from bot.model.result import Finding, Report, Severity

RULE = "risk/other-environment"
SOURCE = {"kind": "GitRepository", "name": "flux-system"}
GIT = (
    "apiVersion: source.toolkit.fluxcd.io/v1\nkind: GitRepository\nmetadata: {name: flux-system, namespace: flux-system}\n"
    "spec: {url: 'https://forge.example/acme/repository'}\n"
)


def app(name: str, *environments: str) -> dict[str, str | None]:
    files: dict[str, str | None] = {}
    for each in environments:
        files[f"apps/{name}/{each}/kustomization.yaml"] = kustomization(resources=["a.yaml"])
        files[f"apps/{name}/{each}/a.yaml"] = manifest("ConfigMap", name, namespace=name, data={"from": each})
    return files


def declared(cluster: str, name: str, path: str) -> dict[str, str | None]:
    return {
        f"clusters/{cluster}/git.yaml": GIT,
        f"clusters/{cluster}/{name}.yaml": flux("Kustomization", name, path=path, prune=True, sourceRef=SOURCE),
    }


def told(report: Report) -> list[Finding]:
    return [finding for check in report.checks for finding in check.findings if finding.rule == RULE]


def test_production_that_turns_to_staging(repository: GitOpsRepository) -> None:
    files = {**app("web", "staging", "production", "canary"), **declared("prod-eu", "web", "./apps/web/production")}
    (found,) = told(repository.compare(files, declared("prod-eu", "web", "./apps/web/staging"), judged=True))
    assert (found.severity, found.file) == (Severity.ERROR, "clusters/prod-eu/web.yaml")
    assert "of prod-eu deploys `apps/web/staging`" in found.message or "of prod deploys" in found.message
    assert "no longer `apps/web/production`" in found.message
    back = declared("prod-eu", "web", "./apps/web/production")
    assert told(repository.compare({}, back, judged=True)) == []
    assert told(repository.compare({}, declared("prod-eu", "web", "./apps/web/canary"), judged=True)) == []


def test_another_name_of_the_same_environment(repository: GitOpsRepository) -> None:
    files = {**app("web", "prod", "production", "prod-eu"), **declared("prod", "web", "./apps/web/production")}
    for path in ("./apps/web/prod", "./apps/web/prod-eu"):
        assert told(repository.compare(files, declared("prod", "web", path), judged=True)) == []


def test_environments_below_production_are_warned(repository: GitOpsRepository) -> None:
    files = {**app("web", "dev", "staging"), **declared("staging", "web", "./apps/web/staging")}
    (found,) = told(repository.compare(files, declared("staging", "web", "./apps/web/dev"), judged=True))
    assert found.severity is Severity.WARNING


def test_a_new_one_that_takes_what_is_not_its_own(repository: GitOpsRepository) -> None:
    files = {**app("web", "staging", "prod"), **declared("prod", "web", "./apps/web/prod"), **app("shared", "staging")}
    chat = {**app("chat", "staging", "production"), **declared("prod", "chat", "./apps/chat/staging")}
    (found,) = told(repository.compare(files, chat, judged=True))
    assert found.severity is Severity.WARNING and "no longer" not in found.message
    only = declared("prod", "shared", "./apps/shared/staging")  # there is no other
    assert told(repository.compare({}, only, judged=True)) == []


def test_an_application_of_argo_cd(repository: GitOpsRepository) -> None:
    def of(path: str) -> dict[str, str | None]:
        return {"clusters/prod/web.yaml": application("web", path)}

    report = repository.compare(
        {**app("web", "staging", "prod"), **of("apps/web/prod")}, of("apps/web/staging"), judged=True
    )
    (found,) = told(report)
    assert found.severity is Severity.ERROR and found.message.startswith("This Application of prod deploys")
