"""README shows a real report: the one that the sample's change gives today."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_the_report_in_the_readme_is_real(need: Callable[[str], str]) -> None:
    need("helm")
    words = [sys.executable, str(ROOT / "tools" / "readme-report"), "--check"]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"run `make docs`: {done.stderr}"
