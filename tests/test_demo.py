"""``make demo-cli`` shows a production change that is blocked, with reasons of several checks, on a bare machine too."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What the script and the sample take from a machine; kubectl lies beside the Python of .venv.
_PROGRAMS = ("sh", "git", "dirname", "mktemp", "rm")
_BLOCKS = ("❌ secrets/credential-in-object", "❌ images/not-pinned", "❌ risk/immutable")


@pytest.fixture
def demo(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the script with an empty HOME, and with no programs on PATH but the fewest and those that are named."""
    if not (ROOT / ".venv" / "bin" / "python").exists():
        pytest.skip("needs .venv")
    (tmp_path / "bin").mkdir()

    def run(*programs: str, arguments: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        for name in (*_PROGRAMS, *programs):
            (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
        env = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
        words = [str(ROOT / "tools" / "demo"), *arguments]
        return subprocess.run(words, env=env, capture_output=True, text=True, check=False)

    return run


def test_a_bare_machine_sees_the_blocked_change(demo: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = demo()
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().split("\n")[-1].startswith("❌ Gatehouse: blocked · 3 errors")
    stops = done.stdout.partition("Stops the merge")[2].partition("Worth a look")[0]
    assert [reason for reason in _BLOCKS if reason in stops] == list(_BLOCKS)
    assert "⚠️ owners/effect · apps/shop/overlays/prod" in done.stdout
    assert "dummy-password" not in done.stdout
    assert "Helm is not on PATH, so the sample's chart is left out" in done.stderr
    assert 'Look at "Stops the merge"' in done.stderr and "Who must agree" in done.stderr


def test_with_helm_a_part_of_the_same_change_is_fine(
    demo: Callable[..., subprocess.CompletedProcess[str]], need: Callable[[str], str]
) -> None:
    need("helm")
    done = demo("helm")
    assert done.returncode == 0, done.stderr
    assert "Helm" not in done.stderr
    assert "charts/notifier (prod)" in done.stdout
    stops = done.stdout.partition("Stops the merge")[2].partition("Worth a look")[0]
    assert "notifier" not in stops
    assert "checks: schema passed, policy passed, owners passed, secrets failed, images failed" in done.stdout


def test_a_wrong_argument_is_no_success(demo: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = demo(arguments=("--format", "nonsense"))
    assert done.returncode == 2
    assert "Look at" not in done.stderr
