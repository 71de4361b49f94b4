"""What shall go wrong, on request: one plan that the APIs and the webhooks ask before they act.

Routes are texts: ``"POST /api/v3/repos/acme/gitops/statuses/{sha}"`` as the client sent it (method, space, path without
query), and ``"HOOK pull_request.opened"`` for a webhook (``"HOOK push"`` where an event has no action). A fault names
routes by a shell pattern (``*`` also matches slashes).

An API asks once per request, before it does anything::

    fault = world.faults.next(f"{request.method} {request.path}")

and answers as ``fault.kind`` says. ``bot.playground.http_faults`` does that for a whole Flask blueprint; only
LIST_LAG is left to the lists themselves, which leave out what ``world.faults.lagging(route, now)`` says is too young.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase


class FaultKind(StrEnum):
    LATENCY = "latency"  # wait ``seconds``, then answer as usual
    BEFORE_502 = "502-before"  # answer 502; nothing happened
    AFTER_502 = "502-after"  # do it, then answer 502
    TOO_MANY = "429"  # 429 with Retry-After ``seconds``; nothing happened
    SECONDARY = "secondary"  # GitHub's secondary limit: 403 with Retry-After ``seconds``; nothing happened
    PRIMARY = "primary"  # the quota is used up until ``seconds`` from now; nothing happened
    LIST_LAG = "list-lag"  # lists do not yet hold what is younger than ``seconds``
    LOST = "lost"  # a webhook that is never sent, and not recorded
    DOUBLED = "doubled"  # a webhook that is sent twice, with the same delivery id
    DELAYED = "delayed"  # a webhook that is sent ``seconds`` later
    HELD = "held"  # a webhook that waits until ``Sender.release`` lets it go, in whatever order


@dataclass(frozen=True, slots=True)
class Fault:
    """``times``: for how many matching requests, 0 for all; ``skip``: how many go well before the first."""

    kind: FaultKind
    route: str = "*"
    seconds: float = 0.0
    times: int = 1
    skip: int = 0


class Faults:
    """The plan. Of several faults that match, the one that was added first and is not used up counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan: list[_Planned] = []

    def add(self, fault: Fault) -> None:
        with self._lock:
            self._plan.append(_Planned(fault, fault.times, fault.skip))

    def clear(self) -> None:
        """Everything goes well again."""
        with self._lock:
            self._plan.clear()

    def waiting(self) -> list[Fault]:
        """The faults that have not yet happened as often as they shall."""
        with self._lock:
            return [planned.fault for planned in self._plan]

    def next(self, route: str) -> Fault | None:
        """What happens to this request, which is counted by asking; None: all is well. Never LIST_LAG."""
        with self._lock:
            for planned in self._plan:
                if planned.fault.kind is FaultKind.LIST_LAG or not fnmatchcase(route, planned.fault.route):
                    continue
                if planned.skip:
                    planned.skip -= 1
                    continue
                if planned.left and (planned.left == 1):
                    self._plan.remove(planned)
                planned.left -= 1 if planned.left else 0
                return planned.fault
        return None

    def lagging(self, route: str, now: datetime) -> datetime | None:
        """A list leaves out what was created after this time; None: it holds everything. Not counted: it lags until
        ``clear``."""
        with self._lock:
            lags = [
                p.fault.seconds
                for p in self._plan
                if p.fault.kind is FaultKind.LIST_LAG and fnmatchcase(route, p.fault.route)
            ]
        return now - timedelta(seconds=max(lags)) if lags else None


@dataclass(slots=True)
class _Planned:
    fault: Fault
    left: int
    skip: int
