"""What looks like a credential in a text, by the detectors of detect-secrets and by the shapes that we mask.

The only module that knows the library. Its detectors run on the text alone: nothing is verified against a service, no
file is opened, and its ``pragma: allowlist`` comments mean nothing, because the change under review may have added them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from bot.redaction import credentials
from bot.redaction.random_values import LONGEST_LINE as _WINDOW
from bot.redaction.random_values import is_harmless

# Windows of a text, so that a detector whose expression takes the square of a length has a short one; they overlap by more
# than a credential that is not itself found by its beginning.
_OVERLAP = 512
_MOST = 50  # findings of one text: more say nothing new, and comparing them takes the square of their number
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=]{20}")
_ARMOUR = re.compile(r"-----(?:BEGIN|END) ")
_MAILCHIMP = re.compile(r"[0-9a-z]{32}-us[0-9]")
_URL = re.compile(r"://[^\s/]*:[^\s/]*@")


class Found(NamedTuple):
    """A credential in a text: ``line`` (1-based), what it looks like, and the value. The value must go no further than to
    whoever compares two sides."""

    line: int
    kind: str
    value: str


def credentials_in(text: str) -> list[Found]:
    """Credentials by their shape, each place once, in order of lines."""
    found: dict[tuple[int, str], Found] = {}
    detectors = _fitting(text)
    ours = credentials.may_hold(text)
    for start, window in _windows(text) if detectors or ours else ():
        for kind, value in (*_by_library(window, detectors), *(_by_our_shapes(window) if ours else ())):
            at = start + _place(window, value)
            line = text.count("\n", 0, at) + 1
            if not any(
                known.line == line and (value in known.value or known.value in value) for known in found.values()
            ):
                found[line, value] = Found(line, kind, value)
            if len(found) >= _MOST:
                return sorted(found.values(), key=lambda f: f.line)
    return sorted(found.values(), key=lambda f: f.line)


def _place(text: str, value: str) -> int:
    """Where a value stands: by itself before as a part of a longer word."""
    at = text.find(value)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(value) : at + len(value) + 1]
        if not (before.isalnum() or after.isalnum()):
            return at
        at = text.find(value, at + 1)
    return text.find(value)


def may_hold(line: str) -> bool:
    """Whether a line may be one that a credential stands on: cheap, and never wrongly False."""
    if credentials.may_hold(line) or _RARE.search(line):
        return True
    return _URL.search(line) is not None or _MAILCHIMP.search(line) is not None


def _fitting(text: str) -> list[_Detector]:
    """The detectors that the text holds a hint for: few in most texts, and those that are not frequent are asked for in
    one pass."""
    rare = _RARE.search(text) is not None
    return [row for row in _DETECTORS if (rare or row[1] in _FREQUENT) and any(hint in text for hint in row[1])]


def _windows(text: str) -> Iterator[tuple[int, str]]:
    """Parts of the text that hold whole lines where lines are short, with their offsets."""
    at = 0
    while at < len(text):
        end = min(at + _WINDOW, len(text))
        if end < len(text):
            end = max(text.rfind("\n", at + _OVERLAP, end) + 1, 0) or end
        yield at, text[at : min(end + _OVERLAP, len(text))]
        at = end


def _by_library(window: str, detectors: list[_Detector]) -> Iterator[tuple[str, str]]:
    for kind, hints, module, name in detectors:
        if any(hint in window for hint in hints) and (hints != ("://",) or _URL.search(window)):
            for value in _search(module, name)(window):
                if not is_harmless(value):
                    yield kind, value


def _by_our_shapes(window: str) -> Iterator[tuple[str, str]]:
    ours: list[str] = []
    credentials.replace(window, lambda value: ours.append(value) or "")  # type: ignore[func-returns-value]
    for value in ours:
        is_key = "PRIVATE" in value and value.startswith("-----")
        if not is_key and not is_harmless(value):  # keys are found by the library, with what follows their first line
            yield "password in a URL" if f":{value}@" in window else "token", value


_GITLAB = ("GR1348941", *(f"gl{k}-" for k in ("pat", "dt", "ft", "soat", "rt", "cbt", "imt", "ptt", "agent", "oas")))
Search = Callable[[str], Iterable[str]]


# What it finds, texts one of which is in everything that it finds, and the library's module and class. Left out of its own
# set: what guesses by keyword or by bare length (keywords, Artifactory, Cloudant, IBM, SoftLayer, Twilio, Discord, public
# IPs), and Telegram, whose tokens it knows only on a line of their own.
_Detector = tuple[str, tuple[str, ...], str, str]
_DETECTORS: tuple[_Detector, ...] = (
    ("private key", ("BEGIN ", "PuTTY"), "private_key", "PrivateKeyDetector"),
    ("AWS key", ("A3T", "ABIA", "ACCA", "AKIA", "ASIA", "aws", "AWS", "Aws"), "aws", "AWSKeyDetector"),
    ("Azure storage key", ("AccountKey=",), "azure_storage_key", "AzureStorageKeyDetector"),
    ("password in a URL", ("://",), "basic_auth", "BasicAuthDetector"),
    ("GitHub token", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), "github_token", "GitHubTokenDetector"),
    ("GitLab token", _GITLAB, "gitlab_token", "GitLabTokenDetector"),
    ("Mailchimp key", ("-us",), "mailchimp", "MailchimpDetector"),
    ("npm token", ("_authToken", "npm_"), "npm", "NpmDetector"),
    ("OpenAI key", ("sk-",), "openai", "OpenAIDetector"),
    ("PyPI token", ("pypi-",), "pypi_token", "PypiTokenDetector"),
    ("SendGrid key", ("SG.",), "sendgrid", "SendGridDetector"),
    ("Slack token", ("xox", "hooks.slack.com"), "slack", "SlackDetector"),
    ("Square token", ("sq0csp",), "square_oauth", "SquareOAuthDetector"),
    ("Stripe key", ("k_live_",), "stripe", "StripeDetector"),
)

_FREQUENT = (("://",), ("-us",))  # many texts hold them
_RARE = re.compile("|".join(re.escape(hint) for row in _DETECTORS if row[1] not in _FREQUENT for hint in row[1]))


@cache
def _search(module: str, name: str) -> Search:
    """A detector; loaded when a text may hold something for it, because most texts do not."""
    plugin = getattr(import_module(f"detect_secrets.plugins.{module}"), name)()
    return _private_keys(plugin) if module == "private_key" else _by_line(plugin)


def _by_line(plugin: Any) -> Search:
    return lambda window: (str(value) for line in window.split("\n") if line for value in plugin.analyze_string(line))


def _private_keys(plugin: Any) -> Search:
    """The first line of a key with what follows it: without a body it is only spoken of."""

    def search(window: str) -> Iterator[str]:
        at = 0
        for header in plugin.analyze_string(window):
            start = window.find(header, at)
            at = start + len(header)
            body = _ARMOUR.split(window[at : at + 200])[0]
            if _KEY_BODY.search(body):
                yield window[start : at + 200]

    return search
