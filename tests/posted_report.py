"""The bot's comment against what the command in its own footer prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from bot.service.comment import MARKER

_ROOT = Path(__file__).parents[1]
_COMMAND = re.compile(r"`gatehouse (check --base [^`\n]*)`")
_SECONDS = 900


class Printed(NamedTuple):
    code: int
    text: str


def report_of(comment: str) -> str:
    """What lies between the first line, the marker, and the last ``<sub>`` line."""
    first, _, rest = comment.partition("\n")
    assert first == MARKER
    report, sub, _ = rest.rpartition("\n<sub>")
    assert sub
    return report


def printed(comment: str, repository: Path) -> Printed:
    """What the program prints in a clone, by the command that the comment names."""
    words = [*shlex.split(_COMMAND.findall(comment)[-1]), "--repo", str(repository), "--format", "markdown"]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), "GATEHOUSE_CACHE_DIR": "off"}
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words], env=env, capture_output=True, check=False, timeout=_SECONDS
    )
    assert done.returncode in (0, 1), done.stderr.decode()
    return Printed(done.returncode, done.stdout.decode())
