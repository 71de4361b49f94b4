"""Every check and every rule, listed by hand, in the order of the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.checks.boundaries import Boundaries
from bot.checks.images import Images
from bot.checks.loosened import Loosened, LoosenedAlone
from bot.checks.loosened_environments import Usual, by_name_alone
from bot.checks.owners import OwnersCheck
from bot.checks.policy import PolicyCheck, PolicySettings
from bot.checks.risk import Risk
from bot.checks.rule_names import RuleNames
from bot.checks.rules import Rule, boundaries, images, owners, policy, risk, schema, secrets
from bot.checks.schema import Schema, SchemaSettings
from bot.checks.secrets import Secrets
from bot.checks.waivers import Waivers
from bot.codeowners import Dialect
from bot.config.judging import CheckName, ChecksRule
from bot.model.evidence import Check
from bot.model.snapshot import Snapshot
from bot.policy.base import Engine


@dataclass(frozen=True, slots=True)
class Given:
    """What checks are made with besides their own settings: the engine of policies; the files of the tip of the base branch,
    by whose policies and CODEOWNERS a change is judged (None: the base of the comparison); the forge that reads CODEOWNERS
    (None: told by the files); the Kubernetes versions of environments, with that of all others; what is waived; and
    which names of environments mean production."""

    engine: Engine
    tip: Snapshot | None = None
    dialect: Dialect | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    waivers: Waivers | None = None
    is_usual: Usual = by_name_alone


def checks(said: ChecksRule, given: Given) -> tuple[Check, ...]:
    """The checks that the repository wants, ready to run, and where ``owners`` is not one of them, what watches over the
    settings and policies themselves. Raises UserError for a setting that no check can work with."""
    schema_settings = SchemaSettings(
        given.versions, given.version, said.schema.unknown_kinds, crds=said.schema.crds, left_out=said.schema.left_out
    )
    policies = PolicySettings(said.policy.directories, frozenset(said.policy.baseline))
    asked = CheckName.POLICY in said.run
    loosened = Loosened(
        policies.directories, given.engine if asked else None, given.tip, given.dialect, given.is_usual,
        today=given.waivers.today.isoformat() if given.waivers else "",
        rules=given.waivers.rules if given.waivers else RuleNames(),
    )  # fmt: skip
    found: dict[CheckName, Check] = {
        CheckName.SCHEMA: Schema(schema_settings),
        CheckName.POLICY: PolicyCheck(given.engine, policies, tip=given.tip),
        CheckName.OWNERS: OwnersCheck(
            given.dialect, policy=given.tip, loosened=loosened, waived=given.waivers.covers if given.waivers else None
        ),
        CheckName.SECRETS: Secrets(),
        CheckName.IMAGES: Images(),
        CheckName.BOUNDARIES: Boundaries(said.boundaries),
        CheckName.RISK: Risk(),
    }
    chosen = [found[name] for name in CheckName if name in found and name in said.run]
    if chosen and CheckName.OWNERS not in said.run:
        chosen.append(LoosenedAlone(loosened))
    return tuple(chosen)


def rules() -> tuple[Rule, ...]:
    """Every rule that a finding may name."""
    return (
        *schema.RULES, *policy.RULES, *owners.RULES, *secrets.RULES, *images.RULES, *boundaries.RULES, *risk.RULES,
    )  # fmt: skip
