"""``python -m benchmarks [NAME …]``: measure, and print a table of figures, ratios and goals, all of one run."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Unsuitable
from benchmarks.subjects import Place
from benchmarks.suites import SUITES, Row, machine


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
    print(f"## {name}: {(SUITES[name].__doc__ or '').splitlines()[0]}", flush=True)
    missed = 0
    try:
        for row in SUITES[name](place):
            print(_line(row), flush=True)
            missed += row.met is False
    except Unsuitable as reason:
        print(f"skipped: {reason}")
    print()
    return missed


def _line(row: Row) -> str:
    ratio = f"{row.ratio:.1f}{row.unit}" if row.ratio is not None else ""
    goal = f"{'≥' if row.at_least is not None else '≤'} {row.at_least or row.at_most:g}" if row.met is not None else ""
    mark = {True: "ok", False: "MISSED", None: ""}[row.met]
    return f"{row.what:44} {row.figure:30} {ratio:>10} {goal:7} {mark:7} {row.compared}".rstrip()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
