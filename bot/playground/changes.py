"""What differs between two commits, file by file, for the APIs and the pages."""

from __future__ import annotations

import os
from dataclasses import dataclass

from bot.playground.bare import Bare

_STATUS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "T": "changed", "C": "copied"}


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """``status`` in GitHub's words: added, removed, modified, renamed, changed. ``patch``: the hunks alone, from the first
    ``@@``, "" for a binary file. ``old_path`` differs for renames only. ``blob`` is the id of the content, the old one
    where it was removed."""

    path: str
    old_path: str
    status: str
    old_mode: str
    new_mode: str
    blob: str
    additions: int
    deletions: int
    is_binary: bool
    patch: str


def changed_files(bare: Bare, before: str, after: str) -> list[ChangedFile]:
    """From ``before`` (for a pull request the merge base) to ``after``, both full ids, in the order of git. Patches are
    text with broken bytes replaced."""
    return list(bare.remembered(("changes", before, after), lambda: _changed_files(bare, before, after)))


def _changed_files(bare: Bare, before: str, after: str) -> list[ChangedFile]:
    words = (
        "diff-tree",
        "-r",
        "-z",
        "-M",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        "--full-index",
        "--end-of-options",
    )
    raw = bare.read(*words[:-1], "--raw", words[-1], before, after).split(b"\0")[:-1]
    numbers = _numbers(bare.read(*words[:-1], "--numstat", words[-1], before, after).split(b"\0")[:-1])
    patches = _patches(bare.read(*words[:-1], "--patch", words[-1], before, after))
    found: list[ChangedFile] = []
    position = shown = 0
    while position < len(raw):
        old_mode, new_mode, old_blob, new_blob, status = raw[position].decode().removeprefix(":").split(" ")
        moved = status[0] in "RC"
        old_path = os.fsdecode(raw[position + 1])
        path = os.fsdecode(raw[position + 2]) if moved else old_path
        position += 3 if moved else 2
        added, deleted, binary = numbers[len(found)]
        parts = 2 if status[0] == "T" else 1  # git shows a file that became a link as one gone and one new
        patch = "\n".join(filter(None, patches[shown : shown + parts]))
        shown += parts
        blob = old_blob if status[0] == "D" else new_blob
        found.append(
            ChangedFile(path, old_path, _STATUS[status[0]], old_mode, new_mode, blob, added, deleted, binary, patch)
        )
    return found


def _numbers(raw: list[bytes]) -> list[tuple[int, int, bool]]:
    """Added and deleted lines of each file, and whether it is binary; a rename has its two names in fields of their own."""
    found: list[tuple[int, int, bool]] = []
    position = 0
    while position < len(raw):
        added, deleted, name = raw[position].split(b"\t", 2)
        position += 1 if name else 3
        binary = added == b"-"
        found.append((0, 0, True) if binary else (int(added), int(deleted), False))
    return found


def _patches(raw: bytes) -> list[str]:
    """The hunks of each file: what stands between two ``diff --git`` lines, from the first ``@@`` on. A line of a hunk never
    begins with a letter, so a content cannot pretend to be such a line."""
    parts = (b"\n" + raw).split(b"\ndiff --git ")[1:]
    return [_hunks(part) for part in parts]


def _hunks(part: bytes) -> str:
    at = part.find(b"\n@@ ")
    return part[at + 1 :].decode(errors="replace").rstrip("\n") if at >= 0 else ""
