"""A change of what judges changes: ``.gatehouse.yaml`` and the policies. It is shown; what asks for less than before needs
the owners of the file, by CODEOWNERS of the base side. (CODEOWNERS itself: see ``owners_file``.)

A change is judged by the base side's rules whatever it does to them, so nothing here loosens the gate for the change itself:
what it would open is open from its merge on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.checks.approvals import codeowners, required_of
from bot.checks.loosened_environments import Usual, by_name_alone
from bot.checks.loosened_policies import altered, severity
from bot.checks.loosened_settings import looser
from bot.checks.policy_files import changed
from bot.checks.rule_names import RuleNames
from bot.checks.words import listed, shown
from bot.codeowners import Dialect, Found, Ownership
from bot.config.globs import Globs
from bot.config.schema import FILE_NAME, Config
from bot.errors import GatehouseError
from bot.model.approvals import Approvals, Asked
from bot.model.evidence import Evidence, Said, Side, Statement
from bot.model.result import Severity
from bot.model.snapshot import Snapshot
from bot.policy.base import Engine

_MOST = 50  # statements about settings
_DEPLOYED = (".yaml", ".yml", ".json", ".tpl", ".env", ".properties", "ustomization")
_Read = tuple[Config, dict[str, int]]


@dataclass(frozen=True, slots=True)
class Loosened:
    """``directories`` hold the policies that judge, with ``engine`` (None: no policy does). ``tip`` is the tree whose
    CODEOWNERS counts, None for the base of the comparison; ``dialect`` the forge that reads it, None to tell it by what lies
    in the repository; ``is_usual`` tells names that mean production without a setting. ``today`` is the day
    (YYYY-MM-DD), ``rules`` are those there are."""

    directories: Sequence[str] = ()
    engine: Engine | None = None
    tip: Snapshot | None = None
    dialect: Dialect | None = None
    is_usual: Usual = by_name_alone
    today: str = ""
    rules: RuleNames = field(default_factory=RuleNames)

    def statements(self, evidence: Evidence) -> Iterator[Statement]:
        """About the change alone. Raises EngineError when the engine of the policies cannot be had."""
        touched = {change.path for change in evidence.changes}
        policies = changed(evidence.changes, self.directories) if self.engine else []
        if FILE_NAME not in touched and not policies:
            return
        owned = _Owned(codeowners(self.tip or evidence.base, self.dialect), evidence.approvals)
        if FILE_NAME in touched:
            yield from self._settings(evidence, owned)
        if self.engine and policies:
            for one in altered(evidence, self.directories, policies, self.engine):
                if one.less:
                    yield owned.loosened(one.path, one.what)
                else:
                    yield owned.changed(one.path, one.what, severity(one))

    def _settings(self, evidence: Evidence, owned: _Owned) -> Iterator[Statement]:
        base, head = (_read(evidence.files(side)) for side in Side)
        is_new = evidence.base.entry(FILE_NAME) is None
        if base is None or (is_new and head is None):  # a first file that cannot be read stops the merge by itself
            return
        if head is None:
            what = "cannot be read as it will be, so that nobody can tell what it asks for"
            yield owned.loosened(FILE_NAME, what)
            return
        (before, _), (after, lines) = base, head
        goes = evidence.head.entry(FILE_NAME) is None
        wrong = list(_misnamed(before, after, self.rules))
        for at, name, why in wrong:
            yield owned.changed(FILE_NAME, f"names {shown(name)} in `{at}`, {why}", Severity.WARNING, _line(at, lines))
        nothing = {at for at, _, _ in wrong}  # what is said of a rule that is none opens nothing
        everything = looser(
            before, after, evidence.environments,
            is_usual=self.is_usual, today=self.today, may_deploy=lambda pattern: _may_deploy(pattern, evidence),
        )  # fmt: skip
        less = [one for one in everything if one.at not in nothing]
        for one in less[:_MOST]:
            line = _line(one.at, lines)
            yield owned.loosened(
                FILE_NAME, f"{'goes: ' if goes else 'is new: ' if is_new else ''}{one.what}", line, one.at
            )
        if is_new and not less:
            yield owned.changed(FILE_NAME, "is new, and asks for as much as without it", Severity.INFO)
        elif before != after and not less:
            what = f"changes {listed(_differing(before, after), 11)}; nothing of it asks for less"
            yield owned.changed(FILE_NAME, what, Severity.INFO)


@dataclass(frozen=True, slots=True)
class LoosenedAlone:
    """The same where the check ``owners`` does not run: then this is all that it says."""

    loosened: Loosened
    name: str = "owners"

    def run(self, evidence: Evidence) -> Said:
        return Said(change=tuple(self.loosened.statements(evidence)))


def _misnamed(old: Config, new: Config, rules: RuleNames) -> Iterator[tuple[str, str, str]]:
    """Rules that the new settings name, which are none, and which the old ones do not name: where, which, and why."""
    known = {name for _, name in _named_rules(old)}
    for at, name in _named_rules(new):
        wrong = rules.wrong(name) if name not in known else ""
        if wrong:
            yield at, name, wrong


def _named_rules(config: Config) -> Iterator[tuple[str, str]]:
    yield from ((f"waivers[{n}]", waiver.rule) for n, waiver in enumerate(config.waivers))
    if config.checks:
        yield from ((f"checks.levels[{n}]", level.rule) for n, level in enumerate(config.checks.levels))


def _may_deploy(pattern: str, evidence: Evidence) -> bool:
    """Whether a pattern holds a file, on either side, that could be a part of something deployed."""
    holds = Globs((pattern,))
    entries = (entry for side in Side for entry in evidence.files(side).walk(""))
    return any(e.path.endswith(_DEPLOYED) and (holds.match(e.path) or holds.match(_above(e.path))) for e in entries)


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _line(at: str, lines: dict[str, int]) -> int:
    """Of a key, or of what should hold it; 0 where the file has none of them."""
    while at and at not in lines:
        at = at.rpartition(".")[0]
    return lines.get(at, 0)


def _read(files: Snapshot) -> _Read | None:
    """The settings of one side, with the line of each; the defaults where there is no file, None where it cannot be read."""
    from bot.config.load import load_with_lines

    entry = files.entry(FILE_NAME)
    if entry is None:
        return Config(), {}
    if entry.is_submodule:
        return None
    try:
        return load_with_lines(files.read(entry), name=FILE_NAME)
    except GatehouseError:
        return None


def _differing(old: Config, new: Config) -> list[str]:
    """The keys whose values differ, those of ``checks`` by their own names."""
    names = [name for name in Config._fields if getattr(old, name) != getattr(new, name)]
    if "checks" in names and old.checks and new.checks:
        inner = [f"checks.{k}" for k in old.checks._fields if getattr(old.checks, k) != getattr(new.checks, k)]
        names[names.index("checks") : names.index("checks") + 1] = inner
    return names


class _Owned(NamedTuple):
    """What says who must agree to a change of a file, and who has."""

    found: Found
    approvals: Approvals

    def loosened(self, path: str, what: str, line: int = 0, mark: str = "") -> Statement:
        weight, who, fix = self._asked(path)
        return Statement(
            "owners/gate-loosened", weight, f"The change loosens the gate. {path}: {what}. {who}", fix,
            file=path, line=line, mark=f"{path} {mark} {what}",
        )  # fmt: skip

    def changed(self, path: str, what: str, weight: Severity, line: int = 0) -> Statement:
        names = ", ".join(_people(required_of(self.found, path)))
        fix = "" if names else f"Give {path} an owner in {self.found.path or 'CODEOWNERS'}."
        whose = f"It is owned by {names}." if names else "Nobody owns it."
        return Statement(
            "owners/gate-changed", weight, f"{path} {what}. {whose}", fix, file=path, line=line, mark=f"{path} {what}"
        )

    def _asked(self, path: str) -> tuple[Severity, str, str]:
        """How much it weighs, who must agree, and the way out."""
        owners = required_of(self.found, path)
        if not owners:
            where = self.found.path or "CODEOWNERS"
            weight = Severity.ERROR if self.found.path else Severity.WARNING  # who has no owners at all forgot none
            return (
                weight, "Nobody owns the file, so that whoever may merge can open the gate alone.",
                f"Give {path} an owner in {where} first, in a change of its own; or leave it as it is.",
            )  # fmt: skip
        missing = [each for each in owners if self.approvals.of(each.owners) < each.approvals]
        names = ", ".join(_people(missing or owners))
        if not missing:
            return Severity.INFO, f"Its owners have agreed ({names}).", ""
        weight = Severity.WARNING if self.approvals.asked is Asked.NOBODY else Severity.ERROR
        return weight, f"Its owners must agree: {names}.", f"Ask {names} for an approval, or leave it as it is."


def _people(owners: Iterable[Ownership]) -> list[str]:
    return list(dict.fromkeys(name for each in owners for name in each.owners))
