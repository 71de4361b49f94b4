"""``gatehouse setup github``: registers a GitHub App for this service, and stores its credentials."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from bot.errors import UserError
from bot.setup.local_page import BACK, LocalPage
from bot.setup.manifest import CLOUD, Registered, exchanged, form_address, manifest
from bot.setup.store import accept, known, store

_WAIT_SECONDS = 1800


def set_up(
    *, api_url: str, public_url: str, organization: str, file: Path, replace: bool, say: Callable[[str], None]
) -> Registered:
    """Show a page from which a person registers the App, and wait for them. Raises UserError where the file has an App
    already, ToolError where it cannot be written or GitHub gives none."""
    if not public_url:
        raise UserError(
            "GitHub has to know where it reaches this service: name it by --public-url https://HOST, or by "
            "GATEHOUSE_PUBLIC_URL."
        )
    if known(file, "GITHUB_APP_ID") and not replace:
        raise UserError(
            f"{file} holds the credentials of a GitHub App already; --replace puts a new one in their place."
        )
    accept(file)  # GitHub shows the App's key and secret once
    state, made = secrets.token_urlsafe(32), list[Registered]()

    def exchange(code: str) -> str:
        registered = exchanged(api_url, code)
        store(file, _values(registered, api_url, public_url))
        made.append(registered)
        place = f"{registered.page}/installations/new"
        return f"The App {registered.slug} is registered. Install it in your repositories: {place}"

    page = LocalPage(state, exchange)
    try:
        page.shows(form_address(api_url, organization, state), manifest(public_url, page.address + BACK))
        say(f"Open {page.address} in a browser on this machine.")
        page.wait(_WAIT_SECONDS)
    finally:
        page.close()
    return made[0]


def _values(made: Registered, api_url: str, public_url: str) -> dict[str, str]:
    values = {
        "GITHUB_APP_ID": str(made.id),
        "GITHUB_PRIVATE_KEY": made.private_key,
        "GITHUB_WEBHOOK_SECRET": made.webhook_secret,
        "GATEHOUSE_PUBLIC_URL": public_url,
    }
    return values if api_url == CLOUD else {**values, "GITHUB_API_URL": api_url}
