"""Every check and every rule, listed by hand, in the order of the report."""

from __future__ import annotations

from bot.checks.boundaries import Boundaries
from bot.checks.images import Images
from bot.checks.risk import Risk
from bot.checks.rules import Rule
from bot.checks.rules import boundaries as boundaries_rules
from bot.checks.rules import images as images_rules
from bot.checks.rules import risk as risk_rules
from bot.checks.rules import secrets as secrets_rules
from bot.checks.secrets import Secrets
from bot.config.judging import CheckName, ChecksRule
from bot.model.evidence import Check


def checks(said: ChecksRule) -> tuple[Check, ...]:
    """The checks that the repository wants, ready to run."""
    found: dict[CheckName, Check] = {
        CheckName.SECRETS: Secrets(),
        CheckName.IMAGES: Images(),
        CheckName.BOUNDARIES: Boundaries(said.boundaries),
        CheckName.RISK: Risk(),
    }
    return tuple(found[name] for name in CheckName if name in found and name in said.run)


def rules() -> tuple[Rule, ...]:
    """Every rule that a finding may name."""
    return (*secrets_rules.RULES, *images_rules.RULES, *boundaries_rules.RULES, *risk_rules.RULES)
