"""The directory of a git repository, made and asked without a start of git: each costs several milliseconds, and thousands
of tests begin with one (gitrepository-layout(5))."""

from __future__ import annotations

from pathlib import Path

# A commit otherwise starts a second git, which looks whether there is something to pack.
UNTENDED = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "maintenance.auto", "GIT_CONFIG_VALUE_0": "false"}
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n"


def make(work_tree: Path, branch: str) -> None:
    """What ``git init -b BRANCH`` leaves, but for its examples."""
    place = work_tree / ".git"
    for name in ("hooks", "info", "objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (place / name).mkdir(parents=True)
    (place / "config").write_text(_CONFIG)
    (place / "HEAD").write_text(f"ref: refs/heads/{branch}\n")


def head(work_tree: Path) -> str:
    """The id of the commit that was just made: its branch is not packed yet."""
    place = work_tree / ".git"
    said = (place / "HEAD").read_text().strip()
    return (place / said.removeprefix("ref: ")).read_text().strip() if said.startswith("ref: ") else said


def put(work_tree: Path, branch: str, commit: str) -> None:
    """Let a branch name a commit, whatever it named before."""
    (work_tree / ".git" / "refs" / "heads" / branch).write_text(f"{commit}\n")
