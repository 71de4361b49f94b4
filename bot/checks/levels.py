"""How severe a finding is where it is, and whether it stops the merge: the repository's word, else sane defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from bot.config.judging import ChecksRule, FailsOn, RuleLevel
from bot.model.result import Finding, FindingState, Severity

_RANK = {Severity.INFO: 0, Severity.WARNING: 1, Severity.ERROR: 2}
# Where a mistake costs least: findings are shown there, and stop nothing.
_LENIENT = frozenset(
    ("sandbox", "sbx", "sbox", "playground", "local", "preview", "pr", "ephemeral", "dev", "develop", "development", "devel",
     "test", "testing", "tst", "ci")
)  # fmt: skip


class Levels:
    """Severities and gates of one repository."""

    def __init__(
        self,
        rule: ChecksRule,
        names: Mapping[str, str] = MappingProxyType({}),
        usual: Callable[[str], str] = str,
    ) -> None:
        """``names`` are those of the configured environments, by each of their words in lower case; where there are none,
        ``usual`` gives one name for each environment that usually has several (``prod`` and ``production``)."""
        self._rule = rule
        self._names = names
        self._usual = str if names else usual

    def named(self) -> Iterator[str]:
        """The rules that the settings give another severity, as they are written."""
        yield from dict.fromkeys(level.rule for level in self._rule.levels)

    def severity(self, finding: Finding, environment: str) -> Severity | None:
        """The severity in an environment; None when the repository switched the rule off."""
        level = self.level(finding.rule, environment)
        if level is RuleLevel.OFF:
            return None
        return finding.severity if level is None else Severity(str(level))

    def level(self, rule: str, environment: str) -> RuleLevel | None:
        """What the repository makes of a rule in an environment; None: what the rule says itself."""
        for level in self._rule.levels:
            if rule_holds(level.rule, rule) and self.is_in(environment, level.environments):
                return level.severity
        return None

    def stops(self, finding: Finding, check: str, environment: str, *, whole: bool) -> bool:
        """Whether a finding stops the merge. ``whole``: it is about the repository, not about one unit."""
        counted = finding.state is FindingState.INTRODUCED
        if not counted and not (self._rule.existing and finding.state is FindingState.EXISTING):
            return False
        fails_on = self.fails_on(check, environment, whole=whole)
        return fails_on is not FailsOn.NOTHING and _RANK[finding.severity] >= _RANK[Severity(str(fails_on))]

    def fails_on(self, check: str, environment: str, *, whole: bool) -> FailsOn:
        """From which severity on a new finding of a check stops the merge."""
        for gate in self._rule.gates:
            if check in gate.checks and self.is_in(environment, gate.environments):
                return gate.fails_on
        return FailsOn.NOTHING if is_lenient(environment) and not whole else FailsOn.ERROR

    def is_in(self, environment: str, words: tuple[str, ...]) -> bool:
        """Whether an environment is one of those that are named; none named are all."""
        named = (self._names.get(word.lower(), word) for word in words)
        return not words or any(self._usual(environment) == self._usual(name) for name in named)


def is_lenient(environment: str) -> bool:
    """Whether findings stop nothing in an environment of this name, where the repository does not say otherwise."""
    return environment.lower() in _LENIENT


def rule_holds(pattern: str, rule: str) -> bool:
    return pattern == rule or (pattern.endswith("/*") and rule.startswith(pattern[:-1]))
