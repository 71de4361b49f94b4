"""Run git safely: no hooks, no prompts, no filters of the repository under check, credentials never in argv.

Every path-valued output is read NUL-separated; every ref comes in through standard input or after
``--end-of-options``, so that a name such as ``--output=x`` stays a name.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from bot.errors import ToolError
from bot.process import Completed, Limits, run

# Values on the command line win over every configuration file, also over the one of the repository under check.
_SAFE = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.quotePath", "false"),
    ("core.pager", "cat"),
    ("protocol.allow", "never"),
    ("diff.external", ""),
    ("core.splitIndex", "false"),  # its shared half would be written into the repository
    ("core.safecrlf", "false"),
    ("advice.addEmbeddedRepo", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    # a careful person's "explicit" would refuse clones that are named here, and not found
    ("safe.bareRepository", "all"),
)
LIMITS = Limits(seconds=600, memory=8 * 1024**3, output=1024**3)


@cache
def _prefix() -> tuple[str, ...]:
    words = ["git"]
    for name, value in _SAFE:
        words += ["-c", f"{name}={value}"]
    return tuple(words)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without anything that points git elsewhere; plus ``extra``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k not in {"EDITOR", "VISUAL", "PAGER"}}
    kept |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",  # reading must never write to the repository
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C.UTF-8",
    }
    if extra:
        kept.update(extra)
    return kept


def quoted(path: str) -> str:
    """A directory for GIT_ALTERNATE_OBJECT_DIRECTORIES, which splits at colons unless it is C-quoted."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def argv(directory: str | os.PathLike[str], *words: str) -> tuple[str, ...]:
    """The full command line for ``git WORDS`` in ``directory``."""
    return (*_prefix(), "-C", os.fspath(directory), *words)


def git(
    directory: str | os.PathLike[str],
    *words: str,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    limits: Limits = LIMITS,
) -> Completed:
    """Run one git command; a failing command is returned, not raised. Raises ToolError when git is missing."""
    return run(argv(directory, *words), env=environment(env), stdin=stdin, limits=limits)


def output(directory: str | os.PathLike[str], *words: str, env: Mapping[str, str] | None = None) -> bytes:
    """Standard output of a git command that must succeed. Raises ToolError with git's own sentence."""
    done = git(directory, *words, env=env)
    if not done.ok:
        raise ToolError(f"git {words[0]} failed in {Path(directory)}: {sentence(done)}")
    return done.stdout


def sentence(done: Completed) -> str:
    """What git itself said, on one line."""
    if done.stopped:
        return f"it {done.stopped}"
    text = done.stderr.decode(errors="replace").strip() or f"exit code {done.code}"
    return " ".join(text.removeprefix("fatal: ").split())


def require(words: Sequence[str], done: Completed) -> bytes:
    """Like output() for a command that already ran."""
    if not done.ok:
        raise ToolError(f"git {words[0]} failed: {sentence(done)}")
    return done.stdout
