"""What credentials look like wherever they stand: passwords in URLs, private keys, tokens with a known prefix.

Shapes follow what the issuers document (GitHub, GitLab, Slack, AWS, Azure, Google, Stripe, Square, npm, PyPI, SendGrid,
Mailchimp, OpenAI, Vault, age, Discord, Teams, Telegram, JWT of RFC 7519; more in ``bot.redaction.token_shapes``): all that
``bot.checks.detectors`` tells of, so that none of it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from bot.redaction import encoded
from bot.redaction.placeholders import is_placeholder
from bot.redaction.token_shapes import HINTS, SHAPES

_TOKENS = (
    r"(?:A3T[A-Z0-9]|ABIA|ACCA|AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    r"gh[oprsu]_[A-Za-z0-9]{20,255}",
    r"github_pat_[A-Za-z0-9_]{20,255}",
    r"gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[A-Za-z0-9_\-.]{16,300}",
    r"xox[a-z](?:\.xox[a-z])?-[A-Za-z0-9-]{10,300}",
    r"xapp-[A-Za-z0-9-]{10,300}",
    r"AIza[A-Za-z0-9_-]{35}",
    r"[rs]k_live_[A-Za-z0-9]{16,300}",
    r"npm_[A-Za-z0-9]{36}",
    r"(?<=:_authToken=)[A-Fa-f0-9-]{36}",
    r"GR1348941[A-Za-z0-9_\-]{20,50}",
    r"(?<=AccountKey=)[A-Za-z0-9+/=]{88}",
    r"sk-[A-Za-z0-9_-]{20,200}T3BlbkFJ[A-Za-z0-9]{20,200}",
    r"pypi-Ag[A-Za-z0-9_-]{70,400}",
    r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    r"sq0csp-[A-Za-z0-9\\_-]{43}",
    r"[0-9a-f]{32}-us[0-9]{1,2}(?![A-Za-z0-9])",
    r"hv[sbr]\.[A-Za-z0-9_-]{20,300}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{58}",
    r"eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{10,4000}",
    *SHAPES,
)
_PRIVATE_KEY = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r".*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
_SHAPES = re.compile(
    rf"(?s:(?P<key>{_PRIVATE_KEY}))"
    r"|(?P<user>://[^\s/?#:@]*:)(?P<password>[^\s/?#]+)(?=@)"
    r"|(?P<hook>://(?:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/webhooks/[0-9]{1,30}/"
    r"|[a-z0-9-]{1,60}\.webhook\.office\.com/webhookb2/|api\.telegram\.org/bot[0-9]{1,20}:))(?P<path>[A-Za-z0-9/@_-]{8,300})"
    rf"|(?<![A-Za-z0-9])(?P<token>{'|'.join(_TOKENS)})"
)
# Everything above holds one of these; a private key's words may stand on two lines of folded YAML.
_HINTS = (
    "PRIVATE", "hooks.slack.com", "/api/webhooks/", ".webhook.office.com/", "api.telegram.org/bot",
    "A3T", "ABIA", "ACCA", "AKIA", "ASIA", "GR1348941", ":_authToken=", "AccountKey=",
    "T3BlbkFJ", "pypi-Ag", "SG.", "sq0csp-", "gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_",
    *(f"gl{k}-" for k in ("pat", "oas", "dt", "rt", "cbt", "ptt", "ft", "imt", "agent", "soat", "ffct")),
    "xox", "xapp-", "AIza", "k_live_", "npm_", "hvs.", "hvb.", "hvr.", "AGE-SECRET", "eyJ", *HINTS,
)  # fmt: skip
_SHORTEST = len("://:p@")
_URL_HINT = re.compile(r"://[^\s/?#]*@")
_MAILCHIMP_HINT = re.compile(r"[0-9a-f]{32}-us[0-9]")
# Words of tools: they print what they could not read, which may be a secret value.
_ERROR_SHAPES = re.compile(
    r"(?i:(?P<header>\bauthorization[\"']?\s*[:=]\s*[\"']?(?:basic|bearer|token)\s+)[^\s\"']+)"
    r"|(?i:(?P<field>\b(?:password|passwd|api[-_]?key|access[-_]?token|client[-_]?secret|secret[-_]?key)[\"']?"
    r"\s*[:=]\s*)(?:\"[^\"]*\"|'[^']*'|[^\s,;}]+))"
    r"|(?s:(?P<contents>node contents:).*\Z)"
    r"|(?P<node>\bvalue: )\{[^\n]*\}"
    # YAML readers: a value that starts with * or is of another type
    r"|(?P<anchor>unknown anchor '|uses the alias \*|has an anchor &)[^\s',]*"
    r"|(?P<unmarshal>cannot (?:unmarshal|decode) (?:\S+ (?=`)|number ))(?:`[^`]*`|(?!into\b)[^\s`]+)"
    r"|(?P<parsing>\bparsing (?:time )?)\"[^\"]*\""
    # kustomize: generators' literals, the whole configuration of a plugin, a patch
    r"|(?s:(?P<literal>literal sources? ).*?(?=, expected key=value|\Z))"
    r"|(?s:(?P<config>with config: )`.*`)"
    r"|(?P<repeats>illegally repeats the key `)(?![-._a-zA-Z0-9]{1,253}`)[^\n]*(?=`)"
    r"|(?P<patch>\[patch: )\"(?:[^\"\\]|\\.)*\""
    # kustomize: the line of variables that it could not read, as numbers and as text
    r"|(?P<bytes>\bline )\[[0-9 ]+\](?= has invalid utf8 bytes)|(?s:(?P<line>has invalid utf8 bytes : ).*\Z)"
    # addresses that nobody fetches
    r"|(?i:(?P<query>[?&](?:[a-z_-]{0,40}(?:token|secret|signature|password|key)|sig|pwd)=))[^\s&#,;:\"']+"
    # Helm: parameters and values that it does not like
    r"|(?s:(?P<set>failed parsing --set\S* data: ).*\Z)"
    r"|(?P<table>gnoring non-table value \()[^)]*"
    r"|'[^']*'(?= does not match pattern)"
)

# A file of manifests by its relative path: where kustomize quotes a patch, one that stands alone is no secret.
_FILE = r"(?:\.{1,2}/)*[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}(?:/[A-Za-z0-9_.-]{1,100}){0,30}\.(?:ya?ml|json)"
_PATCH_FILE = re.compile(rf'\[patch: "{_FILE}"\Z')
_NAMED_FILE = re.compile(rf"(?<![^\s`])path: ({_FILE})(?=[\s`])")
_MOST_FILES = 3
# Go writes keys in the order of the alphabet: of the metadata only annotations, labels and the like stand before the name.
_GO_OBJECT = "map[string]interface {}{"
_CALLED = re.compile(
    rf'"kind":"(?P<kind>[A-Za-z]{{1,63}})", "metadata":{re.escape(_GO_OBJECT)}'
    rf'(?:"[A-Za-z]{{1,40}}":{re.escape(_GO_OBJECT)}[^{{}}]{{0,10000}}\}}, ){{0,5}}"name":"(?P<name>[a-z0-9.-]{{1,253}})"'
)


def may_hold(text: str) -> bool:
    """Whether the text may hold a credential: cheap, and never wrongly False (see ``redact.needs_masking``)."""
    if len(text) < _SHORTEST:
        return False
    for hint in _HINTS:
        if hint in text:
            return True
    if "@" in text and _URL_HINT.search(text):
        return True
    if "-us" in text and _MAILCHIMP_HINT.search(text):
        return True
    return encoded.may_hold(text)


def replace(text: str, mask: Callable[[str], str]) -> str:
    """The text with every credential replaced by ``mask(credential)``; what surrounds it stays."""
    if not may_hold(text):
        return text
    return _replaced(encoded.replace(text, mask, _is_shaped), mask)


def _replaced(text: str, mask: Callable[[str], str]) -> str:
    return _SHAPES.sub(lambda m: _kept(m) + _masked(m[m.lastgroup or 0], mask), text)


def _is_shaped(text: str) -> bool:
    return any(not is_placeholder(found[found.lastgroup or 0]) for found in _SHAPES.finditer(text))


def is_in(text: str) -> bool:
    """Whether the text holds a credential."""
    found: list[str] = []
    replace(text, lambda each: found.append(each) or "")  # type: ignore[func-returns-value]
    return bool(found)


def _masked(found: str, mask: Callable[[str], str]) -> str:
    return found if is_placeholder(found) else mask(found)


def _kept(match: re.Match[str]) -> str:
    return match["user"] or match["hook"] or ""


def replace_in_error(text: str, mask: str) -> str:
    """``replace`` for the words of a tool, and what tools quote: headers, ``password: …``, nodes they could not use."""
    cleaned = _without_object(replace(text, lambda _: mask), mask)
    return _ERROR_SHAPES.sub(lambda m: _what_stays(m, mask), cleaned)


def _without_object(text: str, mask: str) -> str:
    """Without the object that kustomize could not write as JSON, and quotes as a whole; which one it is stays."""
    begin, end = text.find(_GO_OBJECT), text.rfind("}: json: ")
    if not 0 <= begin < end:
        return text
    called = _CALLED.search(text, begin, end)
    name = f" ({called['kind']} {called['name']})" if called else ""
    return f"{text[:begin]}{mask}{name}{text[end + 1 :]}"


def _what_stays(match: re.Match[str], mask: str) -> str:
    """What stays of a quotation: what it begins with, and the paths of files in it, without which nobody finds the line."""
    if match.lastgroup == "patch" and _PATCH_FILE.match(match[0]):
        return match[0]
    begins = match[match.lastgroup] if match.lastgroup else ""
    files = dict.fromkeys(_NAMED_FILE.findall(match[0])) if match.lastgroup == "config" else {}
    named = f" (path: {', '.join(list(files)[:_MOST_FILES])})" if files else ""
    return f"{begins}{mask}{named}"
