"""``gatehouse setup``: credentials of the service, made at a forge and stored."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bot import logs
from bot.doors.saying import say
from bot.errors import RetryLater, ToolError, UserError
from bot.service_settings import fault_of_address
from bot.settings_file import FILE_NAME, merged, state_dir

if TYPE_CHECKING:
    import argparse

_CLOUD = {"GITHUB_API_URL": "https://api.github.com", "GITLAB_URL": "https://gitlab.com"}


def set_up(arguments: argparse.Namespace) -> None:
    """Does what the forge of the arguments needs, and says where it was stored. Raises UserError, ToolError."""
    file = Path(arguments.settings).absolute() if arguments.settings else state_dir(os.environ) / FILE_NAME
    known = merged(os.environ, str(file)) if file.is_file() else dict(os.environ)
    public_url = (arguments.public_url or known.get("GATEHOUSE_PUBLIC_URL", "")).rstrip("/")
    if public_url:
        _require_address("--public-url" if arguments.public_url else "GATEHOUSE_PUBLIC_URL", public_url)
    logs.set_up([text for name, text in known.items() if "TOKEN" in name or "SECRET" in name or "KEY" in name])
    try:
        {"github": _github, "gitlab": _gitlab}[arguments.forge](arguments, file, known, public_url)
    except RetryLater as error:
        raise ToolError(f"{error}. Run this again in a minute: it goes on where it was.") from error
    start = f"gatehouse serve{_option(arguments)}"
    say(f"The settings are in {file}, which only you can read. Start the service, again where it runs: {start}")


def _github(arguments: argparse.Namespace, file: Path, known: dict[str, str], public_url: str) -> None:
    from bot.setup.github import set_up as register

    _refuse_overruled("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_WEBHOOK_SECRET")
    made = register(
        api_url=_forge(known, "GITHUB_API_URL"), public_url=public_url, organization=arguments.organization,
        file=file, replace=arguments.replace, say=say,
    )  # fmt: skip
    say(f"The App {made.slug} is registered. Install it in your repositories: {made.page}/installations/new")


def _gitlab(arguments: argparse.Namespace, file: Path, known: dict[str, str], public_url: str) -> None:
    from bot.forge.gitlab_http import Api
    from bot.setup.gitlab import Stored
    from bot.setup.gitlab import set_up as make

    _refuse_overruled("GITLAB_WEBHOOK_SECRET")
    token, url = _token(known), _forge(known, "GITLAB_URL").removesuffix("/api/v4")
    values = {"GITLAB_URL": url, "GATEHOUSE_PUBLIC_URL": public_url}
    if not known.get("GITLAB_TOKEN_FILE"):
        values["GITLAB_TOKEN"] = known["GITLAB_TOKEN"]
    stored = Stored(file, values, known.get("GITLAB_WEBHOOK_SECRET", ""))
    make(Api(url, token), arguments.path, public_url=public_url, stored=stored, say=say)


def _token(known: dict[str, str]) -> str:
    text, file = known.get("GITLAB_TOKEN", ""), known.get("GITLAB_TOKEN_FILE", "")
    if file and not text:
        try:
            text = Path(file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"GITLAB_TOKEN_FILE names {file}, which cannot be read ({type(error).__name__}).") from None
    token = text.split(",")[0].strip()
    if not token:
        raise UserError("Set GITLAB_TOKEN to an access token of the bot's account with the scope api.")
    return token


def _refuse_overruled(*names: str) -> None:
    for name in (*names, *(f"{each}_FILE" for each in names)):
        if os.environ.get(name):
            raise UserError(
                f"{name} is set in the environment, and that would win over what is stored; unset it first."
            )


def _forge(known: dict[str, str], name: str) -> str:
    """The address of a forge. Raises UserError for what the service would not start with."""
    url = (known.get(name, "").strip() or _CLOUD[name]).rstrip("/")
    _require_address(name, url)
    return url


def _require_address(name: str, url: str) -> None:
    if fault := fault_of_address(url):
        raise UserError(f"{name} {fault}")


def _option(arguments: argparse.Namespace) -> str:
    return f" --settings {arguments.settings}" if arguments.settings else ""
