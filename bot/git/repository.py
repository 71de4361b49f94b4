"""One local git repository, read only: refs, merge base, trees, differences, objects, the work tree as a tree.

Trees are compared by git itself; ``objects`` reads contents. Nothing here writes to the repository: where git must write
(the work tree as a tree, a trial merge) it writes to a temporary object directory that only this process sees.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ToolError, UserError
from bot.git.command import git, output, quoted, sentence
from bot.git.objects import Objects
from bot.git.place import locate
from bot.model.snapshot import FILE, Change, Entry

if TYPE_CHECKING:
    from types import TracebackType


_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Repository:
    """Open a repository for reading; a context manager. Raises UserError when ``directory`` is not one."""

    def __init__(self, directory: str | os.PathLike[str]) -> None:
        self.place = locate(directory)
        self.directory = self.place.work_tree or self.place.git_dir
        self._scratch: str = ""
        # Files of the work tree, once it was read, that a commit would hold otherwise.
        self.filtered: tuple[str, ...] = ()
        self._objects = Objects(self.directory, self._alternates)

    def __enter__(self) -> Repository:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._objects.hang_up()
        if self._scratch:
            import shutil

            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = ""

    # -- commits

    def commit(self, ref: str, *, option: str) -> str:
        """The commit id that ``ref`` names. Raises UserError that names ``option`` when there is none."""
        if not ref or "\n" in ref or "\0" in ref:
            raise UserError(f"{option} {ref!r} is not the name of a commit, branch or tag.")
        try:
            found = self._objects.named(f"{ref}^{{commit}}")
        except ToolError:  # git ends at some names that it cannot resolve, such as @{99}
            found = None
            self._objects.hang_up()
        if found is None:
            raise UserError(self._unknown(ref, option))
        return found[0]

    def _unknown(self, ref: str, option: str) -> str:
        if not git(self.directory, "rev-parse", "--verify", "--quiet", "HEAD").ok and not self.branches():
            return f"The repository {self.directory} has no commit yet, so there is nothing to compare; commit first."
        if ref == "HEAD" and git(self.directory, "symbolic-ref", "--quiet", "HEAD").ok:
            named = "--head" if option == "HEAD" else option
            return (
                f"The branch that HEAD of {self.directory} names has no commit yet; commit first, or say with {named} REF "
                "what to look at."
            )
        known = ", ".join(self.branches()[:6])
        hint = f" Known branches: {known}." if known else ""
        if self.place.shallow:
            hint = (
                " This clone is shallow, and may hold one branch only: `git fetch --deepen=100` (or `--unshallow`) brings "
                f"older commits, `git fetch origin BRANCH:refs/remotes/origin/BRANCH` another branch.{hint}"
            )
        return f"{option} {ref!r} is not a commit, branch or tag of {self.directory}; fetch it or check the name.{hint}"

    def branches(self) -> list[str]:
        """Short names of local and remote branches, at most 20."""
        listed = git(
            self.directory, "for-each-ref", "--count=20", "--format=%(refname:short)", "refs/heads", "refs/remotes"
        )
        return os.fsdecode(listed.stdout).split()

    def tree_of(self, commit: str) -> str:
        """The tree id of a commit id."""
        found = self._objects.named(f"{commit}^{{tree}}")
        if found is None:
            raise ToolError(f"The tree of commit {commit} is missing from {self.directory}; run `git fsck`.")
        return found[0]

    def merging(self) -> tuple[str, ...]:
        """The commits that a merge which is not committed yet brings into HEAD (gitrevisions(7), ``MERGE_HEAD``); each work
        tree has its own. Costs nothing but a look whether the file is there."""
        try:
            written = Path(self.place.git_dir, "MERGE_HEAD").read_text("ascii")
        except (OSError, ValueError):
            return ()
        return tuple(line for line in written.split() if _COMMIT.fullmatch(line))

    def merge_base(self, base: str, head: str, merging: tuple[str, ...] = ()) -> str:
        """The commit that both sides come from; head as it will be once it has merged the others, which is what git takes
        further commits for. Raises UserError with the way out where there is none."""
        if base == head:
            return base
        asked = git(self.directory, "merge-base", "--end-of-options", base, head, *merging)
        found = os.fsdecode(asked.stdout).strip()
        if asked.ok and found:
            return found
        if self.place.shallow:
            raise UserError(
                f"{base[:12]} and {head[:12]} have no common commit in this shallow clone; "
                "get more history with `git fetch --deepen=100` (or `git fetch --unshallow`) and try again."
            )
        if asked.stderr:
            raise ToolError(f"git merge-base failed: {sentence(asked)}.")
        raise UserError(f"{base[:12]} and {head[:12]} share no history; choose a --base that head was branched from.")

    def conflicts(self, base: str, head: str) -> tuple[str, ...]:
        """Paths that do not merge cleanly, by a trial merge in memory; () where git is too old to try (< 2.38)."""
        tried = git(  # not in the work tree: what its .gitattributes says is no part of these commits
            self.place.git_dir, "merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", base, head,
            env=self._scratch_environment(),
        )  # fmt: skip
        if tried.code != 1:
            return ()
        return tuple(p for p in os.fsdecode(tried.stdout).split("\0")[1:] if p)

    def merged_tree(self, base: str, head: str) -> str:
        """The id of the tree that a merge of the two makes, tried in memory; "" where they conflict, or git is too old
        for that (< 2.38)."""
        tried = git(
            self.place.git_dir, "merge-tree", "--write-tree", "--no-messages", base, head,
            env=self._scratch_environment(),
        )  # fmt: skip
        return os.fsdecode(tried.stdout).strip() if tried.ok else ""

    def file_at(self, commit: str, path: str) -> bytes | None:
        """The content of one file at a commit, None when it is not there."""
        found = self._objects.named(f"{commit}:{path}")
        return None if found is None else self.blob(Entry(path, FILE, found[0]))

    def has(self, commit: str, path: str) -> bool:
        """Whether a commit or tree has something at a path."""
        return self._objects.named(f"{commit}:{path}") is not None

    def is_directory(self, commit: str, path: str) -> bool:
        """Whether that is a directory."""
        found = self._objects.named(f"{commit}:{path}")
        return found is not None and self._objects.named(f"{found[0]}^{{tree}}") is not None

    def remotes(self) -> tuple[str, ...]:
        """The URLs of all remotes, as configured."""
        asked = git(self.directory, "config", "--get-regexp", "-z", r"^remote\..*\.url$")
        return tuple(os.fsdecode(row).partition("\n")[2] for row in asked.stdout.split(b"\0") if row)

    # -- trees

    def entries(self, tree: str) -> Iterator[Entry]:
        """Every file of a tree, in git's order."""
        for row in output(self.directory, "ls-tree", "-r", "-z", "--full-tree", tree, env=self._alternates()).split(
            b"\0"
        ):
            if row:
                head, _, path = row.partition(b"\t")
                mode, _, oid = head.split(b" ")
                yield Entry(_path(path), int(mode, 8), oid.decode())

    def changes(self, before: str, after: str) -> list[Change]:
        """What differs between two trees; renames appear as a deletion and an addition."""
        if before == after:
            return []
        raw = output(
            self.directory, "diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before, after,
            env=self._alternates(),
        )  # fmt: skip
        fields = raw.split(b"\0")
        return [_change(fields[i], _path(fields[i + 1])) for i in range(0, len(fields) - 1, 2)]

    def work_tree(self, *, option: str = "--head") -> str:
        """The work tree as the tree that committing everything (ignored files excepted) would give. ``option``: what names
        another one on the command line.

        Raises UserError in a bare repository and where something cannot be read, ToolError where git does not say why.
        """
        if not self.place.work_tree:
            raise UserError(f"{self.without_work_tree()}; say what to look at with {option} REF.")
        from bot.git.work_tree import WorkTree

        head = self._objects.named("HEAD^{tree}")
        empty = git(self.directory, "hash-object", "-t", "tree", "--stdin").stdout.decode().strip() if not head else ""
        scratch = self._scratch_directory()
        reading = WorkTree(self.place, scratch, lambda oid: self.blob(Entry(oid, FILE, oid)))
        tree = reading.tree(head[0] if head else empty)
        self.filtered = reading.filtered
        return tree

    def without_work_tree(self) -> str:
        """Why there is no work tree here, as the half of a sentence."""
        if git(self.directory, "rev-parse", "--is-bare-repository").stdout.strip() == b"true":
            return f"{self.directory} is a bare clone without a work tree"
        return (
            f"{self.directory} is the git directory of a clone, and not its work tree: name the directory of the clone"
        )

    # -- objects

    def blob(self, entry: Entry) -> bytes:
        """The content of a file (the target of a symlink). Raises TooBig over 64 MiB, ToolError when it is missing."""
        return self._objects.blob(entry)

    def blobs(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The contents of many files, in bulk and one at a time; of a file over 64 MiB its beginning. Raises ToolError."""
        return self._objects.blobs(entries)

    # -- the private object directory

    def _scratch_directory(self) -> str:
        if not self._scratch:
            import tempfile

            self._scratch = tempfile.mkdtemp(prefix="gatehouse-git-")
            (Path(self._scratch) / "objects").mkdir()
            self._objects.hang_up()  # it was started before the directory existed and would not see it
        return self._scratch

    def _scratch_environment(self) -> dict[str, str]:
        """An environment in which git writes objects to a temporary directory of ours."""
        return {
            "GIT_OBJECT_DIRECTORY": str(Path(self._scratch_directory()) / "objects"),
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(str(Path(self.place.common) / "objects")),
        }

    def _alternates(self) -> dict[str, str]:
        if not self._scratch:
            return {}
        return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(str(Path(self._scratch) / "objects"))}


def _path(raw: bytes) -> str:
    """A path of a tree. Raises UserError for one that climbs out of it: git never makes or checks out such a tree, but a
    hostile one can be fetched, and its files would be laid out anywhere."""
    path = os.fsdecode(raw)
    if (path[:1] in (".", "/") or "/." in path or "//" in path) and not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise UserError(f"The tree holds the path {path!r}, which leads out of it; it was forged: see `git fsck`.")
    return path


def _change(meta: bytes, path: str) -> Change:
    old_mode, new_mode, old, new, _ = meta[1:].split(b" ")
    before = Entry(path, int(old_mode, 8), old.decode()) if int(old_mode, 8) else None
    after = Entry(path, int(new_mode, 8), new.decode()) if int(new_mode, 8) else None
    return Change(path, before, after)
