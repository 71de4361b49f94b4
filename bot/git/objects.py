"""The objects of a repository, from a single long-lived ``git cat-file --batch-command``: a start of git for each would cost
more than all else.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator

from bot.errors import TooBig, ToolError
from bot.git.command import argv, environment
from bot.model.snapshot import SUBMODULE, Entry
from bot.process import MEBIBYTE, Conversation

MAX_BLOB = 64 * MEBIBYTE
_MOST_HELD = 32 * MEBIBYTE
_MENDING = "a partial clone must fetch its blobs first (`git fetch --refetch --no-filter`), otherwise run `git fsck`"
_WINDOW = 256  # that many questions fit the pipe's buffer, so neither side can wait for the other


class Objects:
    """The objects of the repository in ``directory``. ``alternates`` is asked at each start of git for the variables that
    name further directories of objects."""

    def __init__(self, directory: str, alternates: Callable[[], dict[str, str]]) -> None:
        self._directory = directory
        self._alternates = alternates
        self._pipe: Conversation | None = None
        self._lock = threading.RLock()
        self._recent: dict[str, bytes] = {}
        self._held = 0

    def named(self, name: str) -> tuple[str, int] | None:
        """The id and the size of what a name means to git, which holds no line end; None where nothing has it. Raises
        ToolError when git ends at it: hang up then."""
        with self._lock:
            pipe = self._conversation()
            pipe.input.write(f"info {name}\n".encode(errors="surrogateescape"))
            _answer_now(pipe)
            return self._header(pipe)

    def blob(self, entry: Entry) -> bytes:
        """The content of a file (the target of a symlink). Raises TooBig over 64 MiB, ToolError when it is missing."""
        if entry.mode == SUBMODULE:
            return b""
        with self._lock:  # renders read from several threads
            known = self._recent.get(entry.oid)
            if known is None:
                pipe = self._conversation()
                pipe.input.write(f"contents {entry.oid}\n".encode())
                _answer_now(pipe)
                known, rest = self._content(pipe, entry)
                self._skip(pipe, rest)
                if rest > 1:
                    size = (len(known) + rest) // MEBIBYTE
                    raise TooBig(
                        f"{entry.path} has {size} MiB; files over {MAX_BLOB // MEBIBYTE} MiB are not read. "
                        "Keep it out of the repository, or split it."
                    )
                self._keep(entry.oid, known)
        return known

    def _keep(self, oid: str, content: bytes) -> None:
        """Remember a content for the next unit that shares it, within bounds."""
        if self._held + len(content) > _MOST_HELD:
            self._recent.clear()
            self._held = 0
        self._recent[oid] = content
        self._held += len(content)

    def blobs(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """The contents of many files, in bulk and one at a time; of a file over 64 MiB its beginning. Raises ToolError."""
        with Conversation(self._cat_file(), env=environment(self._alternates())) as pipe:
            window: list[Entry] = []
            for entry in entries:
                window.append(entry)
                if len(window) >= _WINDOW:
                    yield from self._batch(pipe, window)
                    window.clear()
            yield from self._batch(pipe, window)

    def _batch(self, pipe: Conversation, window: list[Entry]) -> Iterator[tuple[Entry, bytes]]:
        pipe.input.write(b"".join(f"contents {entry.oid}\n".encode() for entry in window))
        _answer_now(pipe)
        for asked in window:
            content, rest = self._content(pipe, asked)
            self._skip(pipe, rest)
            yield asked, content

    def _content(self, pipe: Conversation, entry: Entry) -> tuple[bytes, int]:
        """The first 64 MiB of the content, and how many bytes of the answer are still to be read."""
        found = self._header(pipe)
        if found is None:
            raise ToolError(
                f"The content of {entry.path} ({entry.oid[:12]}) is missing from {self._directory}; {_MENDING}."
            )
        size = found[1]
        held = min(size, MAX_BLOB)
        content = pipe.output.read(held)
        if len(content) != held:
            raise ToolError(
                f"git ended while it was giving {entry.path}; is {self._directory} damaged? Run `git fsck`."
            )
        return content, size + 1 - held

    @staticmethod
    def _skip(pipe: Conversation, size: int) -> None:
        while size > 0:
            size -= len(pipe.output.read(min(size, 1 << 20))) or size

    def _header(self, pipe: Conversation) -> tuple[str, int] | None:
        words = pipe.output.readline().split()
        if not words:
            raise ToolError(f"git cat-file ended unexpectedly in {self._directory}; {_MENDING}.")
        if len(words) == 3 and words[2].isdigit():
            return words[0].decode(), int(words[2])
        return None

    def hang_up(self) -> None:
        """End the conversation; the next question begins another."""
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _conversation(self) -> Conversation:
        if self._pipe is None:
            self._pipe = Conversation(self._cat_file(), env=environment(self._alternates()))
        return self._pipe

    def _cat_file(self) -> tuple[str, ...]:
        return argv(self._directory, "cat-file", "--batch-command", "--buffer")


def _answer_now(pipe: Conversation) -> None:
    """``--buffer`` makes git answer only when told to, which saves a system call an object."""
    pipe.input.write(b"flush\n")
    pipe.input.flush()
