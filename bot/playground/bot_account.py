"""The bot's accounts on both halves, and the settings by which ``gatehouse serve`` finds them."""

from __future__ import annotations

import secrets
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bot.model.forge import ForgeKind, Permission
from bot.playground.github_objects import api
from bot.playground.records import Repository
from bot.playground.world import World

# What app.yaml asks for; the playground refuses what is not here, as GitHub does.
PERMISSIONS = {
    "checks": "write", "contents": "read", "issues": "write", "members": "read", "merge_queues": "read", "metadata": "read",
    "pull_requests": "write",
}  # fmt: skip
EVENTS = (
    "push", "pull_request", "pull_request_review", "issue_comment", "check_run", "check_suite", "merge_group",
)  # fmt: skip
_GITLAB_EVENTS = ("merge_requests_events", "note_events", "push_events", "pipeline_events")


def join(world: World, repositories: dict[ForgeKind, Repository], bot_url: str, place: Path) -> dict[str, str]:
    """Make the bot's accounts and webhooks, write its secrets into files of ``place`` (a private directory), and return the
    environment of ``gatehouse serve`` for this forge. ``bot_url``: where the bot will listen."""
    port = urlsplit(bot_url).port
    return {
        **_github(world, repositories[ForgeKind.GITHUB], bot_url, place),
        **_gitlab(world, repositories[ForgeKind.GITLAB], bot_url, place),
        "GATEHOUSE_PUBLIC_URL": bot_url,
        "GATEHOUSE_STATE_DIR": str(place / "bot"),
        **({"PORT": str(port)} if port else {}),
    }


def _github(world: World, repository: Repository, bot_url: str, place: Path) -> dict[str, str]:
    key, secret = generate_private_key(public_exponent=65537, key_size=2048), secrets.token_hex(24)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    app = world.add_app("gatehouse", public, PERMISSIONS, EVENTS)
    world.add_hook(f"{bot_url}/webhooks/github", secret, app_id=app.id)
    world.install(app, world.namespace(repository), world.user("ada"))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    return {
        "GITHUB_API_URL": api(world),
        "GITHUB_APP_ID": str(app.id),
        "GITHUB_PRIVATE_KEY_FILE": _kept(place / "github.pem", pem.decode()),
        "GITHUB_WEBHOOK_SECRET_FILE": _kept(place / "github-webhook", secret),
    }


def _gitlab(world: World, repository: Repository, bot_url: str, place: Path) -> dict[str, str]:
    bot, secret = world.add_user("gatehouse", name="Gatehouse", is_bot=True), secrets.token_hex(24)
    repository.members[bot.id] = Permission.MAINTAIN
    token = world.user_token(bot, ("api", "read_repository"))
    world.add_hook(f"{bot_url}/webhooks/gitlab", secret, _GITLAB_EVENTS, repository=repository)
    return {
        "GITLAB_URL": world.url,
        "GITLAB_TOKEN_FILE": _kept(place / "gitlab-token", token.value),
        "GITLAB_WEBHOOK_SECRET_FILE": _kept(place / "gitlab-webhook", secret),
    }


def _kept(path: Path, text: str) -> str:
    path.touch(mode=0o600)
    path.write_text(text)
    return str(path)
