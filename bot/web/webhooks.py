"""Webhooks: verify, store, answer. Everything else is a worker's.

What a forge is told: 2xx when the delivery is stored or is nothing of ours, 401 when nobody knows who sent it, 400, 413 or
415 when it is none, 503 when it cannot be stored. GitLab stops delivering to who answers 5xx (GitLab docs, "Webhooks",
auto-disabled webhooks), so what Redis does not take of it waits on disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from typing import NamedTuple

from flask import Request, Response
from werkzeug.exceptions import HTTPException

from bot import logs
from bot.errors import GatehouseError, RetryLater
from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind
from bot.web.answers import as_json, sentence
from bot.webhooks.base import MAX_BODY, Malformed, Refused, claimed_id

_logger = logging.getLogger("bot.web")
_SMALL = 1024 * 1024  # bytes
_PATIENCE_SECONDS = 5
_large = threading.BoundedSemaphore(4)
_AWAY = ("refused", "spooled")  # Redis
Reader = Callable[[Mapping[str, str], bytes], Delivery]


class Door(NamedTuple):
    """What a webhook of one forge is read and kept with. ``read`` raises Refused and Malformed; without one of the headers
    of ``proofs`` it refuses whatever the body says. ``accept`` is True for a new delivery, and raises RetryLater; ``spare``
    keeps it where that failed, None for no such place; ``counted`` is told of each answer: event, answer."""

    forge: ForgeKind
    proofs: tuple[str, ...]
    read: Reader
    accept: Callable[[Delivery], bool]
    spare: Callable[[Delivery], object] | None
    counted: Callable[[ForgeKind, str, str], None]


def answered(door: Door, request: Request) -> Response:
    """Take one delivery. The body is read within the limit of the app (413 by werkzeug). Until somebody vouches for it, logs
    tell it by the id that it claims, so that a refused one is found beside the forge's own list."""
    with logs.bound(delivery=claimed_id(dict(request.headers.items())), forge=door.forge):
        return _answered(door, request)


def _answered(door: Door, request: Request) -> Response:
    try:
        delivery = _read(door, request)
    except (Refused, Malformed) as error:
        status = 401 if isinstance(error, Refused) else error.status
        door.counted(door.forge, "unread", str(status))
        _logger.warning("A webhook was refused.", extra={"status": status, "reason": error})
        return sentence(str(error), status)
    with logs.bound(delivery=delivery.id, event=delivery.event):
        answer, status = _kept(door, delivery)
        if answer not in _AWAY:  # then counting would wait for it once more
            door.counted(door.forge, delivery.event, answer)
        told = {
            "answer": answer,
            "jobs": len(delivery.jobs),
            "note": delivery.note,
            "pull_request": _concerned(delivery),
        }
        _logger.info("A webhook was taken.", extra={name: value for name, value in told.items() if value})
    if status != 202:
        return sentence("The delivery cannot be stored now; deliver it again in a minute.", status)
    return as_json(status, answer=answer, jobs=len(delivery.jobs), note=delivery.note)


def _read(door: Door, request: Request) -> Delivery:
    """Strangers may send large bodies, too: few of those are in memory at once, and none of who shows nothing. Raises
    Refused, Malformed."""
    headers = dict(request.headers.items())
    if not any(name in request.headers for name in door.proofs):
        return door.read(headers, b"")
    if (length := request.content_length) is not None and length <= _SMALL:
        return door.read(headers, _body(request))
    if not _large.acquire(timeout=_PATIENCE_SECONDS):
        raise Malformed("too many large bodies arrive at once; deliver it again in a minute", 503)
    try:
        return door.read(headers, _body(request))
    finally:
        _large.release()


def _body(request: Request) -> bytes:
    """The body within the limit of the app. Raises Malformed, and werkzeug's own for a length that is over it."""
    try:
        body = request.get_data(cache=False)
    except HTTPException:
        raise
    except Exception as error:
        # each server has errors of its own for chunks that are none, and for a sender that went away
        _logger.warning("A body ended early.", extra={"reason": type(error).__name__})
        raise Malformed("the body of the webhook did not arrive whole") from None
    if request.content_length is None and len(body) >= MAX_BODY:  # of chunks, of which werkzeug reads no more
        raise Malformed(f"the webhook has more than {MAX_BODY} bytes, which are the most that a forge sends", 413)
    return body


def _kept(door: Door, delivery: Delivery) -> tuple[str, int]:
    """What became of it, and the status that says so."""
    if not delivery.jobs:
        return "ignored", 202
    try:
        return ("accepted" if door.accept(delivery) else "known"), 202
    except RetryLater as error:
        _logger.warning("The queue takes nothing.", extra={"reason": error})
    if door.spare is None:
        return "refused", 503
    try:
        door.spare(delivery)
    except (GatehouseError, OSError) as error:
        _logger.error("The disk takes nothing either.", extra={"reason": error})
        return "refused", 503
    return "spooled", 202


def _concerned(delivery: Delivery) -> str:
    job = delivery.jobs[0] if delivery.jobs else None
    return str(job.pull_request) if job and job.number else str(job.repository) if job else ""
