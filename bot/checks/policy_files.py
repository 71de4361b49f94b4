"""The policies of a repository: every ``*.rego`` below some directories that is no test."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import GatehouseError
from bot.model.snapshot import Change, Entry, Snapshot
from bot.policy.base import Module, Problem

ENDING = ".rego"
TEST_ENDING = "_test.rego"
_MOST_BYTES = 4 * 1024 * 1024


def read(files: Snapshot, directories: Iterable[str]) -> tuple[list[Module], list[Problem]]:
    """The modules of one side, and why some cannot be read."""
    modules: list[Module] = []
    problems: list[Problem] = []
    total = 0
    for entry in _below(files, directories):
        if not entry.path.endswith(ENDING) or entry.path.endswith(TEST_ENDING):
            continue
        if entry.is_symlink or entry.is_submodule:
            problems.append(Problem(entry.path, 0, "it is a link; put the file itself there"))
            continue
        try:
            text = files.read(entry).decode("utf-8")
        except UnicodeDecodeError:
            problems.append(Problem(entry.path, 0, "it is not UTF-8"))
            continue
        except GatehouseError as error:
            problems.append(Problem(entry.path, 0, str(error).rstrip(".")))
            continue
        total += len(text)
        if total > _MOST_BYTES:
            problems.append(Problem(entry.path, 0, f"all policies together are more than {_MOST_BYTES >> 20} MiB"))
            break
        modules.append(Module(entry.path, text))
    return modules, problems


def _below(files: Snapshot, directories: Iterable[str]) -> Iterable[Entry]:
    """Every entry once, also where one directory lies in another."""
    return {entry.path: entry for directory in directories for entry in files.walk(directory)}.values()


def changed(changes: Iterable[Change], directories: Iterable[str]) -> list[str]:
    """The policies that a change touches."""
    starts = tuple(f"{directory}/" if directory else "" for directory in directories)
    return sorted(
        change.path
        for change in changes
        if change.path.startswith(starts) and change.path.endswith(ENDING) and not change.path.endswith(TEST_ENDING)
    )
