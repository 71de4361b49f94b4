"""What teams script today: check both sides out, build every kustomization on all cores, compare the output.

``python -m benchmarks.brute_force REPO BASE HEAD`` prints the directories whose output differs. Written to be fast:
no shell, the compiled program only, nothing parsed, outputs kept as hashes.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_COMPONENT = re.compile(rb"^kind:\s*Component\s*$", re.MULTILINE)

Outputs = dict[str, str | None]  # directory → hash of its output, None where it cannot be built


def changed(repository: Path, base: str, head: str, *, workers: int = 0) -> list[str]:
    """The directories that build on both sides and whose output differs."""
    with tempfile.TemporaryDirectory(prefix="brute-force-") as name:
        sides = []
        for side, ref in (("base", base), ("head", head)):
            checkout(repository, ref, Path(name, side))
            sides.append(build_all(Path(name, side), workers=workers))
    before, after = sides
    return sorted(d for d, was in before.items() if was and after.get(d) and after[d] != was)


def checkout(repository: Path, ref: str, directory: Path) -> None:
    """The files of a commit in a new directory."""
    directory.mkdir(parents=True)
    archive = subprocess.Popen(["git", "-C", str(repository), "archive", ref], stdout=subprocess.PIPE)
    assert archive.stdout is not None
    with archive.stdout as stream:
        subprocess.run(["tar", "-x", "-C", str(directory)], stdin=stream, check=True)
    if archive.wait():
        raise RuntimeError(f"git archive {ref} ended with {archive.returncode}")


def kustomizations(directory: Path) -> list[str]:
    """Every directory with a kustomization that is no Component, as paths below ``directory``."""
    found = []
    for folder, _, files in os.walk(directory):
        name = next((n for n in _NAMES if n in files), None)
        if name is not None and not _COMPONENT.search(Path(folder, name).read_bytes()):
            found.append(os.path.relpath(folder, directory))
    return sorted(found)


def build_all(directory: Path, *, workers: int = 0, only: Iterable[str] | None = None) -> Outputs:
    """The output of every kustomization; ``workers`` 0 uses all cores, 1 builds one after another."""
    folders = list(only) if only is not None else kustomizations(directory)
    program = kustomize()
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        return dict(zip(folders, pool.map(lambda f: _build(program, directory / f), folders), strict=True))


def kustomize() -> list[str]:
    """The words that start a build: kustomize on PATH, else kubectl."""
    if path := shutil.which("kustomize"):
        return [path, "build"]
    if path := shutil.which("kubectl"):
        return [path, "kustomize"]
    raise RuntimeError("neither kustomize nor kubectl is on PATH")


def _build(program: list[str], directory: Path) -> str | None:
    # A remote base must fail at once here as it does offline, not wait for a network.
    env = {
        "PATH": os.defpath,
        "HOME": "/nonexistent",
        "GIT_ALLOW_PROTOCOL": "none",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    done = subprocess.run([*program, str(directory)], capture_output=True, env=env, check=False)
    return hashlib.sha256(done.stdout).hexdigest() if done.returncode == 0 else None


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("base")
    parser.add_argument("head")
    parser.add_argument("--workers", type=int, default=0, help="0: one for each core")
    given = parser.parse_args()
    print("\n".join(changed(given.repository, given.base, given.head, workers=given.workers)))


if __name__ == "__main__":
    main()
