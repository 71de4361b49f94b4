"""Which engine evaluates: the embedded one, or the OPA server that the environment names."""

from __future__ import annotations

from bot.policy.base import Engine, Limits
from bot.policy.embedded import Embedded


def engine(opa_url: str = "", opa_token: str = "", limits: Limits | None = None) -> Engine:
    """Raises UserError when the URL is none of a server."""
    if not opa_url:
        return Embedded(limits)
    from bot.policy.server import Server

    return Server(opa_url, opa_token, limits)
