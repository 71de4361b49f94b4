"""Policy: what the Rego of the repository's base side, and that which Gatehouse ships, say about each rendered object.

The policies of the base judge both sides, so that a change cannot loosen the rule that it breaks. Of the head's policies it
only matters whether they can be used. A policy that cannot be used judges nothing; that blocks until it is mended."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bot.checks.policy_answers import Answers, Input, name_of
from bot.checks.policy_files import changed, read
from bot.checks.policy_values import Question, Violation, questions, said
from bot.config.judging import BASELINE
from bot.model.evidence import Evidence, Said, Side, Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity
from bot.model.snapshot import Snapshot
from bot.policy import baseline
from bot.policy.base import Answer, Engine, Module, Problem

FIELDS = frozenset({"object", "old", "unit", "environment", "pull_request"})
_MEND = """Mend the file; `gatehouse policy test` says when it can be used, and until then it judges nothing. Rego for \
another tool stays out where checks.policy.directories in .gatehouse.yaml names other directories."""


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """``directories`` hold the repository's policies. ``baseline`` names the shipped rules that are on. (Severities by rule
    and environment are those of all checks: ``levels``.)"""

    directories: tuple[str, ...] = ("policies",)
    baseline: frozenset[str] = frozenset(BASELINE)


@dataclass(slots=True)
class _Voices:
    """What is said, by side."""

    base: list[Statement] = field(default_factory=list)
    head: list[Statement] = field(default_factory=list)
    change: list[Statement] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: dict[tuple[object, ...], dict[Side, tuple[str, Statement]]] = field(default_factory=dict)

    def settle(self) -> None:
        """Failures: of an object that the change touches nobody can say that nothing got worse, so it is the change's."""
        for found in self.failed.values():
            if len({text for text, _ in found.values()}) > 1:
                self.change.append(found[Side.HEAD][1])
            else:
                for side, (_, statement) in found.items():
                    self.side(side).append(statement)
        self.failed = {}

    def side(self, side: Side) -> list[Statement]:
        return self.base if side is Side.BASE else self.head


@dataclass(frozen=True, slots=True)
class _Case:
    """One input, asked once, for all objects that look the same to the policies."""

    value: dict[str, object]
    name: str
    who: list[tuple[Side, UnitEvidence, Resource]]


class PolicyCheck:
    """``engine`` evaluates; ``shipped`` are the modules of the baseline (None: those of ``settings``); ``tip`` are the files
    whose policies count (the tip of the base branch), None for the base of the comparison; ``pull_request`` holds the facts
    of the forge, None without one."""

    name = "policy"

    def __init__(
        self,
        engine: Engine,
        settings: PolicySettings | None = None,
        *,
        shipped: Sequence[Module] | None = None,
        tip: Snapshot | None = None,
        pull_request: Mapping[str, object] | None = None,
    ) -> None:
        self._engine = engine
        self._settings = settings or PolicySettings()
        self._shipped = list(baseline.modules(self._settings.baseline) if shipped is None else shipped)
        self._tip = tip
        self._pull_request = dict(pull_request) if pull_request is not None else None

    def run(self, evidence: Evidence) -> Said:
        """See Check. Raises ToolError when the engine cannot be had."""
        voices = _Voices()
        if self._shipped and evidence.units:
            with Answers(self._engine, self._shipped, evidence.remember) as session:
                voices.change += [_unusable(problem) for problem in session.problems]
                asked = [Question(baseline.QUERY, "baseline", Severity.ERROR, "Gatehouse", shipped=True)]
                self._judge(session, asked, evidence, voices, kinds=baseline.KINDS)
        self._own(evidence, voices)
        return Said(tuple(voices.base), tuple(voices.head), tuple(voices.change), notes=tuple(voices.notes))

    # -- the repository's policies

    def _own(self, evidence: Evidence, voices: _Voices) -> None:
        directories = self._settings.directories
        modules, problems = read(self._tip or evidence.files(Side.BASE), directories)
        touched = changed(evidence.changes, directories)
        if modules:
            with Answers(self._engine, modules, evidence.remember) as session:
                problems += session.problems
                asked = {q.query: q for outline in session.outlines for q in questions(outline)}
                voices.notes += _strangers(session)
                if not asked and not problems:
                    below = " or ".join(f"{directory or '.'}/" for directory in directories)
                    voices.notes.append(f"No policy below {below} has a rule deny, violation or warn.")
                self._judge(session, list(asked.values()), evidence, voices)
        self._unusable(problems, evidence, voices, touched=bool(touched))
        if touched:
            voices.notes.append(
                f"{_some(touched)} change{'s' if len(touched) == 1 else ''}; the policies of the base judged this change, "
                "the new ones hold after the merge."
            )

    def _unusable(self, problems: list[Problem], evidence: Evidence, voices: _Voices, *, touched: bool) -> None:
        """What is broken at base blocks until a change mends it; what a change breaks is its own."""
        after = problems
        if touched:
            modules, after = read(evidence.files(Side.HEAD), self._settings.directories)
            if modules:
                with Answers(self._engine, modules, evidence.remember) as session:
                    after += session.problems
                    voices.notes += [note for note in _strangers(session) if note not in voices.notes]
        broken = {problem.path for problem in after}
        voices.change += [_unusable(problem) for problem in after if problem.path in {p.path for p in problems}]
        voices.head += [_unusable(problem) for problem in after if problem.path not in {p.path for p in problems}]
        voices.base += [_unusable(problem) for problem in problems if problem.path not in broken]

    # -- objects

    def _judge(
        self,
        session: Answers,
        asked: Sequence[Question],
        evidence: Evidence,
        voices: _Voices,
        kinds: frozenset[str] | None = None,
    ) -> None:
        if not asked:
            return
        cases = list(self._cases(evidence, _reads(session), kinds))
        first: dict[str, tuple[Question, Answer, _Case]] = {}
        inputs = [Input(case.value, case.name, case.who[0][1].key) for case in cases]
        for case, answers in zip(cases, session.ask([q.query for q in asked], inputs), strict=True):
            for question, answer in zip(asked, answers, strict=True):
                if answer.stopped:
                    first.setdefault(question.query, (question, answer, case))
                    continue
                self._say(question, answer, case, voices)
        voices.settle()
        voices.change += [_stopped(*found) for found in first.values()]

    def _cases(self, evidence: Evidence, reads: frozenset[str], kinds: frozenset[str] | None) -> Iterator[_Case]:
        found: dict[tuple[str, str, str], _Case] = {}
        for side, unit, resource, old in _objects(evidence):
            if kinds is not None and resource.id.kind not in kinds:
                continue
            value = _trimmed(self._input(side, unit, resource, old), reads)
            rest = {name: part for name, part in value.items() if name not in ("object", "old")}
            before = old.document.text if old is not None and "old" in value else ""
            key = (resource.document.text, before, json.dumps(rest, sort_keys=True))
            found.setdefault(key, _Case(value, name_of(*key), [])).who.append((side, unit, resource))
        yield from found.values()

    def _input(self, side: Side, unit: UnitEvidence, resource: Resource, old: Resource | None) -> dict[str, object]:
        """What docs/policies.md promises."""
        there = unit.side(side)
        return {
            "object": resource.fields,
            "old": old.fields if old is not None else None,
            "unit": {
                "key": unit.key,
                "path": unit.path,
                "app": unit.app,
                "environment": unit.environment,
                "production": unit.production,
                "renderer": str(there.unit.renderer) if there else "",
            },
            "environment": unit.environment,
            "pull_request": self._pull_request,
        }

    def _say(self, question: Question, answer: Answer, case: _Case, voices: _Voices) -> None:
        if answer.error:
            for side, unit, resource in case.who:
                one_failure = (resource.document.text, _failed(question, answer, unit, resource))
                voices.failed.setdefault((question.query, unit.key, resource.id), {})[side] = one_failure
        if not answer.defined:
            return
        for one in said(question, answer.value):
            if question.shipped and one.rule not in self._settings.baseline:
                continue  # a rule that is off, in a file with one that is on
            for side, unit, resource in case.who:
                voices.side(side).append(_statement(one, unit, resource))


def _objects(found: Evidence) -> Iterator[tuple[Side, UnitEvidence, Resource, Resource | None]]:
    """Each object with what it was before. At base nothing has happened yet, so an object was what it is: a rule about
    changes speaks about the change, a rule about newcomers about newcomers."""
    for unit in found.units:
        before = {one.id: one for one in unit.base.objects} if unit.base else {}
        for resource in unit.base.objects if unit.base else ():
            yield Side.BASE, unit, resource, resource
        for resource in unit.head.objects if unit.head else ():
            yield Side.HEAD, unit, resource, before.get(resource.id)


def _reads(session: Answers) -> frozenset[str]:
    return frozenset(name for outline in session.outlines for name, _ in outline.reads)


def _trimmed(value: dict[str, object], reads: frozenset[str]) -> dict[str, object]:
    """Only what the policies read: less to parse, and more inputs that are the same."""
    if "" in reads:
        return value
    trimmed = {name: part for name, part in value.items() if name in reads}
    of_unit = {name.removeprefix("unit.") for name in reads if name.startswith("unit.")}
    unit = value["unit"]
    if "unit" not in reads and of_unit and isinstance(unit, dict):
        trimmed["unit"] = {name: part for name, part in unit.items() if name in of_unit}
    return trimmed


def _strangers(session: Answers) -> Iterator[str]:
    """Policies that read what is never there; conftest's are the ones to expect."""
    for outline in session.outlines:
        for head in outline.rules:
            if head.name == "exception" and head.kind == "set":
                yield (
                    f"{outline.path}:{head.line} is an exception of conftest, which excuses nothing here: add the "
                    "condition to the rule itself, or waive the finding in .gatehouse.yaml (waivers)."
                )
                break
        for name, line in outline.reads:
            first = name.partition(".")[0]
            if first and first not in FIELDS:
                yield (
                    f"{outline.path}:{line} reads input.{first}, which is never there; the object is input.object, so that "
                    f"it may mean input.object.{first}."
                )


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more


# -- statements


def _statement(one: Violation, unit: UnitEvidence, resource: Resource) -> Statement:
    return Statement(
        f"policy/{one.rule}",
        one.severity,
        one.message,
        one.fix,
        unit=unit.key,
        object=resource.id,
        at=one.at,
        mark=one.mark,
    )


def _failed(question: Question, answer: Answer, unit: UnitEvidence, resource: Resource) -> Statement:
    message = f"{question.path} could not judge this object: {answer.error}. Whether it may be is not known."
    fix = "Let the policy ask whether a value is there and of the right type before it uses it."
    return Statement(
        "policy/failed", Severity.ERROR, message, fix, unit=unit.key, object=resource.id, mark=question.query
    )


def _stopped(question: Question, answer: Answer, case: _Case) -> Statement:
    _, unit, resource = case.who[0]
    message = (
        f"The policy {question.query.removeprefix('data.')} in {question.path} {answer.error}, at {resource.id} of "
        f"{unit.path or '.'}. The objects after it were not judged by it."
    )
    fix = "Make the policy cheaper: look at one object, without loops over loops."
    at = ("", 0) if question.shipped else (question.path, question.line)
    return Statement("policy/stopped", Severity.ERROR, message, fix, file=at[0], line=at[1], mark=question.query)


def _unusable(problem: Problem) -> Statement:
    message = f"{problem.path} cannot be used as a policy: {problem.message.rstrip('. ')}."
    return Statement(
        "policy/unusable", Severity.ERROR, message, _MEND, file=problem.path, line=problem.line, mark=problem.path
    )
