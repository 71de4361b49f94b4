"""The connection to Redis, and its errors in our words. A URL of Redis holds a password: it is in no message."""

from __future__ import annotations

import contextlib
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import ExponentialBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
)
from redis.retry import Retry

from bot.errors import RetryLater, UserError

_HEALTH_SECONDS = 15
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0
_TURN_SECONDS = 5  # forges wait ten seconds for an answer
_PROBE, _PROBE_SECONDS = "gatehouse:ready", 60
_SCHEMES = ("redis", "rediss", "unix")


class QueueDown(RetryLater):
    """Redis does not answer, or refuses; the text says what to do."""


def connect(url: str, *, seconds: float = 5, tries: int = 2, at_once: int = 0) -> redis.Redis:
    """A client of the Redis at ``url`` (``redis://``, ``rediss://`` or ``unix://``); nothing is sent yet. A connection or
    an answer may take ``seconds``; what got none is tried so many times more, with growing pauses of up to a second.
    ``at_once``: so many threads ask at a time, and the others wait for their turn. Raises UserError for a URL that is
    none, or has options that no connection takes."""
    if urlsplit(url).scheme not in _SCHEMES:
        raise UserError(
            "REDIS_URL must begin with redis://, rediss:// or unix://, for example redis://localhost:6379/0."
        )
    pool: dict[str, Any] = {"max_connections": at_once, "timeout": _TURN_SECONDS} if at_once else {}
    kind = redis.BlockingConnectionPool if at_once else redis.ConnectionPool
    try:
        connections = kind.from_url(
            url,
            **pool,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            health_check_interval=_HEALTH_SECONDS,
            encoding_errors="surrogatepass",  # JSON of strangers may hold halves of characters
            retry=Retry(ExponentialBackoff(cap=_LONGEST_PAUSE, base=_FIRST_PAUSE), tries),
        )
        connections.connection_class(**connections.connection_kwargs)  # which looks at the options, and sends nothing
    except ValueError:
        raise UserError(
            f"REDIS_URL ({shown(url)}) is no address of a Redis; its port, database or an option is not what it should be."
        ) from None
    except TypeError:
        raise UserError(
            f"REDIS_URL ({shown(url)}) has an option behind its ? that {urlsplit(url).scheme}:// does not know; drop it."
        ) from None
    return redis.Redis.from_pool(connections)


def open_now(client: redis.Redis, count: int) -> None:
    """Open so many connections, which the first who ask would wait for. Raises QueueDown."""
    pool = client.connection_pool
    with asked(), contextlib.ExitStack() as held:
        for _ in range(count):
            held.callback(pool.release, pool.get_connection())


def shown(url: str) -> str:
    """A URL of Redis for people: where it is, without user, password and options."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@contextmanager
def asked() -> Iterator[None]:
    """Around questions to Redis. Raises QueueDown for whatever goes wrong with them."""
    try:
        yield
    except RedisError as error:
        raise QueueDown(in_words(error)) from None


def check(client: redis.Redis) -> None:
    """Ask Redis whether it is there and takes writes, without which nothing can be put. Raises QueueDown."""
    with asked():
        client.set(_PROBE, "1", ex=_PROBE_SECONDS)


def in_words(error: RedisError) -> str:
    """What to do about an error. Redis' own words are kept only where they are known to name no address with a password and
    no data."""
    if isinstance(error, AuthenticationError | NoPermissionError):
        return "Redis refuses the user or password of REDIS_URL; correct it there."
    if isinstance(error, BusyLoadingError):
        return "Redis is reading its data; it will answer in a moment."
    if isinstance(error, OutOfMemoryError):
        return "Redis does not take writes: its memory is full."
    if isinstance(error, ReadOnlyError):
        return "Redis does not take writes: REDIS_URL names a replica; name the primary."
    if str(error).startswith("DB index"):
        return "Redis has no database of the number that stands at the end of REDIS_URL; take 0."
    if str(error).startswith("MISCONF"):
        return "Redis does not take writes: it cannot save to its disk, which may be full; its own log says why."
    if isinstance(error.__context__, ssl.SSLCertVerificationError):
        return (
            "Redis' certificate is not one to trust, or is for another name than REDIS_URL has; name a CA of your own by "
            "?ssl_ca_certs=FILE behind the address."
        )
    if isinstance(error, redis.exceptions.ConnectionError | redis.exceptions.TimeoutError):
        return "Redis does not answer; look whether it runs and whether REDIS_URL names it."
    return f"Redis refused a command ({type(error).__name__})."


def text(value: object) -> str:
    """A value of Redis, "" for none."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value or "")


def digest(name: str) -> str:
    """A short name for one that may be long, and hold anything."""
    return hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()
