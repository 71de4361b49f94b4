"""Which parts the forge is put together from: the only page that names both halves."""

from __future__ import annotations

from flask import Blueprint

from bot.model.forge import ForgeKind
from bot.playground.github_api import HOURLY, github_api
from bot.playground.github_hooks import GITHUB
from bot.playground.gitlab_api import gitlab_api
from bot.playground.gitlab_hooks import GITLAB
from bot.playground.webhooks import Sender, Wire
from bot.playground.world import World


def wires() -> dict[ForgeKind, Wire]:
    """How each half tells its webhooks."""
    return {ForgeKind.GITHUB: GITHUB, ForgeKind.GITLAB: GITLAB}


def apis(world: World, sender: Sender, hourly: int = HOURLY) -> list[Blueprint]:
    """The HTTP APIs, each a blueprint with a prefix of its own. ``hourly``: see ``github_api``."""
    return [github_api(world, redeliver=sender.redeliver, hourly=hourly), gitlab_api(world)]
