"""The benchmarks: each gives the rows of its table. A row is a figure, what it is compared with, and the goal."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import brute_force, owners, scan, served, subjects
from benchmarks.generate import FAN_OUT, FLUX, FLUX_KUSTOMIZE, OVERLAYS, Layout
from benchmarks.measure import Runs, Unsuitable, alternating, environment, measure, peak_memory, show, timed
from benchmarks.row import Row, Rows
from benchmarks.subjects import Check, Place
from bot.codeowners import Dialect

MEBIBYTE = 1024 * 1024
# `flate diff all --path clusters/prod --base HEAD~1`, measured once on another two-core machine: first run, again.
PUBLISHED_FLATE = {100: (0.7, 0.25), 1_000: (4.2, 1.6), 10_000: (441.0, 131.0)}


# -- start-up


def start_up(place: Place) -> Rows:
    """What every call costs, against the same interpreter doing nothing, in an environment without any package."""
    repository = place.repository(OVERLAYS, 100)
    nothing = subjects.gatehouse(repository, "HEAD", "HEAD")
    text = [*nothing[:-4], *nothing[-2:]]
    python = subjects.bare_python(place)
    env = environment(place.cache("start-up"))
    commands = {"python": [python, "-c", "pass"], "version": subjects.version(), "json": nothing, "text": text}
    alternating(commands, env=env, times=1)  # fills the index and the bytecode
    found = alternating(commands, env=env, times=1 if place.quick else 4 * place.times)
    base = found["python"]
    told = f"python3 -c pass: {base}"
    yield Row("gatehouse --version", str(found["version"]), told, found["version"].median / base.median, at_most=4)
    for name in ("text", "json"):
        what = f"check that affects nothing, {name}"
        yield Row(what, str(found[name]), told, found[name].median / base.median, at_most=12)


# -- real repositories


def real(place: Place) -> Rows:
    """Every case of kubeflow-manifests, with --units all: the same question that the brute force answers."""
    clone = place.corpus("podinfo" if place.quick else "kubeflow-manifests")
    for case in _cases(clone)[: 1 if place.quick else None]:
        base, head = f"case/{case}/base", f"case/{case}/head"
        argv = subjects.gatehouse(clone, base, head, units="all")
        found = subjects.check(place, subjects.unjudged(place, argv), "real")
        brute = measure(subjects.brute_force(clone, base, head), env=_with_path(place), times=1 if place.quick else 2)
        same = _kustomize_changes(found) == brute.output.decode().split("\n")[:-1] or "DIFFERENT ANSWER"
        told = f"brute force: {brute}" + ("" if same is True else f" {same}")
        yield Row(f"{case} first", str(found.first), told, brute.median / found.first.median, at_least=10)
        yield Row(f"{case} again", str(found.again), told, brute.median / found.again.median, at_least=40)
        judged = subjects.check(place, argv, "real")
        yield Row(f"{case} first, with all checks", str(judged.first), told, brute.median / judged.first.median)
        yield Row(f"{case} again, with all checks", str(judged.again), told, brute.median / judged.again.median)


def _kustomize_changes(found: Check) -> list[str]:
    units = [u for u in found.report["units"] if u["change"] == "changed" and u["renderer"] == "kustomize"]
    return sorted({u["path"] or "." for u in units})


def _cases(clone: Path) -> list[str]:
    listed = subprocess.run(
        ["git", "-C", str(clone), "for-each-ref", "--format=%(refname)", "refs/heads/case/*/base"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return [name.split("/")[3] for name in listed.stdout.split()]


def _with_path(place: Place) -> dict[str, str]:
    return environment(place.directory) | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}


# -- generated repositories


def growth(place: Place) -> Rows:
    """One of N units changes. The first run reads everything; again should not feel N."""
    for layout in (OVERLAYS, FLUX, FLUX_KUSTOMIZE):
        yield from _growth(place, layout)


def _growth(place: Place, layout: Layout) -> Rows:
    sizes = (20, 40, 60) if place.quick else (100, 1_000, 10_000)
    found: dict[int, Check] = {}
    for size in sizes:
        times = 1 if place.quick else 3 if size < 10_000 else 2
        argv = subjects.gatehouse(place.repository(layout, size))
        found[size] = subjects.check(place, argv, "growth", first_times=times)
        if len(found[size].changed()) != layout.affects(size):
            raise RuntimeError(f"{layout.name} {size}: {len(found[size].changed())} units changed")
        yield Row(f"{layout.name}, {size:,} units, first", str(found[size].first))
        yield Row(f"{layout.name}, {size:,} units, again", str(found[size].again))
    few, some, many = sizes
    each = {size: found[size].first.median / size for size in (some, many)}
    yield Row(
        f"{layout.name}, first, cost of one of {many:,} units",
        f"{each[many] * 1000:.2f} ms",
        f"one of {some:,}: {each[some] * 1000:.2f} ms",
        each[many] / each[some],
        at_most=1.5,
    )
    yield Row(
        f"{layout.name}, {many:,} units against {few:,}, again",
        str(found[many].again),
        f"{few:,} units: {found[few].again}",
        found[many].again.median / found[few].again.median,
        at_most=1.5,
    )


def work_tree(place: Place) -> Rows:
    """The same without --head: git looks at every file of the work tree, which no index of ours can save."""
    sizes = (20,) if place.quick else (100, 10_000)
    for size in sizes:
        repository = place.repository(FLUX, size, checkout=True)
        found = subjects.check(place, subjects.gatehouse(repository, head=None), "work-tree", first_times=1)
        status = measure(["git", "-C", str(repository), "status"], env=environment(place.directory), times=place.times)
        yield Row(f"work tree, {size:,} units, again", str(found.again), f"git status: {status}")


# -- the nearest peer


def peer(place: Place) -> Rows:
    """flate on the Flux repository: live where it is on PATH, else (and for 10,000 units) its published figures."""
    for size in (20,) if place.quick else (100, 1_000, 10_000):
        argv = subjects.gatehouse(place.repository(FLUX, size))
        found = subjects.check(place, subjects.unjudged(place, argv), "peer", first_times=1 if size >= 10_000 else 0)
        for kind, ours, theirs, told in _against(place, size, found):
            goal = {(1_000, "first"): 1.0, (1_000, "again"): 3.0, (10_000, "first"): 20.0, (10_000, "again"): 100.0}
            yield Row(f"flux, {size:,} units, {kind}", str(ours), f"flate 0.6.5, {told}", theirs / ours.median,
                      at_least=goal.get((size, kind)))  # fmt: skip
        judged = subjects.check(place, argv, "peer", first_times=1)
        yield Row(f"flux, {size:,} units, first, with all checks", str(judged.first))
        yield Row(f"flux, {size:,} units, again, with all checks", str(judged.again))


def _against(place: Place, size: int, found: Check) -> Iterator[tuple[str, Runs, float, str]]:
    try:
        if size >= 10_000 and not place.long:
            raise Unsuitable("ten minutes; --long measures it")
        first, again = _flate(place, size)
        yield "first", found.first, first.median, f"here: {first}"
        yield "again", found.again, again.median, f"here: {again}"
    except Unsuitable as reason:
        if size not in PUBLISHED_FLATE:
            raise
        first_seconds, again_seconds = PUBLISHED_FLATE[size]
        yield "first", found.first, first_seconds, f"published ({reason}): {show(first_seconds)}"
        yield "again", found.again, again_seconds, f"published: {show(again_seconds)}"


def _flate(place: Place, size: int) -> tuple[Runs, Runs]:
    program = subjects.flate()
    repository = place.repository(FLUX, size, checkout=True)
    argv = [program, "diff", "all", "--path", "clusters/prod", "--base", "HEAD~1", "--no-progress", "-o", "diff"]
    words = ["env", "-C", str(repository), *argv]
    env = environment(place.cache("flate"))
    times = 1 if size >= 10_000 or place.quick else place.times
    first = measure(words, env=env, times=times, before=lambda: place.cache("flate"), codes=(0, 1))
    return first, measure(words, env=env, times=times, codes=(0, 1))


# -- a base under many


def fan_out(place: Place) -> Rows:
    """A change of a base under 300 units: 600 builds, against the same builds one after another."""
    units = 10 if place.quick else 300
    repository = place.repository(FAN_OUT, units)
    argv = subjects.gatehouse(repository)
    found = subjects.check(place, subjects.unjudged(place, argv), "fan-out", first_times=1 if place.quick else 3)
    if len(found.changed()) != units:
        raise RuntimeError(f"fan-out: {len(found.changed())} of {units} units changed")
    one_by_one = _one_after_another(place, repository, units)
    told = f"{2 * units} builds one by one: {one_by_one}"
    ratio = one_by_one.median / found.first.median
    yield Row(f"base under {units} units, first", str(found.first), told, ratio, at_least=1.5)
    yield Row(f"base under {units} units, again", str(found.again), told, one_by_one.median / found.again.median)
    env = environment(place.cache("fan-out"))
    yield _memory(f"base under {units} units, memory", argv, env)


def _one_after_another(place: Place, repository: Path, units: int) -> Runs:
    only = [f"apps/a{n}" for n in range(units)]
    folders = []
    for side in ("HEAD~1", "HEAD"):
        folder = place.directory / f"fan-out-{side[4:] or 'head'}"
        brute_force.checkout(repository, side, folder)
        folders += [str(folder / path) for path in only]
    script = f'for d in "$@"; do {" ".join(brute_force.kustomize())} "$d" >/dev/null || exit 1; done'
    argv = ["sh", "-c", script, "sh", *folders]
    return measure(argv, env=environment(place.directory), times=1 if place.quick else 3)


def memory(place: Place) -> Rows:
    """Most memory of the process and its children, first run."""
    for layout in (OVERLAYS, FLUX):
        size = 20 if place.quick else 10_000
        argv = subjects.gatehouse(place.repository(layout, size))
        yield _memory(f"{layout.name}, {size:,} units, first", argv, environment(place.cache("memory")))
        yield _memory(f"{layout.name}, {size:,} units, again", argv, environment(place.directory / "caches" / "memory"))


def _memory(what: str, argv: list[str], env: dict[str, str]) -> Row:
    peak = peak_memory(argv, env=env, codes=(0, 1)) / MEBIBYTE
    return Row(what, f"{peak:.0f} MiB", "children included", peak * MEBIBYTE / 1e6, at_most=400, unit=" MB")


# -- what judging costs


def judging(place: Place) -> Rows:
    """The checks on a change of a base under 300 units, as a share of the whole first run they are part of."""
    units = 10 if place.quick else 300
    repository = place.repository(FAN_OUT, units)
    for named, run, most in (("schema and policy", "[schema, policy]", 20.0), ("all checks", "all", None)):
        settings = place.directory / "checks.yaml"
        settings.write_text(f"version: 1\nchecks: {{run: {run}}}\n")
        argv = [*subjects.gatehouse(repository), "--config", str(settings)]
        found = subjects.check(place, argv, "judging", first_times=1 if place.quick else 3)
        stages: dict[str, float] = json.loads(found.first.output)["timings"]
        share = 100 * stages["checks"] / found.first.median
        told = f"first run, with them: {found.first}"
        yield Row(
            f"{named}, {units} units",
            show(stages["checks"]),
            told,
            share,
            at_most=None if place.quick else most,
            unit=" %",
        )


# -- a full scan


def full_scan(place: Place) -> Rows:
    """All objects of a real repository against kubeconform and conftest over the same rendered files."""
    of = scan.Scan(place, "podinfo" if place.quick else "kubeflow-manifests")
    found = {
        name: of.gatehouse(run) for name, run in (("schema and policy", "[schema, policy]"), ("all checks", "all"))
    }
    units = of.write()
    schema, wrong = of.kubeconform()
    policy, denied = of.conftest()
    theirs = schema.median + policy.median
    told = f"kubeconform: {schema}; conftest: {policy}"
    for name, (first, again, _) in found.items():
        goal = 3.0 if name == "all checks" else None
        yield Row(f"{name}, {units} units, first", str(first), told, theirs / first.median, at_least=goal)
        yield Row(f"{name}, {units} units, again", str(again), told, theirs / again.median)
    report = found["all checks"][2]
    count, with_lines = scan.lines(report)
    missed = scan.missed(report, wrong, denied)
    theirs_said = f"kubeconform: {len(wrong)}, conftest: {sum(denied.values())}, not found here: {missed}"
    yield Row(
        "findings of all checks", f"{count}, {with_lines} with their line", theirs_said, missed, at_most=0, unit=""
    )


# -- who owns what


def codeowners(place: Place) -> Rows:
    """Read a CODEOWNERS file and ask it about many files, all in one process: both dialects."""
    lines, count = (200, 100) if place.quick else (10_000, 3_000)
    content, paths = owners.text(lines), owners.files(count, lines)
    for dialect in Dialect:
        if not owners.ask(content, paths, dialect):
            raise RuntimeError(f"codeowners: nobody owns any of {count} files")
        runs = timed(lambda: owners.ask(content, paths, dialect), times=1 if place.quick else max(5, place.times))  # noqa: B023
        what = f"{dialect}, {lines:,} lines, {count:,} files"
        yield Row(what, str(runs), "half a second", runs.median / 0.5, at_most=1)


Suite = Callable[[Place], Rows]
SUITES: dict[str, Suite] = {
    "start": start_up,
    "real": real,
    "growth": growth,
    "worktree": work_tree,
    "flate": peer,
    "fanout": fan_out,
    "memory": memory,
    "judging": judging,
    "codeowners": codeowners,
    "scan": full_scan,
    "service": served.latency,
    "burst": served.burst,
    "workers": served.throughput,
}


def machine() -> str:
    """What the figures were taken on, in one line."""
    import platform

    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{os.cpu_count()} × {names[0] if names else platform.machine()}, {platform.system()} {platform.release()}, " \
           f"Python {platform.python_version()}, git {git}{load}"  # fmt: skip


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
