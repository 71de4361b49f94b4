"""What ``.gatehouse.yaml`` may say about checks, as named tuples; apart from ``schema`` because most runs judge nothing."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class CheckName(StrEnum):
    """The checks, by name."""

    SCHEMA = "schema"
    POLICY = "policy"
    OWNERS = "owners"
    SECRETS = "secrets"
    IMAGES = "images"
    BOUNDARIES = "boundaries"
    RISK = "risk"


class FailsOn(StrEnum):
    """From which severity on a new finding stops the merge."""

    ERROR = "error"
    WARNING = "warning"
    NOTHING = "nothing"


class RuleLevel(StrEnum):
    """What a repository makes of a rule."""

    OFF = "off"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class GateRule(NamedTuple):
    """Which new findings stop the merge; the first rule that holds counts."""

    fails_on: FailsOn
    environments: tuple[str, ...] = ()
    checks: tuple[CheckName, ...] = tuple(CheckName)


class LevelRule(NamedTuple):
    """The severity of one rule, in some environments or in all."""

    rule: str
    severity: RuleLevel
    environments: tuple[str, ...] = ()


class Waiver(NamedTuple):
    """A finding that is accepted for a while: which rule, where, who says so, why, and until when (inclusive)."""

    rule: str
    owner: str
    reason: str
    expires: str  # YYYY-MM-DD
    units: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()  # Kind/name


class ChecksRule(NamedTuple):
    """What is judged, and what stops the merge."""

    run: tuple[CheckName, ...] = ()
    gates: tuple[GateRule, ...] = ()
    levels: tuple[LevelRule, ...] = ()
    existing: bool = False
