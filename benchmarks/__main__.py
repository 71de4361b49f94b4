"""``python -m benchmarks [NAME …]``: measure, and print a table of figures, ratios and goals, all of one run."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Unsuitable
from benchmarks.row import Row
from benchmarks.subjects import Place
from benchmarks.suites import SUITES, machine


def main(argv: Sequence[str]) -> int:
    """Run the chosen benchmarks; 1 when a goal is missed (never with --quick, which only shows that they run)."""
    given = _arguments(argv)
    print(f"{machine()}\nmedian (fastest–slowest) of {1 if given.quick else given.runs} or more runs\n")
    missed = 0
    with tempfile.TemporaryDirectory(prefix="benchmarks-", dir=given.directory) as folder:
        for name in given.names or SUITES:
            place = Place(Path(folder, name), 1 if given.quick else given.runs, quick=given.quick, long=given.long)
            place.directory.mkdir()
            missed += _show(name, place)
    if missed and not given.quick:
        print(f"\n{missed} goal(s) missed.")
    return 1 if missed and not given.quick else 0


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    known = "\n".join(f"  {name:10} {(suite.__doc__ or '').strip()}" for name, suite in SUITES.items())
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, epilog=f"benchmarks:\n{known}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*SUITES, []], help="which ones (all)")
    parser.add_argument("--runs", type=int, default=5, help="how often each figure is taken at least (5)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, one run: shows that they work, not how fast")
    parser.add_argument("--long", action="store_true", help="flate at 10,000 units too: ten minutes")
    parser.add_argument("--directory", type=Path, help="where repositories and caches are put meanwhile")
    return parser.parse_args(argv)


def _show(name: str, place: Place) -> int:
    """Run one benchmark and print its table; how many goals it missed."""
    print(f"## {name}\n{(SUITES[name].__doc__ or '').splitlines()[0]}\n", flush=True)
    rows: list[Row] = []
    try:
        for row in SUITES[name](place):
            rows.append(row)
            print(f"{row.what}: {row.figure}", file=sys.stderr, flush=True)
    except Unsuitable as reason:
        print(f"Left out: {reason}.\n")
    if rows:
        print(_table(rows, goals=not place.quick), flush=True)
    return sum(row.met is False for row in rows)


_HEADINGS = ("what", "time (or memory)", "ratio", "goal", "compared with")


def _table(rows: Sequence[Row], *, goals: bool) -> str:
    """Rows as a Markdown table that can also be read as it is."""
    cells = [_HEADINGS, *(_cells(row, goals=goals) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADINGS))]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines) + "\n"


def _cells(row: Row, *, goals: bool) -> tuple[str, str, str, str, str]:
    ratio = "" if row.ratio is None else f"{row.ratio:.1f}{row.unit}"
    if row.met is None or not goals:
        return row.what, row.figure, ratio, "", row.compared
    goal = f"≥ {row.at_least:g}" if row.at_least is not None else f"≤ {row.at_most:g}"
    return row.what, row.figure, ratio, goal + ("" if row.met else " MISSED"), row.compared


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
