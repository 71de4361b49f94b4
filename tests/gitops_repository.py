"""Real git repositories for tests: write files, commit, check."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import git_directory

from bot.config.judging import ChecksRule
from bot.git.repository import Repository
from bot.jobs.check import check
from bot.model.approvals import NO_ANSWER, NOT_ASKED
from bot.model.result import Report, UnitChange
from bot.settings import Settings
from bot.wiring import Configuration, configuration, opened, resolve

_IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.com", "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.com", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, **git_directory.UNTENDED,
}  # fmt: skip


class GitOpsRepository:
    """A repository with a branch ``base``; ``change`` commits on top of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        git_directory.make(path, "base")

    def git(self, *words: str) -> str:
        env = {**os.environ, **_IDENTITY}
        done = subprocess.run(["git", *words], cwd=self.path, env=env, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, files: Mapping[str, str | None]) -> None:
        """Write files; None deletes one."""
        for name, text in files.items():
            path = self.path / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)

    def commit(self, files: Mapping[str, str | None], message: str = "change") -> str:
        self.write(files)
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return git_directory.head(self.path)

    def check(
        self, base: str, head: str | None, *, everything: bool = False, cache: Path | None = None, judged: bool = False
    ) -> Report:
        """One check in process, with its own cache unless one is given. ``judged``: the seven checks run although the
        configuration does not ask for them, as they do for users; what a change does is clearer without."""
        with Repository(self.path) as repository:
            sides = resolve(repository, base, head, "gatehouse check")
            configured = configuration(repository, sides.base, None)
            if not judged:
                configured = unjudged(configured)
            asked = NOT_ASKED if judged else NO_ANSWER
            with opened(repository, configured, Settings(cache), lambda *_: None, approvals=asked) as ports:
                return check(sides, ports, everything=everything)

    def compare(self, before: Mapping[str, str | None], after: Mapping[str, str | None], **options: Any) -> Report:
        """Commit ``before``, then ``after`` on top, and check the difference."""
        base = self.commit(before, "base")
        return self.check(base, self.commit(after, "head"), **options)


def unjudged(configured: Configuration) -> Configuration:
    """The same configuration, and no check where it says nothing of checks."""
    config = configured.config
    return configured._replace(config=config._replace(checks=config.checks or ChecksRule(run=())))


def by_path(report: Report) -> dict[str, UnitChange]:
    return {unit.path: unit for unit in report.units}


def states(report: Report) -> dict[str, str]:
    """Unit path (with environment where two share a path) → what the change does to it."""
    paths = [unit.path for unit in report.units]
    return {u.path if paths.count(u.path) == 1 else f"{u.path}@{u.environment}": str(u.state) for u in report.units}


def manifest(kind: str, name: str, **fields: Any) -> str:
    """One object as JSON, which is YAML."""
    versions = {"Deployment": "apps/v1", "ConfigMap": "v1", "Service": "v1", "Namespace": "v1", "Secret": "v1"}
    metadata = {"name": name}
    if "namespace" in fields:
        metadata["namespace"] = fields.pop("namespace")
    return json.dumps({"apiVersion": versions[kind], "kind": kind, "metadata": metadata, **fields}) + "\n"


def kustomization(**fields: Any) -> str:
    return json.dumps({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **fields}) + "\n"


def application(name: str, path: str, **source: Any) -> str:
    """An Application of Argo CD of the repository under check."""
    spec = {
        "project": "default",
        "source": {"repoURL": "https://example.com/acme/gitops.git", "path": path, **source},
        "destination": {"server": "https://kubernetes.default.svc"},
    }
    metadata = {"name": name, "namespace": "argocd"}
    value = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec}
    return json.dumps(value) + "\n"


def flux(kind: str, name: str, **spec: Any) -> str:
    """A Kustomization or a HelmRelease of Flux."""
    group = {"HelmRelease": "helm.toolkit.fluxcd.io/v2", "Kustomization": "kustomize.toolkit.fluxcd.io/v1"}[kind]
    metadata = {"name": name, "namespace": "flux-system"}
    return json.dumps({"apiVersion": group, "kind": kind, "metadata": metadata, "spec": spec}) + "\n"


def chart(directory: str, **templates: str) -> dict[str, str | None]:
    """A chart that is called like its directory, with templates by their names."""
    name = directory.rpartition("/")[2]
    files: dict[str, str | None] = {f"{directory}/Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n"}
    return {**files, **{f"{directory}/templates/{template}.yaml": text for template, text in templates.items()}}
