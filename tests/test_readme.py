"""README shows a real report: the one that the sample's change gives today."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_report_in_the_readme_is_real(need: Callable[[str], str]) -> None:
    need("helm")
    done = subprocess.run([sys.executable, ROOT / "tools" / "readme-report", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"run `make docs`: {done.stderr}"
