"""One bare git repository of the forge: its refs, what is read of it for the APIs and pages, and commits made without a
work tree.

Commit ids are full; names that come from outside are checked or stand behind ``--end-of-options``. Everything raises
ToolError where git itself fails.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

from bot.errors import ToolError
from bot.git.command import git, require
from bot.process import Completed

ZERO = "0" * 40
Found = TypeVar("Found")
_MOST_KNOWN = 20_000
_NAME = re.compile(r"refs/[^\x00-\x20\x7f~^:?*\[\\]+\Z")
_COMMIT = re.compile(r"[0-9a-f]{40}\Z")
# What the people who run this machine have configured for their own work must not change a forge.
ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
_LOCAL = ("-c", "protocol.file.allow=always")
_CONFIGURATION = (
    ("uploadpack.allowAnySHA1InWant", "true"),
    ("uploadpack.allowFilter", "true"),
    ("http.receivepack", "true"),
    ("receive.denyDeleteCurrent", "refuse"),
    ("receive.fsckObjects", "true"),
    ("core.logAllRefUpdates", "false"),
)


class Signature(NamedTuple):
    """Who made a commit, and when."""

    name: str
    email: str
    at: datetime


class Commit(NamedTuple):
    """A commit as git has it."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


class Bare:
    """The repository at ``directory``, which ``create`` made."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._known: dict[tuple[str, ...], Any] = {}

    def __repr__(self) -> str:
        return f"Bare({self.directory.name})"

    @classmethod
    def create(cls, directory: Path, default_branch: str, hidden: str) -> Bare:
        """An empty repository. ``hidden``: the refs that nobody may push to (the forge's own)."""
        directory.mkdir(parents=True)
        words = (
            "init",
            "--quiet",
            "--bare",
            "--template=",
            "--object-format=sha1",
            f"--initial-branch={default_branch}",
        )
        require(words, git(directory, *words, env=ALONE))
        bare = cls(directory)
        for key, value in (*_CONFIGURATION, ("receive.hideRefs", hidden)):
            bare.read("config", key, value)
        return bare

    def remove(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)

    # -- running git

    def run(self, *words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> Completed:
        """One git command in it, with no configuration but its own."""
        return git(self.directory, *words, stdin=stdin, env={**ALONE, **(env or {})})

    def read(self, *words: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> bytes:
        """Standard output of a command that must succeed."""
        return require(words, self.run(*words, stdin=stdin, env=env))

    def remembered(self, key: tuple[str, ...], find: Callable[[], Found]) -> Found:
        """What ``find`` says of commits, asked once: they never change. Everything that decides it is in ``key``."""
        if key not in self._known:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            self._known[key] = find()
        found: Found = self._known[key]
        return found

    # -- refs

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Every ref below ``prefix`` with its id."""
        lines = self.read("for-each-ref", "--format=%(objectname) %(refname)", prefix).decode().splitlines()
        return {name: commit for commit, _, name in (line.partition(" ") for line in lines)}

    def branches(self) -> dict[str, str]:
        """Branch → its tip."""
        return {name.removeprefix("refs/heads/"): tip for name, tip in self.refs("refs/heads/").items()}

    def branch(self, name: str) -> str:
        """The tip of a branch, "" where there is none."""
        return self.ref(f"refs/heads/{name}")

    def ref(self, name: str) -> str:
        """The id of a ref by its full name, "" where there is none."""
        if not _NAME.match(name) or ".." in name:
            return ""
        with suppress(OSError):  # as git itself keeps it, which costs no program; a packed one is left to git
            text = (self.directory / name).read_text().strip()
            if _COMMIT.match(text):
                return text
        done = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", name)
        return done.stdout.decode().strip() if done.ok else ""

    def update(self, name: str, new: str, old: str | None = None) -> bool:
        """Point a ref at ``new`` ("" or zeros: remove it), if it still is at ``old`` (None: wherever it is, zeros: nowhere).
        False where it moved meanwhile or the name is none."""
        command = f"update {name}\0{new}\0" if new and new != ZERO else f"delete {name}\0"
        if not _NAME.match(name):
            return False
        command += f"{'' if old is None else old}\0"
        return self.run("update-ref", "-z", "--stdin", stdin=command.encode()).ok

    # -- commits

    def commit_id(self, name: str) -> str:
        """The commit that a branch, a tag, a full ref or an id (also the beginning of one) means, "" for none."""
        for candidate in (name, f"refs/heads/{name}", f"refs/tags/{name}"):
            if not candidate or candidate.startswith("-") or "\0" in candidate or "\n" in candidate:
                continue
            if candidate == name and not (candidate.startswith("refs/") or re.fullmatch(r"[0-9a-f]{7,40}|HEAD", name)):
                continue
            done = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}")
            if done.ok:
                return done.stdout.decode().strip()
        return ""

    def has(self, commit: str) -> bool:
        """Whether it is there; what is there stays."""
        if ("has", commit) in self._known:
            return True
        found = bool(_COMMIT.match(commit)) and self.run("cat-file", "-e", f"{commit}^{{commit}}").ok
        return found and self.remembered(("has", commit), lambda: True)

    def commit(self, commit: str) -> Commit:
        """Raises ToolError where there is none."""
        return self.remembered(("commit", commit), lambda: self.log(commit, limit=1)[0])

    def log(self, tip: str, *, without: str = "", limit: int = 1000) -> list[Commit]:
        """The commits that ``tip`` has and ``without`` has not, newest first."""
        form = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00"
        words = ("log", "-z", f"--max-count={limit}", "--topo-order", f"--format={form}", _id(tip))
        fields = self.read(*words, *([f"^{_id(without)}"] if without else [])).decode(errors="replace").split("\0")
        return [_parsed(fields[i : i + 10]) for i in range(0, len(fields) - 10, 11)]

    def merge_base(self, one: str, other: str) -> str:
        """Of two commits the best one; "" for unrelated histories."""
        words = ("merge-base", _id(one), _id(other))

        def find() -> str:
            done = self.run(*words)
            return done.stdout.decode().strip() if done.ok else ""

        return self.remembered(words, find)

    def is_ancestor(self, one: str, other: str) -> bool:
        words = ("merge-base", "--is-ancestor", _id(one), _id(other))
        return self.remembered(words, lambda: self.run(*words).ok)

    def ahead_behind(self, head: str, base: str) -> tuple[int, int]:
        """How many commits head has that base has not, and the other way round."""
        words = ("rev-list", "--left-right", "--count", f"{_id(head)}...{_id(base)}")
        left, right = self.remembered(words, lambda: self.read(*words).split())
        return int(left), int(right)

    def commit_tree(self, tree: str, parents: Sequence[str], message: str, author: Signature) -> str:
        """Make a commit; its id."""
        when = author.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
        env = {f"GIT_{role}_NAME": author.name for role in ("AUTHOR", "COMMITTER")}
        env |= {f"GIT_{role}_EMAIL": author.email for role in ("AUTHOR", "COMMITTER")}
        env |= {f"GIT_{role}_DATE": when for role in ("AUTHOR", "COMMITTER")}
        words = ["commit-tree", _id(tree), *(word for parent in parents for word in ("-p", _id(parent)))]
        return self.read(*words, stdin=message.encode(), env=env).decode().strip()

    def merged_tree(self, base: str, head: str) -> str:
        """The tree of a merge of both, "" where they conflict or have no history in common."""
        words = ("merge-tree", "--write-tree", "--no-messages", _id(base), _id(head))

        def find() -> str:
            if not self.merge_base(base, head):
                return ""
            done = self.run(*words)
            if done.code not in (0, 1) or done.stopped:
                require(words, done)
            return done.stdout.decode().split("\n", 1)[0].strip() if done.code == 0 else ""

        return self.remembered(words, find)

    def edited_tree(self, commit: str, files: Mapping[str, bytes | None]) -> str:
        """The tree of a commit ("" for an empty one) with these files written (None: removed). Modes are kept."""
        with self._index() as env:
            if commit:
                self.read("read-tree", _id(commit), env=env)
            modes = self._modes(commit) if commit else {}
            blobs = {content: self._blob(content) for content in set(files.values()) if content is not None}
            lines = b""
            for path, content in files.items():
                told = f"{modes.get(path, '100644')} {blobs[content]}" if content is not None else f"0 {ZERO}"
                lines += f"{told}\t{path}\0".encode(errors="surrogateescape")
            self.read("update-index", "-z", "--index-info", stdin=lines, env=env)
            return self.read("write-tree", env=env).decode().strip()

    def _blob(self, content: bytes) -> str:
        return self.read("hash-object", "-w", "--stdin", "--no-filters", stdin=content).decode().strip()

    # -- files

    def _modes(self, commit: str) -> dict[str, str]:
        """The modes of all files."""
        rows = self.read("ls-tree", "-r", "-z", "--full-tree", _id(commit)).split(b"\0")
        return {os.fsdecode(row.partition(b"\t")[2]): row[:6].decode() for row in rows if row}

    def file(self, commit: str, path: str) -> bytes | None:
        """The content of a file, None where there is none."""
        if not path or path.startswith("/") or "\0" in path or "\n" in path:
            return None
        done = self.run("cat-file", "blob", f"{_id(commit)}:{path}")
        return done.stdout if done.ok else None

    def is_directory(self, commit: str, path: str) -> bool:
        return "\0" not in path and self.run("cat-file", "-e", f"{_id(commit)}:{path}/").ok

    def files(self, commit: str) -> list[str]:
        """The paths of all files."""
        raw = self.read("ls-tree", "-r", "-z", "--name-only", "--full-tree", _id(commit))
        return [os.fsdecode(path) for path in raw.split(b"\0") if path]

    # -- objects of others

    def take(self, source: Path, *specifications: str) -> None:
        """Fetch from another repository on this machine (a directory or a bundle): ``refs/heads/*:refs/heads/*``."""
        words = (*_LOCAL, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--end-of-options")
        done = self.run(*words, str(source.resolve()), *specifications)
        require(("fetch",), done)

    @contextmanager
    def _index(self) -> Iterator[dict[str, str]]:
        with TemporaryDirectory(prefix="gatehouse-index-") as place:
            yield {"GIT_INDEX_FILE": str(Path(place) / "index")}


def _id(text: str) -> str:
    """A full id, or a fault of ours: no name from outside may come so far."""
    if not _COMMIT.match(text):
        raise ToolError(f"{text!r} is no id of a git object.")
    return text


def _parsed(fields: list[str]) -> Commit:
    commit, tree, parents, *who, message = (field.lstrip("\n") if i == 0 else field for i, field in enumerate(fields))
    author, committer = (
        Signature(name, email, datetime.fromtimestamp(int(at), UTC)) for name, email, at in (who[:3], who[3:])
    )
    return Commit(commit, tree, tuple(parents.split()), author, committer, message)
