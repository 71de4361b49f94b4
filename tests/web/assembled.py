"""The parts of a service without forges: the real queue, memory, counters and spool, and jobs that just leave notes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

from bot.model.delivery import Delivery
from bot.model.forge import ForgeKind, RepositoryName
from bot.model.job import Job
from bot.queue.connection import check, connect
from bot.queue.intake import Intake
from bot.queue.jobs import RedisQueue
from bot.queue.locks import RedisLocks
from bot.queue.memory import RedisMemory
from bot.queue.metrics import Metric, RedisMetrics
from bot.queue.spool import Spool
from bot.queue.waiting import Waiting, waiting
from bot.service.ports import Ports
from bot.service_settings import parsed
from bot.settings import Settings
from bot.settings_file import merged

REPOSITORY = RepositoryName(ForgeKind.GITHUB, "acme/gitops")


class OneRepository:
    """A forge that knows one repository."""

    kind = ForgeKind.GITHUB

    def repositories(self) -> tuple[RepositoryName, ...]:
        return (REPOSITORY,)


class Assembled:
    """See ``bot.web.wired.Service`` and ``bot.worker``."""

    bot_name = "gatehouse"

    def __init__(self, redis_url: str, state_dir: Any) -> None:
        self.redis = connect(redis_url, seconds=1, tries=0)
        self.memory = RedisMemory(self.redis)
        self.queue = RedisQueue(self.redis)
        self.metrics = RedisMetrics(self.redis)
        self._intake = Intake(self.redis, self.queue)
        self._spool = Spool(state_dir / "spool", most=3)
        self.ports = Ports(
            forges=cast(Any, {ForgeKind.GITHUB: OneRepository()}),
            queue=self.queue,
            locks=RedisLocks(self.redis),
            memory=self.memory,
            mirrors=cast(Any, None),
            link=lambda name, head: "",
            now=lambda: datetime.now(UTC),
            settings=Settings(None),
        )

    def warm(self) -> None:
        return

    def accept(self, delivery: Delivery) -> bool:
        return self._intake.accept(delivery)

    def spool(self, delivery: Delivery) -> None:
        self._spool.add(delivery)

    def drain(self) -> int:
        return self._spool.drain(self.accept)

    def check_redis(self) -> None:
        check(self.redis)

    def count(self, name: str, labels: dict[str, str], amount: float = 1) -> None:
        self.metrics.add(name, labels, amount)

    def counted(self) -> Iterable[Metric]:
        return self.metrics.all()

    def waiting(self) -> Iterable[Waiting]:
        return waiting(self.redis, datetime.now(UTC))

    def tend(self) -> list[str]:
        return ["nothing"]

    def prepare(self) -> None:
        """Nothing has to be learnt."""

    def perform(self, job: Job) -> None:
        self.memory.set_note(f"did {job.key}", str(os.getpid()))

    def gave_up(self, job: Job, sentence: str) -> None:
        self.memory.set_note(f"gave up {job.key}", sentence)


def service(*, patient: bool = True) -> Assembled:
    environ = merged(os.environ)
    settings = parsed(environ)
    return Assembled(settings.redis_url, settings.state_dir)
