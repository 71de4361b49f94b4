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


class UnknownKinds(StrEnum):
    """What is said of kinds that no schema is known for."""

    WARNING = "warning"
    ERROR = "error"
    IGNORED = "ignored"


class BaselineRule(StrEnum):
    """The rules of the policies that Gatehouse ships: ``policy/NAME``."""

    PRIVILEGED = "privileged"
    HOST_NAMESPACES = "host-namespaces"
    CAPABILITIES = "capabilities"
    POD_SECURITY_BASELINE = "pod-security-baseline"
    NETWORK_POLICY_OPEN = "network-policy-open"
    PROBES = "probes"
    RESOURCES = "resources"
    OWNER_LABEL = "owner-label"
    IMAGE_DIGEST = "image-digest"
    IMAGE_LATEST = "image-latest"
    POD_SECURITY_RESTRICTED = "pod-security-restricted"


# The images check knows more than two of them; the last is asked for by who wants it.
_OFF = (BaselineRule.IMAGE_DIGEST, BaselineRule.IMAGE_LATEST, BaselineRule.POD_SECURITY_RESTRICTED)
BASELINE = tuple(rule for rule in BaselineRule if rule not in _OFF)


class SchemaRule(NamedTuple):
    """What the schema check knows and leaves out. ``crds`` None: every file; ``left_out`` are ``Kind``, ``Kind.group`` or
    ``*.group``."""

    unknown_kinds: UnknownKinds = UnknownKinds.WARNING
    crds: tuple[str, ...] | None = None
    left_out: tuple[str, ...] = ()


class PolicyRule(NamedTuple):
    """Which policies judge, and what they may use."""

    directories: tuple[str, ...] = ("policies",)
    baseline: tuple[BaselineRule, ...] = BASELINE
    seconds: int = 2
    total_seconds: int = 60
    memory_mib: int = 256


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
    environments: tuple[str, ...] = ()


class BoundaryRule(NamedTuple):
    """What units below some paths may hold: namespaces and kinds (none: any), and kinds that they may not."""

    paths: tuple[str, ...]
    namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    deny_kinds: tuple[str, ...] = ()


class ChecksRule(NamedTuple):
    """What is judged, and what stops the merge."""

    run: tuple[CheckName, ...] = tuple(CheckName)
    gates: tuple[GateRule, ...] = ()
    levels: tuple[LevelRule, ...] = ()
    existing: bool = False
    boundaries: tuple[BoundaryRule, ...] = ()
    schema: SchemaRule = SchemaRule()
    policy: PolicyRule = PolicyRule()
