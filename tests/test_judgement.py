"""The checks through the command line: what stops the merge, where, and what the repository may say about it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gitops_repository import GitOpsRepository, kustomization

from bot.checks.judgement import Judged
from bot.checks.risk import Risk
from bot.cli import main
from bot.config.judging import CheckName
from bot.documents import dump
from bot.model.evidence import Statement
from bot.model.result import CheckStatus, Finding, FindingState, Severity

ON = "checks: {run: [risk]}\n"
SELECTOR = "apps/web/base/web.yaml"


def workload(label: str) -> str:
    labels = {"app": label}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "example.com/web:1"}]}}
    spec = {"selector": {"matchLabels": labels}, "template": pod}
    return dump({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})


def made(path: Path, config: str) -> GitOpsRepository:
    repository = GitOpsRepository(path)
    files = {SELECTOR: workload("web"), "apps/web/base/kustomization.yaml": kustomization(resources=["web.yaml"])}
    for environment in ("dev", "prod"):
        files[f"apps/web/overlays/{environment}/kustomization.yaml"] = kustomization(resources=["../../base"])
    repository.commit({**files, ".gatehouse.yaml": config} if config else files)
    repository.git("checkout", "-q", "-B", "base")
    repository.git("checkout", "-q", "--detach")
    return repository


def check(repository: GitOpsRepository, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    code = main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def findings(said: dict[str, Any]) -> list[dict[str, Any]]:
    return [finding for result in said["checks"] for finding in result["findings"]]


@pytest.mark.parametrize("config", ["", "checks: {existing: false}\n", "checks: {run: all}\n"])
def test_all_checks_run_unless_the_repository_wants_fewer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], config: str
) -> None:
    repository = made(tmp_path / "r", config)
    repository.commit({SELECTOR: workload("other")})
    code, said = check(repository, capsys)
    assert [result["name"] for result in said["checks"]] == list(CheckName)
    assert (code, "risk/immutable" in {f["rule"] for f in findings(said)}) == (1, True)


def test_no_check_runs_where_the_repository_wants_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = made(tmp_path / "r", "checks: {run: none}\n")
    repository.commit({SELECTOR: workload("other")})
    code, said = check(repository, capsys)
    assert (code, said["checks"], said["owners"]) == (0, [], [])


def test_an_error_in_production_stops_the_merge_and_names_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = made(tmp_path / "r", ON)
    repository.commit({SELECTOR: workload("other")})
    code, said = check(repository, capsys)
    assert (code, said["verdict"]) == (1, "failed")
    by_unit = {f["unit"]: f for f in findings(said) if f["rule"] == "risk/immutable"}
    production = by_unit["apps/web/overlays/prod"]
    assert (production["severity"], production["state"], production["file"]) == ("error", "introduced", SELECTOR)
    line = (repository.path / SELECTOR).read_text().splitlines()[production["line"] - 1]
    assert line.split() == ["app:", "other"]
    assert by_unit["apps/web/overlays/dev"]["severity"] == "warning"  # development is told, and not stopped


def test_what_a_broken_unit_leaves_without_a_judgement_is_not_fixed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repository = made(tmp_path / "r", "checks: {run: [images]}\n")
    repository.commit({SELECTOR: "kind: [\n"})
    code, said = check(repository, capsys)
    assert (code, {f["rule"] for f in findings(said)}) == (1, {"images/not-pinned"})
    assert {f["state"] for f in findings(said)} == {"existing"}


@pytest.mark.parametrize(
    ("more", "code", "state"),
    [
        ('waivers: [{rule: risk/*, owner: "@a", reason: agreed, expires: "2999-01-01"}]\n', 0, "waived"),
        ('waivers: [{rule: risk/immutable, owner: "@a", reason: old, expires: "2001-01-01"}]\n', 1, "introduced"),
        (
            'waivers: [{rule: risk/*, owner: "@a", reason: r, expires: "2999-01-01", objects: [Job/*]}]\n',
            1,
            "introduced",
        ),
        (
            'waivers: [{rule: risk/*, owner: "@a", reason: r, expires: "2999-01-01", units: [apps/web/overlays/prod]}]\n',
            0,
            "waived",
        ),
    ],
)
def test_waivers(more: str, code: int, state: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = made(tmp_path / "r", ON + more)
    repository.commit({SELECTOR: workload("other")})
    found, said = check(repository, capsys)
    production = [f for f in findings(said) if f["unit"].endswith("prod") and f["rule"] == "risk/immutable"]
    assert (found, [f["state"] for f in production]) == (code, [state])
    assert any("expired on 2001-01-01" in note for note in said["notes"]) is ("2001" in more)


def test_a_change_cannot_waive_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = made(tmp_path / "r", ON)
    waiver = 'waivers: [{rule: risk/*, owner: "@a", reason: mine, expires: "2999-01-01"}]\n'
    repository.commit({SELECTOR: workload("other"), ".gatehouse.yaml": ON + waiver})
    code, said = check(repository, capsys)
    assert (code, {f["state"] for f in findings(said)}) == (1, {"introduced"})


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ("{run: [risk], gates: [{fails_on: nothing}]}", 0),
        ("{run: [risk], gates: [{fails_on: error, environments: [dev]}, {fails_on: nothing}]}", 1),
        ("{run: [risk], levels: [{rule: risk/immutable, severity: warning}]}", 0),
        ("{run: [risk], levels: [{rule: risk/immutable, severity: off}, {rule: risk/*, severity: info}]}", 0),
        ("{run: [risk], levels: [{rule: risk/immutable, severity: off, environments: [dev]}]}", 1),
    ],
)
def test_gates_and_levels(checks: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = made(tmp_path / "r", f"checks: {checks}\n".replace("severity: off", 'severity: "off"'))
    repository.commit({SELECTOR: workload("other")})
    assert check(repository, capsys)[0] == code


def test_what_was_wrong_before_does_not_stop_the_merge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    budget = dump(
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "web"},
            "spec": {"maxUnavailable": 0},
        }
    )
    files = {
        "apps/web/base/kustomization.yaml": kustomization(resources=["web.yaml", "pdb.yaml"]),
        "apps/web/base/pdb.yaml": budget,
    }
    for config, code in ((ON, 0), ("checks: {run: [risk], existing: true, gates: [{fails_on: warning}]}\n", 1)):
        repository = made(tmp_path / str(code), config)
        repository.git("checkout", "-q", "base")
        repository.commit(files)
        repository.git("checkout", "-q", "--detach")
        repository.commit({SELECTOR: workload("web").replace("web:1", "web:2")})
        found, said = check(repository, capsys)
        assert {f["state"] for f in findings(said) if f["rule"] == "risk/pdb-blocks"} == {"existing"}
        assert found == code


def test_a_check_that_crashes_blocks_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("hunter2")  # no shape by which a mask would know it

    repository = made(tmp_path / "r", "checks: {run: [owners, risk]}\n")
    repository.commit({SELECTOR: workload("web").replace("web:1", "web:2")})
    monkeypatch.setattr(Risk, "run", fail)
    code, said = check(repository, capsys)
    assert (code, said["verdict"]) == (3, "error")
    assert [(c["name"], c["status"]) for c in said["checks"]] == [("owners", "skipped"), ("risk", "error")]
    assert "hunter2" not in json.dumps(said)


@pytest.mark.parametrize(("stops", "status"), [(True, CheckStatus.FAILED), (False, CheckStatus.SKIPPED)])
def test_a_check_that_skips_a_part_still_fails_for_what_it_found(stops: bool, status: CheckStatus) -> None:
    finding = Finding("a/b", Severity.ERROR, FindingState.INTRODUCED, "u", None, "", 0, "what", "how")
    judged = Judged(
        "a", ((finding, Statement("a/b", Severity.ERROR, "what", "how"), stops),), skipped="the rest is too big"
    )
    assert (judged.result().status, judged.result().reason) == (status, "the rest is too big")


def test_what_a_check_notes_is_in_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    repository = made(tmp_path / "r", "checks: {run: [owners]}\n")
    repository.commit({SELECTOR: workload("other"), ".github/CODEOWNERS": "* @org/all\n"})
    said = check(repository, capsys)[1]
    assert "Owners come from .github/CODEOWNERS, by the rules of GitHub" in said["checks"][0]["notes"][0]


def test_the_comment_is_what_one_function_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.report import markdown

    said: list[str] = []
    real = markdown.render

    def render(*arguments: Any, **options: Any) -> str:
        said.append(real(*arguments, **options))
        return said[-1]

    monkeypatch.setattr(markdown, "render", render)
    repository = made(tmp_path / "r", ON)
    repository.commit({SELECTOR: workload("other")})
    main(["check", "--repo", str(repository.path), "--base", "base", "--head", "HEAD", "--format", "markdown"])
    assert [capsys.readouterr().out] == said  # byte for byte what a comment holds


def test_what_the_change_leaves_as_it_is_is_judged_once_or_never(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.kubernetes_schemas import metadata
    from bot.render.engine import Engine

    judged: list[str] = []
    rendered: list[str] = []
    real, one = metadata.problems, Engine._one

    def problems(fields: dict[str, Any], **options: Any) -> Any:
        judged.append(fields["metadata"]["name"])
        return real(fields, **options)

    def render(self: Engine, material: Any) -> Any:
        rendered.append(material.part.path)
        return one(self, material)

    monkeypatch.setattr(metadata, "problems", problems)
    monkeypatch.setattr(Engine, "_one", render)
    repository = GitOpsRepository(tmp_path / "r")
    config_map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {a: '%d'}\n"
    files = {".gatehouse.yaml": "checks: {run: all}\n"}
    for n in range(20):
        files[f"apps/a{n}/kustomization.yaml"] = kustomization(resources=["kept.yaml", "moved.yaml"])
        files |= {f"apps/a{n}/{name}.yaml": config_map % (f"{name}-{n}", 1) for name in ("kept", "moved")}
    repository.commit(files)
    repository.git("checkout", "-q", "-B", "base")
    repository.git("checkout", "-q", "--detach")
    repository.commit({"apps/a7/moved.yaml": config_map % ("moved-7", 2)})
    check(repository, capsys)
    assert sorted(judged) == ["kept-7", "moved-7", "moved-7"]  # the first is the same on both sides
    assert rendered == ["apps/a7", "apps/a7"]
