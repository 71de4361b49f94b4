"""The manifest of the GitHub App (app.yaml), and what GitHub makes of it.

The flow is GitHub's (GitHub docs, "Registering a GitHub App from a manifest"): a browser posts the manifest to GitHub, a
person agrees there, GitHub sends the browser back with a code, and the code is exchanged for credentials within an hour.
"""

from __future__ import annotations

import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

import bot
from bot.documents.reader import load_one
from bot.errors import ToolError, UserError
from bot.pem import fault_of

FILE = "app.yaml"
CLOUD = "https://api.github.com"
_DISTRIBUTION, _PLACE = "gitops-gatehouse", "share/gitops-gatehouse"
_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Registered:
    """A GitHub App that was just made. ``page`` is where people look at it and install it."""

    id: int
    slug: str
    page: str
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)


def manifest(public_url: str, back: str) -> dict[str, Any]:
    """The manifest for a service at ``public_url``; ``back`` is where GitHub sends the browser."""
    raw: dict[str, Any] = _read()
    return {
        **raw,
        "url": public_url,
        "hook_attributes": {"url": f"{public_url}/webhooks/github", "active": True},
        "redirect_url": back,
    }


def web_address(api_url: str) -> str:
    """Where people reach the GitHub whose API this is: github.com, a subdomain of ghe.com, or an Enterprise Server."""
    parts = urllib.parse.urlsplit(api_url)
    host = parts.netloc.removeprefix("api.") if parts.netloc.endswith((".github.com", ".ghe.com")) else parts.netloc
    return f"{parts.scheme}://{host}{parts.path.removesuffix('/').removesuffix('/api/v3')}"


def form_address(api_url: str, organization: str, state: str) -> str:
    """Where the manifest is posted to: an account of one's own, or of an organization."""
    owner = f"/organizations/{urllib.parse.quote(organization, safe='')}" if organization else ""
    return f"{web_address(api_url)}{owner}/settings/apps/new?{urllib.parse.urlencode({'state': state})}"


def exchanged(api_url: str, code: str) -> Registered:
    """The App that a code stands for. Raises ToolError."""
    if not code.isascii() or not code.isalnum() or len(code) > 200:
        raise ToolError("GitHub sent a code that is none; begin again.")
    try:
        answer = requests.post(
            f"{api_url}/app-manifests/{code}/conversions",
            headers={"Accept": "application/vnd.github+json"},
            timeout=_SECONDS,
            allow_redirects=False,  # the code is for one address
            auth=lambda request: request,  # and no password of a .netrc belongs there
        )
        if answer.status_code != 201:
            raise ToolError(f"GitHub does not take the code ({answer.status_code}); a code is good once, for an hour.")
        return _registered(answer.json())
    except (ValueError, KeyError, TypeError):
        raise ToolError("GitHub's answer holds no App; begin again.") from None
    except requests.RequestException as error:
        raise ToolError(f"GitHub's API at {api_url} does not answer ({type(error).__name__}).") from None


def _registered(raw: dict[str, Any]) -> Registered:
    secret = str(raw["webhook_secret"] or "")
    made = Registered(int(raw["id"]), str(raw["slug"]), str(raw["html_url"]), str(raw["pem"]), secret)
    if fault := fault_of(made.private_key):
        raise ToolError(f"The private key that GitHub sent {fault}; delete the App {made.slug} there and begin again.")
    if not made.webhook_secret:
        raise ToolError(f"GitHub sent no webhook secret; delete the App {made.slug} there and begin again.")
    return made


def _read() -> Any:
    place = Path(bot.__file__).parents[1] / FILE
    if not place.is_file():
        place = _installed()
    return load_one(place.read_text(encoding="utf-8"), name=FILE)


def _installed() -> Path:
    import importlib.metadata  # slow to load

    for file in importlib.metadata.files(_DISTRIBUTION) or ():
        if file.name == FILE and file.parent.as_posix().endswith(_PLACE):
            return Path(str(file.locate()))
    raise UserError(f"The manifest of the GitHub App is not installed; install {_DISTRIBUTION} again.")
