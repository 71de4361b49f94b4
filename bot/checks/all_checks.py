"""Every check and every rule, listed by hand, in the order of the report."""

from __future__ import annotations

from bot.checks.owners import OwnersCheck
from bot.checks.policy import PolicyCheck
from bot.checks.risk import Risk
from bot.checks.rules import Rule, owners, policy, risk, schema
from bot.checks.schema import Schema, SchemaSettings
from bot.config.judging import CheckName, ChecksRule
from bot.model.evidence import Check
from bot.policy.base import Engine


def checks(said: ChecksRule, engine: Engine) -> tuple[Check, ...]:
    """The checks that the repository wants, ready to run; ``engine`` evaluates policies. Raises UserError for a setting that
    no check can work with."""
    found: dict[CheckName, Check] = {
        CheckName.SCHEMA: Schema(SchemaSettings()),
        CheckName.POLICY: PolicyCheck(engine),
        CheckName.OWNERS: OwnersCheck(),
        CheckName.RISK: Risk(),
    }
    return tuple(found[name] for name in CheckName if name in found and name in said.run)


def rules() -> tuple[Rule, ...]:
    """Every rule that a finding may name."""
    return (*schema.RULES, *policy.RULES, *owners.RULES, *risk.RULES)
