"""The scripts that prepare programs and the virtual environment, with stand-ins for Go and Python."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROGRAMS = "bash sh dirname basename mkdir mktemp mv rm cat cp chmod env tar gzip"
FAKE_GO = """#!/bin/sh
echo "$@" >> "$CALLS"
[ -z "$BROKEN" ] || { echo "no such module" >&2; exit 1; }
for last; do :; done
name=$(basename "${last%@*}")
[ "$name" = v5 ] && name=kustomize
mkdir -p "$GOBIN" && printf '#!/bin/sh\\n' > "$GOBIN/$name" && chmod +x "$GOBIN/$name"
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with the few programs that the scripts may use in ``bin``, and a space in its name."""
    place = tmp_path / "a place"
    (place / "bin").mkdir(parents=True)
    for name in PROGRAMS.split():
        (place / "bin" / name).symlink_to(str(shutil.which(name)))
    return place


def run(script: Path, *arguments: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(place / "bin"), "CALLS": str(place / "calls"), **environment}
    return subprocess.run([script, *arguments], env=environment, capture_output=True, text=True, check=False)


def install(*names: str, place: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    environment = {"GATEHOUSE_TOOLS_DIR": str(place / "programs"), **environment}
    return run(ROOT / "tools" / "install", *names, place=place, **environment)


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def pins() -> dict[str, str]:
    rows = (ROOT / "tools" / "versions.env").read_text().splitlines()
    return dict(row.split("=") for row in rows if row and not row.startswith("#"))


def test_programs_are_built_once_into_folders_named_after_their_pins(place: Path) -> None:
    script(place / "bin" / "go", FAKE_GO)
    first = install("kustomize", "helm", place=place)
    assert first.returncode == 0, first.stderr
    expected = [f"kustomize-{pins()['KUSTOMIZE_VERSION']}", f"helm-{pins()['HELM_VERSION']}"]
    assert first.stdout.splitlines() == [str(place / "programs" / name / "bin") for name in expected]
    assert all(os.access(place / "programs" / name / "bin" / name.split("-")[0], os.X_OK) for name in expected)
    again = install("kustomize", "helm", place=place)
    assert (again.stdout, again.stderr) == (first.stdout, "")
    assert len((place / "calls").read_text().splitlines()) == 2


def test_a_failed_build_leaves_nothing_and_says_so(place: Path) -> None:
    script(place / "bin" / "go", FAKE_GO)
    done = install("helm", place=place, BROKEN="1")
    assert done.returncode == 1
    assert "no such module" in done.stderr
    assert "helm v4.3.1 could not be built" in done.stderr.replace(pins()["HELM_VERSION"], "v4.3.1")
    assert list((place / "programs").iterdir()) == []


def test_without_go_the_sentence_says_what_to_install(place: Path) -> None:
    done = install("helm", place=place)
    assert done.returncode == 1
    assert done.stderr.startswith("tools/install: Go is needed to build helm")
    assert done.stdout == ""


FAKE_NPM = """#!/bin/sh
echo "$@" >> "$CALLS"
while [ $# -gt 1 ]; do [ "$1" = --pack-destination ] && directory=$2; shift; done
case "$1" in *openapi*) [ -z "$BROKEN" ] || { echo "no such version" >&2; exit 1; } ;; esac
made=$(mktemp -d)
mkdir -p "$made/package/generated" "$made/package/api.github.com"
for file in generated/api.github.com.json generated/other.json api.github.com/index.json; do
  echo "$1" > "$made/package/$file"
done
tar -czf "$directory/made.tgz" -C "$made" package
rm -rf "$made"
echo made.tgz
"""


def test_descriptions_of_github_are_fetched_once_and_only_what_is_read(place: Path) -> None:
    script(place / "bin" / "npm", FAKE_NPM)
    first = install("octokit", place=place)
    assert first.returncode == 0, first.stderr
    where = place / "programs" / f"octokit-{pins()['WEBHOOKS_EXAMPLES_VERSION']}-{pins()['OPENAPI_VERSION']}"
    assert first.stdout.splitlines() == [str(where)]
    examples = where / "webhooks-examples" / "api.github.com" / "index.json"
    assert examples.read_text() == f"@octokit/webhooks-examples@{pins()['WEBHOOKS_EXAMPLES_VERSION']}\n"
    assert [path.name for path in (where / "openapi").iterdir()] == ["api.github.com.json"]
    assert install("octokit", place=place).stdout == first.stdout
    assert len((place / "calls").read_text().splitlines()) == 2


def test_descriptions_that_came_by_halves_leave_nothing_and_say_so(place: Path) -> None:
    script(place / "bin" / "npm", FAKE_NPM)
    done = install("octokit", place=place, BROKEN="1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "no such version" in done.stderr
    assert f"@octokit/openapi {pins()['OPENAPI_VERSION']} could not be fetched" in done.stderr
    assert list((place / "programs").iterdir()) == []


def test_without_npm_the_sentence_says_what_to_install(place: Path) -> None:
    done = install("octokit", place=place)
    assert done.returncode == 1
    assert done.stderr.startswith("tools/install: npm is needed to fetch octokit")


@pytest.mark.parametrize("names", [(), ("kustomize", "kubectl")])
def test_unknown_or_no_names_are_a_usage_error_that_lists_the_known(place: Path, names: tuple[str, ...]) -> None:
    done = install(*names, place=place)
    assert done.returncode == 2
    assert "kustomize, helm" in done.stderr


def copy_of_setup(place: Path) -> Path:
    (place / "repository" / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "setup", place / "repository" / "tools" / "setup")
    (place / "repository" / "pyproject.toml").write_text("[project]\n")
    return place / "repository" / "tools" / "setup"


FAKE_PYTHON = """#!/bin/sh
case "$*" in
  *version_info*) exit "${TOO_OLD:-0}" ;;
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pip install"*) for last; do :; done; echo "$last" >> "$CALLS" ;;
esac
"""


def test_setup_installs_again_only_when_the_project_file_changed(place: Path) -> None:
    script(place / "bin" / "python3", FAKE_PYTHON)
    setup = copy_of_setup(place)
    for what in ("run", "run", "dev", "dev", "run"):
        done = run(setup, what, place=place)
        assert done.returncode == 0, done.stderr
    assert (place / "calls").read_text().split() == [".", ".[dev]"]
    (place / "repository" / "pyproject.toml").write_text("[project] # changed\n")
    run(setup, "dev", place=place)
    assert (place / "calls").read_text().split() == [".", ".[dev]", ".[dev]"]


def test_setup_says_when_no_python_is_new_enough(place: Path) -> None:
    script(place / "bin" / "python3", FAKE_PYTHON)
    done = run(copy_of_setup(place), "run", place=place, TOO_OLD="1")
    assert done.returncode == 1
    assert done.stderr.startswith("tools/setup: Python 3.11 or newer is needed")
    assert not (place / "repository" / ".venv").exists()


def test_setup_passes_over_a_name_that_does_not_run(place: Path) -> None:
    script(place / "bin" / "python3", "#!/bin/sh\necho 'no such version' >&2\nexit 127\n")
    script(place / "bin" / "python3.12", FAKE_PYTHON)
    done = run(copy_of_setup(place), "run", place=place)
    assert done.returncode == 0, done.stderr
