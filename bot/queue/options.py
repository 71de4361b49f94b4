"""How jobs are queued with RQ: in which order, for how long they may run, and when they are tried again."""

from __future__ import annotations

from typing import Any, NamedTuple

from rq import Queue
from rq.executions import Execution, ExecutionRegistry
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute

from bot.model.job import JobKind
from bot.queue.connection import text

# Workers empty them in this order: people wait for commands, everybody for checks; a sweep can wait.
QUEUES = ("gatehouse-commands", "gatehouse-checks", "gatehouse-pushes", "gatehouse-sweeps")
_QUEUE = {
    JobKind.COMMAND: QUEUES[0],
    JobKind.CHECK: QUEUES[1],
    JobKind.MERGE_GROUP: QUEUES[1],
    JobKind.PUSH: QUEUES[2],
    JobKind.SWEEP: QUEUES[3],
}
PERFORM, GIVE_UP = FUNCTIONS = ("bot.worker.perform", "bot.worker.give_up")
_NOT_OURS = ("success_callback_name", "failure_callback_name", "stopped_callback_name", "webhooks")
DAY = 86_400
FAILURE_SECONDS = 7 * DAY
_SECONDS = {JobKind.SWEEP: 1800}
_USUAL_SECONDS = 1200


class Timing(NamedTuple):
    """Seconds. ``heartbeat``: between two signs of life of a worker that runs a job. ``silence``: how long after the last
    sign it counts as dead. ``care``: between two looks for jobs that dead workers left. ``patience``: how long a job may
    be nowhere before it is put again. ``pauses``: before each further try of a job that crashed."""

    heartbeat: int = 5
    silence: int = 15
    care: int = 10
    patience: float = 15
    pauses: tuple[int, ...] = (5, 30, 120)


USUAL = Timing()


def queue_of(kind: JobKind) -> str:
    return _QUEUE[kind]


def seconds_of(kind: JobKind) -> int:
    """How long a job may run."""
    return _SECONDS.get(kind, _USUAL_SECONDS)


class _Executions(ExecutionRegistry):
    """What RQ notes of the tries of a job. Of one whose worker was killed it keeps the name a minute longer than the rest,
    and for that minute it could neither end nor remove the job: it looked for the rest in vain."""

    def get_executions(self, start: int = 0, end: int = -1) -> list[Execution]:
        found = []
        for id in self.get_execution_ids(start, end):
            try:
                found.append(Execution.fetch(id=id, job_id=self.job_id, connection=self.connection))
            except ValueError:
                self.connection.zrem(self.key, id)
        return found


class OurJob(Job):
    """RQ's job that calls no function but ours. Whoever can write to Redis can put jobs that name any function of any
    module, callbacks and addresses to post to; none of that is done."""

    def restore(self, raw_data: Any) -> Any:
        return super().restore({field: value for field, value in raw_data.items() if text(field) not in _NOT_OURS})

    @property
    def execution_registry(self) -> ExecutionRegistry:
        return _Executions(self.id, self.connection)

    @property
    def func(self) -> Any:
        """The function to call. Raises ValueError for one that is not ours."""
        if self.func_name not in FUNCTIONS or self.instance is not None:
            raise ValueError("a job in the queue that is none of ours")
        return import_attribute(self.func_name)


def rq_queue(name: str, connection: Any) -> Queue:
    """RQ's queue with JSON: its usual pickle would let whoever can write to Redis run code in a worker."""
    return Queue(name, connection=connection, serializer=JSONSerializer, job_class=OurJob)
