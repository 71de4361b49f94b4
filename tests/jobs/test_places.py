"""Lines of findings on real repositories: for many units together, within a budget, what stops the merge first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization

from bot.cli import main
from bot.documents import dump
from bot.jobs import places
from bot.model.result import FindingState
from bot.render.trace import Tracer

ON = "checks: {run: [risk]}\n"
FILE = "apps/web/base/web.yaml"
SAME_WORD = {"example.org/note": "other"}  # as the label: looking does not tell which of the two it comes from


def workload(label: str) -> str:
    labels = {"app": label}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    return dump({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})


def checked(
    path: Path, capsys: pytest.CaptureFixture[str], overlays: dict[str, dict[str, object]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The findings about fields that cannot change, in a repository whose overlays have these kustomizations."""
    repository = GitOpsRepository(path)
    files = {FILE: workload("web"), "apps/web/base/kustomization.yaml": kustomization(resources=["web.yaml"])}
    for name, fields in overlays.items():
        files[f"apps/web/overlays/{name}/kustomization.yaml"] = kustomization(resources=["../../base"], **fields)
    repository.commit({**files, ".gatehouse.yaml": ON})
    repository.git("checkout", "-q", "-B", "base")
    repository.git("checkout", "-q", "--detach")
    repository.commit({FILE: workload("other")})
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [finding for result in said["checks"] for finding in result["findings"]]
    return [finding for finding in found if finding["rule"] == "risk/immutable"], said


@pytest.fixture
def spent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories of the units that are rendered to trace something, in order."""
    seen: list[str] = []
    real = Tracer.changed

    def changed(self: Tracer, trial: Any) -> Any:
        seen.append(getattr(self.material.part, "path", ""))
        return real(self, trial)

    monkeypatch.setattr(Tracer, "changed", changed)
    return seen


def test_the_same_line_for_many_units_costs_no_render(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spent: list[str]
) -> None:
    names = [f"prod-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]
    found, said = checked(tmp_path / "r", capsys, {name: {} for name in names})
    line = workload("other").split("\n").index("      app: other") + 1
    assert {(finding["file"], finding["line"]) for finding in found} == {(FILE, line)}
    assert len(found) == len(names)
    assert spent == []
    assert said["notes"] == []


def test_what_has_to_be_proven_is_proven_for_what_stops_the_merge_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, spent: list[str]
) -> None:
    monkeypatch.setattr(places, "MOST_RENDERS", 1)
    annotated: dict[str, dict[str, object]] = {name: {"commonAnnotations": SAME_WORD} for name in ("dev", "prod")}
    found, said = checked(tmp_path / "r", capsys, annotated)
    by_unit = {finding["unit"]: finding for finding in found}
    text = workload("other").split("\n")
    assert by_unit["apps/web/overlays/prod"]["line"] == text.index("      app: other") + 1
    assert (
        by_unit["apps/web/overlays/dev"]["line"] == text.index("  name: web") + 1
    )  # the object's, which is plain to see
    assert spent == ["apps/web/overlays/prod"]
    assert any("without their line" in note for note in said["notes"])


def test_units_that_render_from_the_same_files_share_a_proof(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spent: list[str]
) -> None:
    repository = GitOpsRepository(tmp_path / "r")
    overlay = "apps/web/overlays/prod"
    applications = {
        f"argocd/{name}.yaml": dump({
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": name},
            "spec": {"source": {"repoURL": "https://example.com/gitops.git", "path": overlay},
                     "destination": {"namespace": name, "server": "https://kubernetes.default.svc"}}})
        for name in ("one", "two")
    }  # fmt: skip
    files = {FILE: workload("web"), "apps/web/base/kustomization.yaml": kustomization(resources=["web.yaml"])}
    files[f"{overlay}/kustomization.yaml"] = kustomization(resources=["../../base"], commonAnnotations=SAME_WORD)
    config = ON + "repository: {urls: ['https://example.com/gitops.git']}\n"
    repository.commit({**files, **applications, ".gatehouse.yaml": config})
    repository.git("checkout", "-q", "-B", "base")
    repository.git("checkout", "-q", "--detach")
    repository.commit({FILE: workload("other")})
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [f for result in said["checks"] for f in result["findings"] if f["rule"] == "risk/immutable"]
    assert len(found) == 2
    assert {finding["file"] for finding in found} == {FILE}
    assert spent == [overlay]


def test_what_an_application_lays_over_has_its_line_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def application(team: str) -> str:
        source = {"repoURL": "https://forge.example/gitops.git", "path": "apps/web"}
        spec = {"source": source | {"kustomize": {"commonLabels": {"team": team}}}, "destination": {"namespace": "web"}}
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": {"name": "web"}}
        return dump(head | {"spec": spec})

    repository = GitOpsRepository(tmp_path / "r")
    files = {"apps/web/web.yaml": workload("web"), "apps/web/kustomization.yaml": kustomization(resources=["web.yaml"])}
    repository.commit({**files, "argo/web.yaml": application("blue"), ".gatehouse.yaml": ON})
    repository.git("checkout", "-q", "--detach")
    repository.commit({"argo/web.yaml": application("red")})
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [finding for result in said["checks"] for finding in result["findings"]]
    line = application("red").split("\n").index("        team: red") + 1
    places_ = [(each["file"], each["line"]) for each in found if each["rule"] == "risk/immutable"]
    assert places_ == [("argo/web.yaml", line)]


def test_objects_of_one_name_in_one_file_have_their_own_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def applications(team: str) -> str:
        source = {"repoURL": "https://forge.example/gitops.git", "path": "apps/web"}
        spec = {"source": source | {"kustomize": {"commonLabels": {"team": team}}}, "destination": {"namespace": "web"}}
        head = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Application"}
        return "---\n".join(dump(head | {"metadata": {"name": "web", "namespace": n}, "spec": spec}) for n in "ab")

    repository = GitOpsRepository(tmp_path / "r")
    files = {"apps/web/web.yaml": workload("web"), "apps/web/kustomization.yaml": kustomization(resources=["web.yaml"])}
    repository.commit({**files, "argo/web.yaml": applications("blue"), ".gatehouse.yaml": ON})
    repository.git("checkout", "-q", "--detach")
    repository.commit({"argo/web.yaml": applications("red")})
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [finding for result in said["checks"] for finding in result["findings"]]
    written = applications("red").split("\n")
    lines = [number for number, row in enumerate(written, start=1) if row == "        team: red"]
    assert [
        each["line"] for each in sorted(found, key=lambda f: f["unit"]) if each["rule"] == "risk/immutable"
    ] == lines


def test_of_many_only_what_stops_the_merge_is_proven_where_a_line_further_up_is_plain_to_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, spent: list[str]
) -> None:
    monkeypatch.setattr(places, "_MANY", 1)
    annotated: dict[str, dict[str, object]] = {name: {"commonAnnotations": SAME_WORD} for name in ("dev", "prod")}
    found, said = checked(tmp_path / "r", capsys, annotated)
    lines = {finding["unit"].rpartition("/")[2]: (finding["file"], finding["line"]) for finding in found}
    text = workload("other").split("\n")
    assert lines == {"prod": (FILE, text.index("      app: other") + 1), "dev": (FILE, text.index("  name: web") + 1)}
    assert spent == ["apps/web/overlays/prod"]
    assert said["notes"] == []


def test_what_was_there_before_has_a_line_and_costs_no_render(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spent: list[str]
) -> None:
    repository = GitOpsRepository(tmp_path / "r")
    pod = {"containers": [{"name": "web", "image": "example.com/web:1", "securityContext": {"privileged": True}}]}
    file = "apps/web/overlays/prod/web.yaml"
    text = dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": pod})
    repository.commit(
        {
            file: text,
            "apps/web/overlays/prod/kustomization.yaml": kustomization(resources=["web.yaml"]),
            ".gatehouse.yaml": "checks: {run: [policy]}\n",
        }
    )
    repository.git("checkout", "-q", "-B", "base")
    repository.git("checkout", "-q", "--detach")
    repository.commit({file: text.replace("web:1", "web:2")})
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [one for check in said["checks"] for one in check["findings"] if one["rule"] == "policy/privileged"]
    line = next(n for n, one in enumerate(text.split("\n"), 1) if "privileged" in one)
    assert [(one["state"], one["file"], one["line"]) for one in found] == [("existing", file, line)]
    assert spent == []


def test_an_application_that_another_unit_renders_stands_in_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def application(name: str, project: str, path: str) -> str:
        source = {"repoURL": "https://example.com/acme/gitops", "targetRevision": "HEAD", "path": path}
        spec = {"project": project, "source": source, "destination": {"name": "in-cluster", "namespace": "shop"}}
        metadata = {"name": name, "namespace": "argocd"}
        return dump({"apiVersion": "argoproj.io/v1alpha1", "kind": "Application", "metadata": metadata, "spec": spec})

    repository = GitOpsRepository(tmp_path / "r")
    repository.git("remote", "add", "origin", "https://example.com/acme/gitops.git")
    team = {"sourceRepos": ["https://example.com/other/*"], "destinations": [{"name": "*", "namespace": "*"}]}
    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "team", "namespace": "argocd"},
    }
    repository.commit(
        {
            "apps/c/prod/web.yaml": workload("web"),
            "clusters/prod/team.yaml": dump({**project, "spec": team}),
            "roots/root.yaml": application("root", "default", "clusters/prod"),
            ".gatehouse.yaml": "checks: {run: [boundaries]}\n",
        }
    )
    repository.git("checkout", "-q", "-B", "base")
    repository.git("checkout", "-q", "--detach")
    repository.commit({"clusters/prod/c.yaml": application("c", "team", "apps/c/prod")})
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    said = json.loads(capsys.readouterr().out)
    found = [one for check in said["checks"] for one in check["findings"] if one["rule"] == "boundaries/project-source"]
    line = (
        application("c", "team", "apps/c/prod").split("\n").index("  source:") + 2
    )  # the address is the first below it
    assert [(one["file"], one["line"]) for one in found] == [("clusters/prod/c.yaml", line)]


def test_a_misspelt_field_that_holds_a_mapping_stands_where_it_is_named(repository: GitOpsRepository) -> None:
    patch = "- patch: |\n    kind: Deployment\n    apiVersion: apps/v1\n    metadata: {name: web}\n    spec:\n"
    files = {FILE: workload("web"), "apps/web/base/kustomization.yaml": kustomization(resources=["web.yaml"])}
    for name in ("dev", "prod"):
        files[f"apps/web/overlays/{name}/kustomization.yaml"] = kustomization(resources=["../../base"])
    overlay = f"resources: [../../base]\npatches:\n{patch}      strategi:\n        # why\n        type: Recreate\n"
    probe = "        readynessProbe:\n          httpGet: {path: /, port: 8000}\n"
    head = {
        "apps/web/overlays/prod/kustomization.yaml": overlay,
        FILE: workload("web").replace("        image:", f"{probe}        image:"),
    }
    report = repository.compare({**files, ".gatehouse.yaml": "checks: {run: [schema]}\n"}, head)
    found = {(f.unit.split("/")[-1], f.file, f.line) for check in report.checks for f in check.findings}
    line = head[FILE].split("\n").index("        readynessProbe:") + 1
    assert found == {
        ("dev", FILE, line), ("prod", FILE, line), ("prod", "apps/web/overlays/prod/kustomization.yaml", 8),
    }  # fmt: skip


def test_a_password_in_a_file_that_a_generator_takes_stands_in_that_file(repository: GitOpsRepository) -> None:
    workload = {"envFrom": [{"configMapRef": {"name": "settings"}}], "name": "web", "image": "example.com/web:1"}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [workload]}}
    flux = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "web", "namespace": "flux-system"},
        "spec": {
            "path": "./apps/web", "prune": True, "sourceRef": {"kind": "GitRepository", "name": "flux-system"},
            "postBuild": {"substitute": {"DOMAIN": "example.com"}},
        },
    }  # fmt: skip
    generator = [{"name": "settings", "files": ["app.yaml", "own.yaml=other.yaml"]}]
    files: dict[str, str | None] = {
        ".gatehouse.yaml": "checks: {run: [secrets]}\n", "clusters/prod/web.yaml": dump(flux),
        "apps/web/web.yaml": dump(pod), "apps/web/app.yaml": "log: info\n", "apps/web/other.yaml": "log: info\n",
        "apps/web/kustomization.yaml": kustomization(resources=["web.yaml"], configMapGenerator=generator),
    }  # fmt: skip
    app = "log: info\nurl: https://api.${DOMAIN}\ndb:\n  password: Tr0ub4dor\n"
    other = "log: info\ndb: {user: app, password: Zf83kLq92XmZpR7vYwT4}\n"
    report = repository.compare(files, {"apps/web/app.yaml": app})
    (finding,) = (each for check in report.checks for each in check.findings)
    assert (finding.file, finding.line) == ("apps/web/app.yaml", 4)
    assert "`line 4 of data.app.yaml`" in finding.message
    report = repository.compare(files, {"apps/web/other.yaml": other})
    (finding,) = (each for check in report.checks for each in check.findings)
    assert (finding.rule, finding.file, finding.line) == ("secrets/password-in-object", "apps/web/other.yaml", 2)


@pytest.mark.parametrize(
    ("text", "rule"), [("password: Tr0ub4dor", "password"), (f"url: https://a:{'k3J' * 4}@x.example", "credential")]
)
def test_a_secret_in_a_block_of_lines_stands_on_its_own_line(
    repository: GitOpsRepository, text: str, rule: str
) -> None:
    file = "apps/web/settings.yaml"
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  app.yaml: |\n    log: info\n"
    files: dict[str, str | None] = {
        ".gatehouse.yaml": "checks: {run: [secrets]}\n", file: head,
        "apps/web/kustomization.yaml": kustomization(resources=["settings.yaml"], namespace="web"),
    }  # fmt: skip
    report = repository.compare(files, {file: f"{head}    # the database\n    {text}\n    more: of it\n"})
    (finding,) = (each for check in report.checks for each in check.findings)
    assert finding.rule == f"secrets/{rule}-in-object"
    assert (finding.file, finding.line) == (file, 9)
    assert "`line 3 of data.app.yaml`" in finding.message


def test_a_password_that_only_moves_within_its_text_was_there_before(repository: GitOpsRepository) -> None:
    def settings(*lines: str) -> str:
        return dump(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "a"},
                "data": {"a.yaml": "\n".join((*lines, ""))},
            }
        )

    first, second = "password: Zf83kLq92XmZpR7vYwT4", "token: 9f86d081884c7d65"
    files: dict[str, str | None] = {
        ".gatehouse.yaml": "checks: {run: [secrets]}\n", "apps/web/a.yaml": settings(first, second),
        "apps/web/kustomization.yaml": kustomization(resources=["a.yaml"]),
    }  # fmt: skip
    moved = repository.compare(files, {"apps/web/a.yaml": settings("log: info", first, second)})
    assert {f.state for check in moved.checks for f in check.findings} == {FindingState.EXISTING}
    again = repository.compare(
        files, {"apps/web/a.yaml": settings(first, first.replace("password", "other_password"), second)}
    )
    (new,) = (f for check in again.checks for f in check.findings if f.state is FindingState.INTRODUCED)
    assert "line" in new.message
