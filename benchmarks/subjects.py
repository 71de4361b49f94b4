"""What is measured: Gatehouse, the brute force and flate as command lines, and the repositories they look at."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.generate import Layout, write
from benchmarks.measure import Runs, Unsuitable, environment, measure

CORPORA = Path(__file__).resolve().parents[2] / "shared" / "corpora"
_MAY_FAIL = (0, 1)  # the gate's no is an answer


@dataclass(slots=True)
class Place:
    """Where a run of the benchmarks works, and how often it measures."""

    directory: Path
    times: int
    quick: bool = False
    long: bool = False
    _made: dict[tuple[str, int, bool], Path] = field(default_factory=dict)

    def repository(self, layout: Layout, units: int, *, checkout: bool = False) -> Path:
        """A generated repository, made once."""
        asked = (layout.name, units, checkout)
        if asked not in self._made:
            name = f"{layout.name.replace(' ', '-')}-{units}{'-checkout' if checkout else ''}"
            self._made[asked] = write(self.directory / name, layout, units, checkout=checkout)
        return self._made[asked]

    def corpus(self, name: str) -> Path:
        """A bare clone of a real repository. Raises Unsuitable where the corpora are not there."""
        bundle = CORPORA / f"{name}.bundle"
        if not bundle.exists():
            raise Unsuitable(f"the corpora are not beside the repository ({name}.bundle)")
        clone = self.directory / f"{name}.git"
        if not clone.exists():
            subprocess.run(["git", "clone", "-q", "--bare", str(bundle), str(clone)], check=True)
        return clone

    def cache(self, name: str) -> Path:
        """An empty cache directory."""
        path = self.directory / "caches" / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path


def gatehouse(repository: Path, base: str = "HEAD~1", head: str | None = "HEAD", *, units: str = "roots") -> list[str]:
    """A check as a command line, with all checks: ``head`` None is the work tree."""
    words = [program(), "check", "--repo", str(repository), "--base", base, "--units", units, "--format", "json"]
    return words + (["--head", head] if head is not None else [])


def unjudged(place: Place, argv: list[str]) -> list[str]:
    """The same without the seven checks: what an opponent does that compares and judges nothing."""
    settings = place.directory / "unjudged.yaml"
    settings.write_text("version: 1\nchecks: {run: none}\n")
    return [*argv, "--config", str(settings)]


def program() -> str:
    """The command as it is installed beside this Python. Raises Unsuitable."""
    beside = Path(sys.executable).parent / "gatehouse"
    if not beside.exists():
        raise Unsuitable("gatehouse is not installed beside this Python; run `make bench`")
    return str(beside)


def bare_python(place: Place) -> str:
    """The same interpreter in a fresh environment: packages here may hook into its start and make it look slow."""
    folder = place.directory / "bare"
    venv.create(folder, with_pip=False, symlinks=True)
    return str(folder / "bin" / "python")


def version() -> list[str]:
    return [program(), "--version"]


@dataclass(frozen=True, slots=True)
class Check:
    """A check with an empty cache (``first``) and with what the first one left (``again``)."""

    first: Runs
    again: Runs

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.again.output)
        return found

    def changed(self) -> list[str]:
        """Paths of the units whose output differs."""
        return sorted({unit["path"] or "." for unit in self.report["units"] if unit["change"] == "changed"})


def check(place: Place, argv: list[str], name: str, *, first_times: int = 0) -> Check:
    """Measure both; every first run finds an empty cache."""
    cache = place.cache(name)
    env = environment(cache)
    first = measure(argv, env=env, times=first_times or place.times, before=lambda: place.cache(name), codes=_MAY_FAIL)
    again = measure(argv, env=env, times=max(place.times, 5) if not place.quick else 1, codes=_MAY_FAIL)
    return Check(first, again)


def brute_force(repository: Path, base: str, head: str) -> list[str]:
    return [sys.executable, "-m", "benchmarks.brute_force", str(repository), base, head]


def flate() -> str:
    """The peer's program. Raises Unsuitable where it is not on PATH."""
    path = shutil.which("flate")
    if path is None:
        raise Unsuitable("flate is not on PATH")
    return path
