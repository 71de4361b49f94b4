"""Credentials in the settings file, which only this user can read."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from bot.errors import ToolError, UserError

_LINE = re.compile(r"\s*(?:export\s+)?([A-Z_]+)\s*=")


def known(path: Path, name: str) -> bool:
    """Whether the file gives this setting a value."""
    return any(_name(line) == name for line in _lines(path))


def accept(path: Path) -> None:
    """Whether the file can be written, before anybody makes what is to stand in it. Raises ToolError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise ToolError(f"The settings file {path} cannot be written: {error.strerror}.") from error


def store(path: Path, values: Mapping[str, str]) -> None:
    """Write these settings; others in the file, and comments, stay. The file is whole at every instant, and nobody else can
    read it. Line feeds in a value are written as ``\\n``. Raises ToolError."""
    kept = [line for line in _lines(path) if _name(line) not in values]
    lines = [*kept, *(f"{name}={value.strip()}".replace("\n", "\\n") for name, value in values.items())]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number, half = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # made with mode 0600
        try:
            with os.fdopen(number, "w", encoding="utf-8") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(file.fileno())
            Path(half).replace(path)
        except BaseException:
            Path(half).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ToolError(f"The settings file {path} cannot be written: {error.strerror}.") from error


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        return []
    except UnicodeDecodeError as error:
        raise UserError(f"The settings file {path} is not UTF-8 text; move it away.") from error
    except OSError as error:
        raise UserError(f"The settings file {path} cannot be read: {error.strerror}.") from error


def _name(line: str) -> str:
    match = _LINE.match(line)
    return match[1] if match else ""
