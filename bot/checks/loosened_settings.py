"""Where one ``.gatehouse.yaml`` asks for less than another: checks, gates, severities, waivers, what is looked at, and who
may override what a check says.

Compared is what the settings mean, not how they are written: an entry that moves, is split or repeats what another one says
anyway loosens nothing. What can only be stricter, and limits of time and memory (who goes over one is stopped), are no
concern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from bot.checks.levels import Levels, is_lenient, rule_holds
from bot.checks.loosened_boundaries import boundaries
from bot.checks.loosened_commands import commands
from bot.checks.loosened_environments import Usual, by_name_alone, environments_of
from bot.checks.words import listed, shown
from bot.config.judging import CheckName, ChecksRule, FailsOn, RuleLevel, SchemaRule, UnknownKinds, Waiver
from bot.config.schema import Config, UnitRule

_GATES = (FailsOn.WARNING, FailsOn.ERROR, FailsOn.NOTHING)
_KINDS = (UnknownKinds.ERROR, UnknownKinds.WARNING, UnknownKinds.IGNORED)
_LEVELS = (RuleLevel.ERROR, RuleLevel.WARNING, RuleLevel.INFO, RuleLevel.OFF)
_MOST_ASKED = 50  # patterns, each over all files
_MOST_COMPARED = 1_000_000  # levels of one rule in one environment


class Looser(NamedTuple):
    """One thing: the place in the file (``checks.run``), and what follows from it, as a clause."""

    at: str
    what: str


def looser(
    base: Config,
    head: Config,
    environments: Sequence[str] = (),
    *,
    is_usual: Usual = by_name_alone,
    today: str = "",
    may_deploy: Callable[[str], bool] = bool,
) -> Iterator[Looser]:
    """Everything that ``head`` asks less for than ``base``. ``environments`` are names besides those in the files;
    ``is_usual`` tells names that mean production without a setting; waivers that ended before ``today`` waive nothing;
    ``may_deploy`` says whether a pattern holds anything that could be deployed."""
    old, new = base.checks or ChecksRule(), head.checks or ChecksRule()
    configured = (rule.name for rule in (*base.environments, *head.environments))
    names = list(dict.fromkeys(("", *environments, *configured, *_named(old, new))))
    if lost := [check for check in old.run if check not in new.run]:
        yield Looser("checks.run", f"{listed(lost, 7)} {'runs' if len(lost) == 1 else 'run'} no longer")
    if new.run:
        if len(names) * sum(len(r.gates) + len(r.levels) ** 2 for r in (old, new)) > _MOST_COMPARED:
            yield Looser("checks", "`gates` and `levels` are too many to be compared")
        else:
            yield from _gates(old, new, names)
            yield from _levels(old, new, names)
        yield from (Looser("checks.boundaries", what) for what in boundaries(old.boundaries, new.boundaries))
        yield from _schema(old.schema, new.schema)
        yield from _policy(old, new)
    yield from _waivers(base.waivers, head.waivers, today)
    yield from _looked_at(base, head, may_deploy)
    yield from (Looser(at, what) for at, what in commands(base, head))
    changed = environments_of(base.environments, head.environments, is_usual)
    yield from (Looser(at, what) for at, what in changed)


def _named(*rules: ChecksRule) -> Iterator[str]:
    for rule in rules:
        yield from (name for gate in rule.gates for name in gate.environments)
        yield from (name for level in rule.levels for name in level.environments)


def _where(environments: Sequence[str]) -> str:
    return listed([name for name in environments if name] or ["other units"])


def _gates(old: ChecksRule, new: ChecksRule, environments: list[str]) -> Iterator[Looser]:
    found: dict[str, list[CheckName]] = {}  # the checks of which less stops the merge, by where
    for check in (check for check in old.run if check in new.run):
        before, after = (
            [_GATES.index(Levels(r).fails_on(check, e, whole=False)) for e in environments] for r in (old, new)
        )
        less = [name for name, was, now in zip(environments, before, after, strict=True) if now > was]
        if less:
            everywhere = len(less) == sum(_GATES[was] is not FailsOn.NOTHING for was in before)
            found.setdefault("" if everywhere else f" in {_where(less)}", []).append(check)
    for where, checks in found.items():
        whose = "any check" if len(checks) == len(CheckName) else listed(checks, len(checks))
        yield Looser("checks.gates", f"fewer findings of {whose} stop the merge{where}")
    if old.existing and not new.existing:
        yield Looser("checks.existing", "findings that were there before stop the merge no longer")


def _levels(old: ChecksRule, new: ChecksRule, environments: list[str]) -> Iterator[Looser]:
    before, after = Levels(old), Levels(new)
    for rule in dict.fromkeys(level.rule for level in (*new.levels, *old.levels)):
        if rule.partition("/")[0] not in old.run:
            continue
        less = [name for name in environments if _is_less(before.level(rule, name), after.level(rule, name))]
        if less:
            level = after.level(rule, less[0])
            weighs = (
                "is switched off"
                if level is RuleLevel.OFF
                else f"weighs {'less' if level is None else f'only {level}'}"
            )
            where = "" if len(less) == len(environments) else f" in {_where(less)}"
            yield Looser("checks.levels", f"{shown(rule)} {weighs}{where}")


def _is_less(old: RuleLevel | None, new: RuleLevel | None) -> bool:
    """None is the rule's own severity, which may be any: it is not taken for less than a warning, nor an error for less."""
    if old == new or new is RuleLevel.ERROR:
        return False
    if old is None or new is None:
        return (old or RuleLevel.ERROR) is RuleLevel.ERROR
    return _LEVELS.index(new) > _LEVELS.index(old)


def _schema(old: SchemaRule, new: SchemaRule) -> Iterator[Looser]:
    if _KINDS.index(new.unknown_kinds) > _KINDS.index(old.unknown_kinds):
        yield Looser("checks.schema.unknown_kinds", f"kinds without schema are {shown(new.unknown_kinds)}")
    if more := [kind for kind in new.left_out if kind not in old.left_out]:
        yield Looser(
            "checks.schema.left_out", f"{listed(more)} {'is' if len(more) == 1 else 'are'} not judged by schema"
        )
    if new.crds is not None and new.crds != old.crds and (old.crds is None or not {*old.crds} <= {*new.crds}):
        yield Looser("checks.schema.crds", "CRDs are looked for in fewer files")


def _policy(old: ChecksRule, new: ChecksRule) -> Iterator[Looser]:
    gone = [path or "." for path in old.policy.directories if path not in new.policy.directories]
    if gone:
        yield Looser("checks.policy.directories", f"policies in {listed(gone)} judge no longer")
    if lost := [rule for rule in old.policy.baseline if rule not in new.policy.baseline]:
        yield Looser("checks.policy.baseline", f"{listed(lost)} {'is' if len(lost) == 1 else 'are'} not asked any more")


def _waivers(old: Sequence[Waiver], new: Sequence[Waiver], today: str) -> Iterator[Looser]:
    for number, waiver in enumerate(new):
        if waiver.expires >= today and not any(_covers(before, waiver) for before in old):
            bounds = [*waiver.units, *waiver.objects, *waiver.environments]
            places = listed(bounds) if bounds else "everywhere"
            yield Looser(
                f"waivers[{number}]",
                f"findings of {shown(waiver.rule)} are waived ({places}) until {waiver.expires}, by {shown(waiver.owner)}: "
                f"{shown(waiver.reason)}; that holds from the merge on, and not for this change",
            )


def _covers(old: Waiver, new: Waiver) -> bool:
    """Whether what the new one waives was waived before."""
    units = not old.units or (bool(new.units) and {*new.units} <= {*old.units})
    objects = not old.objects or (bool(new.objects) and {*new.objects} <= {*old.objects})
    environments = not old.environments or (bool(new.environments) and {*new.environments} <= {*old.environments})
    bounds = units and objects and environments
    return rule_holds(old.rule, new.rule) and bounds and old.expires >= new.expires


def _looked_at(base: Config, head: Config, may_deploy: Callable[[str], bool]) -> Iterator[Looser]:
    come = [pattern for pattern in head.ignore if pattern not in base.ignore]
    if more := [*filter(may_deploy, come[:_MOST_ASKED]), *come[_MOST_ASKED:]]:
        yield Looser("ignore", f"nothing below {listed(more)} counts as deployed")
    if less := [pattern for pattern in base.plain if pattern not in head.plain]:
        yield Looser("plain", f"{listed(less)} {'counts' if len(less) == 1 else 'count'} as deployed no longer")
    before = {unit.path: unit for unit in base.units}
    lenient = {e.name for e in head.environments if e.production is False}
    for number, unit in enumerate(head.units):
        if what := _unit(before.get(unit.path, UnitRule(unit.path)), unit, lenient):
            yield Looser(f"units[{number}]", f"{shown(unit.path or '.')} {what}")


def _unit(old: UnitRule, new: UnitRule, lenient: set[str]) -> str:
    if new.root is False and old.root is not False:
        return "is not judged as something that is deployed"
    moved = new.environment is not None and new.environment != old.environment
    if moved and (new.environment in lenient or is_lenient(new.environment or "")):
        return f"counts to {shown(new.environment)}, where less stops the merge"
    return ""
