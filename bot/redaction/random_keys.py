"""Keys that are meant to be secret by their names: ``AWS_SECRET_ACCESS_KEY``, ``STRIPE_API_KEY``, ``encryptionKey``.

Many keys are made to be public, or are no more than names: what stands under ``PUBLIC_KEY``, ``cacheKey`` or
``existingSecretKey``, or the API key of a page that every browser loads. So a key weighs like a password only where its name
leaves no doubt and its value looks random by every measure; whatever else is found under a key is told, and blocks nothing.
"""

from __future__ import annotations

import re

from bot.redaction.random_values import is_random, looks_random

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
_SECRET = re.compile(r"(?:secret_?(?:access_?)?|encryption_?|signing_?|private_?|master_?|hmac_?|jwt_?)key\Z")
_API = re.compile(r"api_?key\Z")
# Of an object or a key in it, of a checksum, or of a key that is given away.
_NOT_MEANT = re.compile(
    r"(?:\A|_)(?:existing|pull|tls|name|ref|id|public|pub|publishable|kms|cache|checksum|hash|digest|sha[0-9]*|fingerprint"
    r"|encrypted|sealed)(?:_|\Z)"
)
# API keys that a page carries to every browser, by where they are used and by what they are for.
_OF_PAGES = re.compile(
    r"(?:\A|_)(?:client|browser|frontend|web|site|next|vite|react|vue|nuxt|gatsby|expo|maps?|firebase|algolia|search|posthog"
    r"|segment|amplitude|mixpanel|analytics|telemetry|write|captcha|recaptcha)(?:_|\Z)"
)
# Public halves of keys (DER, OpenSSH), and keys that say of themselves that they are public.
_PUBLIC_VALUE = re.compile(r"MFkwEw|MHYwEA|MIGfMA|MIGbMB|MCowBQ|MIIBIj|MIICIj|LS0t|ssh-|AAAA[BCE]|AIza|pk[_.]|phc_")
_OF_LARAVEL = re.compile(r"base64:[A-Za-z0-9+/]{43}=\Z")  # APP_KEY, which encrypts sessions and signs addresses
_OF_RAILS = re.compile(r"(?P<key>(?i:key))(?:_(?i:base)|Base)\Z")
_LONGEST_NAME = 200


def is_secret_key(name: str, value: str) -> bool:
    """Whether a value is a secret key beyond doubt: by its name, and by what it looks like."""
    name = _OF_RAILS.sub(r"\g<key>", name[:_LONGEST_NAME])  # SECRET_KEY_BASE
    if name[-3:].lower() != "key":
        return False
    words = "_".join(word.lower() for word in _WORDS.split(name) if word)
    if _NOT_MEANT.search(words) or _PUBLIC_VALUE.match(value):
        return False
    if _OF_LARAVEL.match(value):
        return words.endswith("app_key")
    if not (_SECRET.search(words) or (_API.search(words) and not _OF_PAGES.search(words))):
        return False
    return looks_random(value) and is_random(value)
