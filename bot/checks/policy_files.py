"""The policies of a repository: every ``*.rego`` below a directory that is no test."""

from __future__ import annotations

from collections.abc import Iterable

from bot.errors import GatehouseError
from bot.model.snapshot import Change, Snapshot
from bot.policy.base import Module, Problem

ENDING = ".rego"
TEST_ENDING = "_test.rego"
_MOST_BYTES = 4 * 1024 * 1024


def read(files: Snapshot, directory: str) -> tuple[list[Module], list[Problem]]:
    """The modules of one side, and why some cannot be read."""
    modules: list[Module] = []
    problems: list[Problem] = []
    total = 0
    for entry in files.walk(directory):
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


def changed(changes: Iterable[Change], directory: str) -> list[str]:
    """The policies that a change touches."""
    start = f"{directory}/"
    return sorted(
        change.path
        for change in changes
        if change.path.startswith(start) and change.path.endswith(ENDING) and not change.path.endswith(TEST_ENDING)
    )
