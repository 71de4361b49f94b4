"""Who asks GitHub's API on the playground: an App by a JWT that it signed, or an installation by the token that it got.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

import base64
import json
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from bot.playground.errors import Refused
from bot.playground.records import App, Installation, Token, User
from bot.playground.world import World

_LONGEST_SECONDS = 600
_DRIFT_SECONDS = 60
_LEVELS = {"read": 1, "write": 2, "admin": 3}


class Unauthorized(Refused):
    """No credential, or none that is good."""

    status = 401


class Caller(NamedTuple):
    """``installation`` and ``token`` None: the App itself. ``app`` None: a person with a token of their own."""

    user: User
    app: App | None = None
    installation: Installation | None = None
    token: Token | None = None

    def may(self, name: str, level: str) -> bool:
        """Whether the token has a permission; a person has what their role gives them, which the World checks."""
        if self.token is None or self.installation is None:
            return self.app is None
        has = self.token.permissions.get(name, "read" if name == "metadata" else "")
        return _LEVELS.get(has, 0) >= _LEVELS[level]


def caller(world: World, authorization: str) -> Caller:
    """Raises Unauthorized."""
    kind, _, value = authorization.partition(" ")
    if kind.lower() not in ("bearer", "token") or not value:
        raise Unauthorized("Requires authentication" if not authorization else "Bad credentials")
    if value.count(".") == 2:
        app = _signer(world, value)
        return Caller(world.users[app.user_id], app)
    token = world.token(value)
    if token is None:
        raise Unauthorized("Bad credentials")
    user, installation = world.users[token.user_id], world.installations.get(token.installation_id)
    return Caller(user, world.apps[installation.app_id] if installation else None, installation, token)


def _signer(world: World, jwt: str) -> App:
    """The App that signed this JWT (RFC 7519, RS256), where it is good now."""
    try:
        head, payload, signature = jwt.split(".")
        header, claims = _decoded(head), _decoded(payload)
        app = world.apps.get(int(claims["iss"]))
        issued, expires = float(claims["iat"]), float(claims["exp"])
    except (ValueError, KeyError, TypeError):
        raise Unauthorized("A JSON web token could not be decoded") from None
    if app is None:
        raise Unauthorized("Integration not found")
    if header.get("alg") != "RS256" or not _is_signed(app, f"{head}.{payload}".encode(), signature):
        raise Unauthorized("A JSON web token could not be decoded")
    now = world.now().timestamp()
    if expires <= now or issued > now + _DRIFT_SECONDS:
        raise Unauthorized("'Expiration time' claim ('exp') must be a numeric value in the future")
    if expires > now + _LONGEST_SECONDS + _DRIFT_SECONDS:
        raise Unauthorized("'Expiration time' claim ('exp') is too far in the future")
    return app


def _is_signed(app: App, text: bytes, signature: str) -> bool:
    for pem in app.public_keys:
        key = load_pem_public_key(pem)
        if not isinstance(key, RSAPublicKey):
            continue
        try:
            key.verify(_bytes(signature), text, PKCS1v15(), SHA256())
        except (InvalidSignature, ValueError):
            continue
        return True
    return False


def _decoded(part: str) -> dict[str, Any]:
    found = json.loads(_bytes(part))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
