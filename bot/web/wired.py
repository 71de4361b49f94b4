"""The application, from settings and from what the assembly gives."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from flask import Flask

from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind
from bot.queue.metrics import Metric
from bot.queue.waiting import Waiting
from bot.report.links import Links
from bot.service.ports import Memory
from bot.service_settings import ServiceSettings
from bot.web import figures
from bot.web.app import Pages, create_app
from bot.web.health import usual_parts
from bot.web.webhooks import Door
from bot.webhooks import github, gitlab

_ASK_SECONDS = 30.0
_MOST_EVENTS = 500  # GitHub has about 250, with their actions
_GITHUB_PROOFS = ("X-Hub-Signature-256",)
_GITLAB_PROOFS = ("X-Gitlab-Token", "webhook-signature")


Count = Callable[[str, dict[str, str]], None]


class Service(Protocol):
    """What the web door needs of ``bot.assembly.service()``."""

    @property
    def memory(self) -> Memory: ...

    @property
    def bot_name(self) -> str:
        """The bot's own login at GitLab, for commands that mention it; "" as long as nobody knows it."""
        ...

    def warm(self) -> None:
        """Do what the first delivery of a process would wait for; never raises for a Redis that is away."""
        ...

    def accept(self, delivery: Delivery) -> bool:
        """Put the jobs of a delivery; False where it was taken before. Raises RetryLater."""
        ...

    def spool(self, delivery: Delivery) -> None:
        """Keep it on disk until Redis is there again. Raises RetryLater where there is no room."""
        ...

    def drain(self) -> int:
        """Put what was kept on disk; how much that was. Raises RetryLater."""
        ...

    def check_redis(self) -> None:
        """Raises RetryLater where Redis does not answer."""
        ...

    def count(self, name: str, labels: dict[str, str], amount: float = 1) -> None:
        """So much more; never raises."""
        ...

    def counted(self) -> Iterable[Metric]:
        """Raises RetryLater."""
        ...

    def waiting(self) -> Iterable[Waiting]:
        """Raises RetryLater."""
        ...


def wired(settings: ServiceSettings, service: Service, count: Count | None = None) -> Flask:
    """The application. ``count`` counts instead of the service. Raises UserError for GITLAB_WEBHOOK_SECRET."""
    sources = figures.Sources(service.counted, service.waiting)
    pages = Pages(
        links=Links(settings.link_keys(), settings.public_url),
        latest=service.memory.latest,
        figures=functools.partial(figures.text, sources),
        parts=usual_parts(service.check_redis, settings.state_dir, os.environ),
    )
    return create_app(_doors(settings, service, count or service.count), pages)


def _doors(settings: ServiceSettings, service: Service, count: Count) -> dict[str, Door]:
    doors: dict[str, Door] = {}
    counted = functools.partial(_counted, count, set())
    if settings.github:
        read = functools.partial(github.read, secrets=settings.github.webhook_secrets)
        doors["github"] = Door(ForgeKind.GITHUB, _GITHUB_PROOFS, read, service.accept, None, counted)
    if settings.gitlab:
        secrets = gitlab.parse_secrets(settings.gitlab.webhook_secret)

        name = _Name(lambda: service.bot_name)

        def read_gitlab(headers: Mapping[str, str], body: bytes) -> Delivery:
            return gitlab.read(headers, body, secrets, bot_name=name())

        doors["gitlab"] = Door(ForgeKind.GITLAB, _GITLAB_PROOFS, read_gitlab, service.accept, service.spool, counted)
    return doors


class _Name:
    """The bot's login, once it is known; until then it is asked for now and then, and not for each delivery."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._known, self._next = "", 0.0

    def __call__(self) -> str:
        if not self._known and time.monotonic() >= self._next:
            self._next = time.monotonic() + _ASK_SECONDS
            self._known = self._ask()
        return self._known


def _counted(count: Count, events: set[str], forge: ForgeKind, event: str, answer: str) -> None:
    """Names of events are the sender's: who keeps the webhooks of one project of GitLab could invent new ones for ever, each
    a row that stays."""
    if event not in events:
        event = event if len(events) < _MOST_EVENTS else "other"
        events.add(event)
    count("deliveries", {"forge": forge, "event": event, "answer": answer})
