"""The doors that need a host to run: the GitHub action, the GitLab template, the pre-commit hooks. What they run is run
here, on real clones, with the host's variables faked; what only the host can do is checked by its structure."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from gitops_repository import GitOpsRepository, kustomization, manifest
from jsonschema import Draft4Validator

ROOT = Path(__file__).resolve().parents[1]
UNIT = "apps/web/overlays/prod"
# Installing is pip's affair: the stand-in makes what a virtual environment with Gatehouse in it would have.
FAKE_PYTHON = """#!/bin/sh
echo "$@" >>"$CALLS"
if [ "$1 $2" = "-m venv" ]; then
  mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && cp "$(dirname "$0")/gatehouse" "$3/bin/gatehouse"
elif [ "$1" = -c ]; then
  exec {python} "$@"
fi
"""


def load(name: str) -> Any:
    """A YAML file of the project."""
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Host:
    """A place with a clone of a repository whose branch ``change`` is checked out, and the programs that a host has."""

    clone: Path
    bin: Path
    temp: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "CI_"))}
        identity = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "A"), ("EMAIL", "a@example.com"))
        }
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return {**kept, **identity, "PATH": path, "CALLS": str(self.temp / "calls"), **more}

    def bash(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script as GitHub and GitLab do."""
        file = self.temp / "script.sh"
        file.write_text(script)
        words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(file)]
        env = self.environment(**environment)
        return subprocess.run(
            words, cwd=self.clone, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )


@pytest.fixture
def upstream(repository: GitOpsRepository) -> GitOpsRepository:
    repository.commit(
        {
            "apps/web/base/kustomization.yaml": kustomization(resources=["cm.yaml"]),
            "apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "1"}),
            f"{UNIT}/kustomization.yaml": kustomization(resources=["../../base"]),
            "CODEOWNERS": "* @org/team\n",
        }
    )
    repository.git("branch", "-m", "main")
    return repository


def host(upstream: GitOpsRepository, place: Path, files: dict[str, str | None], *, depth: int = 0) -> Host:
    upstream.git("checkout", "-q", "-b", "change")
    upstream.commit(files)
    upstream.git("checkout", "-q", "main")
    (place / "bin").mkdir()
    (place / "temp").mkdir()
    python = shlex.quote(sys.executable)
    programs = {
        "gatehouse": f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {python} -m bot "$@"\n',
        "python": FAKE_PYTHON.replace("{python}", python),
    }
    for name, text in programs.items():
        (place / "bin" / name).write_text(text)
        (place / "bin" / name).chmod(0o755)
    shallow = [f"--depth={depth}"] if depth else []
    words = ["git", "clone", "-q", *shallow, "--branch", "change", f"file://{upstream.path}", str(place / "clone")]
    subprocess.run(words, check=True, capture_output=True)
    return Host(place / "clone", place / "bin", place / "temp")


HARMLESS: dict[str, str | None] = {"apps/web/base/cm.yaml": manifest("ConfigMap", "settings", data={"a": "2"})}
BREAKING: dict[str, str | None] = {"apps/web/base/cm.yaml": None}

# -- the GitHub action


class Runner:
    """As much of GitHub's runner as the action's own scripts need."""

    def __init__(self, at: Host, inputs: dict[str, str] | None = None, github: dict[str, str] | None = None) -> None:
        self.at = at
        self.action = load("action.yml")
        self.inputs = {name: said["default"] for name, said in self.action["inputs"].items()} | (inputs or {})
        self.github = github or {}
        self.outputs: dict[str, dict[str, str]] = {"python": {"python-path": str(at.bin / "python")}}
        self.log = ""

    def _value(self, expression: str) -> str:
        """``${{ a.b || c.d }}`` of the contexts that the action reads."""
        value: str
        for term in expression.removeprefix("${{").removesuffix("}}").split("||"):
            match term.strip().split("."):
                case ["inputs", name]:
                    value = self.inputs[name]
                case ["steps", step, "outputs", name]:
                    value = self.outputs[step].get(name, "")
                case ["github", *rest]:
                    value = self.github.get(".".join(rest), "")
                case _:
                    raise AssertionError(term)
            if value:
                return value
        return ""

    def run(self, name: str, **environment: str) -> int:
        """One step by its name; returns its exit code, and keeps its outputs and log."""
        (step,) = [step for step in self.action["runs"]["steps"] if step["name"] == name]
        files = {key: self.at.temp / key for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        variables = {key: self._value(value) for key, value in step["env"].items()}
        runner = {"RUNNER_TEMP": str(self.at.temp), "GITHUB_ACTION_PATH": str(ROOT)}
        done = self.at.bash(step["run"], **variables, **runner, **{k: str(v) for k, v in files.items()}, **environment)
        self.log += done.stdout
        if "id" in step and files["GITHUB_OUTPUT"].exists():
            rows = files["GITHUB_OUTPUT"].read_text().splitlines()
            self.outputs[step["id"]] = dict(row.split("=", 1) for row in rows)
        return done.returncode

    def all(self, **environment: str) -> int:
        """Every step of ours, as the runner would: the job's exit code."""
        assert self.run("Install Gatehouse") == 0, self.log
        assert self.run("Check", **environment) == 0, self.log
        return self.run("Verdict")

    @property
    def summary(self) -> str:
        return (self.at.temp / "GITHUB_STEP_SUMMARY").read_text()


def test_the_action_lets_a_harmless_change_pass(upstream: GitOpsRepository, tmp_path: Path) -> None:
    runner = Runner(host(upstream, tmp_path, HARMLESS))
    assert runner.all(GITHUB_BASE_REF="main") == 0, runner.log
    assert runner.outputs["check"]["verdict"] == "passed"
    assert runner.summary.startswith("### ✅ Gatehouse: passed")
    assert (
        (runner.at.temp / "calls")
        .read_text()
        .splitlines()[1]
        .endswith(f"pip install --quiet --disable-pip-version-check {ROOT}")
    )


def test_the_action_stops_a_breaking_change(upstream: GitOpsRepository, tmp_path: Path) -> None:
    runner = Runner(host(upstream, tmp_path, BREAKING))
    assert runner.all(GITHUB_BASE_REF="main") == 1, runner.log
    found = runner.outputs["check"]
    assert found["verdict"] == "failed"
    assert "does not build any more" in runner.summary
    sarif = json.loads(Path(found["sarif"]).read_text())
    Draft4Validator(json.loads((ROOT / "tests/report/sarif-schema-2.1.0.json").read_text())).validate(sarif)
    (broken,) = [result for result in sarif["runs"][0]["results"] if result["level"] == "error"]
    assert broken["ruleId"] == "gatehouse/broken"
    uri = broken["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == f"{UNIT}/kustomization.yaml"
    assert json.loads(Path(found["json"]).read_text())["verdict"] == "failed"
    assert Path(found["html"]).read_text().startswith("<!doctype html>")
    assert Path(found["markdown"]).read_text() == runner.summary


def test_the_action_only_tells_where_it_shall_not_fail(upstream: GitOpsRepository, tmp_path: Path) -> None:
    runner = Runner(host(upstream, tmp_path, BREAKING), {"fail": "false"})
    assert runner.all(GITHUB_BASE_REF="main") == 0
    assert runner.outputs["check"]["verdict"] == "failed"


def test_the_action_takes_the_base_of_a_merge_group(upstream: GitOpsRepository, tmp_path: Path) -> None:
    at = host(upstream, tmp_path, BREAKING)
    runner = Runner(at, github={"event.merge_group.base_sha": upstream.git("rev-parse", "main")})
    assert runner.all() == 1
    assert runner.outputs["check"]["verdict"] == "failed"


@pytest.mark.parametrize("inputs", [{}, {"fail": "false"}])
def test_the_action_has_no_answer_in_a_shallow_clone(
    inputs: dict[str, str], upstream: GitOpsRepository, tmp_path: Path
) -> None:
    runner = Runner(host(upstream, tmp_path, HARMLESS, depth=1), inputs)
    assert runner.all(GITHUB_BASE_REF="main") == 1
    assert runner.outputs["check"] == {"verdict": "error"}
    assert "fetch-depth: 0" in runner.log
    assert "no report" in runner.summary


@pytest.mark.parametrize("name", ["main$(touch${IFS}pwned)", "main;touch pwned", "`touch pwned`", '"; touch pwned; "'])
def test_a_branch_name_is_never_run(name: str, upstream: GitOpsRepository, tmp_path: Path) -> None:
    runner = Runner(host(upstream, tmp_path, HARMLESS))
    assert runner.all(GITHUB_BASE_REF=name) == 1
    assert runner.outputs["check"] == {"verdict": "error"}
    assert not list(tmp_path.rglob("pwned"))


def test_what_gatehouse_says_is_no_command_to_the_runner(upstream: GitOpsRepository, tmp_path: Path) -> None:
    runner = Runner(host(upstream, tmp_path, HARMLESS), {"base": "nowhere"})
    runner.all()
    token = re.findall(r"(?m)^::stop-commands::([0-9a-f]{32})$", runner.log)[0]
    before, said, after = re.split(rf"(?m)^::(?:stop-commands::)?{token}(?:::)?$", runner.log)
    assert "gatehouse: --base 'nowhere' is not a commit" in said
    assert "gatehouse: " not in before + after


def test_the_shape_of_the_action() -> None:
    action = load("action.yml")
    assert action["runs"]["using"] == "composite"
    for said in (*action["inputs"].values(), *action["outputs"].values()):
        assert said["description"].endswith(".")
    declared = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert declared == set(action["inputs"])
    for step in action["runs"]["steps"]:
        if "run" in step:
            assert step["shell"] == "bash"
            assert "${{" not in step["run"], "untrusted text belongs into env"
        else:
            assert re.fullmatch(r"[\w-]+/[\w/-]+@[0-9a-f]{40}", step["uses"])
    assert {step["id"] for step in action["runs"]["steps"] if "id" in step} == {"python", "check"}


def test_the_workflow_that_uses_the_action() -> None:
    workflow = load("examples/ci/github.yml")
    assert workflow["permissions"] == {"contents": "read", "security-events": "write"}
    checkout, _ = workflow["jobs"]["gatehouse"]["steps"]
    assert checkout["with"]["fetch-depth"] == 0


# -- the GitLab template


@pytest.mark.parametrize(("files", "code"), [(HARMLESS, 0), (BREAKING, 1)])
def test_the_gitlab_job(files: dict[str, str | None], code: int, upstream: GitOpsRepository, tmp_path: Path) -> None:
    at = host(upstream, tmp_path, files)
    subprocess.run(["git", "-C", str(at.clone), "update-ref", "-d", "refs/remotes/origin/main"], check=True)
    job = load("examples/ci/gitlab.yml")["gatehouse"]
    head = subprocess.run(
        ["git", "-C", str(at.clone), "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    done = at.bash(
        "\n".join([*job["before_script"], *job["script"]]),
        CI_MERGE_REQUEST_TARGET_BRANCH_NAME="main", CI_COMMIT_SHA=head, GATEHOUSE=job["variables"]["GATEHOUSE"],
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    assert "Gatehouse: " in done.stdout
    listed = json.loads((at.clone / job["artifacts"]["reports"]["codequality"]).read_text())
    stopping = [entry["check_name"] for entry in listed if entry["severity"] == "blocker"]
    assert stopping == ["gatehouse/broken"] * code
    for path in job["artifacts"]["paths"]:
        assert (at.clone / path).is_file()
    assert "pip install" in (at.temp / "calls").read_text()


def test_the_shape_of_the_gitlab_job() -> None:
    job = load("examples/ci/gitlab.yml")["gatehouse"]
    assert job["artifacts"]["when"] == "always"
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert all(isinstance(line, str) for line in (*job["before_script"], *job["script"]))


# -- the pre-commit hooks


def hook(name: str) -> dict[str, Any]:
    (found,) = [entry for entry in load(".pre-commit-hooks.yaml") if entry["id"] == name]
    return dict(found)


def install_hook(at: Host, name: str, stage: str) -> None:
    """What the framework does at that moment: run the entry with its arguments, and stop at an exit code."""
    said = hook(name)
    assert said["pass_filenames"] is False
    assert stage in said["stages"]
    target = at.clone / ".git" / "hooks" / stage
    target.parent.mkdir(exist_ok=True)
    target.write_text(f"#!/bin/sh\nexec {said['entry']} {shlex.join(said['args'])}\n")
    target.chmod(0o755)


@pytest.mark.parametrize(("files", "stops"), [(HARMLESS, False), (BREAKING, True)])
def test_the_hook_before_a_commit(
    files: dict[str, str | None], stops: bool, upstream: GitOpsRepository, tmp_path: Path
) -> None:
    at = host(upstream, tmp_path, {"notes.txt": "a"})
    install_hook(at, "gatehouse", "pre-commit")
    for name, text in files.items():
        (at.clone / name).unlink()
        if text is not None:
            (at.clone / name).write_text(text)
    words = ["git", "commit", "-q", "-a", "-m", "change"]
    done = subprocess.run(words, cwd=at.clone, env=at.environment(), capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == stops, done.stdout + done.stderr
    assert "Gatehouse: " in done.stdout + done.stderr


@pytest.mark.parametrize(("files", "stops"), [(HARMLESS, False), (BREAKING, True)])
def test_the_hook_before_a_push(
    files: dict[str, str | None], stops: bool, upstream: GitOpsRepository, tmp_path: Path
) -> None:
    at = host(upstream, tmp_path, files)
    install_hook(at, "gatehouse-push", "pre-push")
    words = ["git", "push", "-q", "origin", "HEAD:refs/heads/pushed"]
    done = subprocess.run(words, cwd=at.clone, env=at.environment(), capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == stops, done.stdout + done.stderr


def test_the_shape_of_the_hooks() -> None:
    for said in load(".pre-commit-hooks.yaml"):
        assert said["language"] == "python"  # installed from this repository, by its pyproject.toml
        assert shlex.split(said["entry"])[0] in ("gatehouse",)
        assert said["description"].endswith(".")
