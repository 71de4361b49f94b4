"""Credentials behind base64 outside of a Secret: a private key, a token or a URL with a password as a whole, what the
header ``Authorization: Basic …`` holds (RFC 7617), and how Docker logs in to registries (``auth`` in ``config.json``, and
such a file as a whole, as ``.dockerconfigjson``).

Only what begins like one of these in base64 is decoded: images, certificates and checksums cost nothing.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

_BEGINNINGS = (
    "-----BEGIN", "ghp_", "gho_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "AKIA", "postgres://",
    "postgresql://", "postgresql+", "mysql://", "mariadb://", "amqp://", "amqps://", "redis://", "rediss://", "mongodb://",
    "mongodb+srv://", "https://", "http://", "hvs.", "AGE-SECRET-KEY-", '{"auths',
)  # fmt: skip
_HINTS = tuple(sorted({base64.b64encode(each[: len(each) // 3 * 3].encode()).decode() for each in _BEGINNINGS}))
_WHOLE = re.compile(rf"(?<![A-Za-z0-9+/])(?:{'|'.join(map(re.escape, _HINTS))})[A-Za-z0-9+/]{{8,100000}}={{0,2}}")
_BASIC = re.compile(r"(?P<before>\b[Bb](?i:asic) {1,4})(?P<sent>[A-Za-z0-9+/]{8,2000}={0,2})(?![A-Za-z0-9+/=])")
_LOGIN = re.compile(
    r"(?P<before>\"auth\\{0,2}\" {0,4}: {0,4}\\{0,2}\")(?P<sent>[A-Za-z0-9+/]{8,2000}={0,2})(?=\\{0,2}\")"
)
_LOGIN_HINT = "auth"
_REGISTRIES = re.compile(r"\"auths\" {0,4}:")
_PASSWORD = re.compile(r"\"(?:password|identitytoken|registrytoken)\" {0,4}: {0,4}\"[^\"$<{]{3,}\"")
_PAIR = re.compile(r"[^\s:]{1,200}:(?P<password>[!-~]{3,1000})\Z")


def may_hold(text: str) -> bool:
    """Whether the text may hold such base64: cheap, and never wrongly False."""
    if any(hint in text for hint in _HINTS) or (_LOGIN_HINT in text and _LOGIN.search(text) is not None):
        return True
    return "asic " in text.lower() and _BASIC.search(text) is not None


def replace(text: str, mask: Callable[[str], str], is_credential: Callable[[str], bool]) -> str:
    """The text with all base64 masked behind which a credential stands; the word ``Basic`` stays."""
    text = _WHOLE.sub(lambda found: mask(found[0]) if _is_one(_decoded(found[0]), is_credential) else found[0], text)
    for shape in (_BASIC, _LOGIN) if _LOGIN_HINT in text else (_BASIC,):
        text = shape.sub(
            lambda found: found["before"] + (mask(found["sent"]) if _is_pair(found) else found["sent"]), text
        )
    return text


def _is_one(text: str, is_credential: Callable[[str], bool]) -> bool:
    if _REGISTRIES.search(text) and (_PASSWORD.search(text) or any(map(_is_pair, _LOGIN.finditer(text)))):
        return True
    return is_credential(text)


def _is_pair(found: re.Match[str]) -> bool:
    pair = _PAIR.match(_decoded(found["sent"]))
    return pair is not None and "${" not in pair["password"]


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
