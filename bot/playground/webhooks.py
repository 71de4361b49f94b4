"""Webhooks as real HTTP: every event that a hook asked for is posted to it from a thread of its own, and each try is
recorded in ``world.deliveries``.

Bodies are built when the event happens, within the world's lock, so that they tell the state of that moment. How they look
is each forge's own affair: a ``Wire`` per kind, given to the Sender::

    sender = Sender(world, {ForgeKind.GITHUB: GITHUB, ForgeKind.GITLAB: Wire(gitlab_hooks.messages, gitlab_hooks.headers)})

Faults (``bot.playground.faults``) are asked for ``"HOOK name.action"``; LOST, DOUBLED, DELAYED and HELD are ours.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from bot.model.forge import ForgeKind
from bot.playground.errors import Missing
from bot.playground.events import Event
from bot.playground.faults import Fault, FaultKind
from bot.playground.records import Delivery, Hook, Repository, User
from bot.playground.world import World

_TIMEOUT = 10.0  # seconds; as long as both forges wait
_MOST_ANSWER = 65_536


class Message(NamedTuple):
    """One thing to tell a hook: the forge's name of the event, its action, and the body."""

    name: str
    action: str
    body: dict[str, Any]


class Wire(NamedTuple):
    """How a forge tells its hooks. ``messages(world, event, hook)`` is called within the world's lock and leaves out what
    the hook did not ask for; ``headers(world, hook, message, guid, body)`` signs the bytes that are sent."""

    messages: Callable[[World, Event, Hook], list[Message]]
    headers: Callable[[World, Hook, Message, str, bytes], dict[str, str]]


@dataclass(slots=True)
class _Post:
    wire: Wire
    hook: Hook
    message: Message
    guid: str
    body: bytes
    repository_id: int = 0
    installation_id: int = 0
    redelivery: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Sender:
    """Sends the webhooks of a world (a context manager: ``close`` ends its thread)."""

    def __init__(self, world: World, wires: Mapping[ForgeKind, Wire]) -> None:
        self._world = world
        self._wires = dict(wires)
        self._queue: SimpleQueue[_Post | None] = SimpleQueue()
        self._idle = threading.Condition()
        self._busy = 0  # how many are queued, delayed or being sent
        self._held: list[_Post] = []
        self._timers: set[threading.Timer] = set()
        world.listen(self._heard)
        self._thread = threading.Thread(target=self._work, name="playground-webhooks", daemon=True)
        self._thread.start()

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing more is sent; what waits is dropped."""
        for timer in list(self._timers):
            timer.cancel()
        self._queue.put(None)
        self._thread.join(timeout=_TIMEOUT + 1)

    # -- what tests ask for

    def wait(self, seconds: float = 30.0) -> bool:
        """Until nothing is queued, delayed or under way; what is held does not count. False: it took longer."""
        with self._idle:
            return self._idle.wait_for(lambda: self._busy == 0, timeout=seconds)

    def held(self) -> int:
        """How many wait for ``release``."""
        return len(self._held)

    def release(self, order: Callable[[int], int] | None = None) -> None:
        """Send what a HELD fault keeps back; ``order`` sorts by the position in which they were held."""
        with self._world.lock:
            waiting, self._held = self._held, []
        for position in sorted(range(len(waiting)), key=order):
            self._put(waiting[position])

    def redeliver(self, delivery: Delivery) -> None:
        """Send a delivery again, with the same id and bytes and signed by the hook's secret of now. Raises Missing."""
        with self._world.lock:
            hook = self._world.hooks.get(delivery.hook_id)
            if hook is None:
                raise Missing("The webhook of this delivery is gone.")
            message = Message(delivery.event, delivery.action, json.loads(delivery.request_body))
            wire = self._wires[self._kind(hook, self._world.repositories.get(delivery.repository_id))]
            post = _Post(
                wire, hook, message, delivery.guid, delivery.request_body,
                delivery.repository_id, delivery.installation_id, redelivery=True,
            )  # fmt: skip
        self._put(post)

    def ping(self, hook: Hook, actor: User) -> None:
        """Send a hook its ping, where the forge has one."""
        with self._world.lock:
            repository = self._world.repositories.get(hook.repository_id)
            event = Event("ping", actor, self._world.now(), repository=repository, changes={"hook": hook})
            self._tell(hook, event)

    # -- from an event to posts

    def _heard(self, event: Event) -> None:
        for hook in list(self._world.hooks.values()):
            if hook.active and self._concerns(hook, event):
                self._tell(hook, event)

    def _concerns(self, hook: Hook, event: Event) -> bool:
        if event.repository is None:
            installation = event.installation
            return installation is not None and bool(hook.app_id) and hook.app_id == installation.app_id
        if hook.app_id:
            of_app = (i for i in self._world.installations.values() if i.app_id == hook.app_id)
            return any(self._world.covers(installation, event.repository) for installation in of_app)
        groups = {group.id for group in self._world.groups_of(event.repository)}
        return hook.repository_id == event.repository.id or hook.organisation_id in groups

    def _kind(self, hook: Hook, repository: Repository | None) -> ForgeKind:
        if repository is not None:
            return repository.kind
        organisation = self._world.organisations.get(hook.organisation_id)
        return organisation.kind if organisation is not None else ForgeKind.GITHUB

    def _tell(self, hook: Hook, event: Event) -> None:
        wire = self._wires.get(self._kind(hook, event.repository))
        if wire is None:
            return
        for message in wire.messages(self._world, event, hook):
            installation = message.body.get("installation")
            post = _Post(
                wire, hook, message, str(uuid.uuid4()), json.dumps(message.body).encode(),
                event.repository.id if event.repository else 0,
                int(installation["id"]) if isinstance(installation, dict) else 0,
            )  # fmt: skip
            route = f"HOOK {message.name}.{message.action}" if message.action else f"HOOK {message.name}"
            self._dispose(post, self._world.faults.next(route))

    def _dispose(self, post: _Post, fault: Fault | None) -> None:
        match fault.kind if fault else None:
            case FaultKind.LOST:
                return
            case FaultKind.HELD:
                self._held.append(post)
            case FaultKind.DELAYED | FaultKind.LATENCY:
                assert fault is not None
                self._later(post, fault.seconds)
            case FaultKind.DOUBLED:
                self._put(post)
                self._put(post)
            case _:
                self._put(post)

    def _later(self, post: _Post, seconds: float) -> None:
        def now() -> None:
            self._timers.discard(timer)
            self._queue.put(post)

        timer = threading.Timer(seconds, now)
        timer.daemon = True
        self._timers.add(timer)
        with self._idle:
            self._busy += 1
        timer.start()

    def _put(self, post: _Post) -> None:
        with self._idle:
            self._busy += 1
        self._queue.put(post)

    # -- the thread

    def _work(self) -> None:
        while (post := self._queue.get()) is not None:
            try:
                self._record(post, _posted(post, self._headers(post)))
            finally:
                with self._idle:
                    self._busy -= 1
                    self._idle.notify_all()

    def _headers(self, post: _Post) -> dict[str, str]:
        with self._world.lock:
            post.headers = post.wire.headers(self._world, post.hook, post.message, post.guid, post.body)
            return post.headers

    def _record(self, post: _Post, answer: _Answer) -> None:
        with self._world.lock:
            delivery = Delivery(
                self._world.new_id(), post.guid, post.hook.id, post.message.name, post.message.action,
                {name: value for name, value in post.headers.items() if value != post.hook.secret},
                post.body, self._world.now(), post.redelivery, answer.code, answer.problem, answer.seconds,
                answer.headers, answer.body, post.repository_id, post.installation_id,
            )  # fmt: skip
            self._world.deliveries[delivery.id] = delivery


class _Answer(NamedTuple):
    code: int
    problem: str
    seconds: float
    headers: dict[str, str]
    body: bytes


def _posted(post: _Post, headers: dict[str, str]) -> _Answer:
    """Send one; a receiver that is not there, or too slow, is an answer too."""
    parts, began = urlsplit(post.hook.url), time.monotonic()
    secure = parts.scheme == "https"
    make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_TIMEOUT)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, post.body, headers)
        answer = connection.getresponse()
        body = answer.read(_MOST_ANSWER)
        return _Answer(answer.status, "", time.monotonic() - began, dict(answer.getheaders()), body)
    except TimeoutError:
        return _Answer(0, "timed out", time.monotonic() - began, {}, b"")
    except (OSError, http.client.HTTPException, ValueError) as error:
        return _Answer(0, f"failed to connect: {error}", time.monotonic() - began, {}, b"")
    finally:
        connection.close()
