"""Where settings come from: the environment, and a file of lines ``NAME=value``.

The file is what ``--settings FILE`` or GATEHOUSE_ENV_FILE names, else ``settings.env`` in the state directory where there is
one. ``#`` begins a line of comment, quotes around a value are taken off. The environment wins over the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from bot.errors import UserError

FILE_NAME = "settings.env"
SECRETS = (
    "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET", "GITLAB_TOKEN", "GITLAB_WEBHOOK_SECRET", "REDIS_URL", "OPA_TOKEN",
)  # fmt: skip
NAMES = (
    "GITHUB_API_URL", "GITHUB_APP_ID", *SECRETS, *(f"{name}_FILE" for name in SECRETS), "GITLAB_URL", "OPA_URL",
    "GATEHOUSE_PUBLIC_URL", "GATEHOUSE_STATE_DIR", "GATEHOUSE_HOST", "PORT", "GATEHOUSE_SWEEP_MINUTES",
)  # fmt: skip
# What the engine reads by itself (bot/settings.py); the verbs of the service put it into their environment.
ENGINE_NAMES = (
    "GATEHOUSE_CACHE_DIR", "GATEHOUSE_CACHE_MIB", "GATEHOUSE_KUSTOMIZE", "GATEHOUSE_HELM", "GATEHOUSE_SANDBOX",
    "GATEHOUSE_WORKERS",
)  # fmt: skip
_LARGEST_FILE = 1 << 20


def merged(environ: Mapping[str, str], file: str | None = None) -> dict[str, str]:
    """The environment with what a file adds to it: ``file``, else GATEHOUSE_ENV_FILE, else settings.env in the state
    directory where there is one. Raises UserError."""
    told = file or environ.get("GATEHOUSE_ENV_FILE", "")
    path = Path(told) if told else state_dir(environ) / FILE_NAME
    if not told and not path.is_file():
        return dict(environ)
    return {**_read(path), **environ}


def state_dir(environ: Mapping[str, str]) -> Path:
    """GATEHOUSE_STATE_DIR, else the place of the XDG base directory specification."""
    if told := environ.get("GATEHOUSE_STATE_DIR", ""):
        return Path(told).absolute()
    base = environ.get("XDG_STATE_HOME", "")
    home = environ.get("HOME", "")
    return Path(base, "gatehouse") if base.startswith("/") else Path(home or ".", ".local/state/gatehouse").absolute()


def _read(path: Path) -> dict[str, str]:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"The settings file {path} is not UTF-8 text; write it anew.") from error
    except OSError as error:
        raise UserError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    found: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = (part.strip() for part in line.strip().removeprefix("export ").partition("="))
        if not line.strip() or line.strip().startswith("#"):
            continue
        if not equals:
            problems.append(f"Line {number} is not NAME=value.")
        elif name not in NAMES + ENGINE_NAMES:
            problems.append(f"Line {number} sets {name[:60]!r}, which is no setting of the service.")
        else:
            found[name] = value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
    if problems:
        raise UserError(f"The settings file {path} cannot be used: {' '.join(problems[:10])}")
    return found
