"""Small git repositories, made file by file, and the command line run on them: what the tests of bad input share."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import git_directory

from bot.cli import main

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {a: 'VALUE'}\n"
_IDENTITY = {
    "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull,
    **git_directory.UNTENDED,
}  # fmt: skip


def config_map(name: str = "settings", value: str = "1") -> str:
    """A small object whose value a change can move."""
    return CONFIG_MAP.replace("NAME", name).replace("VALUE", value)


class Made:
    """A repository in a directory. Files are given as text or bytes, a symlink as ``Link``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        git_directory.make(path, "main")

    def git(self, *words: str | bytes, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words], cwd=self.path, input=stdin, capture_output=True,
            env={**os.environ, **_IDENTITY, **(env or {})}, check=False, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode(errors="replace")
        return os.fsdecode(done.stdout).rstrip("\n")

    def write(self, files: Mapping[str, object]) -> Made:
        """Write files; None removes one."""
        for name, content in files.items():
            target = Path(self.path, name)
            if content is None:
                target.unlink()
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Link):
                target.unlink(missing_ok=True)
                target.symlink_to(content.target)
            else:
                target.write_bytes(content if isinstance(content, bytes) else str(content).encode())
        return self

    def commit(self, files: Mapping[str, object] | None = None, branch: str = "") -> str:
        """Write, commit everything, and give the branch a name; returns the commit id."""
        self.write(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a commit")
        commit = git_directory.head(self.path)
        if branch:
            git_directory.put(self.path, branch, commit)
        return commit

    def change(self, before: Mapping[str, object], after: Mapping[str, object]) -> Made:
        """Two commits, ``base`` and ``head``."""
        self.commit(before, "base")
        self.commit(after, "head")
        return self


@dataclass(frozen=True)
class Link:
    """A symlink to write."""

    target: str


@dataclass(frozen=True)
class Said:
    """What one command line said."""

    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.out)
        return parsed

    @property
    def units(self) -> dict[str, dict[str, Any]]:
        return {unit["path"]: unit for unit in self.report["units"]}

    def states(self) -> dict[str, str]:
        return {path: unit["change"] for path, unit in self.units.items()}

    def error(self, path: str) -> str:
        found = self.units[path]["error"]
        assert isinstance(found, str), f"{path} has no error"
        return found


def gatehouse(*words: str) -> Said:
    """One command line, in this process. Whatever it says holds no trace and no temporary path."""
    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(list(words))
        except SystemExit as stop:  # argparse
            code = int(stop.code or 0)
    out.seek(0)
    said = Said(code, out.read(), err.getvalue())
    check_nothing_leaks(said.out + said.err)
    return said


def check(made: Made, *words: str, base: str = "base", head: str | None = "head") -> Said:
    """``gatehouse check`` with a JSON report."""
    which = ["--head", head] if head is not None else []
    return gatehouse("check", "--repo", str(made.path), "--base", base, *which, "--format", "json", *words)


def outside(*words: str, env: Mapping[str, str] | None = None, timeout: float = 60, **how: Any) -> Said:
    """One command line in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "bot", *words], capture_output=True, env={**os.environ, **(env or {})}, timeout=timeout,
        check=False, cwd=Path(__file__).parents[1], **how,
    )  # fmt: skip
    said = Said(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))
    check_nothing_leaks(said.out + said.err)
    return said


def check_nothing_leaks(text: str) -> None:
    for word in ("Traceback (most recent", "gatehouse-render-", "gatehouse-git-", "gatehouse-tools-"):
        assert word not in text, text


def fingerprint(directory: Path) -> dict[str, tuple[int, int, str]]:
    """Every file and directory below with its mode, time of change and content."""
    found = {}
    for item in sorted(directory.rglob("*")):
        stat = item.lstat()
        content = b""
        if item.is_symlink():
            content = os.fsencode(item.readlink())
        elif item.is_file():
            content = item.read_bytes()
        found[str(item)] = (stat.st_mode, stat.st_mtime_ns, hashlib.sha256(content).hexdigest())
    return found


def program(path: Path, text: str) -> Path:
    """A script that stands for a renderer."""
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def chart(name: str, **files: str) -> dict[str, str]:
    """A Helm chart in ``NAME/``: Chart.yaml, values.yaml, and templates by their name."""
    made = {f"{name}/Chart.yaml": f"apiVersion: v2\nname: {name.rpartition('/')[2]}\nversion: 1.0.0\n"}
    made[f"{name}/values.yaml"] = "{}\n"
    made |= {f"{name}/templates/{key}.yaml": text for key, text in files.items()}
    return made
