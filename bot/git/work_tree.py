"""The work tree as the tree that committing everything would give, without a write to the repository.

git hashes the files into a directory of ours that knows no other objects: it touches the time of an object that it
would write and finds elsewhere. For the same reason the changed directories become trees here and not by git.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import ToolError, UserError
from bot.git import filters, unreadable
from bot.git.command import LIMITS, git, quoted, sentence

if TYPE_CHECKING:
    from bot.git.place import Place
    from bot.process import Completed

_PATIENCE_SECONDS = 5.0
_DIRECTORY = 0o40000
_CONVERTS = (".gitattributes", ".git/info/attributes")


class WorkTree:
    """One reading of a work tree. ``scratch`` is an empty directory with ``objects`` in it; ``read`` gives the content of
    an object of the repository by its id; ``place`` is where it lies."""

    def __init__(self, place: Place, scratch: str, read: Callable[[str], bytes]) -> None:
        self._place = place
        self._top = place.work_tree
        self._scratch = scratch
        self._objects = Path(scratch, "objects")
        self._read = read
        self._index = Path(scratch, "index")
        self.filtered: tuple[str, ...] = ()  # files that a commit would hold otherwise (``filters``)

    def tree(self, head: str) -> str:
        """The id of the tree; ``head`` is the tree of HEAD. Raises UserError with the way out when a file, a directory
        or the index cannot be read, ToolError with git's sentence where it is not known why."""
        self._take_index(len(head) // 2)
        settings = self._settings()
        safe = _without_filters(settings)
        if _is_converted(settings, self._top):
            self._bring_changed_blobs(safe)
        self._add((*safe, "add", "-A", "--sparse", "--", "."))
        raw = self._run(
            ("diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", head),
            {"GIT_ALTERNATE_OBJECT_DIRECTORIES": quoted(str(self._objects))},
        )
        fields = raw.split(b"\0")
        changes = {fields[i + 1]: fields[i].split(b" ")[1:4:2] for i in range(0, len(fields) - 1, 2)}
        if not changes:
            return head
        self.filtered = filters.filtered(self._place, changes, filters.drivers(settings), str(self._index))
        kept = {path: (int(mode, 8), oid.decode()) for path, (mode, oid) in changes.items()}
        return self._edit(head, kept) or self._write(b"tree", b"", len(head))

    def _take_index(self, width: int) -> None:
        source = Path(self._place.git_dir, "index")
        try:
            times = source.stat()
        except FileNotFoundError:
            return
        content, wrong = unreadable.index_content(source, width)
        if wrong:
            raise self._cannot(wrong)
        self._index.write_bytes(content)
        os.utime(self._index, ns=(times.st_atime_ns, times.st_mtime_ns))  # git trusts entries older than the index

    def _add(self, words: tuple[str, ...]) -> None:
        done = self._git(words, {"GIT_OBJECT_DIRECTORY": str(self._objects)})
        if done.ok:
            wrong = unreadable.closed(done.stderr)
        else:
            listed = self._git(("ls-files", "-z", "--cached", "--others", "--exclude-standard"), {})
            wrong = unreadable.fault(self._top, (path for path in listed.stdout.split(b"\0") if path))
        if wrong:
            raise self._cannot(wrong)
        self._require(done)

    def _cannot(self, wrong: str) -> UserError:
        return UserError(f"The work tree {self._top} cannot be read: {wrong}.")

    def _run(self, words: tuple[str, ...], env: dict[str, str]) -> bytes:
        return self._require(self._git(words, env))

    def _git(self, words: tuple[str, ...], env: dict[str, str]) -> Completed:
        """Run git on our index. What takes long may be a wait without end, so that is looked for once."""
        env = {**env, "GIT_INDEX_FILE": str(self._index)}
        done = git(self._top, *words, env=env, limits=LIMITS._replace(seconds=_PATIENCE_SECONDS))
        if not done.stopped:
            return done
        if waited := unreadable.waits(self._top, self._place.common):
            raise self._cannot(waited)
        Path(self._scratch, "index.lock").unlink(missing_ok=True)  # it was ended before it could do that itself
        return git(self._top, *words, env=env)

    def _require(self, done: Completed) -> bytes:
        if not done.ok:
            said = sentence(done).replace(self._scratch, "a temporary directory")
            raise ToolError(f"The work tree {self._top} cannot be read: {said}.")
        return done.stdout

    def _settings(self) -> dict[str, str]:
        listed = git(self._top, "config", "--get-regexp", "-z", r"^(filter\..*|core\.autocrlf)$").stdout
        rows = (os.fsdecode(row).partition("\n") for row in listed.split(b"\0") if row)
        return {name: value for name, _, value in rows}

    def _bring_changed_blobs(self, safe: tuple[str, ...]) -> None:
        """What changed files held before: whether git converts line ends depends on it."""
        raw = self._run((*safe, "diff-files", "--raw", "-z", "--no-abbrev"), {}).split(b"\0")
        for meta in raw[:-1:2]:
            mode, _, oid, *_ = meta[1:].split(b" ")
            if mode.startswith(b"100") and oid.strip(b"0"):
                with contextlib.suppress(ToolError):
                    self._write(b"blob", self._read(oid.decode()), len(oid))

    # -- trees

    def _edit(self, tree: str, changes: dict[bytes, tuple[int, str]]) -> str | None:
        """The tree with changed paths (mode 0: gone); None when nothing is left."""
        old = _entries(self._read(tree), len(tree) // 2) if tree else {}
        new = dict(old)
        below: dict[bytes, dict[bytes, tuple[int, str]]] = {}
        for path, (mode, oid) in changes.items():
            name, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(name, {})[rest] = (mode, oid)
            elif mode:
                new[name] = (mode, oid)
            else:
                new.pop(name, None)
        for name, inner in below.items():
            mode, oid = old.get(name, (0, ""))
            edited = self._edit(oid if mode == _DIRECTORY else "", inner)
            if edited is not None:
                new[name] = (_DIRECTORY, edited)
            elif new.get(name, (0, ""))[0] == _DIRECTORY:
                del new[name]
        return self._write(b"tree", _body(new.items()), _width(tree, changes)) if new else None

    def _write(self, kind: bytes, content: bytes, width: int) -> str:
        """Keep a loose object (gitformat-loose(5)); returns its id, of ``width`` hexadecimal digits."""
        data = kind + b" %d\0" % len(content) + content
        oid = (hashlib.sha256 if width == 64 else hashlib.sha1)(data, usedforsecurity=False).hexdigest()
        place = self._objects / oid[:2] / oid[2:]
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(zlib.compress(data, 1))
        return oid


def _without_filters(settings: dict[str, str]) -> tuple[str, ...]:
    """Options that switch off every filter driver: which of them run, a file of the repository says (.gitattributes), and
    some write to the repository (Git LFS)."""
    names = {name.rpartition(".")[0] for name in settings if name.startswith("filter.")}
    off = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    return tuple(word for name in sorted(names) for key, value in off for word in ("-c", f"{name}.{key}={value}"))


def _is_converted(settings: dict[str, str], top: str) -> bool:
    """Whether git may convert line ends."""
    automatic = settings.get("core.autocrlf", "false").lower() not in ("false", "no", "off", "0", "")
    return automatic or any(Path(top, name).exists() for name in _CONVERTS)


def _width(tree: str, changes: dict[bytes, tuple[int, str]]) -> int:
    return len(tree) or len(next(iter(changes.values()))[1])


def _entries(data: bytes, width: int) -> dict[bytes, tuple[int, str]]:
    """The entries of a tree object: ``MODE NAME\\0ID`` after each other."""
    found = {}
    at = 0
    while at < len(data):
        space = data.index(b" ", at)
        end = data.index(b"\0", space)
        found[data[space + 1 : end]] = (int(data[at:space], 8), data[end + 1 : end + 1 + width].hex())
        at = end + 1 + width
    return found


def _body(entries: Iterable[tuple[bytes, tuple[int, str]]]) -> bytes:
    """A tree object's content; a directory sorts as if its name ended with a slash."""
    rows = sorted(entries, key=lambda e: e[0] + b"/" if e[1][0] == _DIRECTORY else e[0])
    return b"".join(b"%o %s\0" % (mode, name) + bytes.fromhex(oid) for name, (mode, oid) in rows)
