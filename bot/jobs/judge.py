"""From renders to judgement: evidence for the checks, their results, and the source line of each new finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.affected.cluster import cluster_of
from bot.affected.other_environment import other_environment
from bot.affected.shared_name import shared_name
from bot.checks.judgement import Judged, judge
from bot.checks.loosened import LoosenedAlone
from bot.checks.owners import OwnersCheck
from bot.checks.secret_once import once, signs_of
from bot.checks.secrets import Secrets
from bot.diff.resources import Memory
from bot.jobs.moving import moves
from bot.jobs.nameless import placed
from bot.jobs.neighbours import with_neighbours
from bot.jobs.partly import partly
from bot.jobs.places import places
from bot.jobs.production import other_production
from bot.jobs.reached_by import reached_by
from bot.jobs.row_lines import at_rows
from bot.jobs.unknown_environments import unknown_environments
from bot.jobs.unseen_values import unseen_values
from bot.model.evidence import Evidence, Move, Side, Step, UnitEvidence, UnitSide
from bot.model.resource import Outcome, Rendered
from bot.model.result import CheckResult, Owners, UnitChange, UnitState
from bot.model.unit import CannotRender, HelmRender, ObjectId, Render, Unit
from bot.redaction import sign_of

if TYPE_CHECKING:
    from bot.affected.effect import Affected
    from bot.affected.pairs import Pair
    from bot.affected.rules import Reader
    from bot.jobs.ports import Bench, Ports, Result, Seen


def judged(
    seen: Seen, found: Affected, ports: Ports, bench: Bench
) -> tuple[tuple[CheckResult, ...], tuple[Owners, ...]]:
    """Every check's result, and who must agree. New findings have the file and line that set what they are about, where
    that can be told."""
    mine = evidence(seen, found, ports)
    shown, failed = with_neighbours(mine, seen, ports, bench.checks)
    answers = judge(shown, bench.checks, bench.levels, bench.waivers)
    answers = [
        replace(each, crashed=each.crashed or failed.get(each.name, ""))
        for each, check in zip(answers, bench.checks, strict=True)
        if each.found or each.crashed or not isinstance(check, LoosenedAlone)  # nobody asked for that check
    ]
    units = {pair.unit.key: pair.head for pair, _, _ in seen.results if pair.head}
    traced = places(answers, units, seen.after, ports, seen.memory or Memory())
    traced = at_rows(answers, placed(answers, traced, shown), shown)
    ports.notes += [*bench.waivers.notes(), *unknown_environments(ports.index.rules.config)]
    wrong = ((name, bench.waivers.rules.wrong(name)) for name in bench.levels.named())
    ports.notes += [f"`checks.levels` names {name}, {why}." for name, why in wrong if why]
    owners = [row for check in bench.checks if isinstance(check, OwnersCheck) for row in check.required(shown)]
    secrets = {check.name: check for check in bench.checks if isinstance(check, Secrets)}
    results = (
        _once(secrets.get(answer.name), answer, answer.result(at), seen, ports)
        for answer, at in zip(answers, traced, strict=True)
    )
    return tuple(results), tuple(owners)


def _once(check: Secrets | None, answer: Judged, result: CheckResult, seen: Seen, ports: Ports) -> CheckResult:
    """The result; of the check ``secrets`` without what is said both of a file and of an object that it makes."""
    if check is None:
        return result

    def sign(text: str) -> str:
        return sign_of(text.encode("utf-8", "replace"), key=ports.engine.key)

    statements = [statement for _, statement, _ in answer.found]
    forms = check.files.forms if check.files else {}
    return once(result, seen.after, signs_of(statements, check.signs, forms, sign))


def evidence(seen: Seen, found: Affected, ports: Ports) -> Evidence:
    """What the checks may look at."""
    memory, rules = seen.memory or Memory(), ports.index.rules
    return Evidence(
        units=tuple(
            _unit(result, change, gone, found=found, ports=ports, seen=seen, memory=memory)
            for result, change, gone in zip(seen.results, seen.units, moves(seen.units), strict=True)
        ),
        changes=tuple(seen.after.changes),
        base=seen.before,
        head=seen.after,
        environments=_environments(seen.units, rules),
        production=other_production(seen, ports),
        approvals=ports.approvals,
        remember=ports.remember,
    )


def _environments(units: Sequence[UnitChange], rules: Reader) -> tuple[str, ...]:
    """Every name that is configured or that an affected unit has, the least risky first."""
    names = {unit.environment for unit in units if unit.environment}
    return tuple(sorted(names | {rule.name for rule in rules.config.environments}, key=rules.namer.rank))


def _unit(
    result: Result, change: UnitChange, gone: dict[ObjectId, Move], *, found: Affected, ports: Ports, seen: Seen,
    memory: Memory,
) -> UnitEvidence:  # fmt: skip
    pair, base, head = partly(*result) or result
    rules = ports.index.rules
    shown, there = _side(pair.base, base, memory, ports.former_hosts), _side(pair.head, head, memory, ports.hosts)
    bare = {} if shown or not pair.base else {Side.BASE: _without_objects(pair.base, ports.former_hosts)}
    bare |= {} if there or not pair.head else {Side.HEAD: _without_objects(pair.head, ports.hosts)}
    return UnitEvidence(
        key=pair.unit.key, path=change.path, app=change.app, environment=change.environment,
        production=rules.namer.is_production(change.environment), state=change.state,
        base=shown, head=there, way=_way(pair, found, ports),
        moves=gone, values=frozenset(path for side in (pair.base, pair.head) if side for path in _value_files(side)),
        last_values=tuple(_last_values(pair.head or pair.unit)),
        shared_name=shared_name(change.app, change.environment, rules.namer, change.path),
        gone=pair.base if change.state is UnitState.REMOVED and shown is None else None, bare=bare,
        unseen_base=unseen_values(result[0].base, _rendered(pair.base, base), seen.before, ports),
        unseen_head=unseen_values(result[0].head, _rendered(pair.head, head), seen.after, ports),
        cluster=cluster_of(pair.unit.key),
        foreign=other_environment(pair, change.environment, rules.namer, seen.after),
    )  # fmt: skip


def _rendered(unit: Unit | None, outcome: Outcome | None) -> tuple[Render, ...]:
    """The parts whose objects are known."""
    return unit.parts if unit is not None and isinstance(outcome, Rendered) else ()


def _value_files(unit: Unit) -> Iterator[str]:
    for part in unit.parts:
        yield from _values_of(part)


def _last_values(unit: Unit) -> Iterator[str]:
    """Later files win, so the last one is the most particular; the one that a chart brings along is everybody's."""
    for part in unit.parts:
        chart = part.here if isinstance(part, CannotRender) else part
        defaults = f"{chart.chart}/values.yaml" if isinstance(chart, HelmRender) else ""
        yield from [file for file in _values_of(part) if file != defaults][-1:]


def _values_of(part: Render) -> tuple[str, ...]:
    if isinstance(part, HelmRender):
        return (*part.default_files, *part.value_files)
    return part.values if isinstance(part, CannotRender) else ()


def _without_objects(unit: Unit, hosts: Mapping[str, Unit]) -> UnitSide:
    return UnitSide(unit, (), hosts.get(unit.key))


def _side(unit: Unit | None, outcome: Outcome | None, memory: Memory, hosts: Mapping[str, Unit]) -> UnitSide | None:
    if unit is None or not isinstance(outcome, Rendered):
        return None
    objects = tuple(r for document in outcome.documents for r in memory.objects(document))
    return UnitSide(unit, objects, hosts.get(unit.key), outcome.unset)


def _way(pair: Pair, found: Affected, ports: Ports) -> tuple[Step, ...]:
    return reached_by(pair.unit, lambda key: ports.hosts.get(key) or ports.former_hosts.get(key), found)
