"""What both forges' webhooks have in common: the errors, the limits, and how a body is read.

Nothing that was presented as a secret or a signature ever stands in a message.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.errors import GatehouseError
from bot.model.delivery import Delivery
from bot.model.job import Job
from bot.webhooks.payload import Payload

MAX_BODY = 25 * 1024 * 1024  # bytes; https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap
MAX_JOBS = 500  # of one delivery; the sweep finds what is beyond

Found = Sequence[Job] | str
"""What a payload asks for: jobs, or why there are none."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:=/+-]{0,127}")
_ID_HEADERS = ("X-GitHub-Delivery", "webhook-id", "Idempotency-Key", "X-Gitlab-Event-UUID")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Refused(GatehouseError):
    """Nobody knows who sent it: the secret or the signature is missing or wrong."""

    status = 401


class Malformed(GatehouseError):
    """It is no webhook. ``status`` is the HTTP status that says so: 400, 405, 413 or 415."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class Headers:
    """HTTP headers by names of any case; a missing one is ""."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._values = {name.lower(): value for name, value in headers.items()}

    def __getitem__(self, name: str) -> str:
        return self._values.get(name.lower(), "").strip()


def accept_size(body: bytes) -> None:
    """Raises Malformed for a body over the limit."""
    if len(body) > MAX_BODY:
        raise Malformed(f"the webhook has {len(body)} bytes, and {MAX_BODY} are the most that a forge sends", 413)


def accept_media_type(headers: Headers) -> None:
    """Raises Malformed for anything but JSON in UTF-8."""
    kind, *parameters = (part.strip().lower() for part in headers["Content-Type"].split(";"))
    charsets = [part.partition("=")[2].strip('"') for part in parameters if part.startswith("charset=")]
    if kind != "application/json" or any(charset not in ("utf-8", "utf8") for charset in charsets):
        raise Malformed("the webhook is not JSON: set its content type to application/json", 415)


def delivery_id(text: str, header: str) -> str:
    """An id as forges write them. Raises Malformed."""
    if not _ID.fullmatch(text):
        raise Malformed(f"the webhook has no {header} that could be an id: it does not come from a forge")
    return text


def claimed_id(headers: Mapping[str, str]) -> str:
    """The id that a sender writes whom nobody knows yet, for logs alone; "" where it is none."""
    claimed = Headers(headers)
    found = next((claimed[name] for name in _ID_HEADERS if claimed[name]), "")
    return found if _ID.fullmatch(found) else ""


def word(text: str) -> str:
    """A name of an event or an action where it is one, so that it may stand in logs; "" for anything else."""
    return text if _EVENT.fullmatch(text) else ""


def same_bytes(presented: str, known: bytes) -> bool:
    """Whether they are equal, in a time that tells nothing about where they differ, nor how long the known one is."""
    return hmac.compare_digest(hashlib.sha256(raw(presented)).digest(), hashlib.sha256(known).digest())


def raw(text: str) -> bytes:
    """The bytes of a header; HTTP servers read them as Latin-1 (PEP 3333)."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def parse(body: bytes) -> Payload | str:
    """The payload of a body, or why it is not understood. Raises Malformed where it is not JSON."""
    try:
        parsed = json.loads(body.decode("utf-8"), parse_int=_integer, parse_constant=_no_constant)
    except RecursionError:
        return "nested too deeply"
    except ValueError as error:
        raise Malformed("the body of the webhook is not JSON in UTF-8") from error
    return Payload(parsed) if isinstance(parsed, dict) else "the body is no object"


def delivery(identifier: str, event: str, found: Found) -> Delivery:
    """The delivery with its jobs, each carrying its id; the note says why there are none, or fewer."""
    if isinstance(found, str):
        return Delivery(identifier, event, (), found)
    jobs = list({job.key: replace(job, delivery=identifier) for job in found}.values())
    note = f"{len(jobs) - MAX_JOBS} more are left to the sweep" if len(jobs) > MAX_JOBS else ""
    return Delivery(identifier, event, tuple(jobs[:MAX_JOBS]), note)


def _integer(text: str) -> int | str:
    """Numbers beyond every id stay text: it takes long to read them, and Python refuses some."""
    return int(text) if len(text) <= 20 else text


def _no_constant(text: str) -> object:
    raise ValueError(f"{text} is not JSON")
