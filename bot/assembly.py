"""Settings to the service: the only module that names all of its adapters. Each process assembles its own."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache, cached_property
from typing import TYPE_CHECKING, TypedDict

from bot.errors import GatehouseError, RetryLater
from bot.forge.base import Forge
from bot.git.mirror import Mirrors
from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind
from bot.model.job import Job
from bot.queue.connection import check, connect, open_now
from bot.queue.intake import Intake
from bot.queue.jobs import RedisQueue
from bot.queue.locks import RedisLocks
from bot.queue.memory import RedisMemory
from bot.queue.metrics import Metric, RedisMetrics
from bot.queue.spool import Spool
from bot.queue.tally import Tally
from bot.report.links import Links
from bot.service import dispatch
from bot.service.ports import Memory, Ports
from bot.service.seal import Seal
from bot.service_settings import ServiceSettings, parsed
from bot.settings import Settings, from_environment
from bot.settings_file import merged

if TYPE_CHECKING:
    from bot.forge.gitlab import GitLab
    from bot.queue.waiting import Waiting

_log = logging.getLogger("gatehouse.service")


class _Waiting(TypedDict):
    """How long Redis is waited for, see ``connect``."""

    seconds: float
    tries: int
    at_once: int


_PATIENT = _Waiting(seconds=5, tries=2, at_once=0)
# Forges wait ten seconds for an answer. The web door has many threads, for slow senders; more than a few of them at Redis
# only take the interpreter from each other.
_HASTY = _Waiting(seconds=1.5, tries=1, at_once=4)


class Service:
    """What the doors of the service do, over what the settings name. Nothing is connected before it is used."""

    def __init__(self, settings: ServiceSettings, engine: Settings, *, patient: bool = True) -> None:
        self.settings = settings
        self._engine = engine
        self._redis = connect(settings.redis_url, **(_PATIENT if patient else _HASTY))
        self._queue = RedisQueue(self._redis)
        self._intake = Intake(self._redis, self._queue)
        self._metrics = RedisMetrics(self._redis)
        self._calls = Tally(self._metrics.add)
        self._memory = RedisMemory(self._redis)
        self._spool = Spool(settings.state_dir / "spool")

    # -- the worker and the sweeper

    @cached_property
    def ports(self) -> Ports:
        links = Links(self.settings.link_keys(), self.settings.public_url)
        return Ports(
            forges=self._forges,
            queue=self._queue,
            locks=RedisLocks(self._redis),
            memory=self._memory,
            mirrors=Mirrors(self.settings.state_dir / "mirrors"),
            link=links.link,
            now=lambda: datetime.now(UTC),
            settings=self._engine,
            seal=Seal(*self.settings.seal_keys()),
            bot_name=self.bot_name or self._asked_name(),
            figures=self._metrics,
        )

    def prepare(self) -> None:
        """For a worker, before it forks for the first job: read the forges' keys, and check a few files. Raises UserError
        for a key that is none; that the check does not succeed is only logged, as it shows in every job."""
        from bot.service.rehearsal import rehearse

        _ = self._forges
        try:
            rehearse(self._engine)
        except (GatehouseError, OSError) as error:
            _log.warning("the first check of a worker failed", extra={"why": error})

    def perform(self, job: Job) -> None:
        """See ``dispatch.perform``."""
        try:
            dispatch.perform(job, self.ports)
        finally:
            self._calls.tell()

    def gave_up(self, job: Job, sentence: str) -> None:
        """See ``dispatch.gave_up``."""
        self._metrics.add("failures", {"kind": str(job.kind)})
        dispatch.gave_up(job, self.ports, sentence)

    def tend(self) -> list[str]:
        """Remove and pack clones that nobody uses; what was done, for logs."""
        return Mirrors(self.settings.state_dir / "mirrors").tidy()

    # -- the web door

    def warm(self) -> None:
        """Do what the first delivery of a process would wait for. A Redis that is away is no obstacle."""
        with contextlib.suppress(RetryLater):
            open_now(self._redis, _HASTY["at_once"])
            self._queue.warm()

    @property
    def memory(self) -> Memory:
        return self._memory

    @property
    def bot_name(self) -> str:
        """The bot's login at GitLab, "" as long as it is not known."""
        try:
            return self._memory.note("login:gitlab")
        except GatehouseError:
            return ""

    def _asked_name(self) -> str:
        """The same, asked at GitLab and noted for all processes."""
        if not self.settings.gitlab:
            return ""
        try:
            name = self._gitlab().login()
            self._memory.set_note("login:gitlab", name)
        except GatehouseError:  # commands by its path still work
            return ""
        return name

    def accept(self, delivery: Delivery) -> bool:
        return self._intake.accept(delivery)

    def spool(self, delivery: Delivery) -> None:
        self._spool.add(delivery)

    def drain(self) -> int:
        """Put what was spooled while Redis was away; how many deliveries that were. Raises RetryLater."""
        return self._spool.drain(self._intake.accept)

    def check_redis(self) -> None:
        check(self._redis)

    def count(self, name: str, labels: dict[str, str], amount: float = 1) -> None:
        self._metrics.add(name, labels, amount)

    def counted(self) -> Iterable[Metric]:
        return self._metrics.all()

    def waiting(self) -> Iterable[Waiting]:
        from bot.queue.waiting import waiting

        return waiting(self._redis, datetime.now(UTC))

    # -- the forges

    @cached_property
    def _forges(self) -> dict[ForgeKind, Forge]:
        found: dict[ForgeKind, Forge] = {}
        if self.settings.github:
            found[ForgeKind.GITHUB] = self._github()
        if self.settings.gitlab:
            found[ForgeKind.GITLAB] = self._gitlab()
        return found

    def _github(self) -> Forge:
        from bot.forge.github import GitHub
        from bot.forge.shelf import SealedShelf

        told = self.settings.github
        assert told is not None
        return GitHub(
            base_url=told.api_url,
            app_id=str(told.app_id),
            private_key=told.private_key,
            observe=self._observe(ForgeKind.GITHUB),
            shelf=SealedShelf(self.settings.state_dir / "tokens", told.private_key),
        )

    def _gitlab(self) -> GitLab:
        from bot.forge.gitlab import GitLab

        told = self.settings.gitlab
        assert told is not None
        return GitLab(told.url, told.token, observe=self._observe(ForgeKind.GITLAB))

    def _observe(self, kind: ForgeKind) -> Callable[[str, str, int, float], None]:
        def observe(method: str, route: str, status: int, seconds: float) -> None:  # noqa: ARG001
            self._calls.count("forge_calls", {"forge": str(kind), "method": method, "status": str(status)})
            self._calls.tell_if_due()

        return observe


@cache
def service(*, patient: bool = True) -> Service:
    """The service of this process, from its environment. ``patient`` False: for who has to answer somebody soon. Raises
    UserError for settings that do not do."""
    environ = merged(os.environ)
    settings = parsed(environ)
    engine = from_environment(environ)._replace(opa_url=settings.opa_url, opa_token=settings.opa_token)
    if engine.cache is None or "GATEHOUSE_CACHE_DIR" not in environ:  # what a service remembers lies with its state
        engine = engine._replace(cache=settings.state_dir / "cache")
    return Service(settings, engine, patient=patient)
