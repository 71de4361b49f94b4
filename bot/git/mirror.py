"""Bare clones of the repositories that the bot is asked about, one for each, shared by all processes of a machine.

A clone only grows: commits are fetched by their ids, each under a ref of its own, so that what somebody reads stays there
however often its branch is pushed. The credential reaches git by its environment alone (git-config(1), GIT_CONFIG_COUNT):
no argument, URL, file or log holds it. A clone that git cannot use any more is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import RetryLater, ToolError, UserError
from bot.git.command import environment, sentence
from bot.git.command import git as run_git
from bot.git.repository import Repository
from bot.process import Completed, Limits, run

if TYPE_CHECKING:
    from bot.model.forge import GitAccess, RepositoryName

_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_NO_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|^-")  # git-check-ref-format(1)
_COMMITS = "refs/gatehouse/commits"
_BRANCHES = "refs/gatehouse/branches"
_LIMITS = Limits(seconds=900, memory=8 * 1024**3)
_DAY = 86_400.0
_UNUSED_DAYS = 30  # then a clone goes: the next question makes it again
_KEPT_DAYS = 3  # what no branch leads to stays for so long
_MOST_PACKS = 30
_SAFE = (
    ("http.followRedirects", "false"),  # a credential goes to the host that it is for, and nowhere else
    ("http.lowSpeedLimit", "1000"),
    ("http.lowSpeedTime", "60"),
    ("credential.helper", ""),
    ("protocol.version", "2"),
    ("fetch.unpackLimit", "1"),
    ("safe.bareRepository", "all"),
)


class Mirrors:
    """The clones below ``directory``. ``schemes``: of which URLs something is fetched."""

    def __init__(self, directory: Path, *, schemes: Collection[str] = ("https", "http")) -> None:
        self._directory = directory
        self._schemes = schemes

    @contextmanager
    def opened(
        self, repository: RepositoryName, access: GitAccess, commits: Mapping[str, str], branches: Sequence[str] = ()
    ) -> Iterator[tuple[Repository, dict[str, str]]]:
        """The clone, holding these commits (by id; each with a ref that leads to it where the host gives no commit by
        its id, "" for none), and the tips of these branches as the host has them now.

        Raises RetryLater where the host does not answer or does not have the commits (yet), UserError for a name that is no
        id and a branch that is not there.
        """
        for commit in commits:
            if not _ID.fullmatch(commit):
                raise UserError(f"{commit!r} is not the id of a commit.")
        for name in branches:
            if not name or _NO_NAME.search(name):
                raise UserError(f"{name!r} is not the name of a branch.")
        if access.url.partition(":")[0] not in self._schemes:
            raise UserError(f"{access.url} is no {' or '.join(self._schemes)} URL; nothing else is fetched.")
        place = self._place(repository)
        with _locked(place.with_suffix(".use"), fcntl.LOCK_SH):
            with _locked(place.with_suffix(".fetch"), fcntl.LOCK_EX):
                _make(place)
                tips = _brought(place, access, commits, tuple(dict.fromkeys(branches)))
            os.utime(place)
            with Repository(place) as opened:
                yield opened, tips

    def _place(self, repository: RepositoryName) -> Path:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        name = hashlib.sha256(str(repository).encode()).hexdigest()[:32]
        return self._directory / f"{name}.git"

    def tidy(self, now: float | None = None) -> list[str]:
        """Remove clones that nobody used for 30 days, and pack those that consist of many packs. What somebody reads is left
        alone. Returns what was done, for logs."""
        done = []
        when = time.time() if now is None else now
        for place in sorted(self._directory.glob("*.git")):
            try:
                with _locked(place.with_suffix(".use"), fcntl.LOCK_EX | fcntl.LOCK_NB):
                    done += _tidied(place, when)
            except BlockingIOError:
                continue
        return done


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    """Hold a lock of the machine; the system gives it back when the process ends, in whatever way. Raises
    BlockingIOError."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)


def _make(place: Path) -> None:
    """An empty bare repository, whole or not at all."""
    if (place / "HEAD").is_file() and (place / "objects").is_dir():
        return
    shutil.rmtree(place, ignore_errors=True)
    aside = place.with_suffix(".new")
    shutil.rmtree(aside, ignore_errors=True)
    made = run_git(place.parent, "init", "--quiet", "--bare", "--template=", str(aside))
    if not made.ok:
        raise ToolError(f"A clone could not be made in {place.parent}: {sentence(made)}")
    aside.rename(place)


def _brought(place: Path, access: GitAccess, commits: Mapping[str, str], branches: tuple[str, ...]) -> dict[str, str]:
    """Fetch what is missing, and the branches in any case; where the clone itself is damaged, once more into a new one."""
    try:
        return _fetched(place, access, commits, branches)
    except _Damaged:
        shutil.rmtree(place, ignore_errors=True)
        _make(place)
        return _fetched(place, access, commits, branches)


class _Damaged(ToolError):
    """git cannot use the clone."""


def _fetched(place: Path, access: GitAccess, commits: Mapping[str, str], branches: tuple[str, ...]) -> dict[str, str]:
    missing = _missing(place, commits)
    wanted = [f"+refs/heads/{name}:{_ref(name)}" for name in branches]
    by_id = [f"+{commit}:{_kept(commit)}" for commit in missing]
    if wanted or by_id:
        done = _fetch(place, access, [*wanted, *by_id])
        if not done.ok and by_id:
            refs = [f"+{commits[commit]}:{_kept(commit)}" for commit in missing if commits[commit]]
            done = _fetch(place, access, [*wanted, *refs]) if refs or wanted else done
        if gone := _gone(done, branches):
            raise UserError(
                f"There is no branch {gone} any more that this could be merged into. Choose another base branch, or push "
                "that one again."
            )
        if not done.ok:
            raise _refusal(place, done, access)
    there = _named(place, [*(_kept(commit) for commit in missing), *(_ref(name) for name in branches)])
    for commit, found in zip(missing, there, strict=False):
        if found != commit:
            raise RetryLater(f"{access.url} does not have the commit {commit[:12]} (any more, or not yet).")
    tips = zip(branches, there[len(missing) :], strict=True)
    return {name: tip for name, tip in tips if tip}


def _gone(done: Completed, branches: Collection[str]) -> str:
    """Of the branches the one that the host does not have, as git says; "" where it has all, or there is another reason."""
    said = done.stderr.decode(errors="replace").splitlines() if not done.ok else []
    return next((name for name in branches if f"fatal: couldn't find remote ref refs/heads/{name}" in said), "")


def _missing(place: Path, commits: Collection[str]) -> list[str]:
    """Those that are not there with all that they lead to: only fetched ones have a ref, and git writes that last."""
    found = _named(place, [_kept(commit) for commit in commits])
    return [commit for commit, there in zip(commits, found, strict=True) if commit != there]


def _named(place: Path, refs: Sequence[str]) -> list[str]:
    """The commit of each of these refs, "" for what is none; one question to git for all (git-cat-file(1))."""
    if not refs:
        return []
    lines = "".join(f"{ref}^{{commit}}\n" for ref in refs)
    asked = run_git(place, "cat-file", "--batch-check=%(objectname)", stdin=lines.encode())
    said = asked.stdout.decode(errors="replace").splitlines()
    if not asked.ok or len(said) != len(refs):
        return [""] * len(refs)  # as of a clone that is damaged, and which a fetch then finds out
    return [line if _ID.fullmatch(line) else "" for line in said]


def _kept(commit: str) -> str:
    return f"{_COMMITS}/{commit}"


def _ref(branch: str) -> str:
    """Where the tip of a branch is kept: not under its name, as ``a/b`` may follow ``a``, and both cannot be."""
    return f"{_BRANCHES}/{hashlib.sha256(branch.encode()).hexdigest()[:32]}"


def _fetch(place: Path, access: GitAccess, wanted: Sequence[str]) -> Completed:
    words = ["git"]
    for name, value in (*_SAFE, ("core.hooksPath", os.devnull), ("gc.auto", "0"), ("protocol.allow", "never")):
        words += ["-c", f"{name}={value}"]
    words += [
        "-c",
        f"protocol.{access.url.partition(':')[0]}.allow=always",
        "-C",
        str(place),
        "fetch",
        "--quiet",
        "--no-tags",
        "--force",
    ]
    words += [
        "--no-write-fetch-head",
        "--no-auto-maintenance",
        "--no-recurse-submodules",
        "--end-of-options",
        access.url,
    ]
    secret = {}
    if access.header:
        secret = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": access.header}
    return run([*words, *wanted], env=environment(secret), limits=_LIMITS)


def _refusal(place: Path, done: Completed, access: GitAccess) -> ToolError | RetryLater:
    """Whose fault it is: the clone's, which is mended, or the host's, which may answer later."""
    said = sentence(done)
    usable = run_git(place, "for-each-ref", "--count=1").ok
    if not usable or any(
        word in said for word in ("is corrupt", "bad object", "loose object", "packfile", "index file")
    ):
        return _Damaged(said)
    return RetryLater(f"{access.url} could not be fetched: {said}")


def _tidied(place: Path, now: float) -> list[str]:
    if now - place.stat().st_mtime > _UNUSED_DAYS * _DAY:
        shutil.rmtree(place, ignore_errors=True)
        return [f"removed {place.name}, which nobody used for {_UNUSED_DAYS} days"]
    if len(list((place / "objects" / "pack").glob("*.pack"))) <= _MOST_PACKS:
        return []
    listed = run_git(place, "for-each-ref", "--format=delete %(refname)", _COMMITS)
    run_git(place, "update-ref", "--stdin", stdin=listed.stdout)  # who needs one fetches it again
    packed = run_git(place, "gc", "--quiet", f"--prune={_KEPT_DAYS}.days.ago", limits=_LIMITS)
    return [f"packed {place.name}" if packed.ok else f"could not pack {place.name}: {sentence(packed)}"]
