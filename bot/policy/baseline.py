"""The policies that Gatehouse ships: where they are, and which rules each file holds."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import bot
from bot.errors import ToolError
from bot.policy.base import Module

QUERY = "data.gatehouse.baseline.deny"
SHARED = "lib.rego"
FILES = {
    "images.rego": ("image-digest", "image-latest"),
    "labels.rego": ("owner-label",),
    "network.rego": ("network-policy-open",),
    "pod_security_baseline.rego": ("pod-security-baseline",),
    "pod_security_restricted.rego": ("pod-security-restricted",),
    "privileges.rego": ("privileged", "host-namespaces", "capabilities"),
    "probes.rego": ("probes",),
    "resources.rego": ("resources",),
}
RULES = frozenset(rule for rules in FILES.values() for rule in rules)
# The kinds that these policies speak about; asking them of anything else costs time and says nothing.
KINDS = frozenset(
    {
        "Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Job", "Rollout",
        "PodTemplate", "CronJob", "Namespace", "NetworkPolicy",
    }
)  # fmt: skip
_DISTRIBUTION = "gitops-gatehouse"
_PLACE = "share/gitops-gatehouse/policies"


def directory() -> Path:
    """The shipped policies: beside the package in a source tree, among the data files of an installed wheel.

    Raises ToolError when they are in neither place.
    """
    beside = Path(bot.__file__).parents[1] / "policies"
    if (beside / SHARED).is_file() and (beside.parent / "pyproject.toml").is_file():
        return beside
    import importlib.metadata  # slow to load

    for file in importlib.metadata.files(_DISTRIBUTION) or ():
        if file.name == SHARED and file.parent.as_posix().endswith(_PLACE):
            return Path(str(file.locate())).resolve().parent
    raise ToolError(f"The policies of Gatehouse are not installed; install {_DISTRIBUTION} again.")


def modules(on: Collection[str]) -> Iterator[Module]:
    """The files that hold one of these rules, and what they share."""
    wanted = [name for name, rules in FILES.items() if set(rules) & set(on)]
    place = directory() if wanted else Path()
    for name in [SHARED, *wanted] if wanted else ():
        yield Module(f"policies/{name} of Gatehouse", (place / name).read_text(encoding="utf-8"))
