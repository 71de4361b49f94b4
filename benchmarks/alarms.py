"""``python -m benchmarks.alarms``: what the checks say about everything that real repositories deploy, as a table.

Each corpus is checked against an empty commit: all that it deploys counts as new, so that nothing is left out as existing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.measure import Unsuitable, environment
from benchmarks.subjects import CORPORA, Place, program

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_IDENTITY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com")
_SEVERITIES = ("error", "warning", "info")

Said = Counter[tuple[str, str]]  # (rule, severity) → findings


def said_of(place: Place, corpus: str) -> tuple[int, Said]:
    """How many units a corpus deploys, and the findings on them. Raises Unsuitable where it is not there."""
    clone = place.corpus(corpus)
    empty, everything = everything_new(clone)
    settings = place.directory / "checks.yaml"
    settings.write_text("version: 1\nchecks: {run: all}\n")
    words = ["check", "--repo", str(clone), "--base", empty, "--head", everything, "--config", str(settings)]
    done = subprocess.run(
        [program(), *words, "--format", "json"],
        env=environment(place.cache(corpus)), check=False, capture_output=True, text=True,
    )  # fmt: skip
    report = json.loads(done.stdout)
    findings = (f for check in report["checks"] for f in check["findings"] if f["state"] != "fixed")
    found = Counter((f["rule"], f["severity"]) for f in findings)
    return len(report["units"]), found


def everything_new(clone: Path) -> tuple[str, str]:
    """A commit without files, and one after it with all of them."""
    empty = _git(clone, "commit-tree", _EMPTY_TREE, "-m", "nothing")
    return empty, _git(clone, "commit-tree", "HEAD^{tree}", "-p", empty, "-m", "everything")


def _git(clone: Path, *words: str) -> str:
    return subprocess.run(
        ["git", "-C", str(clone), *_IDENTITY, *words], check=True, capture_output=True, text=True, input=""
    ).stdout.strip()


def table(said: dict[str, tuple[int, Said]]) -> str:
    """The table of the documentation: a row for each rule, a column for each repository."""
    rules = sorted({rule for _, found in said.values() for rule, _ in found})
    rows = [["rule", *(f"{name} ({units} units)" for name, (units, _) in said.items())]]
    rows.append(["---"] * len(rows[0]))
    rows += [[f"`{rule}`", *(_cell(rule, found) for _, found in said.values())] for rule in rules]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cell(rule: str, found: Said) -> str:
    counts = ((found[rule, severity], severity) for severity in _SEVERITIES)
    return ", ".join(f"{count} {severity}" for count, severity in counts if count) or "–"


def main() -> int:
    """Print the table; 1 where the corpora are not beside the repository."""
    names = sorted(path.stem for path in CORPORA.glob("*.bundle"))
    with tempfile.TemporaryDirectory(prefix="alarms-") as folder:
        place = Place(Path(folder), 1)
        try:
            print(table({name: said_of(place, name) for name in names}))
        except Unsuitable as reason:
            print(f"Left out: {reason}.", file=sys.stderr)
            return 1
    return 0 if names else 1


if __name__ == "__main__":
    sys.exit(main())
