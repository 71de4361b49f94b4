"""The sample repository: it builds, its commits have the same ids everywhere, and its change is worth looking at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

EXAMPLES = Path(__file__).parents[1] / "examples"
OVERLAYS = ("dev", "staging", "prod")


def make_demo(target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / "make-demo"), str(target)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def kustomize() -> list[str]:
    """The builder at hand; kubectl comes with the wheel that Gatehouse itself needs."""
    if found := shutil.which("kustomize"):
        return [found, "build"]
    beside = Path(sys.executable).with_name("kubectl")
    return [str(beside) if beside.exists() else "kubectl", "kustomize"]


def build(directory: Path) -> dict[str, dict[str, object]]:
    done = subprocess.run([*kustomize(), str(directory)], capture_output=True, text=True, check=True)
    return {f"{o['kind']}/{o['metadata']['name']}": o for o in yaml.safe_load_all(done.stdout)}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sample") / "a place with spaces"
    done = make_demo(target)
    assert done.returncode == 0, done.stderr
    return target


def test_main_and_change_are_branches_one_commit_apart(demo: Path) -> None:
    assert git(demo, "rev-parse", "change^") == git(demo, "rev-parse", "main")
    assert git(demo, "status", "--porcelain") == ""
    assert git(demo, "branch", "--show-current") == "change"


def test_ids_do_not_depend_on_the_machine(demo: Path, tmp_path: Path) -> None:
    (tmp_path / ".gitconfig").write_text(
        "[user]\nname = Somebody\n[core]\nautocrlf = true\n[commit]\ngpgsign = true\n[init]\ndefaultBranch = trunk\n"
    )
    elsewhere = tmp_path / "elsewhere"
    done = make_demo(elsewhere, HOME=str(tmp_path), TZ="Asia/Tokyo", GIT_AUTHOR_NAME="Else", GIT_DIR="/nowhere")
    assert done.returncode == 0, done.stderr
    assert git(elsewhere, "rev-parse", "main", "change") == git(demo, "rev-parse", "main", "change")


@pytest.mark.parametrize("branch", ["main", "change"])
def test_every_overlay_builds(demo: Path, tmp_path: Path, branch: str) -> None:
    git(demo, "worktree", "add", "--detach", str(tmp_path / "tree"), branch)
    for overlay in OVERLAYS:
        objects = build(tmp_path / "tree" / "apps" / "shop" / "overlays" / overlay)
        assert "Deployment/shop" in objects
        assert ("PodDisruptionBudget/shop" in objects) == (branch == "main")


def test_the_change_holds_what_the_demonstration_tells(demo: Path) -> None:
    changed = git(demo, "diff", "--no-renames", "--name-status", "main", "change").splitlines()
    assert changed == [
        "M\tapps/shop/base/deployment.yaml",
        "M\tapps/shop/base/kustomization.yaml",
        "A\tapps/shop/base/network-policy.yaml",
        "D\tapps/shop/base/pdb.yaml",
        "M\tapps/shop/base/settings.env",
        "M\tapps/shop/overlays/dev/dummy-database.env",
        "M\tapps/shop/overlays/staging/kustomization.yaml",
        "M\tcharts/notifier/values-prod.yaml",
        "M\tenvironments/prod/apps/status-page/deployment.yaml",
    ]
    diff = git(demo, "diff", "main", "change")
    assert "+    includeSelectors: true" in diff
    assert "+    digest: sha256:" in diff
    assert "+PASSWORD=dummy-" in diff
    assert "+SEARCH_URL=https://shop:dummy-password@" in diff


def test_nothing_lists_the_new_network_policy(demo: Path) -> None:
    named = [p for p in demo.rglob("kustomization.yaml") if "network-policy" in p.read_text()]
    assert named == []


@pytest.mark.parametrize("environment", OVERLAYS)
def test_the_chart_renders_for_each_environment(demo: Path, environment: str) -> None:
    helm = shutil.which("helm")
    if helm is None:
        pytest.skip("needs helm")
    chart = demo / "charts" / "notifier"
    arguments = ["template", "notifier", str(chart), "-f", str(chart / f"values-{environment}.yaml")]
    done = subprocess.run([helm, *arguments], capture_output=True, text=True, check=True)
    kinds = [o["kind"] for o in yaml.safe_load_all(done.stdout)]
    assert kinds == ["ConfigMap", "Deployment"]


def test_without_charts_the_rest_is_the_same(demo: Path, tmp_path: Path) -> None:
    words = [sys.executable, str(EXAMPLES / "make-demo"), "--without-charts", str(tmp_path / "bare")]
    subprocess.run(words, check=True)
    for branch in ("main", "change"):
        kept = [row for row in git(demo, "ls-tree", "-r", branch).splitlines() if "\tcharts/" not in row]
        assert git(tmp_path / "bare", "ls-tree", "-r", branch).splitlines() == kept


def test_a_directory_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = make_demo(tmp_path)
    assert (done.returncode, done.stderr) == (1, f"make-demo: {tmp_path} is not empty: name a new directory\n")
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_no_argument_is_a_usage_error() -> None:
    done = subprocess.run([sys.executable, str(EXAMPLES / "make-demo")], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
