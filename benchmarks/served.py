"""The service as a whole: from a webhook to the final status, a burst of deliveries, and verdicts a minute."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.generate import OVERLAYS
from benchmarks.measure import show
from benchmarks.row import Row, Rows
from benchmarks.stage import ROOT, Call, Line, Stage, lines, until
from benchmarks.subjects import Place
from bot.gate import Question, judged
from bot.git.repository import Repository
from bot.model.approvals import agreed
from bot.model.forge import ForgeKind
from bot.playground.events import Event
from bot.playground.github_hooks import GITHUB
from bot.playground.records import PullRequest
from bot.settings import from_environment

_REST_SECONDS = 0.300  # what the service may add to the gate
_ACKNOWLEDGED = 0.100
_MOST_WRITES = 9.99  # below 10, tokens among them
_RATE = 300
_WORKERS = 2  # as `gatehouse serve` has on two cores


class Sample(NamedTuple):
    """One verdict: seconds from the push to the final status, one after another by what they were spent on (their sum is
    ``total``), the gate as it tells itself and as it takes in this process, and the requests to the forge."""

    total: float
    spent: Mapping[str, float]
    gate: float
    here: float
    calls: Sequence[Call]


def latency(place: Place) -> Rows:
    """One unit of 1,000 changes, the mirror is warm: from the push to the final status, beside the gate alone."""
    units, samples, before = (20, 2, 1) if place.quick else (1_000, 8 * place.times, 3)
    with _stage(place, units) as stage, stage.service(_WORKERS) as log:
        gate = _Gate(place, stage)
        stage.change("change", 0, "2.0.0")
        stage.open("change")
        found = [_sample(stage, log, gate, number) for number in range(before + samples)][before:]
    yield from _compared(found)
    yield from _parts(found)


def _compared(found: Sequence[Sample]) -> Rows:
    totals, gates, here = ([getattr(s, name) for s in found] for name in ("total", "gate", "here"))
    told = f"the gate in the same runs: {_both(gates)}; in this process: {_both(here)}"
    yield Row(f"webhook to final status, {len(found)} pushes, p50 / p95", _both(totals), told)
    more = [sample.total - sample.gate for sample in found]
    for name, share in (("p50", 0.5), ("p95", 0.95)):
        rest = quantile(more, share)
        yield Row(f"more than the gate, {name}", show(rest), f"{show(_REST_SECONDS)} at most", rest * 1000,
                  at_most=_REST_SECONDS * 1000, unit=" ms")  # fmt: skip


def _parts(found: Sequence[Sample]) -> Rows:
    for name in found[0].spent:
        yield Row(f"- {name}, p50 / p95", _both([sample.spent[name] for sample in found]))
    kinds: dict[str, Callable[[Call], bool]] = {
        "reads": lambda call: not call.is_git and not call.is_write,
        "writes": lambda call: call.is_write,
        "requests of git": lambda call: call.is_git,
    }
    for name, is_one in kinds.items():
        count = quantile([sum(map(is_one, sample.calls)) for sample in found], 0.5)
        took = [sum(call.seconds for call in sample.calls if is_one(call)) for sample in found]
        yield Row(f"{name} for a verdict: {count:g}; the forge's time for them", _both(took))


class _Gate:
    """``bot.gate.judged`` in this process, with a cache of its own that is as warm as the service's."""

    def __init__(self, place: Place, stage: Stage) -> None:
        self._stage = stage
        self._settings = from_environment({})._replace(cache=place.cache("gate"))

    def seconds(self, head: str) -> float:
        mirror = next((self._stage.state / "mirrors").glob("*.git"))
        base = self._stage.repository.bare.branch("main")
        question = Question(base, head, base_branch="main", forge=str(ForgeKind.GITHUB), approvals=agreed())
        begin = time.perf_counter()
        with Repository(mirror) as repository:
            judged(repository, question, self._settings, lambda *_: None)
        return time.perf_counter() - begin


def _sample(stage: Stage, log: Path, gate: _Gate, number: int) -> Sample:
    """Push, wait for the final status and for the job's end, and then see how long the gate takes here."""
    stage.settled()
    seen = len(stage.heard.calls)
    head = stage.change("change", 0, f"2.1.{number}")
    until(lambda: head in stage.heard.ended, "a final status")
    until(lambda: _ends(lines(log), head), "the end of the job")
    begin, end = stage.heard.pushed[head], stage.heard.ended[head][0]
    spent, seconds = _spent(lines(log), head, begin, end)
    calls = [call for call in stage.heard.calls[seen:] if call.begin >= begin]
    return Sample(end - begin, spent, seconds, gate.seconds(head), calls)


def _ends(told: Sequence[Line], head: str) -> bool:
    concluded = [line for line in told if line.message == "concluded" and line.fields["head"] == head]
    return bool(concluded) and any(_is_of(line, concluded[0], "a job is done") for line in told)


def _is_of(line: Line, other: Line, message: str) -> bool:
    return line.message == message and line.fields.get("delivery") == other.fields.get("delivery")


def _spent(told: Sequence[Line], head: str, begin: float, end: float) -> tuple[dict[str, float], float]:
    """The seconds between the push and the final status by what they went to, and those of the gate, by the log."""
    concluded = next(line for line in told if line.message == "concluded" and line.fields["head"] == head)
    taken = next(line.at for line in told if _is_of(line, concluded, "A webhook was taken."))
    began = next(line.at for line in told if _is_of(line, concluded, "a job begins"))
    run, gate = (float(concluded.fields[name]) for name in ("run_seconds", "gate_seconds"))
    return {
        "webhook: sent, verified, stored": taken - begin,
        "queue: taken by a worker, forked": began - taken,
        "pull request read, pending written": concluded.at - run - began,
        "mirror fetched, approvals read, outcome kept": run - gate,
        "gate": gate,
        "comment and statuses written": end - concluded.at,
    }, gate


# -- a burst


def burst(place: Place) -> Rows:
    """Deliveries at 300 a second, twenty for each pull request: acknowledged, and one final verdict for each head."""
    units, pulls, deliveries = (20, 4, 60) if place.quick else (1_000, 500, 10_000)
    with _stage(place, units) as stage:
        stage.hook.active = False
        opened = [_opened(stage, number, units) for number in range(pulls)]
        file = stage.directory / "deliveries"
        file.write_text("".join(json.dumps(row) + "\n" for row in _deliveries(stage, opened, deliveries)))
        with stage.service(_WORKERS):
            seen, begin = len(stage.heard.calls), time.time()
            answers, seconds = _loaded(file, stage.hook.url)
            heads = [pull.head for pull in opened]
            until(lambda: len(stage.heard.ended) >= pulls, "all verdicts", 3600)
            _until_quiet(stage)
            ends = [stage.heard.ended.get(head, []) for head in heads]
    calls = stage.heard.calls[seen:]
    accepted = sum(count for status, count in answers.items() if status.startswith("2"))
    yield Row(f"{deliveries:,} deliveries at {_RATE} a second, acknowledged", f"{accepted:,}", str(answers),
              100 * accepted / deliveries, at_least=100, unit=" %")  # fmt: skip
    late = quantile(seconds, 0.99)
    yield Row("acknowledged within, p50 / p99", f"{show(quantile(seconds, 0.5))} / {show(late)}",
              f"p99: {show(_ACKNOWLEDGED)} at most", late * 1000, at_most=_ACKNOWLEDGED * 1000, unit=" ms")  # fmt: skip
    once = sum(len(each) == 1 for each in ends)
    yield Row(f"heads with one final verdict, of {pulls}", f"{once:,}", "", 100 * once / pulls, at_least=100, unit=" %")
    yield Row("the last verdict came after", show(max(map(max, ends)) - begin))
    yield from _counted(calls, pulls)


def _counted(calls: Sequence[Call], verdicts: int) -> Rows:
    by_method = Counter("git" if call.is_git else call.method for call in calls)
    told = ", ".join(f"{name} {count:,}" for name, count in sorted(by_method.items()))
    unchanged = sum(call.status == 304 for call in calls)
    yield Row("requests to the forge", f"{len(calls):,}", f"{told}; {unchanged:,} answered 304, which costs no quota")
    reads = sum(call.method == "GET" and not call.is_git for call in calls) / verdicts
    yield Row("reads for a verdict", f"{reads:.1f}", "the reruns that later deliveries ask for among them")
    writes = sum(call.is_write for call in calls) / verdicts
    yield Row("writes for a verdict", f"{writes:.1f}", "below 10", writes, at_most=_MOST_WRITES, unit="")


def _opened(stage: Stage, number: int, units: int) -> PullRequest:
    stage.change(f"change-{number}", number % (units // 2), f"3.0.{number}")
    return stage.open(f"change-{number}")


def _deliveries(stage: Stage, opened: Sequence[PullRequest], count: int) -> Iterator[dict[str, Any]]:
    """As the forge would send them, in an order that is the same each time: pull requests are opened, pushed to and talked
    about; one of ten comes twice."""
    wheel = random.Random(1)
    before: list[dict[str, Any]] = []
    for number in range(count):
        if before and wheel.random() < 0.1:
            yield wheel.choice(before)
            continue
        row = _delivery(stage, opened[number % len(opened)], number // len(opened), wheel)
        before = [*before[-50:], row]
        yield row


def _delivery(stage: Stage, pull: PullRequest, turn: int, wheel: random.Random) -> dict[str, Any]:
    world, hook = stage.world, stage.hook
    message = GITHUB.messages(world, _event(stage, pull, turn, wheel), hook)[0]
    body = json.dumps(message.body)
    guid = str(uuid.UUID(int=wheel.getrandbits(128)))
    return {"headers": GITHUB.headers(world, hook, message, guid, body.encode()), "body": body}


def _event(stage: Stage, pull: PullRequest, turn: int, wheel: random.Random) -> Event:
    here, now, before, after = stage.repository, stage.world.now(), pull.base_sha, pull.head
    if turn == 0:
        return Event("pull_request", stage.ada, now, "opened", repository=here, pull=pull)
    if wheel.random() < 0.25:
        ref = f"refs/heads/{pull.head_branch}"
        return Event("push", stage.ada, now, repository=here, ref=ref, before=before, after=after)
    return Event("pull_request", stage.ada, now, "synchronize", repository=here, pull=pull, before=before, after=after)


def _loaded(file: Path, url: str) -> tuple[dict[str, int], list[float]]:
    """Post the deliveries from a process of its own: answers by status, and the seconds of each from its instant."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load", str(file), url, str(_RATE)],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    told = json.loads(done.stdout)
    return told["answers"], told["seconds"]


def _until_quiet(stage: Stage, seconds: float = 3.0) -> None:
    """Until nobody asks the forge anything any more: what later deliveries asked for is done as well."""
    calls = stage.heard.calls
    until(lambda: not calls or time.time() - calls[-1].end > seconds, "the service to be quiet", 3600)


# -- workers


def throughput(place: Place) -> Rows:
    """Pull requests that all wait at once, with one worker and with two."""
    units, pulls = (20, 2) if place.quick else (1_000, 60)
    found = {}
    for workers in (1, 2):
        with _stage(place, units) as stage:
            stage.hook.active = False
            for number in range(pulls + 1):
                _opened(stage, number, units)
            stage.hook.active = True
            with stage.service(workers):
                found[workers] = _verdicts_a_minute(stage)
    yield Row(f"{pulls} pull requests, one worker, verdicts a minute", f"{found[1]:.0f}")
    yield Row(f"{pulls} pull requests, two workers, verdicts a minute", f"{found[2]:.0f}", "one worker",
              found[2] / found[1])  # fmt: skip


def _verdicts_a_minute(stage: Stage) -> float:
    """The first pull request makes the mirror; then all others are told of at once."""
    first, *others = stage.world.pulls_of(stage.repository)
    _told(stage, [first])
    begin = time.time()
    _told(stage, others)
    return 60 * len(others) / (max(stage.heard.ended[pull.head][0] for pull in others) - begin)


def _told(stage: Stage, pulls: Sequence[PullRequest]) -> None:
    """Let a webhook tell of each, and wait for their verdicts."""
    for pull in pulls:
        stage.world.set_draft(pull, stage.ada, True)
    until(lambda: all(pull.head in stage.heard.ended for pull in pulls), "all verdicts", 1800)


# -- what they share


@contextmanager
def _stage(place: Place, units: int) -> Iterator[Stage]:
    directory = place.directory / f"stage-{uuid.uuid4().hex[:8]}"
    with Stage(directory, place.repository(OVERLAYS, units)) as stage:
        base = stage.repository.bare
        base.update("refs/heads/main", base.log(base.branch("main"), limit=2)[1].id)
        yield stage


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


def _both(values: Sequence[float]) -> str:
    return f"{show(quantile(values, 0.5))} / {show(quantile(values, 0.95))}"
