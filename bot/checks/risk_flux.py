"""What a Flux object begins to do besides what it deploys: wait, or delete what it cannot change.

Source: documentation of Flux, "Kustomization" (``suspend``, ``force``) and "Helm Releases" (``suspend``, ``upgrade.force``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.checks.about import about
from bot.model.evidence import Statement, UnitEvidence
from bot.model.resource import Resource
from bot.model.result import Severity

_APPLYING = (("kustomize.toolkit.fluxcd.io", "Kustomization"), ("helm.toolkit.fluxcd.io", "HelmRelease"))
_FETCHING = "source.toolkit.fluxcd.io"


def statements(unit: UnitEvidence, base: Resource, head: Resource) -> Iterator[Statement]:
    """About an object on both sides."""
    key = (head.id.group, head.id.kind)
    if key not in _APPLYING and head.id.group != _FETCHING:
        return
    old, new = _spec(base), _spec(head)
    if new.get("suspend") is True and old.get("suspend") is not True:
        waits = "fetches nothing new from" if head.id.group == _FETCHING else "applies nothing of"
        yield about(
            unit, head, "risk/suspended", Severity.WARNING if unit.production else Severity.INFO,
            f"From then on Flux {waits} this {head.id.kind}: what is merged later waits unseen, also what mends something.",
            "Say in the pull request why, and until when; resume it with a change.", ("spec", "suspend"),
        )  # fmt: skip
    if key == _APPLYING[0] and new.get("force") is True and old.get("force") is not True:
        yield about(
            unit, head, "risk/immutable", Severity.WARNING,
            "With `force: true` Flux deletes and makes anew, in every later change, what it cannot change in place: disks "
            "and jobs among it.",
            "Take it away again once the change that needs it is through; one object alone may be annotated with "
            "`kustomize.toolkit.fluxcd.io/force: enabled`.", ("spec", "force"),
        )  # fmt: skip


def _spec(resource: Resource) -> dict[str, Any]:
    spec = resource.fields.get("spec")
    return spec if isinstance(spec, dict) else {}
