"""The verbs of the service: everything in one group of processes, or one part alone."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot import logs
from bot.doors.saying import say
from bot.errors import UserError
from bot.model.job import JobKind
from bot.process import end_with_parent
from bot.service_settings import ServiceSettings, parsed
from bot.settings_file import ENGINE_NAMES, merged
from bot.stopping import PARENT
from bot.supervisor import SOCKET, listening, serve
from bot.webhooks.gitlab import parse_secrets

if TYPE_CHECKING:
    import argparse

_DEFAULT_WORKERS = 2
_END_SECONDS, _AGAIN_SECONDS = 5.0, 1.0  # after a signal: what does not answer is waited for no longer
_GIVES_WAY = 5  # nice(2): where the web door shares the machine, deliveries are answered first


def served(arguments: argparse.Namespace) -> None:
    """``gatehouse serve``: until a signal ends it."""
    settings = _begin(arguments)
    count = arguments.workers or max(_DEFAULT_WORKERS, os.cpu_count() or 1)
    serve(settings, os.environ, workers=count, say=say)


def web(arguments: argparse.Namespace) -> None:
    """``gatehouse web``: ends the process."""
    settings = _begin(arguments, alone=True)
    from bot.web import serving
    from bot.web.wsgi import application

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    socket = os.environ.pop(SOCKET, "")
    bind = f"fd://{socket}" if socket else f"{host}:{settings.port}"
    if not socket:
        listening(settings.host, settings.port).close()  # where that cannot be, it is said at once and in a sentence
    serving.serve(application, bind, processes=arguments.processes or serving.processes())


def worker(arguments: argparse.Namespace) -> None:
    """``gatehouse worker``: until a signal ends it. ``--commands``: people wait for no check to end, least of all to cancel
    one."""
    settings = _begin(arguments, alone=True)
    from bot.queue.options import QUEUES, queue_of
    from bot.worker import run

    os.nice(_GIVES_WAY)
    run(settings.redis_url, names=[queue_of(JobKind.COMMAND)] if arguments.commands else QUEUES)


def sweep(arguments: argparse.Namespace) -> None:
    """``gatehouse sweep``: until a signal ends it."""
    settings = _begin(arguments, alone=True)
    from bot import assembly
    from bot.sweeper import keep_sweeping

    with _until_told() as over:
        service = assembly.service()
        keep_sweeping(service.ports, settings.sweep_minutes, over.wait, tend=service.tend)


@contextlib.contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set. Where nobody looks at it within seconds, as a Redis or a forge does not answer,
    the block is ended."""

    def told(*_: object) -> None:
        over.set()
        signal.setitimer(signal.ITIMER_REAL, _END_SECONDS, _AGAIN_SECONDS)

    def enough(*_: object) -> None:
        raise KeyboardInterrupt

    over = threading.Event()
    handlers = {signal.SIGTERM: told, signal.SIGINT: told, signal.SIGALRM: enough}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield over
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def _begin(arguments: argparse.Namespace, *, alone: bool = False) -> ServiceSettings:
    """Read the settings, and set up what every process of the service needs. ``alone``: a Redis must be named. Raises
    UserError."""
    if parent := os.environ.pop(PARENT, ""):
        end_with_parent(int(parent))
    if arguments.settings:
        os.environ["GATEHOUSE_ENV_FILE"] = os.path.abspath(arguments.settings)  # noqa: PTH100 it need not exist
    environ = merged(os.environ)
    settings = parsed(environ)
    if alone and not settings.redis_url:
        raise UserError(
            f"`gatehouse {arguments.verb}` is one part of a service, whose parts meet at a Redis: set REDIS_URL to its "
            "address, for example redis://localhost:6379/0. `gatehouse serve` runs all parts, and brings a Redis of its own."
        )
    if settings.gitlab:
        parse_secrets(settings.gitlab.webhook_secret)  # said now, and not by the web door again and again
    if settings.redis_url:
        from bot.queue.connection import connect

        connect(settings.redis_url).close()  # which sends nothing, and says what is wrong with the address
    for name in ENGINE_NAMES:
        if name in environ:
            os.environ.setdefault(name, environ[name])
    try:
        settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(
            f"The state directory {settings.state_dir} cannot be made: {error.strerror}. Name one of the service's own by "
            "GATEHOUSE_STATE_DIR."
        ) from error
    logs.set_up(settings.secrets())
    for warning in settings.warnings if not parent else ():  # said once, by whoever was started by a person
        logging.getLogger("bot.settings").warning(warning)
    return settings
